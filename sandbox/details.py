"""Small shapes that many objects share: addresses, billing details, shipping."""

from .json_types import Json

_ADDRESS = ("city", "country", "line1", "line2", "postal_code", "state")


def address(given: Json | str | None) -> Json | None:
    """An address with every field, or None where it is unset."""
    if not given or isinstance(given, str):
        return None
    return {name: given.get(name) or None for name in _ADDRESS}


def billing(given: Json | None, current: Json | None = None) -> Json:
    """Billing details after what was given."""
    given, current = given or {}, current or {}
    result: Json = {"address": current.get("address") or dict.fromkeys(_ADDRESS)}
    if given.get("address"):
        merged = {**result["address"], **given["address"]}
        result["address"] = {name: merged.get(name) or None for name in _ADDRESS}
    for name in ("email", "name", "phone", "tax_id"):
        result[name] = given.get(name, current.get(name)) or None
    return result


def shipping(given: Json | str | None) -> Json | None:
    """Shipping as payments hold it, or None where it is unset."""
    if not given or isinstance(given, str):
        return None
    names = ("carrier", "name", "phone", "tracking_number")
    return {"address": address(given.get("address")), **{n: given.get(n) or None for n in names}}
