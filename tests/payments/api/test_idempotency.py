"""One Idempotency-Key, one payment: whatever happens to the first request."""

import hashlib
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import requests
from django.db import connection

from config.base import clock, idempotency
from config.base.actor import Actor
from config.base.models import ApiKey, IdempotentRequest, StripeAccount
from config.base.money import Money
from payments.models import OutboundCall, Payment
from payments.services import payments
from tests.payments.api.client import Storefront
from tests.plugins.stripe import LocalStripe

TEN_NINETY_NINE = {"amount": 1099, "currency": "eur"}
INTENTS = "/v1/payment_intents"


def test_the_same_key_gets_the_first_answer_again(shop: Storefront, sandbox: LocalStripe) -> None:
    first = shop.post("/payments", TEN_NINETY_NINE, idempotency_key="order 1")
    second = shop.post("/payments", {"currency": "eur", "amount": 1099}, idempotency_key="order 1")

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.content == first.content
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert len(sandbox.requests("POST", INTENTS)) == 1
    assert Payment.objects.count() == 1


def test_what_is_kept_of_an_answer_cannot_be_read_in_the_database(shop: Storefront) -> None:
    secret = shop.post("/payments", TEN_NINETY_NINE, idempotency_key="order 1").json()["client_secret"]

    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(r)::text FROM base_idempotentrequest r")
        ((stored,),) = cursor.fetchall()
    assert secret not in stored
    assert "order 1" in stored


def test_two_connections_at_once_make_one_payment(shop: Storefront, sandbox: LocalStripe) -> None:
    sandbox.fail("POST", INTENTS, "slow", seconds=1)
    together = threading.Barrier(8)

    def ask(_: int) -> requests.Response:
        together.wait()
        return shop.post("/payments", TEN_NINETY_NINE, idempotency_key="order 1")

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))

    codes = sorted(answer.status_code for answer in answers)
    assert codes == [201] + [409] * 7
    refused = [answer for answer in answers if answer.status_code == 409]
    assert {answer.json()["code"] for answer in refused} == {"request_in_progress"}
    assert {answer.headers["Retry-After"] for answer in refused} == {"1"}
    assert Payment.objects.count() == 1
    assert len(sandbox.requests("POST", INTENTS)) == 1
    later = shop.post("/payments", TEN_NINETY_NINE, idempotency_key="order 1")
    assert (later.status_code, later.headers["Idempotent-Replayed"]) == (201, "true")


def test_another_body_under_the_same_key_is_refused(shop: Storefront, sandbox: LocalStripe) -> None:
    shop.post("/payments", TEN_NINETY_NINE, idempotency_key="order 1")

    answer = shop.post("/payments", {**TEN_NINETY_NINE, "amount": 1100}, idempotency_key="order 1")

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert len(sandbox.requests("POST", INTENTS)) == 1


def test_a_key_counts_for_one_path_and_one_api_key(shop: Storefront, storefront: Callable[..., Storefront]) -> None:
    ours = shop.post("/payments", TEN_NINETY_NINE, idempotency_key="order 1").json()
    canceled = shop.post(f"/payments/{ours['id']}/cancel", {}, idempotency_key="order 1")
    theirs = storefront("payments:write").post("/payments", TEN_NINETY_NINE, idempotency_key="order 1")

    assert canceled.json()["status"] == "canceled"
    assert theirs.status_code == 201
    assert theirs.json()["id"] != ours["id"]


def test_a_key_may_have_255_characters_and_no_more(shop: Storefront, sandbox: LocalStripe) -> None:
    assert shop.post("/payments", TEN_NINETY_NINE, idempotency_key="k" * 255).status_code == 201

    answer = shop.post("/payments", TEN_NINETY_NINE, idempotency_key="k" * 256)

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_too_long")
    assert len(sandbox.requests("POST", INTENTS)) == 1


def test_bad_input_is_not_remembered(shop: Storefront) -> None:
    assert shop.post("/payments", {"amount": 1099}, idempotency_key="order 1").status_code == 400

    answer = shop.post("/payments", TEN_NINETY_NINE, idempotency_key="order 1")

    assert answer.status_code == 201
    assert "Idempotent-Replayed" not in answer.headers


