"""Previews of a change, and the quotes they are kept as."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from billing.models import Quote
from billing.services import proration_words
from billing.services.subscription_terms import MOST_ITEMS
from config.base.api.fields import Strict, StrictFlag, StrictText, WholeNumber
from payments.api.shapes import Word


class ItemChangeInput(Strict):
    id = StrictText(max_length=40, required=False, allow_null=True, help_text="the item; none to add one")
    price = StrictText(max_length=40, required=False, allow_null=True)
    quantity = WholeNumber(required=False, allow_null=True, default=None)
    remove = StrictFlag(default=False)


class PreviewInput(Strict):
    """`items`, or, where the subscription has one item, `price` and `quantity` alone. What is left out stays."""

    items: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=ItemChangeInput(), required=False, max_length=2 * MOST_ITEMS, default=list
    )
    price = StrictText(max_length=40, required=False, allow_null=True)
    quantity = WholeNumber(required=False, allow_null=True, default=None)
    when = serializers.ChoiceField(Quote.When.choices, default=Quote.When.NOW)
    reason = StrictText(max_length=500, required=False, allow_blank=True, default="", help_text="stays here")


class ChangeInput(Strict):
    quote = StrictText(max_length=40)


class QuotePeriodBody(serializers.Serializer[Any]):
    start = serializers.CharField(allow_null=True)
    end = serializers.CharField(allow_null=True)


class QuoteLineBody(serializers.Serializer[Any]):
    """A line of the invoice that the change makes."""

    description = Word()
    quantity = serializers.IntegerField(allow_null=True)
    amount = serializers.IntegerField(help_text="minor units; negative is a credit")
    currency = serializers.CharField()
    proration = serializers.BooleanField(source="is_proration")
    period = serializers.SerializerMethodField()

    @extend_schema_field(QuotePeriodBody)
    def get_period(self, line: dict[str, Any]) -> dict[str, str | None]:
        return {"start": _utc(line["period_start"]), "end": _utc(line["period_end"])}


class QuoteBody(serializers.ModelSerializer[Quote]):
    quote = serializers.CharField(source="public_id")
    subscription = serializers.CharField(source="subscription.public_id")
    status = serializers.CharField(help_text="open, confirming, accepted, expired or failed")
    when = serializers.CharField(help_text="now or period_end")
    lines = QuoteLineBody(many=True)
    words = serializers.SerializerMethodField(help_text="the same in sentences, for the customer")
    total_now = serializers.IntegerField(source="total_now_minor", help_text="negative is a credit to the balance")
    due_now = serializers.IntegerField(source="due_now_minor", help_text="what of it is collected")
    total_next = serializers.IntegerField(source="total_next_minor")
    next_payment_at = serializers.DateTimeField(allow_null=True)
    is_estimate = serializers.BooleanField(help_text="total_next depends on usage")

    class Meta:
        model = Quote
        fields = (
            "quote", "subscription", "status", "when", "currency", "lines", "words", "total_now", "due_now",
            "total_next", "next_payment_at", "is_estimate", "expires_at", "created_at",
        )  # fmt: skip

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_words(self, quote: Quote) -> list[str]:
        return proration_words.sentences(quote)


def _utc(iso: str) -> str | None:
    return iso.replace("+00:00", "Z") or None
