"""The Stripe account that our key opens: one row a mode, made from what Stripe says of it."""

from django.conf import settings

from config.base.models import LegalEntity, StripeAccount
from payments import gateway
from payments.failures import JsonObject
from payments.stripe_fields import nested, text


def current() -> StripeAccount:
    """The account of our key; asked of Stripe and kept the first time. Holds no transaction open."""
    known = StripeAccount.objects.filter(livemode=settings.STRIPE_LIVE_MODE).order_by("pk").first()
    return known or _introduce(gateway.get("/v1/account", account="own"))


def _introduce(body: JsonObject) -> StripeAccount:
    name = text(nested(nested(body, "settings"), "dashboard"), "display_name") or text(
        nested(body, "business_profile"), "name"
    )
    currency = text(body, "default_currency") or "usd"
    entity = LegalEntity.objects.order_by("pk").first() or LegalEntity.objects.create(
        name=name or body["id"], country=text(body, "country"), currency=currency
    )
    account, _ = StripeAccount.objects.get_or_create(
        stripe_id=body["id"],
        livemode=settings.STRIPE_LIVE_MODE,
        defaults={
            "legal_entity": entity,
            "country": text(body, "country"),
            "default_currency": currency,
            "display_name": name,
        },
    )
    return account
