"""Invoices in the console, in a real chromium: nothing is blocked, nothing sticks out, a draft goes the whole way."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from billing.models import CreditNote, Invoice
from billing.services import credit_note_parts, credit_notes, invoices, numbering, tax_rules
from billing.services.credit_notes import Wanted
from billing.services.tax_rules import Place
from config.base.models import StripeAccount
from config.base.money import Money
from payments.models import Customer
from payments.services import customers, payment_methods
from tests import factories
from tests.billing.invoices.writing import TEST, drain, fresh, opened, paid, sent, written
from tests.browser.conftest import PHONE, NewContext
from tests.plugins.stripe import LocalStripe

pytestmark = pytest.mark.browser

DESKTOP = {"width": 1440, "height": 900}
LISTS = ("invoice", "creditnote", "taxrule", "taxrate", "numberseries", "issuednumber")
ACTIONS = {
    "written": ("edit", "send_draft", "throw_away", "duplicate"),
    "sent": ("finalize", "throw_away", "refresh"),
    "opened": ("pay", "pay_link", "mail", "paid_outside", "credit_note", "void", "uncollectible"),
}


@pytest.fixture
def ada(account: StripeAccount, sandbox: LocalStripe) -> Customer:
    address = customers.Address(line1="Torstraße 1", city="Berlin", postal_code="10119", country="DE")
    customer = customers.create(account=account, name="Ada Lovelace", email="ada@example.com", address=address, by=TEST)
    method = payment_methods.attach(customer=customer, stripe_id="pm_card_visa", by=TEST)
    payment_methods.set_default(customer=customer, method=method, by=TEST)
    return customer


@pytest.fixture
def browse(new_context: NewContext, db: None, live_server: LiveServer) -> Callable[..., Page]:
    """A superuser's browser."""
    client = Client()
    client.force_login(factories.make_user(name="Grace Hopper", is_superuser=True))
    name = settings.SESSION_COOKIE_NAME
    cookie = {"name": name, "value": client.cookies[name].value, "url": live_server.url}

    def opened_with(**options: object) -> Page:
        context: BrowserContext = new_context(base_url=live_server.url, **options)
        context.add_cookies([cookie])  # type: ignore[list-item]
        return context.new_page()

    return opened_with


def sticks_out(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.mark.parametrize(
    "options", [{"viewport": DESKTOP}, {"viewport": PHONE}, {"viewport": DESKTOP, "color_scheme": "dark"}]
)
def test_every_page_obeys_the_policy_and_fits_the_screen(
    browse: Callable[..., Page], ada: Customer, account: StripeAccount, options: dict[str, object]
) -> None:
    vat = tax_rules.lay_down(
        account=account, place=Place(country="DE"), display_name="VAT", percentage=Decimal(19), by=TEST
    )
    series = numbering.start(legal_entity=account.legal_entity, prefix="2026-", by=TEST)
    rows = {
        "written": written(ada, purchase_order="PO-4711", memo="A long memo. " * 20),
        "sent": sent(ada),
        "opened": opened(ada),
    }
    done = paid(ada)
    part = credit_note_parts.of_amount(done, Money(5000, "eur"))
    note = credit_notes.issue(invoice=done, wanted=Wanted(part), by=TEST)
    drain()
    Invoice.objects.filter(pk=done.pk).update(flags=["sum_does_not_hold"])
    page = browse(**options)

    pages = [f"invoice/{row.pk}/{action}/" for name, row in rows.items() for action in ACTIONS[name]]
    pages += [f"invoice/{row.pk}/change/" for row in (*rows.values(), done)]
    pages += [f"{name}/" for name in LISTS] + [f"invoice/add/?customer={ada.pk}", "invoice/add/", "taxrule/add/"]
    pages += [f"creditnote/{note.pk}/change/", f"taxrule/{vat.pk}/change/", f"taxrule/{vat.pk}/archive/"]
    pages += [f"numberseries/{series.pk}/change/", "numberseries/add/", f"taxrate/{vat.tax_rate_id}/change/"]
    for address in pages:
        answer = page.goto(f"/admin/billing/{address}")
        assert answer
        assert answer.status == 200, address
        assert sticks_out(page) <= 0, address


def test_a_draft_is_written_sent_finalized_collected_and_credited(
    browse: Callable[..., Page], ada: Customer, sandbox: LocalStripe
) -> None:
    page = browse(viewport=PHONE)
    page.goto(f"/admin/billing/invoice/add/?customer={ada.pk}")
    page.get_by_role("button", name="5 more lines").click()
    expect(page.locator("fieldset.cf-draft-row")).to_have_count(8)
    page.locator("[name=lines-0-description]").fill("Workshop")
    page.locator("[name=lines-0-quantity]").fill("2")
    page.locator("[name=lines-0-amount]").fill("400.00")
    page.locator("[name=lines-7-description]").fill("Thank you")
    page.locator("[name=lines-7-amount]").fill("-50,00")
    page.locator("[name=purchase_order]").fill("PO-4711")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.locator(".cf-headline")).to_contain_text("€750.00 before tax")

    page.get_by_role("link", name="Edit…").click()
    page.locator("[name=lines-1-ORDER]").fill("1")
    page.locator("[name=lines-0-ORDER]").fill("2")
    page.locator("[name=lines-2-amount]").fill("nonsense")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_role("alert").first).to_contain_text("is no amount")
    page.locator("[name=lines-2-amount]").fill("")
    page.get_by_role("button", name="Save the draft").click()
    invoice = Invoice.objects.get()
    assert [line.description for line in invoice.draft_lines.all()] == ["Thank you", "Workshop"]

    for button, do in (("Send to Stripe…", "Send it to Stripe"), ("Finalize…", "Finalize")):
        page.get_by_role("link", name=button).click()
        page.get_by_role("button", name=do).click()
        expect(page.locator(".cf-headline")).to_contain_text("€750.00")
    page.get_by_role("link", name="Collect…").click()
    page.get_by_role("button", name="Go on").click()
    expect(page.locator(".cf-consequences")).to_contain_text("€750.00 are taken from Visa")
    page.get_by_role("button", name="Collect").click()
    expect(page.locator(".cf-headline")).to_contain_text("Paid")
    drain()

    page.get_by_role("link", name="Credit note…").click()
    page.locator("[name=how]").select_option("amount")
    page.locator("[name=amount]").fill("100.00")
    page.get_by_role("button", name="Go on").click()
    expect(page.locator(".cf-consequences")).to_contain_text("A credit note over €100.00 is issued")
    expect(page.locator(".cf-consequences")).to_contain_text("€100.00 that were paid go back to the payment method")
    page.get_by_role("button", name="Issue the credit note").click()
    expect(page.locator(".cf-headline")).to_contain_text("€100.00")

    note = CreditNote.objects.get()
    assert (note.status, note.total_minor, note.refund_minor) == ("issued", 10000, 10000)
    assert [refund.amount for refund in sandbox.client.v1.refunds.list().data] == [10000]
    assert fresh(invoice).purchase_order == "PO-4711"


def test_staff_without_the_right_cannot_act(live_server: LiveServer, ada: Customer) -> None:
    invoice = opened(ada)
    client = Client()
    client.force_login(factories.make_user(is_superuser=False))

    for action in ("pay", "void", "credit_note", "edit", "mail"):
        assert client.get(f"/admin/billing/invoice/{invoice.pk}/{action}/").status_code in {302, 403}, action
        assert client.post(f"/admin/billing/invoice/{invoice.pk}/{action}/").status_code in {302, 403}, action
    assert fresh(invoice).status == "open"
    assert invoices.payments_of(invoice)[0].status == "requires_payment_method"
