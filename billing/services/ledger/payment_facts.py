"""All that decides how a payment is booked, and what is booked of it: one statement for any number of payments.

Who posts from it holds the payments' rows, so that what it read still stands when it posts.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from billing.services.ledger import books_start, entries
from billing.services.ledger.sides import Booked, Side
from config.base import clock
from config.base.models import LegalEntity
from payments.models import Payment

# OFFSET 0: postings are looked up entry by entry, also while the planner has not seen how many there are by now.
_READ = """
    SELECT p.stripe_id, p.account_id, p.customer_id, p.currency, p.amount_received_minor, p.latest_charge_id,
        coalesce(p.succeeded_at, p.stripe_created_at, p.created_at), e.id, e.time_zone, e.books_closed_through,
        (
            SELECT jsonb_agg(jsonb_build_array(
                i.stripe_id, i.customer_id, coalesce(i.finalized_at, ip.paid_at), ip.paid_at, ip.amount_paid_minor,
                (
                    SELECT coalesce(sum(o.amount_paid_minor), 0) FROM billing_invoicepayment o
                    WHERE o.invoice_id = ip.invoice_id AND o.status = 'paid' AND (o.paid_at, o.id) < (ip.paid_at, ip.id)
                ),
                (
                    SELECT jsonb_agg(jsonb_build_array(l.stripe_id, l.amount_minor - l.discount_minor + coalesce((
                        SELECT sum(t.amount_minor) FROM billing_invoicetax t
                        WHERE t.line_id = l.id AND NOT t.is_inclusive
                    ), 0)) ORDER BY l.position, l.id)
                    FROM billing_invoiceline l WHERE l.invoice_id = i.id AND l.removed_at IS NULL
                ),
                (
                    SELECT jsonb_agg(jsonb_build_array(
                        coalesce(n.effective_at, n.stripe_created_at), n.refund_minor, n.refund_ids
                    ) ORDER BY n.id)
                    FROM billing_creditnote n WHERE n.invoice_id = i.id AND n.status = 'issued' AND n.refund_minor > 0
                )
            ) ORDER BY ip.paid_at, ip.id)
            FROM billing_invoicepayment ip JOIN billing_invoice i ON i.id = ip.invoice_id
            WHERE ip.payment_id = p.id AND ip.status = 'paid' AND ip.paid_at IS NOT NULL
                AND ip.amount_paid_minor > 0 AND ip.currency = p.currency
        ),
        (
            SELECT jsonb_agg(jsonb_build_array(
                r.stripe_id, r.status, r.amount_minor, r.currency, coalesce(r.stripe_created_at, r.created_at),
                CASE WHEN r.status IN ('failed', 'canceled') THEN (
                    SELECT max(v.created_at) FROM base_domainevent v
                    WHERE v.object_id = r.public_id AND v.type = 'refund.' || r.status AND EXISTS (
                        SELECT 1 FROM base_domainevent w WHERE w.object_id = v.object_id AND w.sequence < v.sequence
                            AND w.type IN ('refund.pending', 'refund.succeeded')
                    )
                ) END
            ) ORDER BY r.stripe_created_at, r.id)
            FROM payments_refund r WHERE r.payment_id = p.id AND r.stripe_id IS NOT NULL
        ),
        (
            SELECT jsonb_agg(jsonb_build_array(
                b.source, b.kind, b.id, g.kind, g.currency, g.customer_id, g.reference, g.document, g.line,
                g.amount_minor
            ) ORDER BY b.id)
            FROM billing_entry b CROSS JOIN LATERAL (
                SELECT a.kind, a.currency, g.*
                FROM billing_posting g JOIN billing_ledgeraccount a ON a.id = g.account_id
                WHERE g.entry_id = b.id OFFSET 0
            ) g
            WHERE b.source = ANY(ARRAY(
                SELECT p.stripe_id UNION ALL
                SELECT r.stripe_id FROM payments_refund r WHERE r.payment_id = p.id AND r.stripe_id IS NOT NULL
            ))
        )
    FROM payments_payment p
        JOIN base_stripeaccount s ON s.id = p.account_id JOIN base_legalentity e ON e.id = s.legal_entity_id
    WHERE p.stripe_id = ANY(%s) AND p.status = 'succeeded'
    ORDER BY p.id
