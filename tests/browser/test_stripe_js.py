"""The stand-in for Stripe.js in a real browser, on a page with the policy that ours has."""

import json
import os
import re
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, ViewportSize, expect

from tests.browser import chromium
from tests.browser.stripe_js_site import server as site_server
from tests.sandbox import server as sandbox_server
from tests.sandbox.server import PUBLISHABLE_KEY, Server

pytestmark = pytest.mark.browser

WAIT_MS = 15_000
PHONE: ViewportSize = {"width": 360, "height": 740}
EXPIRY, CVC, ZIP = "12 / 34", "123", "94110"

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Server]:
    with sandbox_server.serve() as server:
        yield server


@pytest.fixture(scope="module")
def site(sandbox: Server) -> Iterator[str]:
    with site_server.serve(sandbox.url) as url:
        yield url


@pytest.fixture
def open_page(browser: Browser, site: str) -> Iterator[Open]:
    """Opens the payment page for an intent; whatever the browser refuses or logs as an error fails the test."""
    context = browser.new_context(viewport=PHONE, locale="en-US")
    context.set_default_timeout(WAIT_MS)
    complaints: list[str] = []

    def show(intent: Any, **query: str) -> Page:
        page = context.new_page()
        page.on(
            "console",
            lambda entry: (
                complaints.append(f"{entry.text} {entry.location.get('url')}") if entry.type == "error" else None
            ),
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        asked = {"key": PUBLISHABLE_KEY, "client_secret": intent.client_secret, **query}
        page.goto(f"{site}/page.html?{urlencode(asked)}")
        return page

    yield show
    context.close()
    # A declined card is answered 402 and a refused parameter 400; the browser logs both by itself.
    assert [text for text in complaints if not re.search(r"status of 40[02]", text)] == []


def payment(sandbox: Server, kind: str = "card", *, currency: str = "usd") -> Any:
    return sandbox.client().v1.payment_intents.create(
        {"amount": 1099, "currency": currency, "payment_method_types": [kind]}
    )


def shot(name: str) -> str | None:
    """Where a picture goes, if the run wants pictures."""
    folder = os.environ.get("SHOTS")
    return f"{folder}/stripe-js-{name}.png" if folder else None


def element(page: Page, kind: str = "payment") -> FrameLocator:
    return page.frame_locator(f"#{kind} iframe")


def fill_card(page: Page, number: str, *, expiry: str = EXPIRY, cvc: str = CVC) -> None:
    frame = element(page)
    frame.get_by_label("Card number").fill(number)
    frame.get_by_label("Expiration date").fill(expiry)
    frame.get_by_label("Security code").fill(cvc)
    frame.get_by_label("Country").select_option("US")
    frame.get_by_label("ZIP").fill(ZIP)


def pay(page: Page) -> None:
    page.get_by_role("button", name="Pay").click()


def outcome(page: Page) -> dict[str, Any]:
    expect(page.locator("#outcome")).not_to_be_empty()
    return dict(json.loads(page.locator("#outcome").inner_text()))


def heard(page: Page, name: str, **wanted: Any) -> dict[str, Any]:
    """The first event of the Payment Element that looks so."""
    deadline = time.monotonic() + WAIT_MS / 1000
    while time.monotonic() < deadline:
        for event in page.evaluate("events"):
            if event.items() >= {"name": name, **wanted}.items():
                return dict(event)
        page.wait_for_timeout(50)
    raise AssertionError(f"no {name} event")


def bank(page: Page) -> FrameLocator:
    return page.frame_locator("iframe[title='3D Secure authentication']")


def test_a_card_pays(sandbox: Server, open_page: Open) -> None:
    intent = payment(sandbox)
    page = open_page(intent)

    fill_card(page, "4242424242424242")
    page.screenshot(path=shot("card"))
    pay(page)

    assert outcome(page) == {"status": "succeeded", "id": intent.id}
    charged = sandbox.client().v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
    assert charged.amount_received == 1099
    assert charged.latest_charge.billing_details.address.postal_code == ZIP


def test_card_data_never_reaches_the_page_around(sandbox: Server, open_page: Open) -> None:
    page = open_page(payment(sandbox))
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.frame.url} {request.post_data or ''}"))

    fill_card(page, "4242424242424242")
    pay(page)
    outcome(page)

    carrying = [line for line in sent if "4242424242424242" in line]
    assert len(carrying) == 1
    assert carrying[0].startswith(f"{sandbox.url}/v3/elements/payment")
    assert "4242" not in page.evaluate("document.body.innerHTML + JSON.stringify(window.events)")


