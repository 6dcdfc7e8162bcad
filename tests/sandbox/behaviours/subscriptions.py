"""Sections 4 to 6: subscriptions through their states, and what is told of them."""

from collections.abc import Callable
from typing import Any

from tests.contract.calling import Json
from tests.sandbox.behaviours.invoices import act
from tests.sandbox.behaviours.plans import (
    AN_HOUR,
    advance,
    again,
    at,
    change,
    invoices,
    item,
    latest,
    on_clock,
    plan,
    subscribe,
    subscriber,
    told,
    use_card,
)
from tests.sandbox.behaviours.shop import A_DAY, Shop

Check = Callable[[Shop], object]
DECLINES, ASKS = "pm_card_chargeCustomerFail", "pm_card_authenticationRequired"
A_MONTH = 31 * A_DAY
OUT_OF_TIME = 23 * AN_HOUR


def began(shop: Shop, card: str | None = "pm_card_visa", **params: Any) -> Json:
    return subscribe(shop, subscriber(shop, card), plan(shop, 1000), **params).ok


def path(subscription: Json) -> str:
    return f"/v1/subscriptions/{subscription['id']}"


def status(shop: Shop, subscription: Json) -> str:
    return str(again(shop, subscription)["status"])


def renewed(shop: Shop, subscription: Json) -> None:
    """A period is over, and its invoice was collected or was not."""
    shop.wait(item(again(shop, subscription))["current_period_end"] - shop.server.control("clock")["now"] + 1)
    shop.wait(2 * AN_HOUR)


def past_due(shop: Shop) -> Json:
    subscription = began(shop)
    use_card(shop, subscription["customer"], DECLINES)
    renewed(shop, subscription)
    assert status(shop, subscription) == "past_due"
    return subscription


def before_the_last(shop: Shop, subscription: Json) -> Json:
    """What the subscription held before its last change."""
    event = shop.events(subscription["id"], "customer.subscription.updated")[-1]
    return dict(event["data"]["previous_attributes"])


def told_of_changes(shop: Shop) -> None:
    subscription = began(shop, trial_period_days=7)
    renewed(shop, subscription)
    assert told(shop, subscription) == ["created", "trial_will_end", "updated"]
    assert before_the_last(shop, subscription)["status"] == "trialing"
    renewed(shop, subscription)
    assert "items" in before_the_last(shop, subscription)


def told_of_the_end(shop: Shop) -> None:
    subscription = began(shop)
    shop.post(path(subscription), cancel_at_period_end=True).ok  # noqa: B018
    assert told(shop, subscription)[-1] == "updated"
    renewed(shop, subscription)
    assert told(shop, subscription)[-1] == "deleted"
    assert len(invoices(shop, subscription)) == 1
    now = began(shop, collection_method="send_invoice", days_until_due=7)
    shop.delete(path(now)).ok  # noqa: B018
    assert told(shop, now)[-1] == "deleted"
    assert latest(shop, now)["auto_advance"] is False


def trial_notice(shop: Shop) -> None:
    long, short = began(shop, trial_period_days=10), began(shop, trial_period_days=2)
    assert told(shop, short) == ["created", "trial_will_end"]
    shop.wait(6 * A_DAY)
    assert told(shop, long) == ["created"]
    shop.wait(A_DAY + 60)
    assert told(shop, long) == ["created", "trial_will_end"]
    cut = began(shop, trial_period_days=10)
    shop.post(path(cut), trial_end="now").ok  # noqa: B018
    assert "trial_will_end" in told(shop, cut)


def waiting(shop: Shop) -> Json:
    """A subscription with an update that its bank declined."""
    subscription = began(shop)
    use_card(shop, subscription["customer"], DECLINES)
    behavior = {"payment_behavior": "pending_if_incomplete", "proration_behavior": "always_invoice"}
    held = change(shop, subscription, quantity=3, **behavior).ok
    assert (held["status"], item(held)["quantity"]) == ("active", 1)
    assert held["pending_update"]["subscription_items"][0]["quantity"] == 3
    return held


def pending_applied(shop: Shop) -> None:
    held = waiting(shop)
    use_card(shop, held["customer"], "pm_card_visa")
    act(shop, latest(shop, held), "pay").ok  # noqa: B018
    done = again(shop, held)
    assert (item(done)["quantity"], done["pending_update"]) == (3, None)
    assert told(shop, held)[-1] == "pending_update_applied"


def pending_expired(shop: Shop) -> None:
    held = waiting(shop)
    invoice = latest(shop, held)
    shop.wait(OUT_OF_TIME + 60)
    done = again(shop, held)
    assert (item(done)["quantity"], done["pending_update"]) == (1, None)
    assert "pending_update_expired" in told(shop, held)
    assert shop.again(invoice)["status"] == "void"


