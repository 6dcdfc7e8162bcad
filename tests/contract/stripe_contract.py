"""Checks objects and requests against Stripe's contract: unknown and missing fields, nulls, enums, types.

What it cannot see: `Optional` in the package means nullable or absent, so a missing nullable field passes,
and it proves shape, never behaviour.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from types import UnionType
from typing import (
    Any,
    ClassVar,
    Literal,
    NotRequired,
    Protocol,
    Required,
    TypeVar,
    Union,
    get_args,
    get_origin,
)

import stripe
from typing_extensions import is_typeddict

from tests.contract.form import nested
from tests.contract.sdk_types import fields, object_class, operation_for

LISTS = {"ListObject", "SearchResultObject"}
WRAPPERS = {ClassVar, NotRequired, Required}
UNIONS = {Union, UnionType}
NUMBERS: dict[type, re.Pattern[str]] = {
    int: re.compile(r"-?\d+"),
    float: re.compile(r"-?\d+(\.\d+)?"),
    Decimal: re.compile(r"-?\d+(\.\d+)?"),
}
ERROR_TYPES = {"api_error", "card_error", "idempotency_error", "invalid_request_error"}
# Stripe documents these on errors; the package's ErrorObject carries no field for them.
ERROR_FIELDS = {"payment_method_type", "request_log_url"}


@dataclass(frozen=True)
class Violation:
    """One place where a value leaves the contract."""

    path: str
    kind: Literal["unknown", "missing", "null", "enum", "type"]
    detail: str

    def __str__(self) -> str:
        return f"{self.path or '(root)'}: {self.kind}: {self.detail}"


class Check(Protocol):
    """Says where a value leaves a type; `form` is true where values are spelled as strings."""

    def __call__(self, value: Any, hint: Any, path: str, *, form: bool) -> Iterator[Violation]: ...


def check_object(value: Mapping[str, Any]) -> list[Violation]:
    """What is wrong with an object, or with each object of a list, as Stripe would answer it."""
    name = value.get("object")
    if name in {"list", "search_result"}:
        return [
            Violation(f"data[{index}].{found.path}", found.kind, found.detail)
            for index, item in enumerate(value.get("data", ()))
            for found in check_object(item)
        ]
    cls = object_class(str(name))
    if cls is None:
        return [Violation("object", "enum", f"{name!r} is no object of this API version")]
    return [*_check(value, cls, str(name), form=False), *_event_payload(value)]


def _event_payload(value: Mapping[str, Any]) -> list[Violation]:
    if value.get("object") != "event":
        return []
    return check_object(value["data"]["object"])


def check_answer(method: str, path: str, value: Mapping[str, Any]) -> list[Violation]:
    """What is wrong with a successful answer: its object, and whether this operation may answer with it."""
    operation = operation_for(method, path)
    wanted = operation.answer_object if operation else None
    if wanted and value.get("object") != wanted:
        return [Violation("object", "enum", f"{value.get('object')!r} where {wanted!r} is answered")]
    return check_object(value)


def check_error(value: Mapping[str, Any]) -> list[Violation]:
    """What is wrong with Stripe's error envelope."""
    error = value.get("error")
    if set(value) != {"error"} or not isinstance(error, dict):
        return [Violation("", "type", "an answer that failed is {'error': {…}} and no more")]
    found = list(_check_error_fields(error))
    if error.get("type") not in ERROR_TYPES:
        found.append(Violation("error.type", "enum", repr(error.get("type"))))
    return found


def _check_error_fields(error: Mapping[str, Any]) -> Iterator[Violation]:
    known = fields(stripe.ErrorObject)
    for name, value in error.items():
        if name in known:
            yield from _check(value, known[name], f"error.{name}", form=False)
        elif name not in ERROR_FIELDS:
            yield Violation(f"error.{name}", "unknown", "no attribute of errors")


def check_request(method: str, path: str, pairs: Iterable[tuple[str, str]]) -> list[Violation]:
    """What Stripe would refuse in a request: unknown or missing parameters, types, enums."""
    operation = operation_for(method, path)
    if operation is None:
        return [Violation(f"{method} {path}", "unknown", "no such operation")]
    params = nested(pairs)
    if operation.params is None:
        return [Violation(name, "unknown", "the operation takes no parameters") for name in params]
    return list(_check(params, operation.params, "", form=True))


def _check(value: Any, hint: Any, path: str, *, form: bool) -> Iterator[Violation]:
    if value is None and not _may_be_null(hint):
        return iter([Violation(path, "null", "may not be null")])
    return _check_for(hint)(value, hint, path, form=form)


@cache
def _check_for(hint: Any) -> Check:
    return next(check for applies, check in CHECKS if applies(hint))


def _may_be_null(hint: Any) -> bool:
    if get_origin(hint) in WRAPPERS:
        return _may_be_null(get_args(hint)[0])
    return _is_any(hint) or type(None) in {hint, *get_args(hint)}


def _check_wrapped(value: Any, hint: Any, path: str, *, form: bool) -> Iterator[Violation]:
    return _check(value, get_args(hint)[0], path, form=form)


