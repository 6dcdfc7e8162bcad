"""What a snapshot of billing refers to: found, made from its nested copy, or made bare and fetched later.

A nested copy only ever makes a row: the object's own snapshot is newer, or will come.
"""

from typing import Any, TypeVar

from django.db.models import Model

from billing.models import CatalogStatus, Coupon, Invoice, Product, PromotionCode, Subscription
from config.base.models import StripeAccount
from payments.models import Customer
from payments.services import snapshots

Row = TypeVar("Row", bound=Model)


def product_of(stripe_id: str, *, account: StripeAccount) -> Product:
    return _found_or_bare(Product, "product", stripe_id, account, status=CatalogStatus.UNKNOWN)


def coupon_of(stripe_id: str, *, account: StripeAccount) -> Coupon:
    return _found_or_bare(Coupon, "coupon", stripe_id, account, status=CatalogStatus.UNKNOWN)


def promotion_code_of(stripe_id: str, *, account: StripeAccount, coupon: Coupon) -> PromotionCode:
    bare = {"status": CatalogStatus.UNKNOWN, "coupon": coupon}
    return _found_or_bare(PromotionCode, "promotion_code", stripe_id, account, **bare)


def subscription_of(
    stripe_id: str,
    *,
    account: StripeAccount,
    customer: Customer | None,
    currency: str,
    at_hand: Subscription | None = None,
) -> Subscription | None:
    """Mostly the one at hand. None where Stripe names no customer with it, which it always does."""
    if not stripe_id or customer is None:
        return None
    if at_hand and at_hand.stripe_id == stripe_id:
        return at_hand
    bare = {"status": Subscription.Status.UNKNOWN, "customer": customer, "currency": currency}
    return _found_or_bare(Subscription, "subscription", stripe_id, account, **bare)


def invoice_of(stripe_id: str, *, account: StripeAccount, customer: Customer | None, currency: str) -> Invoice | None:
    """None where Stripe names no customer with it, which it always does."""
    if not stripe_id or customer is None:
        return None
    return _found_or_bare(Invoice, "invoice", stripe_id, account, customer=customer, currency=currency)


def _found_or_bare(model: type[Row], kind: str, stripe_id: str, account: StripeAccount, **bare: Any) -> Row:
    """Asked for first: who handles its own snapshot just now is waited for, and has made the row then."""
    known = model._default_manager.filter(stripe_id=stripe_id).first()
    if known:
        return known
    snapshots.want(account=account, kind=kind, stripe_id=stripe_id)
    row, _ = model._default_manager.get_or_create(stripe_id=stripe_id, defaults={"account": account, **bare})
    return row
