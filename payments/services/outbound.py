"""Road two: every change asked of Stripe has a committed row with its key before it leaves.

`prepare` inside the caller's first transaction, `send` outside any, the reply applied like any other snapshot.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog
from django.conf import settings
from django.db import models, transaction

from config.base import audit, domain_events, idempotency
from config.base.actor import Actor
from config.base.clock import real_now
from config.base.ids import public_id
from config.base.models import StripeAccount
from payments import event_table, gateway
from payments.failures import (
    CALM,
    PENDING,
    CardDeclined,
    InDoubt,
    JsonObject,
    NeverLeft,
    Refused,
    StripeFailure,
    refusal_kind,
)
from payments.models import OutboundCall, Root
from payments.services import snapshots

_SECRETS = {"client_secret", "secret"}  # of intents, of webhook endpoints
FIRST_CHECK_AFTER = timedelta(seconds=30)
ON_SESSION = timedelta(minutes=5)
BACK_OFFICE = timedelta(hours=1)

log = structlog.get_logger(__name__)


class Subject(Protocol):
    """A row that a call is for."""

    public_id: Any


def prepare(
    *,
    account: StripeAccount,
    action: str,
    subject: Subject,
    path: str,
    params: JsonObject,
    by: Actor,
    root_kind: str = "",
    root_id: str = "",
    valid_for: timedelta = BACK_OFFICE,
    method: str = "POST",
    replies_with_root: bool = True,
) -> OutboundCall:
    """The row of a call about to leave. In the caller's transaction; `send` it after the commit.

    A reply that is its root (`replies_with_root`) is asked for with all that a fetch of the root brings.
    """
    idempotency.hold(by.request_id)
    now = real_now()
    call_id = public_id("call")
    expand = event_table.root_rule(root_kind).expand if root_kind and replies_with_root else ()
    return OutboundCall.objects.create(
        public_id=call_id,
        account=account,
        action=action,
        subject_type=action.partition(".")[0],
        subject_id=subject.public_id,
        method=method,
        path=path,
        params={**params, **({"expand": list(expand)} if expand else {})},
        api_version=settings.STRIPE_API_VERSION,
        idempotency_key=f"counterfoil-{call_id}",
        root_kind=root_kind,
        root_id=root_id,
        snapshot_no=_snapshot_no(account, root_id),
        sent_at=now,
        valid_until=now + valid_for,
        next_check_at=now + FIRST_CHECK_AFTER,
        actor_kind=by.kind,
        actor_id=by.id,
        actor_label=by.label,
        request_id=by.request_id,
    )


def send(call: OutboundCall, *, by: Actor) -> OutboundCall:
    """Make the call, keep Stripe's answer, apply it. Never raises for a failed call: its status tells.

    ANSWERED, REFUSED (with `error_code`), REJECTED (it never left) or still SENT: in doubt, the sweep settles it.
    A call that was settled meanwhile, or whose wisher waits no more, does not leave.
    """
    may_have_acted = call.tries > 0
    leaving = OutboundCall.objects.filter(pk=call.pk, status=OutboundCall.Status.SENT, valid_until__gt=real_now())
    if not leaving.update(tries=models.F("tries") + 1):
        call.refresh_from_db()
        return call
    call.tries += 1
    try:
        reply = leave(call)
    except (InDoubt, NeverLeft, Refused) as failure:
        if isinstance(failure, InDoubt) or (may_have_acted and not _settles_earlier_tries(failure)):
            note(call, code=failure.code, message=failure.staff)
        elif isinstance(failure, Refused):
            refused(call, failure, by=by)
        else:
            never_left(call, failure, by=by)
    else:
        answered(call, reply, by=by, resolved_by="same key" if may_have_acted else "reply")
    return call


def _settles_earlier_tries(failure: StripeFailure) -> bool:
    """A key that was carried out is answered from memory; a limit, a lock or a bad key says nothing of it."""
    if not isinstance(failure, Refused) or failure.body.get("type") == "idempotency_error":
        return False
    return failure.http_status not in {401, 403, 409, 429}


def send_or_raise(call: OutboundCall, *, by: Actor) -> None:
    """`send`, and raise what Stripe refused or was never asked; a call in doubt stays SENT."""
    send(call, by=by)
    if call.status != OutboundCall.Status.SENT and (failed := failure(call)):
        raise failed


def failure(call: OutboundCall) -> StripeFailure | None:
    """What to raise or show for a call that did not get its way; None when Stripe did it."""
    if call.status == OutboundCall.Status.SENT:
        return InDoubt(PENDING, staff=call.error_message)
    if call.status == OutboundCall.Status.REJECTED:
        return NeverLeft(CALM, staff=call.error_message)
    if call.status == OutboundCall.Status.REFUSED:
        kind = refusal_kind(call.http_status or 400, call.reply or {})
        return kind(call.error_message, http_status=call.http_status or 400, body=call.reply or {})
    return None


def note(call: OutboundCall, *, code: str, message: str) -> None:
    """Why a call is in doubt."""
    call.error_code, call.error_message = code, message
    doubtful = OutboundCall.objects.filter(pk=call.pk, status=OutboundCall.Status.SENT)
    doubtful.update(error_code=code, error_message=message)


def is_young(call: OutboundCall, *, now: datetime) -> bool:
    """Whether the same key may still be sent: its wisher waits, and Stripe still remembers the key."""
    return now < min(call.valid_until, call.sent_at + timedelta(hours=20))


def answered(call: OutboundCall, reply: gateway.Reply, *, by: Actor, resolved_by: str = "reply") -> None:
    """Keep the reply and apply it as the snapshot that it is."""
    root_id = reply.body["id"] if reply.body.get("object") == call.root_kind else call.root_id

    def settle() -> None:
        _finish(
            call,
            status=OutboundCall.Status.ANSWERED,
            http_status=reply.status,
            stripe_request_id=reply.request_id,
            reply=without_secrets(reply.body),
            resolved_by=resolved_by,
            root_id=root_id,
        )

    _apply(call, reply.body, root_id=root_id, by=by, settle=settle)


def found(call: OutboundCall, *, root_id: str, resolved_by: str) -> None:
    """The call's effect was found at Stripe without its reply. In the caller's transaction."""
    _finish(call, status=OutboundCall.Status.ANSWERED, root_id=root_id, resolved_by=resolved_by)


def is_linked(call: OutboundCall) -> bool:
    """Whether what the call was to make is known at Stripe by now."""
    model = event_table.subject_model(call.subject_type)
    made = model.objects.filter(public_id=call.subject_id, stripe_id__isnull=False) if model else None
    return made is not None and bool(made.exists())


def refused(call: OutboundCall, failure: Refused, *, by: Actor) -> None:
    """Keep the refusal; a declined payment's intent comes with it and is applied.

    An intent that comes with another refusal is not what we took it for: it is read whole, soon.
    """
    body = failure.body.get(call.root_kind) if call.root_kind else None
    carried = body if isinstance(body, dict) else None
    root_id = carried["id"] if carried else call.root_id

    def settle() -> None:
        _finish(
            call,
            status=OutboundCall.Status.REFUSED,
            http_status=failure.http_status,
            stripe_request_id=failure.request_id,
            reply=without_secrets(failure.body),
            error_code=failure.decline_code or failure.stripe_code or failure.code,
            error_message=failure.staff,
            resolved_by="reply",
            root_id=root_id,
        )
        reject_subject(call, code=failure.stripe_code or failure.code, message=failure.detail, by=by)
        if carried and not isinstance(failure, CardDeclined):
            snapshots.want(account=call.account, kind=call.root_kind, stripe_id=root_id)

    _apply(call, carried or {}, root_id=root_id, by=by, settle=settle)


def never_left(call: OutboundCall, failure: NeverLeft, *, by: Actor) -> None:
    """Nothing was asked; unless a sweep tries the same call by now, whose answer then tells."""
    with transaction.atomic():
        if OutboundCall.objects.select_for_update().filter(pk=call.pk, tries=call.tries).exists():
            reject(call, code=failure.code, message=failure.staff, by=by, resolved_by="reply")


def reject(call: OutboundCall, *, code: str, message: str, by: Actor, resolved_by: str) -> None:
    """The call never took effect; so what it was to make never was. In the caller's transaction."""
    if _finish(
        call,
        status=OutboundCall.Status.REJECTED,
        error_code=code,
        error_message=message,
        resolved_by=resolved_by,
    ):
        reject_subject(call, code=code, message=message, by=by)


