"""Coupons at work: redeemed, applied to lines, ended.

Sources: https://docs.stripe.com/billing/subscriptions/coupons, https://docs.stripe.com/api/discounts/object
"""

from collections.abc import Iterable
from decimal import Decimal

from sandbox.errors import ApiError, resource_missing
from sandbox.json_types import Json
from sandbox.world import World

from . import periods, rounding


def attach(
    world: World,
    given: list[Json] | str | None,
    *,
    customer: str | None,
    currency: str,
    amount: int | None = None,
    **owner: str | None,
) -> list[str]:
    """Redeem what ``discounts`` names and return the ids of the discounts; raises 400 where one cannot be redeemed.

    ``owner`` is subscription, invoice, invoice_item or subscription_item.
    """
    wishes = [wish for wish in given or [] if isinstance(wish, dict)]
    # All of them are looked at before the first one counts.
    found = [_wished(world, wish, customer, currency, amount) for wish in wishes]
    return [known["id"] if known else _redeem(world, coupon, code, customer, owner) for known, coupon, code in found]


def _wished(
    world: World, wish: Json, customer: str | None, currency: str, amount: int | None
) -> tuple[Json | None, Json, Json | None]:
    """The discount that is there already, otherwise the coupon and perhaps its code, which can be redeemed."""
    if "discount" in wish:
        return _known(world, wish["discount"]), {}, None
    code = _code(world, wish, customer, currency, amount) if "promotion_code" in wish else None
    id_ = code["promotion"]["coupon"] if code else wish.get("coupon", "")
    coupon = find_coupon(world, id_, param="discounts[0][coupon]")
    ensure_redeemable(world, coupon, currency)
    return None, coupon, code


def _known(world: World, id_: str) -> Json:
    row = world.store.find("discount", id_)
    if row is None:
        raise resource_missing("discount", id_, param="discounts[0][discount]")
    return row


def _redeem(world: World, coupon: Json, code: Json | None, customer: str | None, owner: dict[str, str | None]) -> str:
    start = world.clock.now()
    row: Json = {
        "id": world.ids.new("di"),
        "object": "discount",
        "checkout_session": None,
        "customer": customer,
        "customer_account": None,
        "end": _end(coupon, start),
        "invoice": owner.get("invoice"),
        "invoice_item": owner.get("invoice_item"),
        "promotion_code": code["id"] if code else None,
        "source": {"coupon": coupon["id"], "type": "coupon"},
        "start": start,
        "subscription": owner.get("subscription"),
        "subscription_item": owner.get("subscription_item"),
    }
    coupon["times_redeemed"] += 1
    coupon["valid"] = is_valid(world, coupon)
    world.changed("coupon.updated", coupon)
    if code:
        code["times_redeemed"] += 1
        limit = code["max_redemptions"]
        code["active"] = code["active"] and (limit is None or code["times_redeemed"] < limit)
        world.changed("promotion_code.updated", code)
    world.save(row)
    if customer:
        world.emit("customer.discount.created", row)
    return str(row["id"])


def find_coupon(world: World, id_: str, *, param: str) -> Json:
    """The coupon, which was not deleted; raises resource_missing."""
    row = world.store.find("coupon", id_)
    if row is None:
        raise resource_missing("coupon", id_, param=param)
    return row


def is_valid(world: World, coupon: Json) -> bool:
    """Whether it can be redeemed now."""
    limit, last = coupon["max_redemptions"], coupon["redeem_by"]
    return (limit is None or coupon["times_redeemed"] < limit) and (last is None or world.clock.now() <= last)


def ensure_redeemable(world: World, coupon: Json, currency: str) -> None:
    """Raises 400 for a coupon that is used up, over, or of another currency."""
    if not is_valid(world, coupon):
        raise ApiError(f"Coupon expired: {coupon['id']}", code="coupon_expired", param="coupon")
    if coupon["amount_off"] is not None and off(world, coupon, currency) is None:
        raise ApiError(
            f"Coupon {coupon['id']} can't be applied: its currency is {coupon['currency']}, not {currency}.",
            param="coupon",
        )


def off(world: World, coupon: Json, currency: str) -> int | None:
    """The amount off in a currency; None where the coupon has none."""
    if coupon["currency"] == currency:
        return int(coupon["amount_off"])
    found = world.store.get("_more", coupon["id"])["currency_options"].get(currency)
    return int(found["amount_off"]) if found else None


