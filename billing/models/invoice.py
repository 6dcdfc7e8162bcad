import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from billing.models.price import Price
from billing.models.stripe_row import StripeRow
from billing.models.subscription import Subscription
from config.base.ids import PublicIdField
from config.base.money import Money
from payments.models import Customer, Payment


class Invoice(StripeRow):
    """What a customer owes, line by line, as Stripe computed it. Amounts are copied, never recomputed.

    A draft without `stripe_id` is ours alone: its lines are DraftLines, until staff send it to Stripe.
    Written by the snapshot handler once Stripe knows it. `flags`: see `billing.handlers.invoices`.
    """

    class Status(models.TextChoices):
        DRAFT = "draft"
        OPEN = "open"
        PAID = "paid"
        VOID = "void"
        UNCOLLECTIBLE = "uncollectible"
        DELETED = "deleted", "a draft that was thrown away"
        REJECTED = "rejected", "never made at Stripe"

    TERMINAL = (Status.PAID, Status.VOID, Status.DELETED)

    class Wanted(models.TextChoices):
        SEND = "send", "to be sent to Stripe whole"
        FINALIZE = "finalize", "to be finalized"

    public_id = PublicIdField("inv")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="invoices")
    subscription = models.ForeignKey(
        Subscription, on_delete=models.PROTECT, null=True, blank=True, related_name="invoices"
    )
    from_invoice = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrected_by", help_text="it corrects"
    )
    status = models.CharField(max_length=16, choices=Status, default=Status.DRAFT)
    number = models.CharField(max_length=64, blank=True)
    currency = models.CharField(max_length=3)
    collection_method = models.CharField(max_length=32, default="charge_automatically")
    billing_reason = models.CharField(max_length=40, blank=True)
    auto_advance = models.BooleanField(default=False)
    attempt_count = models.PositiveSmallIntegerField(default=0)
    next_payment_attempt = models.DateTimeField(null=True, blank=True)
    automatic_tax_status = models.CharField(max_length=32, blank=True)
    finalization_error = models.TextField(blank=True, help_text="why Stripe could not finalize it")

    description = models.TextField(blank=True, help_text="memo, shown on the invoice")
    footer = models.TextField(blank=True)
    purchase_order = models.CharField(max_length=140, blank=True)
    custom_fields = models.JSONField(default=list, blank=True, help_text='[{"name": …, "value": …}]')
    days_until_due = models.PositiveSmallIntegerField(null=True, blank=True, help_text="terms, of a draft of ours")
    due_date = models.DateTimeField(null=True, blank=True)
    period_start = models.DateTimeField(null=True, blank=True)
    period_end = models.DateTimeField(null=True, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    wanted = models.CharField(
        max_length=16, choices=Wanted, blank=True, help_text="what is still to be done at Stripe, by the sweep"
    )
    wanted_at = models.DateTimeField(null=True, blank=True, help_text="when the sweep does it, or tries it again")
    waits_for = models.TextField(blank=True, help_text="why that could not be done yet")

    subtotal_minor = models.BigIntegerField(default=0)
    discount_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)
    total_minor = models.BigIntegerField(default=0)
    starting_balance_minor = models.BigIntegerField(default=0)
    ending_balance_minor = models.BigIntegerField(null=True, blank=True)
    amount_due_minor = models.BigIntegerField(default=0)
    amount_paid_minor = models.BigIntegerField(default=0)
    amount_paid_off_stripe_minor = models.BigIntegerField(default=0)
    amount_remaining_minor = models.BigIntegerField(default=0)
    amount_overpaid_minor = models.BigIntegerField(default=0)
    pre_payment_credit_minor = models.BigIntegerField(default=0)
    post_payment_credit_minor = models.BigIntegerField(default=0)

    hosted_invoice_url = models.URLField(max_length=2000, blank=True)
    finalized_at = models.DateTimeField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True)
    marked_uncollectible_at = models.DateTimeField(null=True, blank=True)
    failure_code = models.CharField(max_length=64, blank=True)
    failure_message = models.TextField(blank=True)
    flags = ArrayField(models.CharField(max_length=64), default=list, blank=True)

    class Meta:
        default_permissions = ["view"]
        permissions = [
            ("draft_invoice", "Can write, send and delete drafts"),
            ("finalize_invoice", "Can finalize and send invoices"),
            ("pay_invoice", "Can collect invoices and record payments made outside"),
            ("void_invoice", "Can void invoices and mark them uncollectible"),
            ("clear_flags_invoice", "Can clear the flags of invoices"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(stripe_id__isnull=False) | Q(status__in=["draft", "deleted", "rejected"]),
                name="invoice_status_comes_from_stripe",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-created_at", "-id"], name="invoice_newest"),
            models.Index(fields=["account", "status", "-created_at", "-id"], name="invoice_by_status"),
            models.Index(fields=["account", "currency", "total_minor", "-created_at"], name="invoice_by_total"),
            models.Index(fields=["customer", "-created_at", "-id"], name="invoice_by_customer"),
            models.Index(fields=["subscription", "-created_at"], name="invoice_by_subscription"),
            models.Index(fields=["number"], name="invoice_by_number"),
            models.Index(fields=["account", "-created_at"], condition=~Q(flags=[]), name="invoice_flagged"),
            models.Index(fields=["wanted_at"], condition=~Q(wanted=""), name="invoice_wanted"),
            models.Index(
                fields=["account"], condition=Q(status="draft", auto_advance=True), name="invoice_advancing_draft"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="terminal_status_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__status__in=["paid", "void", "deleted"])
                & pgtrigger.Q(old__status__df=pgtrigger.F("new__status")),
            ),
        ]

    def __str__(self) -> str:
        return self.number or self.public_id

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)

    @property
    def amount_due(self) -> Money:
        return Money(self.amount_due_minor, self.currency)

    @property
    def remaining(self) -> Money:
        return Money(self.amount_remaining_minor, self.currency)


