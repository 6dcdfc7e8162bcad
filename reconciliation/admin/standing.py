"""What of a discrepancy still stands in clearing, in transit or in suspense, in words."""

from django.db.models import Q, Sum

from billing.models import LedgerAccount, Posting
from config.base.console import display
from config.base.money import Money
from reconciliation.admin import words
from reconciliation.models import Discrepancy

Kind = LedgerAccount.Kind


def left(row: Discrepancy) -> list[str]:
    """`€3.00 in Stripe clearing`, for each account at Stripe on which its two sides do not meet."""
    at_stripe = Q(account__kind__in=(Kind.STRIPE_CLEARING, Kind.IN_TRANSIT), account__account=row.account)
    return _said(row, Q(reference=row.object_id) & at_stripe)


def in_suspense(row: Discrepancy) -> list[str]:
    return _said(row, Q(document=row.object_id, account__kind=Kind.SUSPENSE))


def sentences(row: Discrepancy) -> list[str]:
    return [f"Now in the books: {what}." for what in (*left(row), *in_suspense(row))]


def _said(row: Discrepancy, wanted: Q) -> list[str]:
    postings = Posting.objects.filter(wanted, account__legal_entity=row.account.legal_entity_id)
    sums = postings.values_list("account__kind", "account__currency").annotate(held=Sum("amount_minor"))
    return [
        f"{Money(abs(int(held)), currency).format(display.locale())} in {words.ledger_kind(kind)}"
        for kind, currency, held in sums.order_by("account__kind", "account__currency")
        if held
    ]
