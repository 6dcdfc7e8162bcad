"""What is sold, and for how much: made here and at Stripe, archived, never deleted, never changed in amount."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from auditlog.models import LogEntry

from billing.models import Price, Product
from billing.services import prices, products
from billing.services.catalog import InvalidCatalogEntry
from billing.services.prices import Amount, Tier
from config.base.actor import Actor
from config.base.errors import UnknownCurrency
from config.base.models import DomainEvent, StripeAccount
from payments.failures import StripeFailure
from payments.models import OutboundCall
from payments.services import recovery
from tests.plugins.stripe import LocalStripe

TEST = Actor.system("test")
EUROS = Amount(unit_amount=Decimal(2900))
TIERS = [
    Tier(up_to=5, unit_amount=Decimal(700)),
    Tier(up_to=None, unit_amount=Decimal("12.5"), flat_amount=Decimal(99)),
]


def test_a_product_is_the_same_here_and_at_stripe(account: StripeAccount, sandbox: LocalStripe) -> None:
    product = products.create(
        account=account, name="Studio", description="The tool", unit_label="seat", metadata={"shop": "1"}, by=TEST
    )

    at_stripe = sandbox.client.v1.products.retrieve(product.stripe_id or "")
    assert (product.status, product.name, product.unit_label) == ("active", "Studio", "seat")
    assert (at_stripe.name, at_stripe.description, at_stripe.unit_label) == ("Studio", "The tool", "seat")
    assert at_stripe.metadata.to_dict() == {"shop": "1", "counterfoil_id": product.public_id}
    assert product.metadata == {"shop": "1"}


def test_an_archived_product_is_offered_again(studio: Product, sandbox: LocalStripe) -> None:
    products.archive(product=studio, by=TEST)
    assert studio.status == "archived"
    assert sandbox.client.v1.products.retrieve(studio.stripe_id or "").active is False

    products.restore(product=studio, by=TEST)
    assert studio.status == "active"


def test_terms_are_ours_audited_and_unknown_to_stripe(studio: Product, sandbox: LocalStripe) -> None:
    terms = products.Terms(grace_period_days=7, requires_first_payment=False)

    assert products.set_terms(product=studio, terms=terms, by=TEST, reason="Agreed with sales")
    assert not products.set_terms(product=studio, terms=terms, by=TEST)

    assert (studio.grace_period_days, studio.requires_first_payment) == (7, False)
    line = LogEntry.objects.get(object_repr=studio.public_id, changes__has_key="grace_period_days")
    assert line.changes == {"grace_period_days": [0, 7], "requires_first_payment": [True, False]}
    assert line.additional_data["reason"] == "Agreed with sales"
    assert DomainEvent.objects.filter(object_id=studio.public_id, type="product.terms_changed").count() == 1
    assert len(sandbox.requests("POST", f"/v1/products/{studio.stripe_id}")) == 0


def test_a_price_in_several_currencies(studio: Product, sandbox: LocalStripe) -> None:
    price = prices.create(
        product=studio,
        currency="eur",
        amount=EUROS,
        other_currencies={"usd": Amount(unit_amount=Decimal(3100)), "jpy": Amount(unit_amount=Decimal(4800))},
        interval="month",
        lookup_key="studio_monthly",
        by=TEST,
    )

    assert (price.type, price.unit_amount_minor, price.interval, price.lookup_key) == (
        "recurring", 2900, "month", "studio_monthly",
    )  # fmt: skip
    assert dict(price.currencies.values_list("currency", "unit_amount_minor")) == {"usd": 3100, "jpy": 4800}
    at_stripe = sandbox.client.v1.prices.retrieve(price.stripe_id or "", {"expand": ["currency_options"]})
    assert at_stripe.currency_options["usd"].unit_amount == 3100  # type: ignore[index]


def test_a_price_by_tiers_keeps_its_decimals(studio: Product) -> None:
    price = prices.create(
        product=studio, currency="eur", amount=Amount(tiers=TIERS), tiers_mode="graduated", interval="month", by=TEST
    )

    assert (price.billing_scheme, price.tiers_mode, price.unit_amount_decimal) == ("tiered", "graduated", None)
    assert [(tier["up_to"], tier["unit_amount_decimal"], tier["flat_amount_decimal"]) for tier in price.tiers] == [
        (5, "700", None),
        (None, "12.5", "99"),
    ]


def test_a_price_below_a_cent_has_no_whole_amount(studio: Product) -> None:
    price = prices.create(product=studio, currency="eur", amount=Amount(unit_amount=Decimal("0.05")), by=TEST)

    assert (price.type, price.unit_amount_minor, price.unit_amount_decimal) == ("one_time", None, Decimal("0.05"))


@pytest.mark.parametrize(
    ("wish", "param"),
    [
        ({"amount": Amount()}, "unit_amount"),
        ({"amount": Amount(unit_amount=Decimal(1), tiers=TIERS)}, "unit_amount"),
        ({"amount": Amount(unit_amount=Decimal(-1))}, "unit_amount"),
        ({"amount": Amount(unit_amount=Decimal("0.0000000000001"))}, "unit_amount"),
        ({"amount": Amount(tiers=TIERS)}, "tiers_mode"),
        ({"amount": Amount(tiers=TIERS[::-1]), "tiers_mode": "volume"}, "tiers"),
        ({"amount": Amount(tiers=[Tier(up_to=None)]), "tiers_mode": "volume"}, "tiers"),
        ({"amount": EUROS, "interval": "decade"}, "interval"),
        ({"amount": EUROS, "interval": "month", "interval_count": 37}, "interval_count"),
        ({"amount": EUROS, "other_currencies": {"eur": EUROS}}, "currency_options"),
        ({"amount": EUROS, "other_currencies": {"usd": Amount(tiers=TIERS)}}, "tiers_mode"),
        ({"amount": Amount(tiers=TIERS), "tiers_mode": "volume", "divide_by": 5}, "transform_quantity"),
    ],
)
def test_a_price_that_contradicts_itself_is_refused_and_nothing_is_asked(
    studio: Product, sandbox: LocalStripe, wish: dict[str, object], param: str
) -> None:
    with pytest.raises(InvalidCatalogEntry) as refused:
        prices.create(**{"product": studio, "currency": "eur", "by": TEST, **wish})  # type: ignore[arg-type]

    assert refused.value.param == param
    assert Price.objects.count() == 0
    assert sandbox.requests("POST", "/v1/prices") == []


def test_an_unknown_currency_is_refused(studio: Product) -> None:
    with pytest.raises(UnknownCurrency):
        prices.create(product=studio, currency="xyz", amount=EUROS, by=TEST)


def test_what_stripe_refuses_is_kept_as_rejected(studio: Product, basic: Price) -> None:
    wish = {"product": studio, "currency": "eur", "amount": EUROS, "lookup_key": "one", "by": TEST}
    prices.create(**wish)  # type: ignore[arg-type]

    with pytest.raises(StripeFailure):
        prices.create(**wish)  # type: ignore[arg-type]

    refused = Price.objects.get(status="rejected")
    assert (refused.stripe_id, refused.failure_code) == (None, "resource_already_exists")


def test_an_answer_lost_after_stripe_acted_makes_one_product(account: StripeAccount, sandbox: LocalStripe) -> None:
    sandbox.fail("POST", "/v1/products", "drop_after", times=9)
    product = products.create(account=account, name="Studio", by=TEST)
    assert product.status == "unknown"

    sandbox.control("faults", None)
    OutboundCall.objects.update(next_check_at=product.created_at)
    recovery.sweep()

    product.refresh_from_db()
    assert product.status == "active"
    assert [row.name for row in sandbox.client.v1.products.list().data] == ["Studio"]


def test_a_storefront_reads_the_catalog(studio: Product, basic: Price, shop: Callable[..., object]) -> None:
    listed = shop.get("/prices", product=studio.public_id, currency="eur").json()["data"]  # type: ignore[attr-defined]
    one = shop.get(f"/products/{studio.public_id}").json()  # type: ignore[attr-defined]

    assert [(row["id"], row["amount"], row["interval"]) for row in listed] == [(basic.public_id, 2900, "month")]
    assert (one["name"], one["stripe_id"], one["status"]) == ("Studio", studio.stripe_id, "active")
    assert shop.get("/prices", status="archived").json()["data"] == []  # type: ignore[attr-defined]
    assert shop.get("/products/prod_nowhere").status_code == 404  # type: ignore[attr-defined]
    assert shop.get("/prices", colour="red").status_code == 400  # type: ignore[attr-defined]
