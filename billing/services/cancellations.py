"""Subscriptions ended now: what becomes of the part of the period that is paid for and not used."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from billing.models import Subscription
from billing.services import (
    cancel_with_refund,
    plan_changes,
    previews,
    quote_calls,
    quotes,
    subscription_terms,
    subscription_wishes,
)
from billing.services.subscriptions import cancellation_details
from config.base.actor import Actor
from config.base.money import Money
from payments.failures import JsonObject
from payments.models import OutboundCall
from payments.services import outbound

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
    if total.minor > 0:
        return Effect(total, nothing)
    parts = cancel_with_refund.refundable(subscription, -total) if rest is Rest.REFUND else []
    refunded = Money(sum(amount.minor for _, amount in parts), subscription.currency)
    return Effect(nothing, refunded if rest is Rest.REFUND else -total)


def cancel(
    *,
    subscription: Subscription,
    by: Actor,
    rest: Rest = Rest.KEEP,
    reason: str = "",
    comment: str = "",
    feedback: str = "",
) -> OutboundCall:
    """End it now; usage that is not billed yet is billed. Raises StripeFailure; in doubt, the call comes back SENT.

    A rest that is to be refunded and cannot be flags the subscription `rest_not_refunded`; it has ended all the same.
    """
    wish: dict[str, Any] = {
        "prorate": rest is Rest.CREDIT,
        "invoice_now": rest is Rest.CREDIT or _is_metered(subscription),
        **cancellation_details(comment, feedback),
    }
    if rest is Rest.REFUND and (call := _with_refund(subscription, wish, by=by, reason=reason)):
        return call
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


def _with_refund(subscription: Subscription, wish: JsonObject, *, by: Actor, reason: str) -> OutboundCall | None:
    """The call that ended it; None when nothing was paid that could be given back."""
    unused = -previews.of_cancel(subscription, prorated=True).total
    parts = cancel_with_refund.refundable(subscription, unused)
    if not parts:
        return None
    quote = cancel_with_refund.begin(subscription, parts, wish, by=by, reason=reason)
    call = quote_calls.made(quote)[quote_calls.CANCEL]
    outbound.send(call, by=by)
    quotes.go_on(quote=quote, by=by)
    subscription.refresh_from_db()
    if call.status != OutboundCall.Status.SENT and (failed := outbound.failure(call)):
        raise failed
    return call


def _is_metered(subscription: Subscription) -> bool:
    return any(not subscription_terms.is_licensed(item.price) for item in plan_changes.items_of(subscription))
