"""Promotion codes.

Source: https://docs.stripe.com/api/promotion_codes
"""

from sandbox import finding
from sandbox.billing import discounts
from sandbox.calls import Call
from sandbox.errors import ApiError, missing
from sandbox.json_types import Json
from sandbox.lists import created_matches, page
from sandbox.metadata import merged
from sandbox.routing import Route
from sandbox.world import World


def create(world: World, call: Call) -> Json:
    """A code for a coupon; one is made up where none was given."""
    params = call.params
    promotion = params["promotion"]
    if not promotion.get("coupon"):
        raise missing("promotion[coupon]")
    coupon = discounts.find_coupon(world, promotion["coupon"], param="promotion[coupon]")
    customer = params.get("customer")
    if customer:
        finding.customer(world, customer, param="customer")
    code = params.get("code") or world.ids.text(8).upper()
    same = (row for row in world.store.children("promotion_code", "code", code) if row["active"])
    if any(row["customer"] in (None, customer) for row in same):
        raise ApiError(f"An active promotion code with `code: {code}` already exists.", param="code")
    rules = params.get("restrictions") or {}
    row: Json = {
        "id": world.ids.new("promo"),
        "object": "promotion_code",
        "active": params.get("active", True),
        "code": code,
        "created": world.clock.now(),
        "customer": customer,
        "customer_account": None,
        "expires_at": params.get("expires_at"),
        "livemode": False,
        "max_redemptions": params.get("max_redemptions"),
        "metadata": merged({}, params.get("metadata")),
        "promotion": {"coupon": coupon["id"], "type": "coupon"},
        "restrictions": {
            "first_time_transaction": rules.get("first_time_transaction", False),
            "minimum_amount": rules.get("minimum_amount"),
            "minimum_amount_currency": rules.get("minimum_amount_currency"),
        },
        "times_redeemed": 0,
    }
    world.save(row)
    world.emit("promotion_code.created", row)
    return row


def retrieve(world: World, call: Call) -> Json:
    """The promotion code."""
    return finding.one(world, "promotion_code", call.id, param="id")


def update(world: World, call: Call) -> Json:
    """Whether it can be redeemed, and its metadata."""
    row = finding.one(world, "promotion_code", call.id, param="id")
    if "active" in call.params:
        if call.params["active"] and row["promotion"]["coupon"] and not _coupon_lives(world, row):
            raise ApiError("This promotion code cannot be activated: its coupon is not valid.", param="active")
        row["active"] = call.params["active"]
    row["metadata"] = merged(row["metadata"], call.params.get("metadata"))
    return world.changed("promotion_code.updated", row)


def _coupon_lives(world: World, row: Json) -> bool:
    coupon = world.store.find("coupon", row["promotion"]["coupon"])
    return coupon is not None and discounts.is_valid(world, coupon)


def list_(world: World, call: Call) -> Json:
    """Promotion codes, newest first; filters: active, code, coupon, created, customer."""
    created, params = created_matches(call), call.params

    def keep(row: Json) -> bool:
        return (
            created(row)
            and params.get("active", row["active"]) == row["active"]
            and str(params.get("code", row["code"])).upper() == row["code"].upper()
            and params.get("coupon", row["promotion"]["coupon"]) == row["promotion"]["coupon"]
            and params.get("customer", row["customer"]) == row["customer"]
        )

    return page(call, world.store.newest_first("promotion_code"), noun="promotion_code", keep=keep)


_ONE = "/v1/promotion_codes/{id}"
ROUTES = [
    Route(method="POST", path="/v1/promotion_codes", handler=create, params="PromotionCodeCreateParams"),
    Route(method="GET", path="/v1/promotion_codes", handler=list_, params="PromotionCodeListParams"),
    Route(method="GET", path=_ONE, handler=retrieve),
    Route(method="POST", path=_ONE, handler=update, params="PromotionCodeUpdateParams"),
]
