"""The forms of the catalog."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from billing.models import CatalogStatus, Coupon, Price, Product
from billing.services.prices import Amount, Tier
from config.base.console import amounts
from config.base.currencies import CURRENCIES
from config.base.models import StripeAccount

_TEXT = {"class": "cf-input", "autocomplete": "off"}
_LONG = {"class": "cf-input", "rows": 3}


def text(**more: Any) -> forms.CharField:
    return forms.CharField(widget=forms.TextInput(attrs=_TEXT), **more)


def whole(**more: Any) -> forms.IntegerField:
    return forms.IntegerField(required=False, min_value=1, widget=forms.NumberInput(attrs=_TEXT), **more)


def choice(choices: Any, **more: Any) -> forms.ChoiceField:
    return forms.ChoiceField(choices=choices, widget=forms.Select(attrs={"class": "cf-input"}), **more)


class AccountForm(forms.Form):
    """The account is asked for only where there are several."""

    account = forms.ModelChoiceField(
        StripeAccount.objects.order_by("-livemode", "pk"), empty_label=None,
        widget=forms.Select(attrs={"class": "cf-input"}),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["account"]
        if isinstance(field, forms.ModelChoiceField) and field.queryset is not None and field.queryset.count() == 1:
            field.widget, field.initial = forms.HiddenInput(), field.queryset.get().pk


class ProductForm(AccountForm):
    name = text(max_length=250, help_text="Customers read it on invoices.")
    description = forms.CharField(required=False, max_length=1000, widget=forms.Textarea(attrs=_LONG))
    unit_label = text(required=False, max_length=12, help_text="What one piece is called, such as seat.")
    tax_code = text(required=False, max_length=32, help_text="Stripe Tax's code, txcd_…; for stripe_tax only.")
    statement_descriptor = text(required=False, max_length=22, help_text="What the bank statement says.")


class UnitAmountField(forms.CharField):
    """What one piece costs, in major units: `29.00`, `0.0125`. Cleaned to minor units with decimals."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.TextInput(attrs={**_TEXT, "inputmode": "decimal"}), **kwargs)


class PriceForm(forms.Form):
    product = forms.ModelChoiceField(
        Product.objects.filter(status=CatalogStatus.ACTIVE).order_by("name"), widget=forms.Select(attrs=_TEXT)
    )
    nickname = text(required=False, max_length=250, help_text="For colleagues; customers do not read it.")
    currency = choice(sorted((code, code.upper()) for code in CURRENCIES), initial="eur")
    unit_amount = UnitAmountField(required=False, help_text="Each piece, such as 29.00. Leave it empty with tiers.")
    other_currencies = forms.CharField(
        required=False, widget=forms.Textarea(attrs=_LONG), help_text="One a line: usd 31.00. The same price there."
    )
    tiers_mode = choice([("", "No tiers"), ("graduated", "Graduated: each piece at its own tier"),
                         ("volume", "Volume: all pieces at the last tier")], required=False)  # fmt: skip
    tiers = forms.CharField(
        required=False, widget=forms.Textarea(attrs={**_LONG, "rows": 4}),
        help_text="One a line: last piece, amount each, amount at once. Such as: 5 15.00 / 10 12.50 / inf 9.90 20.00",
    )  # fmt: skip
    interval = choice([("", "Paid once"), *Price.Interval.choices], required=False, initial="month")
    interval_count = whole(initial=1, help_text="Every how many of these.")
    divide_by = whole(label="Sold in packs of", help_text="Quantities are rounded up to whole packs.")
    tax_behavior = choice(
        [("exclusive", "Tax is added"), ("inclusive", "Tax is contained"), ("", "Not said")],
        required=False,
        initial="exclusive",
    )
    lookup_key = text(required=False, max_length=200, help_text="A word by which the storefront finds it.")

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if currency := data.get("currency"):
            tiers = self._tiers(data.get("tiers", ""), currency)
            data["amount"] = Amount(unit_amount=self._amount(data.get("unit_amount", ""), currency), tiers=tiers)
            data["others"] = dict(self._other(line) for line in _lines(data.get("other_currencies", "")))
        return data

    def _amount(self, written: str, currency: str) -> Decimal | None:
        return minor_units(written, currency) if written.strip() else None

    def _tiers(self, written: str, currency: str) -> list[Tier]:
        return [self._tier(line, currency) for line in re.split(r"[\n/]", written) if line.strip()]

    def _tier(self, line: str, currency: str) -> Tier:
        end, *written = line.split()
        if not written or len(written) > 2 or not (end == "inf" or end.isdigit()):
            raise ValidationError({"tiers": f"“{line.strip()}” is no tier. Write: last piece, amount, amount at once."})
        values = [minor_units(word, currency) for word in written]
        return Tier(
            up_to=None if end == "inf" else int(end), unit_amount=values[0], flat_amount=dict(enumerate(values)).get(1)
        )

    def _other(self, line: str) -> tuple[str, Amount]:
        code, _, written = line.strip().lower().partition(" ")
        if code not in CURRENCIES:
            raise ValidationError(
                {"other_currencies": f"“{line.strip()}”: write the currency first, such as usd 31.00."}
            )
        return code, Amount(unit_amount=minor_units(written, code))


