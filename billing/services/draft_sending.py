"""Drafts become Stripe's invoices: made first, then given their lines in portions, each an outbound call of its own.

What was sent is read from those calls, so it can go on after a crash at any step, and nothing stands there twice.
"""

from collections.abc import Sequence
from datetime import timedelta

import structlog
from django.db import transaction

from billing.models import DraftLine, Invoice
from billing.services import draft_terms, drafts, invoice_wishes, tax_exemptions
from billing.services.draft_terms import Line, Terms
from billing.services.drafts import DraftNotOurs
from billing.services.tax import TaxUndecided
from config.base import audit, clock, domain_events
from config.base.actor import Actor
from config.base.errors import IllegalState
from payments.failures import InDoubt, NeverLeft, RateLimited, StripeFailure
from payments.models import Customer, OutboundCall
from payments.services import outbound, parking, recovery, snapshots
from payments.stripe_fields import our_id

CREATE = "invoice.create"
ADD_LINES = "invoice.add_lines"
PORTION = 100
GO_ON_AFTER = timedelta(minutes=2)
TRY_TAX_AGAIN = timedelta(minutes=10)

log = structlog.get_logger(__name__)


class InvoiceWithoutLines(IllegalState):
    code = "invoice_without_lines"
    title = "The invoice has no lines"


def make(
    *, customer: Customer, currency: str, by: Actor, terms: Terms | None = None, lines: Sequence[Line] = ()
) -> Invoice:
    """A draft that is at Stripe at once; `rejected` when Stripe never made it, and then a StripeFailure is raised.

    It is written with the call that makes it: a crash before leaves nothing, and after one the sweep goes on.
    In doubt it comes back without Stripe's id, or with some of its lines (`is_whole`).
    """
    terms = terms or Terms(days_until_due=drafts.DAYS_UNTIL_DUE)
    drafts.check(customer=customer, currency=currency, terms=terms, lines=lines)
    parking.ensure_may_be_billed(customer)
    tax = tax_exemptions.settle(customer=customer, by=by).params
    with transaction.atomic():
        invoice = drafts.create(customer=customer, currency=currency, by=by, terms=terms, lines=lines)
        held = invoice_wishes.lock(invoice)
        _creation(held, _missing(held), tax, by)
    try:
        return _send(invoice, tax, by)
    except (StripeFailure, IllegalState) as failure:
        if not invoice.stripe_id and not isinstance(failure, InDoubt):
            _reject(invoice, failure, by)
        raise


def send(*, invoice: Invoice, by: Actor) -> Invoice:
    """Make the draft whole at Stripe; a second call, or one after a crash, only does what is missing.

    Raises TaxUndecided (the draft waits, and the sweep sends it), CustomerParked, InvoiceWithoutLines, DraftNotOurs,
    StripeFailure for what Stripe refused.
    When Stripe has not answered, or cannot be reached half-way, it comes back unfinished; the sweep goes on.
    """
    parking.ensure_may_be_billed(invoice.customer)
    return _send(invoice, {} if invoice.stripe_id else _tax(invoice, by), by)


def is_whole(invoice: Invoice) -> bool:
    """Whether all that was written stands at Stripe; also true of what was never written here."""
    return bool(invoice.stripe_id) and not _missing(invoice)


def _send(invoice: Invoice, tax: dict[str, object], by: Actor) -> Invoice:
    while (call := _next_call(invoice, tax, by)) is not None:
        if not _make(invoice, call, by):
            break
    else:
        _read_all_lines(invoice, by)
    invoice.refresh_from_db()
    return invoice


def _tax(invoice: Invoice, by: Actor) -> dict[str, object]:
    try:
        return tax_exemptions.settle(customer=invoice.customer, by=by).params
    except TaxUndecided as undecided:
        Invoice.objects.filter(pk=invoice.pk, status=Invoice.Status.DRAFT).update(
            wanted=Invoice.Wanted.SEND, wanted_at=clock.now() + TRY_TAX_AGAIN, waits_for=undecided.detail
        )
        raise


