"""Whole payments on the real page, as a payer with a phone makes them."""

from datetime import timedelta

import pytest
from playwright.sync_api import Route, expect

from config.base import clock
from payments.services import pay_links, payments, recovery
from payments.services.pay_links import LinkDetails
from tests.browser.pay_page import BANK_ASKS_CARD, CARD, DECLINED_CARD, EMPTY_CARD
from tests.plugins.pay_links import SHOP

pytestmark = pytest.mark.browser

INTENTS = "/v1/payment_intents"
BACK = LinkDetails(title="Order 1042", return_url="https://shop.example/thanks")


def confirms(sandbox, link) -> int:
    return len(sandbox.requests("POST", f"{INTENTS}/{link.payment.stripe_id}/confirm"))


def charged(sandbox, link) -> int:
    """What Stripe holds of the payer's money for this payment, over all charges."""
    charges = sandbox.client.v1.charges.list({"payment_intent": link.payment.stripe_id}).data
    return sum(charge.amount for charge in charges if charge.status in {"succeeded", "pending"})


def nobody_answers(route: Route) -> None:
    route.abort("connectionreset")


def test_a_card_pays_and_the_way_back_is_offered(make_link, open_page, sandbox):
    link = make_link(details=BACK)
    page = open_page(link).pay_with()

    expect(page.expect_outcome("Paid. Thank you!")).to_be_focused()
    expect(page.page.get_by_text("Ada Papers GmbH has received €10.99.")).to_be_visible()
    expect(page.page.get_by_role("link", name="Return to Ada Papers GmbH")).to_have_attribute("href", BACK.return_url)
    expect(page.page.get_by_role("link", name="Receipt")).to_be_visible()
    expect(page.page).to_have_title("Paid. Thank you! · Ada Papers GmbH")
    link.payment.refresh_from_db()
    assert link.payment.status == "succeeded"
    assert charged(sandbox, link) == 1099


def test_a_declined_card_is_explained_and_another_one_pays(make_link, open_page, sandbox):
    link = make_link()
    page = open_page(link).pay_with(EMPTY_CARD)

    expect(page.notice).to_contain_text("There is not enough money available for this payment.")
    expect(page.pay_button).to_have_text("Pay €10.99")
    page.pay_with(CARD)

    page.expect_outcome("Paid. Thank you!")
    link.payment.refresh_from_db()
    assert [attempt.outcome for attempt in link.payment.attempts.all()] == ["failed", "succeeded"]
    assert charged(sandbox, link) == 1099


def test_a_decline_is_still_explained_when_the_page_is_opened_again(make_link, open_page):
    link = make_link()
    page = open_page(link).pay_with(DECLINED_CARD)
    expect(page.notice).to_contain_text("Your bank did not approve this payment.")

    page.page.reload()

    expect(page.notice).to_contain_text("Your bank did not approve this payment.")
    page.pay_with(CARD).expect_outcome("Paid. Thank you!")


def test_the_bank_is_asked_over_the_page(make_link, open_page):
    page = open_page(make_link()).pay_with(BANK_ASKS_CARD)

    page.bank.get_by_role("button", name="Complete authentication").click()

    page.expect_outcome("Paid. Thank you!")


def test_who_fails_at_the_bank_may_try_again(make_link, open_page):
    page = open_page(make_link()).pay_with(BANK_ASKS_CARD)

    page.bank.get_by_role("button", name="Fail authentication").click()

    expect(page.notice).to_contain_text("Your bank wants to be sure that it is you.")
    page.pay_with(CARD).expect_outcome("Paid. Thank you!")


def test_a_confirmation_left_open_can_be_finished_later(make_link, open_page):
    link = make_link()
    page = open_page(link).pay_with(BANK_ASKS_CARD)
    expect(page.bank.get_by_role("button", name="Complete authentication")).to_be_visible()
    payments.refresh(payment=link.payment, by=SHOP)

    page.page.reload()
    page.wait_for_form().page.get_by_role("button", name="Continue with your bank").click()
    page.bank.get_by_role("button", name="Complete authentication").click()

    page.expect_outcome("Paid. Thank you!")