class DraftLine(models.Model):
    """A line that staff wrote, of an invoice that Stripe does not know yet. Price, or amount and description."""

    public_id = PublicIdField("draftline")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="draft_lines")
    position = models.PositiveIntegerField()
    description = models.CharField(max_length=500, blank=True)
    price = models.ForeignKey(Price, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    quantity = models.PositiveBigIntegerField(default=1)
    unit_amount_minor = models.BigIntegerField(null=True, blank=True)
    period_start = models.DateTimeField(null=True, blank=True)
    period_end = models.DateTimeField(null=True, blank=True)
    is_discountable = models.BooleanField(default=True)

    class Meta:
        default_permissions = ["view"]
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(price__isnull=False) ^ Q(unit_amount_minor__isnull=False),
                name="draft_line_has_one_price",
            ),
        ]

    def __str__(self) -> str:
        return self.description or self.public_id


class InvoiceLine(models.Model):
    """A line of an invoice, as Stripe has it.

    `counts`: no line of a void or deleted invoice, none that is a proration or metered, and not the second one of a
    period, which Stripe may make and we never ask for (`is_duplicate`).
    """

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines")
    stripe_id = models.CharField(max_length=255, unique=True, editable=False, help_text="il_…")
    position = models.PositiveIntegerField()
    description = models.TextField(blank=True)
    quantity = models.BigIntegerField(null=True)
    unit_amount_decimal = models.DecimalField(max_digits=28, decimal_places=12, null=True)
    amount_minor = models.BigIntegerField()
    subtotal_minor = models.BigIntegerField(default=0)
    discount_minor = models.BigIntegerField(default=0)
    discount_amounts = models.JSONField(default=list, help_text='[{"discount": "di_…", "amount": minor}]')
    tax_minor = models.BigIntegerField(default=0, help_text="exclusive and inclusive taxes of this line")
    currency = models.CharField(max_length=3)
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    price_id = models.CharField(max_length=255, blank=True, help_text="price_…")
    product_id = models.CharField(max_length=255, blank=True, help_text="prod_…")
    subscription_id = models.CharField(max_length=255, blank=True, help_text="sub_…")
    subscription_item_id = models.CharField(max_length=255, blank=True, help_text="si_…")
    invoice_item_id = models.CharField(max_length=255, blank=True, help_text="ii_…")
    is_proration = models.BooleanField(default=False)
    is_metered = models.BooleanField(default=False)
    is_discountable = models.BooleanField(default=True)
    is_duplicate = models.BooleanField(default=False, help_text="a second bill for its item and period")
    counts = models.BooleanField(default=False, help_text="the one bill for its item and period")
    removed_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ["view"]
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["subscription_item_id", "period_start"],
                condition=Q(counts=True),
                name="line_once_per_item_and_period",
            ),
        ]
        indexes = [
            models.Index(fields=["subscription_item_id", "period_start"], name="line_by_item_and_period"),
        ]

    def __str__(self) -> str:
        return self.stripe_id

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class InvoiceTax(models.Model):
    """A tax on an invoice (`line` empty: its total) or on one of its lines."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="taxes")
    line = models.ForeignKey(InvoiceLine, on_delete=models.PROTECT, null=True, related_name="taxes")
    position = models.PositiveIntegerField(default=0)
    tax_rate_id = models.CharField(max_length=255, blank=True, help_text="txr_…")
    amount_minor = models.BigIntegerField()
    taxable_minor = models.BigIntegerField(null=True)
    is_inclusive = models.BooleanField()
    reason = models.CharField(max_length=64, blank=True, help_text="Stripe's taxability reason")

    class Meta:
        default_permissions = ["view"]
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return f"{self.tax_rate_id} {self.amount_minor}"


class InvoicePayment(models.Model):
    """What pays an invoice: the payment intent that Stripe made for it, or money that came another way."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="payments")
    stripe_id = models.CharField(max_length=255, unique=True, editable=False, help_text="inpay_…")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, related_name="invoice_payments")
    payment_intent_id = models.CharField(max_length=255, blank=True, db_index=True, help_text="pi_…")
    type = models.CharField(max_length=32, help_text="payment_intent, charge, payment_record, out_of_band_payment")
    status = models.CharField(max_length=16, help_text="open, paid or canceled")
    is_default = models.BooleanField(default=False)
    currency = models.CharField(max_length=3)
    amount_requested_minor = models.BigIntegerField()
    amount_paid_minor = models.BigIntegerField(null=True)
    paid_at = models.DateTimeField(null=True)
    canceled_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ["view"]
        ordering = ["id"]

    def __str__(self) -> str:
        return self.stripe_id
