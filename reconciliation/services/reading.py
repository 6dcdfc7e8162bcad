"""Stripe's balance transactions → StatementLines: since three days before the mark, or those of the days asked for.

Each page is kept with the cursor behind it, so a reading that was killed goes on where it stood. Stripe lists the
newest first: what comes while we read is in front of the first page, and the next reading finds it. The mark moves
after the last page, to where the run began. Source: https://docs.stripe.com/api/balance_transactions/list
"""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from config.base.models import StripeAccount
from payments import gateway
from payments.failures import JsonObject, ObjectMissing
from payments.stripe_fields import fitting, moment, reference, text
from reconciliation.models import ReadingMark, Run, StatementLine

OVERLAP = timedelta(days=3)
PAGE = 100
_PATH = "/v1/balance_transactions"
_FACTS = [
    "type", "reporting_category", "amount_minor", "fee_minor", "net_minor", "currency", "exchange_rate", "fee_details",
    "source_id", "description", "status", "available_on", "stripe_created_at",
]  # fmt: skip
# What the books are made from: when it changes, the line is posted anew.
_BOOKED = ("type", "amount_minor", "fee_minor", "net_minor", "currency", "exchange_rate", "source_id", "missing_since")


def read(run: Run) -> None:
    """Read to the last page; raises StripeFailure, and goes on from the last page kept when called again."""
    if run.read_from is None:
        run.read_from = begin_of(run)
        Run.objects.filter(pk=run.pk).update(read_from=run.read_from)
    params: dict[str, Any] = {"limit": PAGE, **_window(run)}
    has_more = True
    while has_more:
        cursor = {"starting_after": run.cursor} if run.cursor else {}
        try:
            page = gateway.get(_PATH, params | cursor, account=run.account.stripe_id)
        except ObjectMissing:
            if not cursor:
                raise
            run.cursor = ""  # the line behind which it stood is gone
            continue
        has_more = page["has_more"] and bool(page["data"])
        with transaction.atomic():
            _keep(run, page["data"])
            if not has_more:
                _end(run)


def read_newest(run: Run) -> None:
    """Keep the lines that came since the run began; its cursor and the mark stay where they are."""
    since = {"created[gte]": int(run.started_at.timestamp())}
    bodies = list(gateway.each(_PATH, since, account=run.account.stripe_id))
    with transaction.atomic():
        keep(run.account, bodies, run=run)


def begin_of(run: Run) -> datetime:
    """From where a run reads: the first day asked for; else the overlap before the mark; else where the books begin."""
    if run.from_date:
        return datetime.combine(run.from_date, time(), _zone(run.account))
    mark = ReadingMark.objects.filter(account=run.account).values_list("read_until", flat=True).first()
    return mark - OVERLAP if mark else books_begin(run.account)


def books_begin(account: StripeAccount) -> datetime:
    """The first moment that is booked; without BOOKS_START, before all that Stripe can tell."""
    if settings.BOOKS_START is None:
        return datetime(2010, 1, 1, tzinfo=UTC)
    return datetime.combine(settings.BOOKS_START, time(), _zone(account))


def keep(account: StripeAccount, bodies: list[JsonObject], *, run: Run | None = None) -> tuple[int, int]:
    """Write lines as Stripe says them, in a transaction: how many are new, and how many had changed."""
    rows = [StatementLine(account=account, last_run=run, **_facts(body)) for body in bodies]
    held = StatementLine.objects.select_for_update(no_key=True).order_by("pk")
    known = {row.stripe_id: row for row in held.filter(stripe_id__in=[row.stripe_id for row in rows])}
    changed = 0
    for row in rows:
        before = known.get(row.stripe_id)
        row.is_posted = before is not None and before.is_posted and not _differs(before, row, _BOOKED)
        changed += before is not None and (_differs(before, row, _FACTS) or before.missing_since is not None)
    ran = ["last_run"] if run else []
    StatementLine.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["stripe_id"],
        update_fields=[*_FACTS, "is_posted", "missing_since", *ran],
    )
    return len(rows) - len(known), changed


def _differs(one: StatementLine, other: StatementLine, names: Any) -> bool:
    return any(getattr(one, name) != getattr(other, name) for name in names)


def _window(run: Run) -> dict[str, Any]:
    since = {"created[gte]": int(run.read_from.timestamp())} if run.read_from else {}
    until = _until(run)
    return since | ({"created[lt]": int(until.timestamp())} if until else {})


def _until(run: Run) -> datetime | None:
    return datetime.combine(run.to_date + timedelta(days=1), time(), _zone(run.account)) if run.to_date else None


def _keep(run: Run, bodies: list[JsonObject]) -> None:
    if not bodies:
        return
    new, changed = keep(run.account, bodies, run=run)
    run.cursor = bodies[-1]["id"]
    Run.objects.filter(pk=run.pk).update(
        cursor=run.cursor,
        lines_read=F("lines_read") + len(bodies),
        lines_new=F("lines_new") + new,
        lines_changed=F("lines_changed") + changed,
    )


def _end(run: Run) -> None:
    """What Stripe listed before and did not list now is marked; the mark moves if nobody asked for certain days."""
    gone = StatementLine.objects.filter(account=run.account, stripe_created_at__gte=run.read_from)
    gone = gone.filter(~Q(last_run=run) | Q(last_run=None), missing_since=None, stripe_created_at__lt=run.started_at)
    gone = gone.filter(read_at__lt=run.started_at)  # others keep lines too, when the page of one is past already
    until = _until(run)
    if until:
        gone = gone.filter(stripe_created_at__lt=until)
    lost = gone.update(missing_since=run.started_at, is_posted=False)
    Run.objects.filter(pk=run.pk).update(lines_changed=F("lines_changed") + lost, step=Run.Step.READ_PAYOUTS)
    run.step = Run.Step.READ_PAYOUTS
    if run.from_date is None:
        ReadingMark.objects.update_or_create(account=run.account, defaults={"read_until": run.started_at})


def _facts(body: JsonObject) -> dict[str, Any]:
    rate = body.get("exchange_rate")
    facts = {
        "stripe_id": body["id"],
        "type": body["type"],
        "reporting_category": text(body, "reporting_category"),
        "amount_minor": body["amount"],
        "fee_minor": body["fee"],
        "net_minor": body["net"],
        "currency": body["currency"],
        "exchange_rate": None if rate is None else Decimal(str(rate)).quantize(Decimal("1e-12")),
        "fee_details": body.get("fee_details") or [],
        "source_id": reference(body, "source"),
        "description": text(body, "description"),
        "status": body["status"],
        "available_on": moment(body["available_on"]),
        "stripe_created_at": moment(body["created"]),
    }
    return fitting(StatementLine, facts)


def _zone(account: StripeAccount) -> ZoneInfo:
    return ZoneInfo(account.legal_entity.time_zone)
