import pytest

from config.base.models import StripeAccount
from tests.factories import make_account


@pytest.fixture
def account(db: None) -> StripeAccount:
    return make_account()