def test_what_stripe_refused_is_remembered(shop: Storefront, sandbox: LocalStripe) -> None:
    refused = {**TEN_NINETY_NINE, "confirm": True, "payment_method": "pm_nobody_has_this"}
    first = shop.post("/payments", refused, idempotency_key="order 1")

    second = shop.post("/payments", refused, idempotency_key="order 1")

    assert (first.status_code, second.status_code) == (400, 400)
    assert second.content == first.content
    assert second.headers["Content-Type"] == "application/problem+json"
    assert second.headers["Idempotent-Replayed"] == "true"
    assert len(sandbox.requests("POST", INTENTS)) == 1


def test_what_never_left_may_be_tried_with_the_same_key(
    shop: Storefront, sandbox: LocalStripe, outage: None, reconnect: Callable[[], None]
) -> None:
    assert shop.post("/payments", TEN_NINETY_NINE, idempotency_key="order 1").status_code == 503
    reconnect()

    answer = shop.post("/payments", TEN_NINETY_NINE, idempotency_key="order 1")

    assert answer.status_code == 201
    assert len(sandbox.requests("POST", INTENTS)) == 1


def test_a_doubtful_answer_is_the_answer_also_later(shop: Storefront, sandbox: LocalStripe) -> None:
    sandbox.fail("POST", INTENTS, "drop_after", times=3)
    first = shop.post("/payments", TEN_NINETY_NINE, idempotency_key="order 1")

    second = shop.post("/payments", TEN_NINETY_NINE, idempotency_key="order 1")

    assert (first.status_code, second.status_code) == (202, 202)
    assert second.json() == first.json()
    assert second.headers["Retry-After"] == "2"
    assert Payment.objects.count() == 1
    assert len({sent["idempotency_key"] for sent in sandbox.requests("POST", INTENTS)}) == 1


def test_a_key_is_forgotten_after_a_day(shop: Storefront, sandbox: LocalStripe) -> None:
    first = shop.post("/payments", TEN_NINETY_NINE, idempotency_key="order 1")
    sandbox.advance(seconds=24 * 3600 + 5)

    second = shop.post("/payments", TEN_NINETY_NINE, idempotency_key="order 1")

    assert second.status_code == 201
    assert second.json()["id"] != first.json()["id"]
    assert IdempotentRequest.objects.count() == 1


def test_old_answers_are_swept(shop: Storefront) -> None:
    shop.post("/payments", TEN_NINETY_NINE, idempotency_key="order 1")

    assert idempotency.forget_old(now=clock.now() + timedelta(hours=23)) == 0
    assert idempotency.forget_old(now=clock.now() + timedelta(hours=25)) == 1
    assert not IdempotentRequest.objects.exists()


class TestAProcessThatDied:
    """Its record has no answer and nobody holds its lock."""

    @pytest.fixture
    def left_behind(self, shop: Storefront) -> IdempotentRequest:
        shop.post("/payments", TEN_NINETY_NINE, idempotency_key="order 1")
        IdempotentRequest.objects.update(status_code=None, body="", content_type="", answered_at=None)
        return IdempotentRequest.objects.get()

    def test_is_answered_from_what_it_had_asked(
        self, shop: Storefront, sandbox: LocalStripe, left_behind: IdempotentRequest
    ) -> None:
        answer = shop.post("/payments", TEN_NINETY_NINE, idempotency_key="order 1")

        assert answer.status_code == 201
        assert answer.json() == shop.get(f"/payments/{Payment.objects.get().public_id}").json()
        assert answer.headers["Idempotent-Replayed"] == "true"
        assert len(sandbox.requests("POST", INTENTS)) == 1
        again = shop.post("/payments", TEN_NINETY_NINE, idempotency_key="order 1")
        assert again.content == answer.content

    def test_between_asking_and_hearing_is_in_doubt(
        self, shop: Storefront, sandbox: LocalStripe, left_behind: IdempotentRequest
    ) -> None:
        OutboundCall.objects.update(status="sent")

        answer = shop.post("/payments", TEN_NINETY_NINE, idempotency_key="order 1")

        assert answer.status_code == 202
        assert answer.json()["in_doubt"]["action"] == "create"
        assert len(sandbox.requests("POST", INTENTS)) == 1

    def test_before_asking_anything_did_nothing_and_says_so(self, shop: Storefront, sandbox: LocalStripe) -> None:
        lost_before_asking()

        answer = shop.post("/payments", TEN_NINETY_NINE, idempotency_key="order 1")

        assert (answer.status_code, answer.json()["code"]) == (409, "request_lost")
        again = shop.post("/payments", TEN_NINETY_NINE, idempotency_key="order 1")
        assert again.content == answer.content
        assert sandbox.requests("POST", INTENTS) == []
        assert not Payment.objects.exists()

    def test_and_wakes_up_again_can_ask_nothing_any_more(
        self, shop: Storefront, sandbox: LocalStripe, account: StripeAccount
    ) -> None:
        lost = lost_before_asking()
        shop.post("/payments", TEN_NINETY_NINE, idempotency_key="order 1")

        with pytest.raises(idempotency.RequestLost):
            payments.create(
                account=account, amount=Money(1099, "eur"), by=Actor.system("sleeper", request_id=lost.request_id)
            )

        assert sandbox.requests("POST", INTENTS) == []
        assert not Payment.objects.exists()


