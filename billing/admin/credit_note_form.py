"""Issue a credit note: choose what is taken back, see what Stripe makes of it, confirm."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponseRedirect

from billing.admin.catalog_forms import choice, money
from billing.admin.invoice_actions import InvoiceView, why
from billing.models import CreditNote, Invoice
from billing.services import credit_note_parts, credit_notes
from billing.services.credit_note_parts import Left, Part
from billing.services.credit_notes import Gives, Preview, Wanted
from config.base.actor import Actor
from config.base.console import display
from config.base.console.confirmation import Data, Outcome
from config.base.errors import DomainError
from config.base.money import Money
from payments.admin import links
from payments.admin.payment_actions import IN_DOUBT

SHOWN_LINES = 50
SHOWN_PARTS = 8
_TEXT = {"class": "cf-input", "autocomplete": "off"}
ALL, AMOUNT, LINES = "all", "amount", "lines"
_GIVES = {
    Gives.REFUND: "Back to the payment method",
    Gives.BALANCE: "To the customer's balance, for the next invoice",
    Gives.OUT_OF_BAND: "Another way, outside of Stripe",
}


class CreditNoteForm(forms.Form):
    """All that is left, an amount that is split over the lines, or single lines by pieces or amount."""

    how = choice([(ALL, "All that is left"), (AMOUNT, "An amount, with tax, split over the lines"),
                  (LINES, "Single lines, below")], label="What is taken back")  # fmt: skip
    amount = forms.CharField(required=False, widget=forms.TextInput(attrs={**_TEXT, "inputmode": "decimal"}))

    def __init__(self, data: Any, *, invoice: Invoice) -> None:
        super().__init__(data)
        self.invoice = invoice
        self.left = credit_note_parts.left(invoice)
        most = credit_note_parts.creditable(invoice)
        self.fields["amount"].help_text = f"With tax, at most {most.format(display.locale())}."
        for rest in self.left[:SHOWN_LINES]:
            self.fields[f"line_{rest.line.pk}"] = _line_field(rest)
        self.fields |= _others()

    def clean_amount(self) -> int | None:
        return self._minor(self.cleaned_data["amount"])

    def clean(self) -> Data:
        if not self.errors:
            try:
                self.cleaned_data["parts"] = self._parts()
                credit_note_parts.ensure_left(self.invoice, self.cleaned_data["parts"])
            except ValidationError as error:
                self.add_error(None, error)
            except DomainError as error:
                self.add_error("amount" if error.param == "amount" else None, error.detail)
        return self.cleaned_data

    def wanted(self) -> Wanted:
        given = self.cleaned_data
        return Wanted(
            parts=given["parts"], gives=Gives(given["gives"]), reason=given["stripe_reason"], memo=given["memo"]
        )

    def _parts(self) -> list[Part]:
        given = self.cleaned_data
        if given["how"] == ALL:
            return credit_note_parts.everything(self.invoice)
        if given["how"] == AMOUNT:
            if given["amount"] is None:
                raise ValidationError({"amount": "Say how much."})
            return credit_note_parts.of_amount(self.invoice, Money(given["amount"], self.invoice.currency))
        typed = [(rest, given.get(f"line_{rest.line.pk}", "").strip()) for rest in self.left[:SHOWN_LINES]]
        return [self._part(rest, word) for rest, word in typed if word]

    def _part(self, rest: Left, word: str) -> Part:
        name = f"line_{rest.line.pk}"
        pieces = word.lower().removeprefix("x").removesuffix("x").strip()
        if word[0].lower() == "x" or word[-1].lower() == "x":
            if not pieces.isdecimal():
                raise ValidationError({name: "Write pieces like 2x, or an amount like 10.00."})
            return Part(rest.line, quantity=int(pieces))
        minor = self._minor(word.lstrip("-"), name)
        return Part(rest.line, amount=-(minor or 0) if word.startswith("-") else minor)

    def _minor(self, word: str, name: str = "amount") -> int | None:
        if not word.strip():
            return None
        minor, currency = money(word, self.invoice.currency)
        if currency != self.invoice.currency:
            raise ValidationError({name: f"The invoice is in {self.invoice.currency.upper()}."})
        return minor


def _line_field(rest: Left) -> forms.CharField:
    amount = Money(rest.amount, rest.line.currency).format(display.locale())
    pieces = rest.quantity or rest.line.quantity or 1
    left = f"{amount} before tax are left" + (f", {pieces} pieces" if pieces > 1 else "")
    return forms.CharField(
        required=False, max_length=40, label=rest.line.description[:80] or "Line",
        widget=forms.TextInput(attrs=_TEXT), help_text=f"{left}. Write pieces like 2x, or an amount.",
    )  # fmt: skip


def _others() -> dict[str, forms.Field]:
    return {
        "gives": choice([(gives.value, words) for gives, words in _GIVES.items()], label="What was paid goes"),
        "stripe_reason": choice(
            [("", "Another reason"), *((r.value, display.words(r.value)) for r in CreditNote.Reason)],
            required=False, label="Reason",
        ),
        "memo": forms.CharField(
            required=False, max_length=1500, widget=forms.Textarea(attrs={"class": "cf-input", "rows": 2}),
            help_text="The customer reads it.",
        ),
        "note": forms.CharField(
            required=False, max_length=1000, widget=forms.Textarea(attrs={"class": "cf-input", "rows": 2}),
            help_text="Why, in our words. Stays here.",
        ),
    }  # fmt: skip


class CreditNoteView(InvoiceView):
    action = "credit_note"
    permission = "billing.issue_creditnote"
    title = "Issue a credit note"
    do_text = "Issue the credit note"
    allowed = credit_notes.CREDITABLE
    asked: CreditNoteForm
    shown: Preview | None = None
    unshown: str = ""
    made: CreditNote | None = None

    def refusal(self) -> str:
        if not credit_note_parts.creditable(self.row).minor:
            return "Nothing of this invoice is left to credit."
        return super().refusal()

    def form(self, data: Any = None) -> CreditNoteForm:
        self.asked = CreditNoteForm(data, invoice=self.row)
        return self.asked

    def facts(self) -> Sequence[object]:
        left = credit_note_parts.creditable(self.row)
        return [f"Of {self.say(self.row.total)}, {self.say(left)} can still be credited. {self.owed} are still owed."]

    def state(self) -> str:
        """With what Stripe says of the wish, so that what is issued is what was shown."""
        shown = self._preview()
        return f"{super().state()} {shown.total.minor if shown else self.unshown}"

    def consequences(self, data: Data) -> Sequence[object]:
        shown = self._preview()
        if shown is None:
            return [f"Stripe does not say what it would be: {self.unshown}"]
        return [*self._sums(shown), *self._effects(shown), "It gets a number of Stripe's, and cannot be changed."]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        self.made = credit_notes.issue(
            invoice=self.row, wanted=self.asked.wanted(), note=data["note"], seen=self._preview(), by=by
        )
        if self.made.status == CreditNote.Status.UNKNOWN:
            return Outcome(messages.WARNING, IN_DOUBT)
        return Outcome(messages.SUCCESS, f"Credit note {self.made.number} over {self.say(self.made.total)} is issued.")

    def _sums(self, shown: Preview) -> list[str]:
        made_of = [f"{self.say(shown.subtotal)} of the lines"]
        if shown.discount.minor:
            made_of.append(f"less {self.say(shown.discount)} discount")
        if shown.tax.minor:
            made_of.append(f"with {self.say(shown.tax)} tax")
        return [f"A credit note over {self.say(shown.total)} is issued: {', '.join(made_of)}.", *self._named()]

    def _named(self) -> list[str]:
        """The lines, as long as somebody would read them."""
        parts = self.asked.wanted().parts
        return [self._part(part) for part in parts] if len(parts) <= SHOWN_PARTS else []

    def _part(self, part: Part) -> str:
        if part.quantity is not None:
            return f"{part.line.description}: {part.quantity} of {part.line.quantity} pieces."
        return f"{part.line.description}: {self.say(Money(part.amount or 0, part.line.currency))} before tax."

    def _effects(self, shown: Preview) -> list[str]:
        lines = []
        if shown.set_off.minor:
            lines.append(f"{self.say(shown.set_off)} less are owed on the invoice.")
        if shown.given.minor:
            goes = _GIVES[self.asked.wanted().gives].lower()
            lines.append(f"{self.say(shown.given)} that were paid go {goes}.")
        return lines

    def _preview(self) -> Preview | None:
        if self.shown is None and not self.unshown and self.asked.is_bound and self.asked.is_valid():
            try:
                self.shown = credit_notes.preview(invoice=self.row, wanted=self.asked.wanted())
            except DomainError as error:
                self.unshown = why(error)
        return self.shown

    def _back(self, outcome: Outcome) -> HttpResponseRedirect:
        back = super()._back(outcome)
        return HttpResponseRedirect(links.url(self.made)) if self.made else back
