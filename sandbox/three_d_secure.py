"""The bank's page: what happens when the customer has proved who they are, or has not."""

from . import confirmation, setting_up
from .json_types import Json
from .world import World


class NotWaiting(LookupError):
    """The intent does not exist, or waits for no authentication."""


def waiting(world: World, intent_id: str) -> Json:
    """The intent that waits for 3-D Secure; raises ``NotWaiting``."""
    kind = "setup_intent" if intent_id.startswith("seti_") else "payment_intent"
    intent = world.store.find(kind, intent_id)
    action = (intent or {}).get("next_action") or {}
    if intent is None or action.get("type") not in ("redirect_to_url", "use_stripe_sdk"):
        raise NotWaiting(intent_id)
    return intent


def return_url(intent: Json) -> str | None:
    """Where the customer goes afterwards, with the intent's id, secret and status in the query."""
    redirect = (intent["next_action"] or {}).get("redirect_to_url") or {}
    url: str | None = redirect.get("return_url")
    return url


def complete(world: World, intent_id: str, succeed: bool) -> Json:
    """The customer passed or failed; the intent goes on. Raises ``NotWaiting``."""
    intent = waiting(world, intent_id)
    world.begin()
    if intent["object"] == "setup_intent":
        setting_up.authenticated(world, intent, succeed=succeed)
    else:
        confirmation.authenticated(world, intent, succeed=succeed)
    world.store.flush()
    return intent
