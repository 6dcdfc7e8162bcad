"""Ids for the outside: a prefix and 22 random base62 characters (131 bits)."""

import secrets
import string
from typing import Any

from django.db import models

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
RANDOM_LENGTH = 22
_IDS = len(ALPHABET) ** RANDOM_LENGTH


def public_id(prefix: str) -> str:
    """A new id such as `pay_4eC39HqLyjWDarjtT1zdp7`, never used before."""
    number, letters = secrets.randbelow(_IDS), []
    for _ in range(RANDOM_LENGTH):
        number, letter = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[letter])
    return f"{prefix}_{''.join(letters)}"


class PublicIdField(models.CharField[str, str]):
    """The id we show outside; made with the row, unique, never changed."""

    def __init__(self, prefix: str = "", **kwargs: Any) -> None:
        self.prefix = prefix
        kwargs.update(max_length=len(prefix) + 1 + RANDOM_LENGTH, unique=True, editable=False)
        super().__init__(**kwargs)

    def get_default(self) -> str:
        return public_id(self.prefix)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        for implied in ("max_length", "unique", "editable"):
            kwargs.pop(implied, None)
        return name, path, args, {"prefix": self.prefix, **kwargs}
