"""Webhooks: endpoints, signatures, retries, and every way in which delivery can be odd."""

import hashlib
import hmac
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import stripe

from tests.sandbox.receiver import Receiver
from tests.sandbox.server import Server, serve
from tests.sandbox.wishes import Client, Object, error_of, pay


def listen(client: Client, receiver: Receiver, *types: str) -> Object:
    return client.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": list(types) or ["*"]})


def drain(server: Server) -> None:
    assert server.control("deliveries", {"drain": True})["drained"] is True


def signatures(header: str) -> dict[str, list[str]]:
    pairs = [part.split("=", 1) for part in header.split(",")]
    return {name: [value for key, value in pairs if key == name] for name in {key for key, _ in pairs}}


def test_an_event_is_posted_as_the_sdk_can_verify(client: Client, server: Server, receiver: Receiver) -> None:
    endpoint = listen(client, receiver)
    customer = client.v1.customers.create({"name": "Ada"}, {"idempotency_key": "k-7"})
    drain(server)

    (headers, body) = receiver.posts[0]
    event = stripe.Webhook.construct_event(body, headers["Stripe-Signature"], str(endpoint.secret))
    assert (event.type, event.data.object["id"]) == ("customer.created", customer.id)
    assert event["request"]["idempotency_key"] == "k-7"
    assert event["request"]["id"] == customer.last_response.headers["Request-Id"]
    assert (event.api_version, event.pending_webhooks, event.livemode) == ("2026-08-26.dahlia", 1, False)
    assert client.v1.events.retrieve(event.id).pending_webhooks == 0


def test_the_signature_is_made_of_time_and_body(client: Client, server: Server, receiver: Receiver) -> None:
    endpoint = listen(client, receiver)
    client.v1.customers.create({})
    drain(server)

    headers, body = receiver.posts[0]
    parts = signatures(headers["Stripe-Signature"])
    signed = f"{parts['t'][0]}.".encode() + body
    expected = hmac.new(str(endpoint.secret).encode(), signed, hashlib.sha256).hexdigest()
    assert parts["v1"] == [expected]
    assert parts["v0"] != [expected]
    assert abs(int(parts["t"][0]) - time.time()) < 5


def test_the_secret_is_shown_once(client: Client, receiver: Receiver) -> None:
    endpoint = listen(client, receiver)

    assert str(endpoint.secret).startswith("whsec_")
    assert "secret" not in client.v1.webhook_endpoints.retrieve(endpoint.id).to_dict()
    assert "secret" not in client.v1.webhook_endpoints.list().data[0].to_dict()


def test_rolled_secrets_sign_together_until_the_old_one_ends(
    client: Client, server: Server, receiver: Receiver
) -> None:
    endpoint = listen(client, receiver)
    rolled = server.control("webhook_secret", {"endpoint": endpoint.id, "overlap_seconds": 100})
    client.v1.customers.create({})
    drain(server)
    server.control("clock", {"advance_seconds": 200})
    client.v1.customers.create({})
    drain(server)

    (both, body), (one, _) = receiver.posts
    assert len(signatures(both["Stripe-Signature"])["v1"]) == 2
    for secret in (endpoint.secret, rolled["secret"]):
        stripe.Webhook.construct_event(body, both["Stripe-Signature"], str(secret))
    assert len(signatures(one["Stripe-Signature"])["v1"]) == 1
    assert rolled["secret"] != endpoint.secret


def test_only_wanted_types_are_sent(client: Client, server: Server, receiver: Receiver) -> None:
    listen(client, receiver, "charge.succeeded")
    pay(client)
    drain(server)

    assert receiver.types == ["charge.succeeded"]


@pytest.mark.parametrize("answer", [500, 404, 301, 302])
def test_anything_but_2xx_is_tried_again(client: Client, server: Server, receiver: Receiver, answer: int) -> None:
    listen(client, receiver)
    receiver.answers = [answer, answer]
    customer = client.v1.customers.create({})
    wait_for(lambda: len(receiver.posts) == 3)

    assert len({event["id"] for event in receiver.events}) == 1
    event = client.v1.events.list({"type": "customer.created"}).data[0]
    assert event.data.object["id"] == customer.id
    wait_for(lambda: client.v1.events.retrieve(event.id).pending_webhooks == 0)


def test_after_three_retries_stripe_gives_up(client: Client, server: Server, receiver: Receiver) -> None:
    listen(client, receiver)
    receiver.status = 500
    client.v1.customers.create({})
    wait_for(lambda: server.control("deliveries")["settled"].get("failed") == 1)

    assert len(receiver.posts) == 4
    failed = client.v1.events.list({"delivery_success": False}).data
    assert [event.type for event in failed] == ["customer.created"]
    assert client.v1.events.list({"delivery_success": True}).data == []


def test_a_disabled_endpoint_gets_nothing_more(client: Client, server: Server, receiver: Receiver) -> None:
    endpoint = listen(client, receiver)
    server.control("deliveries", {"pause": True})
    client.v1.customers.create({})
    client.v1.webhook_endpoints.update(endpoint.id, {"disabled": True})
    server.control("deliveries", {"pause": False})
    drain(server)
    client.v1.customers.create({})
    drain(server)

    assert receiver.posts == []


