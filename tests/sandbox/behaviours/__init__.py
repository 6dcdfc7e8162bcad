"""Stripe's documented behaviour, fact by fact, held against the running sandbox."""

import pytest

CHECKS = ("banks", "cards", "disputes", "payments", "payouts", "protocol", "shop", "webhooks")
pytest.register_assert_rewrite(*(f"{__name__}.{name}" for name in CHECKS))
