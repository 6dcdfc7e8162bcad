"""Who books by hand waits for all who book to the same: other people, a run that posts lines, webhooks.

Locks are taken in one order: the discrepancy, the account, payments, disputes, payouts, lines.
"""

from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from config.base.models import StripeAccount
from payments.models import Dispute, Payment, Refund
from reconciliation.models import Payout, StatementLine


def hold(account: StripeAccount, ids: Iterable[str]) -> None:
    """Nobody else books to these until the transaction ends. `ids`: what clearing, transit and documents name."""
    named = {*ids} - {""}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"book by hand {account.pk}"])
    refunded = list(Refund.objects.filter(stripe_id__in=named).values_list("payment_id", flat=True))
    payments = Q(latest_charge_id__in=named) | Q(stripe_id__in=named) | Q(pk__in=refunded)
    _lock(Payment.objects.filter(payments))
    _lock(Dispute.objects.filter(stripe_id__in=named))
    _lock(Payout.objects.filter(stripe_id__in=named))
    _lock(StatementLine.objects.filter(Q(source_id__in=named) | Q(stripe_id__in=named)))


def _lock(rows: QuerySet[Any]) -> None:
    list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk"))
