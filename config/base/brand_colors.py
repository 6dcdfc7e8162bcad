"""Colours that a seller chose, and what can be read on them.

Contrast follows WCAG 2.2: 4.5 to 1 for text. https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
"""

import re
from dataclasses import dataclass

_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_FALLBACK = "#3b5bdb"
_ENOUGH = 4.5
_STEPS = 20


@dataclass(frozen=True, slots=True)
class Color:
    red: int
    green: int
    blue: int

    @classmethod
    def parse(cls, text: str) -> "Color":
        """`#rrggbb`; anything else becomes our own colour."""
        known = text if _HEX.fullmatch(text) else _FALLBACK
        return cls(*(int(known[i : i + 2], 16) for i in (1, 3, 5)))

    def __str__(self) -> str:
        return f"#{self.red:02x}{self.green:02x}{self.blue:02x}"

    def luminance(self) -> float:
        return sum(
            weight * _linear(part / 255)
            for weight, part in zip((0.2126, 0.7152, 0.0722), (self.red, self.green, self.blue), strict=True)
        )

    def contrast(self, other: "Color") -> float:
        darker, lighter = sorted((self.luminance(), other.luminance()))
        return (lighter + 0.05) / (darker + 0.05)

    def toward(self, other: "Color", share: float) -> "Color":
        mine, theirs = (self.red, self.green, self.blue), (other.red, other.green, other.blue)
        return Color(*(round(a + (b - a) * share) for a, b in zip(mine, theirs, strict=True)))


WHITE, BLACK, NIGHT = Color(255, 255, 255), Color(0, 0, 0), Color(27, 32, 43)


def text_on(ground: Color) -> Color:
    """Black or white, whichever is read better on `ground`."""
    return max(WHITE, BLACK, key=ground.contrast)


def readable(color: Color, *, on: Color) -> Color:
    """The colour itself, or as little of black or white with it as makes it readable on that ground."""
    target = text_on(on)
    shades = (color.toward(target, step / _STEPS) for step in range(_STEPS + 1))
    return next((shade for shade in shades if shade.contrast(on) >= _ENOUGH), target)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
