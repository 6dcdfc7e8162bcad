"""Credit notes as the API takes and shows them."""

from typing import Any

from rest_framework import serializers

from billing.models import CreditNote
from billing.services.credit_notes import Gives
from config.base.api.fields import AmountMinor, Strict, StrictText, WholeNumber
from payments.api.shapes import Reference, Word


class CreditNoteLineInput(Strict):
    """Pieces of a line, or an amount of it before discount and added tax."""

    line = StrictText(max_length=255, help_text="the stripe_id of the invoice's line")
    quantity = WholeNumber(required=False, allow_null=True, default=None)
    amount = WholeNumber(required=False, allow_null=True, default=None)


class CreditNoteInput(Strict):
    """Some lines, an amount that is split over them, or all that is left."""

    lines: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=CreditNoteLineInput(), required=False, max_length=1000, default=list
    )
    amount = AmountMinor(
        required=False, allow_null=True, default=None,
        help_text="with tax; what is issued is this, or as near below it as the rounding of taxes allows",
    )  # fmt: skip
    gives = serializers.ChoiceField(
        [(gives.value, gives.value) for gives in Gives],
        default=Gives.REFUND.value,
        help_text="where what was paid already goes; what is still owed is set off",
    )
    reason = serializers.ChoiceField(CreditNote.Reason.choices, required=False, default="")
    memo = StrictText(max_length=1500, required=False, allow_blank=True, default="", help_text="the customer reads it")
    note = StrictText(max_length=1000, required=False, allow_blank=True, default="", help_text="stays here")

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if data["lines"] and data["amount"]:
            raise serializers.ValidationError({"amount": "Give lines or an amount, not both."}, code="contradiction")
        return data


class CreditNoteBody(serializers.ModelSerializer[CreditNote]):
    id = serializers.CharField(source="public_id")
    stripe_id = Word()
    invoice = Reference("invoice")
    number = Word()
    type = Word()
    subtotal = serializers.IntegerField(source="subtotal_minor")
    discount = serializers.IntegerField(source="discount_minor")
    tax = serializers.IntegerField(source="tax_minor")
    total = serializers.IntegerField(source="total_minor")
    set_off = serializers.IntegerField(source="pre_payment_minor", help_text="of what was still owed")
    refunded = serializers.IntegerField(source="refund_minor")
    credited = serializers.IntegerField(source="credit_minor", help_text="to the customer's balance")
    given_outside = serializers.IntegerField(source="out_of_band_minor")
    refunds = serializers.ListField(source="refund_ids", child=serializers.CharField(), help_text="Stripe's ids")
    reason = Word()
    memo = Word()
    note = Word()
    failure_code = Word()
    failure_message = Word()

    class Meta:
        model = CreditNote
        fields = (
            "id", "stripe_id", "invoice", "status", "number", "type", "currency", "subtotal", "discount", "tax",
            "total", "set_off", "refunded", "credited", "given_outside", "refunds", "reason", "memo", "note",
            "failure_code", "failure_message", "voided_at", "created_at",
        )  # fmt: skip