"""


@dataclass(frozen=True, slots=True)
class Note:
    """A credit note that gave money back: by which refunds."""

    day: date
    refund_minor: int
    refund_ids: Sequence[str]


@dataclass(frozen=True, slots=True)
class Take:
    """An invoice that took (part of) the payment. `before`: what it was paid before that."""

    invoice: str
    customer_id: int
    account: str
    day: date
    amount_minor: int
    before_minor: int
    lines: Sequence[tuple[str, int]]
    notes: Sequence[Note]


@dataclass(frozen=True, slots=True)
class RefundFact:
    """A refund. `came_back`: the day on which we learned that the money it had taken did."""

    stripe_id: str
    status: str
    amount_minor: int
    currency: str
    day: date
    came_back: date | None


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """A payment that succeeded. `is_old`: before the books began."""

    stripe_id: str
    account_id: int
    customer_id: int | None
    currency: str
    received_minor: int
    charge: str
    day: date
    is_old: bool
    legal_entity: LegalEntity
    takes: Sequence[Take]
    refunds: Sequence[RefundFact]
    booked: dict[str, Booked]
    today: date

    def booked_of(self, source: str) -> Booked:
        return self.booked.setdefault(source, Booked())


def hold(intents: Iterable[str]) -> dict[str, int]:
    """The payments of these intents, locked in key order until the transaction ends: their keys by intent."""
    rows = Payment.objects.select_for_update(no_key=True).filter(stripe_id__in=set(intents)).order_by("pk")
    return {stripe_id: pk for pk, stripe_id in rows.values_list("pk", "stripe_id") if stripe_id}


def read(intents: Sequence[str]) -> list[PaymentFacts]:
    """What is known of those of the payments that succeeded. Their rows are held."""
    with connection.cursor() as cursor:
        cursor.execute(_READ, [list(intents)])
        return [_facts(*row) for row in cursor.fetchall()]


def _facts(
    stripe_id: str, account: int, customer: int | None, currency: str, received: int, charge: str, at: datetime,
    entity: int, zone: str, closed: date | None, takes: str | None, refunds: str | None, booked: str | None,
) -> PaymentFacts:  # fmt: skip
    books = LegalEntity(pk=entity, time_zone=zone, books_closed_through=closed)
    day = entries.day_of(at, books)
    return PaymentFacts(
        stripe_id=stripe_id,
        account_id=account,
        customer_id=customer,
        currency=currency,
        received_minor=received,
        charge=charge,
        day=day,
        is_old=books_start.precedes(day),
        legal_entity=books,
        takes=[_take(books, *each) for each in _listed(takes)],
        refunds=[_refund(books, *each) for each in _listed(refunds)],
        booked=_booked(_listed(booked)),
        today=entries.day_of(clock.now(), books),
    )


def _take(
    books: LegalEntity, invoice: str, customer: int, finalized_at: str, paid_at: str, amount: int, before: int,
    lines: list[tuple[str, int]] | None, notes: list[tuple[str, int, list[str]]] | None,
) -> Take:  # fmt: skip
    account = books_start.receivable(_day(finalized_at, books))
    told = [Note(_day(at, books), refund, ids) for at, refund, ids in notes or []]
    return Take(invoice, customer, account, _day(paid_at, books), amount, before, lines or [], told)


def _refund(
    books: LegalEntity, stripe_id: str, status: str, amount: int, currency: str, at: str, came_back: str | None
) -> RefundFact:
    returned = _day(came_back, books) if came_back else None
    return RefundFact(stripe_id, status, amount, currency, _day(at, books), returned)


def _booked(postings: Iterable[Any]) -> dict[str, Booked]:
    found: dict[str, Booked] = {}
    for source, kind, entry, account, currency, customer, reference, document, line, amount in postings:
        booked = found.setdefault(source, Booked())
        side = Side(account, currency, customer, reference, document, line)
        booked.sides[side] = booked.sides.get(side, 0) + amount
        booked.entries[kind] = entry
    return found


def _day(moment: str, books: LegalEntity) -> date:
    return entries.day_of(datetime.fromisoformat(moment), books)


def _listed(value: str | None) -> list[Any]:
    return json.loads(value) if value else []
