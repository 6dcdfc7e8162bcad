"""Payouts and their lines: what no event told of is fetched, and the lines of completed payouts are listed.

Only automatic payouts can be listed line by line. Source: https://docs.stripe.com/reports/payout-reconciliation
"""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models import Q

from config.base import clock
from config.base.actor import Actor
from config.base.models import StripeAccount
from payments import gateway
from payments.failures import JsonObject
from payments.services import snapshots
from reconciliation.models import Payout, Run, StatementLine
from reconciliation.services import reading

# Banks send money back days after it arrived. Source: https://docs.stripe.com/payouts#payout-failures
RETURNED_WITHIN = timedelta(days=14)
_OPEN = (Payout.Status.PENDING, Payout.Status.IN_TRANSIT)
_SAME = {"status": "status", "reconciliation_status": "reconciliation_status", "reversed_by": "reversed_by_id"}


def read(run: Run, *, by: Actor) -> None:
    """Fetch payouts that are new or not as we know them, then list the lines of those that are complete."""
    since = (run.read_from or reading.books_begin(run.account)) - RETURNED_WITHIN
    listed = gateway.each("/v1/payouts", {"created[gte]": int(since.timestamp())}, account=run.account.stripe_id)
    seen = set(_refreshed(run.account, listed, by=by))
    for payout in Payout.objects.filter(account=run.account, status__in=_OPEN).exclude(stripe_id__in=seen):
        refresh(run.account, payout.stripe_id, by=by)
    itemise_all(run.account)


def refresh(account: StripeAccount, stripe_id: str, *, by: Actor) -> None:
    """The payout as Stripe has it now; raises StripeFailure."""
    snapshots.refresh(snapshots.root_for(account=account, kind="payout", stripe_id=stripe_id), by=by)


def itemise_all(account: StripeAccount) -> int:
    """List the lines of every completed automatic payout that was not listed yet: how many payouts."""
    ready = Payout.objects.filter(
        account=account, is_automatic=True, lines_read_at=None, reconciliation_status="completed"
    )
    return sum(itemise(payout) for payout in ready.order_by("pk"))


def itemise(payout: Payout) -> bool:
    """Keep which lines a completed automatic payout is made of; lines that were not read yet are kept too."""
    params = {"payout": payout.stripe_id}
    bodies = list(gateway.each("/v1/balance_transactions", params, account=payout.account.stripe_id))
    with transaction.atomic():
        Payout.objects.select_for_update().get(pk=payout.pk)
        told = Q(stripe_id__in=[body["id"] for body in bodies])
        held = StatementLine.objects.select_for_update(no_key=True).filter(told | Q(payout=payout)).order_by("pk")
        known = set(held.values_list("stripe_id", flat=True))
        reading.keep(payout.account, [body for body in bodies if body["id"] not in known])
        StatementLine.objects.filter(payout=payout).update(payout=None)
        StatementLine.objects.filter(told).update(payout=payout)
        Payout.objects.filter(pk=payout.pk).update(lines_read_at=clock.now())
    return True


def _refreshed(account: StripeAccount, listed: Iterable[JsonObject], *, by: Actor) -> Iterable[str]:
    for body in listed:
        known = Payout.objects.filter(stripe_id=body["id"]).first()
        if known is None or any((body.get(theirs) or "") != getattr(known, ours) for theirs, ours in _SAME.items()):
            refresh(account, body["id"], by=by)
        yield body["id"]
