"""Coupons.

Source: https://docs.stripe.com/api/coupons
"""

from decimal import Decimal

from sandbox import finding, money
from sandbox.billing import discounts
from sandbox.calls import Call
from sandbox.errors import ApiError, InvalidParameters
from sandbox.json_types import Json
from sandbox.lists import created_matches, page
from sandbox.metadata import merged
from sandbox.routing import Route
from sandbox.world import World


def _refuse(params: Json) -> None:
    percent, amount = params.get("percent_off"), params.get("amount_off")
    if (percent is None) == (amount is None):
        raise InvalidParameters(
            "You must pass either `percent_off` or `amount_off`, and not both.", param="percent_off"
        )
    if percent is not None and not 0 < Decimal(str(percent)) <= 100:
        raise InvalidParameters("Invalid percent_off: must be above 0 and at most 100.", param="percent_off")
    if amount is not None:
        money.check_positive(amount)
        if not params.get("currency"):
            raise InvalidParameters("You must pass currency when passing amount_off.", param="currency")
    months = params.get("duration_in_months")
    if (params.get("duration") == "repeating") != bool(months):
        raise InvalidParameters(
            "`duration_in_months` must be passed if and only if `duration` is `repeating`.", param="duration_in_months"
        )


def create(world: World, call: Call) -> Json:
    """A coupon; its id may be chosen."""
    params = call.params
    _refuse(params)
    id_ = params.get("id") or world.ids.text(8)
    if world.store.find("coupon", id_) or world.store.find("_deleted_coupon", id_):
        raise ApiError(f"Coupon already exists.: {id_}", code="resource_already_exists", param="id")
    last = params.get("redeem_by")
    if last is not None and last <= world.clock.now():
        raise InvalidParameters("redeem_by must be in the future.", param="redeem_by")
    percent = params.get("percent_off")
    row: Json = {
        "id": id_,
        "object": "coupon",
        "amount_off": params.get("amount_off"),
        "created": world.clock.now(),
        "currency": money.currency(params["currency"]) if params.get("currency") else None,
        "duration": params.get("duration", "once"),
        "duration_in_months": params.get("duration_in_months"),
        "livemode": False,
        "max_redemptions": params.get("max_redemptions"),
        "metadata": merged({}, params.get("metadata")),
        "name": params.get("name") or None,
        "percent_off": float(percent) if percent is not None else None,
        "redeem_by": last,
        "times_redeemed": 0,
        "valid": True,
    }
    for id_of_product in (params.get("applies_to") or {}).get("products", []):
        finding.one(world, "product", id_of_product, param="applies_to[products][0]", status=400)
    world.save(
        {
            "object": "_more",
            "id": row["id"],
            "applies_to": {"products": (params.get("applies_to") or {}).get("products", [])},
            "currency_options": params.get("currency_options") or {},
        }
    )
    world.save(row)
    world.emit("coupon.created", row)
    return row


def retrieve(world: World, call: Call) -> Json:
    """The coupon."""
    row = discounts.find_coupon(world, call.id, param="id")
    row["valid"] = discounts.is_valid(world, row)
    return row


def update(world: World, call: Call) -> Json:
    """Its name and metadata, and further currencies."""
    row = discounts.find_coupon(world, call.id, param="id")
    params = call.params
    if "name" in params:
        row["name"] = params["name"] or None
    if "currency_options" in params:
        more = world.store.get("_more", row["id"])
        more["currency_options"] |= params["currency_options"]
        world.save(more)
    row["metadata"] = merged(row["metadata"], params.get("metadata"))
    return world.changed("coupon.updated", row)


def delete(world: World, call: Call) -> Json:
    """Nobody can redeem it any more; discounts made of it go on."""
    row = discounts.find_coupon(world, call.id, param="id")
    world.store.delete(row)
    world.save({**row, "object": "_deleted_coupon"})
    world.emit("coupon.deleted", {**row, "valid": False})
    return {"id": row["id"], "object": "coupon", "deleted": True}


def list_(world: World, call: Call) -> Json:
    """Coupons, newest first."""
    for row in world.store.all("coupon"):
        row["valid"] = discounts.is_valid(world, row)
    return page(call, world.store.newest_first("coupon"), noun="coupon", keep=created_matches(call))


_ONE = "/v1/coupons/{id}"
ROUTES = [
    Route(method="POST", path="/v1/coupons", handler=create, params="CouponCreateParams"),
    Route(method="GET", path="/v1/coupons", handler=list_, params="CouponListParams"),
    Route(method="GET", path=_ONE, handler=retrieve),
    Route(method="POST", path=_ONE, handler=update, params="CouponUpdateParams"),
    Route(method="DELETE", path=_ONE, handler=delete),
]
