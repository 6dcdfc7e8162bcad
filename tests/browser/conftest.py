"""The payment page in a real chromium, against our server and the local Stripe; no webhook ever comes."""

import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect
from pytest_django.live_server_helper import LiveServer

from config.base.actor import Actor
from config.base.models import StripeAccount
from config.base.money import Money
from payments.models import PayLink
from payments.services import payments
from payments.services.pay_links import LinkDetails
from tests.browser import chromium
from tests.browser.pay_page import PayPage

PHONE = {"width": 390, "height": 844}
WAIT_MS = 15_000
SHOP = Actor.system("shop")
expect.set_options(timeout=WAIT_MS)

MakeLink = Callable[..., PayLink]
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
def make_link(account: StripeAccount, live_server: LiveServer, settings: Any) -> MakeLink:
    """A new payment's link on the running server."""
    settings.SITE_URL = live_server.url

    def make(method: str = "", *, amount: Money = Money(1099, "eur"), details=LinkDetails(), **wishes) -> PayLink:  # noqa: B008
        payment = payments.create(
            account=account,
            amount=amount,
            payment_method=method,
            confirm=bool(method),
            link=details,
            by=SHOP,
            **wishes,
        )
        return payment.pay_link

    return make


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
