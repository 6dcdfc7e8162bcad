from collections.abc import Callable

import pytest
from pytest_django.live_server_helper import LiveServer

from config.base import api_keys, throttle
from config.base.models import StripeAccount
from payments import gateway
from payments.failures import InDoubt
from tests.payments.api.client import Storefront
from tests.plugins.stripe import LocalStripe


@pytest.fixture
def storefront(live_server: LiveServer, account: StripeAccount, sandbox: LocalStripe) -> Callable[..., Storefront]:
    """Makes a shop with a key of these scopes."""

    def make(*scopes: str) -> Storefront:
        _, secret = api_keys.create(account=account, name="shop", scopes=scopes)
        return Storefront(live_server.url, secret)

    throttle.forget_failure()
    return make


@pytest.fixture
def shop(storefront: Callable[..., Storefront]) -> Storefront:
    """A shop that may do everything."""
    return storefront("*")


@pytest.fixture
def outage(account: StripeAccount, sandbox: LocalStripe) -> None:
    """Stripe has failed so often that nothing is sent to it for a while."""
    sandbox.fail("POST", "/v1/tokens", "error_500", times=gateway.FAILURES_BEFORE_OPEN)
    for attempt in range(gateway.FAILURES_BEFORE_OPEN):
        with pytest.raises(InDoubt):
            gateway.post("/v1/tokens", {}, account=account.stripe_id, idempotency_key=f"outage {attempt}")


@pytest.fixture
def reconnect() -> Callable[[], None]:
    """Ends the outage."""
    return gateway.forget_outages