def test_a_declined_card_can_be_replaced(sandbox: Server, open_page: Open) -> None:
    intent = payment(sandbox)
    page = open_page(intent)

    fill_card(page, "4000000000000002")
    pay(page)
    error = outcome(page)["error"]
    page.screenshot(path=shot("declined"))

    assert (error["type"], error["code"], error["decline_code"]) == (
        "card_error",
        "card_declined",
        "generic_decline",
    )
    assert error["payment_intent"]["status"] == "requires_payment_method"
    expect(page.get_by_role("alert")).to_have_text("Your card was declined.")

    fill_card(page, "4242424242424242")
    pay(page)
    expect(page.get_by_role("alert")).to_be_empty()
    assert outcome(page)["status"] == "succeeded"


def test_three_d_secure_completed_pays(sandbox: Server, open_page: Open) -> None:
    page = open_page(payment(sandbox))

    fill_card(page, "4000000000003220")
    pay(page)
    expect(bank(page).get_by_role("heading")).to_be_visible()
    page.screenshot(path=shot("3ds"))
    bank(page).get_by_role("button", name="Complete authentication").click()

    assert outcome(page)["status"] == "succeeded"
    expect(page.locator("iframe[title='3D Secure authentication']")).to_have_count(0)


def test_three_d_secure_failed_asks_for_another_card(sandbox: Server, open_page: Open) -> None:
    page = open_page(payment(sandbox))

    fill_card(page, "4000000000003220")
    pay(page)
    bank(page).get_by_role("button", name="Fail authentication").click()

    error = outcome(page)["error"]
    assert error["code"] == "payment_intent_authentication_failure"
    assert error["payment_intent"]["status"] == "requires_payment_method"


def test_the_browser_returns_with_the_outcome_where_it_should(sandbox: Server, open_page: Open) -> None:
    intent = payment(sandbox)
    page = open_page(intent, redirect="always")

    fill_card(page, "4242424242424242")
    pay(page)
    page.wait_for_url(re.compile("redirect_status="))

    query = parse_qs(urlsplit(page.url).query)
    assert query["payment_intent"] == [intent.id]
    assert query["payment_intent_client_secret"] == [intent.client_secret]
    assert query["redirect_status"] == ["succeeded"]
    assert outcome(page)["status"] == "succeeded"


@pytest.mark.parametrize(
    ("answer", "redirect_status", "status"),
    [
        ("Complete authentication", "succeeded", "succeeded"),
        ("Fail authentication", "failed", "requires_payment_method"),
    ],
)
def test_a_redirect_to_the_bank_comes_back(sandbox, open_page, site, answer, redirect_status, status):
    client = sandbox.client()
    intent = client.v1.payment_intents.create(
        {
            "amount": 1099,
            "currency": "usd",
            "payment_method_types": ["card"],
            "payment_method": "pm_card_threeDSecure2Required",
            "confirm": True,
            "return_url": f"{site}/page.html?key={PUBLISHABLE_KEY}",
        }
    )
    assert intent.next_action is not None
    assert intent.next_action.redirect_to_url is not None
    page = open_page(payment(sandbox))

    page.goto(str(intent.next_action.redirect_to_url.url))
    page.screenshot(path=shot("3ds-page"))
    page.get_by_role("button", name=answer).click()
    page.wait_for_url(re.compile(f"redirect_status={redirect_status}"))

    assert client.v1.payment_intents.retrieve(intent.id).status == status
    page.goto(str(intent.next_action.redirect_to_url.url))
    expect(page.get_by_text("nothing to authenticate")).to_be_visible()


