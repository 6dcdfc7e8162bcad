"""Rules that an invoice may break. Nothing is recomputed: a sum that does not hold is shown to staff."""

from datetime import timedelta
from typing import Any

from django.conf import settings

from billing.handlers import broken_rules, own_rows
from billing.models import Invoice, InvoiceLine, IssuedNumber, NumberSeries
from billing.services.parking import TOO_MANY_LINES
from config.base.actor import Actor
from payments.failures import JsonObject
from payments.stripe_fields import nested

_SUMS = ("subtotal_minor", "discount_minor", "tax_minor", "total_minor", "amount_due_minor", "amount_paid_minor")


def broken(invoice: Invoice, facts: dict[str, Any], body: JsonObject) -> set[str]:
    """The flags that this snapshot adds. One that staff cleared comes back only with a new fact."""
    found = set()
    is_new = invoice._state.adding or any(getattr(invoice, name) != facts[name] for name in _SUMS)
    if is_new and not sums_hold(body):
        found.add("sum_does_not_hold")
    if facts["number"] != invoice.number and _is_numbered_by_stripe(invoice, facts, body):
        found.add("numbered_by_stripe")
    if invoice.status in Invoice.TERMINAL and body.get("status") != invoice.status:
        found.add("terminal_state_left")
    if own_rows.is_late(invoice, action="invoice.create"):
        found.add("arrived_late")
    return found


def sums_hold(body: JsonObject) -> bool:
    """Lines make the subtotal, with discounts and taxes the total, with the balance what is due.

    Source: https://docs.stripe.com/api/invoices/object
    """
    lines = nested(body, "lines")
    if lines.get("has_more"):
        return True
    shipping = nested(body, "shipping_cost")
    off = sum(part["amount"] for part in body.get("total_discount_amounts") or [])
    added = sum(tax["amount"] for tax in body.get("total_taxes") or [] if tax["tax_behavior"] == "exclusive")
    total = body["subtotal"] - off + added + (shipping.get("amount_total") or 0)
    return (
        sum(line["amount"] for line in lines["data"]) == body["subtotal"] and total == body["total"] and _is_due(body)
    )


def count_lines_of_the_day(invoice: Invoice, *, by: Actor, source: str) -> None:
    """More lines in a day than any subscription needs: something runs wild, and its customer is parked."""
    created = invoice.stripe_created_at
    if created is None or invoice.subscription_id is None:
        return
    lines = InvoiceLine.objects.filter(invoice__subscription_id=invoice.subscription_id, removed_at=None)
    of_the_day = lines.filter(invoice__stripe_created_at__range=(created - timedelta(days=1), created)).count()
    if of_the_day > settings.SUBSCRIPTION_LINES_A_DAY and invoice.subscription:
        reason = f"{of_the_day} lines were billed within a day."
        named = [invoice.subscription.stripe_id or ""]
        broken_rules.park_for(invoice, flag=TOO_MANY_LINES, subscription_ids=named, by=by, source=source, reason=reason)


def _is_due(body: JsonObject) -> bool:
    """Checked while the invoice stands: one that is void gave its balance back."""
    if body.get("ending_balance") is None or body["status"] not in {"open", "paid", "uncollectible"}:
        return True
    due = body["total"] + body["starting_balance"] - body["ending_balance"]
    return body["amount_due"] in {due, due - body["pre_payment_credit_notes_amount"]}


def _is_numbered_by_stripe(invoice: Invoice, facts: dict[str, Any], body: JsonObject) -> bool:
    """Whether Stripe finalized an invoice with a number of its own, where our series is to give the numbers."""
    if not facts["number"] or facts["finalized_at"] is None:
        return False
    series = NumberSeries.objects.filter(
        legal_entity_id=invoice.account.legal_entity_id, is_active=True, created_at__lte=facts["finalized_at"]
    )
    if not series.exists():
        return False
    return not IssuedNumber.objects.filter(invoice=invoice.pk, number=facts["number"]).exists()
