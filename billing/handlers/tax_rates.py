"""State of a tax rate → TaxRate."""

from typing import Any

from billing.handlers import catalog
from billing.handlers.catalog import exactly
from billing.models import TaxRate
from config.base.actor import Actor
from config.base.models import StripeAccount
from payments.failures import JsonObject
from payments.stripe_fields import fitting, metadata, moment, text


def apply(*, account: StripeAccount, body: JsonObject, by: Actor, source: str) -> None:
    """Write what Stripe says of the rate; running twice on the same snapshot changes nothing."""
    if body.get("deleted"):
        catalog.delete(TaxRate, body, noun="tax_rate", by=by, source=source)
        return
    rate = catalog.row_of(TaxRate, body, account=account, by=by)
    facts = fitting(TaxRate, _facts(body))
    catalog.write(rate, facts, noun="tax_rate", is_active=body["active"], by=by, source=source)


def _facts(body: JsonObject) -> dict[str, Any]:
    return {
        "stripe_id": body["id"],
        "display_name": body["display_name"],
        "description": text(body, "description"),
        "percentage": exactly(body["percentage"]),
        "is_inclusive": body["inclusive"],
        "country": text(body, "country"),
        "state": text(body, "state"),
        "jurisdiction": text(body, "jurisdiction"),
        "tax_type": text(body, "tax_type"),
        "metadata": metadata(body),
        "stripe_created_at": moment(body["created"]),
    }
