"""What staff may do with a subscription, each behind a confirmation that shows its effect in money."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import messages

from billing.admin.subscription_page import money
from billing.models import Subscription
from billing.services import cancellations, plan_changes, schedules, subscription_wishes, subscriptions
from billing.services.cancellations import Rest
from config.base.actor import Actor
from config.base.console import display
from config.base.console.confirmation import ConfirmedView, Data, Outcome
from config.base.console.display import Tone
from config.base.errors import DomainError
from payments.admin import words
from payments.admin.payment_actions import IN_DOUBT
from payments.models import OutboundCall, PaymentMethod

_INPUT = {"class": "cf-input"}


class ReasonForm(forms.Form):
    reason = forms.CharField(
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={**_INPUT, "rows": 2}),
        help_text="Why, in our words. Stays here.",
    )


class SubscriptionView(ConfirmedView[Subscription]):
    """Decisions stand on what the subscription was when the page was read."""

    form_class: ClassVar[type[forms.Form]] = ReasonForm

    def state(self) -> str:
        row = self.row
        kept = [row.status, row.cancel_at_period_end, row.cancel_at, row.pause_behavior, row.schedule_id]
        return f"{kept} {plan_changes.state(row)}"

    def refusal(self) -> str:
        if doubt := subscription_wishes.in_doubt(self.row):
            return f"Stripe has not answered the {doubt.action} of this subscription yet. Wait until it has settled."
        return ""

    def until(self) -> str:
        """The day on which what is paid for ends."""
        ends = [item.current_period_end for item in plan_changes.items_of(self.row) if item.current_period_end]
        return f"{min(ends):%-d %b %Y}" if ends else "the end of its period"


def told(call: OutboundCall, done: str) -> Outcome:
    """How a wish ended."""
    if call.status == OutboundCall.Status.SENT:
        return Outcome(messages.WARNING, IN_DOUBT)
    return Outcome(messages.SUCCESS, done)


class PauseForm(ReasonForm):
    behavior = forms.ChoiceField(
        choices=[
            ("void", "Void them: the customer is not served, and owes nothing"),
            ("keep_as_draft", "Keep them as drafts: the customer is served, and pays later"),
            ("mark_uncollectible", "Write them off: the customer is served for nothing"),
        ],
        label="What becomes of invoices meanwhile",
        widget=forms.Select(attrs=_INPUT),
    )
    resumes_on = forms.DateField(
        required=False,
        widget=forms.DateInput(attrs={**_INPUT, "type": "date"}),
        help_text="Goes on by itself on this day, at midnight UTC. Empty: until somebody resumes it.",
    )
    field_order = ("behavior", "resumes_on", "reason")


class PauseView(SubscriptionView):
    action = "pause"
    permission = "billing.pause_subscription"
    title = "Pause a subscription"
    do_text = "Pause"
    form_class = PauseForm

    def consequences(self, data: Data) -> Sequence[object]:
        day = data["resumes_on"]
        return [
            f"From now on nothing is collected from {self.row.customer} for this subscription.",
            {
                "void": "Invoices made meanwhile are voided. The customer is not let in.",
                "keep_as_draft": "Invoices made meanwhile stay drafts, to be collected later. The customer is let in.",
                "mark_uncollectible": "Invoices made meanwhile are written off. The customer is let in.",
            }[data["behavior"]],
            f"It goes on by itself on {day:%-d %b %Y}." if day else "It goes on when somebody resumes it.",
            "No money moves now; what was paid stays paid.",
        ]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        day = data["resumes_on"]
        resumes_at = datetime.fromisoformat(f"{day}T00:00:00+00:00") if day else None
        call = subscriptions.pause(
            subscription=self.row, behavior=data["behavior"], resumes_at=resumes_at, reason=data["reason"], by=by
        )
        return told(call, "Nothing is collected any more until it is resumed.")


class ResumeView(SubscriptionView):
    action = "resume"
    permission = "billing.pause_subscription"
    title = "Resume a subscription"
    do_text = "Resume"

    def consequences(self, data: Data) -> Sequence[object]:
        if self.row.status == Subscription.Status.PAUSED:
            return [
                "A new period begins today. Stripe makes an invoice for it; the subscription goes on once it is paid.",
                "The amount is that of its prices; see What comes next.",
            ]
        return [
            "Invoices are collected again from the next one on.",
            "Nothing is collected for the time of the pause; drafts that were kept must be finalized by hand.",
        ]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        return told(subscriptions.resume(subscription=self.row, reason=data["reason"], by=by), "It goes on.")


class CancelForm(ReasonForm):
    how = forms.ChoiceField(
        choices=[
            ("period_end", "At the end of what is paid for"),
            ("keep", "Now; what is paid and not used stays with us"),
            ("credit", "Now; what is paid and not used is credited to the customer's balance"),
            ("refund", "Now; what is paid and not used is refunded"),
        ],
        label="When, and what becomes of the rest",
        widget=forms.Select(attrs=_INPUT),
    )
    comment = forms.CharField(
        required=False, max_length=500, widget=forms.Textarea(attrs={**_INPUT, "rows": 2}), label="The customer said",
        help_text="Goes to Stripe with the cancellation.",
    )  # fmt: skip
    field_order = ("how", "comment", "reason")


class CancelView(SubscriptionView):
    action = "cancel"
    permission = "billing.cancel_subscription"
    title = "Cancel a subscription"
    do_text = "Cancel the subscription"
    tone = Tone.BAD
    form_class = CancelForm

    def consequences(self, data: Data) -> Sequence[object]:
        if data["how"] == "period_end":
            return [
                f"{self.row.customer} keeps it until {self.until()}; then it ends and is not renewed.",
                "No money moves. It can be undone until then.",
            ]
        return [
            "It ends now, and the customer is not let in any more.",
            *self._effect(Rest(data["how"])),
            "This cannot be taken back; the customer would have to subscribe anew.",
        ]

    def _effect(self, rest: Rest) -> list[str]:
        try:
            effect = cancellations.effect(subscription=self.row, rest=rest)
        except DomainError as error:
            return [f"What it means in money could not be asked of Stripe: {error.detail}"]
        billed = [f"{money(effect.billed)} of usage are billed at once."] if effect.billed.minor else []
        if rest is Rest.KEEP:
            return [*billed, "Nothing is given back of what was paid."]
        if not effect.given_back.minor:
            return [*billed, "Nothing is left of what was paid, so nothing is given back."]
        where = "credited to the customer's balance" if rest is Rest.CREDIT else "refunded to what they paid with"
        return [*billed, f"{money(effect.given_back)} are {where}."]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        why = {"reason": data["reason"], "comment": data["comment"]}
        if data["how"] == "period_end":
            call = subscriptions.cancel_at_period_end(subscription=self.row, by=by, **why)
            return told(call, f"It ends on {self.until()}.")
        call = cancellations.cancel(subscription=self.row, rest=Rest(data["how"]), by=by, **why)
        return told(call, "The subscription has ended.")


class UndoCancelView(SubscriptionView):
    action = "undo_cancel"
    permission = "billing.cancel_subscription"
    title = "Undo a cancellation"
    do_text = "Let it go on"

    def consequences(self, data: Data) -> Sequence[object]:
        return [f"It renews on {self.until()} as before.", "No money moves now."]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        call = subscriptions.undo_cancel(subscription=self.row, reason=data["reason"], by=by)
        return told(call, "It goes on and renews.")


class UndoChangeView(SubscriptionView):
    action = "undo_change"
    permission = "billing.change_plan_subscription"
    title = "Undo a planned change"
    do_text = "Keep it as it is"

    def consequences(self, data: Data) -> Sequence[object]:
        return [f"It stays as it is, also after {self.until()}.", "No money moves now."]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        call = schedules.release(subscription=self.row, reason=data["reason"], by=by)
        return told(call, "The planned change is taken back.")


class MethodForm(ReasonForm):
    method = forms.ModelChoiceField(PaymentMethod.objects.none(), widget=forms.Select(attrs=_INPUT))
    field_order = ("method", "reason")

    def __init__(self, data: Any, *, row: Subscription) -> None:
        super().__init__(data)
        field = self.fields["method"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = row.customer.payment_methods.filter(status=PaymentMethod.Status.ATTACHED).order_by("-id")


class PaymentMethodView(SubscriptionView):
    action = "payment_method"
    permission = "billing.start_subscription"
    title = "Collect from another payment method"
    do_text = "Use this one"

    def form(self, data: Any = None) -> forms.Form:
        return MethodForm(data, row=self.row)

    def consequences(self, data: Data) -> Sequence[object]:
        return [
            f"The next invoices are collected from {words.method(data['method'])}.",
            "No money moves now; an open invoice is not tried again by this.",
        ]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        call = subscriptions.set_payment_method(
            subscription=self.row, payment_method=data["method"].stripe_id, reason=data["reason"], by=by
        )
        return told(call, f"Collected from {words.method(data['method'])} from now on.")


class ClearFlagsView(SubscriptionView):
    action = "clear_flags"
    permission = "billing.clear_flags_subscription"
    title = "Clear the flags of a subscription"
    do_text = "Clear the flags"

    def state(self) -> str:
        return " ".join(self.row.flags)

    def refusal(self) -> str:
        return "" if self.row.flags else "Nothing is flagged on this subscription."

    def consequences(self, data: Data) -> Sequence[object]:
        return ["It is no longer shown as flagged. No money moves.", "A new fact that breaks a rule flags it anew."]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        subscriptions.clear_flags(subscription=self.row, by=by, reason=data["reason"])
        return Outcome(messages.SUCCESS, "The flags were cleared.")


class RefreshView(SubscriptionView):
    action = "refresh"
    permission = "payments.refresh_payment"
    title = "Refresh from Stripe"
    do_text = "Refresh"
    form_class = forms.Form

    def refusal(self) -> str:
        return "" if self.row.stripe_id else "Stripe has not answered for this subscription yet; it settles by itself."

    def consequences(self, data: Data) -> Sequence[object]:
        return ["The subscription is read from Stripe and written here. No money moves."]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        subscriptions.refresh(subscription=self.row, by=by)
        return Outcome(messages.SUCCESS, f"Read from Stripe: {display.words(self.row.status).lower()}.")


VIEWS: tuple[type[SubscriptionView], ...] = (
    PauseView,
    ResumeView,
    CancelView,
    UndoCancelView,
    UndoChangeView,
    PaymentMethodView,
    ClearFlagsView,
    RefreshView,
)
