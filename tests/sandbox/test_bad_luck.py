"""Faults on request, rate limits, and a store that survives being killed."""

import signal
import sqlite3
import time
from pathlib import Path

import pytest
import stripe

from tests.sandbox.server import SECRET_KEY, Server, serve
from tests.sandbox.wishes import Client, error_of, pay


def test_a_dropped_request_does_nothing(client: Client, server: Server) -> None:
    server.control("faults", {"method": "POST", "path": "/v1/customers", "kind": "drop_before"})

    with pytest.raises(stripe.APIConnectionError):
        client.v1.customers.create({"name": "Ada"})

    assert client.v1.customers.list().data == []


def test_a_dropped_answer_is_done_and_found_again_by_its_key(client: Client, server: Server) -> None:
    server.control("faults", {"method": "POST", "path": "/v1/customers", "kind": "drop_after"})

    with pytest.raises(stripe.APIConnectionError):
        client.v1.customers.create({"name": "Ada"}, {"idempotency_key": "k"})
    again = client.v1.customers.create({"name": "Ada"}, {"idempotency_key": "k"})

    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert [row.id for row in client.v1.customers.list().data] == [again.id]


def test_the_sdk_retries_a_reset_and_gets_the_replay(server: Server) -> None:
    server.control("faults", {"method": "POST", "path": "/v1/customers", "kind": "drop_after", "times": 2})
    client: Client = server.client()

    customer = client.v1.customers.create({"name": "Ada"}, {"max_network_retries": 3})

    log = server.control("requests", path="/v1/customers", method="POST")
    assert [entry["replayed"] for entry in log["requests"]] == [True, True, False]
    assert [row.id for row in client.v1.customers.list().data] == [customer.id]


def test_a_fault_waits_for_its_method_and_path_and_counts_down(client: Client, server: Server) -> None:
    planned = {"method": "GET", "path": "/v1/customers/*", "kind": "error_500", "times": 2}
    server.control("faults", planned)
    customer = client.v1.customers.create({})

    for _ in range(2):
        with pytest.raises(stripe.APIError):
            client.v1.customers.retrieve(customer.id)

    assert client.v1.customers.retrieve(customer.id).id == customer.id
    assert server.control("faults")["faults"] == []


def test_an_error_may_come_after_the_work_was_done(client: Client, server: Server) -> None:
    server.control("faults", {"path": "/v1/customers", "kind": "error_500", "after": True})

    with pytest.raises(stripe.APIError):
        client.v1.customers.create({"name": "Ada"})

    assert len(client.v1.customers.list().data) == 1


def test_a_rate_limit_says_why(client: Client, server: Server) -> None:
    server.control("faults", {"path": "/v1/balance", "kind": "rate_limit_429"})

    with pytest.raises(stripe.RateLimitError) as caught:
        client.v1.balance.retrieve()

    assert caught.value.headers is not None
    assert caught.value.headers["Stripe-Rate-Limited-Reason"] == "global-rate"


def test_a_lock_timeout_is_a_429_without_a_reason(client: Client, server: Server) -> None:
    server.control("faults", {"path": "/v1/balance", "kind": "lock_timeout"})

    with pytest.raises(stripe.RateLimitError) as caught:
        client.v1.balance.retrieve()

    assert error_of(caught.value)["code"] == "lock_timeout"
    assert caught.value.headers is not None
    assert "Stripe-Rate-Limited-Reason" not in caught.value.headers


def test_a_configured_limit_is_kept() -> None:
    with serve("--requests-per-second", "3") as server:
        client: Client = server.client()
        refusals = 0
        for _ in range(6):
            try:
                client.v1.customers.list()
            except stripe.RateLimitError:
                refusals += 1

    assert refusals >= 1


def test_a_fault_of_an_unknown_kind_is_refused(server: Server) -> None:
    with pytest.raises(Exception, match="400"):
        server.control("faults", {"kind": "earthquake"})


