"""Billing at the console, and the papers it prints: a customer with a plan, an upgrade, invoices and a credit note."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import pypdfium2
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page

from billing.models import Invoice, Letterhead, Price, Product, Subscription
from billing.services import (
    coupons,
    credit_notes,
    documents,
    drafts,
    first_payment,
    prices,
    products,
    quotes,
    subscriptions,
)
from billing.services.credit_note_parts import Part
from billing.services.credit_notes import Wanted
from billing.services.draft_terms import Line, Terms
from billing.services.plan_changes import ItemChange
from billing.services.prices import Amount, Tier
from billing.services.subscription_terms import Item
from config.base.actor import Actor
from config.base.models import StripeAccount
from payments.models import Customer
from payments.services import customers, inbox_drain, payment_methods, poller
from tests import factories
from tests.billing.invoices import writing
from tests.plugins.stripe import LocalStripe

SHOP = Actor.system("shop")
DAY = 24 * 3600
SCALE = 1.5
WORKSHOP = (
    Line(description="Workshop “Paper and ink”, two days at your place", quantity=2, unit_amount=145000),
    Line(description="Travel, Berlin – Zürich and back", unit_amount=23840),
    Line(description="Notebook A5, dotted, with your logo", quantity=120, unit_amount=1290),
)


@dataclass(frozen=True)
class Company:
    """What staff look at."""

    page: Page
    customer: Customer
    product: Product
    price: Price
    subscription: Subscription
    draft: Invoice
    paid: Invoice

    def open(self, name: str, *args: object, query: str = "") -> Page:
        self.page.goto(settings.SITE_URL + reverse(name, args=args) + query)
        self.page.wait_for_load_state("networkidle")
        return self.page


def enter(context: BrowserContext, account: StripeAccount, sandbox: LocalStripe) -> Company:
    """Log a superuser in, three weeks after a customer began."""
    _letterhead(account)
    product, basic, pro = _catalog(account)
    customer = _customer(account)
    prefix = {"invoice_prefix": "ADA2026"}  # Stripe makes one up for each customer; here it is the same each time
    sandbox.client.v1.customers.update(customer.stripe_id or "", prefix)  # type: ignore[arg-type]
    subscription = subscriptions.start(customer=customer, items=[Item(basic, 3)], by=SHOP)
    first_payment.collect(subscription=subscription, by=SHOP)
    _told(account)
    sandbox.advance(seconds=12 * DAY)
    [item] = subscription.items.all()
    quotes.confirm(
        quote=quotes.make(subscription=subscription, change=[ItemChange(item=item, price=pro, quantity=5)], by=SHOP),
        by=SHOP,
    )
    sandbox.advance(seconds=8 * DAY)
    paid = writing.paid(customer, WORKSHOP, purchase_order="PO-2026-0815", memo="Thank you for having us.")
    travel = paid.lines.get(position=1)
    credit_notes.issue(
        invoice=paid,
        wanted=Wanted([Part(travel, quantity=1)], reason="order_change", memo="You paid for the train yourselves."),
        note="The train was paid by them",
        by=SHOP,
    )
    draft = drafts.create(customer=customer, currency="eur", terms=Terms(days_until_due=14), lines=WORKSHOP, by=SHOP)
    _told(account)
    for subject in list(documents.missing()):
        documents.issue(subject)
    subscription.refresh_from_db()
    return Company(_page(context), customer, product, pro, subscription, draft, writing.fresh(paid))


def _page(context: BrowserContext) -> Page:
    client = Client()
    client.force_login(factories.make_user(name="Grace", is_superuser=True))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": settings.SITE_URL}])
    return context.new_page()


def _told(account: StripeAccount) -> None:
    poller.fetch_missed(account=account)
    inbox_drain.drain(by=SHOP)


def _letterhead(account: StripeAccount) -> None:
    Letterhead.objects.update_or_create(
        legal_entity=account.legal_entity,
        defaults={
            "address": "Torstraße 12\n10119 Berlin\nGermany",
            "tax_ids": "VAT DE123456789",
            "footer": "Ada Papers GmbH · HRB 12345 Berlin · IBAN DE89 3704 0044 0532 0130 00",
            "payment_terms": "Payable within 14 days without deduction.",
        },
    )


def _catalog(account: StripeAccount) -> tuple[Product, Price, Price]:
    product = products.create(
        account=account, name="Studio", description="Write, print and bind together", unit_label="seat", by=SHOP
    )
    tiers = [Tier(up_to=5, unit_amount=Decimal(1500)), Tier(up_to=None, unit_amount=Decimal(1200))]
    usd = {"usd": Amount(unit_amount=Decimal(3100))}
    basic = prices.create(
        product=product, currency="eur", amount=Amount(unit_amount=Decimal(2900)), other_currencies=usd,
        interval="month", nickname="Basic", lookup_key="studio_basic", by=SHOP,
    )  # fmt: skip
    pro = prices.create(
        product=product, currency="eur", amount=Amount(tiers=tiers), tiers_mode="graduated", interval="month",
        nickname="Pro", lookup_key="studio_pro", by=SHOP,
    )  # fmt: skip
    coupon = coupons.create(account=account, name="Spring", percent_off=Decimal(20), duration="once", by=SHOP)
    coupons.create_code(coupon=coupon, code="SPRING20", max_redemptions=50, by=SHOP)
    return product, basic, pro


def _customer(account: StripeAccount) -> Customer:
    address = customers.Address(line1="Bahnhofstrasse 1", city="Zürich", postal_code="8001", country="CH")
    customer = customers.create(
        account=account, name="Keller & Söhne AG", email="bruno@example.com", address=address, by=SHOP
    )
    method = payment_methods.attach(customer=customer, stripe_id="pm_card_mastercard", by=SHOP)
    payment_methods.set_default(customer=customer, method=method, by=SHOP)
    return customer


def _change(company: Company) -> Page:
    """The change with its preview: two seats more."""
    page = company.open("admin:billing_subscription_plan", company.subscription.pk)
    page.locator("input[type=number]").first.fill("7")
    page.get_by_role("button", name="Go on").click()
    page.wait_for_load_state("networkidle")
    return page


def papers(company: Company) -> dict[str, bytes]:
    """The PDFs of an invoice, its credit note and its receipt."""
    note = company.paid.credit_notes.get()
    [payment] = [each.payment for each in company.paid.payments.all() if each.payment]
    subjects: dict[str, documents.Subject] = {"invoice": company.paid, "credit-note": note, "receipt": payment}
    found = {name: documents.of(subject) for name, subject in subjects.items()}
    return {f"paper-{name}": bytes(document.content) for name, document in found.items() if document}


def first_page(paper: bytes) -> pypdfium2.PdfBitmap:
    """The first page of a PDF, as a person sees it."""
    return pypdfium2.PdfDocument(paper)[0].render(scale=SCALE)


SCENES: dict[str, Callable[[Company], Page]] = {
    "console-customer": lambda company: company.open("admin:payments_customer_change", company.customer.pk),
    "console-subscriptions": lambda company: company.open("admin:billing_subscription_changelist"),
    "console-subscription": lambda company: company.open("admin:billing_subscription_change", company.subscription.pk),
    "console-subscription-change": _change,
    "console-subscription-cancel": lambda company: company.open(
        "admin:billing_subscription_cancel", company.subscription.pk
    ),
    "console-invoices": lambda company: company.open("admin:billing_invoice_changelist"),
    "console-invoice": lambda company: company.open("admin:billing_invoice_change", company.paid.pk),
    "console-invoice-editor": lambda company: company.open("admin:billing_invoice_edit", company.draft.pk),
    "console-credit-note": lambda company: company.open(
        "admin:billing_creditnote_change", company.paid.credit_notes.get().pk
    ),
    "console-products": lambda company: company.open("admin:billing_product_changelist"),
    "console-product": lambda company: company.open("admin:billing_product_change", company.product.pk),
    "console-price": lambda company: company.open("admin:billing_price_change", company.price.pk),
    "console-new-price": lambda company: company.open(
        "admin:billing_price_add", query=f"?product={company.product.pk}"
    ),
}
