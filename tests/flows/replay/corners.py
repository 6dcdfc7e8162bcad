"""A small world with what a company's year has little of: schedules, tax numbers, odd prices and discounts."""

from typing import Any

import stripe

from tests.sandbox.server import ControlDoor

DAY = 24 * 3600


def play(client: stripe.StripeClient, door: ControlDoor) -> None:
    """Play it; every table has a row afterwards."""
    v1: Any = client.v1
    products = [v1.products.create({"name": name, "unit_label": "seat", "metadata": {"shelf": name}}) for name in "abc"]
    prices = [_price(v1, product.id, number) for number, product in enumerate(products)]
    rate = v1.tax_rates.create({"display_name": "VAT", "percentage": 7.25, "inclusive": True, "country": "DE"}).id
    v1.tax_rates.create({"display_name": "GST", "percentage": 5, "inclusive": False})
    coupons = _coupons(v1, products[0].id)
    ada = _customer(v1, "ada", address={"country": "DE", "city": "Berlin", "postal_code": "10115", "line1": "A 1"})
    bo = _customer(v1, "bo", preferred_locales=["fr", "de"], phone="+49 30 1", description="a friend")
    v1.customers.tax_ids.create(ada, {"type": "eu_vat", "value": "DE123456789"})
    v1.customers.tax_ids.create(bo, {"type": "eu_vat", "value": "DE987654321"})
    promotion: dict[str, Any] = {"promotion": {"type": "coupon", "coupon": coupons[0]}, "code": "ADA", "customer": ada}
    v1.promotion_codes.create({**promotion, "restrictions": {"minimum_amount": 100, "minimum_amount_currency": "eur"}})
    _subscriptions(v1, ada, bo, prices, rate, coupons)
    for customer in (_customer(v1, "cy"), _customer(v1, "di")):
        door.control("discounts", {"customer": customer, "coupon": coupons[1]})
    door.control("clock", {"advance_seconds": 32 * DAY})
    _one_off(v1, ada, bo, rate, coupons)
    _disputed(v1, door, ada)
    _paid_out(v1, door)


def _price(v1: Any, product: str, number: int) -> str:
    wanted: dict[str, Any] = {
        "product": product,
        "currency": "eur",
        "unit_amount_decimal": f"{1999 + number}.5",
        "recurring": {"interval": "month"},
        "nickname": f"price {number}",
        "lookup_key": f"key {number}",
        "transform_quantity": {"divide_by": 2, "round": "up"},
        "currency_options": {"usd": {"unit_amount": 2100 + number, "tax_behavior": "exclusive"}},
        "metadata": {"number": str(number)},
    }
    return str(v1.prices.create(wanted).id)


def _coupons(v1: Any, product: str) -> list[str]:
    more: dict[str, Any] = {"currency_options": {"usd": {"amount_off": 300}}}
    made = [
        v1.coupons.create({"amount_off": 250, "currency": "eur", "duration": "forever", "name": "Less", **more}),
        v1.coupons.create({"percent_off": 12.5, "duration": "repeating", "duration_in_months": 5}),
        v1.coupons.create({"percent_off": 1, "duration": "forever", "applies_to": {"products": [product]}}),
    ]
    return [coupon.id for coupon in made]


def _customer(v1: Any, name: str, **more: Any) -> str:
    customer = v1.customers.create({"name": name, "email": f"{name}@example.com", "metadata": {"who": name}, **more}).id
    card = v1.payment_methods.attach("pm_card_visa", {"customer": customer}).id
    v1.customers.update(customer, {"invoice_settings": {"default_payment_method": card}})
    return str(customer)


def _subscriptions(v1: Any, ada: str, bo: str, prices: list[str], rate: str, coupons: list[str]) -> None:
    """Two with two items each, discounts and taxes; each is held by a schedule."""
    for customer, coupon in ((ada, coupons[0]), (bo, coupons[1])):
        card = v1.customers.retrieve(customer).invoice_settings.default_payment_method
        wanted: dict[str, Any] = {
            "customer": customer,
            "items": [{"price": prices[0], "quantity": 3}, {"price": prices[1]}],
            "default_tax_rates": [rate],
            "default_payment_method": card,
            "discounts": [{"coupon": coupon}],
            "metadata": {"of": customer},
        }
        subscription = v1.subscriptions.create(wanted).id
        v1.subscription_schedules.create({"from_subscription": subscription, "metadata": {"of": customer}})


def _one_off(v1: Any, ada: str, bo: str, rate: str, coupons: list[str]) -> None:
    """Invoices by hand, paid and partly given back; and a customer with a discount of her own."""
    for customer in (ada, bo):
        drafted: dict[str, Any] = {"customer": customer, "currency": "eur", "discounts": [{"coupon": coupons[2]}]}
        invoice = v1.invoices.create(
            {**drafted, "footer": "Thanks", "custom_fields": [{"name": "PO", "value": "7"}], "metadata": {"a": "b"}}
        ).id
        lines = [
            {"description": "Workshop", "amount": 4500, "tax_rates": [rate]},
            {"description": "Travel", "amount": 345, "discountable": False},
        ]
        v1.invoices.add_lines(invoice, {"lines": lines})
        v1.invoices.finalize_invoice(invoice)
        v1.invoices.pay(invoice)
        line = v1.invoices.line_items.list(invoice).data[0].id
        given: dict[str, Any] = {"type": "invoice_line_item", "invoice_line_item": line, "amount": 500}
        note: dict[str, Any] = {"invoice": invoice, "lines": [given], "memo": "Sorry", "metadata": {"c": "d"}}
        v1.credit_notes.create({**note, "refund_amount": 500, "reason": "order_change"})


def _disputed(v1: Any, door: ControlDoor, customer: str) -> None:
    """A dispute that is won, one that is lost, one that waits; and an inquiry."""
    for evidence in ("winning_evidence", "losing_evidence", None):
        dispute = _dispute(v1, customer, "pm_card_createDispute")
        if evidence:
            v1.disputes.update(dispute, {"evidence": {"uncategorized_text": evidence}, "submit": True})
    _dispute(v1, customer, "pm_card_createDisputeInquiry")
    door.control("clock", {"advance_seconds": DAY})


def _dispute(v1: Any, customer: str, token: str) -> str:
    card = v1.payment_methods.attach(token, {"customer": customer}).id
    automatic: dict[str, Any] = {"enabled": True, "allow_redirects": "never"}
    paid: dict[str, Any] = {"amount": 7900, "currency": "eur", "confirm": True, "automatic_payment_methods": automatic}
    charge = v1.payment_intents.create({**paid, "customer": customer, "payment_method": card}).latest_charge
    return str(v1.disputes.list({"charge": charge}).data[0].id)


def _paid_out(v1: Any, door: ControlDoor) -> None:
    """What is available by itself, a part by hand, and one that the bank sent back."""
    door.control("clock", {"advance_seconds": 8 * DAY})
    v1.payouts.create({"amount": 500, "currency": "eur", "description": "For rent", "metadata": {"e": "f"}})
    door.control("payouts", {"currency": "eur", "amount": 700})
    door.control("clock", {"advance_seconds": 4 * DAY})
    failed = door.control("payouts", {"currency": "eur"})
    door.control("clock", {"advance_seconds": 4 * DAY})
    door.control("payouts", {"fail": failed["id"], "code": "account_closed"})
