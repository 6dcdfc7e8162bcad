"""What staff may do with a payment, each behind its confirmation."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages

from config.base.actor import Actor
from config.base.console import display
from config.base.console.amounts import AmountField
from config.base.console.confirmation import ConfirmedView, Data, Outcome
from config.base.console.display import Tone
from config.base.money import Money
from payments.admin import words
from payments.models import OutboundCall, Payment, Refund
from payments.services import payments as service
from payments.services import refunds

IN_DOUBT = "Stripe has not answered. It may have acted, or not; it settles by itself. Do not ask for it again."


class PaymentView(ConfirmedView[Payment]):
    """Decisions stand on what the payment's money and status were when the page was read."""

    def state(self) -> str:
        left = refunds.refundable(self.row)
        return f"{self.row.status} {self.row.amount_capturable_minor} {self.row.amount_received_minor} {left.minor}"

    def refusal(self) -> str:
        if doubt := service.in_doubt(self.row):
            return f"Stripe has not answered the {doubt.action} of this payment yet. Wait until it has settled."
        return ""

    def say(self, amount: Money) -> str:
        return amount.format(display.locale())

    @property
    def who(self) -> str:
        """To whom the money goes, or from whom it comes."""
        customer = self.row.customer
        name = f"{customer} ({customer.email})" if customer and customer.email else str(customer or "the payer")
        method = words.method(self.row.payment_method)
        return f"{method} of {name}" if method else name


class RefundForm(forms.Form):
    reason = forms.ChoiceField(
        required=False,
        choices=[
            ("", "Another reason"),
            *((r.value, display.words(r.value)) for r in Refund.Reason if r.value[0] != "e"),
        ],
        widget=forms.Select(attrs={"class": "cf-input"}),
        help_text="Goes to Stripe. “Fraudulent” also puts the card and e-mail on the account's block list.",
    )
    note = forms.CharField(
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"class": "cf-input", "rows": 3}),
        help_text="Why, in our words. Stays here. Needed when no reason is chosen.",
    )

    def __init__(self, data: Any, *, left: Money) -> None:
        super().__init__(data)
        self.fields = {"amount": AmountField(at_most=left), **self.fields}

    def clean(self) -> dict[str, Any]:
        if not self.cleaned_data.get("reason") and not self.cleaned_data.get("note"):
            self.add_error("note", "Say why: choose a reason or write a note.")
        return self.cleaned_data


class RefundView(PaymentView):
    action = "refund"
    permission = "payments.refund_payment"
    title = "Refund a payment"
    do_text = "Refund"

    def refusal(self) -> str:
        if dispute := refunds.dispute_of(self.row):
            amount = self.say(dispute.amount)
            return f"The customer's bank takes {amount} back. Stripe refunds nothing: they would be paid twice."
        if refunds.refundable(self.row).minor <= 0:
            return "Nothing is left to refund: all that was received is refunded, or being refunded."
        return ""

    def form(self, data: Any = None) -> forms.Form:
        return RefundForm(data, left=refunds.refundable(self.row))

    def facts(self) -> Sequence[object]:
        left = refunds.refundable(self.row)
        return [f"{self.say(self.row.received)} were received from {self.who}; {self.say(left)} can be refunded."]

    def consequences(self, data: Data) -> Sequence[object]:
        amount: Money = data["amount"]
        after = refunds.refundable(self.row) - amount
        lines = [
            f"{self.say(amount)} go back to {self.who}.",
            f"Of {self.say(self.row.received)} received, {self.say(after)} can still be refunded afterwards.",
            "Stripe is asked at once. A refund cannot be taken back.",
        ]
        if data["reason"] == Refund.Reason.FRAUDULENT:
            lines.append("Stripe puts the card and e-mail on the account's block list.")
        return lines

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        refund = refunds.create(
            payment=self.row, amount=data["amount"], reason=data["reason"], note=data["note"], by=by
        )
        return _refund_outcome(refund, self.say(refund.amount))


def _refund_outcome(refund: Refund, amount: str) -> Outcome:
    if refund.status == Refund.Status.UNKNOWN:
        return Outcome(messages.WARNING, f"Refund of {amount}: {IN_DOUBT}")
    if refund.status == Refund.Status.REQUIRES_ACTION:
        return Outcome(messages.WARNING, f"Refund of {amount}: the customer must tell Stripe where to send it.")
    if refund.status in Refund.VOID:
        return Outcome(messages.ERROR, f"Refund of {amount} {refund.status}. {refund.failure_message}".strip())
    is_done = refund.status == Refund.Status.SUCCEEDED
    return Outcome(messages.SUCCESS, f"{amount} {'were refunded' if is_done else 'are on their way back'}.")