def _check_any(value: Any, hint: Any, path: str, *, form: bool) -> Iterator[Violation]:
    return iter(())


def _check_null(value: Any, hint: Any, path: str, *, form: bool) -> Iterator[Violation]:
    if value is not None:
        yield Violation(path, "type", "null wanted")


def _check_enum(value: Any, hint: Any, path: str, *, form: bool) -> Iterator[Violation]:
    if value not in get_args(hint):
        yield Violation(path, "enum", f"{value!r} not among {', '.join(map(repr, get_args(hint)))}"[:200])


def _check_map(value: Any, hint: Any, path: str, *, form: bool) -> Iterator[Violation]:
    if not isinstance(value, dict):
        yield Violation(path, "type", "map wanted")


def _check_list(value: Any, hint: Any, path: str, *, form: bool) -> Iterator[Violation]:
    return _check_items(value, get_args(hint)[0], path, form=form)


def _check_list_object(value: Any, hint: Any, path: str, *, form: bool) -> Iterator[Violation]:
    items = value.get("data") if isinstance(value, dict) else None
    return _check_items(items, get_args(hint)[0], f"{path}.data", form=form)


def _check_union(value: Any, hint: Any, path: str, *, form: bool) -> Iterator[Violation]:
    attempts = [list(_check(value, choice, path, form=form)) for choice in _closed(get_args(hint))]
    yield from min(attempts, key=lambda found: (_is_another_type(found, path), len(found)))


def _is_another_type(found: list[Violation], path: str) -> bool:
    """Whether the value is something else altogether, which says less than what is wrong inside it."""
    return any(violation.path == path and violation.kind == "type" for violation in found)


def _closed(choices: tuple[Any, ...]) -> list[Any]:
    """The choices without the `str` that the package adds to its enums for values of days to come."""
    is_enum = any(get_origin(choice) is Literal and any(get_args(choice)) for choice in choices)
    return [choice for choice in choices if not (is_enum and choice is str)]


def _check_items(value: Any, hint: Any, path: str, *, form: bool) -> Iterator[Violation]:
    if not isinstance(value, list):
        yield Violation(path, "type", "list wanted")
        return
    for index, item in enumerate(value):
        yield from _check(item, hint, f"{path}[{index}]", form=form)


def _check_fields(value: Any, hint: Any, path: str, *, form: bool) -> Iterator[Violation]:
    if not isinstance(value, dict):
        yield Violation(path, "type", f"{hint.__name__} wanted, not {value!r:.60}")
        return
    known = fields(hint)
    for name in value.keys() - known.keys() - {"deleted"}:
        yield Violation(f"{path}.{name}".lstrip("."), "unknown", f"no field of {hint.__name__}")
    if value.get("deleted"):
        return
    for name, field in known.items():
        if name in value:
            yield from _check(value[name], field, f"{path}.{name}".lstrip("."), form=form)
        elif not _may_be_absent(field):
            yield Violation(f"{path}.{name}".lstrip("."), "missing", f"required by {hint.__name__}")


def _may_be_absent(hint: Any) -> bool:
    if get_origin(hint) in UNIONS:
        return type(None) in get_args(hint)
    return get_origin(hint) in {NotRequired, ClassVar}


def _check_scalar(value: Any, hint: Any, path: str, *, form: bool) -> Iterator[Violation]:
    if hint is bool:
        fits = isinstance(value, bool) or (form and value in {"true", "false"})
    elif hint is str:
        fits = isinstance(value, str)
    else:
        fits = _is_number(value, hint, form=form)
    if not fits:
        yield Violation(path, "type", f"{getattr(hint, '__name__', hint)} wanted, not {value!r:.60}")


def _is_number(value: Any, hint: type, *, form: bool) -> bool:
    spelled = form or hint is Decimal
    if isinstance(value, str):
        return spelled and NUMBERS[hint].fullmatch(value) is not None
    return not isinstance(value, bool) and isinstance(value, int if hint is int else int | float)


def _is_any(hint: Any) -> bool:
    return hint is Any or isinstance(hint, TypeVar)


def _is_map(hint: Any) -> bool:
    return dict in {hint, get_origin(hint)} or _named(hint) == "UntypedStripeObject"


def _named(hint: Any) -> str:
    return str(getattr(get_origin(hint) or hint, "__name__", ""))


def _has_fields(hint: Any) -> bool:
    return is_typeddict(hint) or (isinstance(hint, type) and issubclass(hint, stripe.StripeObject))


CHECKS: list[tuple[Callable[[Any], bool], Check]] = [
    (_is_any, _check_any),
    (lambda hint: get_origin(hint) in WRAPPERS, _check_wrapped),
    (lambda hint: get_origin(hint) in UNIONS, _check_union),
    (lambda hint: get_origin(hint) is Literal, _check_enum),
    (lambda hint: hint is type(None), _check_null),
    (lambda hint: get_origin(hint) is list, _check_list),
    (lambda hint: _named(hint) in LISTS, _check_list_object),
    (_is_map, _check_map),
    (_has_fields, _check_fields),
    (lambda hint: True, _check_scalar),
]
