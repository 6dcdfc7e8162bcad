"""Fields that take exactly what they say: no number in quotes, no text for a flag, no name that nobody reads."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from config.base import web_address
from config.base.currencies import CURRENCIES

METADATA_KEYS = 49
METADATA_KEY_LENGTH = 40
METADATA_VALUE_LENGTH = 500
_OWN_PREFIX = "counterfoil_"


class Strict(serializers.Serializer[Any]):
    """Refuses unknown fields, each by its name."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (unknown := set(data) - set(self.fields)):
            raise serializers.ValidationError({name: _unknown() for name in sorted(unknown)})
        return super().to_internal_value(data)


def _unknown() -> list[serializers.ErrorDetail]:
    return [serializers.ErrorDetail("This field is unknown here.", code="unknown_field")]


class StrictText(serializers.CharField):
    """Text, at most `max_length` characters; never a number."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class EmailAddress(StrictText, serializers.EmailField):
    """An e-mail address."""


class StrictFlag(serializers.BooleanField):
    """true or false, nothing that looks like it."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


@extend_schema_field({"type": "integer", "format": "int64"})
class WholeNumber(serializers.Field[int, Any, int, Any]):
    """A JSON integer: no 10.0, no "10", no true. Its range is its service's business."""

    default_error_messages = {"invalid": "Give an integer, without quotes and without a point."}

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        if abs(data) >= 2**63:
            self.fail("invalid")
        return data

    def to_representation(self, value: int) -> int:
        return value


@extend_schema_field({"type": "integer", "format": "int64", "minimum": 1, "maximum": 999_999_999_999})
class AmountMinor(WholeNumber):
    """An amount in minor units of the currency beside it."""


class CurrencyCode(StrictText):
    """A lower-case ISO code that Stripe can charge."""

    default_error_messages = {"unknown_currency": "Give a currency that Stripe can charge: lower case, ISO 4217."}

    def to_internal_value(self, data: Any) -> str:
        code = super().to_internal_value(data)
        if code not in CURRENCIES:
            self.fail("unknown_currency")
        return code


class WebAddress(StrictText):
    """An absolute http(s) address: browsers are sent there."""

    default_error_messages = {"invalid_url": "Give an absolute address that starts with https:// or http://."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": web_address.LONGEST, **kwargs})

    def to_internal_value(self, data: Any) -> str:
        address = super().to_internal_value(data)
        if not web_address.is_safe(address):
            self.fail("invalid_url")
        return address


class Metadata(serializers.DictField):
    """Stripe's limits: 50 keys (one is ours) of 40 characters, values of 500.

    Source: https://docs.stripe.com/metadata
    """

    default_error_messages = {
        "too_many_keys": "Give at most {limit} keys.",
        "invalid_key": "Keys are 1 to {limit} printable characters, without square brackets.",
        "reserved_key": "Keys that start with {prefix} are ours.",
    }

    def __init__(self, **kwargs: Any) -> None:
        child = StrictText(max_length=METADATA_VALUE_LENGTH, allow_blank=True, trim_whitespace=False)
        super().__init__(child=child, **{"required": False, **kwargs})

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        if len(values) > METADATA_KEYS:
            self.fail("too_many_keys", limit=METADATA_KEYS)
        for key in values:
            if not 1 <= len(key) <= METADATA_KEY_LENGTH or not key.isprintable() or set(key) & set("[]"):
                self.fail("invalid_key", limit=METADATA_KEY_LENGTH)
            if key.startswith(_OWN_PREFIX):
                self.fail("reserved_key", prefix=_OWN_PREFIX)
        return values
