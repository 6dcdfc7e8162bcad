"""Products and prices."""

from typing import Any

import pytest
import stripe

from tests.sandbox.wishes import Client, Object, error_of

TIERS = [{"up_to": 10, "unit_amount": 500, "flat_amount": 100}, {"up_to": "inf", "unit_amount_decimal": "450.5"}]


@pytest.fixture
def product(client: Client) -> Object:
    return client.v1.products.create({"name": "Paper"})


def price(client: Client, product: Object, **more: Any) -> Object:
    return client.v1.prices.create({"product": product.id, "currency": "usd", "unit_amount": 1000, **more})


def test_a_product_is_born_with_its_default_price(client: Client) -> None:
    given = {"currency": "eur", "unit_amount": 900, "recurring": {"interval": "month"}}
    product = client.v1.products.create({"name": "Paper", "default_price_data": given, "expand": ["default_price"]})

    assert (product.default_price.unit_amount, product.default_price.recurring.interval) == (900, "month")
    types = {event.type for event in client.v1.events.list().data}
    assert {"product.created", "price.created"} <= types


def test_a_used_product_is_archived_never_deleted(client: Client, product: Object) -> None:
    price(client, product)

    with pytest.raises(stripe.InvalidRequestError, match="Try archiving it instead"):
        client.v1.products.delete(product.id)

    assert client.v1.products.update(product.id, {"active": False}).active is False
    assert client.v1.products.list({"active": True}).data == []


def test_an_unused_product_is_gone(client: Client, product: Object) -> None:
    assert client.v1.products.delete(product.id).deleted is True

    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.products.retrieve(product.id)
    assert (error_of(caught.value)["code"], caught.value.http_status) == ("resource_missing", 404)


def test_a_price_has_several_currencies_on_request(client: Client, product: Object) -> None:
    made = price(client, product, currency_options={"eur": {"unit_amount": 900}, "jpy": {"unit_amount": 150000}})
    shown = client.v1.prices.retrieve(made.id, {"expand": ["currency_options"]})

    assert "currency_options" not in made
    amounts = {code: option.unit_amount for code, option in shown.currency_options.items()}
    assert amounts == {"usd": 1000, "eur": 900, "jpy": 150000}


def test_tiers_are_shown_on_request(client: Client, product: Object) -> None:
    made = client.v1.prices.create(
        {"product": product.id, "currency": "usd", "recurring": {"interval": "month"}, "billing_scheme": "tiered",
         "tiers_mode": "graduated", "tiers": TIERS, "expand": ["tiers"]}
    )  # fmt: skip

    assert made.unit_amount is None
    tiers = [(tier.up_to, tier.unit_amount, tier.unit_amount_decimal, tier.flat_amount) for tier in made.tiers]
    assert [(up, whole, str(exact), flat) for up, whole, exact, flat in tiers] == [
        (10, 500, "500", 100),
        (None, None, "450.5", None),
    ]


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"unit_amount_decimal": "1.5"}, "unit_amount"),
        ({"unit_amount": -1}, "unit_amount"),
        ({"custom_unit_amount": {"enabled": True}}, "custom_unit_amount"),
        ({"recurring": {"interval": "year", "interval_count": 4}}, "recurring[interval_count]"),
        ({"billing_scheme": "tiered"}, "tiers"),
        ({"billing_scheme": "tiered", "tiers": TIERS}, "tiers_mode"),
        ({"product": "prod_nothing"}, "product"),
        ({"currency": "xxx"}, "currency"),
    ],
)
def test_a_price_that_makes_no_sense_is_refused(
    client: Client, product: Object, more: dict[str, Any], param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.prices.create({"product": product.id, "currency": "usd", "unit_amount": 1000, **more})

    assert error_of(caught.value)["param"] == param


def test_a_price_is_archived_but_not_while_it_is_the_default(client: Client, product: Object) -> None:
    made = price(client, product)
    client.v1.products.update(product.id, {"default_price": made.id})

    with pytest.raises(stripe.InvalidRequestError, match="default price of its product"):
        client.v1.prices.update(made.id, {"active": False})

    client.v1.products.update(product.id, {"default_price": ""})
    assert client.v1.prices.update(made.id, {"active": False}).active is False


def test_a_lookup_key_moves_only_on_request(client: Client, product: Object) -> None:
    first = price(client, product, lookup_key="standard")
    with pytest.raises(stripe.InvalidRequestError):
        price(client, product, lookup_key="standard")

    second = price(client, product, lookup_key="standard", transfer_lookup_key=True)

    assert client.v1.prices.retrieve(first.id).lookup_key is None
    assert [row.id for row in client.v1.prices.list({"lookup_keys": ["standard"]}).data] == [second.id]


def test_prices_are_found(client: Client, product: Object) -> None:
    once = price(client, product, metadata={"kind": "retainer"})
    monthly = price(client, product, recurring={"interval": "month"})

    assert [row.id for row in client.v1.prices.list({"type": "recurring"}).data] == [monthly.id]
    assert [row.id for row in client.v1.prices.search({"query": "metadata['kind']:'retainer'"}).data] == [once.id]
    assert client.v1.products.features.list(product.id).data == []