def test_a_sepa_debit_is_processing(sandbox: Server, open_page: Open) -> None:
    page = open_page(payment(sandbox, "sepa_debit", currency="eur"))
    frame = element(page)

    frame.get_by_label("Email").fill("ada@example.com")
    frame.get_by_label("Full name").fill("Ada Lovelace")
    frame.get_by_label("IBAN").fill("DE89370400440532013000")
    expect(frame.get_by_label("IBAN")).to_have_value("DE89 3704 0044 0532 0130 00")
    page.screenshot(path=shot("sepa"))
    pay(page)

    assert outcome(page)["status"] == "processing"


def test_a_us_bank_account_is_asked_for_its_numbers(sandbox: Server, open_page: Open) -> None:
    page = open_page(payment(sandbox, "us_bank_account"))
    frame = element(page)

    frame.get_by_label("Email").fill("ada@example.com")
    frame.get_by_label("Full name").fill("Ada Lovelace")
    frame.get_by_label("Routing number").fill("110000000")
    frame.get_by_label("Account number").fill("000123456789")
    page.screenshot(path=shot("us_bank_account"))
    pay(page)

    assert outcome(page)["status"] in {"processing", "requires_action"}


def test_a_card_is_set_up_for_later(sandbox: Server, open_page: Open) -> None:
    client = sandbox.client()
    customer = client.v1.customers.create({"email": "ada@example.com"})
    intent = client.v1.setup_intents.create({"customer": customer.id, "payment_method_types": ["card"]})
    page = open_page(intent)

    fill_card(page, "4242424242424242")
    expect(element(page).get_by_text("future payments")).to_be_visible()
    pay(page)

    assert outcome(page)["status"] == "succeeded"
    assert [found.card.last4 for found in client.v1.customers.payment_methods.list(customer.id).data if found.card] == [
        "4242"
    ]


@pytest.mark.parametrize(
    ("number", "expiry", "cvc", "code", "label"),
    [
        ("4242", EXPIRY, CVC, "incomplete_number", "Card number"),
        ("4242424242424241", EXPIRY, CVC, "invalid_number", "Card number"),
        ("4242424242424242", "13 / 34", CVC, "invalid_expiry_month", "Expiration date"),
        ("4242424242424242", "12 / 20", CVC, "invalid_expiry_year_past", "Expiration date"),
        ("4242424242424242", "12", CVC, "incomplete_expiry", "Expiration date"),
        ("4242424242424242", EXPIRY, "1", "incomplete_cvc", "Security code"),
        ("378282246310005", EXPIRY, "123", "incomplete_cvc", "Security code"),
    ],
)
def test_what_cannot_be_a_card_is_told_at_its_field(sandbox, open_page, number, expiry, cvc, code, label):
    intent = payment(sandbox)
    page = open_page(intent)

    fill_card(page, number, expiry=expiry, cvc=cvc)
    pay(page)
    error = outcome(page)["error"]

    assert (error["type"], error["code"]) == ("validation_error", code)
    field = element(page).get_by_label(label)
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(element(page).get_by_text(error["message"])).to_be_visible()
    page.screenshot(path=shot(code))
    asked = sandbox.control("requests", path=f"/v1/payment_intents/{intent.id}/confirm")
    assert asked["count"] == 0


def test_the_keyboard_alone_pays(sandbox: Server, open_page: Open) -> None:
    page = open_page(payment(sandbox))
    expect(element(page).get_by_label("Card number")).to_be_visible()

    for typed in ("4242424242424242", "1234", "123", "United States", ZIP):
        page.keyboard.press("Tab")
        page.keyboard.type(typed)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Pay")).to_be_focused()
    page.keyboard.press("Enter")

    assert outcome(page)["status"] == "succeeded"


