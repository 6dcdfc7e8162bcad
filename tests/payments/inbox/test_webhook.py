"""What the webhook takes, and what it refuses."""

import hashlib
import json
import socket
import time
from ipaddress import ip_network

import pytest
from django.test import Client
from redis import Redis

from config.base import throttle
from config.base.models import StripeAccount
from payments.models import InboxEvent
from payments.services import webhook_refusals
from tests.payments.inbox import posting
from tests.payments.inbox.posting import Json, event, post, post_raw

pytestmark = pytest.mark.django_db


def refused(answer, code: str) -> None:
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == code
    assert InboxEvent.objects.count() == 0


def test_a_signed_event_is_stored_and_acknowledged(account: StripeAccount) -> None:
    sent = event(data={"object": {"id": "cus_ada", "object": "customer", "client_secret": "pi_1_secret_2"}})

    answer = post(sent)

    assert answer.status_code == 200
    row = InboxEvent.objects.get()
    assert (row.stripe_id, row.type, row.status, row.source) == (sent["id"], "customer.created", "waiting", "webhook")
    assert (row.root_kind, row.root_id, row.object_id) == ("customer", "cus_ada", "cus_ada")
    assert row.request_idempotency_key == "counterfoil-call-1"
    assert row.account == account
    assert int(row.stripe_created_at.timestamp()) == sent["created"]
    assert row.body_sha256 == hashlib.sha256(posting.body(sent)).hexdigest()
    assert "pi_1_secret_2" not in row.body
    assert json.loads(row.body)["data"]["object"]["client_secret"] == ""


def test_an_event_sent_again_is_acknowledged_and_stored_once() -> None:
    sent = event()

    assert [post(sent).status_code for _ in range(3)] == [200, 200, 200]

    assert InboxEvent.objects.count() == 1


def test_a_forged_webhook_is_refused() -> None:
    refused(post(event(), secret="whsec_" + "x" * 32), "invalid_signature")
    refused(post_raw(posting.body(event()), ""), "invalid_signature")
    refused(post_raw(posting.body(event()), "t=now,v1=nonsense"), "invalid_signature")
    changed = posting.body(event()).replace(b"cus_ada", b"cus_eve")
    refused(post_raw(changed, posting.signature(posting.body(event()))), "invalid_signature")


def test_a_webhook_replayed_after_five_minutes_is_refused() -> None:
    refused(post(event(), age_seconds=310), "invalid_signature")

    assert post(event(), age_seconds=290).status_code == 200


def test_while_a_secret_rolls_both_are_taken(settings) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_old", "whsec_new"]

    assert post(event(), secret="whsec_old").status_code == 200
    assert post(event(), secret="whsec_new").status_code == 200
    assert post(event(), secret="whsec_older").status_code == 400


def test_an_oversized_webhook_is_refused_before_it_is_read(settings) -> None:
    answer = post(event(padding="x" * settings.STRIPE_WEBHOOK_MAX_BYTES))

    assert answer.status_code == 413
    refused(answer, "payload_too_large")


@pytest.mark.parametrize(
    "nonsense",
    [
        b"",
        b"hello",
        b"[]",
        b"17",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"object": "event", "id": ',
        posting.body({"object": "customer", "id": "cus_ada", "type": "card"}),
        posting.body({"object": "event", "type": "customer.created"}),
        posting.body({"object": "event", "id": "evt_1"}),
        posting.body(event(id=17)),
        posting.body(event(id="evt_\x00")),
        posting.body(event(id="e" * 256)),
        posting.body(event() | {"type": ["customer.created"]}),
        posting.body(event(type="customer.created; DROP TABLE")),
    ],
    ids=lambda payload: payload[:24].decode(errors="replace"),
)
def test_a_valid_signature_with_nonsense_inside_is_refused_and_counted(nonsense: bytes) -> None:
    answer = post(nonsense)

    assert answer.status_code == 400
    assert answer.json()["code"] in {"not_an_event", "invalid_signature"}
    refused(answer, answer.json()["code"])
    assert sum((webhook_refusals.lately() or {}).values()) == 1


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"data": None}, "`data.object` is missing"),
        ({"data": {"object": []}}, "`data.object` is missing"),
        ({"created": "yesterday"}, "`created` is no time"),
        ({"created": 10**30}, "`created` is no time"),
        ({"created": None}, "`created` is no time"),
        ({"livemode": None}, "`livemode` is neither"),
        ({"data": {"object": {"id": {"id": 5}}}}, "`id` is no id"),
        ({"data": {"object": {"id": "../v1/balance"}}}, "`id` is no id"),
        ({"api_version": 5, "request": "req_1", "data": {"object": {"id": "\ud800"}}}, "`id` is no id"),
    ],
)
def test_a_malformed_event_is_parked_and_not_lost(fields: Json, fault: str) -> None:
    answer = post(event(**fields))

    assert answer.status_code == 200
    row = InboxEvent.objects.get()
    assert row.status == "parked"
    assert fault in row.last_error
    assert row.body


def test_an_event_of_the_other_mode_is_stored_and_ignored(account: StripeAccount) -> None:
    post(event(livemode=True))

    row = InboxEvent.objects.get()
    assert (row.status, row.account) == ("ignored", None)


