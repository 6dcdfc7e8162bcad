"""Payments with a page to pay them on."""

from collections.abc import Callable

import pytest

from config.base.actor import Actor
from config.base.models import StripeAccount
from config.base.money import Money
from payments.models import PayLink
from payments.services import payments
from payments.services.pay_links import LinkDetails

SHOP = Actor.system("shop")

MakeLink = Callable[..., PayLink]


@pytest.fixture
def make_link(account: StripeAccount) -> MakeLink:
    """A new payment's link: `method` pays it at once, `wishes` go to the payment, the rest to the page."""

    def make(method: str = "", *, amount=Money(1099, "eur"), details=LinkDetails(), **wishes) -> PayLink:  # noqa: B008
        payment = payments.create(
            account=account,
            amount=amount,
            payment_method=method,
            confirm=bool(method),
            link=details,
            by=SHOP,
            **wishes,
        )
        return payment.pay_link

    return make
