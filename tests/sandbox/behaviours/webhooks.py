"""Section 4: signatures, deliveries and the events that payments send."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import stripe

from tests.contract.calling import Json
from tests.sandbox.behaviours.banks import us_debit
from tests.sandbox.behaviours.shop import A_DAY, A_MOMENT, Shop

Check = Callable[[Shop], object]
FIVE_MINUTES = 300


@dataclass
class Listener:
    """An endpoint of ours; `answers` are the next statuses it gives, then 200."""

    url: str = ""
    endpoint: Json = field(default_factory=dict)
    answers: list[int] = field(default_factory=list)
    heard: list[tuple[str, bytes]] = field(default_factory=list)

    def posts(self, shop: Shop) -> list[Json]:
        """The events heard once nothing is waiting any more."""
        shop.server.control("deliveries", {"drain": True, "timeout_seconds": 10})
        return [json.loads(body) for _, body in self.heard]


@contextmanager
def listening(shop: Shop, *events: str, answers: list[int] | None = None) -> Iterator[Listener]:
    listener = Listener(answers=answers or [])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            listener.heard.append((self.headers["Stripe-Signature"], body))
            self.send_response(listener.answers.pop(0) if listener.answers else 200)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Silence."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        listener.url = f"http://127.0.0.1:{server.server_port}/"
        wanted = list(events) or ["customer.created"]
        listener.endpoint = shop.post("/v1/webhook_endpoints", url=listener.url, enabled_events=wanted).ok
        try:
            yield listener
        finally:
            shop.delete(f"/v1/webhook_endpoints/{listener.endpoint['id']}")
            server.shutdown()


def parts(header: str) -> list[tuple[str, str]]:
    return [(name, value) for name, _, value in (part.partition("=") for part in header.split(","))]


def signature_header(shop: Shop) -> None:
    with listening(shop) as listener:
        shop.customer()
        listener.posts(shop)
    schemes = [name for name, _ in parts(listener.heard[0][0])]
    assert schemes == ["t", "v1", "v0"]


def signed_payload(shop: Shop) -> None:
    with listening(shop) as listener:
        shop.customer()
        listener.posts(shop)
    header, body = listener.heard[0]
    given = dict(parts(header))
    secret = listener.endpoint["secret"].encode()
    assert given["v1"] == hmac.new(secret, f"{given['t']}.".encode() + body, hashlib.sha256).hexdigest()
    stripe.Webhook.construct_event(body, header, listener.endpoint["secret"])


def two_secrets_while_rolling(shop: Shop) -> None:
    with listening(shop) as listener:
        old = listener.endpoint["secret"]
        rolled = shop.server.control("webhook_secret", {"endpoint": listener.endpoint["id"]})
        shop.customer()
        listener.posts(shop)
        header, body = listener.heard[-1]
        assert [name for name, _ in parts(header)].count("v1") == 2
        for secret in (old, rolled["secret"]):
            stripe.Webhook.construct_event(body, header, secret)
        shop.wait(A_DAY + 1)
        shop.customer()
        listener.posts(shop)
    header, body = listener.heard[-1]
    assert [name for name, _ in parts(header)].count("v1") == 1


def signed(moment: float) -> str:
    digest = hmac.new(b"whsec_test", f"{int(moment)}.{{}}".encode(), hashlib.sha256).hexdigest()
    return f"t={int(moment)},v1={digest}"


def tolerance(shop: Shop) -> None:
    """A fact of Stripe's libraries: here, of the one that Counterfoil uses."""
    assert stripe.Webhook.DEFAULT_TOLERANCE == FIVE_MINUTES
    verify = stripe.WebhookSignature.verify_header
    assert verify("{}", signed(time.time() - 290), "whsec_test", FIVE_MINUTES)
    with pytest.raises(stripe.SignatureVerificationError):
        verify("{}", signed(time.time() - 310), "whsec_test", FIVE_MINUTES)


def the_future_passes(shop: Shop) -> None:
    assert stripe.WebhookSignature.verify_header("{}", signed(time.time() + 3600), "whsec_test", FIVE_MINUTES)


def secret_per_endpoint(shop: Shop) -> None:
    with listening(shop) as one, listening(shop) as two:
        secrets = {one.endpoint["secret"], two.endpoint["secret"]}
        assert len(secrets) == 2
        assert all(secret.startswith("whsec_") for secret in secrets)
        assert "secret" not in shop.get(f"/v1/webhook_endpoints/{one.endpoint['id']}").ok


def three_retries(shop: Shop) -> None:
    with listening(shop, answers=[500] * 10) as listener:
        shop.customer()
        for _ in range(6):
            listener.posts(shop)
            shop.wait(A_DAY)
            settle_retries()
        assert len(listener.posts(shop)) == 4


def settle_retries() -> None:
    """Retries are no first attempts, so draining does not wait for them."""
    time.sleep(0.4)


