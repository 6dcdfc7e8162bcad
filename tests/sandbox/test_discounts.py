"""Coupons, promotion codes and what they take off."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stripe

from tests.sandbox.server import Server
from tests.sandbox.wishes import Client, Object, error_of, pay

A_DAY = 86400


def coupon(client: Client, **more: Any) -> Object:
    return client.v1.coupons.create({"percent_off": 10, "duration": "forever", **more})


def code(client: Client, coupon_id: str, **more: Any) -> Object:
    return client.v1.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon_id}, **more})


def redeem(client: Client, customer: Object, amount: int = 1000, currency: str = "usd", **wish: str) -> Object:
    """An invoice line with the discount on it."""
    return client.v1.invoice_items.create(
        {"customer": customer.id, "amount": amount, "currency": currency, "discounts": [wish]}
    )


def refusal(client: Client, customer: Object, **wish: Any) -> dict[str, Any]:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        redeem(client, customer, **wish)
    return error_of(caught.value)


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"percent_off": 10, "amount_off": 100, "currency": "usd"},
        {"percent_off": 100.5},
        {"amount_off": 100},
        {"percent_off": 10, "duration": "repeating"},
        {"percent_off": 10, "duration": "once", "duration_in_months": 3},
        {"percent_off": 10, "redeem_by": 1},
    ],
)
def test_a_coupon_that_makes_no_sense_is_refused(client: Client, params: dict[str, Any]) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.coupons.create(params)


def test_a_coupon_has_further_currencies_and_products_on_request(client: Client) -> None:
    product = client.v1.products.create({"name": "Paper"})
    made = client.v1.coupons.create(
        {"amount_off": 500, "currency": "usd", "currency_options": {"eur": {"amount_off": 450}},
         "applies_to": {"products": [product.id]}, "expand": ["currency_options", "applies_to"]}
    )  # fmt: skip

    assert made.applies_to.products == [product.id]
    assert made.currency_options["eur"].amount_off == 450


def test_a_coupon_counts_and_ends_at_its_limit(client: Client, ada: Object) -> None:
    made = coupon(client, max_redemptions=1)
    redeem(client, ada, coupon=made.id)

    after = client.v1.coupons.retrieve(made.id)
    assert (after.times_redeemed, after.valid) == (1, False)
    refused = refusal(client, ada, coupon=made.id)
    assert (refused["code"], refused["message"]) == ("coupon_expired", f"Coupon expired: {made.id}")


def test_a_coupon_ends_at_its_date(server: Server, client: Client, ada: Object) -> None:
    now = server.control("clock")["now"]
    made = coupon(client, redeem_by=now + A_DAY)
    server.control("clock", {"advance_seconds": 2 * A_DAY})

    assert refusal(client, ada, coupon=made.id)["code"] == "coupon_expired"
    assert [row.valid for row in client.v1.coupons.list().data] == [False]


def test_a_refused_list_redeems_nothing(client: Client, ada: Object) -> None:
    made = coupon(client, max_redemptions=1)
    wishes = [{"coupon": made.id}, {"coupon": "nothing"}]

    with pytest.raises(stripe.InvalidRequestError):
        client.v1.invoice_items.create({"customer": ada.id, "amount": 1000, "currency": "usd", "discounts": wishes})

    assert client.v1.coupons.retrieve(made.id).times_redeemed == 0


def test_what_is_not_there_cannot_be_redeemed(client: Client, ada: Object) -> None:
    assert refusal(client, ada, coupon="nothing")["code"] == "resource_missing"
    assert refusal(client, ada, promotion_code="promo_nothing")["code"] == "resource_missing"


def test_an_amount_off_needs_the_currency(client: Client, ada: Object) -> None:
    made = client.v1.coupons.create(
        {"amount_off": 500, "currency": "usd", "currency_options": {"eur": {"amount_off": 450}}}
    )

    assert redeem(client, ada, currency="eur", coupon=made.id).discounts
    bob = client.v1.customers.create({})
    assert refusal(client, bob, currency="gbp", coupon=made.id)["param"] == "coupon"


def test_a_deleted_coupon_goes_on_where_it_was_redeemed(client: Client, ada: Object) -> None:
    made = coupon(client)
    redeem(client, ada, coupon=made.id)
    client.v1.coupons.delete(made.id)

    invoice = client.v1.invoices.create({"customer": ada.id, "pending_invoice_items_behavior": "include"})

    assert invoice.total == 900
    assert refusal(client, ada, coupon=made.id)["code"] == "resource_missing"


def test_a_code_belongs_to_its_customer(client: Client, ada: Object) -> None:
    bob = client.v1.customers.create({})
    made = code(client, coupon(client).id, customer=ada.id)

    assert "promotion_code" in refusal(client, bob, promotion_code=made.id)["param"]
    assert redeem(client, ada, promotion_code=made.id).discounts


def test_a_code_for_the_first_purchase(client: Client, ada: Object) -> None:
    made = code(client, coupon(client).id, restrictions={"first_time_transaction": True})
    pay(client, customer=ada.id)

    assert "prior transactions" in refusal(client, ada, promotion_code=made.id)["message"]


def test_a_code_with_a_minimum(client: Client, ada: Object) -> None:
    rules = {"minimum_amount": 5000, "minimum_amount_currency": "usd"}
    made = code(client, coupon(client).id, restrictions=rules)

    assert refusal(client, ada, amount=4999, promotion_code=made.id)["param"]
    assert redeem(client, ada, amount=5000, promotion_code=made.id).discounts


def test_an_inactive_code_is_refused_and_may_live_again(client: Client, ada: Object) -> None:
    made = code(client, coupon(client).id, code="PAPER")
    client.v1.promotion_codes.update(made.id, {"active": False})
    assert refusal(client, ada, promotion_code=made.id)["param"]

    client.v1.promotion_codes.update(made.id, {"active": True})
    assert redeem(client, ada, promotion_code=made.id).discounts


def test_one_code_is_active_once(client: Client) -> None:
    made = coupon(client)
    code(client, made.id, code="PAPER")

    with pytest.raises(stripe.InvalidRequestError, match="already exists"):
        code(client, made.id, code="PAPER")

    assert len(client.v1.promotion_codes.list({"code": "paper"}).data) == 1


def test_a_code_is_redeemed_up_to_its_limit_from_many_connections(server: Server, client: Client) -> None:
    made = code(client, coupon(client).id, max_redemptions=3)
    customers = [client.v1.customers.create({}) for _ in range(12)]

    def attempt(customer: Object) -> bool:
        try:
            return bool(redeem(server.client(), customer, promotion_code=made.id))
        except stripe.InvalidRequestError:
            return False

    with ThreadPoolExecutor(12) as pool:
        results = list(pool.map(attempt, customers))

    after = client.v1.promotion_codes.retrieve(made.id)
    assert (sum(results), after.times_redeemed, after.active) == (3, 3, False)


def test_an_amount_is_shared_by_the_lines(client: Client, ada: Object) -> None:
    made = client.v1.coupons.create({"amount_off": 500, "currency": "usd"})
    for amount in (2000, 1000):
        client.v1.invoice_items.create({"customer": ada.id, "amount": amount, "currency": "usd"})
    invoice = client.v1.invoices.create(
        {"customer": ada.id, "pending_invoice_items_behavior": "include", "discounts": [{"coupon": made.id}]}
    )

    shares = {line.amount: line.discount_amounts[0].amount for line in invoice.lines.data}
    assert (shares, invoice.total) == ({1000: 166, 2000: 334}, 2500)


def test_more_than_everything_is_nothing(client: Client, ada: Object) -> None:
    made = client.v1.coupons.create({"amount_off": 5000, "currency": "usd"})
    client.v1.invoice_items.create({"customer": ada.id, "amount": 1000, "currency": "usd"})
    invoice = client.v1.invoices.create(
        {"customer": ada.id, "pending_invoice_items_behavior": "include",
         "discounts": [{"coupon": made.id}, {"coupon": coupon(client).id}]}
    )  # fmt: skip

    assert (invoice.total, sum(row.amount for row in invoice.total_discount_amounts)) == (0, 1000)


def test_a_product_alone_is_cheaper(client: Client, ada: Object) -> None:
    paper, ink = (client.v1.products.create({"name": name}) for name in ("Paper", "Ink"))
    made = coupon(client, applies_to={"products": [paper.id]})
    for product in (paper, ink):
        data = {"product": product.id, "currency": "usd", "unit_amount": 1000}
        client.v1.invoice_items.create({"customer": ada.id, "price_data": data})
    invoice = client.v1.invoices.create(
        {"customer": ada.id, "pending_invoice_items_behavior": "include", "discounts": [{"coupon": made.id}]}
    )

    assert invoice.total == 1900


def test_a_customers_own_discount_holds_where_there_is_no_other(server: Server, client: Client, ada: Object) -> None:
    server.control("discounts", {"customer": ada.id, "coupon": coupon(client).id})
    client.v1.invoice_items.create({"customer": ada.id, "amount": 1000, "currency": "usd"})
    invoice = client.v1.invoices.create({"customer": ada.id, "pending_invoice_items_behavior": "include"})
    assert invoice.total == 900

    assert client.v1.customers.delete_discount(ada.id).deleted is True
    assert client.v1.customers.retrieve(ada.id).discount is None
    every = [event.type for event in client.v1.events.list({"limit": 100}).data]
    assert {"customer.discount.created", "customer.discount.deleted"} <= set(every)
    with pytest.raises(stripe.InvalidRequestError, match="No active discount"):
        client.v1.customers.delete_discount(ada.id)
