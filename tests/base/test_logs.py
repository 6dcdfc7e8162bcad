"""Logs tell what happened, and open nothing."""

import pytest

from config import logs


@pytest.mark.parametrize(
    ("said", "logged"),
    [
        ("Not Found: /pay/link_0123456789abcdefghijKL.a-sign_1/", "Not Found: /pay/link_0123456789abcdefghijKL.…/"),
        ("/api/v1/customers/4242424242424242", "/api/v1/customers/[card number]"),
        ("link_0123456789abcdefghijKL was made", "link_0123456789abcdefghijKL was made"),
    ],
)
def test_no_line_carries_a_pay_link_or_a_card_number(said: str, logged: str) -> None:
    assert logs.without_secrets(None, "info", {"event": said}) == {"event": logged}
