"""Invoices at Stripe: finalized, paid, given up. What comes of it is written by the snapshot handler alone."""

from typing import Any

from django.db import transaction

from billing.models import Invoice
from billing.services import draft_sending, invoice_wishes, numbering
from billing.services.draft_terms import AUTOMATIC
from billing.services.invoice_wishes import InvoiceNotChangeable
from billing.services.tax import TaxUndecided
from config.base import audit, clock, domain_events
from config.base.actor import Actor
from config.base.errors import IllegalState
from payments.failures import NeverLeft, RateLimited, Refused, StripeFailure
from payments.models import OutboundCall, Payment
from payments.services import parking, snapshots
from payments.services.payments import NothingFlagged

SET_NUMBER = "invoice.set_number"
FINALIZE = "invoice.finalize"
PAY = "invoice.pay"
PAY_OUTSIDE = "invoice.pay_outside"
VOID = "invoice.void"
MARK_UNCOLLECTIBLE = "invoice.mark_uncollectible"
DELETE = "invoice.delete"
HOLD = "invoice.hold"

Status = Invoice.Status
OWED = (Status.OPEN, Status.UNCOLLECTIBLE)
_TAX_FAILED = {"failed", "requires_location_inputs"}
_MONEY_ON_ITS_WAY = (Payment.Status.PROCESSING, Payment.Status.REQUIRES_CAPTURE, Payment.Status.SUCCEEDED)


class InvoiceIncomplete(IllegalState):
    code = "invoice_incomplete"
    title = "Not all lines are at Stripe yet"


class InvoiceBeingPaid(IllegalState):
    code = "invoice_being_paid"
    title = "The invoice is being paid"


class NoPaymentMethod(IllegalState):
    code = "no_payment_method"
    title = "There is nothing to collect from"


class NumberTaken(IllegalState):
    code = "invoice_has_number"
    title = "The draft has its number already"


def finalize(*, invoice: Invoice, by: Actor, reason: str = "") -> OutboundCall:
    """Make the draft binding, under a number of our own series where the legal entity has one.

    The number stays with the invoice when Stripe refuses. Raises TaxUndecided when the tax service cannot say; the
    invoice then waits, and the sweep finalizes it. Raises StripeFailure; in doubt, the call comes back SENT. Where only
    the number got there, the call that set it comes back, and the sweep finalizes (`wanted`).
    """
    parking.ensure_may_be_billed(invoice.customer)
    was_wanted = invoice.wanted
    try:
        return _finalize(invoice, by, reason)
    except StripeFailure:
        if not was_wanted:
            _want_no_more(invoice)
        raise
    finally:
        if invoice.status != Status.DRAFT:
            _want_no_more(invoice)


def pay(*, invoice: Invoice, by: Actor, payment_method: str = "", reason: str = "") -> OutboundCall:
    """Collect what is owed with a kept payment method (Stripe's id; the customer's default if none is named).

    Through the payment intent that Stripe made for it. Raises CardDeclined when the method did not pay.
    """
    parking.ensure_may_be_billed(invoice.customer)
    _refuse_money_on_its_way(invoice)
    if not payment_method and not _has_method(invoice):
        raise NoPaymentMethod("The customer has no default payment method. Name one, or send the payment link.")
    params: dict[str, Any] = {"off_session": True}
    if payment_method:
        params["payment_method"] = payment_method
    try:
        return invoice_wishes.ask(invoice, PAY, params, allowed=OWED, by=by, reason=reason, at="/pay")
    finally:
        _want_payments(invoice)


def record_paid_outside(*, invoice: Invoice, by: Actor, reason: str = "") -> OutboundCall:
    """Note at Stripe that the rest was paid another way; nothing is collected any more.

    It and its payments are read from Stripe first: what is being paid already is not paid a second time.
    """
    _read_payments(invoice, by=by)
    _refuse_money_on_its_way(invoice)
    try:
        return invoice_wishes.ask(
            invoice, PAY_OUTSIDE, {"paid_out_of_band": True}, allowed=OWED, by=by, reason=reason, at="/pay"
        )
    finally:
        _want_payments(invoice)


