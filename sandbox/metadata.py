"""Metadata: merged by key, a key unset by an empty value, all unset by an empty map.

Source: https://docs.stripe.com/api/metadata
"""

from .errors import InvalidParameters
from .json_types import Json

MAX_KEYS, MAX_KEY_LENGTH, MAX_VALUE_LENGTH = 50, 40, 500


def merged(current: Json, given: Json | str | None) -> Json:
    """What metadata is after an update with ``given``."""
    if given is None:
        return current
    if isinstance(given, str):
        return {}
    result = {**current, **given}
    result = {name: value for name, value in result.items() if value != ""}
    _check(result)
    return result


def _check(metadata: Json) -> None:
    if len(metadata) > MAX_KEYS:
        raise InvalidParameters(
            f"Metadata can have up to {MAX_KEYS} keys; you passed {len(metadata)}.",
            param="metadata",
        )
    for name, value in metadata.items():
        if len(name) > MAX_KEY_LENGTH:
            raise InvalidParameters(
                f"Metadata keys can have up to {MAX_KEY_LENGTH} characters; '{name}' has {len(name)}.",
                param=f"metadata[{name}]",
            )
        if len(value) > MAX_VALUE_LENGTH:
            raise InvalidParameters(
                f"Metadata values can have up to {MAX_VALUE_LENGTH} characters, but you passed in"
                f" a value that is {len(value)} characters. Invalid value: {value}",
                code="parameter_invalid_string",
                param=f"metadata[{name}]",
            )
