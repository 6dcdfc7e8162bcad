"""The payment page in every state that a payer can meet."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from playwright.sync_api import expect

from config.base import clock
from config.base.money import Money
from payments.services import payments, refunds
from payments.services.pay_links import Line, LinkDetails
from tests.browser.conftest import OpenPage
from tests.browser.pay_page import BANK_ASKS_CARD, CARD, EMPTY_CARD, PayPage
from tests.plugins.pay_links import SHOP, MakeLink
from tests.plugins.stripe import LocalStripe

ORDER = LinkDetails(
    title="Order 1042",
    lines=(
        Line("Notebook A5, dotted", 2980, 2),
        Line("Fountain pen ink, royal blue", 1290),
        Line("Shipping", 520),
    ),
    return_url="https://shop.example/thanks",
)
TOTAL = Money(4790, "eur")

Scene = Callable[["Stage"], PayPage]


class Stage:
    """What a scene needs: links as the storefront makes them, a payer's browser, the local Stripe."""

    def __init__(self, make_link: MakeLink, open_page: OpenPage, sandbox: LocalStripe, **options: Any) -> None:
        self.make_link, self.open_page, self.sandbox = make_link, open_page, sandbox
        self.options = options

    def link(self, method: str = "", *, details: LinkDetails = ORDER, **wishes: Any) -> Any:
        return self.make_link(method, amount=TOTAL, details=details, **wishes)

    def open(self, method: str = "", **wishes: Any) -> PayPage:
        return self.open_page(self.link(method, **wishes), **self.options)

    def outcome(self, title: str, method: str = "pm_card_visa", **wishes: Any) -> PayPage:
        page = self.open(method, **wishes)
        page.expect_outcome(title)
        return page


def _open(stage: Stage) -> PayPage:
    page = stage.open().fill_card(CARD)
    page.card.get_by_label("Security code").blur()
    return page


def _declined(stage: Stage) -> PayPage:
    page = stage.open().pay_with(EMPTY_CARD)
    expect(page.notice).to_be_visible()
    return page


def _asked_by_the_bank(stage: Stage) -> PayPage:
    page = stage.open().pay_with(BANK_ASKS_CARD)
    expect(page.bank.get_by_role("button", name="Complete authentication")).to_be_visible()
    return page


def _terms_and_address(stage: Stage) -> PayPage:
    details = LinkDetails(title="Order 1043", terms_url="https://shop.example/terms", collects_billing_address=True)
    page = stage.open(details=details).wait_for_form()
    page.press_pay()
    expect(page.page.locator("#terms-error")).to_be_visible()
    return page


def _processing(stage: Stage) -> PayPage:
    page = stage.open().wait_for_form()
    page.card.get_by_text("SEPA").click()
    page.card.get_by_label("Email").fill("ada@example.com")
    page.card.get_by_label("Full name").fill("Ada Lovelace")
    page.card.get_by_label("IBAN").fill("DE89370400440532013000")
    page.press_pay()
    page.expect_outcome("Your payment is on its way")
    return page


def _refunded(stage: Stage, amount: Money, title: str) -> PayPage:
    link = stage.link("pm_card_visa")
    refunds.create(payment=link.payment, amount=amount, by=SHOP)
    page = stage.open_page(link, **stage.options)
    page.expect_outcome(title)
    return page


def _canceled(stage: Stage) -> PayPage:
    link = stage.link()
    payments.cancel(payment=link.payment, by=SHOP)
    page = stage.open_page(link, **stage.options)
    page.expect_outcome("This payment was canceled")
    return page


def _expired(stage: Stage) -> PayPage:
    details = LinkDetails(title="Order 1042", expires_at=clock.now() + timedelta(hours=1))
    link = stage.link(details=details)
    stage.sandbox.advance(seconds=3601)
    page = stage.open_page(link, **stage.options)
    page.expect_outcome("This link has expired")
    return page


def _in_doubt(stage: Stage) -> PayPage:
    link = stage.link()
    stage.sandbox.fail("POST", f"/v1/payment_intents/{link.payment.stripe_id}/cancel", "drop_before", times=3)
    payments.cancel(payment=link.payment, by=SHOP)
    page = stage.open_page(link, **stage.options)
    page.expect_outcome("We are checking your payment")
    return page


def _preparing(stage: Stage) -> PayPage:
    stage.sandbox.fail("POST", "/v1/payment_intents", "drop_before", times=3)
    return stage.outcome("Just a moment", "")


def _not_loaded(stage: Stage) -> PayPage:
    page = stage.open_page(stage.link(), forgive="ERR_FAILED", blocked="**/stripe.js", **stage.options)
    page.expect_outcome("The payment form cannot be loaded")
    return page


def _unknown_address(stage: Stage) -> PayPage:
    page = stage.open_page(stage.link(), forgive="404", **stage.options)
    page.page.goto(f"{page.page.url}nowhere")
    return page


SCENES: dict[str, Scene] = {
    "payment-open": _open,
    "payment-terms-and-address": _terms_and_address,
    "payment-declined": _declined,
    "payment-3d-secure": _asked_by_the_bank,
    "payment-3d-secure-left": lambda stage: stage.open("pm_card_threeDSecure2Required").wait_for_form(),
    "payment-paid": lambda stage: stage.outcome("Paid. Thank you!"),
    "payment-reserved": lambda stage: stage.outcome("Reserved, not yet charged", capture_method="manual"),
    "payment-processing": _processing,
    "payment-partly-refunded": lambda stage: _refunded(stage, Money(1290, "eur"), "Paid, partly refunded"),
    "payment-refunded": lambda stage: _refunded(stage, TOTAL, "Refunded"),
    "payment-canceled": _canceled,
    "payment-expired": _expired,
    "payment-in-doubt": _in_doubt,
    "payment-preparing": _preparing,
    "payment-never-made": lambda stage: stage.outcome("This payment could not be set up", "pm_that_is_not_there"),
    "payment-form-not-loaded": _not_loaded,
    "unknown-address": _unknown_address,
}
