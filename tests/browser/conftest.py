"""The payment page in a real chromium, against our server and the local Stripe; no webhook ever comes."""

import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect
from pytest_django.live_server_helper import LiveServer

from payments.models import PayLink
from tests.browser import chromium
from tests.browser.pay_page import PayPage
from tests.plugins.pay_links import MakeLink

PHONE = {"width": 390, "height": 844}
WAIT_MS = 15_000
expect.set_options(timeout=WAIT_MS)

NewContext = Callable[..., BrowserContext]
OpenPage = Callable[..., PayPage]


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    # Playwright's loop runs in this thread, and Django takes that for async code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with chromium.launched() as browser:
        yield browser
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def make_link(make_link: MakeLink, live_server: LiveServer, settings: Any) -> MakeLink:
    """The links lead to the running server."""
    settings.SITE_URL = live_server.url
    return make_link


@pytest.fixture
def new_context(chrome: Browser) -> Iterator[NewContext]:
    """Browsers of payers; whatever they refuse or log as an error fails the test, unless it is `forgiven`."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []
    forgiven = [r"status of 40[02]"]

    def make(*, forgive: str = "", blocked: str = "", **options: Any) -> BrowserContext:
        context = chrome.new_context(**{"viewport": PHONE, "locale": "en-US", **options})
        context.set_default_timeout(WAIT_MS)
        context.on("console", lambda entry: complaints.append(entry.text) if entry.type == "error" else None)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        if blocked:
            context.route(blocked, lambda route: route.abort())
        contexts.append(context)
        forgiven.extend([forgive] if forgive else [])
        return context

    yield make
    for context in contexts:
        context.close()
    assert [text for text in complaints if not any(re.search(known, text) for known in forgiven)] == []


@pytest.fixture
def open_page(new_context: NewContext) -> OpenPage:
    """Open a link in a browser of its own, or in the `context` given."""

    def show(link: PayLink, *, context: BrowserContext | None = None, **options: Any) -> PayPage:
        return PayPage((context or new_context(**options)).new_page()).open(link)

    return show
