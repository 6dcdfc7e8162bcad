"""The pages that Stripe would host for an invoice and a credit note, as plain as can be."""

from html import escape

from aiohttp import web

from .billing import lines
from .control import WORLD
from .hosted_pages import html
from .json_types import Json
from .money import display


def _rows(facts: dict[str, str]) -> str:
    return "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts.items())


def _items(found: list[Json], currency: str) -> str:
    return _rows(
        {
            f"{number}. {row['description'] or '—'}": display(row["amount"], currency)
            for number, row in enumerate(found, 1)
        }
    )


def _sums(row: Json, names: dict[str, str]) -> str:
    return _rows({shown: display(row[name], row["currency"]) for name, shown in names.items()})


async def invoice(request: web.Request) -> web.StreamResponse:
    """An invoice that is final."""
    world = request.app[WORLD]
    row = world.store.find("invoice", request.match_info["invoice"])
    if row is None or row["status"] == "draft":
        raise web.HTTPNotFound(text="No such invoice.")
    names = {"subtotal": "Subtotal", "total": "Total", "amount_paid": "Paid", "amount_remaining": "To pay"}
    items = _items(lines.of(world, row["id"]), row["currency"])
    who = _rows({"For": row["customer_name"] or row["customer_email"] or row["customer"], "Status": row["status"]})
    return html(f"Invoice {row['number']}", f"<dl>{who}{items}{_sums(row, names)}</dl>", place="Invoice")


async def credit_note(request: web.Request) -> web.StreamResponse:
    """A credit note."""
    world = request.app[WORLD]
    row = world.store.find("credit_note", request.match_info["note"])
    if row is None:
        raise web.HTTPNotFound(text="No such credit note.")
    items = _items(world.store.get("_credit_note", row["id"])["lines"], row["currency"])
    sums = _sums(row, {"subtotal": "Subtotal", "total": "Total"})
    return html(f"Credit note {row['number']}", f"<dl>{items}{sums}</dl>", place="Credit note")


ROUTES = [
    web.get("/_sandbox/invoices/{invoice}", invoice),
    web.get("/_sandbox/invoices/{invoice}/pdf", invoice),
    web.get("/_sandbox/credit_notes/{note}/pdf", credit_note),
]
