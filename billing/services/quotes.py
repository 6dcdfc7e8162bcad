"""Quotes: a change of a subscription, priced by Stripe, held for a quarter of an hour, collected as quoted or not."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import IntegrityError, transaction

from billing.models import Quote, Subscription
from billing.services import (
    cancel_with_refund,
    change_now,
    plan_changes,
    previews,
    schedules,
    subscription_wishes,
    subscriptions,
)
from billing.services.plan_changes import ItemChange
from billing.services.previews import Preview
from billing.services.subscription_wishes import ChangeInProgress
from config.base import audit, clock, domain_events
from config.base.actor import Actor
from config.base.errors import DomainError, IllegalState
from payments.failures import Misconfigured, NeverLeft, RateLimited, StripeFailure
from payments.models import OutboundCall
from payments.services import outbound, parking
from payments.services.snapshots import OvertakenTooOften

HELD_FOR = timedelta(minutes=15)
CHANGEABLE = (Subscription.Status.ACTIVE, Subscription.Status.TRIALING)
MOST_STEPS = 12
Status, When = Quote.Status, Quote.When

log = structlog.get_logger(__name__)


class QuoteExpired(IllegalState):
    """What was quoted is not true any more; nothing was collected. `quote` holds the new price, if there is one."""

    code = "quote_expired"
    title = "The price has changed"

    def __init__(self, quote: Quote | None, *, detail: str = "") -> None:
        super().__init__(detail or "The price is not the one that was quoted. Nothing was collected; see the new one.")
        self.quote = quote
        self.members: dict[str, Any] = {}


class ChangeFailed(DomainError):
    """The change was undone: its payment did not go through, or Stripe refused it."""

    code = "change_failed"
    status = 402
    title = "The change was not made"


def make(
    *, subscription: Subscription, change: Sequence[ItemChange], by: Actor, when: str = When.NOW, reason: str = ""
) -> Quote:
    """Price a change, at once or at the end of the period. Raises a DomainError for what cannot be, StripeFailure."""
    subscriptions.refresh(subscription=subscription, by=by)
    _ensure_changeable(subscription)
    plan_changes.check(subscription, change)
    items, at = plan_changes.params(change), clock.now().replace(microsecond=0)
    now = (
        previews.of_change(subscription, items, at=at) if when == When.NOW else previews.nothing(subscription.currency)
    )
    following = previews.of_next(subscription, items)
    with transaction.atomic():
        held = Subscription.objects.select_for_update(of=("self",)).select_related("account").get(pk=subscription.pk)
        quote = Quote.objects.create(
            subscription=subscription,
            when=when,
            change=plan_changes.to_json(change),
            before=plan_changes.state(subscription),
            proration_date=at,
            currency=subscription.currency,
            lines=[line.to_json() for line in now.lines],
            total_now_minor=now.total.minor,
            due_now_minor=now.due.minor,
            total_next_minor=following.total.minor,
            next_payment_at=_next_payment(subscription, now, following, at),
            is_estimate=plan_changes.is_estimate(subscription, change),
            asked_by=str(by),
            reason=reason,
            expires_at=at + HELD_FOR,
        )
        domain_events.append(held, type="subscription.quoted", by=by, data=_told(quote))
    return quote


def confirm(*, quote: Quote, by: Actor) -> Quote:
    """Make the change and collect exactly what was quoted.

    Comes back ACCEPTED, or CONFIRMING while Stripe or the customer's bank has not answered. Raises QuoteExpired with
    the new quote, ChangeFailed with the reason of a decline, StripeFailure when Stripe was not reached and the quote is
    still open; then nothing was collected and nothing has changed.
    """
    quote.refresh_from_db()
    if quote.status == Status.OPEN:
        _ensure_still_true(quote, by=by)
        _reopen_if_unasked(quote, outbound.send(begin(quote, by=by), by=by), by=by)
    try:
        go_on(quote=quote, by=by)
    except (StripeFailure, OvertakenTooOften) as late:  # Stripe has the change by now: it is under way, not refused
        log.warning("a change goes on later", quote=quote.public_id, reason=late.code)
    return outcome(quote, by=by)


def go_on(*, quote: Quote, by: Actor) -> Quote:
    """Take the steps that are left, until it is settled or somebody has not answered."""
    for _ in range(MOST_STEPS):
        quote.refresh_from_db()
        if quote.status != Status.CONFIRMING or not _play(quote)(quote, by=by):
            break
    quote.refresh_from_db()
    quote.subscription.refresh_from_db()
    return quote


def outcome(quote: Quote, *, by: Actor) -> Quote:
    """A quote that is accepted or under way; raises what became of any other, with a new price."""
    if quote.status == Status.EXPIRED and quote.replaced_by is None:
        quote.replaced_by = again(quote, by=by)
    return verdict(quote)


def verdict(quote: Quote) -> Quote:
    """As `outcome`, from our own rows."""
    if quote.status == Status.FAILED:
        raise ChangeFailed(quote.failure_message or "The change was undone.")
    if quote.status == Status.EXPIRED:
        raise QuoteExpired(quote.replaced_by)
    return quote


def again(quote: Quote, *, by: Actor) -> Quote | None:
    """The same change at today's price, made once; None when it is not possible any more."""
    subscription = quote.subscription
    try:
        change = plan_changes.from_json(subscription, quote.change)
        fresh = make(subscription=subscription, change=change, when=quote.when, by=by, reason=quote.reason)
    except DomainError:
        return None
    Quote.objects.filter(pk=quote.pk).update(replaced_by=fresh)
    return fresh


