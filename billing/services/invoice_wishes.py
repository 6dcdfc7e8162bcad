"""One wish about an invoice at a time, and only from a state that allows it; who asked, and why, is kept."""

from collections.abc import Collection
from typing import Any

from django.db import transaction

from billing.models import Invoice
from config.base import audit, domain_events
from config.base.actor import Actor
from config.base.errors import IllegalState
from payments.models import OutboundCall
from payments.services import outbound
from payments.services.payments import ActionInDoubt, Doubt

ROOT = "invoice"


class InvoiceNotChangeable(IllegalState):
    """The invoice's status does not allow it, or Stripe does not know the invoice."""

    code = "invoice_not_changeable"
    title = "The invoice cannot be changed like this"


def path(invoice: Invoice) -> str:
    return f"/v1/invoices/{invoice.stripe_id}"


def ask(
    invoice: Invoice,
    action: str,
    params: dict[str, Any],
    *,
    allowed: Collection[str],
    by: Actor,
    reason: str = "",
    at: str = "",
    **more: Any,
) -> OutboundCall:
    """Ask for one change of the invoice; `at` is what follows its path.

    Raises StripeFailure when Stripe refused, or was not reached; in doubt, the call comes back SENT.
    """
    with transaction.atomic():
        held = hold(invoice, allowed=allowed)
        call = prepare(held, action, params, by=by, reason=reason, at=at, **more)
    return send(invoice, call, by=by)


def send(invoice: Invoice, call: OutboundCall, *, by: Actor) -> OutboundCall:
    """Make the prepared call; raises StripeFailure. The invoice is read again, whatever came of it."""
    try:
        outbound.send_or_raise(call, by=by)
    finally:
        invoice.refresh_from_db()
    return call


def hold(invoice: Invoice, *, allowed: Collection[str]) -> Invoice:
    """The locked row, when nothing else is being asked of it and its state allows a wish. In a transaction."""
    held = lock(invoice)
    if in_doubt(held):
        raise ActionInDoubt("Stripe has not answered an earlier request for this invoice. It settles by itself.")
    if not held.stripe_id:
        raise InvoiceNotChangeable("Stripe does not know this invoice yet. Send the draft first.")
    if held.status not in allowed:
        raise InvoiceNotChangeable(f"The invoice is {held.status}; this is not possible.")
    return held


def lock(invoice: Invoice) -> Invoice:
    rows = Invoice.objects.select_for_update(of=("self",))
    return rows.select_related("account__legal_entity", "customer").get(pk=invoice.pk)


def prepare(
    held: Invoice, action: str, params: dict[str, Any], *, by: Actor, reason: str = "", at: str = "", **more: Any
) -> OutboundCall:
    """The row of a call about the locked invoice, with who asked and why. In a transaction."""
    audit.record(held, changes={"asked": ["", action]}, by=by, reason=reason)
    domain_events.append(held, type=f"{action}_asked", by=by, data={"reason": reason} if reason else {})
    return outbound.prepare(
        account=held.account,
        action=action,
        subject=held,
        path=more.pop("path", f"{path(held)}{at}"),
        params=params,
        by=by,
        root_kind=ROOT,
        root_id=held.stripe_id or "",
        **more,
    )


def unanswered(invoice: Invoice) -> OutboundCall | None:
    """The oldest call about the invoice itself that Stripe has not answered."""
    calls = OutboundCall.objects.filter(subject_id=invoice.public_id, status=OutboundCall.Status.SENT)
    return calls.select_related("account").order_by("id").first()


def in_doubt(invoice: Invoice) -> Doubt | None:
    """What was asked of Stripe about the invoice and is not answered."""
    return doubts_among([invoice]).get(invoice.public_id)


def doubts_among(invoices: Collection[Invoice]) -> dict[str, Doubt]:
    """The oldest unanswered wish of each invoice, by its public id."""
    ids = [invoice.public_id for invoice in invoices]
    calls = OutboundCall.objects.filter(subject_id__in=ids, status=OutboundCall.Status.SENT).order_by("-id")
    return {call.subject_id: Doubt(call.action.partition(".")[2], call.sent_at) for call in calls}
