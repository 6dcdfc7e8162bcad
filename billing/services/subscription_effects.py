"""How a wish about a subscription shows in what Stripe has, where its parameters do not say: (body, params) -> bool."""

from payments.failures import JsonObject
from payments.stripe_fields import nested, reference


def is_paused(body: JsonObject, params: JsonObject) -> bool:
    """Collection is paused in the way that was asked."""
    return bool(nested(body, "pause_collection").get("behavior") == params["pause_collection"]["behavior"])


def is_collecting(body: JsonObject, _: JsonObject) -> bool:
    return not body.get("pause_collection")


def is_resumed(body: JsonObject, _: JsonObject) -> bool:
    """It runs again, or waits for its new invoice to be paid."""
    return body["status"] != "paused" or bool(body.get("pending_update"))


def is_canceled(body: JsonObject, _: JsonObject) -> bool:
    return bool(body.get("deleted")) or body["status"] in {"canceled", "incomplete_expired"}


def ends_with_period(body: JsonObject, _: JsonObject) -> bool:
    return bool(body.get("cancel_at_period_end") or body.get("cancel_at"))


def goes_on(body: JsonObject, params: JsonObject) -> bool:
    return not ends_with_period(body, params)


def has_items(body: JsonObject, params: JsonObject) -> bool:
    """Each item stands as it was asked: gone, changed, or there."""
    held = {item["id"]: item for item in nested(body, "items").get("data", [])}
    return all(_stands(item, held) for item in params["items"])


def is_scheduled(body: JsonObject, _: JsonObject) -> bool:
    return bool(reference(body, "schedule"))


def is_unscheduled(body: JsonObject, params: JsonObject) -> bool:
    return not is_scheduled(body, params)


def plans_items(body: JsonObject, params: JsonObject) -> bool:
    """The schedule's last phase has the items that were asked for."""
    phases = body.get("phases") or []
    if len(phases) < len(params["phases"]):
        return False
    planned = {(reference(item, "price"), item.get("quantity")) for item in phases[-1]["items"]}
    return planned == {(item["price"], item.get("quantity")) for item in params["phases"][-1]["items"]}


def _stands(wanted: JsonObject, held: dict[str, JsonObject]) -> bool:
    """A price that is not named is one that stays."""
    if wanted.get("deleted"):
        return wanted["id"] not in held
    candidates = [held[wanted["id"]]] if wanted.get("id") in held else [] if "id" in wanted else list(held.values())
    return any(
        wanted.get("price", reference(item, "price")) == reference(item, "price")
        and wanted.get("quantity", 1) == (item.get("quantity") or 1)
        for item in candidates
    )


def shows_nowhere(_: JsonObject, __: JsonObject) -> bool:
    """Only Stripe's answer tells: the same call is asked again for as long as Stripe knows its key."""
    return False
