"""Subscriptions: started, paused, resumed, canceled. What comes of it is written by the snapshot handler alone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from billing.models import Subscription
from billing.services import subscription_terms, subscription_wishes, tax_exemptions
from billing.services.subscription_terms import AUTOMATIC, InvalidSubscription, Item, Terms
from billing.services.subscription_wishes import SubscriptionNotChangeable
from config.base import audit, clock, domain_events
from config.base.actor import Actor
from payments.models import Customer, OutboundCall
from payments.services import outbound, parking, snapshots
from payments.services.payments import NothingFlagged
from payments.stripe_fields import labelled

CREATE = "subscription.create"
PAUSE = "subscription.pause"
UNPAUSE = "subscription.unpause"
RESUME = "subscription.resume"
CANCEL_AT_PERIOD_END = "subscription.cancel_at_period_end"
UNDO_CANCEL = "subscription.undo_cancel"
SET_METHOD = "subscription.set_payment_method"

Status = Subscription.Status
RUNNING = (Status.TRIALING, Status.ACTIVE, Status.PAST_DUE, Status.UNPAID)
PAUSE_BEHAVIORS = ("void", "keep_as_draft", "mark_uncollectible")


def start(
    *, customer: Customer, items: Sequence[Item], by: Actor, terms: Terms | None = None, reason: str = ""
) -> Subscription:
    """Ask Stripe for a subscription.

    Comes back with Stripe's status; `unknown` when Stripe has not answered. Raises StripeFailure when it was never
    made, TaxUndecided, and a DomainError that names the field when it cannot be made like this.
    """
    terms = terms or Terms()
    parking.ensure_may_be_billed(customer)
    if not customer.stripe_id or customer.status != Customer.Status.ACTIVE:
        raise InvalidSubscription("Stripe does not know this customer, or knows it no more.", param="customer")
    currency = subscription_terms.check(customer, items, terms)
    tax = tax_exemptions.settle(customer=customer, by=by).params
    with transaction.atomic():
        subscription = Subscription.objects.create(
            account=customer.account,
            customer=customer,
            currency=currency,
            collection_method=terms.collection_method,
            days_until_due=terms.days_until_due,
            description=terms.description,
            metadata=terms.metadata,
        )
        wish = subscription_terms.params(customer, items, terms, currency=currency)
        wish |= _payment_behavior(customer, items, terms) | tax
        subscription_wishes.note(subscription, CREATE, by=by, reason=reason, data=_told(items, currency))
        call = outbound.prepare(
            account=customer.account,
            action=CREATE,
            subject=subscription,
            path="/v1/subscriptions",
            params=wish | {"metadata": labelled(terms.metadata, subscription.public_id)},
            by=by,
            root_kind=subscription_wishes.ROOT,
            valid_for=outbound.ON_SESSION,
        )
    outbound.send_or_raise(call, by=by)
    subscription.refresh_from_db()
    return subscription


def pause(
    *,
    subscription: Subscription,
    by: Actor,
    behavior: str = "void",
    resumes_at: datetime | None = None,
    reason: str = "",
) -> OutboundCall:
    """Collect nothing until it is resumed: invoices are voided, kept as drafts, or given up as uncollectible."""
    if behavior not in PAUSE_BEHAVIORS:
        raise InvalidSubscription(f"Give one of {', '.join(PAUSE_BEHAVIORS)}.", param="behavior")
    if resumes_at is not None and resumes_at <= clock.now():
        raise InvalidSubscription("It can resume in the future only.", param="resumes_at")
    until = {"resumes_at": int(resumes_at.timestamp())} if resumes_at else {}
    wish = {"pause_collection": {"behavior": behavior, **until}}
    return subscription_wishes.ask(
        subscription, PAUSE, wish, allowed=RUNNING, by=by, reason=reason, may_be_scheduled=True
    )


def resume(*, subscription: Subscription, by: Actor, reason: str = "") -> OutboundCall:
    """Go on: with collecting where that was paused, with the subscription itself where Stripe paused it.

    The latter makes an invoice for a new period at once, and goes on when that is paid.
    """
    if subscription.status == Status.PAUSED:
        wish: dict[str, Any] = {"billing_cycle_anchor": "now"}
        return subscription_wishes.ask(
            subscription, RESUME, wish, at="/resume", allowed=(Status.PAUSED,), by=by, reason=reason,
            valid_for=outbound.ON_SESSION,
        )  # fmt: skip
    if not subscription.pause_behavior:
        raise SubscriptionNotChangeable("The subscription is not paused.")
    return subscription_wishes.ask(
        subscription, UNPAUSE, {"pause_collection": ""}, allowed=RUNNING, by=by, reason=reason
    )


def cancel_at_period_end(
    *, subscription: Subscription, by: Actor, reason: str = "", comment: str = "", feedback: str = ""
) -> OutboundCall:
    """Let it run to the end of what is paid for, and end then; no money moves."""
    if subscription.cancel_at_period_end or subscription.cancel_at:
        raise SubscriptionNotChangeable("The subscription ends already.")
    wish: dict[str, Any] = {"cancel_at_period_end": True, **cancellation_details(comment, feedback)}
    return subscription_wishes.ask(subscription, CANCEL_AT_PERIOD_END, wish, allowed=RUNNING, by=by, reason=reason)


def undo_cancel(*, subscription: Subscription, by: Actor, reason: str = "") -> OutboundCall:
    """Take a cancellation back that has not come yet."""
    if not (subscription.cancel_at_period_end or subscription.cancel_at):
        raise SubscriptionNotChangeable("The subscription does not end.")
    wish: dict[str, Any] = {"cancel_at_period_end": False} if subscription.cancel_at_period_end else {"cancel_at": ""}
    return subscription_wishes.ask(subscription, UNDO_CANCEL, wish, allowed=RUNNING, by=by, reason=reason)


def set_payment_method(*, subscription: Subscription, payment_method: str, by: Actor, reason: str = "") -> OutboundCall:
    """Collect from this payment method (Stripe's id) from now on."""
    wish = {"default_payment_method": payment_method}
    allowed = (*RUNNING, Status.PAUSED, Status.INCOMPLETE)
    return subscription_wishes.ask(
        subscription, SET_METHOD, wish, allowed=allowed, by=by, reason=reason, may_be_scheduled=True
    )


def refresh(*, subscription: Subscription, by: Actor) -> None:
    """Read the subscription from Stripe now; one that Stripe has not answered for yet is left to the sweep."""
    if subscription.stripe_id:
        root = snapshots.root_for(
            account=subscription.account, kind=subscription_wishes.ROOT, stripe_id=subscription.stripe_id
        )
        snapshots.refresh(root, by=by)
        subscription.refresh_from_db()


def clear_flags(*, subscription: Subscription, by: Actor, reason: str) -> None:
    """Note that staff have looked at what is unusual. A new fact that breaks a rule flags it anew."""
    with transaction.atomic():
        locked = Subscription.objects.select_for_update(of=("self",)).select_related("account")
        held = locked.get(pk=subscription.pk)
        if not held.flags:
            raise NothingFlagged("Nothing is flagged on this subscription any more.")
        Subscription.objects.filter(pk=held.pk).update(flags=[])
        audit.record(held, changes={"flags": [held.flags, []]}, by=by, reason=reason)
        domain_events.append(held, type="subscription.flags_cleared", by=by, data={"flags": held.flags})
    subscription.flags = []


def last_call(subscription: Subscription, action: str = CREATE) -> OutboundCall:
    """The newest wish of this kind about the subscription."""
    return OutboundCall.objects.filter(subject_id=subscription.public_id, action=action).latest("id")


def cancellation_details(comment: str, feedback: str) -> dict[str, Any]:
    """Why the customer leaves, in Stripe's words."""
    given = {name: value for name, value in (("comment", comment), ("feedback", feedback)) if value}
    return {"cancellation_details": given} if given else {}


def _payment_behavior(customer: Customer, items: Sequence[Item], terms: Terms) -> dict[str, str]:
    """By itself Stripe tries to collect only where the products say so, and only what it has a method for."""
    if terms.collection_method != AUTOMATIC:
        return {}
    waits = any(item.price.product.requires_first_payment for item in items)
    tries = not waits and subscription_terms.has_method(customer, terms)
    return {"payment_behavior": "allow_incomplete" if tries else "default_incomplete"}


def _told(items: Sequence[Item], currency: str) -> dict[str, Any]:
    return {
        "items": [{"price": item.price.public_id, "quantity": item.quantity} for item in items],
        "currency": currency,
    }
