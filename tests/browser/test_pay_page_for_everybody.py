"""The payment page for who uses a keyboard, a screen reader, a small or dark screen, another language, no script."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from config.base.money import Money
from payments.services.pay_links import Line, LinkDetails
from tests.browser.pay_page import BANK_ASKS_CARD, CARD, DECLINED_CARD

pytestmark = pytest.mark.browser

MEASURES = Path(__file__).with_name("measures.js").read_text()
FULL = LinkDetails(
    title="Order 1042",
    lines=(Line("Notebook A5, dotted", 800, 2), Line("Shipping", 299)),
    return_url="https://shop.example/thanks",
    terms_url="https://shop.example/terms",
    collects_billing_address=True,
)
NARROW, DESKTOP = {"width": 320, "height": 640}, {"width": 1280, "height": 800}


def measure(page: Page, name: str):
    page.evaluate(MEASURES)
    return page.evaluate(f"window.measures.{name}()")


def expect_fit(page: Page) -> None:
    faults = {name: measure(page, name) for name in ("faint", "small", "nameless", "twins")}
    assert faults == {"faint": [], "small": [], "nameless": [], "twins": []}
    assert measure(page, "sideways") == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [NARROW, DESKTOP], ids=["narrow", "desktop"])
@pytest.mark.parametrize("brand_color", ["#3b5bdb", "#ffd43b"], ids=["blue", "yellow"])
def test_the_form_can_be_read_and_hit(make_link, open_page, account, scheme, viewport, brand_color):
    type(account.legal_entity).objects.update(brand_color=brand_color, support_email="help@ada.example")
    page = open_page(make_link(details=FULL), color_scheme=scheme, viewport=viewport).wait_for_form()

    expect_fit(page.page)
    page.press_pay()
    expect(page.page.get_by_text("Please accept the terms to pay.")).to_be_visible()
    expect_fit(page.page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_decline_and_a_success_can_be_read(make_link, open_page, scheme):
    page = open_page(make_link(), color_scheme=scheme, viewport=NARROW).pay_with(DECLINED_CARD)
    expect(page.notice).to_be_visible()
    expect_fit(page.page)

    page.pay_with(CARD).expect_outcome("Paid. Thank you!")
    expect_fit(page.page)


@pytest.mark.parametrize("viewport", [NARROW, DESKTOP], ids=["narrow", "desktop"])
def test_nothing_jumps_while_the_form_arrives(make_link, open_page, viewport):
    page = open_page(make_link(), viewport=viewport).wait_for_form()

    assert measure(page.page, "jumps") < 0.1


def test_a_screen_reader_finds_its_way(make_link, open_page):
    page = open_page(make_link(details=FULL)).wait_for_form().page

    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page).to_have_title("€10.99 · Ada Papers GmbH")
    expect(page.get_by_role("heading", level=1)).to_have_text("Order 1042")
    for role in ("banner", "main", "contentinfo", "form", "status"):
        expect(page.get_by_role(role)).to_have_count(1)
    expect(page.get_by_role("table", name="What you pay for")).to_be_visible()
    expect(page.get_by_role("row", name="Total €10.99")).to_be_visible()
    expect(page.get_by_role("checkbox")).to_have_attribute("aria-describedby", "terms-error")


def test_a_decline_is_announced_and_the_focus_stays_at_hand(make_link, open_page):
    page = open_page(make_link()).fill_card(DECLINED_CARD)

    page.pay_button.press("Enter")

    expect(page.notice).to_contain_text("The payment did not go through")
    expect(page.pay_button).to_be_focused()


def test_the_keyboard_alone_pays(make_link, open_page):
    page = open_page(make_link(), viewport=DESKTOP).wait_for_form()
    page.card.get_by_label("Card number").focus()

    for typed in (CARD, "1234", "123", "Germany"):
        page.page.keyboard.type(typed)
        page.page.keyboard.press("Tab")
    for _ in range(3):
        if page.pay_button.evaluate("button => button === document.activeElement"):
            break
        page.page.keyboard.press("Tab")
    page.page.keyboard.press("Enter")

    expect(page.expect_outcome("Paid. Thank you!")).to_be_focused()


def test_who_wants_no_motion_gets_none(make_link, open_page):
    page = open_page(make_link(), reduced_motion="reduce")

    assert page.page.evaluate("document.getAnimations().filter(one => one.playState === 'running').length") == 0


def test_a_german_reads_german_amounts(make_link, open_page):
    page = open_page(make_link(amount=Money(109900, "eur")), locale="de-DE")

    expect(page.wait_for_form().pay_button).to_have_text("Pay 1.099,00\u00a0€")


def test_without_our_script_the_page_says_so_after_a_while(make_link, open_page):
    page = open_page(make_link(details=FULL), forgive="ERR_FAILED", blocked="**/pay.js").page

    expect(page.get_by_text("The payment form does not appear?")).to_be_visible()
    expect(page.get_by_text("Order 1042")).to_be_visible()


def test_the_secret_stays_out_of_the_address(make_link, open_page):
    link = make_link()
    page = open_page(link).pay_with(BANK_ASKS_CARD)
    page.bank.get_by_role("button", name="Complete authentication").click()
    page.expect_outcome("Paid. Thank you!")

    assert link.payment.client_secret not in page.page.evaluate("location.href + document.referrer")
    page.page.reload()
    assert link.payment.client_secret not in page.page.content()
