"""A year of a small company, played at the local Stripe through its own API: trials, seats, upgrades, failed and
recovered payments, cancels, credit notes, three currencies. What comes of it is for others to look at.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import stripe

from tests.sandbox.server import ControlDoor

DAY = 24 * 3600
STEP_DAYS = 5
YEAR_DAYS = 365
Params = Any


@dataclass
class Company:
    """The company and its customers; `day` counts from the beginning of its year. `each_morning` follows every day."""

    client: stripe.StripeClient
    door: ControlDoor
    each_morning: Callable[[], None] | None = None
    day: int = 0
    prices: dict[str, str] = field(default_factory=dict)
    customers: dict[str, str] = field(default_factory=dict)
    subscriptions: dict[str, str] = field(default_factory=dict)

    def pass_days(self, until: int) -> None:
        while self.day < until:
            days = 1 if self.each_morning else min(STEP_DAYS, until - self.day)
            self.door.control("clock", {"advance_seconds": days * DAY})
            self.day += days
            if self.each_morning:
                self.each_morning()


Story = Sequence[tuple[int, Callable[[Company], None]]]


def play(
    client: stripe.StripeClient,
    door: ControlDoor,
    *,
    days: int = YEAR_DAYS,
    more: Story = (),
    each_morning: Callable[[], None] | None = None,
) -> Company:
    """Play the year up to that day; every step happens on its own day, in order. `more` happens in it as well."""
    company = Company(client, door, each_morning)
    _open_shop(company)
    for day, step in sorted([*_STORY, *more], key=lambda told: told[0]):
        if day > days:
            break
        company.pass_days(day)
        step(company)
    company.pass_days(days)
    return company


def _open_shop(company: Company) -> None:
    """Products and prices in three currencies, coupons, a promotion code, a tax rate."""
    v1 = company.client.v1
    studio = v1.products.create({"name": "Studio", "description": "The tool itself"}).id
    seats = v1.products.create({"name": "Seats", "unit_label": "seat"}).id
    retainer = v1.products.create({"name": "Retainer"}).id
    everywhere: Params = {"usd": {"unit_amount": 3100}, "jpy": {"unit_amount": 4800}}
    company.prices = {
        "basic": _price(v1, studio, 2900, currency_options=everywhere),
        "pro": _price(v1, studio, 7900, currency_options={"usd": {"unit_amount": 8500}, "jpy": {"unit_amount": 12800}}),
        "yearly": _price(v1, studio, 79000, interval="year", currency_options={"jpy": {"unit_amount": 128000}}),
        "retainer": _price(v1, retainer, 150000),
        "seats": v1.prices.create(
            {
                "product": seats,
                "currency": "eur",
                "billing_scheme": "tiered",
                "tiers_mode": "graduated",
                "recurring": {"interval": "month"},
                "tiers": [
                    {"up_to": 5, "unit_amount": 1500},
                    {"up_to": "inf", "unit_amount_decimal": Decimal("1212.5")},
                ],
                "expand": ["tiers"],
            }
        ).id,
        "workshop": v1.prices.create({"product": retainer, "currency": "eur", "unit_amount": 45000}).id,
    }
    v1.coupons.create({"id": "WELCOME", "percent_off": 20, "duration": "once"})
    v1.coupons.create(
        {"id": "SPRING", "amount_off": 500, "currency": "eur", "duration": "repeating", "duration_in_months": 3}
    )
    v1.coupons.create({"id": "FRIEND", "percent_off": 10.5, "duration": "forever"})
    v1.promotion_codes.create(
        {"promotion": {"type": "coupon", "coupon": "SPRING"}, "code": "SPRING5", "max_redemptions": 2}
    )
    company.prices["vat"] = v1.tax_rates.create(
        {"display_name": "VAT", "percentage": 19, "inclusive": False, "country": "DE"}
    ).id


def _price(v1: Any, product: str, amount: int, *, interval: str = "month", **more: Any) -> str:
    rhythm: Params = {"interval": interval}
    wanted: Params = {
        "product": product, "currency": "eur", "unit_amount": amount, "recurring": rhythm,
        "tax_behavior": "exclusive", **more,
    }  # fmt: skip
    return str(v1.prices.create(wanted).id)


def customer(company: Company, name: str, *, card: str = "pm_card_visa", **more: Any) -> str:
    """A new customer; `card` is what is charged, if anything."""
    v1 = company.client.v1
    wanted: Params = {"name": name.title(), "email": f"{name}@example.com", **more}
    made = v1.customers.create(wanted).id
    if card:
        new_card(company, made, card)
    company.customers[name] = made
    return made


def new_card(company: Company, customer: str, card: str) -> None:
    """The card becomes the one that is charged."""
    v1 = company.client.v1
    method = v1.payment_methods.attach(card, {"customer": customer}).id
    v1.customers.update(customer, {"invoice_settings": {"default_payment_method": method}})


def _subscribe(company: Company, name: str, *items: tuple[str, int], **more: Any) -> Any:
    wanted: Params = {
        "customer": company.customers[name],
        "items": [{"price": company.prices[price], "quantity": quantity} for price, quantity in items],
        **more,
    }
    made = company.client.v1.subscriptions.create(wanted)
    company.subscriptions[name] = made.id
    return made


def _set_quantity(
    company: Company, name: str, quantity: int, *, price: str = "", behavior: str = "create_prorations"
) -> None:
    subscription = company.subscriptions[name]
    item: Params = {"id": _first_item(company, subscription), "quantity": quantity}
    if price:
        item["price"] = company.prices[price]
    wanted: Params = {"items": [item], "proration_behavior": behavior}
    company.client.v1.subscriptions.update(subscription, wanted)


def _first_item(company: Company, subscription: str) -> str:
    items = company.client.v1.subscription_items.list({"subscription": subscription})
    return str(items.data[0].id)


def newest_invoice(company: Company, name: str, status: str) -> str:
    """Stripe's id of the customer's newest invoice in that status."""
    wanted: Params = {"customer": company.customers[name], "status": status}
    return str(company.client.v1.invoices.list(wanted).data[0].id)


def _beginners(company: Company) -> None:
    """The first day: a card, a trial with and without a card, a bank's question, a decline, yen, seats, tax."""
    customer(company, "ada")
    _subscribe(company, "ada", ("seats", 3))
    customer(company, "bruno")
    _subscribe(company, "bruno", ("basic", 1), trial_period_days=14)
    customer(company, "chiyo", card="pm_card_jp", preferred_locales=["ja"])
    _subscribe(company, "chiyo", ("yearly", 1), currency="jpy")
    customer(company, "dara")
    _subscribe(company, "dara", ("basic", 1), discounts=[{"coupon": "WELCOME"}])
    customer(
        company, "elif", card="", address={"country": "DE", "city": "Berlin", "postal_code": "10115", "line1": "A 1"}
    )
    _subscribe(
        company, "elif", ("retainer", 1), collection_method="send_invoice", days_until_due=14,
        default_tax_rates=[company.prices["vat"]],
    )  # fmt: skip
    customer(company, "felix", card="")
    _subscribe(
        company, "felix", ("pro", 1), trial_period_days=30,
        trial_settings={"end_behavior": {"missing_payment_method": "cancel"}},
    )  # fmt: skip
    customer(company, "grace", card="pm_card_us")
    _subscribe(company, "grace", ("pro", 2), currency="usd")
    customer(company, "jon", card="pm_card_chargeCustomerFail")
    _subscribe(company, "jon", ("basic", 1), payment_behavior="default_incomplete")
    customer(company, "kay")
    _subscribe(company, "kay", ("basic", 1), payment_behavior="default_incomplete")


