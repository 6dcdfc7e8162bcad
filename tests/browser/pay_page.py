"""The payment page as its payer uses it: by what can be read and clicked."""

from dataclasses import dataclass

from playwright.sync_api import FrameLocator, Locator, Page, expect

from payments.models import PayLink
from payments.services import pay_links

CARD, DECLINED_CARD, EMPTY_CARD = "4242424242424242", "4000000000000002", "4000000000009995"
BANK_ASKS_CARD = "4000000000003220"


@dataclass(frozen=True)
class PayPage:
    page: Page

    def open(self, link: PayLink) -> "PayPage":
        self.page.goto(pay_links.url(link))
        return self

    def wait_for_form(self) -> "PayPage":
        expect(self.page.locator("#form[data-ready]")).to_be_visible()
        return self

    @property
    def card(self) -> FrameLocator:
        return self.page.frame_locator("#payment-element iframe")

    @property
    def address(self) -> FrameLocator:
        return self.page.frame_locator("#address-element iframe")

    @property
    def bank(self) -> FrameLocator:
        return self.page.frame_locator("iframe[title='3D Secure authentication']")

    @property
    def pay_button(self) -> Locator:
        return self.page.locator("#pay")

    @property
    def notice(self) -> Locator:
        return self.page.get_by_role("alert")

    def fill_card(self, number: str = CARD) -> "PayPage":
        self.wait_for_form()
        self.card.get_by_label("Card number").fill(number)
        self.card.get_by_label("Expiration date").fill("12 / 34")
        self.card.get_by_label("Security code").fill("123")
        country = self.card.get_by_label("Country")
        if country.is_visible():
            country.select_option("DE")
        return self

    def pay_with(self, number: str = CARD) -> "PayPage":
        return self.fill_card(number).press_pay()

    def press_pay(self) -> "PayPage":
        self.pay_button.click()
        return self

    def expect_outcome(self, title: str) -> Locator:
        """The outcome is shown in the form's place; its heading has the focus, so that it is read out."""
        heading = self.page.get_by_role("heading", name=title, level=2)
        expect(heading).to_be_visible()
        expect(self.page.locator("#form")).to_be_hidden()
        return heading
