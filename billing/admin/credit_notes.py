"""Credit notes; they are issued on the invoice's page."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from billing.admin import billing_words, invoice_search
from billing.admin.invoice_actions import ReasonForm, told
from billing.models import CreditNote, Invoice
from billing.services import credit_notes, documents
from config.base.actor import Actor
from config.base.console import additions, display
from config.base.console.confirmation import ConfirmedView, Data, Outcome
from config.base.console.display import Tone
from config.base.console.filters import DayRangeFilter
from config.base.console.model_admin import ReadOnlyAdmin
from config.base.console.pages import Button, Facts, Notice, Page, Table
from config.base.models import User
from config.base.money import Money
from payments.admin import links, timeline, words
from payments.admin.filters import AccountFilter, of_one_account
from payments.models import Refund

if TYPE_CHECKING:
    from django.contrib.admin import ChoicesFieldListFilter as ChoicesRadioFilter
else:
    from unfold.contrib.filters.admin import ChoicesRadioFilter


class VoidCreditNote(ConfirmedView[CreditNote]):
    action = "void"
    permission = "billing.void_creditnote"
    title = "Void the credit note"
    do_text = "Void"
    tone = Tone.BAD
    form_class: ClassVar[type[forms.Form]] = ReasonForm

    def state(self) -> str:
        return f"{self.row.status} {self.row.invoice.status} {self.row.invoice.amount_remaining_minor}"

    def refusal(self) -> str:
        return "" if _is_voidable(self.row) else "It can be voided only while it is issued and its invoice is open."

    def consequences(self, data: Data) -> Sequence[object]:
        owed = self.row.invoice.remaining + Money(self.row.pre_payment_minor, self.row.currency)
        return [
            f"The credit note over {self.row.total.format(display.locale())} counts no more.",
            f"{self.row.invoice.customer} owes {owed.format(display.locale())} again on invoice {self.row.invoice}.",
            "This cannot be taken back.",
        ]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        call = credit_notes.void(credit_note=self.row, reason=data["reason"], by=by)
        return told(call, "The credit note is void.")


@admin.register(CreditNote)
class CreditNoteAdmin(ReadOnlyAdmin[CreditNote]):
    keyset = ("-created_at", "-id")
    list_display = ("number_shown", "total_shown", "status_shown", "invoice_shown", "customer_shown", "created_shown")
    list_display_links = ("number_shown",)
    list_filter = (AccountFilter, ("created_at", DayRangeFilter), ("status", ChoicesRadioFilter))
    list_select_related = ("invoice__customer",)
    search_help_text = "Number, any id; or what finds the invoice"

    def narrowed(self, request: HttpRequest, queryset: QuerySet[CreditNote]) -> QuerySet[CreditNote]:
        return of_one_account(request, queryset)

    def matching(self, queryset: QuerySet[CreditNote], term: str) -> QuerySet[CreditNote]:
        if term.startswith("cn_"):
            return queryset.filter(Q(public_id=term) | Q(stripe_id=term))
        found = Invoice.objects.filter(invoice_search.condition(term)).values("pk")[:200]
        return queryset.filter(Q(number=term) | Q(invoice__in=list(found.values_list("pk", flat=True))))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> CreditNote | None:
        wanted = Q(pk=int(object_id)) if object_id.isdecimal() else Q(public_id=object_id)
        return CreditNote.objects.select_related("account", "invoice__customer").filter(wanted).first()

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(VoidCreditNote.as_view(model_admin=self))
        return [path("<path:object_id>/void/", view, name="billing_creditnote_void"), *super().get_urls()]

    def page(self, request: HttpRequest, row: CreditNote) -> Page:
        own = Page(
            title=f"Credit note {row}",
            headline=row.total.format(display.locale()),
            labels=[billing_words.status(row.status)],
            subtitle=f"{row.number} · {row.invoice.customer} · {(row.effective_at or row.created_at):%-d %b %Y}",
            notices=_notices(row),
            buttons=_buttons(request, row),
            main=[_lines(row), *_refunds(row), timeline.of(row, public_ids=[row.public_id], roots=[row.stripe_id])],
            side=[_money(row), _facts(row)],
        )
        return additions.to(own, "credit_note", request, row)

    @admin.display(description="Number")
    def number_shown(self, note: CreditNote) -> str:
        return str(note)

    @admin.display(description="Total")
    def total_shown(self, note: CreditNote) -> SafeString:
        return display.money(note.total)

    @admin.display(description="Status")
    def status_shown(self, note: CreditNote) -> SafeString:
        return billing_words.status(note.status)

    @admin.display(description="Of invoice")
    def invoice_shown(self, note: CreditNote) -> str:
        return str(note.invoice)

    @admin.display(description="Customer")
    def customer_shown(self, note: CreditNote) -> str:
        return str(note.invoice.customer)

    @admin.display(description="Created (UTC)")
    def created_shown(self, note: CreditNote) -> object:
        return display.when(note.created_at)


def _is_voidable(row: CreditNote) -> bool:
    is_issued = row.status == CreditNote.Status.ISSUED
    return is_issued and row.invoice.status == Invoice.Status.OPEN and not credit_notes.in_doubt(row)


def _notices(row: CreditNote) -> list[Notice]:
    if credit_notes.in_doubt(row):
        text = "It may have been issued, or not; it settles by itself. Do not issue another."
        return [Notice(title="Stripe has not answered yet", text=text)]
    if row.status == CreditNote.Status.REJECTED:
        return [Notice(title="It was never issued", text=row.failure_message or row.failure_code, tone=Tone.BAD)]
    return []


def _buttons(request: HttpRequest, row: CreditNote) -> list[Button]:
    may = isinstance(request.user, User) and request.user.has_perm("billing.void_creditnote")
    if not may or not _is_voidable(row):
        return []
    return [Button(text="Void…", tone=Tone.BAD, url=reverse("admin:billing_creditnote_void", args=[row.pk]))]


def _lines(row: CreditNote) -> Table:
    return Table(
        title="Lines",
        headers=["Description", "Pieces", "Amount", "Discount", "Tax"],
        rows=[
            [
                line.description,
                line.quantity or "",
                display.money(Money(line.amount_minor, row.currency)),
                display.money_unless_zero(Money(line.discount_minor, row.currency)),
                display.money_unless_zero(Money(line.tax_minor, row.currency)),
            ]
            for line in row.lines.all()[:200]
        ],
        empty="Stripe has not told its lines yet.",
    )


def _refunds(row: CreditNote) -> list[Table]:
    refunds = Refund.objects.filter(stripe_id__in=row.refund_ids).select_related("payment")
    if not row.refund_ids:
        return []
    rows = [[links.to(each), display.money(each.amount), words.status(each.status)] for each in refunds]
    return [Table(title="Refunds", headers=["Refund", "Amount", "Status"], rows=rows, empty="On its way here.")]


def _money(row: CreditNote) -> Facts:
    def money(minor: int) -> object:
        return display.money(Money(minor, row.currency)) if minor else ""

    return Facts(
        title="Money",
        rows=[
            ("Lines", money(row.subtotal_minor)),
            ("Discount", money(-row.discount_minor)),
            ("Tax", money(row.tax_minor)),
            ("Total", display.money(row.total)),
            ("Set off on the invoice", money(row.pre_payment_minor)),
            ("Refunded", money(row.refund_minor)),
            ("To the balance", money(row.credit_minor)),
            ("Given another way", money(row.out_of_band_minor)),
        ],
    )


def _facts(row: CreditNote) -> Facts:
    document = documents.of(row)
    return Facts(
        title="Credit note",
        rows=[
            ("Invoice", links.to(row.invoice)),
            ("Customer", links.to(row.invoice.customer)),
            ("Reason", display.words(row.reason)),
            ("Memo", row.memo),
            ("Note", row.note),
            ("Asked by", words.asked_by(row.requested_by)),
            ("Voided", display.when(row.voided_at)),
            ("Document", links.to(document, "PDF") if document else ""),
            ("Credit note", display.copied(row.public_id)),
            ("At Stripe", links.at_stripe(row.account, "credit_notes", row.stripe_id)),
        ],
    )