class CaptureForm(forms.Form):
    def __init__(self, data: Any, *, reserved: Money) -> None:
        super().__init__(data)
        self.fields["amount"] = AmountField(at_most=reserved)


class CaptureView(PaymentView):
    action = "capture"
    permission = "payments.capture_payment"
    title = "Capture a payment"
    do_text = "Capture"

    def refusal(self) -> str:
        if self.row.status != Payment.Status.REQUIRES_CAPTURE:
            return f"Nothing is reserved: the payment is {self.row.status.replace('_', ' ')}."
        return super().refusal()

    def form(self, data: Any = None) -> forms.Form:
        return CaptureForm(data, reserved=self._reserved)

    def facts(self) -> Sequence[object]:
        return [f"{self.say(self._reserved)} are reserved on {self.who}."]

    def consequences(self, data: Data) -> Sequence[object]:
        amount: Money = data["amount"]
        rest = self._reserved - amount
        released = [f"{self.say(rest)} are released and cannot be captured later."] if rest.minor else []
        return [f"{self.say(amount)} are taken from {self.who}.", *released]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        call = service.capture(payment=self.row, amount=data["amount"], by=by)
        return _outcome(call, f"{self.say(data['amount'])} were captured.")

    @property
    def _reserved(self) -> Money:
        return Money(self.row.amount_capturable_minor, self.row.currency)


class CancelForm(forms.Form):
    reason = forms.ChoiceField(
        required=False,
        choices=[(word, display.words(word) if word else "Another reason") for word in (
            "", "duplicate", "fraudulent", "requested_by_customer", "abandoned",
        )],
        widget=forms.Select(attrs={"class": "cf-input"}),
    )  # fmt: skip


class CancelView(PaymentView):
    action = "cancel"
    permission = "payments.cancel_payment"
    title = "Cancel a payment"
    do_text = "Cancel the payment"
    tone = Tone.BAD
    form_class = CancelForm

    def refusal(self) -> str:
        if self.row.status not in Payment.CANCELABLE:
            return f"The payment is {self.row.status.replace('_', ' ')}; it cannot be canceled any more."
        return super().refusal()

    def consequences(self, data: Data) -> Sequence[object]:
        reserved = Money(self.row.amount_capturable_minor, self.row.currency)
        released = [f"{self.say(reserved)} reserved on {self.who} are released."] if reserved.minor else []
        return [
            f"The payment of {self.say(self.row.amount)} from {self.who} ends; nobody can pay it any more.",
            *released,
            "This cannot be taken back. To be paid later, ask for a new payment.",
        ]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        call = service.cancel(payment=self.row, reason=data["reason"], by=by)
        return _outcome(call, "The payment was canceled.")


class RefreshView(PaymentView):
    action = "refresh"
    permission = "payments.refresh_payment"
    title = "Refresh from Stripe"
    do_text = "Refresh"

    def refusal(self) -> str:
        return "" if self.row.stripe_id else "Stripe has not answered for this payment yet; it settles by itself."

    def consequences(self, data: Data) -> Sequence[object]:
        return ["The payment and its refunds are read from Stripe and written here. No money moves."]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        service.refresh(payment=self.row, by=by)
        return Outcome(messages.SUCCESS, f"Read from Stripe: {display.words(self.row.status).lower()}.")


class ClearFlagsForm(forms.Form):
    reason = forms.CharField(
        max_length=500,
        widget=forms.Textarea(attrs={"class": "cf-input", "rows": 3}),
        help_text="What was looked at, and what was done about it.",
    )


class ClearFlagsView(PaymentView):
    action = "clear_flags"
    permission = "payments.clear_flags_payment"
    title = "Clear the flags of a payment"
    do_text = "Clear the flags"
    form_class = ClearFlagsForm

    def state(self) -> str:
        return " ".join(self.row.flags)

    def refusal(self) -> str:
        return "" if self.row.flags else "Nothing is flagged on this payment."

    def consequences(self, data: Data) -> Sequence[object]:
        return [
            "The payment is no longer shown as flagged. No money moves.",
            "A new fact that breaks a rule flags it anew.",
        ]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        service.clear_flags(payment=self.row, by=by, reason=data["reason"])
        return Outcome(messages.SUCCESS, "The flags were cleared.")


def _outcome(call: OutboundCall, done: str) -> Outcome:
    if call.status == OutboundCall.Status.SENT:
        return Outcome(messages.WARNING, IN_DOUBT)
    return Outcome(messages.SUCCESS, done)
