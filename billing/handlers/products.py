"""State of a product → Product. How subscriptions to it behave is ours, and stays."""

from billing.handlers import catalog
from billing.models import Product
from config.base.actor import Actor
from config.base.models import StripeAccount
from payments.failures import JsonObject
from payments.stripe_fields import fitting, metadata, moment, reference, text


def apply(*, account: StripeAccount, body: JsonObject, by: Actor, source: str) -> None:
    """Write what Stripe says of the product; running twice on the same snapshot changes nothing."""
    if body.get("deleted"):
        catalog.delete(Product, body, noun="product", by=by, source=source)
        return
    product = catalog.row_of(Product, body, account=account, by=by)
    facts = {
        "stripe_id": body["id"],
        "name": body["name"],
        "description": text(body, "description"),
        "unit_label": text(body, "unit_label"),
        "tax_code": reference(body, "tax_code"),
        "statement_descriptor": text(body, "statement_descriptor"),
        "metadata": metadata(body),
        "stripe_created_at": moment(body["created"]),
    }
    told = fitting(Product, facts)
    catalog.write(product, told, noun="product", is_active=body["active"], by=by, source=source)
