"""Some days of a shop at the local Stripe: invoices paid in four currencies, refunds, disputes, daily payouts.

Everything has a document, so that what is not explained later was planted.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import stripe

from tests.plugins.stripe import LocalStripe

DAYS = 10
BUSY_SALES = 24
DAY_SECONDS = 24 * 3600
FEES_DAY = 3
INVOICES_A_DAY = {"eur": 6, "usd": 3, "jpy": 2, "gbp": 3}
AMOUNTS = {"eur": 4900, "usd": 5300, "jpy": 8000, "gbp": 4100}
"""Pounds settle in euros; the others as they are."""


@dataclass(frozen=True)
class Sale:
    """An invoice that was paid with a card: Stripe's ids of what came of it, and on which day."""

    day: int
    currency: str
    amount_minor: int
    invoice: str
    intent: str
    charge: str


@dataclass
class Shop:
    """What was sold, refunded and disputed so far."""

    sandbox: LocalStripe
    day: int = 0
    customers: dict[str, str] = field(default_factory=dict)
    sales: list[Sale] = field(default_factory=list)
    refunds: dict[str, str] = field(default_factory=dict)
    disputes: dict[str, str] = field(default_factory=dict)
    fee_lines: list[str] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)

    @property
    def v1(self) -> Any:
        return self.sandbox.client.v1

    def sell(self, currency: str, amount_minor: int) -> Sale:
        """An invoice over one line, finalized and paid at once."""
        if currency not in self.customers:
            self.customers[currency] = self._customer(currency)
        wanted: Any = {
            "customer": self.customers[currency], "currency": currency, "auto_advance": False,
            "collection_method": "charge_automatically", "pending_invoice_items_behavior": "exclude",
        }  # fmt: skip
        invoice = self.v1.invoices.create(wanted).id
        self.v1.invoices.add_lines(invoice, {"lines": [{"amount": amount_minor, "description": "A day's work"}]})
        self.v1.invoices.finalize_invoice(invoice)
        paid: stripe.Invoice = self.v1.invoices.pay(invoice, {"expand": ["payments"]})
        assert paid.payments
        intent = str(paid.payments.data[0].payment.payment_intent)
        charge = self.v1.payment_intents.retrieve(intent).latest_charge
        sale = Sale(self.day, currency, amount_minor, invoice, intent, charge)
        self.sales.append(sale)
        return sale

    def refund(self, sale: Sale, amount_minor: int) -> str:
        """Part of a sale is given back by a credit note."""
        note = self.v1.credit_notes.create(
            {
                "invoice": sale.invoice,
                "lines": [
                    {"type": "custom_line_item", "description": "Back", "quantity": 1, "unit_amount": amount_minor}
                ],
                "refund_amount": amount_minor,
            }
        )
        self.refunds[sale.charge] = str(note.refunds[0].refund)
        return self.refunds[sale.charge]

    def dispute(self, sale: Sale) -> str:
        opened = self.sandbox.control("disputes", {"charge": sale.charge, "reason": "fraudulent"})
        self.disputes[sale.charge] = opened["id"]
        return self.disputes[sale.charge]

    def free(self, *, days: range, currency: str = "") -> Iterator[Sale]:
        """Sales of those days that nothing else has happened to, newest first; each is given out once."""
        touched = {*self.refunds, *self.disputes}
        for sale in reversed(self.sales):
            fits = sale.day in days and currency in {"", sale.currency}
            if fits and sale.charge not in self.taken and sale.charge not in touched:
                self.taken.add(sale.charge)
                yield sale

    def pass_day(self) -> None:
        self.sandbox.advance(seconds=DAY_SECONDS)
        self.day += 1

    def _customer(self, currency: str) -> str:
        customer = self.v1.customers.create({"name": "A Buyer", "email": f"buyer.{currency}@example.com"}).id
        method = self.v1.payment_methods.attach("pm_card_visa", {"customer": customer}).id
        self.v1.customers.update(customer, {"invoice_settings": {"default_payment_method": method}})
        return str(customer)


def opened(sandbox: LocalStripe) -> Shop:
    """The shop before its first day: money is paid out daily after two days, pounds settle in euros."""
    schedule = {"interval": "daily", "delay_days": 2}
    sandbox.control("account", {"payout_schedule": schedule, "settle": {"gbp": "eur"}, "rates": {"gbp/eur": "1.17"}})
    return Shop(sandbox)


def live(shop: Shop, each_evening: Callable[[], None], *, days: int = DAYS) -> None:
    """Play the days; `each_evening` is what the company does with each of them."""
    for _ in range(days):
        _live_a_day(shop)
        each_evening()
        shop.pass_day()


def _live_a_day(shop: Shop) -> None:
    for currency, count in INVOICES_A_DAY.items():
        for number in range(count):
            shop.sell(currency, AMOUNTS[currency] + 100 * number + shop.day)
    euros = [sale for sale in shop.sales if sale.currency == "eur" and sale.day == shop.day]
    shop.refund(euros[0], 1000)
    if shop.day % 2:
        shop.dispute(euros[1])
    if shop.day == FEES_DAY:
        for amount in (-150, -250, -350):
            line = {"type": "stripe_fee", "amount": amount, "currency": "eur", "description": "Billing"}
            shop.fee_lines.append(shop.sandbox.control("balance_transactions", line)["id"])


def live_a_busy_day(shop: Shop) -> None:
    """A last day with many sales in euros."""
    for number in range(BUSY_SALES):
        shop.sell("eur", 6000 + 10 * number)
    for number in range(3):
        shop.sell("gbp", 4400 + 10 * number)
