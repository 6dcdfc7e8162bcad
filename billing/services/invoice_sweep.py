"""What is still to be done for invoices, by itself: drafts half sent, numbers of our own, taxes that could not be told.

Renewals of a legal entity with its own numbers are held back when Stripe makes their draft, and finalized here when
Stripe would have done it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import connection
from django.db.models import QuerySet

from billing.models import Invoice
from billing.services import draft_sending, invoices
from config.base import clock
from config.base.actor import Actor
from config.base.errors import DomainError

BATCH = 200
DRAFT_WINDOW = timedelta(hours=1)  # Source: https://docs.stripe.com/billing/subscriptions/webhooks
AGAIN_AFTER = timedelta(minutes=10)
SWEEP = Actor.system("see_to_invoices")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did: drafts held back, wishes fulfilled, wishes that wait on."""

    held: int
    done: int
    waiting: int


def sweep(*, by: Actor = SWEEP) -> Swept:
    """Hold new drafts back that are to get our numbers; then do what is due. One that cannot holds up no other."""
    held = sum(_hold_back(invoice, by) for invoice in _advancing()[:BATCH])
    outcomes = [_fulfil(invoice, by) for invoice in _due(clock.now())[:BATCH] if _claim(invoice)]
    return Swept(held, sum(outcomes), len(outcomes) - sum(outcomes))


def _advancing() -> QuerySet[Invoice]:
    """Drafts that Stripe would finalize under a number of its own, where the legal entity has a series."""
    drafts = Invoice.objects.filter(status=Invoice.Status.DRAFT, auto_advance=True, stripe_id__isnull=False)
    numbered = drafts.filter(account__legal_entity__number_series__is_active=True)
    # In any order, so that those which Stripe keeps refusing do not keep the others waiting.
    return numbered.select_related("account__legal_entity", "customer").order_by("?")


def _due(now: datetime) -> QuerySet[Invoice]:
    due = Invoice.objects.filter(wanted_at__lte=now).exclude(wanted="")
    return due.select_related("account__legal_entity", "customer", "subscription").order_by("wanted_at", "pk")


def _hold_back(invoice: Invoice, by: Actor) -> bool:
    try:
        invoices.hold_back(invoice=invoice, by=by)
    except DomainError as refusal:
        log.warning("draft not held back", invoice=invoice.public_id, reason=refusal.code)
        return False
    except Exception:
        if not connection.is_usable():
            raise
        log.exception("a draft cannot be held back", invoice=invoice.public_id)
        return False
    made_at = invoice.stripe_created_at or invoice.created_at
    Invoice.objects.filter(pk=invoice.pk, status=Invoice.Status.DRAFT, wanted="").update(
        wanted=Invoice.Wanted.FINALIZE, wanted_at=made_at + DRAFT_WINDOW
    )
    return True


def _claim(invoice: Invoice) -> bool:
    """Take the wish for a while, so that two sweeps do not meet; the next time to try it is set with that."""
    mine = Invoice.objects.filter(pk=invoice.pk, wanted=invoice.wanted, wanted_at=invoice.wanted_at)
    return bool(mine.update(wanted_at=clock.now() + AGAIN_AFTER))


def _fulfil(invoice: Invoice, by: Actor) -> bool:
    if invoice.status != Invoice.Status.DRAFT:
        return _forget(invoice)
    if invoice.subscription and invoice.subscription.pause_behavior:
        return False
    try:
        if invoice.wanted == Invoice.Wanted.SEND:
            return draft_sending.is_whole(draft_sending.send(invoice=invoice, by=by))
        invoices.finalize(invoice=invoice, by=by)
    except DomainError as refusal:
        log.warning("invoice waits on", invoice=invoice.public_id, reason=refusal.code)
        return _wait(invoice, getattr(refusal, "staff", "") or refusal.detail)
    except Exception as error:
        if not connection.is_usable():
            raise
        log.exception("an invoice cannot go on", invoice=invoice.public_id)
        return _wait(invoice, f"{type(error).__name__}: {error}"[:2000])
    return invoice.status != Invoice.Status.DRAFT and _forget(invoice)


def _wait(invoice: Invoice, reason: str) -> bool:
    Invoice.objects.filter(pk=invoice.pk).update(waits_for=reason)
    return False


def _forget(invoice: Invoice) -> bool:
    Invoice.objects.filter(pk=invoice.pk).update(wanted="", wanted_at=None, waits_for="")
    return True
