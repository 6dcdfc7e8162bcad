"""Takes the pictures; the one in the README is kept in `docs/`."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from config.base import clock
from config.base.models import StripeAccount
from tests import environment
from tests.browser.conftest import OpenPage
from tests.browser.screenshots import billing as billing_scenes
from tests.browser.screenshots import console as console_scenes
from tests.browser.screenshots import reconciliation as reconciliation_scenes
from tests.browser.screenshots.scenes import SCENES, Stage
from tests.plugins.pay_links import MakeLink
from tests.plugins.stripe import LocalStripe
from tests.sandbox.server import serve

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / ".local" / "screenshots"
IN_README = {"payment-open-desktop": ROOT / "docs" / "payment.png"}
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 800}
REST_MS = 400
EVENING = datetime(2026, 10, 22, 18, tzinfo=UTC)
STEADY = (Path(__file__).parent / "steady.js").read_text()
SCREENS: dict[str, dict[str, Any]] = {
    "phone": {"viewport": PHONE},
    "phone-dark": {"viewport": PHONE, "color_scheme": "dark"},
    "desktop": {"viewport": DESKTOP},
}


@pytest.fixture(scope="session")
def local_stripe() -> Iterator[LocalStripe]:
    """One that begins less than a day before the evening of all pictures."""
    days = (datetime.now(UTC) - EVENING).days + 1
    with serve("--start-days-ago", str(days), port=environment.SANDBOX_PORT) as server:
        yield LocalStripe(server.url)


@pytest.fixture
def sandbox(sandbox: LocalStripe) -> LocalStripe:
    """The local Stripe on the evening of all pictures, so that each day and month on them is the same each time."""
    sandbox.advance(seconds=int((EVENING - clock.now()).total_seconds()))
    return sandbox


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("name", SCENES)
def test_payment_page(make_link: MakeLink, open_page: OpenPage, sandbox: LocalStripe, name: str, screen: str) -> None:
    page = SCENES[name](Stage(make_link, open_page, sandbox, **SCREENS[screen])).page

    take(page, f"{name}-{screen}")


@pytest.mark.parametrize("screen", ["phone", "desktop"])
def test_console(
    chrome: Browser, live_server: LiveServer, settings: Any, account: StripeAccount, sandbox: LocalStripe, screen: str
) -> None:
    settings.SITE_URL = live_server.url
    context = chrome.new_context(locale="en-US", **SCREENS[screen])
    console = console_scenes.enter(context, account, sandbox)

    for name, scene in console_scenes.SCENES.items():
        take(scene(console), f"{name}-{screen}")
    context.close()


@pytest.mark.parametrize("screen", ["phone", "desktop"])
def test_billing(
    chrome: Browser, live_server: LiveServer, settings: Any, account: StripeAccount, sandbox: LocalStripe, screen: str
) -> None:
    settings.SITE_URL = live_server.url
    context = chrome.new_context(locale="en-US", **SCREENS[screen])
    company = billing_scenes.enter(context, account, sandbox)

    for name, scene in billing_scenes.SCENES.items():
        take(scene(company), f"{name}-{screen}")
    for name, paper in billing_scenes.papers(company).items():
        billing_scenes.first_page(paper).to_pil().save(FOLDER / f"{name}.png")
    context.close()


@pytest.mark.parametrize("screen", ["phone", "desktop"])
def test_reconciliation(
    chrome: Browser, live_server: LiveServer, settings: Any, account: StripeAccount, screen: str
) -> None:
    settings.SITE_URL = live_server.url
    context = chrome.new_context(locale="en-US", **SCREENS[screen])
    books = reconciliation_scenes.enter(context, account)

    for name, scene in reconciliation_scenes.SCENES.items():
        take(scene(books), f"{name}-{screen}")
    context.close()


def take(page: Page, name: str) -> None:
    """The whole page at rest: no caret, no animation half way, every id and every moment the same."""
    page.mouse.move(0, 0)
    page.evaluate("document.fonts.ready.then(() => null)")
    for frame in page.frames:
        frame.evaluate(STEADY)
    picture = whole(page)
    for path in filter(None, [FOLDER / f"{name}.png", IN_README.get(name)]):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture)


def whole(page: Page) -> bytes:
    """In a window as high as the page for a moment: beyond the window, frames are not drawn."""
    size = page.viewport_size
    assert size
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": max(height, size["height"])})
    page.wait_for_timeout(REST_MS)
    picture = page.screenshot(animations="disabled", caret="hide")
    page.set_viewport_size(size)
    return picture
