"""Where to read on: our own pages about a row, and Stripe's."""

from django.conf import settings
from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.base.console import display
from config.base.models import StripeAccount
from payments.models import Customer, Dispute, Payment, PaymentMethod, Refund, SetupIntent

_DASHBOARD = "https://dashboard.stripe.com"
_BY_PREFIX: dict[str, tuple[type[Model], str]] = {
    "pay": (Payment, "public_id"),
    "pi": (Payment, "stripe_id"),
    "ch": (Payment, "latest_charge_id"),
    "py": (Payment, "latest_charge_id"),
    "refund": (Refund, "public_id"),
    "re": (Refund, "stripe_id"),
    "pyr": (Refund, "stripe_id"),
    "dsp": (Dispute, "public_id"),
    "du": (Dispute, "stripe_id"),
    "dp": (Dispute, "stripe_id"),
    "cust": (Customer, "public_id"),
    "cus": (Customer, "stripe_id"),
    "method": (PaymentMethod, "public_id"),
    "pm": (PaymentMethod, "stripe_id"),
    "seti": (SetupIntent, "stripe_id"),
}


def url(row: Model) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def to(row: Model | None, text: object = "") -> SafeString | str:
    """A link to the row's page; empty without a row."""
    return display.link(url(row), text or row) if row else ""


def at_stripe(account: StripeAccount, path: str, stripe_id: str | None) -> SafeString | str:
    """The object's id with a link to Stripe's dashboard. A local Stripe has no dashboard."""
    if not stripe_id:
        return ""
    if settings.STRIPE_API_BASE:
        return display.copied(stripe_id)
    mode = "" if account.livemode else "test/"
    return format_html(
        "{} {}",
        display.copied(stripe_id),
        display.link(f"{_DASHBOARD}/{account.stripe_id}/{mode}{path}/{stripe_id}", "Stripe", external=True),
    )


def by_id(any_id: str | None) -> SafeString | str:
    """An id of ours or Stripe's to copy, and the way to the page of what it names, where we keep that."""
    model, field = _BY_PREFIX.get((any_id or "").partition("_")[0], (None, ""))
    row = model._default_manager.filter(**{field: any_id}).first() if model else None
    return format_html("{} {}", display.copied(any_id), to(row, "Open")) if row else display.copied(any_id)
