"""Tokens: a card, once."""

from sandbox import instruments
from sandbox.calls import Call
from sandbox.errors import missing, resource_missing
from sandbox.json_types import Json
from sandbox.routing import Route
from sandbox.world import World


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