def void(*, invoice: Invoice, by: Actor, reason: str = "") -> OutboundCall:
    """Nobody owes it any more; its number stays. It is read from Stripe first, as one being paid is not voided."""
    _read_payments(invoice, by=by)
    _refuse_money_on_its_way(invoice)
    try:
        return invoice_wishes.ask(invoice, VOID, {}, allowed=OWED, by=by, reason=reason, at="/void")
    finally:
        _want_payments(invoice)


def mark_uncollectible(*, invoice: Invoice, by: Actor, reason: str = "") -> OutboundCall:
    """Stop hoping; it can still be paid."""
    _read_payments(invoice, by=by)
    _refuse_money_on_its_way(invoice)
    return invoice_wishes.ask(
        invoice, MARK_UNCOLLECTIBLE, {}, allowed=(Status.OPEN,), by=by, reason=reason, at="/mark_uncollectible"
    )


def delete(*, invoice: Invoice, by: Actor, reason: str = "") -> OutboundCall:
    """Throw a draft away at Stripe. One of a subscription cannot be; one with a number of ours is voided instead."""
    if invoice.subscription_id:
        raise InvoiceNotChangeable("Stripe keeps the drafts of subscriptions. Finalize it, and void it then.")
    if hasattr(invoice, "issued_number"):
        raise NumberTaken("Numbers have no gaps: finalize it, and void it then.")
    return invoice_wishes.ask(
        invoice, DELETE, {}, allowed=(Status.DRAFT,), by=by, reason=reason, method="DELETE", replies_with_root=False
    )


def hold_back(*, invoice: Invoice, by: Actor) -> OutboundCall:
    """Keep Stripe from finalizing a draft that is to get a number of ours."""
    return invoice_wishes.ask(invoice, HOLD, {"auto_advance": False}, allowed=(Status.DRAFT,), by=by)


def refresh(*, invoice: Invoice, by: Actor) -> None:
    """Read the invoice from Stripe now."""
    if invoice.stripe_id:
        root = snapshots.root_for(account=invoice.account, kind=invoice_wishes.ROOT, stripe_id=invoice.stripe_id)
        snapshots.refresh(root, by=by)
        invoice.refresh_from_db()


def clear_flags(*, invoice: Invoice, by: Actor, reason: str) -> None:
    """Note that staff have looked at what is unusual. A new fact that breaks a rule flags it anew."""
    with transaction.atomic():
        held = invoice_wishes.lock(invoice)
        if not held.flags:
            raise NothingFlagged("Nothing is flagged on this invoice any more.")
        Invoice.objects.filter(pk=held.pk).update(flags=[])
        audit.record(held, changes={"flags": [held.flags, []]}, by=by, reason=reason)
        domain_events.append(held, type="invoice.flags_cleared", by=by, data={"flags": held.flags})
    invoice.flags = []


def last_call(invoice: Invoice, action: str) -> OutboundCall:
    """The newest wish of this kind about the invoice."""
    return OutboundCall.objects.filter(subject_id=invoice.public_id, action=action).latest("id")


def payments_of(invoice: Invoice) -> list[Payment]:
    """The payments that Stripe made for it and we know of, the default one first."""
    links = invoice.payments.filter(payment__isnull=False).select_related("payment").order_by("-is_default", "id")
    return [link.payment for link in links if link.payment]


def _finalize(invoice: Invoice, by: Actor, reason: str) -> OutboundCall:
    numbered = _give_number(invoice, by, reason)
    if numbered and numbered.status == OutboundCall.Status.SENT:
        return numbered
    try:
        return invoice_wishes.ask(
            invoice, FINALIZE, {"auto_advance": _collects_itself(invoice)}, allowed=(Status.DRAFT,), by=by,
            reason=reason, at="/finalize",
        )  # fmt: skip
    except (NeverLeft, RateLimited):
        if numbered is None:
            raise
        return numbered
    except Refused as refusal:
        if invoice.status == Status.DRAFT and invoice.automatic_tax_status in _TAX_FAILED:
            raise _waiting_for_tax(invoice, refusal) from refusal
        raise


