"""Products: made, changed and archived, here and at Stripe. Nothing is deleted."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from django.db import transaction

from billing.models import Product
from billing.services import catalog
from config.base import audit, domain_events
from config.base.actor import Actor
from config.base.models import StripeAccount
from payments.models import OutboundCall

PATH = "/v1/products"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How subscriptions to a product behave; ours, Stripe does not know them."""

    grace_period_days: int = 0
    requires_first_payment: bool = True
    renewal_notice_days: int = 0


def create(
    *,
    account: StripeAccount,
    name: str,
    by: Actor,
    description: str = "",
    unit_label: str = "",
    tax_code: str = "",
    statement_descriptor: str = "",
    metadata: Mapping[str, str] | None = None,
    terms: Terms | None = None,
) -> Product:
    """Make a product here and at Stripe. Raises StripeFailure."""
    product = Product(
        account=account,
        name=name,
        description=description,
        unit_label=unit_label,
        tax_code=tax_code,
        statement_descriptor=statement_descriptor,
        metadata=dict(metadata or {}),
        **asdict(terms or Terms()),
    )
    wish = {
        "name": name,
        "description": description,
        "unit_label": unit_label,
        "tax_code": tax_code,
        "statement_descriptor": statement_descriptor,
    }
    catalog.make(product, noun="product", path=PATH, wish=wish, by=by)
    return product


def update(
    *,
    product: Product,
    by: Actor,
    name: str | None = None,
    description: str | None = None,
    unit_label: str | None = None,
    tax_code: str | None = None,
) -> OutboundCall:
    """Change what is given, at Stripe first; empty text clears."""
    wish = {"name": name, "description": description, "unit_label": unit_label, "tax_code": tax_code}
    given = {key: value for key, value in wish.items() if value is not None}
    return catalog.change(product, noun="product", path=PATH, wish=given, by=by)


def archive(*, product: Product, by: Actor) -> OutboundCall:
    """Sell it no more; subscriptions to it go on."""
    return catalog.change(product, noun="product", path=PATH, wish={"active": False}, by=by)


def restore(*, product: Product, by: Actor) -> OutboundCall:
    """Sell it again."""
    return catalog.change(product, noun="product", path=PATH, wish={"active": True}, by=by)


def set_terms(*, product: Product, terms: Terms, by: Actor, reason: str = "") -> bool:
    """Change how subscriptions to it behave, from now on; False when nothing differs."""
    wanted = asdict(terms)
    with transaction.atomic():
        held = Product.objects.select_for_update().get(pk=product.pk)
        changes = {name: [getattr(held, name), value] for name, value in wanted.items() if getattr(held, name) != value}
        if not changes:
            return False
        Product.objects.filter(pk=product.pk).update(**wanted)
        audit.record(product, changes=changes, by=by, reason=reason)
        domain_events.append(product, type="product.terms_changed", by=by, data=wanted)
    product.refresh_from_db()
    return True
