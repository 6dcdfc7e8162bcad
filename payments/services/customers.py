"""Customers: asked for and changed. What Stripe says of them is written by the snapshot handler alone."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction

from config.base.actor import Actor
from config.base.errors import IllegalState
from config.base.models import StripeAccount
from payments.models import Customer, OutboundCall
from payments.services import outbound, snapshots
from payments.stripe_fields import labelled

CREATE = "customer.create"
UPDATE = "customer.update"


class CustomerDeleted(IllegalState):
    code = "customer_deleted"
    title = "The customer was deleted"


class CustomerNotReady(IllegalState):
    """Stripe has not confirmed the customer yet, or never made it."""

    code = "customer_not_ready"
    title = "The customer is not known at Stripe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A billing address in Stripe's words; `country` is ISO 3166-1 alpha-2."""

    line1: str = ""
    line2: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class TaxId:
    """A tax number with Stripe's type, such as `eu_vat`."""

    type: str
    value: str


def create(
    *,
    account: StripeAccount,
    by: Actor,
    email: str = "",
    name: str = "",
    phone: str = "",
    address: Address | None = None,
    preferred_locale: str = "",
    description: str = "",
    tax_ids: Sequence[TaxId] = (),
    metadata: Mapping[str, str] | None = None,
) -> Customer:
    """Ask Stripe for a customer; it comes back `unknown` when Stripe has not answered. Raises StripeFailure."""
    given = address or Address()
    with transaction.atomic():
        customer = Customer.objects.create(
            account=account,
            email=email,
            name=name,
            phone=phone,
            preferred_locale=preferred_locale,
            description=description,
            metadata=dict(metadata or {}),
            **{f"address_{part}": value for part, value in asdict(given).items()},
        )
        wish = {
            "email": email,
            "name": name,
            "phone": phone,
            "description": description,
            "address": _without_gaps(asdict(given)),
            "preferred_locales": [preferred_locale] if preferred_locale else [],
            "tax_id_data": [asdict(tax_id) for tax_id in tax_ids],
        }
        call = outbound.prepare(
            account=account,
            action=CREATE,
            subject=customer,
            path="/v1/customers",
            params={**_without_gaps(wish), "metadata": labelled(metadata or {}, customer.public_id)},
            by=by,
            root_kind="customer",
        )
    outbound.send_or_raise(call, by=by)
    customer.refresh_from_db()
    return customer


def update(
    *,
    customer: Customer,
    by: Actor,
    email: str | None = None,
    name: str | None = None,
    phone: str | None = None,
    address: Address | None = None,
    preferred_locale: str | None = None,
    description: str | None = None,
    metadata: Mapping[str, str] | None = None,
) -> OutboundCall:
    """Change what is given, at Stripe first; empty text clears, metadata merges as Stripe merges it.

    Raises StripeFailure when Stripe refused, or was not reached; in doubt, the call comes back SENT.
    """
    wish: dict[str, Any] = {"email": email, "name": name, "phone": phone, "description": description}
    if address is not None:
        wish["address"] = asdict(address)
    if preferred_locale is not None:
        wish["preferred_locales"] = [preferred_locale] if preferred_locale else ""
    if metadata is not None:
        wish["metadata"] = labelled(metadata, customer.public_id)
    return ask(customer=customer, action=UPDATE, wish={k: v for k, v in wish.items() if v is not None}, by=by)


def ask(*, customer: Customer, action: str, wish: dict[str, Any], by: Actor) -> OutboundCall:
    """One change of the customer itself at Stripe; raises as `update`."""
    with transaction.atomic():
        call = outbound.prepare(
            account=customer.account,
            action=action,
            subject=customer,
            path=f"/v1/customers/{stripe_id(customer)}",
            params=wish,
            by=by,
            root_kind="customer",
            root_id=stripe_id(customer),
        )
    outbound.send_or_raise(call, by=by)
    customer.refresh_from_db()
    return call


def refresh(*, customer: Customer, by: Actor) -> None:
    """Read the customer from Stripe now; one that Stripe has not answered for yet is left to the sweep."""
    if customer.stripe_id:
        root = snapshots.root_for(account=customer.account, kind="customer", stripe_id=customer.stripe_id)
        snapshots.refresh(root, by=by)
        customer.refresh_from_db()


def stripe_id(customer: Customer) -> str:
    """Stripe's id of a customer that can be changed there; raises CustomerDeleted, CustomerNotReady."""
    if customer.status == Customer.Status.DELETED:
        raise CustomerDeleted("The customer was deleted at Stripe.", param="customer")
    if not customer.stripe_id:
        raise CustomerNotReady("Stripe has not confirmed this customer yet. Try again shortly.", param="customer")
    return customer.stripe_id


def _without_gaps(wish: dict[str, Any]) -> dict[str, Any]:
    """Only what was given: Stripe takes an empty text as the wish to clear."""
    return {name: value for name, value in wish.items() if value}