def test_a_request_that_broke_before_asking_anything_is_lost_not_run_again(
    shop: Storefront, sandbox: LocalStripe
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE payments_paylink RENAME TO away")
    broken = shop.post("/payments", TEN_NINETY_NINE, idempotency_key="order 1")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE away RENAME TO payments_paylink")

    again = shop.post("/payments", TEN_NINETY_NINE, idempotency_key="order 1")

    assert (broken.status_code, broken.json()["code"]) == (500, "internal_error")
    assert (again.status_code, again.json()["code"]) == (409, "request_lost")
    assert not Payment.objects.exists()
    assert sandbox.requests("POST", INTENTS) == []


SLEEPER = """
import sys, time, django
django.setup()
from config.base import idempotency
from config.base.models import ApiKey
key, sha, request_id = sys.argv[1:]
asking = idempotency.Asking(ApiKey.objects.get(), "POST", "/api/v1/payments", key, sha, request_id)
with idempotency.sole_runner(asking):
    idempotency.begin(asking)
    print("running", flush=True)
    time.sleep(60)
"""


def test_a_killed_process_is_noticed_at_once(shop: Storefront, sandbox: LocalStripe, database_url: str) -> None:
    sleeper = subprocess.Popen(
        [sys.executable, "-c", SLEEPER, "order 1", fingerprint(), "req_sleeper"], stdout=subprocess.PIPE, text=True
    )
    assert sleeper.stdout
    assert sleeper.stdout.readline() == "running\n"

    while_it_runs = shop.post("/payments", TEN_NINETY_NINE, idempotency_key="order 1")
    sleeper.send_signal(signal.SIGKILL)
    sleeper.wait()
    afterwards = eventually(lambda: shop.post("/payments", TEN_NINETY_NINE, idempotency_key="order 1"))

    assert while_it_runs.json()["code"] == "request_in_progress"
    assert afterwards.json()["code"] == "request_lost"
    assert sandbox.requests("POST", INTENTS) == []


def eventually(ask: Callable[[], requests.Response]) -> requests.Response:
    """The answer once PostgreSQL has noticed that the other end is gone."""
    deadline = time.monotonic() + 10
    while (answer := ask()).json()["code"] == "request_in_progress" and time.monotonic() < deadline:
        time.sleep(0.05)
    return answer


def test_a_request_that_runs_elsewhere_is_in_progress(shop: Storefront) -> None:
    lost = lost_before_asking()
    asking = idempotency.Asking(lost.api_key, lost.method, lost.path, lost.key, lost.body_sha256, lost.request_id)

    with idempotency.sole_runner(asking) as is_sole:
        answer = shop.post("/payments", TEN_NINETY_NINE, idempotency_key="order 1")

    assert is_sole
    assert (answer.status_code, answer.json()["code"]) == (409, "request_in_progress")


def fingerprint() -> str:
    body = '[{"amount": 1099, "currency": "eur"}, {}]'
    return hashlib.sha256(body.encode()).hexdigest()


def lost_before_asking() -> IdempotentRequest:
    """A record as it stands when the process is killed right after the key was taken."""
    return IdempotentRequest.objects.create(
        api_key=ApiKey.objects.get(),
        method="POST",
        path="/api/v1/payments",
        key="order 1",
        body_sha256=fingerprint(),
        request_id="req_lost",
    )
