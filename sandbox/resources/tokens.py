"""Tokens: a card, once. Every test token of Stripe's testing page works without being made."""

from dataclasses import dataclass, field

from sandbox import instruments
from sandbox.calls import Call
from sandbox.errors import ApiError, missing, resource_missing
from sandbox.json_types import Json
from sandbox.routing import Route
from sandbox.test_cards import BY_NAME, TestCard
from sandbox.world import World


@dataclass(frozen=True, kw_only=True)
class UsedToken:
    """The card behind a token, and what was said about it."""

    card: TestCard
    name: str = ""
    given: Json = field(default_factory=dict)


def use(world: World, id_: str, param: str) -> UsedToken:
    """Spend a token; a test token is never spent. Raises 400 for an unknown or spent one."""
    name = id_.removeprefix("tok_")
    if name in BY_NAME:
        return UsedToken(card=BY_NAME[name], name=name)
    if name.startswith("card_"):
        raise ApiError(
            f"Invalid token id: {id_}. There is a part of the token that is not valid: 'card'.",
            param=param,
        )
    row = world.store.find("token", id_)
    if row is None:
        raise resource_missing("token", id_, param=param)
    if row["used"]:
        raise ApiError(
            "You cannot use a Stripe token more than once: " + id_ + ".",
            code="token_already_used",
            param=param,
        )
    row["used"] = True
    world.save(row)
    given = world.store.get("_token", id_)["given"]
    return UsedToken(card=instruments.card_of_number(given["number"]), given=given)


def _card_object(world: World, given: Json) -> Json:
    card = instruments.card_of_number(given["number"])
    details = instruments.card_hash(world, card, given)
    names = ("city", "country", "line1", "line2", "state", "zip")
    brand = {
        "amex": "American Express",
        "diners": "Diners Club",
        "jcb": "JCB",
        "mastercard": "MasterCard",
        "unionpay": "UnionPay",
    }.get(card.brand)
    return {
        "id": world.ids.new("card"),
        "object": "card",
        **{f"address_{name}": given.get(f"address_{name}") for name in names},
        "address_line1_check": None,
        "address_zip_check": None,
        "brand": brand or card.brand.capitalize(),
        "country": card.country,
        "cvc_check": "unchecked" if given.get("cvc") else None,
        "dynamic_last4": None,
        "exp_month": details["exp_month"],
        "exp_year": details["exp_year"],
        "fingerprint": details["fingerprint"],
        "funding": card.funding,
        "last4": card.number[-4:],
        "metadata": {},
        "name": given.get("name"),
        "networks": {"preferred": None},
        "regulated_status": "unregulated",
        "tokenization_method": None,
    }


def create(world: World, call: Call) -> Json:
    """A token of a card."""
    given = call.params.get("card")
    if not isinstance(given, dict):
        raise missing("card")
    instruments.refuse_raw_number(world, call, given)
    for name in ("number", "exp_month", "exp_year"):
        if name not in given:
            raise missing(f"card[{name}]")
    given = {**given, "exp_month": int(given["exp_month"]), "exp_year": int(given["exp_year"])}
    instruments.check_card(world, given, "card")
    row: Json = {
        "id": world.ids.new("tok"),
        "object": "token",
        "card": _card_object(world, given),
        "client_ip": call.client_ip,
        "created": world.clock.now(),
        "livemode": False,
        "type": "card",
        "used": False,
    }
    world.save(row)
    kept = {**given, "number": instruments.masked(given["number"]), "cvc": given.get("cvc") and "***"}
    world.save({"object": "_token", "id": row["id"], "given": kept})
    return row


def retrieve(world: World, call: Call) -> Json:
    """The token."""
    row = world.store.find("token", call.id)
    if row is None:
        raise resource_missing("token", call.id, param="token", status=404)
    return row


ROUTES = [
    Route(method="POST", path="/v1/tokens", handler=create, params="TokenCreateParams", public=True),
    Route(method="GET", path="/v1/tokens/{id}", handler=retrieve, public=True),
]
