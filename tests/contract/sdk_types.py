"""Stripe's contract as the installed stripe package states it: objects, operations and their parameters.

The package is generated from Stripe's OpenAPI description, so its annotations are that description.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from inspect import get_annotations
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, get_type_hints

import stripe
from stripe._object_classes import OBJECT_CLASSES
from stripe._request_options import RequestOptions
from stripe._stripe_object import UntypedStripeObject
from typing_extensions import is_typeddict

ROOTS = {stripe.StripeObject, UntypedStripeObject}
PACKAGE = Path(stripe.__file__).parent


@dataclass(frozen=True)
class Operation:
    """One call of Stripe's API: its method, path template, parameter type and the type it answers with."""

    method: str
    template: str
    module: str
    params_name: str | None
    answer: str | None

    @property
    def params(self) -> type | None:
        """The TypedDict that describes the parameters; None where the operation takes none."""
        return names(self.module)[self.params_name] if self.params_name else None

    @property
    def answer_object(self) -> str | None:
        """The `object` that a successful answer carries; None where more than one is possible."""
        return _object_named(self.answer, self.module) if self.answer else None


@cache
def names(module_name: str) -> Mapping[str, Any]:
    """The module's names, with those that it imports for type checkers only."""
    module = import_module(module_name)
    return {**vars(module), **dict(_imported_for_checkers(module))}


def _imported_for_checkers(module: ModuleType) -> Iterator[tuple[str, Any]]:
    for node in ast.walk(ast.parse(_source(module))):
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            for statement in node.body:
                if isinstance(statement, ast.ImportFrom) and statement.module:
                    origin = import_module(statement.module)
                    for alias in statement.names:
                        yield alias.asname or alias.name, getattr(origin, alias.name)


def _source(module: ModuleType) -> str:
    return Path(str(module.__file__)).read_text()


@cache
def fields(cls: type) -> Mapping[str, Any]:
    """Every field of a Stripe class or parameter dict with its resolved type."""
    bases = [cls] if is_typeddict(cls) else _stripe_bases(cls)
    resolved: dict[str, Any] = {}
    for base in reversed(bases):
        own = SimpleNamespace(__annotations__=_own_annotations(base))
        resolved |= get_type_hints(own, globalns=dict(names(base.__module__)), include_extras=True)
    return {name: hint for name, hint in resolved.items() if not name.startswith("_")}


def _own_annotations(cls: type) -> dict[str, Any]:
    """The class's annotations; a parameter dict carries those of RequestOptions, which are never sent."""
    options = RequestOptions.__annotations__ if is_typeddict(cls) else {}
    return {name: hint for name, hint in get_annotations(cls).items() if name not in options}


def _stripe_bases(cls: type) -> list[type]:
    return [base for base in cls.__mro__ if base.__module__.startswith("stripe.") and base not in ROOTS]


@cache
def object_class(name: str) -> type | None:
    """The class of objects whose `object` is `name`."""
    if name not in OBJECT_CLASSES:
        return None
    module, class_name = OBJECT_CLASSES[name]
    return getattr(import_module(module), class_name)  # type: ignore[no-any-return]


def _object_named(annotation: str, module: str) -> str | None:
    if annotation.startswith("ListObject["):
        return "list"
    if annotation.startswith("SearchResultObject["):
        return "search_result"
    answer = names(module).get(annotation)
    return getattr(answer, "OBJECT_NAME", None)


@cache
def operations() -> tuple[Operation, ...]:
    """Every operation of the v1 API, literal path segments before parameters."""
    found = {
        (operation.method, operation.template): operation
        for path in sorted(PACKAGE.rglob("_*_service.py"))
        for operation in _operations_in(path)
        if operation.template.startswith("/v1/")
    }
    return tuple(sorted(found.values(), key=lambda found: (found.template.count("{"), found.template)))


def _operations_in(path: Path) -> Iterator[Operation]:
    module = ".".join(("stripe", *path.relative_to(PACKAGE).with_suffix("").parts))
    for function in ast.walk(ast.parse(path.read_text())):
        if isinstance(function, ast.FunctionDef):
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "_request":
                    yield _operation(function, call, module)


def _operation(function: ast.FunctionDef, call: ast.Call, module: str) -> Operation:
    method, path = call.args[0], call.args[1]
    # A path with an id in it is "/v1/…".format(…).
    template = getattr(path.func, "value", path) if isinstance(path, ast.Call) else path
    annotations = {arg.arg: ast.unparse(arg.annotation) for arg in function.args.args if arg.annotation}
    params = re.search(r"'(\w+Params)'", annotations.get("params", ""))
    return Operation(
        method=str(ast.literal_eval(method)).upper(),
        template=str(ast.literal_eval(template)),
        module=module,
        params_name=params.group(1) if params else None,
        answer=ast.literal_eval(function.returns) if isinstance(function.returns, ast.Constant) else None,
    )


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str], Operation], ...]:
    return tuple(
        (operation.method, re.compile(re.sub(r"\{\w+\}", "[^/]+", operation.template)), operation)
        for operation in operations()
    )


@cache
def operation_for(method: str, path: str) -> Operation | None:
    """The operation that serves a concrete path; a literal segment wins over a parameter."""
    return next(
        (found for verb, pattern, found in _patterns() if verb == method and pattern.fullmatch(path)),
        None,
    )
