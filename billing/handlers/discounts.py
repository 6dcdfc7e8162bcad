"""Discounts that a customer, a subscription or an invoice carries → Discount, with their coupons.

Whether one still stands is its owner's word. An invoice may tell of its customer's or subscription's: such a row
counts as removed until its owner, who is asked at once, says that it stands.
"""

from collections.abc import Sequence
from typing import Any

from billing.handlers.coupons import coupon_in
from billing.handlers.promotion_codes import promotion_code_in
from billing.handlers.references import invoice_of, subscription_of
from billing.models import Discount
from config.base import clock
from config.base.actor import Actor
from config.base.models import StripeAccount
from payments.failures import JsonObject
from payments.handlers.customer_references import customer_of
from payments.models import Customer
from payments.services import snapshots
from payments.stripe_fields import moment, nested, reference

# Who has the word on a discount: the first of these that it names.
_OWNERS = ("invoice", "subscription", "customer")


def write(
    owner: Any,
    bodies: Sequence[Any],
    *,
    kind: str,
    currency: str,
    account: StripeAccount,
    by: Actor,
    is_first: bool = False,
) -> bool:
    """Write what `owner` (of this `kind`) carries, and stamp those of its own that it carries no more.

    Whether anything differs. `currency`: of a subscription or invoice that has to be made bare. `is_first`: the
    owner has no rows yet.
    """
    whole = [body for body in bodies if isinstance(body, dict) and not body.get("deleted")]
    known = _known([body["id"] for body in whole])
    written = [
        _write(body, known.get(body["id"]), kind=kind, currency=currency, account=account, by=by) for body in whole
    ]
    if is_first:
        return any(written)
    standing = [body["id"] if isinstance(body, dict) else body for body in bodies]
    above = dict.fromkeys(_OWNERS[: _OWNERS.index(kind)])
    gone = Discount.objects.filter(**{kind: owner}, **above, removed_at=None).exclude(stripe_id__in=standing)
    return bool(gone.update(removed_at=clock.now())) or any(written)


def _known(ids: Sequence[str]) -> dict[str, Discount]:
    return {row.stripe_id: row for row in Discount.objects.filter(stripe_id__in=ids)} if ids else {}


def _write(
    body: JsonObject, row: Discount | None, *, kind: str, currency: str, account: StripeAccount, by: Actor
) -> bool:
    owner = next((name for name in _OWNERS if reference(body, name)), kind)
    if row and owner != kind:
        return False
    facts = {**_facts(body, currency=currency, account=account, by=by), "removed_at": None}
    if owner != kind:
        snapshots.want(account=account, kind=owner, stripe_id=reference(body, owner))
        hearsay = {**facts, "account": account, "removed_at": clock.now()}
        return Discount.objects.get_or_create(stripe_id=body["id"], defaults=hearsay)[1]
    if row and all(getattr(row, name) == value for name, value in facts.items()):
        return False
    Discount.objects.update_or_create(stripe_id=body["id"], defaults={**facts, "account": account})
    return True


def _facts(body: JsonObject, *, currency: str, account: StripeAccount, by: Actor) -> dict[str, Any]:
    coupon = coupon_in(nested(body, "source"), account=account, by=by)
    code = promotion_code_in(body, account=account, by=by, coupon=coupon)
    return {
        "coupon_id": coupon.pk if coupon else None,
        "promotion_code_id": code.pk if code else None,
        "starts_at": moment(body.get("start")),
        "ends_at": moment(body.get("end")),
        **_owners(body, currency=currency, account=account),
    }


def _owners(body: JsonObject, *, currency: str, account: StripeAccount) -> dict[str, Any]:
    customer: Customer | None = customer_of(body, account=account)
    named = {name: reference(body, name) for name in ("subscription", "invoice")}
    subscription = subscription_of(named["subscription"], account=account, customer=customer, currency=currency)
    invoice = invoice_of(named["invoice"], account=account, customer=customer, currency=currency)
    found = {"customer": customer, "subscription": subscription, "invoice": invoice}
    return {f"{name}_id": row.pk if row else None for name, row in found.items()}
