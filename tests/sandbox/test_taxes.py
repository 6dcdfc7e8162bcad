"""Tax rates and Stripe Tax."""

from typing import Any

import pytest
import stripe

from tests.sandbox.server import Server
from tests.sandbox.wishes import Client, Object, error_of


def calculate(client: Client, *amounts: int, tax_behavior: str = "exclusive", **more: Any) -> Object:
    lines = [{"amount": amount, "tax_behavior": tax_behavior} for amount in amounts]
    return client.v1.tax.calculations.create({"currency": "eur", "line_items": lines, **more})


def at(country: str, **more: Any) -> dict[str, Any]:
    return {"customer_details": {"address": {"country": country, **more}, "address_source": "billing"}}


def invoice(client: Client, customer: Object, *amounts: int, **more: Any) -> Object:
    for amount in amounts:
        client.v1.invoice_items.create({"customer": customer.id, "amount": amount, "currency": "eur"})
    wish = {"customer": customer.id, "currency": "eur", "pending_invoice_items_behavior": "include", **more}
    return client.v1.invoices.create(wish)


def test_a_rate_keeps_its_percentage(client: Client) -> None:
    rate = client.v1.tax_rates.create({"display_name": "VAT", "percentage": 19, "inclusive": False, "country": "DE"})
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.tax_rates.update(rate.id, {"percentage": 20})

    assert client.v1.tax_rates.update(rate.id, {"active": False}).active is False
    assert client.v1.tax_rates.list({"active": True}).data == []


def test_a_calculation_adds_the_tax_of_the_country(client: Client) -> None:
    found = calculate(client, 1000, 500, **at("DE"), expand=["line_items.data.tax_breakdown"])

    assert (found.amount_total, found.tax_amount_exclusive, found.tax_amount_inclusive) == (1785, 285, 0)
    assert [line.amount_tax for line in found.line_items.data] == [190, 95]
    assert found.line_items.data[0].tax_breakdown[0].tax_rate_details.percentage_decimal == "19.0"
    assert found.tax_breakdown[0].taxability_reason == "standard_rated"
    assert [line.amount for line in client.v1.tax.calculations.line_items.list(found.id).data] == [1000, 500]
    assert client.v1.tax.calculations.retrieve(found.id).id == found.id


def test_a_calculation_finds_the_tax_inside(client: Client) -> None:
    found = calculate(client, 1190, tax_behavior="inclusive", **at("DE"))

    assert (found.amount_total, found.tax_amount_exclusive, found.tax_amount_inclusive) == (1190, 0, 190)


def test_nothing_is_collected_elsewhere(client: Client) -> None:
    found = calculate(client, 1000, **at("BR"))

    assert (found.amount_total, found.tax_breakdown[0].taxability_reason) == (1000, "not_collecting")


def test_taxes_are_added_up_before_they_are_rounded(client: Client) -> None:
    """Three times 0.525 is 1.575."""
    found = calculate(client, 5, 5, 5, **at("GB"))
    odd = calculate(client, 7, 7, 7, **at("AU"))

    assert (found.tax_amount_exclusive, odd.tax_amount_exclusive) == (3, 2)


def test_a_calculation_takes_what_is_known_of_the_customer(client: Client) -> None:
    customer = client.v1.customers.create({"address": {"country": "DE"}, "tax_exempt": "reverse"})

    found = calculate(client, 1000, customer=customer.id)

    assert (found.tax_amount_exclusive, found.customer_details.taxability_override) == (0, "reverse_charge")


def test_a_calculation_without_a_place_is_refused(client: Client) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        calculate(client, 1000, **at("US"))

    assert error_of(caught.value)["code"] == "customer_tax_location_invalid"


def test_the_service_can_be_down(server: Server, client: Client) -> None:
    server.control("account", {"tax_service_down": True})
    with pytest.raises(stripe.APIError):
        calculate(client, 1000, **at("DE"))

    server.control("account", {"tax_service_down": False})
    assert calculate(client, 1000, **at("DE")).tax_amount_exclusive == 190


def test_prices_that_say_nothing_follow_the_settings(client: Client) -> None:
    settings = client.v1.tax.settings.update({"defaults": {"tax_behavior": "inclusive"}})
    found = client.v1.tax.calculations.create({"currency": "eur", "line_items": [{"amount": 1190}], **at("DE")})

    assert settings.defaults.tax_behavior == client.v1.tax.settings.retrieve().defaults.tax_behavior == "inclusive"
    assert (found.tax_amount_inclusive, found.tax_amount_exclusive) == (190, 0)


@pytest.mark.parametrize(
    ("exempt", "amount", "reason"),
    [("none", 190, "standard_rated"), ("exempt", 0, "customer_exempt"), ("reverse", 0, "reverse_charge")],
)
def test_an_invoice_is_taxed_automatically(client: Client, exempt: str, amount: int, reason: str) -> None:
    customer = client.v1.customers.create({"address": {"country": "DE"}, "tax_exempt": exempt})

    made = invoice(client, customer, 1000, automatic_tax={"enabled": True})

    assert (made.automatic_tax.status, made.total) == ("complete", 1000 + amount)
    assert [(tax.amount, tax.taxability_reason) for tax in made.total_taxes] == [(amount, reason)]


def test_an_invoice_waits_for_an_address(client: Client, ada: Object) -> None:
    made = invoice(client, ada, 1000, automatic_tax={"enabled": True})

    assert (made.automatic_tax.status, made.total) == ("requires_location_inputs", 1000)


def test_an_exclusive_and_an_inclusive_rate_on_one_invoice(client: Client, ada: Object) -> None:
    rates = [
        client.v1.tax_rates.create({"display_name": "VAT", "percentage": percentage, "inclusive": inclusive}).id
        for percentage, inclusive in ((19, True), (5, False))
    ]

    made = invoice(client, ada, 1190, default_tax_rates=rates)

    assert sorted((tax.tax_behavior, tax.amount) for tax in made.total_taxes) == [("exclusive", 50), ("inclusive", 190)]
    assert (made.total, made.total_excluding_tax) == (1240, 1000)
