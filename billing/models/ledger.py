"""The books: double entry, append only, per legal entity and currency. Which fact posts what: docs/ledger.md."""

import pgtrigger
from django.db import models
from django.db.models import Q

from billing.models.ledger_triggers import BALANCED, BOOKS_OPEN, NEVER, NOT_EMPTY, OPEN_ENTRY
from config.base import clock
from config.base.ids import PublicIdField
from config.base.models import LegalEntity, StripeAccount
from payments.models import Customer


def _append_only(name: str) -> list[pgtrigger.Trigger]:
    """Rows are written once: no update, no delete, no truncate."""
    truncated = pgtrigger.Trigger(
        name=f"{name}_no_truncate",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func=NEVER,
    )
    return [pgtrigger.Protect(name=f"{name}_stays", operation=pgtrigger.Update | pgtrigger.Delete), truncated]


class LedgerAccount(models.Model):
    """An account of the books: one kind, one currency. What is on Stripe's side also belongs to a Stripe account."""

    class Kind(models.TextChoices):
        RECEIVABLE = "receivable"
        STRIPE_CLEARING = "stripe_clearing"
        STRIPE_BALANCE = "stripe_balance"
        IN_TRANSIT = "in_transit"
        BANK = "bank"
        FEES = "fees"
        REVENUE = "revenue"
        DEFERRED_REVENUE = "deferred_revenue"
        TAX_PAYABLE = "tax_payable"
        CUSTOMER_PREPAYMENTS = "customer_prepayments"
        CREDITS_LIABILITY = "credits_liability"
        DISPUTE_LOSSES = "dispute_losses"
        WRITE_OFFS = "write_offs"
        EXCHANGE = "exchange"
        SUSPENSE = "suspense"
        OPENING = "opening"

    AT_STRIPE = (Kind.STRIPE_CLEARING, Kind.STRIPE_BALANCE, Kind.IN_TRANSIT)

    public_id = PublicIdField("ledger")
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="ledger_accounts")
    account = models.ForeignKey(StripeAccount, on_delete=models.PROTECT, null=True, related_name="ledger_accounts")
    kind = models.CharField(max_length=32, choices=Kind)
    currency = models.CharField(max_length=3)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        default_permissions = ["view"]
        ordering = ["kind", "currency"]
        constraints = [
            models.UniqueConstraint(
                fields=["legal_entity", "kind", "currency", "account"],
                nulls_distinct=False,
                name="ledger_account_once",
            ),
        ]
        triggers = [
            *_append_only("ledger_account"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.currency.upper()}"


class Entry(models.Model):
    """One fact in the books, with its postings. Written once; a mistake is undone by an entry that reverses it.

    `source` and `kind` name the fact: the id at Stripe of what moved (`pi_…`, `in_…`, `txn_…`), ours where Stripe
    has none; and what happened to it (`received`, `issued`). `digest` proves that the row is as it was written.
    """

    public_id = PublicIdField("entry")
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="entries")
    source = models.CharField(max_length=255)
    kind = models.CharField(max_length=64)
    effective_date = models.DateField(help_text="the day it belongs to, in the legal entity's zone")
    recorded_at = models.DateTimeField(default=clock.now, help_text="when the books learned of it")
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="reversed_by")
    note = models.CharField(max_length=500, blank=True, help_text="why, where a person decided")
    by = models.CharField(max_length=150)
    written_in = models.BigIntegerField(editable=False, default=0, help_text="the transaction, set by the database")
    digest = models.BinaryField(editable=False, default=b"", help_text="set by the database")

    class Meta:
        default_permissions = ["view"]
        verbose_name_plural = "entries"
        constraints = [models.UniqueConstraint(fields=["source", "kind"], name="entry_once_per_source_and_kind")]
        indexes = [models.Index(fields=["legal_entity", "-effective_date", "-id"], name="entry_newest")]
        triggers = [
            *_append_only("entry"),
            pgtrigger.Trigger(
                name="entry_has_postings",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func=NOT_EMPTY,
            ),
            pgtrigger.Trigger(name="entry_opens", when=pgtrigger.Before, operation=pgtrigger.Insert, func=BOOKS_OPEN),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.source}"


class Posting(models.Model):
    """One side of an entry: debits are positive, credits negative, in minor units of the account's currency.

    `reference` is what both sides of clearing and transit name: Stripe's id of the charge, refund, dispute or
    payout. `document` is the paper it belongs to (`in_…`, `cn_…`, `pi_…`); `line`, the line of it.
    """

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="postings")
    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="postings")
    amount_minor = models.BigIntegerField()
    # Hidden from the customer: what hangs on a row that turns out to be another's is moved, and a posting never is.
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="+")
    reference = models.CharField(max_length=255, blank=True)
    document = models.CharField(max_length=255, blank=True)
    line = models.CharField(max_length=255, blank=True, help_text="il_…")
    digest = models.BinaryField(editable=False, default=b"", help_text="set by the database")

    class Meta:
        default_permissions = ["view"]
        constraints = [
            models.CheckConstraint(condition=~Q(amount_minor=0), name="posting_moves_something"),
        ]
        indexes = [
            models.Index(
                fields=["account", "customer"],
                include=["amount_minor"],
                name="posting_by_customer",
                condition=Q(customer__isnull=False),
            ),
            models.Index(
                fields=["account", "reference"],
                include=["amount_minor"],
                name="posting_by_reference",
                condition=~Q(reference=""),
            ),
            models.Index(
                fields=["document", "account"],
                include=["amount_minor"],
                name="posting_by_document",
                condition=~Q(document=""),
            ),
        ]
        triggers = [
            *_append_only("posting"),
            pgtrigger.Trigger(
                name="posting_joins_open_entry", when=pgtrigger.Before, operation=pgtrigger.Insert, func=OPEN_ENTRY
            ),
            pgtrigger.Trigger(
                name="posting_balances",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func=BALANCED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.amount_minor}"
