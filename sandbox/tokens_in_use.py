"""Tokens that are spent on a payment method. Every test token of Stripe's testing page works without being made."""

from dataclasses import dataclass, field

from . import instruments
from .card_table import BY_NAME, TestCard
from .errors import ApiError, resource_missing
from .json_types import Json
from .world import World


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
