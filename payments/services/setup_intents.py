"""Setup intents: the wish to keep a payment method for later. What comes of it is written by the snapshot handler."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from config.base import domain_events
from config.base.actor import Actor
from config.base.models import StripeAccount
from payments.models import Customer, SetupIntent
from payments.services import customers, outbound, snapshots
from payments.stripe_fields import labelled

CREATE = "setup_intent.create"


def create(
    *,
    account: StripeAccount,
    customer: Customer,
    by: Actor,
    usage: str = "off_session",
    payment_method_types: Sequence[str] = (),
    description: str = "",
    metadata: Mapping[str, str] | None = None,
) -> SetupIntent:
    """Ask Stripe for a setup intent; it comes back `unknown` when Stripe has not answered. Raises StripeFailure.

    Without `payment_method_types` Stripe offers what the account has switched on.
    """
    wish: dict[str, Any] = {"customer": customers.stripe_id(customer), "usage": usage}
    if payment_method_types:
        wish["payment_method_types"] = list(payment_method_types)
    else:
        wish["automatic_payment_methods"] = {"enabled": True}
    if description:
        wish["description"] = description
    with transaction.atomic():
        intent = SetupIntent.objects.create(
            account=account, customer=customer, usage=usage, description=description, metadata=dict(metadata or {})
        )
        domain_events.append(intent, type="setup_intent.created", by=by, data=_asked(intent))
        call = outbound.prepare(
            account=account,
            action=CREATE,
            subject=intent,
            path="/v1/setup_intents",
            params=wish | {"metadata": labelled(intent.metadata, intent.public_id)},
            by=by,
            root_kind="setup_intent",
            valid_for=outbound.ON_SESSION,
        )
    outbound.send_or_raise(call, by=by)
    intent.refresh_from_db()
    return intent


def refresh(*, intent: SetupIntent, by: Actor) -> None:
    """Read the intent from Stripe now; one that Stripe has not answered for yet is left to the sweep."""
    if intent.stripe_id:
        root = snapshots.root_for(account=intent.account, kind="setup_intent", stripe_id=intent.stripe_id)
        snapshots.refresh(root, by=by)
        intent.refresh_from_db()


def _asked(intent: SetupIntent) -> dict[str, Any]:
    return {"status": intent.status, "customer": intent.customer.public_id if intent.customer else None}