def trial(shop: Shop) -> None:
    test_clock, subscription = on_clock(shop, at(2026, 4, 1), plan(shop, 1000), trial_period_days=14)
    first = latest(shop, subscription)
    assert (subscription["status"], first["total"], first["status"]) == ("trialing", 0, "paid")
    advance(shop, test_clock, at(2026, 4, 15, 0, 30))
    bill = latest(shop, subscription)
    assert (bill["created"], bill["status"], bill["amount_due"]) == (at(2026, 4, 15), "draft", 1000)
    advance(shop, test_clock, at(2026, 4, 15, 1, 30))
    assert latest(shop, subscription)["status"] == "paid"
    assert item(again(shop, subscription))["current_period_end"] == at(2026, 5, 15)


def renewal(shop: Shop) -> None:
    subscription = began(shop)
    renewed(shop, subscription)
    invoice = latest(shop, subscription)
    assert (invoice["billing_reason"], invoice["status"]) == ("subscription_cycle", "paid")
    types = shop.event_types(invoice["id"])
    order = [types.index(f"invoice.{word}") for word in ("created", "finalized", "paid")]
    assert order == sorted(order)
    assert "invoice.payment_succeeded" in types
    assert shop.get("/v1/events", types=["invoice.upcoming"]).ok["data"]
    assert "updated" in told(shop, subscription)


def renewal_fails(shop: Shop) -> None:
    subscription = past_due(shop)
    types = shop.event_types(latest(shop, subscription)["id"])
    assert {"invoice.payment_failed", "invoice.updated"} <= set(types)
    assert before_the_last(shop, subscription)["status"] == "active"


def states(shop: Shop) -> None:
    assert began(shop)["status"] == "active"
    assert began(shop, trial_period_days=3)["status"] == "trialing"
    assert began(shop, DECLINES)["status"] == "incomplete"
    gone = shop.delete(path(began(shop))).ok
    assert gone["status"] == "canceled"
    assert shop.post(path(gone), items=[{"id": item(gone)["id"], "quantity": 2}]).status == 400


def begin_fails(shop: Shop) -> None:
    saved, lost = began(shop, DECLINES), began(shop, DECLINES)
    assert (saved["status"], latest(shop, saved)["status"]) == ("incomplete", "open")
    use_card(shop, saved["customer"], "pm_card_visa")
    act(shop, latest(shop, saved), "pay").ok  # noqa: B018
    assert status(shop, saved) == "active"
    shop.wait(OUT_OF_TIME - 60)
    assert status(shop, lost) == "incomplete"
    shop.wait(120)
    assert (status(shop, lost), latest(shop, lost)["status"]) == ("incomplete_expired", "void")
    assert status(shop, saved) == "active"


def default_incomplete(shop: Shop) -> None:
    subscription = began(shop, payment_behavior="default_incomplete")
    invoice = latest(shop, subscription)
    assert (subscription["status"], invoice["status"], invoice["attempt_count"]) == ("incomplete", "open", 0)
    free = subscribe(shop, subscriber(shop, None), plan(shop, 0), payment_behavior="default_incomplete").ok
    assert free["status"] == "active"


def after_the_last_retry(shop: Shop, wanted: str) -> Json:
    shop.server.control("account", {"subscription_after_retries": wanted})
    subscription = past_due(shop)
    for _ in range(16):
        shop.wait(A_DAY)
    return again(shop, subscription)


def becomes_past_due(shop: Shop) -> None:
    assert after_the_last_retry(shop, "cancel")["status"] == "canceled"
    assert after_the_last_retry(shop, "unpaid")["status"] == "unpaid"
    assert after_the_last_retry(shop, "past_due")["status"] == "past_due"
    for verb in ("mark_uncollectible", "pay"):
        subscription = past_due(shop)
        use_card(shop, subscription["customer"], "pm_card_visa")
        act(shop, latest(shop, subscription), verb).ok  # noqa: B018
        assert status(shop, subscription) == "active"


def past_due_goes_on(shop: Shop) -> None:
    subscription = after_the_last_retry(shop, "past_due")
    renewed(shop, subscription)
    assert [row["status"] for row in invoices(shop, subscription)] == ["paid", "open", "open"]


def voided(shop: Shop) -> None:
    subscription = past_due(shop)
    act(shop, latest(shop, subscription), "void").ok  # noqa: B018
    assert status(shop, subscription) == "active"


def canceled(shop: Shop) -> None:
    subscription = shop.delete(path(began(shop))).ok
    assert shop.post(path(subscription), metadata={"why": "cost"}).ok["metadata"] == {"why": "cost"}
    details = {"feedback": "too_expensive"}
    assert shop.post(path(subscription), cancellation_details=details).status == 200
    assert shop.post(path(subscription), description="back").error["code"] == "invalid_canceled_subscription_fields"


