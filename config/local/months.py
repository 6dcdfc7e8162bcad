"""Three months of subscriptions, invoices and daily payouts, until today: our API is asked, and Stripe's clock moves.

After each step of the clock everything that Stripe told is handled before the next: renewals go as they would.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from config.local import bookkeeping, doors, oddities
from config.local.doors import Door, Json
from config.local.people import ADA, BRUNO, CHIYO, DARA, ELIF, FELIX, GRACE, HUGO, Person
from config.local.stage import Stage

DAY = 24 * 3600
STEP_DAYS = 6
FOLLOWED_SECONDS = 1.1  # our processes ask for the local Stripe's time once a second
CARDS = {
    ADA: "pm_card_visa",
    BRUNO: "pm_card_mastercard",
    CHIYO: "pm_card_jp",
    DARA: "pm_card_visa",
    GRACE: "pm_card_us",
    HUGO: "pm_card_visa",
}
WORKSHOP = [
    {"description": "Workshop “Paper and ink”", "amount": 45000},
    {"description": "Travel", "amount": 12345, "discountable": False},
]


@dataclass
class Months:
    """The shop, its customers' ids and what they have; `days_left` until today."""

    scene: Stage
    shop: Door
    stripe: Door
    ids: dict[str, str]
    prices: dict[str, str]
    days_left: int
    subscriptions: dict[Person, str] = field(default_factory=dict)

    def ask(self, path: str, body: Json | None = None, *, key: str = "") -> Json:
        return self.shop.post(f"/api/v1/{path}", body, key=f"months {key or path}")

    def subscribe(self, who: Person, price: str, quantity: int = 1, **more: object) -> None:
        item = {"price": self.prices[price], "quantity": quantity}
        wanted = {"customer": self.ids[who.email], "items": [item], **more}
        self.subscriptions[who] = str(self.ask("subscriptions", wanted, key=f"{who.email} {price}")["id"])

    def of(self, who: Person) -> str:
        return f"subscriptions/{self.subscriptions[who]}"

    def pass_until(self, days_left: int) -> None:
        while self.days_left > days_left:
            days = min(STEP_DAYS, self.days_left - days_left)
            self.stripe.post("/_sandbox/clock", {"advance_seconds": days * DAY})
            self.days_left -= days
            time.sleep(FOLLOWED_SECONDS)
            settle(self.shop, self.stripe)


def play(scene: Stage, ids: dict[str, str]) -> None:
    """From the day on which the demo's Stripe began until the present."""
    shop, stripe = doors.storefront(scene), doors.outside_world(scene)
    settle(shop, stripe)
    offset = int(stripe.get("/_sandbox/clock")["offset_seconds"])
    listed = shop.get("/api/v1/prices?limit=100")["data"]
    prices = {str(price["lookup_key"]): str(price["id"]) for price in listed}
    months = Months(scene, shop, stripe, ids, prices, days_left=-offset // DAY)
    for days_left, step in STORY:
        months.pass_until(days_left)
        bookkeeping.run(scene)
        step(months)
    settle(shop, stripe)


def settle(shop: Door, stripe: Door) -> None:
    """Wait until every event was delivered and handled."""
    stripe.post("/_sandbox/deliveries", {"drain": True})
    doors.until(
        "events that wait",
        lambda: shop.get("/api/webhooks/health"),
        lambda seen: not seen["waiting"],
        seconds=60,
    )


def _begin(months: Months) -> None:
    """Seats, three currencies, a first month for less, one billed by invoice."""
    for who, card in CARDS.items():
        _card(months, who, card)
    months.subscribe(ADA, "studio_pro", confirm=True)
    months.subscribe(BRUNO, "seats", 3, confirm=True)
    months.subscribe(CHIYO, "studio_basic", currency="jpy", confirm=True)
    months.subscribe(DARA, "studio_basic", confirm=True)
    months.subscribe(ELIF, "supply_monthly", collection_method="send_invoice", days_until_due=14)
    months.subscribe(GRACE, "studio_pro", currency="usd", confirm=True)


def _card(months: Months, who: Person, card: str) -> str:
    attach = {"customer": months.ids[who.email]}
    method = months.ask(f"payment-methods/{card}/attach", attach, key=f"card {who.email} {card}")
    months.ask(f"payment-methods/{method['id']}/set-default", key=f"default {who.email} {card}")
    return str(method["id"])


def _more_seats(months: Months) -> None:
    """An upgrade in the middle of the month, at its quoted price."""
    quote = months.ask(f"{months.of(BRUNO)}/preview", {"quantity": 8})
    months.ask(f"{months.of(BRUNO)}/change", {"quote": quote["quote"]})


def _one_off(months: Months) -> None:
    """Invoices by hand: paid and partly credited, void, overdue."""
    felix = {"customer": months.ids[FELIX.email], "currency": "eur", "lines": WORKSHOP, "days_until_due": 14}
    _card(months, FELIX, "pm_card_visa")
    made = [months.ask("invoices", felix, key=f"workshop {number}")["id"] for number in range(3)]
    for invoice in made:
        months.ask(f"invoices/{invoice}/finalize")
    paid, void, _overdue = made
    months.ask(f"invoices/{paid}/pay")
    months.ask(f"invoices/{void}/void", {"reason": "Written twice"})
    credit = {"amount": 12345, "reason": "order_change", "memo": "The travel was paid by you"}
    months.ask(f"invoices/{paid}/credit-notes", credit)


def _pay_the_supply(months: Months) -> None:
    """Elif's bank transfer for the first month."""
    path = f"/api/v1/invoices?customer={months.ids[ELIF.email]}&status=open"
    oldest = months.shop.get(path)["data"][-1]
    months.ask(f"invoices/{oldest['id']}/pay", {"paid_outside": True, "reason": "Bank transfer"})


def _leave(months: Months) -> None:
    """One goes at once and gets the rest back; another one stays to the end of the month."""
    months.ask(f"{months.of(GRACE)}/cancel", {"when": "now", "rest": "refund", "comment": "Moves abroad"})


def _card_breaks(months: Months) -> None:
    method = _card(months, DARA, "pm_card_chargeCustomerFail")
    months.ask(f"{months.of(DARA)}/set-payment-method", {"payment_method": method})


def _pause(months: Months) -> None:
    months.ask(f"{months.of(ADA)}/pause", {"behavior": "mark_uncollectible"})


def _wedding(months: Months) -> None:
    """A sale of which Stripe's books will know nothing."""
    wanted: Json = {
        "customer": months.ids[FELIX.email],
        "amount": 21500,
        "currency": "eur",
        "description": "Wedding cards",
        "payment_method": "pm_card_visa",
        "confirm": True,
    }
    payment = months.ask("payments", wanted, key="wedding")
    settle(months.shop, months.stripe)
    oddities.lose_a_line(months.scene, payment)


def _today(months: Months) -> None:
    """A trial, a start that waits for its card, a draft, a leave at the end of the month."""
    months.subscribe(HUGO, "studio_pro", trial_days=14)
    months.subscribe(FELIX, "studio_basic")
    months.ask(f"{months.of(CHIYO)}/cancel", {"when": "period_end", "feedback": "unused"})
    draft = {"customer": months.ids[BRUNO.email], "currency": "eur", "lines": WORKSHOP, "days_until_due": 30}
    months.ask("invoices", draft, key="draft")


STORY: list[tuple[int, Callable[[Months], None]]] = [
    (96, _begin),
    (80, _more_seats),
    (70, _one_off),
    (60, _pay_the_supply),
    (45, _leave),
    (20, _card_breaks),
    (18, _pause),
    (2, _wedding),
    (0, _today),
]
