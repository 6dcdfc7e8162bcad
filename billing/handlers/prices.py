"""State of a price → Price with its other currencies; and the price that a subscription's item carries whole."""

from typing import Any

from django.db.models import Q

from billing.handlers import catalog
from billing.handlers.catalog import exactly
from billing.handlers.references import product_of
from billing.models import InvoiceLine, Price, PriceCurrency
from config.base.actor import Actor
from config.base.models import StripeAccount
from payments.failures import JsonObject
from payments.services import snapshots
from payments.stripe_fields import fitting, metadata, moment, nested, reference, text


def apply(*, account: StripeAccount, body: JsonObject, by: Actor, source: str) -> None:
    """Write what Stripe says of the price; running twice on the same snapshot changes nothing."""
    if body.get("deleted"):
        catalog.delete(Price, body, noun="price", by=by, source=source)
        return
    price = catalog.row_of(Price, body, account=account, by=by)
    is_known = not price._state.adding
    facts = _facts(body) | {"product_id": product_of(reference(body, "product"), account=account).pk}
    has_more = is_known and _write_currencies(price, body)
    catalog.write(price, facts, noun="price", is_active=body["active"], by=by, source=source, also_changed=has_more)
    if not is_known:
        _write_currencies(price, body)
    if facts["usage_type"] == "metered":
        _tell_lines(body["id"])


def price_of(body: JsonObject, *, account: StripeAccount, by: Actor) -> Price:
    """Our row for a price that was read whole, but without its tiers and currencies: those are asked for."""
    known = Price.objects.filter(stripe_id=body["id"]).first()
    if known:
        return known
    snapshots.want(account=account, kind="price", stripe_id=body["id"])
    if not Price.objects.filter(stripe_id=body["id"]).exists():
        apply(account=account, body=body, by=by, source="")
    return Price.objects.get(stripe_id=body["id"])


def _tell_lines(stripe_id: str) -> None:
    """Lines may have been written before it was known that their price is metered: then no period is theirs alone."""
    taken_for_licensed = InvoiceLine.objects.filter(Q(is_metered=False) | Q(counts=True), price_id=stripe_id)
    taken_for_licensed.update(is_metered=True, counts=False, is_duplicate=False)


def _facts(body: JsonObject) -> dict[str, Any]:
    recurring, transform = nested(body, "recurring"), nested(body, "transform_quantity")
    facts = {
        "stripe_id": body["id"],
        "type": body["type"],
        "nickname": text(body, "nickname"),
        "lookup_key": text(body, "lookup_key"),
        "currency": body["currency"],
        "unit_amount_minor": body.get("unit_amount"),
        "unit_amount_decimal": exactly(body.get("unit_amount_decimal")),
        "billing_scheme": body["billing_scheme"],
        "tiers_mode": text(body, "tiers_mode"),
        "tiers": body.get("tiers") or [],
        "transform_divide_by": transform.get("divide_by"),
        "transform_round": text(transform, "round"),
        "interval": text(recurring, "interval"),
        "interval_count": recurring.get("interval_count") or 0,
        "usage_type": text(recurring, "usage_type"),
        "trial_period_days": recurring.get("trial_period_days"),
        "tax_behavior": text(body, "tax_behavior"),
        "metadata": metadata(body),
        "stripe_created_at": moment(body["created"]),
    }
    return fitting(Price, facts)


def _write_currencies(price: Price, body: JsonObject) -> bool:
    """Whether they differ from before; without them in the snapshot nothing is said of them."""
    options: dict[str, JsonObject] = {
        code: option for code, option in nested(body, "currency_options").items() if code != body["currency"]
    }
    if "currency_options" not in body:
        return False
    known = {row.currency: row for row in price.currencies.all()}
    gone = price.currencies.exclude(currency__in=options)
    changed = bool(gone.delete()[0]) if set(known) - set(options) else False
    for code, option in options.items():
        facts = _in_currency(option)
        row = known.get(code)
        if row is None or any(getattr(row, name) != value for name, value in facts.items()):
            PriceCurrency.objects.update_or_create(price=price, currency=code, defaults=facts)
            changed = True
    return changed


def _in_currency(option: JsonObject) -> dict[str, Any]:
    return {
        "unit_amount_minor": option.get("unit_amount"),
        "unit_amount_decimal": exactly(option.get("unit_amount_decimal")),
        "tiers": option.get("tiers") or [],
        "tax_behavior": text(option, "tax_behavior"),
    }
