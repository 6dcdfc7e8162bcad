"""The console in a real chromium: its policy blocks nothing, nothing sticks out, a refund goes the whole way."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from config.base import clock
from config.base.models import ConfirmedAction, StripeAccount
from config.base.money import Money
from payments.models import InboxEvent, Payment, Refund
from payments.services import customers, payments
from payments.services.pay_links import LinkDetails
from tests import factories
from tests.browser.conftest import PHONE, NewContext
from tests.plugins.pay_links import SHOP

pytestmark = pytest.mark.browser

DESKTOP = {"width": 1440, "height": 900}
LISTS = (
    "payments/payment", "payments/refund", "payments/dispute", "payments/paylink", "payments/customer",
    "payments/paymentmethod", "payments/setupintent", "payments/inboxevent", "payments/outboundcall", "payments/root",
    "reconciliation/discrepancy", "reconciliation/payout", "reconciliation/statementline", "reconciliation/run",
    "reconciliation/matchrule", "reconciliation/tariff", "billing/ledgeraccount", "billing/entry", "billing/posting",
    "auditlog/logentry", "base/domainevent", "base/jobrun", "base/apikey", "base/user", "auth/group",
    "base/legalentity", "djstripe", "djstripe/charge",
)  # fmt: skip


@pytest.fixture
def payment(account: StripeAccount) -> Payment:
    """A payment that Stripe took, with a story."""
    customer = customers.create(account=account, email="ada@example.com", name="Ada Payer", by=SHOP)
    return payments.create(
        account=account,
        amount=Money(1099, "eur"),
        customer=customer,
        payment_method="pm_card_visa",
        confirm=True,
        return_url="https://shop.example/thanks",
        link=LinkDetails(title="Order 1042"),
        by=SHOP,
    )


@pytest.fixture
def staff(db: None, live_server: LiveServer) -> dict[str, str]:
    """The session of a superuser, as their browser keeps it."""
    client = Client()
    client.force_login(factories.make_user(name="Grace Hopper", is_superuser=True))
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": live_server.url}


@pytest.fixture
def browse(new_context: NewContext, staff: dict[str, str], live_server: LiveServer) -> Callable[..., Page]:
    def opened(**options) -> Page:
        context: BrowserContext = new_context(base_url=live_server.url, **options)
        context.add_cookies([staff])  # type: ignore[list-item]
        return context.new_page()

    return opened


def sticks_out(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.mark.parametrize(
    "options", [{"viewport": DESKTOP}, {"viewport": PHONE}, {"viewport": DESKTOP, "color_scheme": "dark"}]
)
def test_every_page_obeys_the_policy_and_fits_the_screen(browse, payment, options):
    refund = factories.make_refund(payment, amount_minor=100, note="A long note, " * 20)
    event = factories.make_inbox_event(status="parked", last_error="KeyError " * 60, root_id=payment.stripe_id)
    factories.make_payment(
        status="requires_capture", capture_before=clock.now() + timedelta(hours=3), flags=["arrived_late"]
    )
    details = [
        f"payments/payment/{payment.pk}/change", f"payments/payment/{payment.pk}/refund",
        f"payments/refund/{refund.pk}/change", f"payments/inboxevent/{event.pk}/change",
        f"payments/customer/{payment.customer_id}/change", f"payments/customer/{payment.customer_id}/park",
        "base/apikey/add", "base/user/add",
    ]  # fmt: skip
    page = browse(**options)

    found = {}
    for address in ("", *LISTS, *details):
        response = page.goto(f"/admin/{address}/" if address else "/admin/")
        found[address] = (response.status, sticks_out(page))

    assert found == dict.fromkeys(found, (200, 0))


def test_staff_find_a_payment_and_refund_it_though_they_click_twice(browse, payment, sandbox):
    page = browse(viewport=DESKTOP)
    page.goto("/admin/payments/payment/")
    page.get_by_role("textbox").first.fill("ada@example.com")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="€10.99").click()
    page.get_by_role("link", name="Refund…").click()
    page.get_by_label("Amount").fill("4,50")
    page.get_by_label("Note").fill("Arrived broken")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("€4.50 go back to Visa")).to_be_visible()

    page.get_by_role("button", name="Refund").dblclick()

    expect(page.get_by_text("Partly refunded")).to_be_visible()
    assert (
        len(sandbox.requests("POST", "/v1/refunds")) == Refund.objects.count() == ConfirmedAction.objects.count() == 1
    )


def test_a_payload_opens_with_one_click(browse, payment):
    page = browse(viewport=PHONE)
    page.goto(f"/admin/payments/payment/{payment.pk}/change/")

    page.get_by_text("Stripe's answer").first.click()

    expect(page.get_by_text('"object": "payment_intent"').first).to_be_visible()


def test_parked_events_are_chosen_and_replayed_together(browse, account):
    for _ in range(2):
        factories.make_inbox_event(status="parked", account=account)
    page = browse(viewport=DESKTOP)
    page.goto("/admin/payments/inboxevent/?status__exact=parked")

    page.locator("#action-toggle").check()
    page.get_by_role("combobox").select_option("replay_selected")
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Replay").click()

    expect(page.get_by_text("2 events wait to be handled again.")).to_be_visible()
    assert InboxEvent.objects.filter(status="waiting").count() == 2


def test_the_address_of_the_payment_page_and_ids_are_copied(browse, payment):
    page = browse(viewport=DESKTOP, permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"/admin/payments/payment/{payment.pk}/change/")

    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert "/pay/" in page.evaluate("navigator.clipboard.readText()")

    page.get_by_role("button", name=f"Copy {payment.public_id}").click()
    expect(page.get_by_role("button", name=f"Copied {payment.public_id}")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == payment.public_id


def test_staff_log_in_with_their_email(new_context, live_server):
    user = factories.make_user(email="ada@counterfoil.test", is_superuser=True)
    user.set_password("correct horse battery staple")
    user.save()
    page = new_context(base_url=live_server.url).new_page()
    page.goto("/admin/")

    page.get_by_label("Email").fill("ada@counterfoil.test")
    page.get_by_label("Password").fill("correct horse battery staple")
    page.get_by_role("button", name="Log in").click()

    expect(page.get_by_role("heading", name="Needs somebody")).to_be_visible()
