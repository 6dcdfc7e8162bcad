"""A row's whole story from where it is kept: staff, API, Stripe calls, webhooks, tries, refunds, domain events."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, QuerySet

from config.base.console import changes, display
from config.base.console.display import Tone
from config.base.console.pages import Entry, Payload, Timeline
from config.base.models import ConfirmedAction, DomainEvent, IdempotentRequest
from config.base.money import Money
from payments import method_names
from payments.admin import links, words
from payments.models import InboxEvent, OutboundCall, Payment, PaymentAttempt, Refund

AT_MOST = 200
_CALL_TONES = {"answered": Tone.GOOD, "sent": Tone.WARN, "refused": Tone.BAD, "rejected": Tone.BAD}
_SHOWN_OTHERWISE = ("refund.created",)


def of_payment(payment: Payment, refunds: list[Refund]) -> Timeline:
    """The story, oldest first; each source is read once, at most AT_MOST rows of it."""
    told = [map(_attempt, payment.attempts.all()[:AT_MOST]), map(_refund, refunds)]
    public_ids = [payment.public_id, *(refund.public_id for refund in refunds)]
    return of(payment, public_ids=public_ids, roots=[payment.stripe_id], also=told, without=_SHOWN_OTHERWISE)


def of(
    row: Model,
    *,
    public_ids: Sequence[str],
    roots: Sequence[str | None],
    also: Iterable[Iterable[Entry]] = (),
    without: Sequence[str] = (),
    newest: int = AT_MOST * 8,
) -> Timeline:
    """The story of a row and of what hangs on it (`public_ids`), with the webhooks of their `roots` at Stripe.

    `also`: entries of other sources; `without`: types of domain events that those tell already. Only the `newest`
    entries are shown.
    """
    calls = list(OutboundCall.objects.filter(subject_id__in=public_ids).order_by("-id")[:AT_MOST])
    sources: Iterable[Iterable[Entry]] = [
        _api_calls(calls),
        map(_call, calls),
        map(_webhook, reversed(_webhooks([root for root in roots if root]))),
        *also,
        map(_event, _events(public_ids, without)),
        _staff(public_ids),
        _audit(row),
    ]
    entries = sorted((entry for source in sources for entry in source), key=_place)
    note = f"Only the newest {AT_MOST} of each kind are shown." if len(calls) >= AT_MOST else ""
    if len(entries) > newest:
        note = f"Only the newest {newest} are shown; each page has its own whole story."
    return Timeline(title="Timeline", entries=entries[-newest:], note=note)


def _place(entry: Entry) -> datetime:
    """Stripe tells whole seconds: what it did in one follows what we did in it, and brought it about."""
    return entry.at if entry.at.microsecond else entry.at + timedelta(microseconds=999_999)


def _events(public_ids: Sequence[str], without: Sequence[str]) -> QuerySet[DomainEvent]:
    told = DomainEvent.objects.filter(object_id__in=public_ids).exclude(type__in=without)
    return told.order_by("-id")[:AT_MOST]


def _webhooks(roots: Sequence[str]) -> list[InboxEvent]:
    return list(InboxEvent.objects.filter(root_id__in=roots).order_by("-id")[:AT_MOST]) if roots else []


def _api_calls(calls: list[OutboundCall]) -> Iterator[Entry]:
    asked_by = {call.request_id: call.actor_label for call in calls if call.request_id}
    requests = IdempotentRequest.objects.filter(request_id__in=asked_by).select_related("api_key")
    for request in requests:
        answer = f"answered {request.status_code}" if request.status_code else "not answered yet"
        yield Entry(
            at=request.created_at,
            kind="API call",
            text=f"{request.method} {request.path}",
            detail=f"{answer} · {request.request_id}",
            actor=f"API key {request.api_key}",
            payloads=[Payload("Answer", request.body)] if request.body else [],
        )


def _call(call: OutboundCall) -> Entry:
    outcome = words.MEANINGS["sent"] if call.status == "sent" else display.words(call.status)
    refusal = f"{call.error_code} {call.error_message}".strip()
    answered = [Payload("Stripe's answer", call.reply)] if call.reply else []
    return Entry(
        at=call.created_at,
        kind="Stripe call",
        text=f"{call.method} {call.path}",
        detail=" · ".join(filter(None, [outcome, refusal, call.stripe_request_id])),
        actor=words.actor(call.actor_kind, call.actor_label),
        tone=_CALL_TONES.get(call.status, Tone.QUIET),
        url=links.url(call),
        payloads=[Payload("Parameters", call.params), *answered],
    )


def _webhook(event: InboxEvent) -> Entry:
    return Entry(
        # Beside a local Stripe whose clock runs ahead, the moment of receipt is too early.
        at=max(event.received_at, event.stripe_created_at),
        kind="Webhook" if event.source == InboxEvent.Source.WEBHOOK else "Fetched event",
        text=event.type,
        detail=f"{display.words(event.status)} · {event.stripe_id}",
        actor="Stripe",
        tone=words.TONES.get(event.status, Tone.QUIET),
        url=links.url(event),
        payloads=[Payload("Event", event.body)] if event.body else [],
    )


def _attempt(attempt: PaymentAttempt) -> Entry:
    why = attempt.failure_message or attempt.decline_code or attempt.failure_code
    return Entry(
        at=attempt.attempted_at,
        kind="Attempt",
        text=f"{method_names.said(attempt.method_label) or 'Payment method'}: {attempt.outcome}",
        detail=" · ".join(filter(None, [why, attempt.source])),
        tone=words.TONES.get(attempt.outcome, Tone.QUIET),
    )


def _refund(refund: Refund) -> Entry:
    why = display.words(refund.reason) if refund.reason else ""
    return Entry(
        at=refund.created_at,
        kind="Refund",
        text=f"{refund.amount.format(display.locale())} asked, now {refund.status}",
        detail=" · ".join(filter(None, [why, refund.note, refund.failure_message])),
        actor=words.asked_by(refund.requested_by),
        tone=words.TONES.get(refund.status, Tone.QUIET),
        url=links.url(refund),
    )


def _event(event: DomainEvent) -> Entry:
    amount, currency = event.data.get("amount"), event.data.get("currency")
    told = Money(amount, currency).format(display.locale()) if isinstance(amount, int) and currency else ""
    return Entry(
        at=event.created_at,
        kind="Event",
        text=event.type,
        detail=told,
        actor=words.actor(event.actor_kind, event.actor_label),
        payloads=[Payload("Data", event.data)] if event.data else [],
    )


def _staff(public_ids: Sequence[str]) -> Iterator[Entry]:
    confirmed = ConfirmedAction.objects.filter(object_id__in=public_ids).select_related("user")
    for action in confirmed.order_by("-id")[:AT_MOST]:
        reason = f"“{action.reason.replace('_', ' ')}”" if action.reason else ""
        yield Entry(
            at=action.created_at,
            kind="Staff action",
            text=action.summary,
            detail=f"{reason} {action.outcome or 'No outcome known.'}".strip(),
            actor=str(action.user),
            tone={True: Tone.GOOD, False: Tone.WARN, None: Tone.QUIET}[action.succeeded],
        )


def _audit(row: Model) -> Iterator[Entry]:
    """What staff changed beside confirmed actions; moves by the system are told by domain events."""
    kind = ContentType.objects.get_for_model(row)
    lines = LogEntry.objects.filter(content_type=kind, object_id=row.pk, actor__isnull=False).order_by("-id")
    for line in lines.select_related("actor")[:AT_MOST]:
        if "confirmed" not in (line.changes or {}):
            yield Entry(at=line.timestamp, kind="Audit", text=changes.in_words(line), actor=str(line.actor))