def disabled_stops_retries(shop: Shop) -> None:
    with listening(shop, answers=[500, 500]) as listener:
        path = f"/v1/webhook_endpoints/{listener.endpoint['id']}"
        shop.customer()
        listener.posts(shop)
        shop.post(path, disabled=True)
        shop.wait(A_DAY)
        settle_retries()
        shop.post(path, disabled=False)
        shop.wait(A_DAY)
        settle_retries()
        assert len(listener.heard) == 1
        shop.customer()
        listener.posts(shop)
        assert len(listener.heard) == 2
        shop.post(path, disabled=True)
        shop.post(path, disabled=False)
        shop.wait(A_DAY)
        settle_retries()
        assert len(listener.heard) == 3


def sent_again_by_hand(shop: Shop) -> None:
    with listening(shop, answers=[500]) as listener:
        (event,) = shop.events(shop.customer())
        listener.posts(shop)
        shop.server.control("deliveries", {"events": [event["id"]]})
        assert len(listener.posts(shop)) == 2
        shop.wait(A_DAY)
        settle_retries()
        assert [found["id"] for found in listener.posts(shop)] == [event["id"]] * 3


def what_is_success(shop: Shop) -> None:
    for status, times in ((204, 1), (302, 2), (404, 2), (500, 2)):
        with listening(shop, answers=[status]) as listener:
            shop.customer()
            listener.posts(shop)
            shop.wait(A_DAY)
            settle_retries()
            assert len(listener.posts(shop)) == times


def no_order(shop: Shop) -> None:
    """Stripe promises neither order nor once; asked to, the sandbox breaks both."""
    with listening(shop) as listener:
        shop.server.control("deliveries", {"pause": True, "duplicate": 2, "shuffle": 7})
        customers = [shop.customer() for _ in range(8)]
        shop.server.control("deliveries", {"pause": False})
        heard = [event["id"] for event in listener.posts(shop)]
        shop.server.control("deliveries", {"duplicate": 1, "shuffle": None})
    sent = [shop.events(customer)[0]["id"] for customer in customers]
    assert sorted(heard) == sorted(sent * 2)
    assert list(dict.fromkeys(heard)) != sent


def sixteen_endpoints(shop: Shop) -> None:
    made = [
        shop.post("/v1/webhook_endpoints", url="http://127.0.0.1:9/", enabled_events=["charge.expired"])
        for _ in range(17)
    ]
    for reply in made[:16]:
        if reply.status == 200:
            shop.delete(f"/v1/webhook_endpoints/{reply.ok['id']}")
    assert made[-1].status == 400


def thirty_days(shop: Shop) -> None:
    (event,) = shop.events(shop.customer())
    shop.wait(29 * A_DAY)
    assert shop.get(f"/v1/events/{event['id']}").ok["id"] == event["id"]
    shop.wait(2 * A_DAY)
    assert shop.get(f"/v1/events/{event['id']}").status == 404


def has(shop: Shop, type_: str, *ids: str) -> None:
    assert type_ in shop.event_types(*ids)


def charge_succeeded(shop: Shop) -> None:
    has(shop, "charge.succeeded", shop.paid()["latest_charge"])


def charge_pending(shop: Shop) -> None:
    has(shop, "charge.pending", us_debit(shop, "success")["latest_charge"])


def charge_captured(shop: Shop) -> None:
    intent = held(shop)
    shop.post(f"/v1/payment_intents/{intent['id']}/capture")
    has(shop, "charge.captured", intent["latest_charge"])


def held(shop: Shop) -> Json:
    return shop.pay("pm_card_visa", capture_method="manual").ok


def charge_expired(shop: Shop) -> None:
    intent = held(shop)
    shop.wait(8 * A_DAY)
    assert shop.again(intent)["status"] == "canceled"
    has(shop, "charge.expired", intent["latest_charge"])


def charge_updated(shop: Shop) -> None:
    intent = shop.pay("pm_card_visa").ok
    shop.wait(A_MOMENT)
    has(shop, "charge.updated", intent["latest_charge"])
    shop.post(f"/v1/charges/{intent['latest_charge']}", description="two books")
    updated = shop.events(intent["latest_charge"], "charge.updated")[-1]
    assert updated["data"]["previous_attributes"] == {"description": None}


def refunded(shop: Shop, method: str = "pm_card_visa", **params: object) -> tuple[Json, Json]:
    intent = shop.paid(method)
    return intent, shop.post("/v1/refunds", payment_intent=intent["id"], **params).ok


def refund_created(shop: Shop) -> None:
    has(shop, "refund.created", refunded(shop)[1]["id"])


def refund_updated(shop: Shop) -> None:
    _, refund = refunded(shop, "pm_card_pendingRefund")
    shop.wait(A_MOMENT)
    has(shop, "refund.updated", refund["id"])


def refund_failed(shop: Shop) -> None:
    _, refund = refunded(shop, "pm_card_refundFail")
    shop.wait(A_MOMENT)
    has(shop, "refund.failed", refund["id"])


def intent_succeeded(shop: Shop) -> None:
    has(shop, "payment_intent.succeeded", shop.paid()["id"])


def intent_failed(shop: Shop) -> None:
    has(shop, "payment_intent.payment_failed", shop.pay("pm_card_chargeDeclined").error["payment_intent"]["id"])