def _pay_kay(company: Company) -> None:
    """Kay pays the first invoice through its payment intent, as our payment page does."""
    v1 = company.client.v1
    [paid] = v1.invoice_payments.list({"invoice": newest_invoice(company, "kay", "open")}).data
    v1.payment_intents.confirm(
        str(paid.payment.payment_intent), {"payment_method": "pm_card_visa", "return_url": "https://example.com"}
    )


def _customers_of_february(company: Company) -> None:
    customer(company, "hugo")
    _subscribe(company, "hugo", ("pro", 1), discounts=[{"promotion_code": _promotion(company)}])
    customer(company, "iris")
    _subscribe(company, "iris", ("basic", 1))
    _set_quantity(company, "ada", 8)


def _promotion(company: Company) -> str:
    return str(company.client.v1.promotion_codes.list({"code": "SPRING5"}).data[0].id)


def _one_off(company: Company) -> None:
    """Invoices by hand: one paid, one void, one nobody pays, one with many lines and a draft thrown away."""
    v1 = company.client.v1
    lea = customer(company, "lea")
    for fate in ("paid", "void", "uncollectible", "deleted"):
        invoice = v1.invoices.create({"customer": lea, "currency": "eur", "description": fate}).id
        v1.invoices.add_lines(
            invoice,
            {
                "lines": [
                    {"description": "Workshop", "amount": 45000, "tax_rates": [company.prices["vat"]]},
                    {"description": "Travel", "amount": 12345, "discountable": False},
                ]
            },
        )
        if fate == "deleted":
            v1.invoices.delete(invoice)
            continue
        v1.invoices.finalize_invoice(invoice)
        if fate == "paid":
            v1.invoices.pay(invoice)
        elif fate == "void":
            v1.invoices.void_invoice(invoice)
        else:
            v1.invoices.mark_uncollectible(invoice)


