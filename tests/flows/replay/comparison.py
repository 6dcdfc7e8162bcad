"""Every typed row against the local Stripe's objects, field by field, over the explicit list."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from payments.failures import JsonObject
from tests.flows.replay.fields import KINDS, METHODS, PAYMENT_METHOD, Kind, Part, Table
from tests.flows.replay.worlds import World

Rows = dict[str, list[dict[str, Any]]]


def differences(world: World) -> list[str]:
    """What stands in our tables otherwise than at Stripe, or on one side only; empty where both are equal."""
    return [each for kind in (*KINDS, METHODS) for each in differences_of(world, kind)]


def differences_of(world: World, kind: Kind) -> list[str]:
    """Those of one kind and its parts."""
    return list(_of_payment_methods(world) if kind is METHODS else _of_kind(world, kind))


def objects(world: World, kind: Kind) -> list[JsonObject]:
    """All objects of a kind that Stripe has."""
    return world.all(kind.path, {**kind.params, **{f"expand[{n}]": f"data.{e}" for n, e in enumerate(kind.expand)}})


def _of_kind(world: World, kind: Kind) -> Iterator[str]:
    bodies = {body["id"]: body for body in objects(world, kind)}
    yield from _compare(kind.name, kind.table, bodies, _rows(kind.table))
    for part in kind.parts:
        yield from _of_parts(kind, part, bodies)


def _of_payment_methods(world: World) -> Iterator[str]:
    """Stripe lists them by customer only: each of ours is looked at where it is."""
    rows = _rows(PAYMENT_METHOD)
    bodies = {name: world.get(f"/v1/payment_methods/{name}")[1] for name in rows}
    yield from _compare("payment_method", PAYMENT_METHOD, bodies, _without_shades_of_detached(rows))


def _without_shades_of_detached(rows: Rows) -> Rows:
    """Stripe has no word for why a method is with nobody."""
    for row in (row for found in rows.values() for row in found):
        row["status"] = "attached" if row["status"] == "attached" else "not attached"
    return rows


def _of_parts(kind: Kind, part: Part, bodies: dict[str, JsonObject]) -> Iterator[str]:
    owned = _owned(part)
    for owner in owned:
        if owner not in bodies:
            yield f"{part.table.model.__name__} of {owner}: there is no such {kind.name}"
    for owner, body in bodies.items():
        told, rows = part.objects(body), owned.get(owner, [])
        name = f"{kind.name} {owner}: {part.table.model.__name__}"
        if part.table.key:
            by_id = {each["id"]: each for each in told}
            yield from _compare(name, part.table, by_id, _by_key(part.table, rows))
            ordered = [row[part.table.key] for row in rows]
            if _is_ordered(part.table) and sorted(ordered) == sorted(by_id) and ordered != list(by_id):
                yield f"{name}: in another order"
        else:
            yield from _compare_unnamed(name, part.table, told, rows)


def _compare_unnamed(name: str, table: Table, told: Sequence[JsonObject], rows: list[dict[str, Any]]) -> Iterator[str]:
    wanted = sorted(({column: _plain(read(each)) for column, read in table.columns.items()} for each in told), key=repr)
    found = sorted(({column: row[column] for column in table.columns} for row in rows), key=repr)
    if wanted != found:
        yield f"{name}: {found} is {wanted} at Stripe"


def _compare(name: str, table: Table, bodies: dict[str, JsonObject], rows: Rows) -> Iterator[str]:
    for missing in sorted(set(bodies) - set(rows)):
        yield f"{name}: {missing} is missing"
    for extra in sorted(set(rows) - set(bodies)):
        yield f"{name}: {extra} is not at Stripe"
    for stripe_id in sorted(set(bodies) & set(rows)):
        for column, read in table.columns.items():
            found, wanted = rows[stripe_id][0][column], _plain(read(bodies[stripe_id]))
            if found != wanted:
                yield f"{name} {stripe_id}: {column} {found!r} is {wanted!r} at Stripe"


def _rows(table: Table) -> Rows:
    return _by_key(table, _read(table, ""))


def _by_key(table: Table, rows: list[dict[str, Any]]) -> Rows:
    found: Rows = defaultdict(list)
    for row in rows:
        found[row[table.key]].append(row)
    return dict(found)


def _owned(part: Part) -> Rows:
    owned: Rows = defaultdict(list)
    owner = f"{part.within}__stripe_id"
    for row in _read(part.table, owner):
        if row[owner]:
            owned[row[owner]].append(row)
    return dict(owned)


def _read(table: Table, owner: str) -> list[dict[str, Any]]:
    """Standing rows, their columns made plain; those with a place in the order of their places."""
    columns = dict.fromkeys(name for name in (*table.columns, table.key, owner) if name)
    rows = table.model._default_manager.filter(table.standing).order_by("position" if _is_ordered(table) else "pk")
    return [{name: _plain(value) for name, value in row.items()} for row in rows.values(*columns)]


def _is_ordered(table: Table) -> bool:
    return any(field.name == "position" for field in table.model._meta.concrete_fields)


def _plain(value: Any) -> Any:
    return int(value.timestamp()) if isinstance(value, datetime) else value
