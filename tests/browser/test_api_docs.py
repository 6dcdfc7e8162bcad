"""The API's description in a real chromium, under the site's policy."""

import pytest
from playwright.sync_api import Browser, ConsoleMessage, expect
from pytest_django.live_server_helper import LiveServer

pytestmark = pytest.mark.browser


def test_the_description_works_under_the_policy(chrome: Browser, live_server: LiveServer) -> None:
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    page = chrome.new_page()
    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    answer = page.goto(f"{live_server.url}/api/docs/")

    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    expect(page.get_by_role("heading", name="Counterfoil API")).to_be_visible()
    page.get_by_text("Ask for a payment", exact=True).click()
    expect(page.get_by_text("Idempotency-Key").first).to_be_visible()
    expect(page.get_by_text("Order 4711").first).to_be_visible()
    assert complaints == []
    page.close()
