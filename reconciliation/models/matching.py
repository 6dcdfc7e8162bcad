import pgtrigger
from django.db import models
from django.db.models import Q

from config.base import clock
from config.base.ids import PublicIdField
from config.base.models import StripeAccount
from reconciliation.models.statement_line import StatementLine


class MatchRule(models.Model):
    """How lines and documents that name no common id are brought together, or a difference is let pass.

    Rules are tried by priority, the lowest number first; a match carries the name of its rule.
    """

    class Action(models.TextChoices):
        ALLOW_DIFFERENCE = "allow_difference", "let a difference up to the tolerance pass"
        BOOK_LINE = "book_line", "book lines of a type to an account of the ledger"
        BOOK_PAYMENT = "book_payment", "book payments without a document as sales"

    account = models.ForeignKey(StripeAccount, on_delete=models.PROTECT, related_name="match_rules")
    name = models.CharField(max_length=120)
    priority = models.PositiveSmallIntegerField(default=100)
    action = models.CharField(max_length=32, choices=Action)
    discrepancy_type = models.CharField(max_length=32, blank=True, help_text="the type that it lets pass")
    currency = models.CharField(max_length=3, blank=True, help_text="empty: every currency")
    line_type = models.CharField(max_length=64, blank=True, help_text="Stripe's type of balance transaction")
    description_contains = models.CharField(max_length=200, blank=True)
    tolerance_minor = models.PositiveBigIntegerField(default=0, help_text="in the currency's minor unit")
    ledger_kind = models.CharField(max_length=32, blank=True, help_text="the account that it is booked to")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["priority", "id"]
        constraints = [models.UniqueConstraint(fields=["account", "name"], name="match_rule_name_once")]

    def __str__(self) -> str:
        return self.name


class Match(models.Model):
    """Lines and documents that were brought together, n to m, by a rule or a person; undone, never deleted.

    Lines that name a document of ours by its id need no row: they match by that id.
    """

    public_id = PublicIdField("match")
    account = models.ForeignKey(StripeAccount, on_delete=models.PROTECT, related_name="matches")
    rule = models.CharField(max_length=120, help_text="the rule's or the person's name")
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=150, blank=True)

    class Meta:
        default_permissions = ["view"]
        verbose_name_plural = "matches"
        triggers = [pgtrigger.Protect(name="match_never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.public_id


class MatchedLine(models.Model):
    """A line in a match; `is_active` follows its match, so that a line is in one match at a time."""

    match = models.ForeignKey(Match, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(StatementLine, on_delete=models.PROTECT, related_name="matches")
    is_active = models.BooleanField(default=True)

    class Meta:
        default_permissions = ["view"]
        constraints = [
            models.UniqueConstraint(fields=["line"], condition=Q(is_active=True), name="line_in_one_match"),
        ]

    def __str__(self) -> str:
        return f"{self.match} {self.line}"


class MatchedDocument(models.Model):
    """A document of ours in a match, by the id that clearing knows it by (`ch_…`, `re_…`, `du_…`)."""

    match = models.ForeignKey(Match, on_delete=models.PROTECT, related_name="documents")
    reference = models.CharField(max_length=255)
    is_active = models.BooleanField(default=True)

    class Meta:
        default_permissions = ["view"]
        constraints = [
            models.UniqueConstraint(fields=["reference"], condition=Q(is_active=True), name="document_in_one_match"),
        ]

    def __str__(self) -> str:
        return f"{self.match} {self.reference}"
