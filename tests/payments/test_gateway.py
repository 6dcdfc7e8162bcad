"""The door to Stripe: what is tried again, what fails fast, and what is never done."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.conf import settings
from django.db import transaction

from config.base.models import StripeAccount
from payments import gateway
from payments.failures import CardDeclined, InDoubt, Misconfigured, NeverLeft, ObjectMissing, RateLimited, Refused
from tests.plugins.stripe import LocalStripe

ACCOUNT = "acct_of_the_test"
CUSTOMERS = "/v1/customers"


def make(key: str = "key-1", **params: object) -> gateway.Reply:
    return gateway.post(CUSTOMERS, {"email": "ada@example.com"} | params, account=ACCOUNT, idempotency_key=key)


@contextmanager
def away() -> Iterator[None]:
    """Stripe cannot be reached: nothing listens at its address."""
    here, settings.STRIPE_API_BASE = settings.STRIPE_API_BASE, "http://127.0.0.1:9"
    gateway.forget_client()
    try:
        yield
    finally:
        settings.STRIPE_API_BASE = here
        gateway.forget_client()


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "rate_limit_429", "lock_timeout"])
def test_what_passes_is_tried_again_with_the_same_key(db: None, sandbox: LocalStripe, fault: str) -> None:
    sandbox.fail("POST", CUSTOMERS, fault)

    reply = make()

    assert reply.body["email"] == "ada@example.com"
    assert [request["idempotency_key"] for request in sandbox.requests("POST", CUSTOMERS)] == ["key-1", "key-1"]
    assert len(sandbox.client.v1.customers.list().data) == 1


def test_a_limit_that_does_not_pass_is_told_as_one(db: None, sandbox: LocalStripe) -> None:
    sandbox.fail("POST", CUSTOMERS, "rate_limit_429", times=9)

    with pytest.raises(RateLimited):
        make()

    assert len(sandbox.requests("POST", CUSTOMERS)) == gateway.TRIES
    assert sandbox.client.v1.customers.list().data == []


def test_a_limit_after_a_lost_answer_leaves_doubt(db: None, sandbox: LocalStripe) -> None:
    sandbox.fail("POST", CUSTOMERS, "drop_after")
    sandbox.fail("POST", CUSTOMERS, "rate_limit_429", times=9)

    with pytest.raises(InDoubt):
        make()


def test_a_500_is_not_repeated_and_leaves_doubt(db: None, sandbox: LocalStripe) -> None:
    sandbox.fail("POST", CUSTOMERS, "error_500")

    with pytest.raises(InDoubt):
        make()

    assert len(sandbox.requests("POST", CUSTOMERS)) == 1


def test_reading_again_after_a_500_harms_nobody(db: None, sandbox: LocalStripe) -> None:
    sandbox.fail("GET", "/v1/balance", "error_500")

    assert gateway.get("/v1/balance", account=ACCOUNT)["object"] == "balance"


@pytest.mark.parametrize(
    ("path", "params", "kind", "code"),
    [
        ("/v1/payment_intents", {"amount": 0, "currency": "eur"}, Refused, "parameter_invalid_integer"),
        ("/v1/payment_methods/pm_missing/attach", {"customer": "cus_missing"}, ObjectMissing, "resource_missing"),
        (
            "/v1/payment_intents",
            {
                "amount": 1099,
                "currency": "eur",
                "confirm": True,
                "payment_method": "pm_card_visa_chargeDeclined",
                "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            },
            CardDeclined,
            "card_declined",
        ),
    ],
)
def test_a_refusal_says_which(
    db: None, sandbox: LocalStripe, path: str, params: dict[str, object], kind: type[Refused], code: str
) -> None:
    with pytest.raises(kind) as refusal:
        gateway.post(path, params, account=ACCOUNT, idempotency_key="key-1")

    assert (type(refusal.value), refusal.value.stripe_code) == (kind, code)


def test_a_wrong_key_of_ours_is_not_the_customers_fault(db: None, sandbox: LocalStripe) -> None:
    here, settings.STRIPE_SECRET_KEY = settings.STRIPE_SECRET_KEY, "sk_test_expired_and_long_enough_for_all"
    gateway.forget_client()
    try:
        with pytest.raises(Misconfigured):
            gateway.get("/v1/charges/ch_1", account=ACCOUNT)
    finally:
        settings.STRIPE_SECRET_KEY = here
        gateway.forget_client()


def test_a_stripe_that_cannot_be_reached_was_never_asked(db: None, sandbox: LocalStripe) -> None:
    with away(), pytest.raises(NeverLeft, match="Nothing was charged"):
        make()


def test_an_outage_fails_fast_and_ends_by_itself(db: None, sandbox: LocalStripe) -> None:
    with away():
        for _ in range(gateway.FAILURES_BEFORE_OPEN):
            with pytest.raises(NeverLeft):
                gateway.get("/v1/balance", account=ACCOUNT)

    with pytest.raises(NeverLeft):
        make()
    assert sandbox.requests("POST", CUSTOMERS) == []
    assert not gateway.is_open("acct_another")

    while gateway.is_open(ACCOUNT):
        time.sleep(0.1)
    assert make().body["email"] == "ada@example.com"


def test_no_network_inside_a_transaction(account: StripeAccount, sandbox: LocalStripe) -> None:
    with transaction.atomic(), pytest.raises(gateway.NetworkInTransaction):
        make()

    assert sandbox.requests("POST", CUSTOMERS) == []


def test_client_secrets_in_addresses_are_blanked() -> None:
    address = "https://hooks.stripe.com/redirect/authenticate/src_1?client_secret=src_client_secret_x\\u0026a=1#b"
    assert gateway.without_secrets(f'{{"url": "{address}"}}') == (
        '{"url": "https://hooks.stripe.com/redirect/authenticate/src_1?client_secret=\\u0026a=1#b"}'
    )


def test_client_secrets_are_blanked() -> None:
    assert gateway.without_secrets('{"client_secret": "pi_1_secret_x", "id": "pi_1"}') == (
        '{"client_secret": "", "id": "pi_1"}'
    )


@contextmanager
def somebody_between(status: int, content: bytes) -> Iterator[None]:
    """A proxy before Stripe that answers everything with the same words."""

    class Proxy(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Proxy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    here, settings.STRIPE_API_BASE = settings.STRIPE_API_BASE, f"http://127.0.0.1:{server.server_port}"
    gateway.forget_client()
    try:
        yield
    finally:
        settings.STRIPE_API_BASE = here
        gateway.forget_client()
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (200, b'{"id": "cus_1", "obj'),
        (200, b"<html>Sign in to this network</html>"),
        (400, b"<html>Bad Request</html>"),
        (404, b'{"message": "no route"}'),
        (429, b"slow down"),
    ],
)
def test_what_is_not_stripes_word_is_no_refusal(db: None, sandbox: LocalStripe, status: int, content: bytes) -> None:
    with somebody_between(status, content), pytest.raises(InDoubt):
        make()
