"""The console with a small shop's day in it, as staff see it."""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page

from config.base.actor import Actor
from config.base.models import StripeAccount
from config.base.money import Money
from payments.models import Payment
from payments.services import customers, inbox_drain, payments, poller, refunds
from payments.services.pay_links import LinkDetails
from tests import factories
from tests.plugins.stripe import LocalStripe

SHOP = Actor.system("shop")
# Far enough apart that what Stripe does a little later is done, and all is in the same order each time.
MINUTES_APART = 10
SALES = [
    ("Ada Okafor", "Two notebooks, dotted", Money(2490, "gbp"), "pm_card_visa"),
    ("Bruno Keller", "Letterpress cards", Money(6400, "chf"), "pm_card_mastercard"),
    ("Chiyo Tanaka", "Calligraphy workshop", Money(12000, "jpy"), "pm_card_jcb"),
    ("Dara Nowak", "Desk lamp", Money(25900, "pln"), "pm_card_chargeDeclinedExpiredCard"),
    ("Elif Demir", "Office supply, October", Money(149900, "eur"), ""),
    ("Félix Moreau", "Poster, limited print", Money(8500, "eur"), "pm_card_threeDSecure2Required"),
    ("Grace Hall", "Gift card", Money(5000, "usd"), "pm_card_visa_chargeDeclinedInsufficientFunds"),
]


@dataclass(frozen=True)
class Console:
    """Staff's browser and the payment whose story is shown."""

    page: Page
    told: Payment

    def open(self, name: str, *args: object) -> Page:
        self.page.goto(settings.SITE_URL + reverse(name, args=args))
        self.page.wait_for_load_state("networkidle")
        return self.page


def enter(context: BrowserContext, account: StripeAccount, sandbox: LocalStripe) -> Console:
    """Log a superuser in, after a day of sales."""
    told = _sell(account, sandbox)
    poller.fetch_missed(account=account)
    inbox_drain.drain(by=SHOP)
    client = Client()
    client.force_login(factories.make_user(name="Grace", is_superuser=True))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": settings.SITE_URL}])
    return Console(context.new_page(), told)


def _sell(account: StripeAccount, sandbox: LocalStripe) -> Payment:
    def later() -> None:
        sandbox.advance(seconds=MINUTES_APART * 60)

    for name, what, amount, method in SALES:
        _sale(account, name, what, amount, method)
        later()
    told = _sale(
        account, "Hugo Silva", "Order 1042", Money(4790, "eur"), "pm_card_visa_chargeDeclinedInsufficientFunds"
    )
    later()
    payments.confirm(payment=told, payment_method="pm_card_visa", by=SHOP)
    later()
    told.refresh_from_db()
    refunds.create(payment=told, amount=Money(1290, "eur"), reason="requested_by_customer", by=SHOP)
    later()
    return told


def _sale(account: StripeAccount, name: str, what: str, amount: Money, method: str) -> Payment:
    email = f"{name.split(maxsplit=1)[0].lower()}@example.com"
    customer = customers.create(account=account, email=email, name=name, by=SHOP)
    return payments.create(
        account=account,
        customer=customer,
        amount=amount,
        description=what,
        payment_method=method,
        confirm=bool(method),
        link=LinkDetails(title=what),
        by=SHOP,
    )


SCENES: dict[str, Callable[[Console], Page]] = {
    "console-home": lambda console: console.open("admin:index"),
    "console-payments": lambda console: console.open("admin:payments_payment_changelist"),
    "console-payment": lambda console: console.open("admin:payments_payment_change", console.told.pk),
    "console-refund": lambda console: console.open("admin:payments_payment_refund", console.told.pk),
    "console-customers": lambda console: console.open("admin:payments_customer_changelist"),
    "console-calls": lambda console: console.open("admin:payments_outboundcall_changelist"),
    "console-inbox": lambda console: console.open("admin:payments_inboxevent_changelist"),
    "api-docs": lambda console: console.open("api-docs"),
}
