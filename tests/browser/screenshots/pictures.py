"""Takes the pictures; the one in the README is kept in `docs/`."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import MakeLink, OpenPage
from tests.browser.screenshots.scenes import SCENES, Stage
from tests.plugins.stripe import LocalStripe

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / ".local" / "screenshots"
IN_README = {"payment-open-desktop": ROOT / "docs" / "payment.png"}
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 800}
REST_MS = 400
STEADY = (Path(__file__).parent / "steady.js").read_text()
SCREENS: dict[str, dict[str, Any]] = {
    "phone": {"viewport": PHONE},
    "phone-dark": {"viewport": PHONE, "color_scheme": "dark"},
    "desktop": {"viewport": DESKTOP},
}


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("name", SCENES)
def test_payment_page(make_link: MakeLink, open_page: OpenPage, sandbox: LocalStripe, name: str, screen: str) -> None:
    page = SCENES[name](Stage(make_link, open_page, sandbox, **SCREENS[screen])).page

    take(page, f"{name}-{screen}")


def take(page: Page, name: str) -> None:
    """The whole page at rest: no caret, no animation half way, every id the same."""
    page.mouse.move(0, 0)
    for frame in page.frames:
        frame.evaluate(STEADY)
    fit(page)
    picture = page.screenshot(animations="disabled", caret="hide")
    for path in filter(None, [FOLDER / f"{name}.png", IN_README.get(name)]):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture)
        print(path.relative_to(ROOT))


def fit(page: Page) -> None:
    """A window as high as the page: beyond the window, frames are not drawn."""
    assert page.viewport_size
    width, height = page.viewport_size["width"], page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": max(height, page.viewport_size["height"])})
    page.wait_for_timeout(REST_MS)
