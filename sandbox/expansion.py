"""``expand``: an id becomes the object it names, along paths of at most four steps."""

from functools import cache
from importlib import import_module
from typing import Any, ForwardRef, Union, get_args, get_origin

from stripe._object_classes import OBJECT_CLASSES

from .errors import ApiError, InvalidParameters
from .json_types import Json
from .store import Store

MAX_STEPS = 4
# Lists that Stripe leaves out unless they are asked for: (object, field) -> (kind, parent field).
INCLUDABLE: dict[tuple[str, str], tuple[str, str]] = {
    ("charge", "refunds"): ("refund", "charge"),
    ("customer", "tax_ids"): ("tax_id", "customer"),
    ("customer", "sources"): ("card", "customer"),
    ("customer", "subscriptions"): ("subscription", "customer"),
    ("invoice", "payments"): ("invoice_payment", "invoice"),
}
# Fields that Stripe leaves out unless they are asked for, kept beside the object.
_MORE = frozenset(
    {
        ("price", "tiers"),
        ("price", "currency_options"),
        ("coupon", "applies_to"),
        ("coupon", "currency_options"),
        ("invoice", "confirmation_secret"),
        ("tax.calculation", "line_items"),
        ("tax.calculation_line_item", "tax_breakdown"),
    }
)
_LIST_PAGE = 10


def _refuse(path: str, *, absent: bool) -> ApiError:
    why = f" because it doesn't exist: {path}" if absent else f" ({path})"
    prefix = "This property cannot be expanded"
    return InvalidParameters(f"{prefix}{why}.", param="expand")


def _names(annotation: Any) -> list[Any]:
    if get_origin(annotation) in (Union, list):
        return [name for part in get_args(annotation) for name in _names(part)]
    return [annotation]


@cache
def _class_of(kind: str) -> Any:
    module, name = OBJECT_CLASSES[kind]
    return getattr(import_module(module), name)


@cache
def _expandable(cls: Any, field: str) -> bool:
    """Whether the contract says that the field holds an id or the object."""
    names = _names(cls.__annotations__.get(field))
    return str in names and any(isinstance(name, ForwardRef) for name in names)


def _inner(cls: Any, field: str) -> Any:
    return next((name for name in _names(cls.__annotations__.get(field)) if isinstance(name, type)), None)


def apply(store: Store, answer: Json, paths: list[str]) -> Json:
    """A copy of the answer with every path expanded; raises 400 where a path cannot be."""
    for path in paths:
        steps = path.split(".")
        if len(steps) > MAX_STEPS:
            raise InvalidParameters(
                f"You cannot expand more than {MAX_STEPS} levels of a property. Property: {path}",
                param="expand",
            )
        answer = _walk(store, answer, steps, path, None)
    return answer


def _walk(store: Store, node: Json, steps: list[str], path: str, cls: Any) -> Json:
    kind = node.get("object")
    if kind in ("list", "search_result"):
        return _walk_list(store, node, steps, path)
    cls = _class_of(kind) if isinstance(kind, str) and kind in OBJECT_CLASSES else cls
    field, rest = steps[0], steps[1:]
    value = node.get(field)
    if (kind, field) in INCLUDABLE and value is None:
        value = _included(store, node, field)
    elif (kind, field) in _MORE:
        value = _kept_beside(store, node, field)
        rest = rest if isinstance(value, dict) and "object" in value else []
    elif cls is None or field not in cls.__annotations__:
        raise _refuse(path, absent=True)
    elif _expandable(cls, field):
        value = _resolved(store, value)
    elif not rest:
        raise _refuse(path, absent=False)
    if rest:
        value = _deeper(store, value, rest, path, _inner(cls, field))
    return {**node, field: value}


def _deeper(store: Store, value: Any, rest: list[str], path: str, cls: Any) -> Any:
    if isinstance(value, list):
        return [_deeper(store, each, rest, path, cls) for each in value]
    return _walk(store, value, rest, path, cls) if isinstance(value, dict) else value


def _walk_list(store: Store, node: Json, steps: list[str], path: str) -> Json:
    if steps[0] != "data":
        raise _refuse(path, absent=True)
    if not steps[1:]:
        raise _refuse(path, absent=False)
    return {**node, "data": [_walk(store, row, steps[1:], path, None) for row in node["data"]]}


def _resolved(store: Store, value: Any) -> Any:
    if isinstance(value, list):
        return [_resolved(store, each) for each in value]
    if not isinstance(value, str):
        return value
    return store.by_id(value) or value


def _kept_beside(store: Store, node: Json, field: str) -> Any:
    """Without what has no products, currencies or tiers to show."""
    if field == "confirmation_secret":
        return _confirmation_secret(store, node)
    more = store.find("_more", node["id"]) or {}
    if field == "applies_to":
        return more[field] if more[field]["products"] else None
    return more.get(field) or None


def _confirmation_secret(store: Store, invoice: Json) -> Json | None:
    """The client secret of the payment intent that pays the invoice, once it was made."""
    for row in store.children("invoice_payment", "invoice", invoice["id"]):
        intent = store.find("payment_intent", row["payment"].get("payment_intent"))
        if row["is_default"] and intent:
            return {"client_secret": intent["client_secret"], "type": "payment_intent"}
    return None


def _included(store: Store, node: Json, field: str) -> Json:
    kind, parent = INCLUDABLE[node["object"], field]
    rows = list(reversed(store.children(kind, parent, node["id"])))
    plural = {"card": "sources"}.get(kind, kind + "s")
    collection = node["object"] + "s"
    return {
        "object": "list",
        "data": rows[:_LIST_PAGE],
        "has_more": len(rows) > _LIST_PAGE,
        "url": f"/v1/{collection}/{node['id']}/{plural}",
    }