def _credit(company: Company) -> None:
    """A credit note that gives back, and one that credits the balance."""
    v1 = company.client.v1
    paid = newest_invoice(company, "lea", "paid")
    v1.credit_notes.create({"invoice": paid, "amount": 5000, "refund_amount": 5000, "reason": "product_unsatisfactory"})
    grace = newest_invoice(company, "grace", "paid")
    v1.credit_notes.create({"invoice": grace, "amount": 1700, "credit_amount": 1700, "reason": "order_change"})


def _pay_outside(company: Company) -> None:
    company.client.v1.invoices.pay(newest_invoice(company, "elif", "open"), {"paid_out_of_band": True})


def _card_fails(company: Company) -> None:
    new_card(company, company.customers["dara"], "pm_card_chargeCustomerFail")


def _card_is_replaced(company: Company) -> None:
    new_card(company, company.customers["dara"], "pm_card_mastercard")
    for invoice in company.client.v1.invoices.list({"customer": company.customers["dara"], "status": "open"}).data:
        company.client.v1.invoices.pay(invoice.id)


def _upgrade_at_once(company: Company) -> None:
    _set_quantity(company, "bruno", 1, price="pro", behavior="always_invoice")


def _pause(company: Company) -> None:
    company.client.v1.subscriptions.update(company.subscriptions["iris"], {"pause_collection": {"behavior": "void"}})


def _go_on(company: Company) -> None:
    company.client.v1.subscriptions.update(company.subscriptions["iris"], {"pause_collection": ""})


def _leave_at_the_end(company: Company) -> None:
    company.client.v1.subscriptions.update(company.subscriptions["grace"], {"cancel_at_period_end": True})


def _leave_at_once(company: Company) -> None:
    company.client.v1.subscriptions.cancel(company.subscriptions["hugo"], {"prorate": True, "invoice_now": True})


def _discount_for_a_friend(company: Company) -> None:
    """On the customer herself: the mirror cannot take it, we must."""
    mia = customer(company, "mia")
    company.door.control("discounts", {"customer": mia, "coupon": "FRIEND"})
    _subscribe(company, "mia", ("basic", 2))


def _downgrade(company: Company) -> None:
    _set_quantity(company, "ada", 2)


def _paused_without_a_card(company: Company) -> None:
    """A trial that ends without a way to pay waits, and goes on when there is one."""
    customer(company, "nora", card="")
    _subscribe(
        company, "nora", ("basic", 1), trial_period_days=7,
        trial_settings={"end_behavior": {"missing_payment_method": "pause"}},
    )  # fmt: skip


def _resumed(company: Company) -> None:
    new_card(company, company.customers["nora"], "pm_card_visa")
    company.client.v1.subscriptions.resume(company.subscriptions["nora"], {"billing_cycle_anchor": "now"})


def _month_ends(company: Company) -> None:
    """A customer of the 31st, and one who changes by schedule at the end of a period."""
    customer(company, "olga", card="pm_card_jp")
    _subscribe(company, "olga", ("pro", 1), currency="jpy", billing_cycle_anchor_config={"day_of_month": 31})
    schedule = company.client.v1.subscription_schedules.create({"from_subscription": company.subscriptions["ada"]})
    current = schedule.phases[0]
    now: Params = {"items": [{"price": company.prices["seats"], "quantity": 2}]}
    later: Params = {"items": [{"price": company.prices["pro"], "quantity": 1}], "duration": {"interval": "month"}}
    phases: Params = {"phases": [{**now, "start_date": current.start_date, "end_date": current.end_date}, later]}
    company.client.v1.subscription_schedules.update(schedule.id, phases)


def _archive(company: Company) -> None:
    """A price in use is taken off the shelf; who has it keeps it."""
    company.client.v1.prices.update(company.prices["basic"], {"active": False})


_STORY: list[tuple[int, Callable[[Company], None]]] = [
    (0, _beginners),
    (0, _pay_kay),
    (20, _pay_outside),
    (31, _customers_of_february),
    (45, _upgrade_at_once),
    (60, _one_off),
    (64, _credit),
    (80, _pause),
    (95, _card_fails),
    (110, _card_is_replaced),
    (130, _discount_for_a_friend),
    (145, _go_on),
    (160, _leave_at_the_end),
    (175, _leave_at_once),
    (180, _paused_without_a_card),
    (200, _downgrade),
    (210, _resumed),
    (220, _month_ends),
    (240, _archive),
]


def month_and_day(moment: int) -> tuple[int, int]:
    """The day of the year, in UTC."""
    day = datetime.fromtimestamp(moment, UTC)
    return day.month, day.day