def test_an_event_of_a_connected_account_is_stored_and_ignored(account: StripeAccount) -> None:
    post(event(account="acct_somebody"))
    post(event(account=account.stripe_id))

    assert list(InboxEvent.objects.order_by("id").values_list("status", flat=True)) == ["ignored", "waiting"]


def test_an_event_that_nobody_handles_is_stored_and_marked() -> None:
    post(event("topup.created"))
    post(event("charge.captured", data={"object": {"id": "ch_1", "object": "charge", "payment_intent": None}}))

    first, second = InboxEvent.objects.order_by("id")
    assert (first.status, first.last_error) == ("unhandled", "")
    assert (second.status, second.last_error) == ("unhandled", "It names no payment_intent.")


def test_events_come_in_before_the_account_is_known() -> None:
    assert post(event()).status_code == 200
    assert InboxEvent.objects.get().account is None


def test_only_posts_are_taken() -> None:
    answer = Client().get(posting.PATH)

    assert answer.status_code == 405


def test_only_stripes_addresses_are_taken_and_only_trusted_proxies_believed(settings) -> None:
    settings.STRIPE_WEBHOOK_ADDRESSES = [ip_network("3.18.12.63")]
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]
    stripe, stranger = "3.18.12.63", "203.0.113.9"

    assert post(event(), REMOTE_ADDR=stripe).status_code == 200
    assert post(event(), REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=f"1.2.3.4, {stripe}").status_code == 200
    assert post(event(), REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=f"{stripe}, {stranger}").status_code == 403
    assert post(event(), REMOTE_ADDR=stranger, HTTP_X_FORWARDED_FOR=stripe).status_code == 403
    assert InboxEvent.objects.count() == 2


def test_an_address_that_keeps_failing_the_signature_is_slowed_down_and_the_others_are_not() -> None:
    answers = [post(event(), secret="whsec_wrong", REMOTE_ADDR="203.0.113.9") for _ in range(22)]

    assert [answer.status_code for answer in answers] == [400] * 20 + [429] * 2
    assert 1 <= int(answers[-1]["Retry-After"]) <= 61
    assert post(event(), secret="whsec_wrong", REMOTE_ADDR="203.0.113.10").status_code == 400
    assert post(event(), REMOTE_ADDR="203.0.113.9").status_code == 200


def test_a_good_webhook_touches_no_cache(redis_url: str) -> None:
    before = Redis.from_url(redis_url).info("commandstats")
    post(event())

    after = Redis.from_url(redis_url).info("commandstats")
    assert {name for name in after if after[name]["calls"] != before.get(name, {}).get("calls")} <= {
        "cmdstat_info",
        "cmdstat_auth",
        "cmdstat_client",
        "cmdstat_hello",
        "cmdstat_lpush",
        "cmdstat_sadd",
        "cmdstat_publish",
    }


def test_without_a_cache_nobody_is_refused_for_it(settings) -> None:
    gone = settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": gone}
    throttle.forget_failure()
    try:
        assert post(event()).status_code == 200
        answers = {post(event(), secret="whsec_wrong").status_code for _ in range(25)}
        assert answers == {400}
        assert webhook_refusals.lately() is None
    finally:
        throttle.forget_failure()


def test_a_cache_that_hangs_is_waited_for_once(settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hanging = {"LOCATION": f"redis://127.0.0.1:{silent.getsockname()[1]}/0"}
        settings.CACHES = {"default": settings.CACHES["default"] | hanging}
        throttle.forget_failure()
        try:
            began = time.monotonic()
            answers = {post_raw(b"x" * (settings.STRIPE_WEBHOOK_MAX_BYTES + 1), "").status_code for _ in range(8)}
            assert answers == {413}
            assert time.monotonic() - began < 2
        finally:
            throttle.forget_failure()


def test_a_refusal_shows_nothing_of_the_inside() -> None:
    answer = post(event(), secret="whsec_wrong")

    assert set(answer.json()) == {"type", "title", "status", "detail", "code", "request_id"}
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Request-Id"]


@pytest.mark.parametrize("header", ["t=1,v1=\u00e9", "\u00ff", "t=\u00b2,v1=0"])
def test_a_signature_of_strange_letters_is_refused_and_counted(header: str) -> None:
    posted = int(time.time())
    header = header.replace("t=1,", f"t={posted},")

    refused(post_raw(posting.body(event()), header), "invalid_signature")


def test_neighbours_of_one_network_are_slowed_down_together() -> None:
    answers = [
        post_raw(posting.body(event()), "t=1,v1=x", REMOTE_ADDR=f"2001:db8:0:7::{host:x}") for host in range(1, 30)
    ]

    assert {answer.status_code for answer in answers} == {400, 429}
    assert post_raw(posting.body(event()), "t=1,v1=x", REMOTE_ADDR="2001:db8:0:8::1").status_code == 400


def test_the_clock_for_rules_has_no_say_in_signatures(sandbox) -> None:
    sandbox.advance(seconds=86_400)

    assert post(event()).status_code == 200
    assert abs(InboxEvent.objects.get().received_at.timestamp() - time.time()) < 60
