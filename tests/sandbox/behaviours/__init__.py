"""Stripe's documented behaviour, fact by fact, held against the running sandbox."""

import pytest

CHECKS = (
    "banks",
    "cards",
    "catalog",
    "disputes",
    "money",
    "payments",
    "payouts",
    "protocol",
    "refunds",
    "shop",
    "webhooks",
)
pytest.register_assert_rewrite(*(f"{__name__}.{name}" for name in CHECKS))
