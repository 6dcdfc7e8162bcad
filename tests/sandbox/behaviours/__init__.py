"""Stripe's documented behaviour, fact by fact, held against the running sandbox."""

import pytest

pytest.register_assert_rewrite(__name__)