def test_an_endpoint_that_cannot_be_reached_is_an_error_of_delivery(client: Client, server: Server) -> None:
    client.v1.webhook_endpoints.create({"url": "http://127.0.0.1:9/hook", "enabled_events": ["*"]})
    client.v1.customers.create({})
    drain(server)

    attempt = server.control("deliveries")["attempts"][-1]
    assert (attempt["status"], "ClientConnectorError" in attempt["error"]) == (None, True)


def test_pausing_holds_and_shuffling_mixes(client: Client, server: Server, receiver: Receiver) -> None:
    listen(client, receiver, "customer.created")
    server.control("deliveries", {"pause": True, "shuffle": 7})
    ids = [client.v1.customers.create({}).id for _ in range(12)]
    assert receiver.posts == []

    server.control("deliveries", {"pause": False})
    drain(server)
    arrived = [event["data"]["object"]["id"] for event in receiver.events]

    assert sorted(arrived) == sorted(ids)
    assert arrived != ids


def test_duplicates_are_the_same_event(client: Client, server: Server, receiver: Receiver) -> None:
    listen(client, receiver)
    server.control("deliveries", {"duplicate": 3})
    client.v1.customers.create({})
    drain(server)

    assert len(receiver.posts) == 3
    assert len({event["id"] for event in receiver.events}) == 1


def test_dropped_deliveries_never_arrive_but_stay_in_the_list(
    client: Client, server: Server, receiver: Receiver
) -> None:
    listen(client, receiver)
    server.control("deliveries", {"drop": 1.0})
    client.v1.customers.create({})
    drain(server)

    assert receiver.posts == []
    assert client.v1.events.list({"delivery_success": False}).data[0].type == "customer.created"


def test_events_are_delivered_again_on_request(client: Client, server: Server, receiver: Receiver) -> None:
    listen(client, receiver)
    client.v1.customers.create({})
    drain(server)
    event = receiver.events[0]["id"]

    server.control("deliveries", {"events": [event], "duplicate": 2, "drain": True})

    assert [found["id"] for found in receiver.events] == [event] * 3


def test_undelivered_events_survive_a_restart(tmp_path: Path, receiver: Receiver) -> None:
    with serve("--store", str(tmp_path)) as server:
        client: Client = server.client()
        listen(client, receiver)
        server.control("deliveries", {"pause": True})
        client.v1.customers.create({})
        server.process.kill()
        server.process.wait()
    with serve("--store", str(tmp_path)) as server:
        drain(server)

    assert receiver.types == ["customer.created"]


def test_there_may_be_sixteen_endpoints(client: Client, receiver: Receiver) -> None:
    for _ in range(16):
        listen(client, receiver)
    with pytest.raises(stripe.InvalidRequestError, match="maximum of 16"):
        listen(client, receiver)


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"url": "nonsense", "enabled_events": ["*"]}, "url"),
        ({"url": "https://x.example", "enabled_events": ["no.such.event"]}, "enabled_events[0]"),
        ({"url": "https://x.example"}, "enabled_events"),
        ({"url": "https://x.example", "enabled_events": ["*"], "api_version": "2020-08-27"}, "api_version"),
    ],
)
def test_bad_endpoints_are_refused(client: Client, params: dict[str, object], param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.raw_request("post", "/v1/webhook_endpoints", **params)

    assert error_of(caught.value)["param"] == param


def test_an_endpoint_is_changed_and_deleted(client: Client, receiver: Receiver) -> None:
    endpoint = listen(client, receiver)

    changed = client.v1.webhook_endpoints.update(
        endpoint.id, {"enabled_events": ["charge.failed"], "metadata": {"a": "1"}}
    )
    assert (changed.enabled_events, changed.metadata["a"]) == (["charge.failed"], "1")
    assert client.v1.webhook_endpoints.delete(endpoint.id).deleted is True
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.webhook_endpoints.retrieve(endpoint.id)
    assert caught.value.http_status == 404


def test_events_are_listed_by_type_and_vanish_after_thirty_days(client: Client, server: Server) -> None:
    pay(client)
    charges = client.v1.events.list({"type": "charge.*"}).data
    two = client.v1.events.list({"types": ["charge.succeeded", "payment_intent.succeeded"]}).data
    assert [event.type for event in charges] == ["charge.succeeded"]
    assert len(two) == 2
    server.control("clock", {"advance_seconds": 31 * 86400})

    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.events.retrieve(charges[0].id)
    assert caught.value.http_status == 404
    assert "charge.succeeded" not in [event.type for event in client.v1.events.list({"limit": 100}).data]


def test_a_poller_reads_forward_with_ending_before(client: Client) -> None:
    mark = client.v1.customers.create({})
    first = client.v1.events.list().data[0].id
    for _ in range(3):
        client.v1.customers.create({})

    page = client.v1.events.list({"ending_before": first, "limit": 2})

    assert page.has_more is True
    assert mark.id not in [event.data.object["id"] for event in page.data]
    assert len(list(client.v1.events.list({"ending_before": first}).auto_paging_iter())) == 3


def test_events_by_the_clock_carry_no_request(client: Client, server: Server) -> None:
    pay(client)
    server.control("clock", {"advance_seconds": 60})

    update = client.v1.events.list({"type": "charge.updated"}).data[0]
    assert (update["request"]["id"], update["request"]["idempotency_key"]) == (None, None)


def wait_for(holds: Callable[[], bool], seconds: float = 5) -> None:
    """Wait until it holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)
