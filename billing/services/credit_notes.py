"""Credit notes: previewed by Stripe, then issued exactly so; never above the invoice, whoever is issuing as well."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db import IntegrityError, transaction

from billing.models import CreditNote, Invoice
from billing.services import catalog, credit_note_parts, invoice_wishes, invoices
from billing.services.credit_note_parts import CREATE, CreditNoteExceedsInvoice, InvalidCreditNote, Part
from config.base import audit, domain_events
from config.base.actor import Actor
from config.base.errors import IllegalState
from config.base.money import Money
from payments import gateway
from payments.failures import ObjectMissing, Refused
from payments.models import OutboundCall
from payments.services import outbound, refunds
from payments.services.payments import ActionInDoubt, Doubt
from payments.stripe_fields import labelled

ROOT = "credit_note"
VOID = "credit_note.void"
PATH = "/v1/credit_notes"
CREDITABLE = (Invoice.Status.OPEN, Invoice.Status.PAID, Invoice.Status.UNCOLLECTIBLE)
_ROUNDING = (0, 1, -1, 2, -2)  # what Stripe's rounding of taxes may differ from ours


class InvoiceNotCreditable(IllegalState):
    code = "invoice_not_creditable"
    title = "Nothing of this invoice can be credited"


class CreditNoteNotVoidable(IllegalState):
    code = "credit_note_not_voidable"
    title = "The credit note cannot be voided"


class Gives(StrEnum):
    """Where what was paid already goes: back to the payment method, to the customer's balance, or another way."""

    REFUND = "refund"
    BALANCE = "balance"
    OUT_OF_BAND = "out_of_band"