def reject_subject(call: OutboundCall, *, code: str, message: str, by: Actor) -> None:
    """Move what the call was to create from `unknown` to `rejected`; what existed before keeps its state."""
    model = event_table.subject_model(call.subject_type)
    row = model.objects.filter(public_id=call.subject_id, stripe_id=None).first() if model else None
    if row is None:
        return
    also = {"failure_code": code, "failure_message": message} if hasattr(row, "failure_code") else {}
    if audit.move(row, from_=["unknown"], to="rejected", by=by, reason=code, **also):
        domain_events.append(row, type=f"{call.subject_type}.rejected", by=by, data={"failure_code": code})


def without_secrets(body: JsonObject) -> JsonObject:
    """A copy of Stripe's JSON with every secret blanked."""
    return {key: _blanked(key, value) for key, value in body.items()}


def _blanked(key: str, value: Any) -> Any:
    if key in _SECRETS:
        return ""
    if isinstance(value, list):
        return [_blanked("", item) for item in value]
    if isinstance(value, str):
        return gateway.without_secrets(value)
    return without_secrets(value) if isinstance(value, dict) else value


def leave(call: OutboundCall) -> gateway.Reply:
    """Make the call and nothing else; raises StripeFailure. `send` also keeps what came of it."""
    ask = gateway.delete if call.method == "DELETE" else gateway.post
    account = call.account.stripe_id
    return ask(call.path, _in_order(call.params), account=account, idempotency_key=call.idempotency_key)


