"""The sandbox's own page: a person sees what is there and does what the outside world does."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser import chromium
from tests.browser.test_stripe_js import shot
from tests.sandbox import server as sandbox_server
from tests.sandbox.behaviours.shop import Shop

pytestmark = pytest.mark.browser

SIZES: dict[str, ViewportSize] = {"phone": {"width": 390, "height": 800}, "desktop": {"width": 1280, "height": 800}}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with sandbox_server.serve() as server:
        yield Shop(server)


@pytest.fixture(params=SIZES)
def page(request: pytest.FixtureRequest, browser: Browser, shop: Shop) -> Iterator[Page]:
    """The page with some life in it, on a phone and on a desk; a complaint of the browser fails the test."""
    shop.server.control("reset", {})
    shop.post("/v1/webhook_endpoints", url="http://127.0.0.1:9/", enabled_events=["*"])
    shop.customer(name="<b>Ada</b>", email="ada@example.com")
    shop.paid()
    shop.pay("pm_card_chargeDeclined")
    context = browser.new_context(viewport=SIZES[request.param])
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda entry: complaints.append(entry.text) if entry.type == "error" else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.goto(shop.server.url)
    expect(opened.get_by_role("heading", level=1)).to_be_visible()
    yield opened
    too_wide = opened.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    context.close()
    assert complaints == []
    assert too_wide <= 0


def picture(page: Page, name: str) -> None:
    size = "phone" if page.viewport_size == SIZES["phone"] else "desktop"
    path = shot(f"console-{name}-{size}")
    if path:
        page.screenshot(path=path)


def go(page: Page, part: str) -> None:
    page.get_by_role("navigation", name="Parts").get_by_role("link", name=part).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(part)


def attempts(shop: Shop, event_id: str) -> int:
    """How often the event was posted once nothing waits any more."""
    report = shop.server.control("deliveries", {"drain": True})
    return sum(attempt["event"] == event_id for attempt in report["attempts"])


def test_objects_open_as_json(page: Page) -> None:
    page.get_by_role("link", name=re.compile("^customer")).click()
    expect(page.get_by_text("<b>Ada</b>")).to_be_visible()
    page.get_by_role("button", name=re.compile("^cus_")).click()

    expect(page.get_by_role("dialog")).to_contain_text('"email": "ada@example.com"')
    picture(page, "object")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_a_payment_is_listed_with_its_amount_and_status(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text("payment intent")
    expect(page.get_by_role("row", name=re.compile(r"\$10\.99.*succeeded"))).to_be_visible()
    picture(page, "objects")


def test_an_event_goes_out_again(page: Page, shop: Shop) -> None:
    go(page, "Events")
    event = shop.get("/v1/events", type="payment_intent.succeeded").ok["data"][0]
    picture(page, "events")
    before = attempts(shop, event["id"])
    page.get_by_role("row", name=re.compile("payment_intent.succeeded")).get_by_role(
        "button", name="Send again"
    ).click()

    expect(page.get_by_role("status")).to_contain_text(event["id"])
    assert attempts(shop, event["id"]) == before + 1


def test_a_charge_is_disputed(page: Page, shop: Shop) -> None:
    page.get_by_role("link", name=re.compile("^charge")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Objects: charge")
    page.get_by_role("row", name=re.compile("succeeded")).get_by_role("button").click()
    page.get_by_label("Reason").select_option("product_not_received")
    page.get_by_role("button", name="Open a dispute").click()

    expect(page.get_by_role("status")).to_contain_text("is open")
    (dispute,) = shop.get("/v1/disputes").ok["data"]
    assert dispute["reason"] == "product_not_received"


def test_requests_show_how_they_were_answered(page: Page) -> None:
    go(page, "Requests")
    picture(page, "requests")

    expect(page.get_by_role("row", name=re.compile("POST .*payment_intents 402"))).to_be_visible()


def test_time_moves(page: Page, shop: Shop) -> None:
    go(page, "Controls")
    before = shop.server.control("clock")["offset_seconds"]
    picture(page, "controls")
    page.get_by_role("button", name="+ a day").click()

    expect(page.get_by_role("status")).to_contain_text("Time has moved")
    assert shop.server.control("clock")["offset_seconds"] == before + 86400


def test_deliveries_are_paused_and_faults_planned(page: Page, shop: Shop) -> None:
    go(page, "Controls")
    page.get_by_label("Pause").check()
    page.get_by_label("Times each").fill("2")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("status")).to_contain_text("that way")
    page.get_by_label("Kind").select_option("error_500")
    page.get_by_label("Path").fill("/v1/refunds")
    page.get_by_role("button", name="Plan it").click()
    expect(page.get_by_text("error_500 for * /v1/refunds × 1")).to_be_visible()

    manner = shop.server.control("deliveries")["manner"]
    assert (manner["pause"], manner["duplicate"]) == (True, 2)
    assert [fault["path"] for fault in shop.server.control("faults")["faults"]] == ["/v1/refunds"]


def test_payouts_go_out_by_schedule_and_fail(page: Page, shop: Shop) -> None:
    shop.paid("pm_card_bypassPending", amount=5000)
    go(page, "Controls")
    page.get_by_label("Interval").select_option("daily")
    page.get_by_role("button", name="Set it").click()
    expect(page.get_by_role("status")).to_contain_text("go out daily")
    page.get_by_role("button", name="+ a day").click()
    expect(page.get_by_role("status")).to_contain_text("Time has moved")

    payout = shop.get("/v1/payouts").ok["data"][0]
    page.get_by_label("Payout", exact=True).fill(payout["id"])
    page.get_by_label("Code").select_option("account_closed")
    page.get_by_role("button", name="Let it fail").click()
    expect(page.get_by_role("status")).to_contain_text("has failed")
    assert (payout["automatic"], shop.again(payout)["failure_code"]) == (True, "account_closed")
    picture(page, "money")


def test_a_line_of_any_type_is_booked_and_doubled(page: Page, shop: Shop) -> None:
    go(page, "Controls")
    page.get_by_label("Type").fill("future_thing")
    page.get_by_label("Amount, minor units").fill("-1234")
    page.get_by_role("button", name="Book it").click()
    expect(page.get_by_role("status")).to_contain_text("on the books")
    (line,) = shop.get("/v1/balance_transactions", type="future_thing").ok["data"]

    go(page, "Objects")
    page.get_by_role("link", name=re.compile("^balance transaction")).click()
    page.get_by_role("button", name=line["id"]).click()
    page.get_by_role("button", name="Double it").click()
    expect(page.get_by_role("status")).to_contain_text("is there twice")
    assert [row["net"] for row in shop.get("/v1/balance_transactions", type="future_thing").ok["data"]] == [-1234] * 2


def test_the_secret_is_rolled_and_everything_forgotten(page: Page, shop: Shop) -> None:
    go(page, "Controls")
    page.get_by_role("button", name="Roll it").click()
    expect(page.get_by_text(re.compile("^whsec_"))).to_be_visible()
    page.on("dialog", lambda question: question.accept())
    page.get_by_role("button", name="Forget everything").click()
    expect(page.get_by_role("status")).to_contain_text("All is empty")

    assert shop.get("/v1/customers").ok["data"] == []