def setup(shop: Shop, method: str) -> Json:
    reply = shop.post("/v1/setup_intents", payment_method=method, confirm=True, payment_method_types=["card"])
    return reply.body if reply.status == 200 else dict(reply.error["setup_intent"])


def setup_succeeded(shop: Shop) -> None:
    has(shop, "setup_intent.succeeded", setup(shop, "pm_card_visa")["id"])


def setup_failed(shop: Shop) -> None:
    has(shop, "setup_intent.setup_failed", setup(shop, "pm_card_chargeDeclined")["id"])


def captured_later(shop: Shop) -> None:
    intent = shop.pay("pm_card_visa").ok
    assert intent["capture_method"] == "automatic_async"
    assert shop.charge(intent)["balance_transaction"] is None
    succeeded = shop.events(intent["latest_charge"], "charge.succeeded")[0]["data"]["object"]
    assert succeeded["balance_transaction"] is None
    shop.wait(A_MOMENT)
    updated = shop.events(intent["latest_charge"], "charge.updated")[-1]
    assert updated["data"]["object"]["balance_transaction"]
    assert updated["data"]["previous_attributes"]["balance_transaction"] is None


def payment_fails(shop: Shop) -> None:
    error = shop.pay("pm_card_chargeDeclined").error
    types = shop.event_types(error["payment_intent"]["id"], error["charge"])
    assert {"payment_intent.payment_failed", "charge.failed"} <= set(types)
    intent = shop.again(error["payment_intent"])
    assert intent["status"] == "requires_payment_method"
    assert intent["last_payment_error"]["code"] == "card_declined"


def refund_flow(shop: Shop) -> None:
    intent, refund = refunded(shop, amount=100)
    types = shop.event_types(refund["id"], intent["latest_charge"])
    assert {"refund.created", "charge.refunded"} <= set(types)
    refund_updated(shop)
    refund_failed(shop)


def order_seen(shop: Shop) -> None:
    """Stripe promises none; the sandbox takes the order that was seen."""

    def seen(intent: Json, *wanted: str) -> None:
        types = shop.event_types(intent["id"], intent["latest_charge"])
        assert [type_ for type_ in types if type_ in wanted] == list(wanted)

    seen(shop.paid(), "charge.succeeded", "payment_intent.succeeded")
    intent = held(shop)
    seen(intent, "charge.succeeded", "payment_intent.amount_capturable_updated")
    shop.post(f"/v1/payment_intents/{intent['id']}/capture")
    seen(intent, "charge.captured", "payment_intent.succeeded")
    declined = shop.again(shop.pay("pm_card_chargeDeclined").error["payment_intent"])
    seen(declined, "charge.failed", "payment_intent.payment_failed")
    paid, refund = refunded(shop)
    types = shop.event_types(refund["id"], paid["latest_charge"])
    assert types.index("refund.created") < types.index("charge.refunded")


def dispute_event(type_: str, shop: Shop) -> None:
    has(shop, type_, dispute(shop)["id"])


def dispute(shop: Shop, name: str = "createDispute") -> Json:
    intent = shop.paid(f"pm_card_{name}")
    return dict(shop.get("/v1/disputes", payment_intent=intent["id"]).ok["data"][0])


def balance_available(shop: Shop) -> None:
    shop.paid()
    shop.wait(8 * A_DAY)
    types = {event["type"] for event in shop.get("/v1/events", limit=100).ok["data"]}
    assert "balance.available" in types


HOLDS: dict[str, Check] = {
    "4.sig.header": signature_header,
    "4.sig.payload": signed_payload,
    "4.sig.multi": two_secrets_while_rolling,
    "4.sig.tolerance": tolerance,
    "4.sig.future": the_future_passes,
    "4.sig.secret": secret_per_endpoint,
    "4.retry.sandbox": three_retries,
    "4.retry.disabled": disabled_stops_retries,
    "4.retry.manual": sent_again_by_hand,
    "4.success": what_is_success,
    "4.order": no_order,
    "4.endpoints_max": sixteen_endpoints,
    "4.retention": thirty_days,
    "4.event.charge.succeeded": charge_succeeded,
    "4.event.charge.pending": charge_pending,
    "4.event.charge.captured": charge_captured,
    "4.event.charge.expired": charge_expired,
    "4.event.charge.updated": charge_updated,
    "4.event.refund.created": refund_created,
    "4.event.refund.updated": refund_updated,
    "4.event.refund.failed": refund_failed,
    "4.event.payment_intent.succeeded": intent_succeeded,
    "4.event.payment_intent.payment_failed": intent_failed,
    "4.event.setup_intent.succeeded": setup_succeeded,
    "4.event.setup_intent.setup_failed": setup_failed,
    "4.event.charge.dispute.created": partial(dispute_event, "charge.dispute.created"),
    "4.event.charge.dispute.funds_withdrawn": partial(dispute_event, "charge.dispute.funds_withdrawn"),
    "4.event.balance.available": balance_available,
    "4.flow.async_capture": captured_later,
    "4.flow.payment_fail": payment_fails,
    "4.flow.refund": refund_flow,
    "4.live.order": order_seen,
}
