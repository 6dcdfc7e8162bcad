"""A small catalog and a customer with a card, at the local Stripe."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from billing.models import Price, Product
from billing.services import prices, products
from billing.services.prices import Amount
from config.base.actor import Actor
from config.base.models import StripeAccount
from payments.models import Customer
from payments.services import customers, payment_methods

TEST = Actor.system("test")
NewCustomer = Callable[..., Customer]


@pytest.fixture
def studio(account: StripeAccount) -> Product:
    """A product whose subscriptions begin with their first payment."""
    return products.create(account=account, name="Studio", by=TEST)


def price(product: Product, minor: int, **more: object) -> Price:
    wanted = {"currency": "eur", "interval": "month", **more}
    return prices.create(product=product, amount=Amount(unit_amount=Decimal(minor)), by=TEST, **wanted)  # type: ignore[arg-type]


@pytest.fixture
def basic(studio: Product) -> Price:
    """29.00 € a month."""
    return price(studio, 2900)


@pytest.fixture
def pro(studio: Product) -> Price:
    """59.00 € a month."""
    return price(studio, 5900)


@pytest.fixture
def yearly(studio: Product) -> Price:
    """290.00 € a year."""
    return price(studio, 29000, interval="year")


@pytest.fixture
def new_customer(account: StripeAccount) -> NewCustomer:
    """Makes a customer in Berlin whose default card is this one of Stripe's test cards."""

    def make(card: str = "pm_card_visa") -> Customer:
        address = customers.Address(line1="Torstraße 1", city="Berlin", postal_code="10119", country="DE")
        customer = customers.create(account=account, name="Ada", email="ada@example.com", address=address, by=TEST)
        if card:
            use_card(customer, card)
        return customer

    return make


def use_card(customer: Customer, card: str) -> None:
    """Let this be the customer's default from now on."""
    method = payment_methods.attach(customer=customer, stripe_id=card, by=TEST)
    payment_methods.set_default(customer=customer, method=method, by=TEST)


@pytest.fixture
def ada(new_customer: NewCustomer) -> Customer:
    """Pays with a card that works."""
    return new_customer()
