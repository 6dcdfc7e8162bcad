"""One wish about a subscription at a time, and only from a state that allows it; who asked, and why, is kept."""

from collections.abc import Collection
from typing import Any

from django.db import transaction

from billing.models import Quote, Subscription
from config.base import audit, domain_events
from config.base.actor import Actor
from config.base.errors import IllegalState
from payments.models import OutboundCall
from payments.services import outbound
from payments.services.payments import ActionInDoubt, Doubt

ROOT = "subscription"


class SubscriptionNotChangeable(IllegalState):
    code = "subscription_not_changeable"
    title = "The subscription cannot be changed like this"


class ChangeInProgress(IllegalState):
    """Another change of this subscription is being made, or its payment waits for the customer."""

    code = "change_in_progress"
    title = "Another change is being made"


class ChangeScheduled(IllegalState):
    """A change at the end of the period is planned already; Stripe's schedule holds the subscription."""

    code = "change_scheduled"
    title = "A change is planned already"


def path(subscription: Subscription) -> str:
    return f"/v1/subscriptions/{subscription.stripe_id}"


def ask(
    subscription: Subscription,
    action: str,
    params: dict[str, Any],
    *,
    allowed: Collection[str],
    by: Actor,
    reason: str = "",
    at: str = "",
    **more: Any,
) -> OutboundCall:
    """Ask for one change of the subscription itself; `at` is what follows its path.

    Raises StripeFailure when Stripe refused, or was not reached; in doubt, the call comes back SENT.
    """
    return _ask(
        subscription, action, f"{path(subscription)}{at}", params, allowed=allowed, by=by, reason=reason, **more
    )


def ask_schedule(
    subscription: Subscription, action: str, path: str, *, allowed: Collection[str], by: Actor, reason: str = ""
) -> OutboundCall:
    """Ask something of the schedule that holds the subscription; raises as `ask`."""
    return _ask(
        subscription, action, path, {}, allowed=allowed, by=by, reason=reason, may_be_scheduled=True,
        replies_with_root=False,
    )  # fmt: skip


def _ask(
    subscription: Subscription,
    action: str,
    path: str,
    params: dict[str, Any],
    *,
    allowed: Collection[str],
    by: Actor,
    reason: str,
    may_be_scheduled: bool = False,
    **more: Any,
) -> OutboundCall:
    with transaction.atomic():
        held = hold(subscription, allowed=allowed, may_be_scheduled=may_be_scheduled)
        note(held, action, by=by, reason=reason, data=params)
        call = outbound.prepare(
            account=held.account,
            action=action,
            subject=held,
            path=path,
            params=params,
            by=by,
            root_kind=ROOT,
            root_id=held.stripe_id or "",
            **more,
        )
    outbound.send_or_raise(call, by=by)
    subscription.refresh_from_db()
    return call


def hold(subscription: Subscription, *, allowed: Collection[str], may_be_scheduled: bool = False) -> Subscription:
    """The locked row, when nothing else is being asked of it and its state allows a wish. In a transaction."""
    locked = Subscription.objects.select_for_update(of=("self",)).select_related("account", "customer")
    held = locked.get(pk=subscription.pk)
    if in_doubt(held):
        raise ActionInDoubt("Stripe has not answered an earlier request for this subscription. It settles by itself.")
    if held.quotes.filter(status=Quote.Status.CONFIRMING).exists():
        raise ChangeInProgress("A change of this subscription is being made. Try again in a moment.")
    if not held.stripe_id or held.status not in allowed:
        raise SubscriptionNotChangeable(f"The subscription is {held.status.replace('_', ' ')}; this is not possible.")
    if held.schedule_id and not may_be_scheduled:
        raise ChangeScheduled("A change is planned for the end of the period. Take it back first.")
    return held


def note(held: Subscription, action: str, *, by: Actor, reason: str, data: dict[str, Any]) -> None:
    """Who asked for what, and why: an audit line and a domain event. In a transaction, on the locked row."""
    audit.record(held, changes={"asked": ["", action]}, by=by, reason=reason)
    told = {**data, "reason": reason} if reason else data
    domain_events.append(held, type=f"{action}_asked", by=by, data=told)


def in_doubt(subscription: Subscription) -> Doubt | None:
    """The oldest wish about the subscription, or its change in the making, that Stripe has not answered."""
    return doubts_among([subscription]).get(subscription.public_id)


def doubts_among(subscriptions: Collection[Subscription]) -> dict[str, Doubt]:
    """The oldest unanswered wish of each subscription, by the subscription's public id."""
    owners = {subscription.public_id: subscription.public_id for subscription in subscriptions}
    making = Quote.objects.filter(subscription__in=subscriptions, status=Quote.Status.CONFIRMING)
    owners |= dict(making.values_list("public_id", "subscription__public_id"))
    calls = OutboundCall.objects.filter(subject_id__in=owners, status=OutboundCall.Status.SENT).order_by("-id")
    return {owners[call.subject_id]: Doubt(call.action.partition(".")[2], call.sent_at) for call in calls}