def paused(shop: Shop) -> Json:
    ends = {"end_behavior": {"missing_payment_method": "pause"}}
    subscription = began(shop, None, trial_period_days=1, trial_settings=ends)
    renewed(shop, subscription)
    assert status(shop, subscription) == "paused"
    assert told(shop, subscription)[-1] == "paused"
    return subscription


def pauses(shop: Shop) -> None:
    subscription = paused(shop)
    shop.wait(40 * A_DAY)
    assert len(invoices(shop, subscription)) == 1
    shop.post(f"{path(subscription)}/resume").ok  # noqa: B018
    shop.wait(OUT_OF_TIME + 60)
    assert (status(shop, subscription), latest(shop, subscription)["status"]) == ("paused", "void")
    use_card(shop, subscription["customer"], "pm_card_visa")
    assert shop.post(f"{path(subscription)}/resume").ok["status"] == "active"
    assert told(shop, subscription)[-1] == "resumed"


def pause_collection(shop: Shop) -> None:
    for behavior, left in (("keep_as_draft", "draft"), ("mark_uncollectible", "uncollectible"), ("void", "void")):
        subscription = began(shop)
        held = shop.post(path(subscription), pause_collection={"behavior": behavior}).ok
        assert held["pause_collection"] == {"behavior": behavior, "resumes_at": None}
        renewed(shop, subscription)
        assert (status(shop, subscription), latest(shop, subscription)["status"]) == ("active", left)
        assert "paused" not in told(shop, subscription)
        assert shop.post(path(subscription), pause_collection="").ok["pause_collection"] is None


def outcomes(shop: Shop) -> None:
    for card, intent_status, invoice_status, wanted in (
        ("pm_card_visa", "succeeded", "paid", "active"),
        (DECLINES, "requires_payment_method", "open", "incomplete"),
        (ASKS, "requires_action", "open", "incomplete"),
    ):
        subscription = began(shop, card)
        invoice = shop.get(f"/v1/invoices/{subscription['latest_invoice']}", expand=["payments"]).ok
        intent = shop.get(f"/v1/payment_intents/{invoice['payments']['data'][0]['payment']['payment_intent']}").ok
        assert (intent["status"], invoice["status"], subscription["status"]) == (intent_status, invoice_status, wanted)


def slow_method(shop: Shop) -> None:
    customer = subscriber(shop, None)
    kinds = {"payment_method_types": ["us_bank_account"]}
    mandate = {"customer_acceptance": {"type": "offline"}}
    wish = {"customer": customer, "payment_method": "pm_usBankAccount_insufficientFunds", "confirm": True, **kinds}
    intent = shop.post("/v1/setup_intents", mandate_data=mandate, **wish).ok
    verified = shop.post(f"/v1/setup_intents/{intent['id']}/verify_microdeposits", amounts=[32, 45]).ok
    bank = verified["payment_method"]
    subscription = subscribe(shop, customer, plan(shop, 1000), default_payment_method=bank, payment_settings=kinds).ok
    assert (subscription["status"], latest(shop, subscription)["status"]) == ("active", "open")
    shop.wait(10 * A_DAY)
    assert (status(shop, subscription), latest(shop, subscription)["status"]) == ("active", "void")


def without_method(shop: Shop) -> None:
    refused = subscribe(shop, subscriber(shop, None), plan(shop, 1000))
    assert (refused.status, refused.error["code"]) == (400, "resource_missing")
    assert refused.error["message"].startswith(
        "This customer has no attached payment source or default payment method."
    )
    assert shop.get("/v1/subscriptions", status="all").ok["data"] == []
    assert shop.get("/v1/invoices").ok["data"] == []


def asked_at_once(shop: Shop) -> None:
    subscription = began(shop, ASKS)
    invoice = latest(shop, subscription)
    assert (subscription["status"], invoice["status"]) == ("incomplete", "open")
    assert (invoice["attempted"], invoice["attempt_count"]) == (True, 0)
    before = len(shop.get("/v1/subscriptions", status="all").ok["data"])
    customer, price = subscriber(shop, ASKS), plan(shop, 1000)
    refused = subscribe(shop, customer, price, payment_behavior="error_if_incomplete")
    assert (refused.status, refused.error["code"]) == (402, "subscription_payment_intent_requires_action")
    assert refused.error["type"] == "card_error"
    assert len(shop.get("/v1/subscriptions", status="all").ok["data"]) == before
    assert subscribe(shop, customer, price, payment_behavior="pending_if_incomplete").status == 400


