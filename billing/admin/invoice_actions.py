"""What staff may do with an invoice, each behind a confirmation that shows its effect in money."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.urls import reverse

from billing.admin import billing_words
from billing.models import Invoice
from billing.services import draft_sending, drafts, invoice_links, invoice_mail, invoice_wishes, invoices, numbering
from billing.services.draft_terms import AUTOMATIC
from config.base.actor import Actor
from config.base.console import display
from config.base.console.confirmation import ConfirmedView, Data, Outcome
from config.base.console.display import Tone
from config.base.errors import DomainError
from config.base.money import Money
from payments.admin import links, words
from payments.admin.payment_actions import IN_DOUBT
from payments.models import OutboundCall, PaymentMethod
from payments.services import pay_links

_INPUT = {"class": "cf-input"}
Status = Invoice.Status


class ReasonForm(forms.Form):
    reason = forms.CharField(
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={**_INPUT, "rows": 2}),
        help_text="Why, in our words. Stays here.",
    )


class NeededReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=500, widget=forms.Textarea(attrs={**_INPUT, "rows": 2}), help_text="Why, in our words. Stays here."
    )


class InvoiceView(ConfirmedView[Invoice]):
    """Decisions stand on what the invoice was when the page was read."""

    form_class: ClassVar[type[forms.Form]] = ReasonForm
    allowed: ClassVar[tuple[str, ...]] = ()

    def state(self) -> str:
        row = self.row
        sums = f"{row.total_minor} {row.amount_remaining_minor}"
        return f"{row.status} {row.number} {sums} {drafts.version(row) if row.stripe_id is None else ''}"

    def refusal(self) -> str:
        if doubt := invoice_wishes.in_doubt(self.row):
            asked = display.words(doubt.action).lower()
            return f"Stripe has not answered: {asked} was asked of this invoice. Wait until it has settled."
        if self.row.status not in self.allowed:
            return f"The invoice is {self.row.status}; this is not possible."
        return ""

    def say(self, amount: Money) -> str:
        return amount.format(display.locale())

    @property
    def name(self) -> str:
        return f"Invoice {self.row.number}" if self.row.number else "The draft"

    @property
    def owed(self) -> str:
        return self.say(self.row.remaining)


def told(call: OutboundCall, done: str) -> Outcome:
    """How a wish ended."""
    if call.status == OutboundCall.Status.SENT:
        return Outcome(messages.WARNING, IN_DOUBT)
    return Outcome(messages.SUCCESS, done)


class SendDraftView(InvoiceView):
    action = "send_draft"
    permission = "billing.draft_invoice"
    title = "Send the draft to Stripe"
    do_text = "Send it to Stripe"
    form_class = forms.Form
    allowed = (Status.DRAFT,)

    def consequences(self, data: Data) -> Sequence[object]:
        count = self.row.draft_lines.count()
        return [
            f"{count} {'line goes' if count == 1 else 'lines go'} to Stripe, which computes discounts and taxes.",
            "It stays a draft: nobody owes anything, and nobody is told.",
            "It cannot be edited here any more, only finalized or deleted.",
        ]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        sent = draft_sending.send(invoice=self.row, by=by)
        if not draft_sending.is_whole(sent):
            return Outcome(messages.WARNING, "Stripe does not have all of it yet; it goes on by itself.")
        return Outcome(messages.SUCCESS, f"Stripe has it: {self.say(sent.total)} with taxes and discounts.")


class FinalizeView(InvoiceView):
    action = "finalize"
    permission = "billing.finalize_invoice"
    title = "Finalize the invoice"
    do_text = "Finalize"
    form_class = forms.Form
    allowed = (Status.DRAFT,)

    def refusal(self) -> str:
        if not self.row.stripe_id:
            return "Send the draft to Stripe first."
        return super().refusal()

    def consequences(self, data: Data) -> Sequence[object]:
        row = self.row
        collected = row.collection_method == AUTOMATIC or row.subscription_id
        return [
            f"{row.customer} owes {self.say(row.total)}.",
            f"The invoice gets {self._number()}, and can never be changed again.",
            "Stripe collects it from the saved payment method by itself."
            if collected
            else "The customer pays it from the invoice or its payment page.",
        ]

    def _number(self) -> str:
        if number := getattr(self.row, "issued_number", None):
            return f"the number {number}, which was taken for it before"
        series = numbering.series_of(self.row.account)
        return f"the next number of our series, {series} or later" if series else "a number of Stripe's"

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        call = invoices.finalize(invoice=self.row, by=by)
        if call.status == OutboundCall.Status.ANSWERED and self.row.status == Status.DRAFT:
            text = f"It has the number {self.row.number}. Then Stripe was not reached; it is finalized by itself."
            return Outcome(messages.WARNING, text)
        return told(call, f"Invoice {self.row.number} is {self.row.status}.")


class _MethodField(forms.ModelChoiceField[PaymentMethod]):
    def label_from_instance(self, obj: PaymentMethod) -> str:
        return words.method(obj)


class PayForm(ReasonForm):
    def __init__(self, data: Any, *, invoice: Invoice) -> None:
        super().__init__(data)
        kept = invoice.customer.payment_methods.filter(status=PaymentMethod.Status.ATTACHED).order_by("-id")
        method = _MethodField(
            kept, required=False, empty_label="The customer's default", widget=forms.Select(attrs=_INPUT)
        )
        self.fields = {"method": method, **self.fields}


class PayView(InvoiceView):
    action = "pay"
    permission = "billing.pay_invoice"
    title = "Collect the invoice"
    do_text = "Collect"
    allowed = (Status.OPEN, Status.UNCOLLECTIBLE)

    def form(self, data: Any = None) -> forms.Form:
        return PayForm(data, invoice=self.row)

    def facts(self) -> Sequence[object]:
        return [f"{self.owed} are owed by {self.row.customer}."]

    def consequences(self, data: Data) -> Sequence[object]:
        of_subscription = self.row.subscription.default_payment_method if self.row.subscription else None
        method = words.method(data["method"] or of_subscription or self.row.customer.default_payment_method)
        return [
            f"{self.owed} are taken from {method or 'a payment method, which there is not'} of {self.row.customer}.",
            "Through the payment that Stripe made for this invoice; there is never a second one.",
        ]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        chosen = data["method"].stripe_id if data["method"] else ""
        call = invoices.pay(invoice=self.row, payment_method=chosen, reason=data["reason"], by=by)
        done = f"{self.name} is {self.row.status}."
        return told(call, done if self.row.status == Status.PAID else f"{done} The payment is on its way.")


class PayLinkView(InvoiceView):
    action = "pay_link"
    permission = "billing.pay_invoice"
    title = "Payment page of the invoice"
    do_text = "Make the link"
    form_class = forms.Form
    allowed = (Status.OPEN,)

    def consequences(self, data: Data) -> Sequence[object]:
        return [
            f"Whoever has the link can pay {self.owed} on our payment page.",
            "Nobody is told; send the link to the customer.",
        ]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        link = invoice_links.of(invoice=self.row, by=by)
        return Outcome(messages.SUCCESS, f"Payment page: {pay_links.url(link)}")


class MailView(InvoiceView):
    action = "mail"
    permission = "billing.finalize_invoice"
    title = "Send the invoice by e-mail"
    do_text = "Send it"
    form_class = forms.Form
    allowed = invoice_mail.SENDABLE

    def refusal(self) -> str:
        return super().refusal() if self.row.customer.email else "The customer has no e-mail address."

    def consequences(self, data: Data) -> Sequence[object]:
        return [f"{self.name} goes to {self.row.customer.email} with its PDF.", "No money moves."]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        invoice_mail.send(invoice=self.row, by=by)
        return Outcome(messages.SUCCESS, f"It is on its way to {self.row.customer.email}.")


class PaidOutsideView(InvoiceView):
    action = "paid_outside"
    permission = "billing.pay_invoice"
    title = "Record as paid outside"
    do_text = "Record as paid"
    form_class = NeededReasonForm
    allowed = (Status.OPEN, Status.UNCOLLECTIBLE)

    def consequences(self, data: Data) -> Sequence[object]:
        return [
            f"{self.name} counts as paid: {self.owed} came another way.",
            "Stripe collects nothing, and its payment page closes.",
            "This cannot be taken back; a credit note can.",
        ]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        call = invoices.record_paid_outside(invoice=self.row, reason=data["reason"], by=by)
        return told(call, "It is recorded as paid.")


class VoidView(InvoiceView):
    action = "void"
    permission = "billing.void_invoice"
    title = "Void the invoice"
    do_text = "Void"
    tone = Tone.BAD
    form_class = NeededReasonForm
    allowed = (Status.OPEN, Status.UNCOLLECTIBLE)

    def consequences(self, data: Data) -> Sequence[object]:
        lines = [
            f"{self.row.customer} no longer owes {self.owed}; nobody can pay it any more.",
            f"The number {self.row.number} stays with the void invoice.",
        ]
        used = (self.row.ending_balance_minor or 0) - self.row.starting_balance_minor
        if used > 0:
            lines.append(f"{self.say(Money(used, self.row.currency))} go back to the customer's balance.")
        return [*lines, "This cannot be taken back. A corrected invoice can be written from it."]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        return told(invoices.void(invoice=self.row, reason=data["reason"], by=by), "The invoice is void.")


class UncollectibleView(InvoiceView):
    action = "uncollectible"
    permission = "billing.void_invoice"
    title = "Mark as uncollectible"
    do_text = "Write it off"
    tone = Tone.BAD
    form_class = NeededReasonForm
    allowed = (Status.OPEN,)

    def consequences(self, data: Data) -> Sequence[object]:
        return [
            f"{self.owed} are written off as bad debt; Stripe tries to collect no more.",
            "The customer still owes it and can still pay it.",
        ]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        call = invoices.mark_uncollectible(invoice=self.row, reason=data["reason"], by=by)
        return told(call, "It is marked as uncollectible.")


class DeleteView(InvoiceView):
    action = "throw_away"
    permission = "billing.draft_invoice"
    title = "Throw the draft away"
    do_text = "Throw away"
    tone = Tone.BAD
    allowed = (Status.DRAFT,)

    def consequences(self, data: Data) -> Sequence[object]:
        where = "here and at Stripe" if self.row.stripe_id else "here; Stripe never knew it"
        return [f"The draft is gone, {where}. Nobody owes anything.", "It can be duplicated into a new draft later."]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        if not self.row.stripe_id:
            drafts.throw_away(invoice=self.row, reason=data["reason"], by=by)
            return Outcome(messages.SUCCESS, "The draft is thrown away.")
        return told(invoices.delete(invoice=self.row, reason=data["reason"], by=by), "The draft is thrown away.")


class _MakingView(InvoiceView):
    """Makes another draft and leads to it."""

    permission = "billing.draft_invoice"
    form_class = forms.Form
    made: Invoice | None = None

    def refusal(self) -> str:
        return ""

    def make(self, by: Actor) -> Invoice:
        raise NotImplementedError

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        self.made = self.make(by)
        return Outcome(messages.SUCCESS, "A draft was written. Stripe hears of it when you send it.")

    def _back(self, outcome: Outcome) -> HttpResponseRedirect:
        back = super()._back(outcome)
        return HttpResponseRedirect(links.url(self.made)) if self.made else back


class DuplicateView(_MakingView):
    action = "duplicate"
    title = "Duplicate the invoice"
    do_text = "Write a draft"

    def consequences(self, data: Data) -> Sequence[object]:
        return [f"A new draft for {self.row.customer} with the same lines and terms; nobody owes anything by it."]

    def make(self, by: Actor) -> Invoice:
        return drafts.duplicate(invoice=self.row, by=by)


class CorrectView(_MakingView):
    action = "correct"
    title = "Correct the void invoice"
    do_text = "Write a draft"

    def refusal(self) -> str:
        return "" if self.row.status == Status.VOID else "Void the invoice first, or issue a credit note."

    def consequences(self, data: Data) -> Sequence[object]:
        return [
            f"A new draft for {self.row.customer} with the same lines, to be put right.",
            f"It names the invoice that it corrects: {self.row.number}.",
        ]

    def make(self, by: Actor) -> Invoice:
        return drafts.correct(invoice=self.row, by=by)


class RefreshView(InvoiceView):
    action = "refresh"
    permission = "payments.refresh_payment"
    title = "Refresh from Stripe"
    do_text = "Refresh"
    form_class = forms.Form

    def refusal(self) -> str:
        return "" if self.row.stripe_id else "Stripe does not know this invoice."

    def consequences(self, data: Data) -> Sequence[object]:
        return ["The invoice is read from Stripe and written here. No money moves."]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        invoices.refresh(invoice=self.row, by=by)
        return Outcome(messages.SUCCESS, f"Read from Stripe: {self.row.status}.")


class ClearFlagsView(InvoiceView):
    action = "clear_flags"
    permission = "billing.clear_flags_invoice"
    title = "Clear the flags of an invoice"
    do_text = "Clear the flags"
    form_class = NeededReasonForm

    def state(self) -> str:
        return " ".join(self.row.flags)

    def refusal(self) -> str:
        return "" if self.row.flags else "Nothing is flagged on this invoice."

    def facts(self) -> Sequence[object]:
        return [billing_words.flag(name) for name in self.row.flags]

    def consequences(self, data: Data) -> Sequence[object]:
        return ["The invoice is no longer shown as flagged. No money moves.", "A new fact that breaks a rule flags it."]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        invoices.clear_flags(invoice=self.row, reason=data["reason"], by=by)
        return Outcome(messages.SUCCESS, "The flags were cleared.")


def url(invoice: Invoice, action: str) -> str:
    return reverse(f"admin:billing_invoice_{action}", args=[invoice.pk])


VIEWS: tuple[type[InvoiceView], ...] = (
    SendDraftView,
    FinalizeView,
    PayView,
    PayLinkView,
    MailView,
    PaidOutsideView,
    VoidView,
    UncollectibleView,
    DeleteView,
    DuplicateView,
    CorrectView,
    RefreshView,
    ClearFlagsView,
)


def why(error: DomainError) -> str:
    """A refusal in staff's words."""
    return str(getattr(error, "staff", "") or error.detail)
