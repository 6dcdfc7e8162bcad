import pytest

from config.base.models import StripeAccount
from tests.flows.faults.company import Company
from tests.payments.console.conftest import boss, login, shop
from tests.plugins.stripe import LocalStripe

__all__ = ["boss", "login", "shop"]


@pytest.fixture
def company(account: StripeAccount) -> Company:
    return Company(account)


@pytest.fixture
def customer(sandbox: LocalStripe) -> str:
    v1 = sandbox.client.v1
    made = v1.customers.create({"name": "Ada", "email": "ada@example.com"}).id
    method = v1.payment_methods.attach("pm_card_visa", {"customer": made}).id
    v1.customers.update(made, {"invoice_settings": {"default_payment_method": method}})
    return str(made)
