"""Subscriptions ended now: what becomes of the part of the period that is paid for and not used."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from billing.models import Subscription
from billing.services import plan_changes, previews, subscription_terms, subscription_wishes
from billing.services.subscriptions import cancellation_details
from config.base.actor import Actor
from config.base.money import Money
from payments.models import OutboundCall

CANCEL = "subscription.cancel"
Status = Subscription.Status
CANCELABLE = (
    Status.INCOMPLETE,
    Status.TRIALING,
    Status.ACTIVE,
    Status.PAST_DUE,
    Status.UNPAID,
    Status.PAUSED,
)


class Rest(StrEnum):
    """What becomes of what is paid for and not used."""

    KEEP = "keep"
    CREDIT = "credit"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class Effect:
    """What canceling now means in money: billed at once, and given back of what was paid."""

    billed: Money
    given_back: Money


def effect(*, subscription: Subscription, rest: Rest) -> Effect:
    """Asked of Stripe; nothing changes. Raises StripeFailure."""
    nothing = Money(0, subscription.currency)
    if rest is Rest.KEEP and not _is_metered(subscription):
        return Effect(nothing, nothing)
    total = previews.of_cancel(subscription, prorated=rest is not Rest.KEEP).total
    return Effect(total, nothing) if total.minor > 0 else Effect(nothing, -total)


def cancel(
    *,
    subscription: Subscription,
    by: Actor,
    rest: Rest = Rest.KEEP,
    reason: str = "",
    comment: str = "",
    feedback: str = "",
) -> OutboundCall:
    """End it now; usage that is not billed yet is billed. Raises StripeFailure; in doubt, the call comes back SENT."""
    wish: dict[str, Any] = {
        "prorate": rest is Rest.CREDIT,
        "invoice_now": rest is Rest.CREDIT or _is_metered(subscription),
        **cancellation_details(comment, feedback),
    }
    return subscription_wishes.ask(
        subscription,
        CANCEL,
        wish,
        allowed=CANCELABLE,
        by=by,
        reason=reason,
        method="DELETE",
        may_be_scheduled=True,
    )


def _is_metered(subscription: Subscription) -> bool:
    return any(not subscription_terms.is_licensed(item.price) for item in plan_changes.items_of(subscription))
