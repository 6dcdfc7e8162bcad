"""Start a subscription for a customer: choose, see what it costs now and next time, confirm."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponseRedirect

from billing.admin.subscription_change import PriceField, prices
from billing.models import CatalogStatus, PromotionCode, Subscription
from billing.services import first_payment, previews, subscription_terms, subscriptions
from billing.services.subscription_terms import AUTOMATIC, BY_INVOICE, Item, Terms
from config.base.actor import Actor
from config.base.console import display
from config.base.console.confirmation import ConfirmedView, Data, Outcome
from config.base.errors import DomainError
from config.base.money import Money
from payments.admin import links, words
from payments.admin.payment_actions import IN_DOUBT
from payments.models import Customer, PaymentMethod
from payments.services import parking

ROWS = (1, 2, 3)
_INPUT = {"class": "cf-input"}


def _whole(most: int, **more: Any) -> forms.IntegerField:
    widget = forms.NumberInput(attrs=_INPUT)
    return forms.IntegerField(required=False, min_value=1, max_value=most, widget=widget, **more)


def _choice(choices: Sequence[tuple[str, str]], **more: Any) -> forms.ChoiceField:
    return forms.ChoiceField(choices=list(choices), widget=forms.Select(attrs=_INPUT), **more)


class StartForm(forms.Form):
    """Up to three prices, and how they are billed."""

    def __init__(self, data: Any, *, customer: Customer) -> None:
        super().__init__(data)
        self.customer = customer
        offered = prices(customer.account_id)
        for row in ROWS:
            self.fields[f"price_{row}"] = PriceField(
                offered, required=row == 1, label="Price" if row == 1 else f"Price {row}", empty_label="None",
                widget=forms.Select(attrs=_INPUT),
            )  # fmt: skip
            self.fields[f"quantity_{row}"] = _whole(10**9, label="Quantity", initial=1 if row == 1 else None)
        self.fields |= self._terms()

    def _terms(self) -> dict[str, forms.Field]:
        methods = self.customer.payment_methods.filter(status=PaymentMethod.Status.ATTACHED).order_by("-id")
        return {
            "collection": _choice(
                [(AUTOMATIC, "From a saved payment method"), (BY_INVOICE, "By an invoice that is sent")],
                label="How it is paid",
            ),
            "days_until_due": _whole(365, label="Days until an invoice is due", help_text="For sent invoices only."),
            "method": forms.ModelChoiceField(
                methods, required=False, empty_label="The customer's default", widget=forms.Select(attrs=_INPUT)
            ),
            "collect_now": forms.BooleanField(
                required=False, initial=True, widget=forms.CheckboxInput(attrs={"class": "cf-check"}),
                label="Collect the first invoice at once",
            ),
            "trial_days": _whole(730, label="Days of trial"),
            "at_trial_end": _choice(
                [("create_invoice", "A method is there: collect"), ("pause", "Pause it"), ("cancel", "End it")],
                label="At the trial's end without a payment method",
            ),
            "code": forms.CharField(
                required=False, max_length=100, label="Promotion code", widget=forms.TextInput(attrs=_INPUT)
            ),
            "anchor_day": _whole(31, label="Renews on this day of the month"),
            "backdated_to": forms.DateField(
                required=False, widget=forms.DateInput(attrs={**_INPUT, "type": "date"}), label="Begins in the past, on"
            ),
            "reason": forms.CharField(
                required=False, max_length=500, widget=forms.Textarea(attrs={**_INPUT, "rows": 2}),
                help_text="Why, in our words. Stays here.",
            ),
        }  # fmt: skip

    def clean_code(self) -> PromotionCode | None:
        word = self.cleaned_data["code"].strip()
        codes = PromotionCode.objects.filter(account=self.customer.account_id, status=CatalogStatus.ACTIVE)
        found = codes.filter(code__iexact=word).first() if word else None
        if word and found is None:
            raise forms.ValidationError("There is no such code that can still be redeemed.")
        return found

    def clean(self) -> dict[str, Any]:
        """What the service would refuse is said before anything is shown."""
        if not self.errors:
            try:
                subscription_terms.check(self.customer, self.items(self.cleaned_data), self.terms(self.cleaned_data))
            except DomainError as error:
                self.add_error(None, error.detail)
        return self.cleaned_data

    def items(self, data: Data) -> list[Item]:
        """What is subscribed to."""
        chosen = [(data[f"price_{row}"], data[f"quantity_{row}"]) for row in ROWS if data[f"price_{row}"]]
        return [Item(price, quantity if price.usage_type != "metered" else None) for price, quantity in chosen]

    def terms(self, data: Data) -> Terms:
        """How it is billed."""
        day, method = data["backdated_to"], data["method"]
        return Terms(
            collection_method=data["collection"],
            days_until_due=data["days_until_due"],
            payment_method=method.stripe_id if method else "",
            trial_days=data["trial_days"],
            trial_end_behavior=data["at_trial_end"],
            promotion_code=data["code"] or None,
            anchor_day=data["anchor_day"],
            backdated_to=datetime.combine(day, time(), tzinfo=UTC) if day else None,
        )


class StartView(ConfirmedView[Customer]):
    action = "start_subscription"
    permission = "billing.start_subscription"
    title = "Start a subscription"
    do_text = "Start it"
    made: Subscription | None = None

    def form(self, data: Any = None) -> StartForm:
        return StartForm(data, customer=self.row)

    def refusal(self) -> str:
        try:
            parking.ensure_may_be_billed(self.row)
        except DomainError as error:
            return error.detail
        return "" if self.row.status == Customer.Status.ACTIVE else "Stripe does not know this customer any more."

    def state(self) -> str:
        return f"{self.row.status} {self.row.default_payment_method_id} {self.row.subscriptions.count()}"

    def facts(self) -> Sequence[object]:
        method = words.method(self.row.default_payment_method)
        return [f"For {self.row} ({self.row.email}). Default payment method: {method or 'none'}."]

    def consequences(self, data: Data) -> Sequence[object]:
        form = self.form()
        items, terms = form.items(data), form.terms(data)
        what = ", ".join(f"{item.price.product}{f' × {item.quantity}' if item.quantity else ''}" for item in items)
        return [f"{self.row} subscribes to {what}.", *self._priced(items, terms), *self._collected(data, terms)]

    def _priced(self, items: Sequence[Item], terms: Terms) -> Iterator[str]:
        try:
            preview = previews.of_start(self.row, items, terms)
        except DomainError as error:
            yield f"What it costs could not be asked of Stripe: {getattr(error, 'staff', '') or error.detail}"
            return
        for line in preview.lines:
            yield f"{line.description}: {_money(line.amount, line.currency)}"
        yield f"The first invoice is {preview.total.format(display.locale())}."

    def _collected(self, data: Data, terms: Terms) -> Iterator[str]:
        if terms.has_trial:
            yield f"Nothing is collected during the trial of {terms.trial_days} days."
        elif terms.collection_method == BY_INVOICE:
            yield f"The invoice is sent, and due within {terms.days_until_due} days."
        elif data["collect_now"] and subscription_terms.has_method(self.row, terms):
            method = words.method(data["method"] or self.row.default_payment_method)
            yield f"It is collected at once from {method}; if that fails, the subscription does not begin."
        else:
            yield "It begins once the customer has paid the first invoice; unpaid, it expires after 23 hours."

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        form = self.form()
        terms = form.terms(data)
        self.made = subscriptions.start(
            customer=self.row, items=form.items(data), terms=terms, reason=data["reason"], by=by
        )
        waits = self.made.status == Subscription.Status.INCOMPLETE
        if waits and data["collect_now"] and subscription_terms.has_method(self.row, terms):
            first_payment.collect(subscription=self.made, by=by)
        return _outcome(self.made)

    def _back(self, outcome: Outcome) -> HttpResponseRedirect:
        back = super()._back(outcome)
        return HttpResponseRedirect(links.url(self.made)) if self.made else back


def _outcome(made: Subscription) -> Outcome:
    if made.status == Subscription.Status.UNKNOWN:
        return Outcome(messages.WARNING, IN_DOUBT)
    if made.status == Subscription.Status.INCOMPLETE:
        return Outcome(messages.WARNING, "It waits for its first payment.")
    return Outcome(messages.SUCCESS, f"The subscription is {made.status.replace('_', ' ')}.")


def _money(minor: int, currency: str) -> str:
    return Money(minor, currency).format(display.locale())


class CustomerForm(forms.Form):
    """For whom; asked only where the way here did not tell."""

    customer = forms.CharField(
        max_length=200,
        widget=forms.TextInput(attrs={**_INPUT, "autocomplete": "off"}),
        help_text="Their id (cust_… or cus_…) or e-mail address.",
    )

    def clean_customer(self) -> Customer:
        text = self.cleaned_data["customer"].strip()
        known = Customer.objects.filter(status=Customer.Status.ACTIVE)
        found = list(
            (known.filter(public_id=text) | known.filter(stripe_id=text) | known.filter(email__iexact=text))[:2]
        )
        if len(found) != 1:
            raise forms.ValidationError("There is no such customer." if not found else "Several have it: give the id.")
        return found[0]
