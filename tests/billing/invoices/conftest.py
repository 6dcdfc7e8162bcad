"""A storefront that may do everything."""

import pytest
from pytest_django.live_server_helper import LiveServer

from config.base import api_keys, throttle
from config.base.models import StripeAccount
from tests.payments.api.client import Storefront


@pytest.fixture
def shop(live_server: LiveServer, account: StripeAccount) -> Storefront:
    _, secret = api_keys.create(account=account, name="shop", scopes=["*"])
    throttle.forget_failure()
    return Storefront(live_server.url, secret)