@pytest.mark.parametrize(
    ("button", "title"),
    [("Complete authentication", "Paid. Thank you!"), ("Fail authentication", "The payment did not go through")],
)
def test_a_way_over_the_banks_own_page_ends_here(make_link, open_page, sandbox, button, title):
    link = make_link("pm_card_threeDSecure2Required")
    intent = sandbox.client.v1.payment_intents.retrieve(link.payment.stripe_id)
    page = open_page(link)

    page.page.goto(intent.next_action.redirect_to_url.url)
    page.page.get_by_role("button", name=button).click()

    expect(page.page.get_by_text(title).locator("visible=true")).to_be_visible()
    assert page.page.url == pay_links.url(link)


def test_a_bank_debit_is_on_its_way(make_link, open_page, sandbox):
    link = make_link()
    page = open_page(link).wait_for_form()
    page.card.get_by_text("SEPA").click()
    page.card.get_by_label("Email").fill("ada@example.com")
    page.card.get_by_label("Full name").fill("Ada Lovelace")
    page.card.get_by_label("IBAN").fill("DE89370400440532013000")
    page.press_pay()

    page.expect_outcome("Your payment is on its way")
    link.payment.refresh_from_db()
    assert link.payment.status == "processing"


def test_a_reservation_is_not_called_paid(make_link, open_page):
    page = open_page(make_link(capture_method="manual"))
    expect(page.pay_button).to_have_text("Reserve €10.99")

    page.pay_with(CARD)

    page.expect_outcome("Reserved, not yet charged")


def test_two_tabs_charge_once(make_link, open_page, new_context, sandbox):
    link, context = make_link(), new_context()
    first, second = (open_page(link, context=context).fill_card() for _ in range(2))

    first.press_pay()
    first.expect_outcome("Paid. Thank you!")
    second.press_pay()

    second.expect_outcome("Paid. Thank you!")
    assert charged(sandbox, link) == 1099


def test_an_impatient_payer_pays_once(make_link, open_page, sandbox):
    link = make_link()
    page = open_page(link).fill_card()

    page.pay_button.dblclick()
    page.page.evaluate("document.getElementById('form').requestSubmit()")

    page.expect_outcome("Paid. Thank you!")
    assert confirms(sandbox, link) == 1


def test_a_payment_canceled_meanwhile_is_not_tried(make_link, open_page, sandbox):
    link = make_link()
    page = open_page(link).fill_card()
    payments.cancel(payment=link.payment, by=SHOP)

    page.press_pay()

    page.expect_outcome("This payment was canceled")
    assert confirms(sandbox, link) == 0


def test_a_link_that_expires_under_the_payers_eyes_takes_nothing(make_link, open_page, sandbox):
    link = make_link(details=LinkDetails(expires_at=clock.now() + timedelta(hours=1)))
    page = open_page(link).fill_card()
    sandbox.advance(seconds=3601)

    page.press_pay()

    page.expect_outcome("This link has expired")
    assert confirms(sandbox, link) == 0


def test_a_paid_page_stays_paid_when_opened_again(make_link, open_page):
    page = open_page(make_link()).pay_with(CARD)
    page.expect_outcome("Paid. Thank you!")

    page.page.reload()

    page.expect_outcome("Paid. Thank you!")


def test_stripes_lost_answer_is_found_out_and_nobody_pays_twice(make_link, open_page, new_context, sandbox):
    def act_and_lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort("connectionreset")

    link, context = make_link(), new_context(forgive="ERR_CONNECTION_RESET")
    context.route("**/confirm", act_and_lose_the_answer)
    context.route("**/status?news=1", nobody_answers)

    page = open_page(link, context=context).pay_with(CARD)

    page.expect_outcome("We are checking your payment")
    context.unroute("**/status?news=1")
    page.expect_outcome("Paid. Thank you!")
    assert charged(sandbox, link) == 1099


def test_while_nobody_knows_the_page_asks_not_to_pay_again(make_link, open_page, sandbox):
    link = make_link()
    page = open_page(link).fill_card()
    sandbox.fail("GET", f"{INTENTS}/{link.payment.stripe_id}", "error_500", times=4)

    page.press_pay()

    page.expect_outcome("We are checking your payment")
    expect(page.page.get_by_text("Please do not pay again")).to_be_visible()
    page.expect_outcome("Paid. Thank you!")


