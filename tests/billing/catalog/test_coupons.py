"""Coupons and the words for them."""

from datetime import timedelta
from decimal import Decimal

import pytest

from billing.models import Coupon, Product, PromotionCode
from billing.services import coupons
from billing.services.catalog import InvalidCatalogEntry
from config.base import clock
from config.base.actor import Actor
from config.base.models import StripeAccount
from config.base.money import Money
from tests.plugins.stripe import LocalStripe

TEST = Actor.system("test")


def test_a_coupon_is_the_same_here_and_at_stripe(account: StripeAccount, studio: Product, sandbox: LocalStripe) -> None:
    last = clock.now() + timedelta(days=30)
    coupon = coupons.create(
        account=account,
        name="Spring",
        amount_off=Money(500, "eur"),
        other_amounts={"usd": 600},
        duration="repeating",
        duration_in_months=3,
        max_redemptions=10,
        redeem_by=last,
        products=[studio],
        by=TEST,
    )

    at_stripe = sandbox.client.v1.coupons.retrieve(
        coupon.stripe_id or "", {"expand": ["applies_to", "currency_options"]}
    )
    assert (coupon.status, coupon.amount_off_minor, coupon.amounts_off) == ("active", 500, {"usd": 600})
    assert (at_stripe.amount_off, at_stripe.duration_in_months, at_stripe.max_redemptions) == (500, 3, 10)
    assert at_stripe.applies_to.products == [studio.stripe_id]
    assert at_stripe.currency_options["usd"].amount_off == 600  # type: ignore[index]
    assert at_stripe.redeem_by == int(last.timestamp())


@pytest.mark.parametrize(
    ("wish", "param"),
    [
        ({}, "percent_off"),
        ({"percent_off": Decimal(20), "amount_off": Money(1, "eur")}, "percent_off"),
        ({"percent_off": Decimal("100.01")}, "percent_off"),
        ({"percent_off": Decimal(0)}, "percent_off"),
        ({"percent_off": Decimal("12.345")}, "percent_off"),
        ({"amount_off": Money(0, "eur")}, "amount_off"),
        ({"percent_off": Decimal(20), "other_amounts": {"usd": 1}}, "currency_options"),
        ({"amount_off": Money(1, "eur"), "other_amounts": {"usd": 0}}, "currency_options"),
        ({"percent_off": Decimal(20), "duration": "repeating"}, "duration_in_months"),
        ({"percent_off": Decimal(20), "duration_in_months": 3}, "duration_in_months"),
        ({"percent_off": Decimal(20), "redeem_by": clock.real_now() - timedelta(days=1)}, "redeem_by"),
    ],
)
def test_a_coupon_that_makes_no_sense_is_refused_and_nothing_is_asked(
    account: StripeAccount, sandbox: LocalStripe, wish: dict[str, object], param: str
) -> None:
    with pytest.raises(InvalidCatalogEntry) as refused:
        coupons.create(**{"account": account, "by": TEST, **wish})  # type: ignore[arg-type]

    assert refused.value.param == param
    assert Coupon.objects.count() == 0
    assert sandbox.requests("POST", "/v1/coupons") == []


def test_a_withdrawn_coupon_stays_readable(account: StripeAccount, sandbox: LocalStripe) -> None:
    coupon = coupons.create(account=account, percent_off=Decimal(20), by=TEST)

    coupons.withdraw(coupon=coupon, by=TEST)

    assert coupon.status == "deleted"
    assert sandbox.client.v1.coupons.list().data == []


def test_a_code_is_made_withdrawn_and_allowed_again(account: StripeAccount, sandbox: LocalStripe) -> None:
    coupon = coupons.create(account=account, percent_off=Decimal(20), by=TEST)
    code = coupons.create_code(
        coupon=coupon, code="SPRING-5", max_redemptions=2, minimum_amount=Money(5000, "eur"), by=TEST
    )
    assert (code.status, code.code, code.minimum_amount_minor) == ("active", "SPRING-5", 5000)

    coupons.withdraw_code(promotion_code=code, by=TEST)
    assert code.status == "archived"
    assert sandbox.client.v1.promotion_codes.retrieve(code.stripe_id or "").active is False

    coupons.restore_code(promotion_code=code, by=TEST)
    assert code.status == "active"


@pytest.mark.parametrize("code", ["", "SPRING 5", "FRÜHLING", "a/b"])
def test_a_code_that_nobody_can_type_is_refused(account: StripeAccount, code: str) -> None:
    coupon = coupons.create(account=account, percent_off=Decimal(20), by=TEST)

    with pytest.raises(InvalidCatalogEntry):
        coupons.create_code(coupon=coupon, code=code, by=TEST)
    assert PromotionCode.objects.count() == 0