def _code(world: World, wish: Json, customer: str | None, currency: str, amount: int | None) -> Json:
    code = world.store.find("promotion_code", wish["promotion_code"])
    param = "discounts[0][promotion_code]"
    if code is None:
        raise resource_missing("promotion code", wish["promotion_code"], param=param)
    now = world.clock.now()
    if not code["active"] or (code["expires_at"] is not None and now > code["expires_at"]):
        raise ApiError("This promotion code is inactive or expired.", code="promotion_code_expired", param=param)
    if code["customer"] not in (None, customer):
        raise ApiError("This promotion code cannot be redeemed by this customer.", param=param)
    rules = code["restrictions"]
    if rules["first_time_transaction"] and _has_paid(world, customer):
        message = "This promotion code cannot be redeemed because the associated customer has prior transactions."
        raise ApiError(message, code="promotion_code_customer_not_first_time", param=param)
    minimum = rules["minimum_amount"]
    if minimum is not None and rules["minimum_amount_currency"] == currency and amount is not None and amount < minimum:
        raise ApiError("This promotion code needs a higher amount.", code="promotion_code_minimum_not_met", param=param)
    return code


def _has_paid(world: World, customer: str | None) -> bool:
    """Source: https://docs.stripe.com/billing/subscriptions/coupons#limit-first-time"""
    if customer is None:
        return False
    paid = (row["status"] == "paid" for row in world.store.children("invoice", "customer", customer))
    charged = (row["status"] == "succeeded" for row in world.store.children("charge", "customer", customer))
    return any(paid) or any(charged)


def _end(coupon: Json, start: int) -> int | None:
    if coupon["duration"] != "repeating":
        return None
    return periods.add(start, "month", coupon["duration_in_months"])


def active(world: World, ids: Iterable[str], at: int) -> list[Json]:
    """The discounts among these that still apply at a moment."""
    rows = filter(None, (world.store.find("discount", id_) for id_ in ids))
    return [row for row in rows if row["end"] is None or at < row["end"]]


def apply(world: World, lines: list[Json], ids: list[str], currency: str) -> None:
    """Fill each line's ``discount_amounts``: its own discounts first, then these, one after the other.

    Percentages round each line. An amount off is shared by what is left of each, rounded down along the way, and
    never exceeds that.
    """
    for line in lines:
        line["discount_amounts"] = []
    for id_ in dict.fromkeys([*(own for line in lines for own in line["discounts"]), *ids]):
        discount = world.store.get("discount", id_)
        coupon = coupon_of(world, discount)
        concerned = [line for line in lines if _concerns(world, coupon, discount, line, id_ in ids)]
        _apply_one(world, coupon, id_, concerned, currency)


def coupon_of(world: World, discount: Json) -> Json:
    id_ = discount["source"]["coupon"]
    return world.store.find("coupon", id_) or world.store.get("_deleted_coupon", id_)


def _concerns(world: World, coupon: Json, discount: Json, line: Json, is_general: bool) -> bool:
    if not line["discountable"] or line["amount"] <= 0:
        return False
    if not is_general and discount["id"] not in line["discounts"]:
        return False
    products = world.store.get("_more", coupon["id"])["applies_to"]["products"]
    details = (line["pricing"] or {}).get("price_details") or {}
    return not products or details.get("product") in products


def _apply_one(world: World, coupon: Json, id_: str, lines: list[Json], currency: str) -> None:
    left = [line["amount"] - sum(each["amount"] for each in line["discount_amounts"]) for line in lines]
    if coupon["percent_off"] is not None:
        percent = Decimal(str(coupon["percent_off"]))
        amounts = [rounding.half_up(amount * percent / 100) for amount in left]
    else:
        amounts = rounding.shares(min(off(world, coupon, currency) or 0, sum(left)), left)
    for line, amount in zip(lines, amounts, strict=True):
        line["discount_amounts"].append({"amount": amount, "discount": id_})


def give(world: World, customer: Json, coupon: str) -> Json:
    """A discount on everything that the customer buys, as staff give it in the Dashboard."""
    currency = customer["currency"] or world.config.currency
    ids = attach(world, [{"coupon": coupon}], customer=customer["id"], currency=currency)
    if customer["discount"]:
        take(world, customer)
    customer["discount"] = world.store.get("discount", ids[0])
    world.changed("customer.updated", customer)
    return customer


def take(world: World, customer: Json) -> Json:
    """Take the customer's own discount away; returns it."""
    held: Json = customer["discount"]
    customer["discount"] = None
    world.changed("customer.updated", customer)
    end(world, held["id"])
    return held


def inherited(world: World, customer: Json) -> list[str]:
    """The customer's own discount, for what has none of its own."""
    held = customer["discount"]
    return [row["id"] for row in active(world, [held["id"]] if held else [], world.clock.now())]


def end(world: World, id_: str) -> None:
    """Take a discount away."""
    row = world.store.find("discount", id_)
    if row is not None:
        row["end"] = world.clock.now()
        world.save(row)
        world.emit("customer.discount.deleted", row)
