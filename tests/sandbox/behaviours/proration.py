"""Section 6: prorations, billing cycles and trials, to the cent and to the second."""

from collections.abc import Callable

from tests.contract.calling import Json
from tests.sandbox.behaviours.plans import (
    advance,
    amounts,
    at,
    change,
    invoices,
    item,
    latest,
    on_clock,
    pending,
    plan,
    subscribe,
    subscriber,
)
from tests.sandbox.behaviours.shop import Shop

Check = Callable[[Shop], object]
APRIL = at(2026, 4, 1)


def preview(shop: Shop, subscription: Json, when: int, **wish: object) -> Json:
    details = {
        "items": [{"id": item(subscription)["id"], **wish}],
        "proration_date": when,
        "proration_behavior": "always_invoice",
    }
    return shop.post("/v1/invoices/create_preview", subscription=subscription["id"], subscription_details=details).ok


def basic(shop: Shop) -> None:
    _, subscription = on_clock(shop, APRIL, plan(shop, 1000))
    shown = preview(shop, subscription, at(2026, 4, 16), price=plan(shop, 2000))
    assert (amounts(shown), shown["total"]) == ([-500, 1000], 500)


def may(shop: Shop) -> None:
    low, high = plan(shop, 10000), plan(shop, 20000)
    for behavior, due in (("create_prorations", 20000 + 5484), ("none", 20000)):
        test_clock, subscription = on_clock(shop, at(2026, 5, 1), low)
        advance(shop, test_clock, at(2026, 5, 15))
        change(shop, subscription, high, proration_behavior=behavior)
        advance(shop, test_clock, at(2026, 6, 1, 2))
        totals = [row["total"] for row in invoices(shop, subscription)]
        # Half of May, as the page has it, is 17 of 31 days.
        assert totals == [10000, due]


def to_the_second(shop: Shop) -> None:
    _, subscription = on_clock(shop, APRIL, plan(shop, 2592000))
    shown = preview(shop, subscription, at(2026, 5, 1) - 4321, price=plan(shop, 5184000))
    assert amounts(shown) == [-4321, 8642]


def preview_example(shop: Shop) -> None:
    _, subscription = on_clock(shop, 1596749288, plan(shop, 1000))
    assert item(subscription)["current_period_end"] == 1599427688
    details = {"items": [{"id": item(subscription)["id"], "price": plan(shop, 3252)}], "proration_date": 1598982148}
    shown = shop.post("/v1/invoices/create_preview", subscription=subscription["id"], subscription_details=details).ok
    assert (amounts(shown), shown["total"]) == ([-166, 541, 3252], 3627)


def april(shop: Shop) -> None:
    for mode, lines, total in (("classic", [-667, 333], -334), ("flexible", [-333, 333], 0)):
        low, high = plan(shop, 1000), plan(shop, 2000)
        test_clock, subscription = on_clock(shop, APRIL, low, billing_mode={"type": mode})
        advance(shop, test_clock, at(2026, 4, 11))
        changed = change(shop, subscription, high, proration_behavior="none").ok
        advance(shop, test_clock, at(2026, 4, 21))
        changed = change(shop, changed, low, proration_behavior="always_invoice").ok
        invoice = latest(shop, changed)
        assert (amounts(invoice), invoice["total"]) == (lines, total)


def coupon_over_items(shop: Shop) -> None:
    coupon = shop.post("/v1/coupons", amount_off=500, currency="usd", duration="forever").ok["id"]
    for mode, credit in (("classic", -250), ("flexible", -417)):
        _, subscription = on_clock(shop, APRIL, plan(shop, 900))
        wish = {"customer": subscription["customer"], "billing_mode": {"type": mode}, "discounts": [{"coupon": coupon}]}
        items = [{"price": plan(shop, 1000)}, {"price": plan(shop, 2000)}]
        made = shop.post("/v1/subscriptions", items=items, **wish).ok
        first = latest(shop, made)
        discounted = [line["discount_amounts"][0]["amount"] for line in first["lines"]["data"]]
        assert (sorted(discounted), first["total"]) == ([166, 334], 2500)
        gone = {"id": item(made)["id"], "deleted": True}
        half = at(2026, 4, 16)
        details = {"items": [gone], "proration_date": half, "proration_behavior": "always_invoice"}
        shown = shop.post("/v1/invoices/create_preview", subscription=made["id"], subscription_details=details).ok
        assert amounts(shown) == [credit]


def cancel_at(shop: Shop) -> None:
    """The page rounds to whole months; Stripe counts seconds: 182 and 92 of 366 days."""
    price = plan(shop, 12000, "year")
    test_clock, subscription = on_clock(shop, at(2024, 1, 1), price, cancel_at=at(2024, 7, 1))
    assert latest(shop, subscription)["subtotal"] == 5967
    assert item(subscription)["current_period_end"] == at(2024, 7, 1)
    advance(shop, test_clock, at(2024, 2, 15))
    path = f"/v1/subscriptions/{subscription['id']}"
    moved = shop.post(path, cancel_at=at(2024, 10, 1), proration_behavior="always_invoice").ok
    assert latest(shop, moved)["subtotal"] == 3016
    assert item(moved)["current_period_end"] == at(2024, 10, 1)


