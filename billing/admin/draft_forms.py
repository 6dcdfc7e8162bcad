"""The forms of the draft editor: what stands beside the lines, and the lines."""

from collections.abc import Iterator
from datetime import UTC, datetime, time
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.forms import BaseFormSet, formset_factory

from billing.admin.catalog_forms import choice, money, text, whole
from billing.models import CatalogStatus, Coupon, Price, PromotionCode
from billing.services.draft_terms import AUTOMATIC, BY_INVOICE, MOST_LINES, CustomField, Line, Terms
from config.base import card_numbers
from config.base.currencies import CURRENCIES
from config.base.money import Money
from payments.models import Customer

MORE_ROWS, BLANK_ROWS = 5, 3
_LONG = {"class": "cf-input", "rows": 2}
_CARD = "This looks like a card number. It must not be written down here."


def _long(**more: Any) -> forms.CharField:
    return forms.CharField(required=False, widget=forms.Textarea(attrs=_LONG), **more)


class NoCardNumbers(forms.Form):
    """Staff hear card numbers on the phone; what they write on an invoice goes out, so it must not be one."""

    def clean(self) -> dict[str, Any]:
        for name in [name for name, value in self.cleaned_data.items() if card_numbers.in_value(value)]:
            self.add_error(name, _CARD)
        return self.cleaned_data


