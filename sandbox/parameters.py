"""A request's parameters, checked and typed by the contract inside the stripe package.

The package is generated from the same description as Stripe's API, so the parameter classes say
which names exist, which are required, and what each may hold. They are compiled once each.
"""

import importlib
import re
import sys
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import cache
from operator import attrgetter
from typing import Any, ForwardRef, Literal, NotRequired, Required, Union, get_args, get_origin

import stripe.params
import typing_extensions
from stripe._request_options import RequestOptions

from .errors import ApiError, InvalidParameters, empty, missing
from .form import Form
from .json_types import Json

Reader = Callable[[Form, str], Any]
_NOT_PARAMETERS = frozenset(RequestOptions.__annotations__)
_CANNOT_BE_EMPTY = re.compile(
    r"(customer|payment_method|payment_intent|charge|currency|type|url|source|token|country|number"
    r"|code|starting_after|ending_before|mandate|confirmation_token|return_url|query|value)$"
)
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
_POSITION = re.compile(r"[0-9]{1,6}")


def _invalid(kind: str, value: Form, path: str, code: str | None = None) -> ApiError:
    shown = "" if isinstance(value, dict) else f": {value}"
    return InvalidParameters(f"Invalid {kind}{shown}", code=code, param=path)


def _string(value: Form, path: str) -> str:
    if isinstance(value, dict):
        raise InvalidParameters(f"Invalid string: {_shown(value)}", param=path)
    if value == "" and _CANNOT_BE_EMPTY.search(path.rstrip("]")):
        raise empty(path)
    return value


def _shown(value: Form) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    return "{" + ", ".join(f'"{k}"=>{_shown(v)}' for k, v in value.items()) + "}"


def _integer(value: Form, path: str) -> int:
    if value == "":
        raise empty(path)
    if isinstance(value, dict) or not _INTEGER.fullmatch(value):
        raise _invalid("integer", value, path, "parameter_invalid_integer")
    return int(value)


def _boolean(value: Form, path: str) -> bool:
    if value == "":
        raise empty(path)
    if value not in ("true", "false"):
        raise _invalid("boolean", value, path)
    return value == "true"


def _decimal(value: Form, path: str) -> str:
    if value == "":
        raise empty(path)
    try:
        Decimal(value if isinstance(value, str) else "x")
    except InvalidOperation as error:
        raise _invalid("decimal", value, path) from error
    return str(value)


def _anything(value: Form, _path: str) -> Any:
    return value


