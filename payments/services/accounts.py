"""The Stripe account that our key opens: one row a mode, made from what Stripe says of it."""

from django.conf import settings
from django.db import IntegrityError, transaction

from config.base.models import LegalEntity, StripeAccount
from payments import gateway
from payments.failures import JsonObject
from payments.stripe_fields import nested, text


def current() -> StripeAccount:
    """The account of our key; asked of Stripe and kept the first time. Holds no transaction open."""
    known = StripeAccount.objects.filter(livemode=settings.STRIPE_LIVE_MODE).order_by("pk").first()
    return known or _introduce(at_stripe())


def at_stripe() -> JsonObject:
    """Stripe's own words on the account of our key; raises StripeFailure."""
    return gateway.get("/v1/account", account="own")


def _introduce(body: JsonObject) -> StripeAccount:
    """Make the rows; whoever is second takes those of the first."""
    try:
        with transaction.atomic():
            return _make(body)
    except IntegrityError:
        return StripeAccount.objects.get(stripe_id=body["id"], livemode=settings.STRIPE_LIVE_MODE)


def _make(body: JsonObject) -> StripeAccount:
    dashboard = nested(nested(body, "settings"), "dashboard")
    profile = nested(body, "business_profile")
    name = text(profile, "name") or text(dashboard, "display_name")
    currency = text(body, "default_currency") or "usd"
    entity = LegalEntity.objects.order_by("pk").first() or LegalEntity.objects.create(
        name=name or body["id"],
        country=text(body, "country"),
        currency=currency,
        time_zone=text(dashboard, "timezone") or "UTC",
        support_email=text(profile, "support_email"),
    )
    return StripeAccount.objects.create(
        legal_entity=entity,
        stripe_id=body["id"],
        livemode=settings.STRIPE_LIVE_MODE,
        country=text(body, "country"),
        default_currency=currency,
        display_name=text(dashboard, "display_name") or name,
    )