class CouponForm(AccountForm):
    name = text(required=False, max_length=40, help_text="Customers read it on invoices.")
    percent_off = forms.DecimalField(
        required=False, max_digits=5, decimal_places=2, min_value=Decimal("0.01"), max_value=100,
        widget=forms.NumberInput(attrs=_TEXT), help_text="Such as 20. Or give an amount.",
    )  # fmt: skip
    amount_off = text(required=False, help_text="Such as 5.00. Or give a percentage.")
    currency = choice([("", "–"), *sorted((code, code.upper()) for code in CURRENCIES)], required=False)
    duration = choice([(Coupon.Duration.ONCE, "Once"), (Coupon.Duration.REPEATING, "For some months"),
                       (Coupon.Duration.FOREVER, "Forever")])  # fmt: skip
    duration_in_months = whole(help_text="For how many months, if for some.")
    max_redemptions = whole(help_text="How often altogether.")
    redeem_by = forms.DateTimeField(
        required=False, widget=forms.DateTimeInput(attrs={"class": "cf-input", "type": "datetime-local"}),
        help_text="The last moment to redeem it, in UTC.",
    )  # fmt: skip
    products = forms.ModelMultipleChoiceField(
        Product.objects.filter(status=CatalogStatus.ACTIVE).order_by("name"), required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "cf-check"}), help_text="For these only; none: for all.",
    )  # fmt: skip


class PromotionCodeForm(forms.Form):
    coupon = forms.ModelChoiceField(
        Coupon.objects.filter(status=CatalogStatus.ACTIVE).order_by("-pk"), widget=forms.Select(attrs=_TEXT)
    )
    code = text(max_length=100, help_text="What customers type.")
    max_redemptions = whole(help_text="How often altogether.")
    expires_at = forms.DateTimeField(
        required=False, widget=forms.DateTimeInput(attrs={"class": "cf-input", "type": "datetime-local"}),
        help_text="In UTC.",
    )  # fmt: skip
    first_time_transaction = forms.BooleanField(
        required=False, label="For first purchases only", widget=forms.CheckboxInput(attrs={"class": "cf-check"})
    )
    minimum_amount = text(required=False, help_text="Such as 50.00 eur.")


def minor_units(written: str, currency: str) -> Decimal:
    """What somebody wrote in major units, in minor units with decimals; raises ValidationError.

    `9.905` is a price with a part of a cent; `9,905` and `1.000` may be thousands, and are asked again.
    """
    written, exponent = written.strip(), CURRENCIES[currency].exponent
    found = amounts.read(written)
    readings = found[0] if found and found[1] in {"", currency} else set()
    is_part_of_a_cent = "." in written and not written.endswith("0")
    amount = min(readings, default=None) if is_part_of_a_cent else amounts.meant(readings, exponent)
    if amount is None:
        raise ValidationError(f"“{written}” may mean several things, or none. Write it like 1000.00 or 0.0125.")
    return amount.scaleb(exponent)


def money(written: str, currency: str = "") -> tuple[int, str]:
    """An exact amount that somebody wrote, with its currency; raises ValidationError."""
    found = amounts.read(written)
    code = (found[1] if found else "") or currency
    exponent = CURRENCIES[code].exponent if code in CURRENCIES else 0
    amount = amounts.meant(found[0], exponent) if found and code in CURRENCIES else None
    exact = amounts.minor(amount, exponent) if amount is not None else None
    if exact is None:
        raise ValidationError(f"“{written.strip()}” is no amount. Write it like 50.00 eur.")
    return exact, code


def _lines(written: str) -> list[str]:
    return [line for line in written.splitlines() if line.strip()]
