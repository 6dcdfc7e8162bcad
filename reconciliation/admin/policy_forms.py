"""The forms of rules and tariffs."""

from typing import Any

from django import forms
from django.utils import timezone

from billing.admin.catalog_forms import AccountForm, choice, text
from config.base.currencies import CURRENCIES
from config.base.money import Money
from reconciliation.admin import words
from reconciliation.models import Discrepancy, MatchRule, Tariff
from reconciliation.services import actions, tariffs

Action, Type = MatchRule.Action, Discrepancy.Type
# Differences that may be let pass by a tolerance; all others must be looked at.
TOLERATED = (Type.AMOUNT, Type.FEE, Type.EXCHANGE_DIFFERENCE)
# Far above every charge and share; what is larger is a slip, and more than the database can multiply.
MOST_MINOR, MOST_BASIS_POINTS = 10**12, 10_000
_CURRENCIES = sorted((code, code.upper()) for code in CURRENCIES)


def kinds() -> list[tuple[str, str]]:
    """To which accounts a line, or a payment that has no document, may be booked."""
    return [(kind.value, words.ledger_kind(kind)) for kind in actions.BOOKABLE]


def _minor(help_text: str, **more: Any) -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"class": "cf-input", "min": 0})
    limits = {"min_value": 0, "max_value": MOST_MINOR} | more
    return forms.IntegerField(required=False, widget=widget, help_text=help_text, **limits)


def _reason() -> forms.CharField:
    widget = forms.Textarea(attrs={"class": "cf-input", "rows": 2})
    return forms.CharField(max_length=500, widget=widget, help_text="Why, in our words. Stays in the audit.")


class RuleForm(AccountForm):
    name = text(max_length=120, help_text="Stands at everything that the rule lets pass.")
    action = choice(Action.choices, label="What it does")
    discrepancy_type = choice(
        [("", "–"), *((kind.value, words.name(kind)) for kind in TOLERATED)], required=False,
        label="Difference", help_text="To let a difference pass: which one.",
    )  # fmt: skip
    tolerance_minor = _minor(
        "In the smallest unit of the currency, such as cents: 5 lets 0.05 pass.", label="Tolerance", initial=0
    )
    line_type = text(required=False, max_length=64, help_text="To book lines: Stripe's type, such as network_cost.")
    description_contains = text(required=False, max_length=200, help_text="Only lines whose description has this.")
    ledger_kind = choice([("", "–"), *kinds()], required=False, label="Book to", help_text="To book lines: where.")
    currency = choice([("", "Every currency"), *_CURRENCIES], required=False)
    priority = _minor("Rules are tried by it, the lowest first.", initial=100, max_value=32_000)
    reason = _reason()

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        data["tolerance_minor"] = data.get("tolerance_minor") or 0
        data["priority"] = 100 if data.get("priority") is None else data["priority"]
        for name in self._missing(data):
            self.add_error(name, "This is needed for what it does.")
        return data

    def _missing(self, data: dict[str, Any]) -> list[str]:
        needed: dict[str, list[str]] = {
            Action.ALLOW_DIFFERENCE: ["discrepancy_type", "tolerance_minor"],
            Action.BOOK_LINE: ["line_type", "ledger_kind"],
        }
        return [name for name in needed.get(str(data.get("action")), []) if not data.get(name)]


class TariffForm(AccountForm):
    method = text(max_length=32, initial="card", help_text="As Stripe calls it: card, sepa_debit, us_bank_account.")
    currency = choice(_CURRENCIES, initial="eur", help_text="Of the balance that the fee is taken from.")
    valid_from = forms.DateField(
        widget=forms.DateInput(attrs={"type": "date", "class": "cf-input"}), initial=timezone.localdate,
        help_text="For charges from this day on; the tariff before it holds until then.",
    )  # fmt: skip
    basis_points = _minor(
        "Hundredths of a percent: 290 is 2.9 %.", label="Share", initial=0, max_value=MOST_BASIS_POINTS
    )
    fixed_minor = _minor("On top, in the smallest unit such as cents: 30 is 0.30.", label="Fixed part", initial=0)
    floor_minor = _minor("At least this.", label="At least", initial=0)
    cap_minor = _minor("At most this; empty: no limit.", label="At most")
    extra_basis_points = _minor(
        "What may come on top of the share, such as for cards from abroad: 150 is 1.5 %.",
        label="Share on top, at most", initial=0, max_value=MOST_BASIS_POINTS,
    )  # fmt: skip
    reason = _reason()

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        for name in ("basis_points", "fixed_minor", "floor_minor", "extra_basis_points"):
            data[name] = data.get(name) or 0
        cap = data.get("cap_minor")
        if cap is not None and cap < data["floor_minor"]:
            self.add_error("cap_minor", "This is below the least.")
        return data


def examples(tariff: Tariff) -> list[tuple[Money, Money, Money]]:
    """(charge, least fee, most fee) of three sizes of a charge."""
    unit = 10 ** (CURRENCIES[tariff.currency].exponent if tariff.currency in CURRENCIES else 2)
    charges = [size * unit for size in (10, 100, 1000)]
    found = zip(charges, tariffs.expected(tariff, charges), strict=True)
    return [_in(tariff.currency, charge, least, most) for charge, (least, most) in found]


def _in(currency: str, charge: int, least: int, most: int) -> tuple[Money, Money, Money]:
    return Money(charge, currency), Money(least, currency), Money(most, currency)
