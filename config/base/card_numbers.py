"""Card numbers in text that is not meant for them: found by issuer prefix, length and Luhn's check digit.

Whatever accepts free text refuses them; whatever writes logs blanks them. Prefixes and lengths: ISO/IEC 7812 as
the card networks publish them. Visa's extinct 13-digit numbers are left out: phone numbers and GTIN bar codes have
their form, and one in ten would be refused.
"""

import re
import unicodedata
from collections.abc import Container, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any

BLANK = "[card number]"

_SHORTEST, _LONGEST = 14, 19
_LONGEST_PHONE = 15
_BETWEEN = r"[\s\-\u00ad\u2010-\u2015\u2212\u200b-\u200d\u2060\ufeff]"
_RUN = re.compile(rf"\+?\d(?:{_BETWEEN}{{0,3}}\d){{{_SHORTEST - 1},}}")
_DOUBLED = str.maketrans("0123456789", "0246813579")  # each digit twice, its digits added up
_GROUP = re.compile(r"\d+")
_FIRST_DIGITS = frozenset("234568")
_ISSUERS = re.compile(
    r"4\d{15}(\d{3})?"  # Visa
    r"|5[1-5]\d{14}|2(22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|(6011|64[4-9]\d|65\d\d)\d{12}(\d{3})?"  # Discover
    r"|35(2[89]|[3-8]\d)\d{12,15}"  # JCB
    r"|3(0[0-59]|6\d|[89]\d)\d{11}(\d{2})?"  # Diners Club
    r"|(62|81)\d{14,17}"  # UnionPay
    r"|(5018|5020|5038|5893|6304|6759|676[1-3])\d{12,15}"  # Maestro
)


def in_text(text: str) -> bool:
    """Whether a card number stands in `text`, also with spaces or dashes between its digits."""
    return next(_spans(unicodedata.normalize("NFKC", text)), None) is not None


def blanked(text: str) -> str:
    """`text` with every card number in it replaced."""
    for start, end in reversed(list(_spans(text))):
        text = text[:start] + BLANK + text[end:]
    return text


def in_value(value: Any) -> bool:
    """Whether a card number stands anywhere in a JSON value: text, whole numbers, names of fields."""
    if isinstance(value, str):
        return in_text(value)
    if isinstance(value, Mapping):
        return any(in_value(name) or in_value(inner) for name, inner in value.items())
    if isinstance(value, Sequence):
        return any(map(in_value, value))
    return isinstance(value, int) and in_text(str(value))


def _spans(text: str) -> Iterator[tuple[int, int]]:
    for run in _RUN.finditer(text):
        if not _is_phone(run.group()):
            yield from _spans_between_groups(list(_GROUP.finditer(text, *run.span())))


def _is_phone(run: str) -> bool:
    return run.startswith("+") and sum(map(str.isdigit, run)) <= _LONGEST_PHONE


def _spans_between_groups(groups: list[re.Match[str]]) -> Iterator[tuple[int, int]]:
    """Numbers that begin and end where a group of digits does: `7 4242 4242 4242 4242 12/30` hides one."""
    digits = _ascii("".join(group.group() for group in groups))
    ends = dict(zip(accumulate(len(group.group()) for group in groups), groups, strict=True))
    starts = zip([0, *ends], groups, strict=False)
    passed = 0
    for start, group in starts:
        if start >= passed and (end := _end_of_number(digits, start, ends)):
            yield group.start(), ends[end].end()
            passed = end


def _ascii(digits: str) -> str:
    return digits if digits.isascii() else "".join(str(unicodedata.decimal(digit)) for digit in digits)


def _end_of_number(digits: str, start: int, ends: Container[int]) -> int | None:
    if digits[start] not in _FIRST_DIGITS:
        return None
    for end in range(start + _SHORTEST, start + _LONGEST + 1):
        if end in ends and _is_card_number(digits[start:end]):
            return end
    return None


def _is_card_number(digits: str) -> bool:
    return _ISSUERS.fullmatch(digits) is not None and _passes_luhn(digits)


def _passes_luhn(digits: str) -> bool:
    return sum(map(int, digits[-1::-2] + digits[-2::-2].translate(_DOUBLED))) % 10 == 0