def discount_flag(shop: Shop) -> None:
    coupon = shop.post("/v1/coupons", percent_off=50, duration="forever").ok["id"]
    test_clock, subscription = on_clock(shop, APRIL, plan(shop, 1000), discounts=[{"coupon": coupon}])
    advance(shop, test_clock, at(2026, 4, 16))
    change(shop, subscription, plan(shop, 2000))
    waiting = pending(shop, subscription)
    assert [(row["amount"], row["discountable"]) for row in waiting] == [(-250, False), (500, False)]
    shop.post(f"/v1/subscriptions/{subscription['id']}", discounts="")
    assert len(pending(shop, subscription)) == 2


def unpaid_period(shop: Shop) -> None:
    customer = subscriber(shop)
    subscription = subscribe(shop, customer, plan(shop, 1000), collection_method="send_invoice", days_until_due=30).ok
    assert latest(shop, subscription)["status"] == "draft"
    change(shop, subscription, quantity=2)
    assert [row["amount"] for row in pending(shop, subscription)] == [-1000, 2000]


def two_months(shop: Shop) -> None:
    price = plan(shop, 1000, "month", 2)
    config = {"day_of_month": 31}
    _, subscription = on_clock(shop, at(2026, 2, 10), price, billing_cycle_anchor_config=config)
    assert subscription["billing_cycle_anchor"] == at(2026, 8, 31)
    assert item(subscription)["current_period_end"] == at(2026, 2, 28)


def trial_shift(shop: Shop) -> None:
    test_clock, subscription = on_clock(shop, at(2026, 6, 23), plan(shop, 1000))
    advance(shop, test_clock, at(2026, 7, 15))
    path = f"/v1/subscriptions/{subscription['id']}"
    shop.post(path, trial_end=at(2026, 8, 1)).ok  # noqa: B018
    assert (latest(shop, subscription)["total"], latest(shop, subscription)["created"]) == (0, at(2026, 7, 15))
    advance(shop, test_clock, at(2026, 8, 1, 2))
    rows = invoices(shop, subscription)
    assert [(row["total"], row["created"]) for row in rows] == [
        (1000, at(2026, 6, 23)), (0, at(2026, 7, 15)), (1000, at(2026, 8, 1)),
    ]  # fmt: skip


def trial_then_anchor(shop: Shop) -> None:
    trial = {"trial_end": at(2026, 4, 22), "billing_cycle_anchor": at(2026, 5, 1)}
    test_clock, subscription = on_clock(shop, at(2026, 4, 15), plan(shop, 3000), **trial)
    advance(shop, test_clock, at(2026, 5, 1, 2))
    rows = invoices(shop, subscription)
    assert [(row["total"], row["created"]) for row in rows] == [
        (0, at(2026, 4, 15)), (900, at(2026, 4, 22)), (3000, at(2026, 5, 1)),
    ]  # fmt: skip


def ties(shop: Shop) -> None:
    _, subscription = on_clock(shop, APRIL, plan(shop, 1000))
    when = at(2026, 5, 1) - 6480
    assert amounts(preview(shop, subscription, when, price=plan(shop, 1800))) == [-3, 4]
    assert amounts(preview(shop, subscription, when, quantity=3)) == [-3, 7]


def item_shape(shop: Shop) -> None:
    price = plan(shop, 1000)
    test_clock, subscription = on_clock(shop, at(2026, 10, 1), price)
    advance(shop, test_clock, at(2026, 10, 21))
    change(shop, subscription, quantity=3)
    credit, debit = pending(shop, subscription)
    line = latest(shop, subscription)["lines"]["data"][0]
    assert credit["description"] == "Unused time on Gold after 21 Oct 2026"
    assert debit["description"] == "Remaining time on 3 × Gold after 21 Oct 2026"
    billed = credit["proration_details"]["credited_items"]["invoice_line_item_details"]
    assert billed == {"invoice": line["invoice"], "invoice_line_items": [line["id"]]}
    assert debit["proration_details"]["credited_items"] is None
    for row in (credit, debit):
        assert (row["discountable"], row["parent"]["type"], row["proration"]) == (False, "subscription_details", True)
        assert row["pricing"]["unit_amount_decimal"] is None
        assert row["period"] == {"start": at(2026, 10, 21), "end": at(2026, 11, 1)}


def without(shop: Shop) -> None:
    test_clock, subscription = on_clock(shop, APRIL, plan(shop, 1000))
    advance(shop, test_clock, at(2026, 4, 16))
    change(shop, subscription, quantity=5, proration_behavior="none").ok  # noqa: B018
    assert pending(shop, subscription) == []


def period(shop: Shop) -> None:
    _, subscription = on_clock(shop, 1790021304, plan(shop, 1000))
    assert item(subscription)["current_period_end"] == 1792613304
    assert subscription["billing_mode"] == {"type": "flexible", "flexible": {"proration_discounts": "included"}}


HOLDS: dict[str, Check] = {
    "6.pror.basic": basic,
    "6.pror.may": may,
    "6.pror.to_second": to_the_second,
    "6.pror.preview_example": preview_example,
    "6.pror.april": april,
    "6.pror.coupon_multi": coupon_over_items,
    "6.pror.cancel_at": cancel_at,
    "6.pror.discount_flag": discount_flag,
    "6.pror.unpaid": unpaid_period,
    "6.anchor.two_month": two_months,
    "6.anchor.trial_shift": trial_shift,
    "6.trial.anchor_combo": trial_then_anchor,
    "6.live.pror.tie": ties,
    "6.live.pror.whole_item": item_shape,
    "6.live.pror.item_shape": item_shape,
    "6.live.pror.none": without,
    "6.live.period": period,
}
