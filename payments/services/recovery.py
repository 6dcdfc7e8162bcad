"""The sweep: every call in doubt is settled, and nobody is charged after they stopped waiting.

In this order: an inbox event that names our key; the same key again while its wisher waits; lists by parent and
time, matched by our id in the metadata; for actions on what existed before, the object itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models import QuerySet

from config.base.actor import Actor
from config.base.clock import real_now
from config.base.errors import DomainError
from payments import event_table, gateway
from payments.failures import JsonObject, StripeFailure
from payments.models import InboxEvent, OutboundCall, Payment
from payments.services import outbound, payments, snapshots
from payments.stripe_fields import our_id

PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=10)
BATCH = 50
CLOCK_SLACK = timedelta(minutes=5)
SWEEP = Actor.system("recover_stuck_payments")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did: calls settled, calls still in doubt, late payments canceled."""

    settled: int
    in_doubt: int
    canceled: int


def sweep(*, by: Actor = SWEEP) -> Swept:
    """Look at every call in doubt that is due, and at payments that appeared after they were given up."""
    outcomes = [settle(call, by=by) for call in _due()]
    return Swept(sum(outcomes), len(outcomes) - sum(outcomes), _cancel_late_payments(by))


def settle(call: OutboundCall, *, by: Actor) -> bool:
    """Settle one call in doubt if it can be; one that cannot says why on its row, and holds up no other."""
    try:
        return _by_event(call, by) or _by_same_key(call, by) or _by_looking(call, by)
    except (StripeFailure, snapshots.OvertakenTooOften) as failure:
        log.warning("still in doubt", call=call.public_id, reason=failure.code)
    except Exception as error:
        if not connection.is_usable():
            raise
        log.exception("a call in doubt could not be settled", call=call.public_id)
        outbound.note(call, code="internal_error", message=f"{type(error).__name__}: {error}"[:2000])
    return False


def _due() -> Iterator[OutboundCall]:
    """Calls in doubt whose time has come; taking one puts its next check off, so that two sweeps do not meet."""
    for _ in range(BATCH):
        with transaction.atomic():
            call = _waiting(real_now()).select_for_update(skip_locked=True, of=("self",)).first()
            if call is None:
                return
            age = real_now() - call.sent_at
            call.next_check_at = real_now() + min(max(PAUSE, age / 2), LONGEST_PAUSE)
            call.save(update_fields=["next_check_at"])
        yield call


def _waiting(now: datetime) -> "QuerySet[OutboundCall]":
    return (
        OutboundCall.objects.filter(status=OutboundCall.Status.SENT, next_check_at__lte=now)
        .select_related("account")
        .order_by("next_check_at")
    )


def _by_event(call: OutboundCall, by: Actor) -> bool:
    """Stripe's own word: an event that carries our key, and with it the root."""
    event = InboxEvent.objects.filter(request_idempotency_key=call.idempotency_key, root_kind=call.root_kind).first()
    return event is not None and _settle_from_root(call, event.root_id, by, resolved_by="event")


def _by_same_key(call: OutboundCall, by: Actor) -> bool:
    """The very same call again; Stripe answers it once. Only while the wisher waits and Stripe remembers."""
    if not outbound.is_young(call, now=real_now()):
        return False
    return outbound.send(call, by=by).status != OutboundCall.Status.SENT


def _by_looking(call: OutboundCall, by: Actor) -> bool:
    """What Stripe has, tells; what it still does not have when nobody waits any more was never made."""
    root_id = call.root_id or _listed(call)
    if root_id and _settle_from_root(call, root_id, by, resolved_by="object" if call.root_id else "list"):
        return True
    if outbound.is_young(call, now=real_now()):
        return False
    with transaction.atomic():
        outbound.reject(call, code="never_made", message="Stripe never made it.", by=by, resolved_by="list")
    return True


def _settle_from_root(call: OutboundCall, root_id: str, by: Actor, *, resolved_by: str) -> bool:
    """Read the root; the call is answered if its wish shows in what the handlers wrote."""
    root = snapshots.root_for(account=call.account, kind=call.root_kind, stripe_id=root_id)
    snapshot = snapshots.fetch(root)
    done = False

    def finish() -> None:
        nonlocal done
        done = _took_effect(call, snapshot.body)
        if done:
            outbound.found(call, root_id=root_id, resolved_by=resolved_by)

    if not snapshots.apply(root, snapshot, by=by, settle=finish):
        raise snapshots.OvertakenTooOften("Somebody applied a newer snapshot; what it shows is looked at next time.")
    return done


def _took_effect(call: OutboundCall, body: JsonObject) -> bool:
    """Whether the wish shows: what was to be made is linked to Stripe's object, what was to change has changed."""
    noun, _, verb = call.action.partition(".")
    if verb == "create":
        return outbound.is_linked(call)
    if shows := event_table.effect_of(call.action):
        return shows(body, call.params)
    if noun == "payment":
        return body.get("status") in _AFTER[verb]
    if verb in _GONE_AFTER:
        return bool(body.get("deleted")) or not body.get("customer")
    return _carries(body, call.params)


_AFTER = {
    "capture": {Payment.Status.SUCCEEDED, Payment.Status.PROCESSING},
    "cancel": {Payment.Status.CANCELED},
    "confirm": {
        Payment.Status.SUCCEEDED,
        Payment.Status.PROCESSING,
        Payment.Status.REQUIRES_CAPTURE,
        Payment.Status.REQUIRES_ACTION,
    },
}
_GONE_AFTER = {"detach", "delete"}


def _carries(body: JsonObject, params: JsonObject) -> bool:
    """Whether every parameter of an update now stands on the object."""
    return all(_stands(body.get(key), value) for key, value in params.items() if key != "expand")


def _stands(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        return _carries(value if isinstance(value, dict) else {}, wanted)
    held = value.get("id") if isinstance(value, dict) else value
    return (held or "") == (wanted or "")


def _listed(call: OutboundCall) -> str:
    """The id of what a lost creation made, by its parent and time, matched by our id in the metadata."""
    if not call.root_kind:
        return ""
    path = event_table.root_rule(call.root_kind).path.partition("/{")[0]
    params: JsonObject = {"created": {"gte": int((call.created_at - CLOCK_SLACK).timestamp())}}
    if customer := call.params.get("customer"):
        params["customer"] = customer
    for body in gateway.each(path, params, account=call.account.stripe_id):
        if our_id(body) == call.subject_id:
            return str(body["id"])
    return ""


def _cancel_late_payments(by: Actor) -> int:
    """Payments that Stripe made after their wisher had stopped waiting: canceled, so that nobody pays by surprise.

    In any order, so that those which Stripe keeps refusing do not keep the others waiting.
    """
    late = Payment.objects.filter(flags__contains=["arrived_late"], status__in=Payment.CANCELABLE)
    return sum(_cancel(payment, by) for payment in late.select_related("account").order_by("?")[:BATCH])


def _cancel(payment: Payment, by: Actor) -> bool:
    try:
        payments.cancel(payment=payment, by=by, reason="abandoned")
    except DomainError as refusal:
        log.warning("late payment not canceled", payment=payment.public_id, reason=refusal.code)
        return False
    return True
