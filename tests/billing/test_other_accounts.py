"""A key of one account neither reads nor changes nor names anything of another."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver

from billing.models import Coupon
from config.base import api_keys
from config.base.models import DomainEvent, LegalEntity, StripeAccount
from payments.models import Customer, OutboundCall
from tests import factories
from tests.billing.documents.rows import make_invoice, pay
from tests.billing.subscriptions.rows import make_price, make_subscription

Ids = dict[str, str]
Ask = Callable[..., Any]


@pytest.fixture
def theirs(db: None) -> Ids:
    """One of everything, in the account of the factories."""
    customer = factories.make_customer()
    method, price = factories.make_payment_method(customer=customer), make_price()
    coupon = Coupon.objects.create(
        account=customer.account, stripe_id="co_1", status="active", is_valid=True, percent_off=10, duration="once"
    )
    invoice = make_invoice(customer)
    return {
        "customers": customer.public_id,
        "payment-methods": method.public_id,
        "payments": pay(invoice).public_id,
        "setup-intents": factories.make_setup_intent(customer=customer).public_id,
        "products": price.product.public_id,
        "prices": price.public_id,
        "subscriptions": make_subscription(customer, price=price).public_id,
        "invoices": invoice.public_id,
        "coupon": coupon.public_id,
        "stripe": method.stripe_id,
    }


@pytest.fixture
def other(db: None) -> StripeAccount:
    """Another account, of another legal entity."""
    entity = LegalEntity.objects.create(name="Other Ltd", country="DE", currency="eur")
    return StripeAccount.objects.create(
        legal_entity=entity, stripe_id="acct_other", livemode=False, country="DE", default_currency="eur"
    )


@pytest.fixture
def new(other: StripeAccount) -> Customer:
    return factories.make_customer(account=other)


@pytest.fixture
def ours(other: StripeAccount, client: Client) -> Ask:
    """Asks with a key of the other account."""
    _, secret = api_keys.create(account=other, name="shop", scopes=["*"])

    def ask(method: str, path: str, body: Any = None) -> Any:
        data = "" if method == "get" else json.dumps(body)
        headers = {"Authorization": f"Bearer {secret}"}
        return client.generic(method.upper(), f"/api/v1{path}", data, content_type="application/json", headers=headers)

    return ask


def routes(patterns: Any) -> Iterator[tuple[str, str]]:
    """Method and address of everything that the API does with one object."""
    for each in patterns:
        if isinstance(each, URLResolver):
            yield from routes(each.url_patterns)
        elif "<id:id>" in str(each.pattern):
            for method in getattr(each.callback, "actions", {}):
                yield method, str(each.pattern)


@pytest.mark.parametrize(("method", "route"), list(routes(get_resolver().url_patterns)))
def test_an_id_of_theirs_is_unknown(theirs: Ids, ours: Ask, method: str, route: str) -> None:
    told = DomainEvent.objects.count()
    noun = route.partition("/")[0]
    named = [theirs[noun]] + [theirs["stripe"]] * (noun == "payment-methods")

    for named_id in named:
        path = "/" + route.replace("<id:id>", named_id)
        attached = route.endswith("attach")  # where the method may be unknown and the customer may not
        body = {"customer": theirs["customers"]} if attached else {}
        answer = ours(method, path, {"payment_method": "pm_1"} if route.endswith("set-payment-method") else body)
        assert answer.status_code == (400 if attached else 404), answer.content

    assert not OutboundCall.objects.exists()
    assert DomainEvent.objects.count() == told


@pytest.mark.parametrize("noun", ["customers", "payments", "subscriptions", "invoices", "products", "prices", "events"])
def test_a_list_shows_nothing_of_theirs(theirs: Ids, ours: Ask, noun: str) -> None:
    assert ours("get", f"/{noun}").json()["data"] == []
    if noun in {"payments", "subscriptions", "invoices"}:
        assert ours("get", f"/{noun}?customer={theirs['customers']}").json()["data"] == []


def test_what_they_have_cannot_be_named(theirs: Ids, ours: Ask, new: Customer) -> None:
    price, mine, customer = {"price": theirs["prices"]}, new.public_id, theirs["customers"]
    wishes: list[tuple[str, dict[str, Any], str]] = [
        ("/payments", {"amount": 100, "currency": "eur", "customer": customer}, "customer"),
        ("/setup-intents", {"customer": customer}, "customer"),
        ("/subscriptions", {"customer": customer, "items": [price]}, "customer"),
        ("/subscriptions", {"customer": mine, "items": [price]}, "items.0.price"),
        ("/invoices", {"customer": customer, "currency": "eur", "lines": [price]}, "customer"),
        ("/invoices", {"customer": mine, "currency": "eur", "lines": [price]}, "lines.0.price"),
    ]

    for path, body, field in wishes:
        answer = ours("post", path, body)
        assert (path, answer.status_code, answer.json()["errors"][0]["field"]) == (path, 400, field)
    named = {"amount": 100, "currency": "eur", "customer": mine, "payment_method": theirs["payment-methods"]}
    assert ours("post", "/payments", named).json()["code"] == "unknown_payment_method"

    assert not OutboundCall.objects.exists()
