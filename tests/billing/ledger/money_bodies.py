"""Payments as Stripe tells of them, small; and what the books say after them."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import Q, Sum

from billing.models import CreditNote, Entry, Invoice, Posting
from payments.failures import JsonObject
from payments.models import Payment
from tests.billing.handlers import bodies
from tests.billing.handlers.bodies import CREATED

DAY = 86_400
CREATED_ON = date(2026, 9, 21)
_OF_MONEY = Q(entry__source__startswith="pi_") | Q(entry__source__startswith="re_") | Q(entry__source__startswith="du_")


def intent(*refunds: JsonObject, amount: int = 2000, **facts: Any) -> JsonObject:
    """A payment that succeeded, of the customer that invoices of `bodies` belong to."""
    number = facts.get("id", "pi_1").removeprefix("pi_")
    currency, received = facts.get("currency", "eur"), facts.get("amount_received", amount)
    charge = {
        "id": f"ch_{number}",
        "object": "charge",
        "status": "succeeded",
        "created": facts.get("created", CREATED),
        "amount": amount,
        "amount_refunded": sum(each["amount"] for each in refunds if each["status"] in {"succeeded", "pending"}),
        "captured": True,
        "currency": currency,
        "outcome": {},
        "payment_method_details": {"type": "card", "card": {"brand": "visa", "last4": "4242"}},
        "refunds": {"object": "list", "data": list(reversed(refunds)), "has_more": False},
    }
    body = {
        "id": "pi_1",
        "object": "payment_intent",
        "created": CREATED,
        "status": "succeeded",
        "customer": "cus_1",
        "currency": currency,
        "amount": amount,
        "amount_received": received,
        "amount_capturable": 0,
        "capture_method": "automatic_async",
        "latest_charge": charge,
        "payment_method": None,
        "metadata": {},
    }
    return body | facts


def paid(*lines: JsonObject, payments: list[JsonObject] | None = None, **facts: Any) -> JsonObject:
    """An invoice that is paid, by the payment `pi_1` unless told otherwise."""
    held = bodies.invoice(*lines, **{"status": "paid", **facts})
    given = payments or [bodies.invoice_payment(amount_paid=held["total"], amount_requested=held["total"])]
    return held | {"payments": {"object": "list", "data": given, "has_more": False}}


def lines(*amounts: int) -> list[JsonObject]:
    return [
        bodies.line(id=f"il_{number}", amount=amount, parent=bodies.of_invoice_item(f"ii_{number}"))
        for number, amount in enumerate(amounts, 1)
    ]


def refund(amount: int, **facts: Any) -> JsonObject:
    body = {
        "id": "re_1",
        "object": "refund",
        "amount": amount,
        "currency": "eur",
        "status": "succeeded",
        "reason": None,
        "created": CREATED + DAY,
        "metadata": {},
    }
    return body | facts


def note(amount: int, *refunds: str, at: int = CREATED + DAY, **facts: Any) -> JsonObject:
    """A credit note over a paid invoice, all of it given back by these refunds."""
    parts = [{"amount_refunded": amount // len(refunds), "refund": each, "type": "refund"} for each in refunds]
    lines = {"object": "list", "data": [bodies.credit_line(amount=amount)], "has_more": False}
    sums = {"subtotal": amount, "total": amount, "amount": amount, "post_payment_amount": amount}
    given = {"refunds": parts, "out_of_band_amount": 0, "effective_at": at, "created": at, "lines": lines}
    return bodies.credit_note(**sums, **given, **facts)


def books(*sources: str) -> dict[str, int]:
    """What stands on each kind of account from these facts, in minor units; from all payments and refunds if none."""
    rows = Posting.objects.filter(entry__source__in=sources) if sources else Posting.objects.filter(_OF_MONEY)
    return {
        kind: sum_ for kind, sum_ in rows.values_list("account__kind").annotate(Sum("amount_minor")).order_by() if sum_
    }


def lines_paid(invoice: str = "in_1") -> dict[str, int]:
    """What payments took off each line of an invoice."""
    rows = Posting.objects.filter(entry__source__startswith="pi_", document=invoice, account__kind="receivable")
    return {line: -amount for line, amount in rows.values_list("line").annotate(Sum("amount_minor")).order_by()}


def kinds(source: str) -> list[tuple[str, date]]:
    """The entries of a source, in order, with their days."""
    return list(Entry.objects.filter(source=source).order_by("pk").values_list("kind", "effective_date"))


def assert_the_books_hold() -> None:
    """All currencies come to zero; what payments and refunds say is what stands for them."""
    rows = Posting.objects.values_list("account__currency").annotate(Sum("amount_minor")).order_by()
    assert {amount for _, amount in rows} <= {0}
    for payment in Payment.objects.filter(status="succeeded"):
        assert _stands("stripe_clearing", payment.latest_charge_id) == payment.amount_received_minor
        for given in payment.refunds.exclude(stripe_id=None):
            counts = given.status in {"pending", "succeeded"}
            assert _stands("stripe_clearing", given.stripe_id or "") == (-given.amount_minor if counts else 0)


def assert_invoices_agree() -> None:
    """What payments took off each invoice, and notes gave back, is what the invoices and notes say."""
    for invoice in Invoice.objects.exclude(stripe_id=None):
        noted = _given_back(invoice.credit_notes.filter(status="issued"))
        at_stripe = invoice.amount_paid_minor - invoice.amount_paid_off_stripe_minor
        assert sum(lines_paid(invoice.stripe_id or "").values()) == at_stripe
        assert _stands("receivable", document=invoice.stripe_id or "", source="re_") == noted


def _given_back(notes: Sequence[CreditNote] | Any) -> int:
    return sum(note.refund_minor for note in notes)


def _stands(kind: str, reference: str = "", *, document: str = "", source: str = "") -> int:
    rows = Posting.objects.filter(account__kind=kind, entry__source__startswith=source)
    rows = rows.filter(reference=reference) if reference else rows.filter(document=document)
    return rows.aggregate(sum=Sum("amount_minor"))["sum"] or 0
