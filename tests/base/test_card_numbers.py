import pytest

from config.base import card_numbers
from config.base.ids import public_id

CARDS = [
    "4242424242424242",
    "4242 4242 4242 4242",
    "4242-4242-4242-4242",
    "4242 - 4242 - 4242 - 4242",
    "4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2",
    "4242\u00a04242\u20114242\u20094242",
    "4242\u200b4242\u200b4242\u200b4242",
    "".join(chr(0xFF10 + int(digit)) for digit in "4242424242424242"),
    "".join(chr(0x660 + int(digit)) for digit in "4242424242424242"),
    "5555555555554444",
    "2223003122003222",
    "378282246310005",
    "3714 496353 98431",
    "6011111111111117",
    "3566002020360505",
    "30569309025904",
    "36227206271667",
    "6200000000000005",
    "6759649826438453",
    "4000000000000000006",
    "my card is 4242424242424242, please charge it",
    "card4242424242424242exp",
    "number=4242424242424242&cvc=123",
    "7 4242 4242 4242 4242 12/30 123",
    "+49 170 1234567 and 4242 4242 4242 4242",
]
INNOCENT = [
    "",
    "4242424242424241",
    "1234567890123456",
    "4242 4242 4242",
    "+49 151 12345678",
    "+4915112345678",
    "+393471234567890",
    "004915112345678",
    "2026-11-21 02:03:45",
    "1763690400000",
    "1763690400123456789",
    "4006381333931",
    "4111111111111",
    "DE89 3704 0044 0532 0130 00",
    "GB82 WEST 1234 5698 7654 32",
    "order 100234 of 2026",
    "9424242424242424242424242",
    "pi_3MtwBwLkdIwHu7ix28a3tqPa",
    "8a1b9c0d-4242-4242-8242-424242424242",
]


@pytest.mark.parametrize("text", CARDS)
def test_a_card_number_is_found_however_it_is_written(text: str) -> None:
    assert card_numbers.in_text(text)


@pytest.mark.parametrize("text", INNOCENT)
def test_other_numbers_pass(text: str) -> None:
    assert not card_numbers.in_text(text)


def test_our_own_ids_pass() -> None:
    assert not any(card_numbers.in_text(public_id("pay")) for _ in range(2000))


@pytest.mark.parametrize(
    "value",
    [
        {"metadata": {"note": "4242424242424242"}},
        {"metadata": {"4242424242424242": "note"}},
        {"lines": [{"description": ["a", "4242 4242 4242 4242"]}]},
        {"metadata": {"n": 4242424242424242}},
        ["4242424242424242"],
    ],
)
def test_it_is_found_anywhere_in_a_body(value: object) -> None:
    assert card_numbers.in_value(value)


def test_a_body_without_one_passes() -> None:
    assert not card_numbers.in_value({"amount": 1099, "confirm": True, "customer": None, "rate": 1.5, "tags": ["a"]})


def test_it_can_be_blanked() -> None:
    assert card_numbers.blanked("pay with 4242 4242 4242 4242!") == "pay with [card number]!"
    assert card_numbers.blanked("nothing here") == "nothing here"


def test_a_long_text_of_digits_is_read_in_no_time() -> None:
    assert not card_numbers.in_text("4 1 " * 30_000)