def test_a_request_that_never_reached_stripe_may_be_made_again(make_link, open_page, new_context, sandbox):
    link, context = make_link(), new_context(forgive="ERR_CONNECTION_RESET")
    context.route("**/confirm", nobody_answers)
    context.route("**/status?news=1", nobody_answers)
    page = open_page(link, context=context).pay_with(CARD)

    page.expect_outcome("We are checking your payment")
    context.unroute("**/status?news=1")
    expect(page.notice).to_contain_text("The payment did not go through")
    assert charged(sandbox, link) == 0

    context.unroute("**/confirm")
    page.press_pay()
    page.expect_outcome("Paid. Thank you!")


def test_without_stripes_script_nothing_can_go_wrong(make_link, open_page, new_context, settings):
    context = new_context(forgive="ERR_FAILED")
    context.route(settings.STRIPE_JS_URL, lambda route: route.abort())
    page = open_page(make_link(), context=context)
    page.expect_outcome("The payment form cannot be loaded")

    context.unroute(settings.STRIPE_JS_URL)
    page.page.get_by_role("button", name="Load again").click()

    page.pay_with(CARD).expect_outcome("Paid. Thank you!")


def test_without_our_server_nothing_is_sent(make_link, open_page, new_context, sandbox):
    link, context = make_link(), new_context(forgive="ERR_INTERNET_DISCONNECTED|Failed to load")
    context.route("**/begin", lambda route: route.abort("internetdisconnected"))
    page = open_page(link, context=context).pay_with(CARD)

    expect(page.notice).to_contain_text("No connection")
    assert confirms(sandbox, link) == 0

    context.unroute("**/begin")
    page.press_pay()
    page.expect_outcome("Paid. Thank you!")


def test_a_payment_being_prepared_turns_into_a_form_by_itself(make_link, open_page, sandbox):
    sandbox.fail("POST", INTENTS, "drop_before", times=3)
    link = make_link()
    page = open_page(link)
    page.expect_outcome("Just a moment")

    assert recovery.settle(payments.last_call(link.payment), by=SHOP)

    page.pay_with(CARD).expect_outcome("Paid. Thank you!")


def test_the_terms_must_be_accepted(make_link, open_page, sandbox):
    link = make_link(details=LinkDetails(terms_url="https://shop.example/terms"))
    page = open_page(link).pay_with(CARD)
    box = page.page.get_by_role("checkbox", name="I have read and accept the terms of Ada Papers GmbH.")

    expect(page.page.get_by_text("Please accept the terms to pay.")).to_be_visible()
    expect(box).to_be_focused()
    assert confirms(sandbox, link) == 0

    box.check()
    page.press_pay()
    page.expect_outcome("Paid. Thank you!")
    link.refresh_from_db()
    assert link.terms_accepted_at


def test_the_billing_address_goes_with_the_card(make_link, open_page, sandbox):
    link = make_link(details=LinkDetails(collects_billing_address=True))
    page = open_page(link).wait_for_form()
    page.address.get_by_label("Full name").fill("Ada Lovelace")
    page.address.get_by_label("Country").select_option("DE")
    page.address.get_by_label("Address line 1").fill("Unter den Linden 1")
    page.address.get_by_label("Postal code").fill("10117")
    page.address.get_by_label("City").fill("Berlin")

    page.pay_with(CARD).expect_outcome("Paid. Thank you!")

    [charge] = sandbox.client.v1.charges.list({"payment_intent": link.payment.stripe_id}).data
    assert (charge.billing_details.name, charge.billing_details.address.city) == ("Ada Lovelace", "Berlin")


def test_unfinished_details_are_told_at_their_field_and_nothing_is_sent(make_link, open_page, sandbox):
    link = make_link()
    page = open_page(link).fill_card("4242")

    page.press_pay()

    expect(page.card.get_by_text("Your card number is incomplete.")).to_be_visible()
    expect(page.pay_button).to_have_attribute("aria-busy", "false")
    assert confirms(sandbox, link) == 0
