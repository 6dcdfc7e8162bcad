"""Idempotency keys, as https://docs.stripe.com/api/idempotent_requests has them."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

from tests.sandbox.server import Server
from tests.sandbox.wishes import RETURN_URL, Client, Object, error_of

KEY: stripe.RequestOptions = {"idempotency_key": "key-1"}
PAYMENT: dict[str, object] = {
    "amount": 1099, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True, "return_url": RETURN_URL,
}  # fmt: skip


def test_the_same_key_is_answered_the_same_and_does_nothing_again(client: Client) -> None:
    first = client.v1.payment_intents.create(PAYMENT, KEY)
    again = client.v1.payment_intents.create(PAYMENT, KEY)

    assert again.id == first.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert again.last_response.headers["Original-Request"] == first.last_response.headers["Request-Id"]
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert len(client.v1.payment_intents.list().data) == 1


def test_other_parameters_or_another_endpoint_are_refused(client: Client) -> None:
    client.v1.customers.create({"name": "Ada"}, KEY)

    for call in (
        lambda: client.v1.customers.create({"name": "Bob"}, KEY),
        lambda: client.v1.payment_intents.create({"amount": 100, "currency": "usd"}, KEY),
    ):
        with pytest.raises(stripe.IdempotencyError) as caught:
            call()
        assert caught.value.http_status == 400
        assert error_of(caught.value)["type"] == "idempotency_error"
    assert len(client.v1.customers.list().data) == 1


def test_a_decline_is_kept(client: Client) -> None:
    declined = {**PAYMENT, "payment_method": "pm_card_visa_chargeDeclined"}
    intents = []
    for _ in range(2):
        with pytest.raises(stripe.CardError) as caught:
            client.v1.payment_intents.create(declined, KEY)
        intents.append(error_of(caught.value)["payment_intent"]["id"])

    assert intents[0] == intents[1]
    assert len(client.v1.payment_intents.list().data) == 1


def test_refused_parameters_are_not_kept(client: Client) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        client.raw_request("post", "/v1/customers", foo="bar", idempotency_key="key-1")

    assert client.v1.customers.create({"name": "Ada"}, KEY).name == "Ada"


def test_a_500_is_kept(client: Client, server: Server) -> None:
    server.control("faults", {"method": "POST", "path": "/v1/customers", "kind": "error_500"})
    for _ in range(2):
        with pytest.raises(stripe.APIError) as caught:
            client.v1.customers.create({"name": "Ada"}, KEY)
        assert caught.value.http_status == 500

    assert client.v1.customers.list().data == []


@pytest.mark.parametrize("kind", ["rate_limit_429", "lock_timeout"])
def test_a_429_is_not_kept(client: Client, server: Server, kind: str) -> None:
    server.control("faults", {"method": "POST", "path": "/v1/customers", "kind": kind})
    with pytest.raises(stripe.RateLimitError):
        client.v1.customers.create({"name": "Ada"}, KEY)

    assert client.v1.customers.create({"name": "Ada"}, KEY).name == "Ada"


def test_the_same_key_twice_at_once_is_a_conflict(client: Client, server: Server) -> None:
    server.control("faults", {"method": "POST", "path": "/v1/customers", "kind": "slow", "seconds": 0.4})
    with ThreadPoolExecutor() as pool:
        first = pool.submit(client.v1.customers.create, {"name": "Ada"}, KEY)
        while server.control("requests", path="/v1/customers")["count"] == 0:
            pass
        with pytest.raises(stripe.StripeError) as caught:
            server.client().v1.customers.create({"name": "Ada"}, KEY)

    assert (caught.value.http_status, error_of(caught.value)["code"]) == (409, "idempotency_key_in_use")
    assert first.result().name == "Ada"
    assert len(client.v1.customers.list().data) == 1


def test_a_key_is_forgotten_after_a_day(client: Client, server: Server) -> None:
    first = client.v1.customers.create({"name": "Ada"}, KEY)
    server.control("clock", {"advance_seconds": 86_399 - 5})
    within = client.v1.customers.create({"name": "Ada"}, KEY)
    server.control("clock", {"advance_seconds": 10})
    after = client.v1.customers.create({"name": "Ada"}, KEY)

    assert within.id == first.id
    assert after.id != first.id


def test_a_key_may_have_255_characters(client: Client) -> None:
    assert client.v1.customers.create({}, {"idempotency_key": "k" * 255}).id
    with pytest.raises(stripe.StripeError) as caught:
        client.v1.customers.create({}, {"idempotency_key": "k" * 256})
    assert caught.value.http_status == 400


def test_a_key_on_a_get_means_nothing(client: Client, ada: Object) -> None:
    client.v1.customers.retrieve(ada.id, {}, KEY)
    client.v1.customers.update(ada.id, {"name": "Bob"})

    assert client.v1.customers.retrieve(ada.id, {}, KEY).name == "Bob"
