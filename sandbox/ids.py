"""Ids as Stripe spells them: a prefix and base62."""

import random
import string

_ALPHABET = string.ascii_letters + string.digits
_LENGTHS = {"cus": 14, "req": 14, "prod": 14}


class Ids:
    """A source of ids; with a seed it gives the same ones in the same order."""

    def __init__(self, seed: str | None = None) -> None:
        self._random = random.Random(seed)

    def new(self, prefix: str) -> str:
        """A fresh id, e.g. ``pi_3`` and 23 characters."""
        length = _LENGTHS.get(prefix, 24)
        return f"{prefix}_{self.text(length)}"

    def text(self, length: int) -> str:
        """Random base62 characters."""
        return "".join(self._random.choices(_ALPHABET, k=length))

    def digits(self, length: int) -> str:
        """Random decimal digits."""
        return "".join(self._random.choices(string.digits, k=length))

    def chance(self) -> float:
        """A number in [0, 1)."""
        return self._random.random()
