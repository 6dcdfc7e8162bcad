"""The calls that carry a confirmed quote out. Each is made once, and found again by whoever goes on with it."""

from datetime import timedelta
from typing import Any

from django.db import transaction

from billing.models import Price, Quote
from config.base import audit, clock, domain_events
from config.base.actor import Actor
from payments.models import OutboundCall
from payments.services import outbound

CHANGE = "quote.change"
PAY = "quote.pay"
FINALIZE = "quote.finalize"
VOID = "quote.void"
GIVE_BACK = "quote.give_back"
RESTORE = "quote.restore"
SCHEDULE = "quote.schedule"
PLAN = "quote.plan"
RELEASE = "quote.release"
CANCEL = "quote.cancel"
OFFER = "quote.offer."
ARCHIVE = "quote.archive."

UNTIL_DONE = timedelta(hours=20)  # as long as Stripe surely remembers the key: what is begun is finished, or undone
Status = OutboundCall.Status
_FIRST = {CHANGE, SCHEDULE, CANCEL}
_NOT_LOOKED_AT = {401, 403, 429}
_EVENTS = {
    Quote.Status.ACCEPTED: "subscription.change_made",
    Quote.Status.EXPIRED: "subscription.change_expired",
    Quote.Status.FAILED: "subscription.change_failed",
}


def offer(price: Price, is_active: bool) -> str:
    """The action that lets a price be had again, or no more; one a price."""
    return f"{OFFER if is_active else ARCHIVE}{price.pk}"


def made(quote: Quote) -> dict[str, OutboundCall]:
    """The newest call of each action that Stripe has looked at, or may have; the first one in any case."""
    calls = OutboundCall.objects.filter(subject_id=quote.public_id).select_related("account").order_by("id")
    return {call.action: call for call in calls if call.action in _FIRST or not _is_undone(call)}


def once(
    quote: Quote,
    action: str,
    path: str,
    params: dict[str, Any],
    *,
    by: Actor,
    root_kind: str,
    root_id: str,
    valid_for: timedelta = UNTIL_DONE,
    **more: Any,
) -> bool:
    """Make the call unless somebody has; whether Stripe answered it, so that the next step can be taken.

    One that Stripe has not looked at, because of a limit or a key, is made again by the sweep.
    """
    with transaction.atomic():
        held = Quote.objects.select_for_update().get(pk=quote.pk)
        if held.status != Quote.Status.CONFIRMING or action in made(held):
            return False
        call = prepare(
            held, action, path, params, by=by, root_kind=root_kind, root_id=root_id, valid_for=valid_for, **more
        )
    outbound.send(call, by=by)
    return call.status in {Status.ANSWERED, Status.REFUSED} and not _is_undone(call)


def _is_undone(call: OutboundCall) -> bool:
    return call.status == Status.REJECTED or (call.status == Status.REFUSED and call.http_status in _NOT_LOOKED_AT)


def prepare(
    quote: Quote,
    action: str,
    path: str,
    params: dict[str, Any],
    *,
    by: Actor,
    root_kind: str,
    root_id: str,
    valid_for: timedelta,
    **more: Any,
) -> OutboundCall:
    """The row of a call about to leave. In the caller's transaction."""
    return outbound.prepare(
        account=quote.subscription.account,
        action=action,
        subject=quote,
        path=path,
        params=params,
        by=by,
        root_kind=root_kind,
        root_id=root_id,
        valid_for=valid_for,
        **more,
    )


def give_up(quote: Quote, *, code: str, message: str) -> bool:
    """Note why the quote does not come to its end: from here on it is undone."""
    going = Quote.objects.filter(pk=quote.pk, status=Quote.Status.CONFIRMING, failure_code="")
    return bool(going.update(failure_code=code, failure_message=message))


def settle(quote: Quote, status: str, *, by: Actor, flag: str = "", **also: Any) -> bool:
    """End the quote, once, and tell the subscription's story; `flag` shows the subscription to staff."""
    with transaction.atomic():
        subscription = type(quote.subscription).objects.select_for_update().get(pk=quote.subscription_id)
        if not audit.move(quote, from_=[Quote.Status.CONFIRMING], to=status, by=by, settled_at=clock.now(), **also):
            return False
        if flag and flag not in subscription.flags:
            flags = sorted({*subscription.flags, flag})
            type(subscription).objects.filter(pk=subscription.pk).update(flags=flags)
        told = {"quote": quote.public_id, "failure_code": quote.failure_code}
        domain_events.append(subscription, type=_EVENTS[Quote.Status(status)], by=by, data=told)
    return True
