"""Customers as the API takes and shows them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from config.base.api.fields import EmailAddress, Metadata, Strict, StrictText
from config.base.api.queries import Query
from payments.api.shapes import Moment, Reference, Word
from payments.models import Customer, CustomerTaxId
from payments.services.customers import Address, TaxId

TAX_IDS = 5


class AddressInput(Strict):
    line1 = StrictText(max_length=500, required=False, allow_blank=True)
    line2 = StrictText(max_length=500, required=False, allow_blank=True)
    city = StrictText(max_length=200, required=False, allow_blank=True)
    state = StrictText(max_length=200, required=False, allow_blank=True)
    postal_code = StrictText(max_length=50, required=False, allow_blank=True)
    country = serializers.RegexField(
        "^[A-Z]{2}$", required=False, allow_blank=True, help_text="ISO 3166-1 alpha-2, upper case"
    )


class TaxIdInput(Strict):
    type = StrictText(max_length=32, help_text="Stripe's word, such as eu_vat")
    value = StrictText(max_length=100)


class CustomerChange(Strict):
    """What is left out stays; an empty text clears; an address replaces the whole address; metadata merges."""

    email = EmailAddress(max_length=512, required=False, allow_blank=True)
    name = StrictText(max_length=256, required=False, allow_blank=True)
    phone = StrictText(max_length=20, required=False, allow_blank=True)
    address = AddressInput(required=False)
    preferred_locale = serializers.RegexField(
        "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35, required=False, allow_blank=True
    )
    description = StrictText(max_length=1000, required=False, allow_blank=True)
    metadata = Metadata()

    def wishes(self) -> dict[str, Any]:
        """The service's arguments, only those that were given."""
        wanted: dict[str, Any] = dict(self.validated_data)
        if "address" in wanted:
            wanted["address"] = Address(**wanted["address"])
        if "tax_ids" in wanted:
            wanted["tax_ids"] = [TaxId(**tax_id) for tax_id in wanted["tax_ids"]]
        return wanted


class CustomerInput(CustomerChange):
    tax_ids: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=TaxIdInput(), required=False, max_length=TAX_IDS
    )


class CustomerQuery(Query):
    email = serializers.CharField(required=False, max_length=512)
    created_after = serializers.DateTimeField(required=False, help_text="later than this moment")
    created_before = serializers.DateTimeField(required=False, help_text="earlier than this moment")


class AddressBody(serializers.Serializer[Customer]):
    line1 = Word(source="address_line1")
    line2 = Word(source="address_line2")
    city = Word(source="address_city")
    state = Word(source="address_state")
    postal_code = Word(source="address_postal_code")
    country = Word(source="address_country")


class TaxIdBody(serializers.ModelSerializer[CustomerTaxId]):
    verification_status = Word()

    class Meta:
        model = CustomerTaxId
        fields = ("type", "value", "verification_status")


class Parked(serializers.Serializer[Customer]):
    """Nothing more is charged to this customer until staff have looked."""

    reason = serializers.CharField(source="parked_reason")
    since = Moment(source="parked_at")


class CustomerBody(serializers.ModelSerializer[Customer]):
    id = serializers.CharField(source="public_id")
    stripe_id = Word()
    email = Word()
    name = Word()
    phone = Word()
    address = AddressBody(source="*")
    currency = Word()
    preferred_locale = Word()
    description = Word()
    metadata = serializers.DictField(child=serializers.CharField())
    tax_ids = serializers.SerializerMethodField()
    default_payment_method = Reference("default_payment_method")
    parked = serializers.SerializerMethodField()

    class Meta:
        model = Customer
        fields = (
            "id", "stripe_id", "status", "email", "name", "phone", "address", "currency", "preferred_locale",
            "description", "metadata", "tax_ids", "default_payment_method", "parked", "created_at",
        )  # fmt: skip

    @extend_schema_field(TaxIdBody(many=True))
    def get_tax_ids(self, customer: Customer) -> Any:
        known = [tax_id for tax_id in customer.tax_ids.all() if tax_id.deleted_at is None]
        return TaxIdBody(known, many=True).data

    @extend_schema_field(Parked(allow_null=True))
    def get_parked(self, customer: Customer) -> Any:
        return Parked(customer).data if customer.parked_at else None
