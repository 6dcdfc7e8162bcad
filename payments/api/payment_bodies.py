"""Payments as the API takes and shows them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from config.base.api.fields import (
    AmountMinor,
    CurrencyCode,
    Metadata,
    Strict,
    StrictFlag,
    StrictText,
    WebAddress,
    WholeNumber,
)
from config.base.api.queries import Query
from payments.api.shapes import Doubtful, Moment, Reference, Word
from payments.models import Dispute, Payment, Refund
from payments.services import pay_links
from payments.services.pay_links import Line, LinkDetails

LINES = 100


class LineInput(Strict):
    description = StrictText(max_length=200)
    amount = WholeNumber(help_text="minor units of the payment's currency, all pieces together; may be negative")
    quantity = WholeNumber(required=False, default=1)


class PayLinkInput(Strict):
    """What the hosted payment page shows and asks."""

    title = StrictText(max_length=200, required=False, default="")
    lines: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=LineInput(), required=False, max_length=LINES, default=list
    )
    terms_url = WebAddress(required=False, default="")
    collect_billing_address = StrictFlag(required=False, default=False)
    expires_at = serializers.DateTimeField(required=False, allow_null=True, default=None)


class PaymentInput(Strict):
    amount = AmountMinor()
    currency = CurrencyCode()
    customer = StrictText(max_length=40, required=False, allow_null=True)
    payment_method = StrictText(max_length=255, required=False, allow_null=True, help_text="our id or Stripe's")
    description = StrictText(max_length=1000, required=False, allow_blank=True, default="")
    metadata = Metadata(default=dict)
    capture_method = serializers.ChoiceField(
        Payment.CaptureMethod.choices, default=Payment.CaptureMethod.AUTOMATIC_ASYNC
    )
    confirm = StrictFlag(default=False)
    off_session = StrictFlag(default=False)
    return_url = WebAddress(required=False, default="")
    setup_future_usage = serializers.ChoiceField(["off_session", "on_session"], required=False, default="")
    pay_link = PayLinkInput(required=False)

    def link(self) -> LinkDetails:
        """What the payment page is to show."""
        asked = self.validated_data.get("pay_link", {})
        return LinkDetails(
            title=asked.get("title", ""),
            lines=tuple(Line(**line) for line in asked.get("lines", ())),
            return_url=self.validated_data["return_url"],
            terms_url=asked.get("terms_url", ""),
            collects_billing_address=asked.get("collect_billing_address", False),
            expires_at=asked.get("expires_at"),
        )


class CaptureInput(Strict):
    amount = AmountMinor(required=False, help_text="all that was reserved, if left out")


class CancelInput(Strict):
    reason = serializers.ChoiceField(
        ["duplicate", "fraudulent", "requested_by_customer", "abandoned"], required=False, default=""
    )


class RefundInput(Strict):
    amount = AmountMinor(required=False, help_text="all that is left, if left out")
    reason = serializers.ChoiceField(
        [Refund.Reason.DUPLICATE, Refund.Reason.FRAUDULENT, Refund.Reason.REQUESTED_BY_CUSTOMER],
        required=False,
        default="",
    )
    note = StrictText(max_length=1000, required=False, allow_blank=True, default="", help_text="stays here")


class PaymentQuery(Query):
    customer = serializers.CharField(required=False, max_length=40)
    status = serializers.ChoiceField(Payment.Status.choices, required=False)
    amount = serializers.IntegerField(required=False, min_value=0, max_value=2**63 - 1)
    currency = CurrencyCode(required=False)
    created_after = serializers.DateTimeField(required=False, help_text="later than this moment")
    created_before = serializers.DateTimeField(required=False, help_text="earlier than this moment")


class DisputeBody(serializers.ModelSerializer[Dispute]):
    """What the payer's bank takes back, or asks about (`warning_…`)."""

    id = serializers.CharField(source="public_id")
    amount = serializers.IntegerField(source="amount_minor")
    reason = Word()
    evidence_due_by = Moment(allow_null=True, help_text="by when to answer the bank, at Stripe")
    opened_at = Moment(source="stripe_created_at")

    class Meta:
        model = Dispute
        fields = ("id", "stripe_id", "status", "amount", "currency", "reason", "evidence_due_by", "opened_at")


class PaymentInList(serializers.ModelSerializer[Payment]):
    id = serializers.CharField(source="public_id")
    stripe_id = Word()
    customer = Reference("customer")
    payment_method = Reference("payment_method")
    amount = serializers.IntegerField(source="amount_minor")
    amount_capturable = serializers.IntegerField(source="amount_capturable_minor")
    amount_received = serializers.IntegerField(source="amount_received_minor")
    amount_refunded = serializers.IntegerField(source="amount_refunded_minor")
    disputes = DisputeBody(many=True)
    failure_code = Word()
    decline_code = Word()
    failure_message = Word()
    cancellation_reason = Word()
    receipt_url = Word()
    description = Word()
    metadata = serializers.DictField(child=serializers.CharField())
    pay_url = serializers.SerializerMethodField()
    in_doubt = serializers.SerializerMethodField()

    class Meta:
        model = Payment
        fields: tuple[str, ...] = (
            "id", "stripe_id", "status", "amount", "amount_capturable", "amount_received", "amount_refunded",
            "disputes", "currency", "customer", "payment_method", "capture_method", "off_session", "description",
            "metadata", "failure_code", "decline_code", "failure_message", "cancellation_reason", "receipt_url",
            "pay_url", "in_doubt", "capture_before", "succeeded_at", "canceled_at", "created_at",
        )  # fmt: skip

    @extend_schema_field({"type": "string", "format": "uri", "nullable": True})
    def get_pay_url(self, payment: Payment) -> str | None:
        link = getattr(payment, "pay_link", None)
        return pay_links.url(link) if link else None

    @extend_schema_field(Doubtful(allow_null=True))
    def get_in_doubt(self, payment: Payment) -> Any:
        doubt = self.context["doubts"].get(payment.public_id)
        return Doubtful(doubt).data if doubt else None


class PaymentBody(PaymentInList):
    client_secret = Word(help_text="for Stripe.js in the payer's browser; only here, never in lists")

    class Meta(PaymentInList.Meta):
        fields = (*PaymentInList.Meta.fields, "client_secret")


class RefundBody(serializers.ModelSerializer[Refund]):
    id = serializers.CharField(source="public_id")
    stripe_id = Word()
    payment = Reference("payment")
    amount = serializers.IntegerField(source="amount_minor")
    reason = Word()
    note = Word()
    failure_code = Word()
    failure_message = Word()

    class Meta:
        model = Refund
        fields = (
            "id", "stripe_id", "payment", "status", "amount", "currency", "reason", "note", "failure_code",
            "failure_message", "created_at",
        )  # fmt: skip