_FIELD = {Gives.REFUND: "refund_amount", Gives.BALANCE: "credit_amount", Gives.OUT_OF_BAND: "out_of_band_amount"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a credit note takes back and why; `gives` matters for the part of it that was paid."""

    parts: Sequence[Part]
    gives: Gives = Gives.REFUND
    reason: str = ""
    memo: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What Stripe says a credit note would be. `set_off`: of what is still owed; `given`: of what was paid."""

    subtotal: Money
    discount: Money
    tax: Money
    total: Money
    set_off: Money
    given: Money
    wish: dict[str, Any]


def preview(*, invoice: Invoice, wanted: Wanted) -> Preview:
    """Ask Stripe what the credit note would be; nothing is issued.

    Raises InvoiceNotCreditable, InvalidCreditNote, CreditNoteExceedsInvoice, PaymentDisputed, StripeFailure.
    """
    _ensure_creditable(invoice)
    credit_note_parts.ensure_left(invoice, wanted.parts)
    refusal: Refused | None = None
    for difference in _ROUNDING if _was_paid(invoice) else (0,):
        total = credit_note_parts.expected(wanted.parts) + difference
        wish = _wish(invoice, wanted, total)
        _refuse_disputed(invoice, wish)
        try:
            body = gateway.get(f"{PATH}/preview", wish, account=invoice.account.stripe_id)
        except ObjectMissing:
            raise
        except Refused as error:
            refusal = refusal or error
            continue
        if body["total"] == total or not _given(invoice, body["total"]):
            return _read(invoice, body, wish)
    raise refusal or InvalidCreditNote("Stripe computes another sum; credit single lines.", param="amount")


def issue(*, invoice: Invoice, wanted: Wanted, by: Actor, note: str = "", seen: Preview | None = None) -> CreditNote:
    """Issue the credit note that `preview` shows (`seen`, or made now).

    Comes back with Stripe's status, `unknown` when Stripe has not answered. Raises as `preview`, and
    CreditNoteExceedsInvoice when another one was faster.
    """
    shown = seen or preview(invoice=invoice, wanted=wanted)
    with transaction.atomic():
        held = invoice_wishes.lock(invoice)
        _ensure_creditable(held)
        _refuse_disputed(held, shown.wish)
        credit_note_parts.ensure_left(held, wanted.parts)
        credit_note = _asked(held, wanted, shown, note=note, by=by)
        domain_events.append(credit_note, type="credit_note.asked", by=by, data=_told(credit_note))
        call = outbound.prepare(
            account=held.account,
            action=CREATE,
            subject=credit_note,
            path=PATH,
            params={**shown.wish, "metadata": labelled({}, credit_note.public_id)},
            by=by,
            root_kind=ROOT,
        )
    try:
        outbound.send_or_raise(call, by=by)
    finally:
        credit_note.refresh_from_db()
        invoice.refresh_from_db()
    return credit_note


def void(*, credit_note: CreditNote, by: Actor, reason: str = "") -> OutboundCall:
    """Take a credit note back, while its invoice is open. In doubt, the call comes back SENT. Raises StripeFailure."""
    with transaction.atomic():
        held = CreditNote.objects.select_for_update(of=("self",)).select_related("account", "invoice")
        locked = held.get(pk=credit_note.pk)
        if in_doubt(locked):
            raise ActionInDoubt("Stripe has not answered an earlier request for this credit note.")
        if locked.status != CreditNote.Status.ISSUED or locked.invoice.status != Invoice.Status.OPEN:
            raise CreditNoteNotVoidable("Only one that is issued can be voided, while its invoice is open.")
        audit.record(locked, changes={"asked": ["", VOID]}, by=by, reason=reason)
        domain_events.append(locked, type="credit_note.void_asked", by=by, data={"reason": reason})
        call = outbound.prepare(
            account=locked.account,
            action=VOID,
            subject=locked,
            path=f"{PATH}/{locked.stripe_id}/void",
            params={},
            by=by,
            root_kind=ROOT,
            root_id=locked.stripe_id or "",
        )
    try:
        outbound.send_or_raise(call, by=by)
    finally:
        credit_note.refresh_from_db()
    return call


def in_doubt(credit_note: CreditNote) -> Doubt | None:
    """What was asked of Stripe about the credit note and is not answered."""
    asked = OutboundCall.objects.filter(subject_id=credit_note.public_id, status=OutboundCall.Status.SENT)
    call = asked.order_by("id").first()
    return Doubt(call.action.partition(".")[2], call.sent_at) if call else None


def _ensure_creditable(invoice: Invoice) -> None:
    if not invoice.stripe_id or invoice.status not in CREDITABLE:
        raise InvoiceNotCreditable(f"The invoice is {invoice.status}.")
    if not credit_note_parts.creditable(invoice).minor:
        raise InvoiceNotCreditable("All of it is credited, or being credited.")


def _refuse_disputed(invoice: Invoice, wish: dict[str, Any]) -> None:
    """Stripe would refuse it too, in words for engineers."""
    if wish.get("refund_amount"):
        for payment in invoices.payments_of(invoice):
            refunds.refuse_disputed(payment)


def _was_paid(invoice: Invoice) -> bool:
    """Whether some of a credit note may have to be given back."""
    return invoice.status == Invoice.Status.PAID or invoice.amount_remaining_minor < invoice.total_minor


def _given(invoice: Invoice, total: int) -> int:
    """What of a credit note is above what is still owed."""
    owed = invoice.amount_remaining_minor if invoice.status != Invoice.Status.PAID else 0
    return max(total - owed, 0)


def _wish(invoice: Invoice, wanted: Wanted, total: int) -> dict[str, Any]:
    given = _given(invoice, total)
    wish = {
        "invoice": invoice.stripe_id,
        "lines": [part.wish for part in wanted.parts],
        "reason": wanted.reason,
        "memo": wanted.memo,
        "email_type": "none",
        _FIELD[wanted.gives]: given or None,
    }
    return catalog.without_gaps(wish)


def _read(invoice: Invoice, body: dict[str, Any], wish: dict[str, Any]) -> Preview:
    def money(minor: int) -> Money:
        return Money(minor, invoice.currency)

    total = body["total"]
    given = body.get("post_payment_amount", _given(invoice, total))
    taxes = sum(tax["amount"] for tax in body.get("total_taxes") or [])
    return Preview(
        subtotal=money(body["subtotal"]),
        discount=money(body.get("discount_amount") or 0),
        tax=money(taxes),
        total=money(total),
        set_off=money(total - given),
        given=money(given),
        wish=wish,
    )


def _asked(invoice: Invoice, wanted: Wanted, shown: Preview, *, note: str, by: Actor) -> CreditNote:
    try:
        with transaction.atomic():
            return CreditNote.objects.create(
                account=invoice.account,
                invoice=invoice,
                reason=wanted.reason,
                memo=wanted.memo,
                note=note,
                currency=invoice.currency,
                subtotal_minor=shown.subtotal.minor,
                discount_minor=shown.discount.minor,
                tax_minor=shown.tax.minor,
                total_minor=shown.total.minor,
                pre_payment_minor=shown.set_off.minor,
                post_payment_minor=shown.given.minor,
                refund_minor=shown.wish.get("refund_amount", 0),
                credit_minor=shown.wish.get("credit_amount", 0),
                out_of_band_minor=shown.wish.get("out_of_band_amount", 0),
                requested_by=str(by),
            )
    except IntegrityError as error:
        raise CreditNoteExceedsInvoice("Less than that is left of the invoice.", param="amount") from error


def _told(credit_note: CreditNote) -> dict[str, Any]:
    return {
        "status": credit_note.status,
        "amount": credit_note.total_minor,
        "currency": credit_note.currency,
        "invoice": credit_note.invoice.public_id,
    }