def _ensure_changeable(subscription: Subscription) -> None:
    parking.ensure_may_be_billed(subscription.customer)
    with transaction.atomic():
        subscription_wishes.hold(subscription, allowed=CHANGEABLE)


def _ensure_still_true(quote: Quote, *, by: Actor) -> None:
    """Raises QuoteExpired when the price, the period or the subscription is another one by now."""
    parking.ensure_may_be_billed(quote.subscription.customer)
    subscriptions.refresh(subscription=quote.subscription, by=by)
    if not _is_true(quote):
        audit.move(quote, from_=[Status.OPEN], to=Status.EXPIRED, by=by, settled_at=clock.now())
        outcome(quote, by=by)


def _is_true(quote: Quote) -> bool:
    subscription = quote.subscription
    stands = subscription.status in CHANGEABLE and plan_changes.state(subscription) == quote.before
    return stands and clock.now() < quote.expires_at and _costs_the_same(quote)


def _costs_the_same(quote: Quote) -> bool:
    """Asked again before anything is touched: what is found out only afterwards has to be undone."""
    if quote.when != When.NOW:
        return True
    items = plan_changes.params(plan_changes.from_json(quote.subscription, quote.change))
    preview = previews.of_change(quote.subscription, items, at=quote.proration_date)
    return preview.sums == (quote.total_now_minor, quote.due_now_minor)


def begin(quote: Quote, *, by: Actor) -> OutboundCall:
    """Take the quote for oneself, with the first call; two changes at once find one another."""
    items = plan_changes.params(plan_changes.from_json(quote.subscription, quote.change))
    try:
        with transaction.atomic():
            held = subscription_wishes.hold(quote.subscription, allowed=CHANGEABLE)
            if not audit.move(quote, from_=[Status.OPEN], to=Status.CONFIRMING, by=by, reason=quote.reason):
                raise ChangeInProgress("This change is being made already.")
            subscription_wishes.note(held, "subscription.change", by=by, reason=quote.reason, data=_told(quote))
            return change_now.begin(quote, items, by=by) if quote.when == When.NOW else schedules.begin(quote, by=by)
    except IntegrityError as error:
        raise ChangeInProgress("Another change of this subscription is being made.") from error


def _reopen_if_unasked(quote: Quote, call: OutboundCall, *, by: Actor) -> None:
    """What Stripe has not looked at may be asked again; raises StripeFailure."""
    failed = outbound.failure(call)
    if isinstance(failed, NeverLeft | RateLimited | Misconfigured):
        audit.move(quote, from_=[Status.CONFIRMING], to=Status.OPEN, by=by, reason=failed.code)
        raise failed


def _play(quote: Quote) -> Callable[..., bool]:
    """Who knows its steps."""
    if cancel_with_refund.KIND in quote.change:
        return cancel_with_refund.play
    return change_now.play if quote.when == When.NOW else schedules.play


def _next_payment(subscription: Subscription, now: Preview, following: Preview, at: datetime) -> datetime | None:
    """When the next renewal is billed: the end of a period that the change begins, else of the running one."""
    begun = [datetime.fromisoformat(line.period_end) for line in now.lines if not line.is_proration and line.period_end]
    running = [item.current_period_end for item in plan_changes.items_of(subscription) if item.current_period_end]
    if not following.lines:
        return None
    return min([end for end in begun if end > at] or running, default=following.made_at)


def _told(quote: Quote) -> dict[str, Any]:
    return {
        "quote": quote.public_id,
        "change": quote.change,
        "when": quote.when,
        "total_now": quote.total_now_minor,
        "due_now": quote.due_now_minor,
        "currency": quote.currency,
    }
