"""One run and one answer for each Idempotency-Key, kept for a day.

The running request holds an advisory lock on its database session, so that a dead process is noticed at once.
Safety does not hang on that lock: the unique row lets one request run, and `hold` stops one that was given up.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import QuerySet

from config.base import clock
from config.base.errors import DomainError
from config.base.models import ApiKey, IdempotentRequest

KEPT_FOR = timedelta(hours=24)
_BATCH = 5000


class RequestLost(DomainError):
    """The process that ran the request died before anything was asked of Stripe: nothing happened."""

    code = "request_lost"
    status = 409
    title = "The request was interrupted before it did anything"

    def __init__(self) -> None:
        super().__init__("Nothing happened. Send the request again with a new Idempotency-Key.")


@dataclass(frozen=True, slots=True)
class Asking:
    """A request with an Idempotency-Key, as it arrived."""

    api_key: ApiKey
    method: str
    path: str
    key: str
    body_sha256: str
    request_id: str

    @property
    def place(self) -> str:
        return f"idempotency {self.api_key.pk} {self.method} {self.path} {self.key}"


@contextmanager
def sole_runner(asking: Asking) -> Iterator[bool]:
    """Whether nobody else runs this request now; nobody else will until the end of the block."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [asking.place])
        ((is_sole,),) = cursor.fetchall()
    try:
        yield is_sole
    finally:
        if is_sole:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [asking.place])


def find(asking: Asking) -> IdempotentRequest | None:
    """The first request with this key, if that was within the last day."""
    return _same(asking).filter(created_at__gt=clock.now() - KEPT_FOR).first()


def begin(asking: Asking) -> IdempotentRequest | None:
    """The row of a request about to run; None if another one was faster."""
    _same(asking).filter(created_at__lte=clock.now() - KEPT_FOR).delete()
    record, is_new = IdempotentRequest.objects.get_or_create(
        api_key=asking.api_key,
        method=asking.method,
        path=asking.path,
        key=asking.key,
        defaults={"body_sha256": asking.body_sha256, "request_id": asking.request_id, "created_at": clock.now()},
    )
    return record if is_new else None


def keep(record: IdempotentRequest, *, status_code: int, content_type: str, body: str) -> None:
    """Store the answer, once."""
    unanswered = IdempotentRequest.objects.filter(pk=record.pk, status_code=None)
    unanswered.update(status_code=status_code, content_type=content_type, body=body, answered_at=clock.now())


def release(record: IdempotentRequest) -> None:
    """Nothing happened: the same key may run again."""
    IdempotentRequest.objects.filter(pk=record.pk, status_code=None).delete()


def hold(request_id: str) -> None:
    """Before something is asked of Stripe, in that transaction: raises RequestLost if the request was given up."""
    records = IdempotentRequest.objects.select_for_update().filter(request_id=request_id)
    if request_id and any(record.status_code is not None for record in records):
        raise RequestLost


def forget_old(*, now: datetime) -> int:
    """Delete the answers older than a day; returns how many."""
    forgotten = 0
    while True:
        old = IdempotentRequest.objects.filter(created_at__lte=now - KEPT_FOR).values_list("pk", flat=True)[:_BATCH]
        deleted, _ = IdempotentRequest.objects.filter(pk__in=list(old)).delete()
        forgotten += deleted
        if deleted < _BATCH:
            return forgotten


def _same(asking: Asking) -> QuerySet[IdempotentRequest]:
    return IdempotentRequest.objects.filter(
        api_key=asking.api_key, method=asking.method, path=asking.path, key=asking.key
    )
