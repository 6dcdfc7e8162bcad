"""Where to read on: our own pages about a row, and Stripe's."""

from django.conf import settings
from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.base.console import display
from config.base.models import StripeAccount

_DASHBOARD = "https://dashboard.stripe.com"


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
        return display.code(stripe_id)
    mode = "" if account.livemode else "test/"
    return format_html(
        "{} {}",
        display.code(stripe_id),
        display.link(f"{_DASHBOARD}/{account.stripe_id}/{mode}{path}/{stripe_id}", "Stripe", external=True),
    )
