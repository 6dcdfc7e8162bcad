"""Staff keep the catalog at the console."""

from collections.abc import Callable

import pytest
from django.test import Client

from billing.models import Coupon, Price, Product, PromotionCode
from billing.services import coupons
from config.base.actor import Actor
from config.base.models import StripeAccount
from config.base.money import Money
from tests.plugins.stripe import LocalStripe

Login = Callable[..., Client]
TEST = Actor.system("test")
MANAGE = ("billing.manage_catalog", "billing.view_product", "billing.view_price", "billing.view_coupon",
          "billing.view_promotioncode")  # fmt: skip


@pytest.fixture
def staff(login: Login) -> Client:
    return login(*MANAGE)


def test_a_product_is_made_once_however_often_the_form_is_sent(
    staff: Client, account: StripeAccount, sandbox: LocalStripe
) -> None:
    once = staff.get("/admin/billing/product/add/").context["once"]
    form = {"account": account.pk, "name": "Studio", "once": once}

    made = staff.post("/admin/billing/product/add/", form)
    again = staff.post("/admin/billing/product/add/", form)

    product = Product.objects.get()
    assert (made.status_code, made["Location"]) == (302, f"/admin/billing/product/{product.pk}/change/")
    assert again["Location"] == "/admin/billing/product/"
    assert len(sandbox.requests("POST", "/v1/products")) == 1
    assert b"Studio" in staff.get(made["Location"]).content


def test_a_price_is_made_from_what_people_write(staff: Client, studio: Product) -> None:
    form = {
        "product": studio.pk,
        "currency": "eur",
        "unit_amount": "29,00",
        "other_currencies": "usd 31.00\njpy 4800",
        "interval": "month",
        "interval_count": "1",
        "tax_behavior": "exclusive",
        "once": "form_1",
    }

    made = staff.post("/admin/billing/price/add/", form)

    price = Price.objects.get()
    assert made["Location"] == f"/admin/billing/price/{price.pk}/change/"
    assert price.unit_amount_minor == 2900
    assert dict(price.currencies.values_list("currency", "unit_amount_minor")) == {"usd": 3100, "jpy": 4800}
    page = staff.get(made["Location"]).content.decode()
    assert "€29.00" in page
    assert "monthly" in page
    assert "¥4,800" in page


def test_tiers_are_written_a_line_each(staff: Client, studio: Product) -> None:
    form = {
        "product": studio.pk, "currency": "eur", "tiers_mode": "volume", "tiers": "5 15.00\ninf 9.905 20.00",
        "interval": "month", "once": "form_1",
    }  # fmt: skip

    staff.post("/admin/billing/price/add/", form)

    first, last = Price.objects.get().tiers
    assert (first["up_to"], first["unit_amount_decimal"]) == (5, "1500")
    assert (last["up_to"], last["unit_amount_decimal"], last["flat_amount_decimal"]) == (None, "990.5", "2000")


@pytest.mark.parametrize(
    ("field", "written"),
    [("unit_amount", "twenty"), ("tiers", "five 10"), ("other_currencies", "31.00"), ("interval_count", "99")],
)
def test_what_cannot_be_read_is_said_at_its_field(
    staff: Client, studio: Product, sandbox: LocalStripe, field: str, written: str
) -> None:
    form = {
        "product": studio.pk, "currency": "eur", "unit_amount": "1.00", "interval": "month", "once": "form_1",
        field: written,
    }  # fmt: skip

    shown = staff.post("/admin/billing/price/add/", form)

    assert shown.status_code == 200
    assert shown.context["form"].errors
    assert Price.objects.count() == 0
    assert sandbox.requests("POST", "/v1/prices") == []


def test_a_price_is_archived_behind_a_confirmation(staff: Client, basic: Price, sandbox: LocalStripe) -> None:
    address = f"/admin/billing/price/{basic.pk}/archive/"
    page = staff.get(address)
    assert "go on unchanged" in page.content.decode()
    assert sandbox.client.v1.prices.retrieve(basic.stripe_id or "").active is True

    staff.post(address, {"step": "do", "seen": page.context["seen"]})

    basic.refresh_from_db()
    assert basic.status == "archived"


def test_a_coupon_and_its_code_are_made(staff: Client, account: StripeAccount) -> None:
    staff.post(
        "/admin/billing/coupon/add/",
        {"account": account.pk, "amount_off": "5.00", "currency": "eur", "duration": "once", "once": "form_1"},
    )
    coupon = Coupon.objects.get()
    staff.post(
        "/admin/billing/promotioncode/add/",
        {"coupon": coupon.pk, "code": "SPRING5", "minimum_amount": "50 eur", "once": "form_2"},
    )

    code = PromotionCode.objects.get()
    assert coupon.amount_off_minor == 500
    assert (code.code, code.minimum_amount_minor) == ("SPRING5", 5000)
    assert "€5.00 off, once" in staff.get(f"/admin/billing/coupon/{coupon.pk}/change/").content.decode()
    assert "SPRING5" in staff.get(f"/admin/billing/promotioncode/{code.pk}/change/").content.decode()


def test_who_may_not_keep_the_catalog_reads_it_only(login: Login, account: StripeAccount, basic: Price) -> None:
    reader = login("billing.view_price", "billing.view_product", name="Bob")
    coupons.create(account=account, amount_off=Money(500, "eur"), by=TEST)

    assert reader.get(f"/admin/billing/price/{basic.pk}/change/").status_code == 200
    assert reader.get("/admin/billing/product/add/").status_code == 403
    assert reader.post("/admin/billing/product/add/", {"name": "X"}).status_code == 403
    assert reader.get(f"/admin/billing/price/{basic.pk}/archive/").status_code == 403
    assert reader.get("/admin/billing/coupon/").status_code == 403
