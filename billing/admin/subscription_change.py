"""Change a subscription: choose, see what it costs now and next time, confirm exactly that."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.urls import reverse

from billing.admin import catalog_words
from billing.admin.subscription_actions import SubscriptionView
from billing.models import CatalogStatus, Price, Quote, Subscription, SubscriptionItem
from billing.services import plan_changes, proration_words, quotes
from billing.services.plan_changes import ItemChange
from billing.services.quotes import QuoteExpired
from config.base.actor import Actor
from config.base.console.confirmation import Data, Outcome, actor
from config.base.errors import DomainError
from payments.admin.payment_actions import IN_DOUBT

_INPUT = {"class": "cf-input"}


class PriceField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic in the stubs alone
    """A price, said with its product, amount and rhythm."""

    def label_from_instance(self, obj: Any) -> str:
        name = f"{obj.product}: {catalog_words.amount(obj)} {catalog_words.rhythm(obj)}"
        return f"{name} ({obj.nickname})" if obj.nickname else name


def prices(account_id: int, currency: str = "") -> QuerySet[Price]:
    """What can newly be subscribed to, by product."""
    active = Price.objects.filter(
        account=account_id, status=CatalogStatus.ACTIVE, product__status=CatalogStatus.ACTIVE, type=Price.Type.RECURRING
    )
    if currency:
        active = active.filter(Q(currency=currency) | Q(currencies__currency=currency)).distinct()
    return active.select_related("product").order_by("product__name", "id")


class ChangeForm(forms.Form):
    """A price and a quantity for each item, one more item, when, and why."""

    def __init__(self, data: Any, *, row: Subscription) -> None:
        super().__init__(data)
        self.items = plan_changes.items_of(row)
        offered = prices(row.account_id, row.currency)
        for item in self.items:
            self._add_item(item, offered)
        self.fields["more"] = PriceField(
            offered, required=False, label="One more price", empty_label="None", widget=forms.Select(attrs=_INPUT)
        )
        self.fields["more_quantity"] = _whole(label="Quantity of it", required=False)
        self.fields["when"] = forms.ChoiceField(
            choices=[("now", "Now: prorated and collected at once"), ("period_end", "At the end of the period")],
            widget=forms.Select(attrs=_INPUT),
        )
        self.fields["reason"] = forms.CharField(
            required=False, max_length=500, widget=forms.Textarea(attrs={**_INPUT, "rows": 2}),
            help_text="Why, in our words. Stays here.",
        )  # fmt: skip
        self.fields["quote"] = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput())

    def _add_item(self, item: SubscriptionItem, offered: QuerySet[Price]) -> None:
        is_offered = item.price.status == CatalogStatus.ACTIVE
        keep = "Remove this item" if len(self.items) > 1 else None
        choices = offered if is_offered else prices(item.price.account_id) | Price.objects.filter(pk=item.price_id)
        self.fields[f"price_{item.pk}"] = PriceField(
            choices, required=keep is None, label=f"{item.price.product}", empty_label=keep,
            initial=item.price_id, widget=forms.Select(attrs=_INPUT),
        )  # fmt: skip
        if item.quantity is not None:
            self.fields[f"quantity_{item.pk}"] = _whole(label=f"{item.price.product}, quantity", initial=item.quantity)

    def changes(self, data: Data) -> list[ItemChange]:
        """What was chosen, for the items that would be other ones, and for one more."""
        return [*self._of_items(data), *self._one_more(data)]

    def _of_items(self, data: Data) -> Iterator[ItemChange]:
        for item in self.items:
            price, quantity = data[f"price_{item.pk}"], data.get(f"quantity_{item.pk}")
            if price is None:
                yield ItemChange(item=item, is_removed=True)
            elif (price.pk, quantity) != (item.price_id, item.quantity):
                yield ItemChange(item=item, price=price, quantity=quantity if price.usage_type != "metered" else None)

    def _one_more(self, data: Data) -> Iterator[ItemChange]:
        if data["more"]:
            yield ItemChange(price=data["more"], quantity=data["more_quantity"])


def _whole(**more: Any) -> forms.IntegerField:
    return forms.IntegerField(min_value=1, max_value=10**9, widget=forms.NumberInput(attrs=_INPUT), **more)


class ChangeView(SubscriptionView):
    action = "plan"
    permission = "billing.change_plan_subscription"
    title = "Change a subscription"
    do_text = "Confirm this price"
    quote: Quote | None = None
    fresh: Quote | None = None

    def refusal(self) -> str:
        if self.row.status not in quotes.CHANGEABLE:
            return f"The subscription is {self.row.status.replace('_', ' ')}; its plan cannot be changed."
        return super().refusal()

    def form(self, data: Any = None) -> ChangeForm:
        """A price is asked for anew each time that something is chosen."""
        sent = data.copy() if data is not None else None
        if sent is not None and sent.get("step") not in {None, "do"}:
            sent["quote"] = ""
        return ChangeForm(sent, row=self.row)

    def facts(self) -> Sequence[object]:
        return ["The next page shows what Stripe would bill. Nothing changes before you confirm that."]

    def get(self, request: HttpRequest, **_: Any) -> HttpResponseBase:
        """Empty, or with the new price of a change whose old price was no longer true."""
        quote = self.row.quotes.filter(public_id=request.GET.get("quote", ""), status=Quote.Status.OPEN).first()
        if quote is None:
            return self._ask(self.form())
        form = self.form(_data(quote, self.form()))
        form.is_valid()
        return self._show_consequences(form, form.cleaned_data)

    def post(self, request: HttpRequest, **more: Any) -> HttpResponseBase:
        """As everywhere; what cannot be quoted is said above the form."""
        try:
            return super().post(request, **more)
        except DomainError as error:
            form = self.form(request.POST)
            form.add_error(None, f"{error.title}. {getattr(error, 'staff', '') or error.detail}")
            return self._ask(form)

    def consequences(self, data: Data) -> Sequence[object]:
        quote = self._priced(data)
        when = "now" if quote.when == Quote.When.NOW else f"on {self.until()}, at the end of the period"
        what = "; ".join(map(_words, plan_changes.from_json(self.row, quote.change)))
        return [f"{self.row.customer}, {when}: {what}.", *proration_words.sentences(quote), _PROMISE]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        quote = self._priced(data)
        try:
            quote = quotes.confirm(quote=quote, by=by)
        except QuoteExpired as expired:
            self.fresh = expired.quote
            return Outcome(messages.WARNING, "The price has changed meanwhile. Nothing was collected or changed.")
        if quote.status == Quote.Status.CONFIRMING:
            return Outcome(messages.WARNING, IN_DOUBT)
        if quote.when == Quote.When.PERIOD_END:
            return Outcome(messages.SUCCESS, f"It is changed on {self.until()}.")
        paid = f" {proration_words.today(quote)}" if quote.due_now_minor else ""
        return Outcome(messages.SUCCESS, f"The subscription was changed.{paid}".replace("To pay today", "Collected"))

    def _priced(self, data: Data) -> Quote:
        if self.quote is None and data.get("quote"):
            self.quote = self.row.quotes.filter(public_id=data["quote"]).first()
        if self.quote is None:
            self.quote = quotes.make(
                subscription=self.row,
                change=self.form().changes(data),
                when=data["when"],
                reason=data["reason"],
                by=actor(self.request),
            )
        return self.quote

    def _show_consequences(self, form: forms.Form, data: Data, *notices: Any) -> HttpResponseBase:
        quote = self._priced(data)
        held = QueryDict(mutable=True)
        held.update({**form.data, "quote": quote.public_id})
        form.data = held
        return super()._show_consequences(form, data, *notices)

    def _back(self, outcome: Outcome) -> HttpResponseRedirect:
        back = super()._back(outcome)
        if self.fresh is None:
            return back
        here = reverse("admin:billing_subscription_plan", args=[self.row.pk])
        return HttpResponseRedirect(f"{here}?quote={self.fresh.public_id}")


_PROMISE = "The price holds for 15 minutes. If it is another one by then, nothing is collected and you see the new one."


def _words(change: ItemChange) -> str:
    """`Studio at €29.00 monthly × 3 becomes Studio at €59.00 monthly × 3`."""
    new = _priced(change.new_price, change.new_quantity)
    if change.item is None:
        return f"{new} is added"
    old = _priced(change.item.price, change.item.quantity)
    return f"{old} is removed" if change.is_removed else f"{old} becomes {new}"


def _priced(price: Price | None, quantity: int | None) -> str:
    if price is None:
        return ""
    times = f" × {quantity}" if quantity is not None else ""
    return f"{price.product} {catalog_words.cost(price)}{times}"


def _data(quote: Quote, form: ChangeForm) -> QueryDict:
    """The form as it would have been filled in for this quote."""
    data = QueryDict(mutable=True)
    for item in form.items:
        data[f"price_{item.pk}"] = str(item.price_id)
        data[f"quantity_{item.pk}"] = str(item.quantity or "")
    for change in plan_changes.from_json(quote.subscription, quote.change):
        price = "" if change.is_removed or change.price is None else str(change.price.pk)
        if change.item:
            data[f"price_{change.item.pk}"], data[f"quantity_{change.item.pk}"] = price, str(change.quantity or "")
        else:
            data["more"], data["more_quantity"] = price, str(change.quantity or "")
    data["when"], data["reason"], data["quote"] = quote.when, quote.reason, quote.public_id
    return data