def _in_order(value: Any) -> Any:
    """The same bytes each time: the database does not keep the order of keys."""
    if isinstance(value, list):
        return [_in_order(item) for item in value]
    return {key: _in_order(item) for key, item in sorted(value.items())} if isinstance(value, dict) else value


def _apply(call: OutboundCall, body: JsonObject, *, root_id: str, by: Actor, settle: Callable[[], None]) -> None:
    """Apply a reply that is its root's snapshot unless a newer one was; anything else means: fetch the root."""
    if not root_id:
        with transaction.atomic():
            settle()
        return
    root = snapshots.root_for(account=call.account, kind=call.root_kind, stripe_id=root_id)
    if body.get("id") == root_id and snapshots.apply(
        root, snapshots.Snapshot(call.snapshot_no, body), by=by, settle=settle
    ):
        return
    with transaction.atomic():
        settle()
        snapshots.want(account=call.account, kind=root.kind, stripe_id=root_id)
    try:
        snapshots.refresh(root, by=by)
    except (StripeFailure, snapshots.OvertakenTooOften) as late:
        log.warning("answer kept, its object is fetched later", call=call.public_id, reason=late.code)


def _finish(call: OutboundCall, *, status: str, **fields: Any) -> bool:
    """Settle a call once; whoever is second changes nothing."""
    fields |= {"status": status, "finished_at": real_now()}
    won = OutboundCall.objects.filter(pk=call.pk, status=OutboundCall.Status.SENT).update(**fields)
    for name, value in fields.items():
        setattr(call, name, value)
    return bool(won)


def _snapshot_no(account: StripeAccount, root_id: str) -> int:
    if not root_id:
        return 0
    return Root.objects.filter(account=account, stripe_id=root_id).values_list("snapshot_no", flat=True).first() or 0