def _next_call(invoice: Invoice, tax: dict[str, object], by: Actor) -> OutboundCall | None:
    with transaction.atomic():
        held = invoice_wishes.lock(invoice)
        if call := invoice_wishes.unanswered(held):
            return call
        if held.status != Invoice.Status.DRAFT:
            raise DraftNotOurs(f"The invoice is {held.status}; there is nothing to send.")
        missing = _missing(held)
        if held.stripe_id is None:
            return _creation(held, missing, tax, by)
        if missing:
            return _addition(held, missing[:PORTION], by)
        Invoice.objects.filter(pk=held.pk, wanted=Invoice.Wanted.SEND).update(wanted="", wanted_at=None, waits_for="")
        return None


def _creation(held: Invoice, missing: list[DraftLine], tax: dict[str, object], by: Actor) -> OutboundCall:
    if not missing:
        raise InvoiceWithoutLines("Write at least one line.")
    Invoice.objects.filter(pk=held.pk).update(
        wanted=Invoice.Wanted.SEND, wanted_at=clock.now() + GO_ON_AFTER, failure_code="", failure_message=""
    )
    params = draft_terms.creation(held, tax)
    return invoice_wishes.prepare(held, CREATE, params, by=by, path="/v1/invoices")


def _addition(held: Invoice, portion: list[DraftLine], by: Actor) -> OutboundCall:
    params = {"lines": [draft_terms.addition(line, held.currency) for line in portion]}
    return invoice_wishes.prepare(held, ADD_LINES, params, by=by, at="/add_lines", replies_with_root=False)


def _make(invoice: Invoice, call: OutboundCall, by: Actor) -> bool:
    """Whether to go on. A call that somebody else sent, or that a crash left, is settled instead."""
    if call.tries:
        recovery.settle(call, by=by)
        call.refresh_from_db()
    else:
        outbound.send(call, by=by)
    invoice.refresh_from_db()
    failure = outbound.failure(call)
    if failure is None:
        return True
    if isinstance(failure, InDoubt) or (invoice.stripe_id and isinstance(failure, NeverLeft | RateLimited)):
        return False
    _note(invoice, failure)
    raise failure


def _read_all_lines(invoice: Invoice, by: Actor) -> None:
    """An answer carries the first lines only; where the others cannot be read now, the webhook brings them."""
    if invoice.lines.filter(removed_at=None).count() >= invoice.draft_lines.count():
        return
    root = snapshots.root_for(account=invoice.account, kind=invoice_wishes.ROOT, stripe_id=invoice.stripe_id or "")
    try:
        snapshots.refresh(root, by=by)
    except (StripeFailure, snapshots.OvertakenTooOften) as late:
        log.warning("lines are read later", invoice=invoice.public_id, reason=late.code)


def _note(invoice: Invoice, failure: StripeFailure) -> None:
    """Stripe will not have it like this; staff must look, so that no sweep tries it again."""
    Invoice.objects.filter(pk=invoice.pk).update(
        wanted="", wanted_at=None, failure_code=failure.code, failure_message=failure.staff
    )
    invoice.refresh_from_db()


def _reject(invoice: Invoice, failure: StripeFailure | IllegalState, by: Actor) -> None:
    with transaction.atomic():
        held = invoice_wishes.lock(invoice)
        told = {"failure_code": failure.code, "failure_message": getattr(failure, "staff", failure.detail)}
        moved = audit.move(
            held,
            from_=[Invoice.Status.DRAFT],
            to=Invoice.Status.REJECTED,
            by=by,
            reason=failure.code,
            wanted="",
            **told,
        )
        if moved:
            domain_events.append(held, type="invoice.rejected", by=by, data={"failure_code": failure.code})
    invoice.refresh_from_db()


def _missing(invoice: Invoice) -> list[DraftLine]:
    """The lines that no answered call has taken to Stripe."""
    calls = OutboundCall.objects.filter(
        subject_id=invoice.public_id, action=ADD_LINES, status=OutboundCall.Status.ANSWERED
    )
    sent = {our_id(line) for params in calls.values_list("params", flat=True) for line in params["lines"]}
    lines = invoice.draft_lines.select_related("price")
    return [line for line in lines if line.public_id not in sent]
