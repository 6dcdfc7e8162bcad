"""Invoices as the API takes and shows them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from billing.models import DraftLine, Invoice, InvoiceLine
from billing.services import draft_terms, invoice_links
from billing.services.draft_terms import AUTOMATIC, BY_INVOICE, MOST_LINES, CustomField, Line, Terms
from config.base.api.fields import CurrencyCode, Metadata, Strict, StrictFlag, StrictText, WholeNumber
from config.base.api.queries import Query
from payments.api.shapes import Doubtful, Moment, Reference, Word
from payments.services import pay_links


class PeriodInput(Strict):
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()


class InvoiceLineInput(Strict):
    """A `price`, or an `amount` of each piece with a description."""

    description = StrictText(max_length=500, required=False, allow_blank=True, default="")
    quantity = WholeNumber(required=False, default=1)
    amount = WholeNumber(
        required=False, allow_null=True, default=None, help_text="minor units of one piece; may be negative"
    )
    price = StrictText(max_length=40, required=False, allow_null=True, default=None, help_text="one that is paid once")
    period = PeriodInput(required=False, allow_null=True, default=None)
    discountable = StrictFlag(default=True)


class CustomFieldInput(Strict):
    name = StrictText(max_length=40)
    value = StrictText(max_length=140)


class DiscountInput(Strict):
    coupon = StrictText(max_length=40, required=False, allow_null=True, default=None)
    promotion_code = StrictText(max_length=40, required=False, allow_null=True, default=None, help_text="its id")


class InvoiceInput(Strict):
    customer = StrictText(max_length=40)
    currency = CurrencyCode()
    lines: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=InvoiceLineInput(), min_length=1, max_length=MOST_LINES
    )
    collection_method = serializers.ChoiceField([AUTOMATIC, BY_INVOICE], default=BY_INVOICE)
    days_until_due = WholeNumber(required=False, allow_null=True, default=None)
    due_date = serializers.DateTimeField(required=False, allow_null=True, default=None)
    memo = StrictText(max_length=1500, required=False, allow_blank=True, default="")
    footer = StrictText(max_length=1500, required=False, allow_blank=True, default="")
    purchase_order = StrictText(max_length=140, required=False, allow_blank=True, default="")
    custom_fields: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=CustomFieldInput(), required=False, max_length=draft_terms.MOST_CUSTOM_FIELDS, default=list
    )
    discounts: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=DiscountInput(), required=False, max_length=20, default=list
    )
    metadata = Metadata(default=dict)

    def terms(self, discounts: list[Any]) -> Terms:
        """What stands on it beside its lines."""
        given = self.validated_data
        names = ("collection_method", "days_until_due", "due_date", "memo", "footer", "purchase_order", "metadata")
        fields = [CustomField(**custom) for custom in given["custom_fields"]]
        return Terms(**{name: given[name] for name in names}, custom_fields=fields, discounts=discounts)

    def lines_for(self, prices: dict[str, Any]) -> list[Line]:
        """Its lines, with the prices that they name by id."""
        return [
            Line(
                description=line["description"],
                quantity=line["quantity"],
                unit_amount=line["amount"],
                price=prices.get(line["price"] or ""),
                period_start=(line["period"] or {}).get("start"),
                period_end=(line["period"] or {}).get("end"),
                is_discountable=line["discountable"],
            )
            for line in self.validated_data["lines"]
        ]


class InvoiceReasonInput(Strict):
    reason = StrictText(max_length=500, required=False, allow_blank=True, default="", help_text="stays here")


class PayInput(InvoiceReasonInput):
    payment_method = StrictText(
        max_length=255, required=False, allow_null=True, default=None, help_text="the customer's default, if left out"
    )
    paid_outside = StrictFlag(default=False, help_text="collect nothing: it was paid another way")


class InvoiceQuery(Query):
    customer = serializers.CharField(required=False, max_length=40)
    subscription = serializers.CharField(required=False, max_length=40)
    status = serializers.ChoiceField(Invoice.Status.choices, required=False)
    number = serializers.CharField(required=False, max_length=64)
    currency = CurrencyCode(required=False)
    created_after = serializers.DateTimeField(required=False, help_text="later than this moment")
    created_before = serializers.DateTimeField(required=False, help_text="earlier than this moment")


class PeriodBody(serializers.Serializer[Any]):
    """From a moment to a moment."""

    start = Moment()
    end = Moment()


class InvoiceLineBody(serializers.Serializer[Any]):
    """A line; `amount` is all its pieces together, before discount and added tax; null until Stripe has priced it."""

    stripe_id = Word()
    description = Word()
    quantity = serializers.IntegerField(allow_null=True)
    amount = serializers.IntegerField(allow_null=True)
    discount = serializers.IntegerField()
    tax = serializers.IntegerField()
    period = PeriodBody(allow_null=True)


class CustomFieldBody(serializers.Serializer[Any]):
    """A name and a value at the head of the invoice."""

    name = serializers.CharField()
    value = serializers.CharField()


class InvoiceInList(serializers.ModelSerializer[Invoice]):
    id = serializers.CharField(source="public_id")
    stripe_id = Word()
    number = Word()
    customer = Reference("customer")
    subscription = Reference("subscription")
    corrects = Reference("from_invoice")
    billing_reason = Word()
    subtotal = serializers.IntegerField(source="subtotal_minor")
    discount = serializers.IntegerField(source="discount_minor")
    tax = serializers.IntegerField(source="tax_minor")
    total = serializers.IntegerField(source="total_minor")
    amount_paid = serializers.IntegerField(source="amount_paid_minor")
    amount_due = serializers.IntegerField(source="amount_due_minor")
    amount_remaining = serializers.IntegerField(source="amount_remaining_minor")
    amount_credited = serializers.SerializerMethodField(help_text="by credit notes, before and after it was paid")
    memo = Word(source="description")
    footer = Word()
    purchase_order = Word()
    custom_fields = CustomFieldBody(many=True)
    waits_for = Word(help_text="why it could not be sent or finalized yet; that is done by itself")
    failure_code = Word()
    failure_message = Word()
    metadata = serializers.DictField(child=serializers.CharField())
    in_doubt = serializers.SerializerMethodField()

    class Meta:
        model = Invoice
        fields: tuple[str, ...] = (
            "id", "stripe_id", "status", "number", "customer", "subscription", "corrects", "billing_reason",
            "currency", "collection_method", "subtotal", "discount", "tax", "total", "amount_paid", "amount_due",
            "amount_remaining", "amount_credited", "due_date", "memo", "footer", "purchase_order", "custom_fields",
            "waits_for", "failure_code", "failure_message", "metadata", "in_doubt", "finalized_at", "paid_at",
            "voided_at", "created_at",
        )  # fmt: skip

    def get_amount_credited(self, invoice: Invoice) -> int:
        return invoice.pre_payment_credit_minor + invoice.post_payment_credit_minor

    @extend_schema_field(Doubtful(allow_null=True))
    def get_in_doubt(self, invoice: Invoice) -> Any:
        doubt = self.context["doubts"].get(invoice.public_id)
        return Doubtful(doubt).data if doubt else None


class InvoiceBody(InvoiceInList):
    lines = serializers.SerializerMethodField(help_text="only here, not in lists")
    pay_url = serializers.SerializerMethodField(help_text="the payment page, once it was asked for")

    class Meta(InvoiceInList.Meta):
        fields = (*InvoiceInList.Meta.fields, "pay_url", "lines")

    @extend_schema_field({"type": "string", "format": "uri", "nullable": True})
    def get_pay_url(self, invoice: Invoice) -> str | None:
        link = invoice_links.existing(invoice)
        return pay_links.url(link) if link else None

    @extend_schema_field(InvoiceLineBody(many=True))
    def get_lines(self, invoice: Invoice) -> Any:
        standing = [_line(line) for line in invoice.lines.filter(removed_at=None)]
        written = standing or [_draft_line(line) for line in invoice.draft_lines.all()]
        return InvoiceLineBody(written, many=True).data


def _line(line: InvoiceLine) -> dict[str, Any]:
    return {
        "stripe_id": line.stripe_id,
        "description": line.description,
        "quantity": line.quantity,
        "amount": line.amount_minor,
        "discount": line.discount_minor,
        "tax": line.tax_minor,
        "period": {"start": line.period_start, "end": line.period_end},
    }


def _draft_line(line: DraftLine) -> dict[str, Any]:
    unit = line.unit_amount_minor
    return {
        "stripe_id": "",
        "description": line.description,
        "quantity": line.quantity,
        "amount": None if unit is None else unit * line.quantity,
        "discount": 0,
        "tax": 0,
        "period": {"start": line.period_start, "end": line.period_end} if line.period_start else None,
    }
