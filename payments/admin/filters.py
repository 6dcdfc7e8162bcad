"""Filters of the payment list; each goes through an index."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest

from config.base import clock
from config.base.models import StripeAccount
from payments.models import Dispute, OutboundCall, Payment, Refund

CAPTURE_SOON = timedelta(days=2)
EVIDENCE_SOON = timedelta(days=7)

# Reads one index entry for each currency, where DISTINCT would read all payments.
_CURRENCIES = """
    WITH RECURSIVE used AS (
        (SELECT currency FROM payments_payment WHERE account_id = %(account)s ORDER BY currency LIMIT 1)
        UNION ALL
        SELECT (SELECT currency FROM payments_payment
                WHERE account_id = %(account)s AND currency > used.currency ORDER BY currency LIMIT 1)
        FROM used WHERE used.currency IS NOT NULL
    )
    SELECT currency FROM used WHERE currency IS NOT NULL
"""


class AccountFilter(admin.SimpleListFilter):
    """Which Stripe account and mode the list shows (see `of_one_account`); hidden while there is one."""

    title = "Stripe account"
    parameter_name = "stripe_account"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        accounts = StripeAccount.objects.order_by("-livemode", "pk")
        return [(str(account.pk), str(account)) for account in accounts]

    def has_output(self) -> bool:
        return len(self.lookup_choices) > 1

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset


def of_one_account(request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
    """Lists begin with the account, as their indexes do: the chosen one, else the first; a search looks in all."""
    accounts = list(StripeAccount.objects.order_by("-livemode", "pk").values_list("pk", flat=True))
    if request.GET.get("q"):
        return queryset.filter(account__in=accounts)
    chosen = request.GET.get(AccountFilter.parameter_name, "")
    wanted = [account for account in accounts if str(account) == chosen] or accounts
    return queryset.filter(account=wanted[0]) if wanted else queryset


class CurrencyFilter(admin.SimpleListFilter):
    title = "currency"
    parameter_name = "currency"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        codes: set[str] = set()
        with connection.cursor() as cursor:
            for account in StripeAccount.objects.values_list("pk", flat=True):
                cursor.execute(_CURRENCIES, {"account": account})
                codes.update(code for (code,) in cursor.fetchall())
        return [(code, code.upper()) for code in sorted(codes)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Payment]) -> QuerySet[Payment]:
        return queryset.filter(currency=self.value()) if self.value() else queryset


class AttentionFilter(admin.SimpleListFilter):
    """Payments that wait for somebody."""

    title = "attention"
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("flagged", "Flagged"), ("in_doubt", "In doubt"), ("capture_due", "Reservation ends soon")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Payment]) -> QuerySet[Payment]:
        narrow = {"flagged": flagged, "in_doubt": in_doubt, "capture_due": capture_due}.get(self.value() or "")
        return narrow(queryset) if narrow else queryset


def flagged(queryset: QuerySet[Payment]) -> QuerySet[Payment]:
    return queryset.exclude(flags=[])


def in_doubt(queryset: QuerySet[Payment]) -> QuerySet[Payment]:
    """Payments for which, or for a refund of which, Stripe has not answered."""
    asked = list(OutboundCall.objects.filter(status="sent").values_list("subject_id", flat=True)[:1000])
    refunded = Refund.objects.filter(public_id__in=asked).values_list("payment_id", flat=True)
    of_payment = queryset.filter(public_id__in=asked)
    return of_payment | queryset.filter(pk__in=list(refunded))


def capture_due(queryset: QuerySet[Payment]) -> QuerySet[Payment]:
    """Authorized payments whose reservation ends within two days."""
    return queryset.filter(status=Payment.Status.REQUIRES_CAPTURE, capture_before__lt=clock.now() + CAPTURE_SOON)


class DisputeFilter(admin.SimpleListFilter):
    """How disputes stand, as whoever must answer them thinks of it."""

    title = "outcome"
    parameter_name = "stands"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "Open"), ("due_soon", "Evidence due soon"), ("won", "Won"), ("lost", "Lost")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Dispute]) -> QuerySet[Dispute]:
        match self.value():
            case "open":
                return queryset.exclude(status__in=Dispute.ENDED)
            case "due_soon":
                return evidence_due(queryset)
            case "won" | "lost" as ended:
                return queryset.filter(status=ended)
        return queryset


def evidence_due(queryset: QuerySet[Dispute]) -> QuerySet[Dispute]:
    """Disputes to answer within a week."""
    now = clock.now()
    return queryset.filter(
        status__in=Dispute.TO_ANSWER, evidence_due_by__gte=now, evidence_due_by__lt=now + EVIDENCE_SOON
    )