def _give_number(invoice: Invoice, by: Actor, reason: str) -> OutboundCall | None:
    """Set the number at Stripe, in a call of its own; None where it stands there already, or Stripe gives it.

    From then on it is to be finalized, whoever does it.
    """
    with transaction.atomic():
        held = invoice_wishes.hold(invoice, allowed=(Status.DRAFT,))
        if not draft_sending.is_whole(held):
            raise InvoiceIncomplete("Send the draft again first: Stripe does not have all of its lines.")
        issued = numbering.take(invoice=held)
        if issued is None or held.number == issued.number:
            return None
        call = invoice_wishes.prepare(held, SET_NUMBER, {"number": issued.number}, by=by, reason=reason)
        Invoice.objects.filter(pk=held.pk, wanted="").update(
            wanted=Invoice.Wanted.FINALIZE, wanted_at=clock.now() + draft_sending.GO_ON_AFTER
        )
    return invoice_wishes.send(invoice, call, by=by)


def _want_no_more(invoice: Invoice) -> None:
    """The sweep has nothing to do for it any more."""
    waiting = Invoice.objects.filter(pk=invoice.pk, wanted=Invoice.Wanted.FINALIZE)
    waiting.update(wanted="", wanted_at=None, waits_for="")
    invoice.refresh_from_db()


def _collects_itself(invoice: Invoice) -> bool:
    """Stripe goes on by itself with what renews, and with what it may charge; the others we send."""
    return bool(invoice.subscription_id) or invoice.collection_method == AUTOMATIC


def _waiting_for_tax(invoice: Invoice, refusal: Refused) -> TaxUndecided:
    reason = invoice.finalization_error or refusal.staff
    Invoice.objects.filter(pk=invoice.pk, status=Status.DRAFT).update(
        wanted=Invoice.Wanted.FINALIZE, wanted_at=clock.now() + draft_sending.TRY_TAX_AGAIN, waits_for=reason
    )
    invoice.refresh_from_db()
    return TaxUndecided(f"The invoice waits and is finalized by itself: {reason}")


def _read_payments(invoice: Invoice, *, by: Actor) -> None:
    """Read the invoice from Stripe now, and the payments that still wait for money."""
    refresh(invoice=invoice, by=by)
    waiting = invoice.payments.filter(status="open").exclude(payment_intent_id="")
    for intent in waiting.values_list("payment_intent_id", flat=True):
        root = snapshots.root_for(account=invoice.account, kind="payment_intent", stripe_id=intent)
        snapshots.refresh(root, by=by)


def _refuse_money_on_its_way(invoice: Invoice) -> None:
    """A payment whose money moves, or moved, and which the invoice does not count yet."""
    uncounted = invoice.payments.filter(status="open", payment__status__in=_MONEY_ON_ITS_WAY)
    if invoice.status in OWED and invoice.amount_remaining_minor and uncounted.exists():
        raise InvoiceBeingPaid("A payment of it is on its way. Wait until it has settled.")


def _want_payments(invoice: Invoice) -> None:
    """What was asked of the invoice happened to its payments: they are read soon, also when no webhook tells."""
    for intent in invoice.payments.exclude(payment_intent_id="").values_list("payment_intent_id", flat=True):
        with transaction.atomic():
            snapshots.want(account=invoice.account, kind="payment_intent", stripe_id=intent)


def _has_method(invoice: Invoice) -> bool:
    of_subscription = invoice.subscription.default_payment_method_id if invoice.subscription else None
    return bool(of_subscription or invoice.customer.default_payment_method_id)