class TermsForm(NoCardNumbers):
    currency = choice(sorted((code, code.upper()) for code in CURRENCIES))
    collection_method = choice(
        [(BY_INVOICE, "By the customer, from the invoice"), (AUTOMATIC, "From the saved payment method")],
        label="How it is paid",
    )
    days_until_due = forms.IntegerField(
        required=False, min_value=0, max_value=365, label="Days until it is due",
        widget=forms.NumberInput(attrs={"class": "cf-input"}), help_text="Or give the day.",
    )  # fmt: skip
    due_on = forms.DateField(
        required=False, label="Due on", widget=forms.DateInput(attrs={"class": "cf-input", "type": "date"})
    )
    purchase_order = text(required=False, max_length=140, label="Purchase order number")
    memo = _long(max_length=1500, help_text="Customers read it below the lines.")
    footer = _long(max_length=1500)
    custom_fields = _long(help_text="One a line: Project: Spring.")
    coupon = forms.ModelChoiceField(
        Coupon.objects.none(), required=False, empty_label="None", widget=forms.Select(attrs={"class": "cf-input"})
    )
    code = text(required=False, max_length=100, label="Promotion code", help_text="The word; instead of a coupon.")

    def __init__(self, *args: Any, customer: Customer, is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.customer = customer
        coupons = Coupon.objects.filter(account=customer.account_id, status=CatalogStatus.ACTIVE, is_valid=True)
        cast(forms.ModelChoiceField[Coupon], self.fields["coupon"]).queryset = coupons.order_by("-pk")[:200].all()
        if not is_new:
            self.fields["currency"].disabled = True

    def clean_custom_fields(self) -> list[CustomField]:
        return [self._custom(line) for line in self.cleaned_data["custom_fields"].splitlines() if line.strip()]

    def clean_code(self) -> PromotionCode | None:
        word = self.cleaned_data["code"].strip()
        codes = PromotionCode.objects.filter(account=self.customer.account_id, status=CatalogStatus.ACTIVE)
        found = codes.filter(code__iexact=word).first() if word else None
        if word and found is None:
            raise ValidationError("There is no such code that can still be redeemed.")
        return found

    def _custom(self, line: str) -> CustomField:
        name, colon, value = line.partition(":")
        if not colon:
            raise ValidationError(f"“{line.strip()}”: write the name, a colon, and the value.")
        return CustomField(name.strip(), value.strip())

    def terms(self, metadata: dict[str, str]) -> Terms:
        """What the service takes; raises nothing that `clean` has not said."""
        given = self.cleaned_data
        is_sent = given["collection_method"] == BY_INVOICE
        discounts = [found for found in (given["coupon"], given["code"]) if found]
        return Terms(
            collection_method=given["collection_method"],
            days_until_due=given["days_until_due"] if is_sent else None,
            due_date=self._due() if is_sent else None,
            memo=given["memo"],
            footer=given["footer"],
            purchase_order=given["purchase_order"],
            custom_fields=given["custom_fields"],
            discounts=discounts,
            metadata=metadata,
        )

    def _due(self) -> datetime | None:
        """The end of the day where the legal entity is."""
        day = self.cleaned_data["due_on"]
        zone = ZoneInfo(self.customer.account.legal_entity.time_zone or "UTC")
        return datetime.combine(day, time(23, 59, 59), tzinfo=zone).astimezone(UTC) if day else None


def initial_terms(terms: Terms, *, currency: str, zone: str) -> dict[str, Any]:
    """The form's values for a draft's terms."""
    coupons = [chosen for chosen in terms.discounts if isinstance(chosen, Coupon)]
    codes = [chosen for chosen in terms.discounts if isinstance(chosen, PromotionCode)]
    return {
        "currency": currency,
        "collection_method": terms.collection_method,
        "days_until_due": terms.days_until_due,
        "due_on": terms.due_date.astimezone(ZoneInfo(zone or "UTC")).date() if terms.due_date else None,
        "purchase_order": terms.purchase_order,
        "memo": terms.memo,
        "footer": terms.footer,
        "custom_fields": "\n".join(f"{custom.name}: {custom.value}" for custom in terms.custom_fields),
        "coupon": coupons[0].pk if coupons else None,
        "code": codes[0].code if codes else "",
    }


class LineForm(NoCardNumbers):
    """A line: a price of the catalog, or what the amount is for. A row without either is left out."""

    id = forms.CharField(required=False, widget=forms.HiddenInput())
    description = forms.CharField(
        required=False, max_length=500, widget=forms.TextInput(attrs={"class": "cf-input", "autocomplete": "off"})
    )
    price = forms.CharField(
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"class": "cf-input", "list": "cf-prices", "autocomplete": "off"}),
    )
    quantity = whole(initial=1)
    amount = forms.CharField(
        required=False,
        max_length=40,
        label="Amount each",
        widget=forms.TextInput(attrs={"class": "cf-input", "inputmode": "text", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, currency: str, prices: dict[str, Price], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._currency = currency
        self._prices = prices

    def clean_price(self) -> Price | None:
        named = self.cleaned_data["price"].strip()
        if named and named not in self._prices:
            raise ValidationError("There is no such price that is paid once.")
        return self._prices.get(named)

    def clean_amount(self) -> int | None:
        """In minor units; a minus takes something off."""
        written = self.cleaned_data["amount"].strip().replace("\u2212", "-")
        if not written:
            return None
        minor, currency = money(written.lstrip("-"), self._currency)
        if currency != self._currency:
            raise ValidationError(f"The invoice is in {self._currency.upper()}.")
        return -minor if written.startswith("-") else minor

    @property
    def is_blank(self) -> bool:
        """Whether nothing was written in the row."""
        given = self.cleaned_data
        return not (given.get("description") or given.get("price") or given.get("amount") is not None)

    def line(self, kept: Line | None) -> Line:
        """What the service takes; what the editor does not show stays as it was."""
        given = self.cleaned_data
        return Line(
            id=given["id"],
            description=given["description"],
            price=given["price"],
            quantity=given["quantity"] or 1,
            unit_amount=None if given["price"] else given["amount"],
            period_start=kept.period_start if kept else None,
            period_end=kept.period_end if kept else None,
            is_discountable=kept.is_discountable if kept else True,
        )


class _Lines(BaseFormSet[LineForm]):
    """The rows in the order that was typed beside them; taken away and blank ones left out."""

    def standing(self) -> Iterator[LineForm]:
        rows = [form for form in self.forms if not form.cleaned_data.get("DELETE") and not form.is_blank]
        places = {id(form): place for place, form in enumerate(self.forms, start=1)}
        yield from sorted(rows, key=lambda form: (form.cleaned_data.get("ORDER") or places[id(form)], places[id(form)]))


LineFormSet = formset_factory(
    LineForm, formset=_Lines, extra=BLANK_ROWS, can_order=True, can_delete=True, max_num=MOST_LINES,
    absolute_max=MOST_LINES, validate_max=True,
)  # fmt: skip


def initial_line(line: Line, currency: str) -> dict[str, Any]:
    """The row's values for a line."""
    amount = None if line.unit_amount is None else Money(line.unit_amount, currency).decimal
    return {
        "id": line.id,
        "description": line.description,
        "price": line.price.public_id if line.price else "",
        "quantity": line.quantity,
        "amount": "" if amount is None else str(amount),
    }


def offered_prices(customer: Customer) -> dict[str, Price]:
    """Prices that a line can have, by each id that may be typed."""
    rows = Price.objects.filter(
        account=customer.account_id, type=Price.Type.ONE_TIME, status=CatalogStatus.ACTIVE
    ).filter(~Q(stripe_id=None))
    found: dict[str, Price] = {}
    for price in rows.select_related("product").order_by("-pk")[:500]:
        found |= {name: price for name in (price.public_id, price.stripe_id, price.lookup_key) if name}
    return found