def _map(value: Form, path: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise InvalidParameters("Invalid object", param=path)
    for name, inner in value.items():
        if isinstance(inner, dict):
            raise InvalidParameters(
                f"Metadata values must be strings, but for key {name} you passed in a value of type hash",
                param=path,
            )
    return dict(value)  # type: ignore[arg-type]


def _map_of(item: Reader) -> Reader:
    def read(value: Form, path: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise InvalidParameters("Invalid object", param=path)
        return {name: item(inner, f"{path}[{name}]") for name, inner in value.items()}

    return read


def _list_of(item: Reader) -> Reader:
    def read(value: Form, path: str) -> list[Any]:
        if not isinstance(value, dict) or not all(map(_POSITION.fullmatch, value)):
            raise InvalidParameters("Invalid array", param=path)
        ordered = sorted(value, key=int)
        return [item(value[name], f"{path}[{at}]") for at, name in enumerate(ordered)]

    return read


def _choice(options: tuple[Any, ...]) -> Reader:
    words = [str(option) for option in options if option != ""]
    listed = words[0] if len(words) == 1 else ", ".join(words[:-1]) + f" or {words[-1]}"
    if len(words) > 2:
        listed = ", ".join(words[:-1]) + f", or {words[-1]}"
    prefix = "must be" if len(words) == 1 else "must be one of"

    def read(value: Form, path: str) -> Any:
        if value in options:
            return value
        if value == "":
            raise empty(path)
        raise InvalidParameters(f"Invalid {path}: {prefix} {listed}", param=path)

    return read


def _either(readers: list[Reader], allows_empty: bool) -> Reader:
    def read(value: Form, path: str) -> Any:
        if value == "" and allows_empty:
            return ""
        first: ApiError | None = None
        for reader in readers:
            try:
                return reader(value, path)
            except ApiError as error:
                first = first or error
        assert first is not None
        raise first

    return read


def _object(fields: dict[str, Reader], required: frozenset[str]) -> Reader:
    def read(value: Form, path: str) -> Json:
        if not isinstance(value, dict):
            raise InvalidParameters("Invalid object", param=path)
        unknown = [_join(path, name) for name in value if name not in fields]
        if unknown:
            raise _unknown(unknown)
        for name in required:
            if name not in value:
                raise missing(_join(path, name))
        return {name: fields[name](inner, _join(path, name)) for name, inner in value.items()}

    return read


def _unknown(names: list[str]) -> ApiError:
    plural = "s" if len(names) > 1 else ""
    return InvalidParameters(
        f"Received unknown parameter{plural}: {', '.join(names)}",
        code="parameter_unknown",
        param=names[0],
    )


def _join(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name


def _namespace(module: str) -> dict[str, Any]:
    return vars(sys.modules.get(module) or importlib.import_module(module))


def _resolve(annotation: Any, module: str) -> Any:
    if isinstance(annotation, str):
        annotation = ForwardRef(annotation)
    while isinstance(annotation, ForwardRef):
        annotation = eval(annotation.__forward_arg__, dict(_namespace(module)))  # noqa: S307
    return annotation


_SCALARS: dict[Any, Reader] = {
    str: _string,
    int: _integer,
    bool: _boolean,
    float: _decimal,
    Decimal: _decimal,
    Any: _anything,
}


def _union(options: list[Any], module: str) -> Reader:
    literals = [word for option in options if get_origin(option) is Literal for word in get_args(option)]
    words = tuple(word for word in literals if word != "")
    others = [option for option in options if get_origin(option) is not Literal]
    if words:
        others = [option for option in others if option is not str]
    shapes = sorted(others, key=lambda option: option in (str, int, float), reverse=False)
    readers = [_compile(option, module) for option in shapes]
    if words:
        readers.append(_choice(words))
        readers.reverse()
    return _either(readers, "" in literals)


def _compile(annotation: Any, module: str) -> Reader:
    annotation = _resolve(annotation, module)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (NotRequired, Required, typing_extensions.NotRequired):
        return _compile(arguments[0], module)
    if annotation in _SCALARS:
        return _SCALARS[annotation]
    if origin is Union or type(annotation).__name__ == "UnionType":
        return _union([_resolve(option, module) for option in arguments], module)
    if origin is Literal:
        return _choice(arguments)
    if origin is list:
        return _list_of(_compile(arguments[0], module))
    if origin is dict and _resolve(arguments[1], module) is not str:
        return _map_of(_compile(arguments[1], module))
    if typing_extensions.is_typeddict(annotation):
        return _typed_dict(annotation)
    return _map


@cache
def _typed_dict(cls: Any) -> Reader:
    fields, required = {}, set()
    for name, annotation in cls.__annotations__.items():
        if name in _NOT_PARAMETERS:
            continue
        fields[name] = _compile(annotation, cls.__module__)
        resolved = _resolve(annotation, cls.__module__)
        if get_origin(resolved) not in (NotRequired, typing_extensions.NotRequired):
            required.add(name)
    if cls.__name__.endswith("ParamsPaymentMethodData"):
        # Stripe takes cards here, its description leaves them out: servers should not send them.
        fields["type"] = _string
        fields["card"] = _typed_dict(stripe.params.PaymentMethodCreateParamsCard)
    return _object(fields, frozenset(required))


@cache
def _reader(name: str) -> Reader:
    return _typed_dict(attrgetter(name)(stripe.params))


def read(name: str | None, form: dict[str, Form]) -> Json:
    """The parameters of the class ``name``, typed; refuses what Stripe would refuse.

    Raises ``InvalidParameters``. An empty string that unsets a value stays an empty string.
    """
    if name is None:
        return _expand_only(form, "")  # type: ignore[no-any-return]
    return _reader(name)(form, "")  # type: ignore[no-any-return]


_expand_only = _object({"expand": _list_of(_string)}, frozenset())
