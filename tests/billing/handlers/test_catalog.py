"""Products, prices, coupons, promotion codes and tax rates: twice, late, in any order, the same rows."""

from decimal import Decimal
from itertools import permutations

import pytest

from billing.models import Coupon, Price, PriceCurrency, Product, PromotionCode, TaxRate
from config.base.models import StripeAccount
from tests.billing.handlers import bodies
from tests.billing.handlers.applying import apply, everything_told, stories, wanted

ALL = (bodies.product(), bodies.price(), bodies.coupon(), bodies.promotion_code(), bodies.tax_rate())


def test_each_is_written_once_however_often_it_is_told(account: StripeAccount) -> None:
    apply(account, *ALL)
    told = everything_told()

    apply(account, *ALL)

    assert everything_told() == told
    assert sorted(stories()) == [
        "coupon.created", "price.created", "product.created", "promotion_code.created", "tax_rate.created"
    ]  # fmt: skip
    assert TaxRate.objects.get().percentage == 19
    assert PromotionCode.objects.get().coupon == Coupon.objects.get()
    assert wanted() == []


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_in_any_order_the_rows_are_the_same(account: StripeAccount, order: tuple[int, ...]) -> None:
    apply(account, *(ALL[place] for place in order))

    price, code = Price.objects.get(), PromotionCode.objects.get()
    assert (price.product.name, price.product.status, price.status) == ("Ledger", "active", "active")
    assert (code.coupon.percent_off, code.coupon.status) == (Decimal("12.5"), "active")
    assert (code.minimum_amount_minor, code.first_time_transaction) == (500, True)


def test_a_price_before_its_product_asks_for_it(account: StripeAccount) -> None:
    apply(account, bodies.price())

    assert wanted() == ["prod_1"]
    assert Product.objects.get().status == "unknown"


def test_a_price_keeps_what_it_costs_in_each_currency(account: StripeAccount) -> None:
    euro = {"unit_amount": 2000, "unit_amount_decimal": "2000", "tax_behavior": "exclusive"}
    dollar = {"unit_amount": None, "unit_amount_decimal": "2100.5", "tax_behavior": "exclusive"}
    apply(account, bodies.price(currency_options={"eur": euro, "usd": dollar, "gbp": euro}))
    apply(account, bodies.price(currency_options={"eur": euro, "usd": dollar}))

    other = PriceCurrency.objects.get()

    assert (other.currency, other.unit_amount_minor, other.unit_amount_decimal) == ("usd", None, Decimal("2100.5"))
    assert stories("price") == ["price.created", "price.updated"]


def test_tiers_are_kept_as_stripe_has_them(account: StripeAccount) -> None:
    tiers = [{"up_to": 5, "unit_amount": 1000, "flat_amount": None}, {"up_to": None, "unit_amount": 800}]
    apply(account, bodies.price(billing_scheme="tiered", tiers_mode="graduated", unit_amount=None, tiers=tiers))

    assert Price.objects.get().tiers == tiers


def test_archiving_and_deleting_are_told(account: StripeAccount) -> None:
    apply(account, bodies.product(), bodies.coupon())
    apply(account, bodies.product(active=False), {"id": "SPRING", "object": "coupon", "deleted": True})
    apply(account, bodies.coupon())

    assert stories("product") == ["product.created", "product.archived"]
    assert stories("coupon") == ["coupon.created", "coupon.deleted"]
    assert Coupon.objects.get().status == "deleted"


def test_what_a_reference_made_bare_becomes_the_row_that_asked_for_it(account: StripeAccount) -> None:
    asked = Product.objects.create(account=account, name="Ledger", grace_period_days=7)
    apply(account, bodies.price())

    apply(account, bodies.product(metadata={"counterfoil_id": asked.public_id}))

    assert Price.objects.get().product == asked
    asked.refresh_from_db()
    assert (asked.stripe_id, asked.status, asked.grace_period_days) == ("prod_1", "active", 7)
    assert Product.objects.exclude(pk=asked.pk).get().status == "rejected"


def test_a_coupon_keeps_what_only_its_own_snapshot_says(account: StripeAccount) -> None:
    options = {"usd": {"amount_off": 600}, "eur": {"amount_off": 500}}
    only = {"products": ["prod_1"]}
    facts = {"percent_off": None, "amount_off": 500, "currency": "eur"}
    apply(account, bodies.coupon(**facts, currency_options=options, applies_to=only))
    apply(account, bodies.coupon(**facts))

    coupon = Coupon.objects.get()

    assert (coupon.amounts_off, coupon.product_ids) == ({"usd": 600}, ["prod_1"])
