"""One bill for an item and a period: which line it is, and which are a second one.

Only licensed lines that are no proration, of invoices that are neither void nor deleted. The bill of the oldest
invoice counts, in whichever order they were told of. Whoever handles an invoice holds the items on it, so that two
invoices for one item are never judged at once.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from billing.handlers import broken_rules
from billing.models import Invoice, InvoiceLine
from billing.services.parking import PERIOD_BILLED_TWICE
from config.base.actor import Actor
from payments.failures import JsonObject
from payments.stripe_fields import moment, nested, reference

Period = tuple[str, datetime]
_WITHOUT_EFFECT = (Invoice.Status.VOID, Invoice.Status.DELETED)
_HOLD = "SELECT pg_advisory_xact_lock(hashtextextended(item, 0)) FROM unnest(%s::text[]) AS item ORDER BY item"


@dataclass(frozen=True, slots=True)
class Held:
    """Items held until the transaction ends, and the periods of theirs that an invoice bills, or billed before."""

    periods: frozenset[Period]


def hold(body: JsonObject) -> Held:
    """Before the invoice's own row is locked: who waits here holds no row that the one before may want."""
    lines = InvoiceLine.objects.filter(invoice__stripe_id=body["id"]).exclude(subscription_item_id="")
    before = lines.values_list("subscription_item_id", "period_start").order_by().distinct()
    periods = frozenset(before) | _named(body)
    if periods:
        with connection.cursor() as cursor:
            cursor.execute(_HOLD, [sorted({item for item, _ in periods})])
    return Held(periods)


def settle(held: Held, *, by: Actor, source: str) -> None:
    """Say which line counts in each period that the invoice bills or billed; flag and park for a second one."""
    periods = held.periods
    if not periods:
        return
    lines = InvoiceLine.objects.filter(subscription_item_id__in={item for item, _ in periods})
    lines = lines.filter(period_start__in={start for _, start in periods})
    rivals: dict[Period, list[InvoiceLine]] = defaultdict(list)
    for line in lines.select_related("invoice").order_by("invoice__stripe_created_at", "invoice_id", "position", "pk"):
        rivals[line.subscription_item_id, line.period_start].append(line)
    verdicts = [verdict for period in sorted(periods) for verdict in _judge(rivals[period])]
    _write(verdicts, by=by, source=source)


Verdict = tuple[InvoiceLine, bool, bool]


def _judge(lines: Iterable[InvoiceLine]) -> Iterable[Verdict]:
    """(line, counts, is a duplicate). Tiers of one price are several lines of one bill."""
    first: InvoiceLine | None = None
    for line in lines:
        if not _is_a_bill(line):
            yield line, False, False
        elif first is None:
            first = line
            yield line, True, False
        else:
            yield line, False, line.invoice_id != first.invoice_id


def _is_a_bill(line: InvoiceLine) -> bool:
    if line.is_proration or line.is_metered or line.removed_at:
        return False
    return line.invoice.status not in _WITHOUT_EFFECT


def _write(verdicts: Iterable[Verdict], *, by: Actor, source: str) -> None:
    """Those that count no more come first: the database takes one a period."""
    changed = [each for each in verdicts if (each[0].counts, each[0].is_duplicate) != each[1:]]
    for line, counts, is_duplicate in sorted(changed, key=lambda each: each[1]):
        is_news = is_duplicate and not line.is_duplicate
        InvoiceLine.objects.filter(pk=line.pk).update(counts=counts, is_duplicate=is_duplicate)
        if is_news:
            broken_rules.park_for(
                line.invoice, flag=PERIOD_BILLED_TWICE, subscription_ids=[line.subscription_id], by=by, source=source,
                reason=f"{line.invoice} bills {line.description or line.subscription_item_id} a second time.",
            )  # fmt: skip


def _named(body: JsonObject) -> set[Period]:
    """The items and periods that a snapshot's lines bill."""
    lines = [(_item(line), moment(line["period"]["start"])) for line in nested(body, "lines").get("data", [])]
    return {(item, start) for item, start in lines if item and start}


def _item(line: JsonObject) -> str:
    return reference(nested(nested(line, "parent"), "subscription_item_details"), "subscription_item")