def by_invoice(shop: Shop) -> None:
    subscription = began(shop, None, collection_method="send_invoice", days_until_due=7)
    invoice = latest(shop, subscription)
    assert (subscription["status"], invoice["status"]) == ("active", "draft")
    assert (invoice["auto_advance"], invoice["number"]) == (True, None)
    assert invoice["due_date"] == invoice["created"] + 7 * A_DAY


def resumes(shop: Shop) -> None:
    refused = shop.post(f"{path(began(shop))}/resume")
    assert (refused.status, refused.error["message"]) == (
        400, "You can only resume a subscription if it is `paused`.",
    )  # fmt: skip
    subscription = paused(shop)
    held = shop.post(f"{path(subscription)}/resume").ok
    invoice = latest(shop, held)
    assert held["status"] == "paused"
    assert held["pending_update"]["expires_at"] == invoice["created"] + OUT_OF_TIME
    assert (invoice["status"], invoice["billing_reason"]) == ("open", "subscription_cycle")


def canceled_twice(shop: Shop) -> None:
    subscription = began(shop)
    shop.delete(path(subscription)).ok  # noqa: B018
    refused = shop.delete(path(subscription))
    assert (refused.status, refused.error["code"], refused.error["param"]) == (404, "resource_missing", "id")
    error = shop.post(path(subscription), cancel_at_period_end=True).error
    assert error["code"] == "invalid_canceled_subscription_fields"
    assert error["message"] == "A canceled subscription can only update its cancellation_details and metadata."


def incomplete_edit(shop: Shop) -> None:
    subscription = began(shop, DECLINES)
    changed = shop.post(path(subscription), metadata={"a": "b"}, description="Later").ok
    assert (changed["metadata"], changed["description"]) == ({"a": "b"}, "Later")
    assert change(shop, subscription, quantity=2).status == 400


def recovers(shop: Shop) -> None:
    subscription = after_the_last_retry(shop, "unpaid")
    use_card(shop, subscription["customer"], "pm_card_visa")
    act(shop, latest(shop, subscription), "pay").ok  # noqa: B018
    assert status(shop, subscription) == "active"


def nothing_to_pay_with(shop: Shop) -> None:
    for missing, wanted in (("cancel", "canceled"), ("pause", "paused"), ("create_invoice", "past_due")):
        ends = {"end_behavior": {"missing_payment_method": missing}}
        subscription = began(shop, None, trial_period_days=1, trial_settings=ends)
        renewed(shop, subscription)
        assert status(shop, subscription) == wanted
    assert began(shop, None, trial_period_days=1)["trial_settings"] == {
        "end_behavior": {"missing_payment_method": "create_invoice"}
    }


def upcoming_is_gone(shop: Shop) -> None:
    assert shop.get("/v1/invoices/upcoming", customer=subscriber(shop)).status in (400, 404)
    assert shop.post("/v1/invoices/create_preview", subscription=began(shop)["id"]).ok["total"] == 1000


def additions(shop: Shop) -> None:
    subscription = began(shop)
    assert "billed_until" in item(subscription)
    assert subscription["billing_schedules"] == []
    assert latest(shop, subscription)["amount_paid_off_stripe"] == 0


HOLDS: dict[str, Check] = {
    "4.event.customer.subscription.updated": told_of_changes,
    "4.event.customer.subscription.deleted": told_of_the_end,
    "4.event.customer.subscription.trial_will_end": trial_notice,
    "4.event.customer.subscription.pending_update_applied": pending_applied,
    "4.event.customer.subscription.pending_update_expired": pending_expired,
    "4.flow.sub_trial": trial,
    "4.flow.renewal": renewal,
    "4.flow.renewal_fail": renewal_fails,
    "4.flow.cancel": told_of_the_end,
    "5.sub.states": states,
    "5.sub.create_fail": begin_fails,
    "5.sub.default_incomplete": default_incomplete,
    "5.sub.past_due": becomes_past_due,
    "5.sub.past_due_invoices": past_due_goes_on,
    "5.sub.voided_invoice": voided,
    "5.sub.delayed_pm": slow_method,
    "5.sub.canceled": canceled,
    "5.sub.paused": pauses,
    "5.sub.pause_collection": pause_collection,
    "5.sub.payment_outcomes": outcomes,
    "5.live.sub.no_pm": without_method,
    "5.live.sub.3ds": asked_at_once,
    "5.live.sub.send_invoice": by_invoice,
    "5.live.sub.resume": resumes,
    "5.live.sub.cancel_twice": canceled_twice,
    "5.live.sub.incomplete_edit": incomplete_edit,
    "5.live.sub.unpaid_recover": recovers,
    "6.trial.zero_invoice": trial,
    "6.trial.missing_pm": nothing_to_pay_with,
    "6.expiry.23h": begin_fails,
    "10.basil.upcoming": upcoming_is_gone,
    "10.dahlia.add": additions,
}
