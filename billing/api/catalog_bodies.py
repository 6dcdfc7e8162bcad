"""Products and prices as the API shows them."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from billing.models import Price, PriceCurrency, Product
from config.base.api.fields import CurrencyCode
from config.base.api.queries import Query
from payments.api.shapes import Reference, Word

_SHOWN = ["active", "archived", "deleted"]


class ProductQuery(Query):
    status = serializers.ChoiceField(_SHOWN, required=False)


class PriceQuery(Query):
    product = serializers.CharField(required=False, max_length=40)
    status = serializers.ChoiceField(_SHOWN, required=False)
    currency = CurrencyCode(required=False)
    type = serializers.ChoiceField(Price.Type.choices, required=False)
    lookup_key = serializers.CharField(required=False, max_length=200)


class ProductBody(serializers.ModelSerializer[Product]):
    id = Word(source="public_id")
    status = serializers.CharField(help_text="active, archived, deleted; unknown while Stripe has not answered")
    description = Word()
    unit_label = Word()

    class Meta:
        model = Product
        fields = ("id", "stripe_id", "status", "name", "description", "unit_label", "metadata", "created_at")


class TierBody(serializers.Serializer[Any]):
    """A step of a tiered price, in minor units; decimals are text, `up_to` null is the last step."""

    up_to = serializers.IntegerField(allow_null=True)
    unit_amount = serializers.CharField(allow_null=True)
    flat_amount = serializers.CharField(allow_null=True)


class PriceCurrencyBody(serializers.Serializer[Any]):
    """The same price in one more currency."""

    currency = serializers.CharField()
    amount = serializers.IntegerField(allow_null=True)
    unit_amount_decimal = serializers.CharField(allow_null=True)
    tiers = TierBody(many=True)


class PriceBody(serializers.ModelSerializer[Price]):
    id = Word(source="public_id")
    product = Reference("product")
    status = serializers.CharField(help_text="active, archived, deleted; unknown while Stripe has not answered")
    nickname = Word()
    lookup_key = Word()
    amount = serializers.IntegerField(
        source="unit_amount_minor", allow_null=True, help_text="minor units; null with tiers, or below a minor unit"
    )
    unit_amount_decimal = serializers.SerializerMethodField()
    tiers_mode = Word()
    tiers = serializers.SerializerMethodField()
    interval = Word()
    usage_type = Word()
    tax_behavior = Word()
    currencies = serializers.SerializerMethodField(help_text="the same price in further currencies")

    class Meta:
        model = Price
        fields = (
            "id", "stripe_id", "product", "status", "type", "nickname", "lookup_key", "currency", "amount",
            "unit_amount_decimal", "tiers_mode", "tiers", "interval", "interval_count", "usage_type", "tax_behavior",
            "currencies", "metadata", "created_at",
        )  # fmt: skip

    @extend_schema_field({"type": "string", "nullable": True})
    def get_unit_amount_decimal(self, price: Price) -> str | None:
        return _decimal(price.unit_amount_decimal)

    @extend_schema_field(TierBody(many=True))
    def get_tiers(self, price: Price) -> list[dict[str, Any]]:
        return _tiers(price.tiers)

    @extend_schema_field(PriceCurrencyBody(many=True))
    def get_currencies(self, price: Price) -> list[dict[str, Any]]:
        return [_currency(other) for other in price.currencies.all()]


def _currency(other: PriceCurrency) -> dict[str, Any]:
    return {
        "currency": other.currency,
        "amount": other.unit_amount_minor,
        "unit_amount_decimal": _decimal(other.unit_amount_decimal),
        "tiers": _tiers(other.tiers),
    }


def _tiers(tiers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "up_to": tier.get("up_to"),
            "unit_amount": tier.get("unit_amount_decimal"),
            "flat_amount": tier.get("flat_amount_decimal"),
        }
        for tier in tiers
    ]


def _decimal(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize():f}"
