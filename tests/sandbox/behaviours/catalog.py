"""Sections 6, 9 and 10: what prices cost, taxes and rounding, discounts, customers' balances."""

from collections.abc import Callable

from tests.contract.calling import Json
from tests.sandbox.behaviours.shop import Shop

Check = Callable[[Shop], object]
MONTHLY = {"interval": "month"}


def price(shop: Shop, **params: object) -> Json:
    product = shop.post("/v1/products", name="Paper").ok
    return shop.post("/v1/prices", product=product["id"], **{"currency": "usd", **params}).ok


def costs(shop: Shop, price_id: str, quantity: int) -> int:
    """What that many pieces come to on an invoice."""
    item = {"customer": shop.customer(), "pricing": {"price": price_id}, "quantity": quantity}
    return int(shop.post("/v1/invoiceitems", **item).ok["amount"])


def volume_tiers(shop: Shop) -> None:
    """Every piece at the price of the tier that the quantity reaches."""
    tiers = [{"up_to": 5, "unit_amount": 700}, {"up_to": 10, "unit_amount": 650}, {"up_to": "inf", "unit_amount": 600}]
    plan = price(shop, recurring=MONTHLY, billing_scheme="tiered", tiers_mode="volume", tiers=tiers)
    totals = {1: 700, 5: 3500, 6: 3900, 20: 12000, 25: 15000}
    assert {quantity: subscribed(shop, plan, quantity) for quantity in totals} == totals


def subscribed(shop: Shop, plan: Json, quantity: int) -> int:
    """What that many pieces come to on the first invoice of a subscription."""
    details = {"items": [{"price": plan["id"], "quantity": quantity}]}
    preview = shop.post("/v1/invoices/create_preview", customer=shop.customer(), subscription_details=details)
    return int(preview.ok["total"])


def packs(shop: Shop) -> None:
    rule = {"divide_by": 5, "round": "up"}
    plan = price(shop, unit_amount=1000, transform_quantity=rule)
    assert [costs(shop, plan["id"], quantity) for quantity in (1, 3, 5, 6, 7)] == [1000, 1000, 1000, 2000, 2000]
    tiers = [{"up_to": "inf", "unit_amount": 600}]
    refused = shop.post(
        "/v1/prices", product=plan["product"], currency="usd", billing_scheme="tiered", tiers_mode="volume",
        tiers=tiers, transform_quantity=rule, recurring=MONTHLY,
    )  # fmt: skip
    assert refused.error["param"] == "transform_quantity"


def lines_round_alone(shop: Shop) -> None:
    assert costs(shop, price(shop, unit_amount_decimal="0.05")["id"], 30) == 2


def taxes_round_by_line(shop: Shop) -> None:
    rate = shop.post("/v1/tax_rates", display_name="VAT", percentage=10, inclusive=True).ok
    customer = shop.customer()
    for amount in (100000, 5000):
        shop.post("/v1/invoiceitems", customer=customer, amount=amount, currency="usd")
    invoice = shop.post(
        "/v1/invoices", customer=customer, pending_invoice_items_behavior="include", default_tax_rates=[rate["id"]]
    ).ok
    lines = {line["amount"]: line["taxes"][0]["amount"] for line in invoice["lines"]["data"]}
    assert lines == {100000: 9091, 5000: 455}
    assert [tax["amount"] for tax in invoice["total_taxes"]] == [9546]


def discount_has_a_source(shop: Shop) -> None:
    coupon = shop.post("/v1/coupons", percent_off=25, duration="forever").ok
    code = shop.post("/v1/promotion_codes", promotion={"type": "coupon", "coupon": coupon["id"]}, code="PAPER").ok
    assert code["promotion"] == {"coupon": coupon["id"], "type": "coupon"}
    assert "coupon" not in code
    customer = shop.customer()
    shop.server.control("discounts", {"customer": customer, "coupon": coupon["id"]})
    discount = shop.get(f"/v1/customers/{customer}").ok["discount"]
    assert discount["source"] == {"coupon": coupon["id"], "type": "coupon"}
    assert "coupon" not in discount


def only_discounts(shop: Shop) -> None:
    """Nothing takes ``coupon`` or ``promotion_code`` at its top any more."""
    coupon = shop.post("/v1/coupons", percent_off=25).ok
    for path in ("/v1/customers", f"/v1/customers/{shop.customer()}"):
        for name in ("coupon", "promotion_code"):
            refused = shop.post(path, **{name: coupon["id"]})
            assert (refused.status, refused.error["code"]) == (400, "parameter_unknown")


def move(shop: Shop, customer: str, amount: int, currency: str = "usd") -> Json:
    return shop.post(f"/v1/customers/{customer}/balance_transactions", amount=amount, currency=currency).ok


def balance_sign(shop: Shop) -> None:
    """Below zero the customer has something to good; above it owes."""
    credit, debit = shop.customer(), shop.customer()
    assert move(shop, credit, -300)["ending_balance"] == -300
    assert move(shop, debit, 300)["ending_balance"] == 300
    assert [finalized(shop, customer)["amount_due"] for customer in (credit, debit)] == [700, 1300]


def finalized(shop: Shop, customer: str, amount: int = 1000) -> Json:
    shop.post("/v1/invoiceitems", customer=customer, amount=amount, currency="usd")
    draft = shop.post("/v1/invoices", customer=customer, pending_invoice_items_behavior="include").ok
    return shop.post(f"/v1/invoices/{draft['id']}/finalize", auto_advance=False).ok


def balance_applies(shop: Shop) -> None:
    """To the next finalized invoice, never to one that is open."""
    customer = shop.customer()
    early = finalized(shop, customer)
    move(shop, customer, -1500)
    late = finalized(shop, customer)
    assert (shop.again(early)["amount_due"], late["amount_due"], late["status"]) == (1000, 0, "paid")
    assert (late["starting_balance"], late["ending_balance"]) == (-1500, -500)
    other = shop.post(f"/v1/customers/{customer}/balance_transactions", amount=-1, currency="eur")
    assert (other.status, other.error["param"]) == (400, "currency")


def balance_types(shop: Shop) -> None:
    customer = shop.customer()
    path = f"/v1/customers/{customer}/balance_transactions"
    assert move(shop, customer, -1500)["type"] == "adjustment"
    assert shop.post(path, amount=1, currency="usd", type="credit_note").error["code"] == "parameter_unknown"
    finalized(shop, customer)
    assert [row["type"] for row in shop.get(path).ok["data"]] == ["applied_to_invoice", "adjustment"]


def balance_comes_back(shop: Shop) -> None:
    customer = shop.customer()
    move(shop, customer, -300)
    invoice = finalized(shop, customer)
    assert shop.get(f"/v1/customers/{customer}").ok["balance"] == 0
    shop.post(f"/v1/invoices/{invoice['id']}/void")
    assert shop.get(f"/v1/customers/{customer}").ok["balance"] == -300
    newest = shop.get(f"/v1/customers/{customer}/balance_transactions").ok["data"][0]
    assert (newest["type"], newest["amount"]) == ("unapplied_from_invoice", -300)


HOLDS: dict[str, Check] = {
    "6.round.line": lines_round_alone,
    "6.round.tax": taxes_round_by_line,
    "6.round.transform": packs,
    "6.tiers.volume": volume_tiers,
    "9.bal.apply": balance_applies,
    "9.bal.sign": balance_sign,
    "9.bal.types": balance_types,
    "9.bal.void": balance_comes_back,
    "10.basil.discounts": only_discounts,
    "10.clover.discount": discount_has_a_source,
}
