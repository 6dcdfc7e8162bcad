"""`/api/v1/invoices/{id}/credit-notes`."""

from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from billing.api import invoice_examples
from billing.api.credit_note_bodies import CreditNoteBody, CreditNoteInput
from billing.api.invoice_answers import found
from billing.models import CreditNote, Invoice
from billing.services import credit_note_parts, credit_notes
from billing.services.credit_note_parts import CreditNoteExceedsInvoice, InvalidCreditNote, Part
from billing.services.credit_notes import Gives, InvoiceNotCreditable, Wanted
from config.base.api import queries
from config.base.api.authentication import actor
from config.base.api.errors import FieldError, ValidationFailed
from config.base.api.pagination import PARAMETERS, CursorPages
from config.base.api.schema import MISSING, Answer, operation
from config.base.money import Money
from payments.api.asking import AskingViewSet, latest_call
from payments.failures import CALM, NeverLeft
from payments.models import OutboundCall

DOUBT = "Stripe has not answered: the credit note counts as issued and settles by itself."


class CreditNotes(AskingViewSet):
    resource = "invoices"
    creates: ClassVar[frozenset[str]] = frozenset({credit_note_parts.CREATE})
    pagination_class = CursorPages

    @operation(
        "invoices_credit_notes_create",
        "Take back an invoice, or a part of it",
        about="What is still owed is set off first; what was paid is given back as `gives` says. Without `lines` and "
        "`amount` all that is left is taken back.",
        request=CreditNoteInput,
        request_example=invoice_examples.CREDIT_NOTE_ASKED,
        answers=[
            Answer(201, CreditNoteBody, invoice_examples.CREDIT_NOTE),
            Answer(202, CreditNoteBody, invoice_examples.CREDIT_NOTE_IN_DOUBT, DOUBT),
        ],
        refusals=[
            NeverLeft(CALM),
            InvalidCreditNote("Give 1 to 2 pieces.", param="lines.0.quantity"),
            InvoiceNotCreditable("The invoice is void."),
            CreditNoteExceedsInvoice("At most €5.99 can still be credited.", param="amount"),
            *MISSING,
        ],
        writes=True,
    )
    def create(self, request: Request, id: str) -> Response:
        invoice = found(request, id)
        asked = CreditNoteInput(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        wanted = Wanted(
            parts=_parts(invoice, given), gives=Gives(given["gives"]), reason=given["reason"], memo=given["memo"]
        )
        credit_notes.issue(invoice=invoice, wanted=wanted, note=given["note"], by=actor(request))
        return self.answer_to(latest_call(request))

    @operation(
        "invoices_credit_notes_list",
        "Credit notes of an invoice, newest first",
        query=queries.Query,
        answers=[Answer(200, CreditNoteBody(many=True), invoice_examples.CREDIT_NOTE)],
        refusals=MISSING,
    )
    def list(self, request: Request, id: str) -> Response:
        queries.read(request, queries.Query, beside=PARAMETERS)
        invoice = found(request, id)
        pages = CursorPages()
        page = pages.paginate_queryset(invoice.credit_notes.select_related("invoice"), request)
        return pages.get_paginated_response(CreditNoteBody(page, many=True).data)

    def subject_of(self, call: OutboundCall) -> CreditNote:
        return CreditNote.objects.select_related("invoice").get(public_id=call.subject_id)

    def body_of(self, row: CreditNote) -> dict[str, Any]:
        return dict(CreditNoteBody(row).data)


def _parts(invoice: Invoice, given: dict[str, Any]) -> list[Part]:
    if given["amount"]:
        return credit_note_parts.of_amount(invoice, Money(given["amount"], invoice.currency))
    if not given["lines"]:
        return credit_note_parts.everything(invoice)
    lines = {line.stripe_id: line for line in invoice.lines.filter(removed_at=None)}
    missing = [n for n, part in enumerate(given["lines"]) if part["line"] not in lines]
    if missing:
        text = "The invoice has no such line."
        raise ValidationFailed([FieldError(f"lines.{n}.line", "not_found", text) for n in missing])
    return [Part(lines[part["line"]], part["quantity"], part["amount"]) for part in given["lines"]]
