"""Lines of an invoice → InvoiceLine, and the taxes of lines and total → InvoiceTax. Written many at once."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from billing.handlers.catalog import exactly
from billing.models import Invoice, InvoiceLine, InvoiceTax, Price
from config.base import clock
from config.base.models import StripeAccount
from payments.failures import JsonObject
from payments.services import snapshots
from payments.stripe_fields import fitting, moment, nested, reference, text

# Not Stripe's to say: whether a line is the one bill for its period.
_OURS = {"id", "invoice", "stripe_id", "is_duplicate", "counts"}
_COLUMNS = [field.name for field in InvoiceLine._meta.concrete_fields if field.name not in _OURS]
_TAX = ("line_id", "position", "tax_rate_id", "amount_minor", "taxable_minor", "is_inclusive", "reason")


def write(invoice: Invoice, body: JsonObject, *, account: StripeAccount, is_first: bool) -> bool:
    """Write the lines and taxes of a snapshot; one that stands no more is stamped. Whether anything differs.

    `is_first`: the invoice has no rows yet.
    """
    held = nested(body, "lines")
    bodies: list[JsonObject] = held.get("data", [])
    known = {line.stripe_id: line for line in invoice.lines.all()} if not is_first else {}
    metered = _metered(bodies, account=account)
    rows = [_row(invoice, place, line, metered) for place, line in enumerate(bodies)]
    changed = [row for row in rows if _differs(row, known.get(row.stripe_id))]
    if changed:
        InvoiceLine.objects.bulk_create(
            changed, update_conflicts=True, unique_fields=["stripe_id"], update_fields=["invoice", *_COLUMNS]
        )
    standing = {row.stripe_id: known.get(row.stripe_id, row) for row in rows}
    gone = set() if held.get("has_more") else {name for name in known if name not in standing}
    stamped = bool(gone) and _remove(invoice, gone)
    return _write_taxes(invoice, body, standing, is_first=is_first) or bool(changed) or stamped


def remove_all(invoice: Invoice) -> None:
    """The draft is gone, and its lines with it."""
    invoice.lines.filter(removed_at=None).update(removed_at=clock.now())


def added_up(amounts: Sequence[JsonObject] | None) -> int:
    """The sum of Stripe's `[{amount: …}]`, in minor units."""
    return sum(part["amount"] for part in amounts or [])


def _remove(invoice: Invoice, gone: Collection[str]) -> bool:
    return bool(invoice.lines.filter(stripe_id__in=gone, removed_at=None).update(removed_at=clock.now()))


def _metered(bodies: Sequence[JsonObject], *, account: StripeAccount) -> set[str]:
    """Which prices of these lines are metered; one that we do not know yet is asked for, and tells then."""
    named = {stripe_id for line in bodies if (stripe_id := _price(line))}
    known = dict(Price.objects.filter(stripe_id__in=named).values_list("stripe_id", "usage_type")) if named else {}
    for stripe_id in sorted(named - set(known)):
        snapshots.want(account=account, kind="price", stripe_id=stripe_id)
    return {str(stripe_id) for stripe_id, usage_type in known.items() if usage_type == "metered"}


def _price(line: JsonObject) -> str:
    return reference(nested(nested(line, "pricing"), "price_details"), "price")


def _row(invoice: Invoice, place: int, line: JsonObject, metered: Collection[str]) -> InvoiceLine:
    pricing, period = nested(line, "pricing"), line["period"]
    facts = {
        "position": place,
        "description": text(line, "description"),
        "quantity": line.get("quantity"),
        "unit_amount_decimal": exactly(pricing.get("unit_amount_decimal")),
        "amount_minor": line["amount"],
        "subtotal_minor": line["subtotal"],
        "discount_minor": added_up(line.get("discount_amounts")),
        "discount_amounts": [
            {"discount": reference(part, "discount"), "amount": part["amount"]}
            for part in line.get("discount_amounts") or []
        ],
        "tax_minor": added_up(line.get("taxes")),
        "currency": line["currency"],
        "period_start": moment(period["start"]),
        "period_end": moment(period["end"]),
        "price_id": _price(line),
        "product_id": reference(nested(pricing, "price_details"), "product"),
        "is_metered": _price(line) in metered,
        "is_discountable": bool(line["discountable"]),
        **_parent(line),
    }
    return InvoiceLine(invoice=invoice, stripe_id=line["id"], **fitting(InvoiceLine, facts))


def _parent(line: JsonObject) -> dict[str, Any]:
    """What brought a line about: an item of a subscription, or an invoice item."""
    parent = nested(line, "parent")
    of_subscription = nested(parent, "subscription_item_details")
    details = of_subscription or nested(parent, "invoice_item_details")
    return {
        "subscription_id": reference(details, "subscription") or reference(line, "subscription"),
        "subscription_item_id": reference(of_subscription, "subscription_item"),
        "invoice_item_id": reference(details, "invoice_item"),
        "is_proration": bool(details.get("proration")),
    }


def _differs(row: InvoiceLine, known: InvoiceLine | None) -> bool:
    return known is None or any(getattr(row, name) != getattr(known, name) for name in _COLUMNS)


def _write_taxes(invoice: Invoice, body: JsonObject, lines: dict[str, InvoiceLine], *, is_first: bool) -> bool:
    """Taxes have no ids at Stripe: where one differs, all are written anew."""
    rows = list(_taxes(invoice, body.get("total_taxes"), None))
    for line in nested(body, "lines").get("data", []):
        rows.extend(_taxes(invoice, line.get("taxes"), lines[line["id"]]))
    standing = [] if is_first else list(invoice.taxes.values_list(*_TAX))
    wanted = [tuple(getattr(row, name) for name in _TAX) for row in rows]
    if sorted(standing, key=repr) == sorted(wanted, key=repr):
        return False
    if standing:
        invoice.taxes.all().delete()
    InvoiceTax.objects.bulk_create(rows)
    return True


def _taxes(invoice: Invoice, taxes: Sequence[JsonObject] | None, line: InvoiceLine | None) -> Iterator[InvoiceTax]:
    for place, tax in enumerate(taxes or []):
        facts = {
            "position": place,
            "tax_rate_id": reference(nested(tax, "tax_rate_details"), "tax_rate"),
            "amount_minor": tax["amount"],
            "taxable_minor": tax.get("taxable_amount"),
            "is_inclusive": tax["tax_behavior"] == "inclusive",
            "reason": text(tax, "taxability_reason"),
        }
        yield InvoiceTax(invoice=invoice, line=line, **fitting(InvoiceTax, facts))