def test_the_keyboard_alone_passes_three_d_secure(sandbox: Server, open_page: Open) -> None:
    page = open_page(payment(sandbox))

    fill_card(page, "4000000000003220")
    page.get_by_role("button", name="Pay").focus()
    page.keyboard.press("Enter")
    complete = bank(page).get_by_role("button", name="Complete authentication")
    expect(complete).to_be_visible()
    for _ in range(3):
        if complete.evaluate("button => button === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(complete).to_be_focused()
    page.keyboard.press("Enter")

    assert outcome(page)["status"] == "succeeded"
    expect(page.get_by_role("button", name="Pay")).to_be_focused()


def test_the_page_hears_of_the_element(sandbox: Server, open_page: Open) -> None:
    page = open_page(payment(sandbox))

    fill_card(page, "4242424242424242")
    element(page).get_by_label("ZIP").press("Escape")
    heard(page, "change", complete=True)
    heard(page, "escape")

    names = page.evaluate("events.map(event => event.name)")
    assert names[0] == "ready"
    assert {"change", "focus", "escape"} <= set(names)
    last = page.evaluate("events.filter(event => event.name === 'change').at(-1)")
    assert last["value"] == {"type": "card"}
    assert (last["elementType"], last["empty"], last["collapsed"]) == ("payment", False, False)


def test_an_intent_that_is_over_is_a_load_error(sandbox: Server, open_page: Open) -> None:
    intent = payment(sandbox)
    sandbox.client().v1.payment_intents.cancel(intent.id)
    page = open_page(intent)

    assert heard(page, "loaderror")["error"]["code"] == "payment_intent_unexpected_state"


def test_the_tabs_offer_what_the_intent_offers(sandbox: Server, open_page: Open) -> None:
    client = sandbox.client()
    intent = client.v1.payment_intents.create(
        {"amount": 1099, "currency": "eur", "payment_method_types": ["card", "sepa_debit"]}
    )
    page = open_page(intent)
    frame = element(page)

    expect(frame.get_by_role("radio")).to_have_count(2)
    expect(frame.get_by_role("radio", name="Card")).to_be_checked()
    frame.get_by_role("radio", name="Card").press("ArrowRight")
    expect(frame.get_by_label("IBAN")).to_be_visible()
    expect(frame.get_by_label("Card number")).to_be_hidden()
    page.screenshot(path=shot("tabs"))
    pay(page)

    assert outcome(page)["error"]["code"] == "incomplete_email"


def test_the_address_goes_with_the_card(sandbox: Server, open_page: Open) -> None:
    intent = payment(sandbox)
    page = open_page(intent, address="1")
    address, card = element(page, "address"), element(page)
    address.get_by_label("Full name").fill("Ada Lovelace")
    address.get_by_label("Country").select_option("DE")
    address.get_by_label("Address line 1").fill("Unter den Linden 1")
    address.get_by_label("Postal code").fill("10117")
    address.get_by_label("City").fill("Berlin")
    expect(address.get_by_label("State")).to_be_hidden()
    card.get_by_label("Card number").fill("4242424242424242")
    card.get_by_label("Expiration date").fill(EXPIRY)
    card.get_by_label("Security code").fill(CVC)
    expect(card.get_by_label("ZIP")).to_be_hidden()
    page.screenshot(path=shot("address"), full_page=True)
    pay(page)

    assert outcome(page)["status"] == "succeeded"
    charged = sandbox.client().v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
    billing = charged.latest_charge.billing_details
    assert (billing.name, billing.address.city, billing.address.country) == ("Ada Lovelace", "Berlin", "DE")


def test_a_foreign_message_moves_nothing(sandbox: Server, open_page: Open) -> None:
    intent = payment(sandbox)
    page = open_page(intent)
    fill_card(page, "4000000000003220")
    pay(page)
    expect(bank(page).get_by_role("heading")).to_be_visible()

    page.evaluate("window.postMessage({event: 'authenticated'}, '*')")

    expect(bank(page).get_by_role("button", name="Complete authentication")).to_be_visible()
    assert sandbox.client().v1.payment_intents.retrieve(intent.id).status == "requires_action"


def test_the_next_action_is_handled_for_a_server_that_confirmed(sandbox: Server, open_page: Open) -> None:
    intent = sandbox.client().v1.payment_intents.create(
        {
            "amount": 1099,
            "currency": "usd",
            "payment_method_types": ["card"],
            "payment_method": "pm_card_threeDSecure2Required",
            "confirm": True,
            "use_stripe_sdk": True,
        }
    )
    page = open_page(intent)

    page.evaluate("() => { window.answer = stripe.handleNextAction({ clientSecret: secret }) }")
    bank(page).get_by_role("button", name="Complete authentication").click()

    answered = page.evaluate("() => window.answer")
    assert answered["paymentIntent"]["status"] == "succeeded"


def test_a_saved_card_is_set_up_again_with_three_d_secure(sandbox: Server, open_page: Open) -> None:
    client = sandbox.client()
    intent = client.v1.setup_intents.create({"payment_method_types": ["card"]})
    page = open_page(intent)

    fill_card(page, "4000002500003155")
    pay(page)
    bank(page).get_by_role("button", name="Complete authentication").click()

    assert outcome(page) == {"status": "succeeded", "id": intent.id}


def test_a_known_payment_method_pays_without_elements(sandbox: Server, open_page: Open) -> None:
    client = sandbox.client()
    customer = client.v1.customers.create({})
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    intent = client.v1.payment_intents.create(
        {"amount": 1099, "currency": "usd", "payment_method_types": ["card"], "customer": customer.id}
    )
    page = open_page(intent)

    answered = page.evaluate(
        "method => stripe.confirmPayment({clientSecret: secret, redirect: 'if_required',"
        " confirmParams: {payment_method: method}})",
        method.id,
    )

    assert answered["paymentIntent"]["status"] == "succeeded"


def test_a_payment_method_is_made_for_the_server_to_use(sandbox: Server, open_page: Open) -> None:
    page = open_page(payment(sandbox))

    fill_card(page, "5555555555554444")
    made = page.evaluate("stripe.createPaymentMethod({elements, params: {billing_details: {name: 'Ada'}}})")

    assert made["paymentMethod"]["card"]["brand"] == "mastercard"
    assert made["paymentMethod"]["billing_details"]["name"] == "Ada"
    assert made["paymentMethod"]["billing_details"]["address"]["postal_code"] == ZIP


def test_what_the_server_changed_is_fetched(sandbox: Server, open_page: Open) -> None:
    client = sandbox.client()
    intent = payment(sandbox, currency="eur")
    page = open_page(intent)
    expect(element(page).get_by_role("radio")).to_have_count(0)

    client.v1.payment_intents.update(intent.id, {"payment_method_types": ["card", "sepa_debit"]})

    assert page.evaluate("elements.fetchUpdates()") == {}
    expect(element(page).get_by_role("radio")).to_have_count(2)


def test_nothing_that_goes_wrong_rejects(sandbox: Server, open_page: Open) -> None:
    page = open_page(payment(sandbox))
    intent_id, _, secret = str(page.evaluate("secret")).partition("_secret_")

    wrong = page.evaluate("secret => stripe.retrievePaymentIntent(secret)", f"{intent_id}_secret_{secret[::-1]}")

    assert wrong["error"]["type"] == "invalid_request_error"


def test_a_mistake_in_the_integration_throws(sandbox: Server, open_page: Open) -> None:
    page = open_page(payment(sandbox))

    def mistake(script: str) -> str:
        return str(page.evaluate(f"(async () => {{ try {{ {script} }} catch (e) {{ return e.name }} }})()"))

    assert mistake("Stripe('sk_test_x')") == "IntegrationError"
    assert mistake("elements.create('payment')") == "IntegrationError"
    assert mistake("elements.create('card')") == "IntegrationError"
    assert mistake("await stripe.confirmPayment({elements})") == "IntegrationError"
    assert mistake("stripe.elements({clientSecret: 'pi_1'})") == "IntegrationError"