def test_a_killed_sandbox_has_lost_nothing(tmp_path: Path) -> None:
    with serve("--store", str(tmp_path)) as server:
        client: Client = server.client()
        server.control("clock", {"advance_seconds": 500})
        intent = client.v1.payment_intents.create(
            {"amount": 1099, "currency": "usd", "payment_method": "pm_card_visa"}, {"idempotency_key": "k"}
        )
        events = [event.id for event in client.v1.events.list().data]
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
    with serve("--store", str(tmp_path)) as server:
        client = server.client()
        again = client.v1.payment_intents.create(
            {"amount": 1099, "currency": "usd", "payment_method": "pm_card_visa"}, {"idempotency_key": "k"}
        )

        assert again.id == intent.id
        assert again.last_response.headers["Idempotent-Replayed"] == "true"
        assert client.v1.payment_intents.retrieve(intent.id).amount == 1099
        assert [event.id for event in client.v1.events.list().data] == events
        assert server.control("clock")["offset_seconds"] == 500


def test_due_work_survives_a_kill(tmp_path: Path) -> None:
    with serve("--store", str(tmp_path), "--capture-delay-seconds", "60") as server:
        intent = pay(server.client())
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
    with serve("--store", str(tmp_path)) as server:
        server.control("clock", {"advance_seconds": 61})
        charge = server.client().v1.charges.retrieve(str(intent.latest_charge))

        assert charge.balance_transaction is not None


def lines_of(server: Server) -> tuple[list[str], dict[str, object]]:
    client: Client = server.client()
    rows = client.v1.balance_transactions.list({"limit": 100}).data
    return [row.id for row in rows], client.v1.balance.retrieve().to_dict()


def test_the_balance_and_the_order_of_its_lines_survive_a_kill(tmp_path: Path) -> None:
    with serve("--store", str(tmp_path), "--payouts", "daily") as server:
        first = server.control("balance_transactions", {"type": "charge", "amount": 9000, "currency": "usd"})
        server.control("clock", {"advance_seconds": 2 * 86400})
        server.control("balance_transactions", {"type": "charge", "amount": 500, "currency": "usd"})
        late = {"type": "stripe_fee", "amount": -7, "currency": "usd", "created": first["created"] - 60}
        server.control("balance_transactions", late)
        before = lines_of(server)
        server.process.kill()
    with serve("--store", str(tmp_path)) as server:
        assert lines_of(server) == before
        server.control("clock", {"advance_seconds": 86400})
        amounts = [payout.amount for payout in server.client().v1.payouts.list().data]

    assert amounts == [493, 9000]


def test_a_store_from_before_there_were_sums_is_added_up(tmp_path: Path) -> None:
    with serve("--store", str(tmp_path)) as server:
        for amount in (900, 800):
            server.control("balance_transactions", {"type": "charge", "amount": amount, "currency": "usd"})
            server.control("payouts", {"automatic": amount == 900, "amount": amount - 100})
        before = lines_of(server)
    with sqlite3.connect(tmp_path / "sandbox.sqlite3") as file:
        file.execute("DELETE FROM objects WHERE kind IN ('_balance', '_unpaid')")
    with serve("--store", str(tmp_path)) as server:
        assert lines_of(server) == before
        assert server.control("payouts", {})["amount"] == 200


def test_a_reset_is_quick(client: Client, server: Server) -> None:
    for _ in range(50):
        client.v1.customers.create({})
    began = time.perf_counter()
    server.control("reset", {})

    assert time.perf_counter() - began < 0.1
    assert client.v1.customers.list().data == []
    assert server.control("state")["objects"] == {}


def test_a_client_that_hangs_up_does_not_stop_the_work(client: Client, server: Server) -> None:
    server.control("faults", {"path": "/v1/customers", "method": "POST", "kind": "slow", "seconds": 0.5})
    impatient: Client = stripe.StripeClient(
        SECRET_KEY,
        base_addresses={"api": server.url},
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=0.1),
    )

    with pytest.raises(stripe.APIConnectionError):
        impatient.v1.customers.create({"name": "Ada"}, {"idempotency_key": "k"})
    time.sleep(0.6)

    again = client.v1.customers.create({"name": "Ada"}, {"idempotency_key": "k"})
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
