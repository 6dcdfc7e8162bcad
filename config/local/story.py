"""What happened before you came to a paper shop, all through HTTP doors: subscriptions, invoices and payments in every
state, to look at.
"""

from dataclasses import dataclass

from config.local import bookkeeping, doors, months, oddities
from config.local.doors import Door, Json
from config.local.people import ADA, BRUNO, CHIYO, DARA, ELIF, FELIX, GRACE, HUGO, PEOPLE, Person
from config.local.stage import Stage


@dataclass(frozen=True)
class Sale:
    """A payment that was tried at once; `refund`: minor units given back later."""

    who: Person
    what: str
    amount: int
    currency: str = "eur"
    card: str = "pm_card_visa"
    refund: int = 0
    manual: bool = False
    capture: int = 0
    cancel: bool = False


SALES = [
    Sale(ADA, "Two notebooks, dotted", 2490, "gbp"),
    Sale(ADA, "Fountain pen", 18900, "gbp", refund=18900),
    Sale(BRUNO, "Letterpress cards", 6400, "chf", "pm_card_mastercard"),
    Sale(BRUNO, "Washi tape, set of 12", 3150, "chf", "pm_card_visa_debit", refund=1050),
    Sale(CHIYO, "Calligraphy workshop", 12000, "jpy", "pm_card_jp"),
    Sale(CHIYO, "Ink, indigo", 2800, "jpy", "pm_card_visa_chargeDeclinedInsufficientFunds"),
    Sale(DARA, "Desk lamp", 25900, "pln", "pm_card_visa_chargeDeclinedExpiredCard"),
    Sale(DARA, "Desk lamp", 25900, "pln", "pm_card_amex"),
    Sale(ELIF, "Office supply, October", 149900, manual=True),
    Sale(ELIF, "Office supply, September", 132000, manual=True, capture=118000),
    Sale(ELIF, "Office supply, test order", 9900, manual=True, cancel=True),
    Sale(FELIX, "Poster, limited print", 8500, card="pm_card_authenticationRequired"),
    Sale(FELIX, "Poster frame", 4200, card="pm_card_pendingRefund", refund=4200),
    Sale(GRACE, "Stationery box", 7250, "usd"),
    Sale(GRACE, "Gift card", 5000, "usd", "pm_card_visa_chargeDeclinedFraudulent"),
    Sale(GRACE, "Planner 2027", 3900, "usd", "pm_card_refundFail", refund=3900),
    Sale(HUGO, "Sketchbook", 2150, card="pm_card_createDispute"),
    Sale(HUGO, "Pencils, graphite", 1390),
]


def play(scene: Stage) -> None:
    """The story, from an empty database. After an interruption it goes on: each wish has its own key."""
    shop, outside = doors.storefront(scene), doors.outside_world(scene)
    ids = {person.email: _register(shop, person) for person in PEOPLE}
    bookkeeping.set_up(scene)
    months.play(scene, ids)
    sold = {sale.what: _sell(shop, ids[sale.who.email], sale, f"story sale {n}") for n, sale in enumerate(SALES)}
    _send_links(shop, ids)
    months.settle(shop, outside)
    bookkeeping.recognize()
    oddities.plant(scene, sold)
    _, said = bookkeeping.reconcile()
    bookkeeping.advise(scene, bookkeeping.findings(said))


def _register(shop: Door, person: Person) -> str:
    wanted = {
        "name": person.name,
        "email": person.email,
        "preferred_locale": person.locale,
        "address": {"city": person.city, "country": person.country},
    }
    return str(shop.post("/api/v1/customers", wanted, key=f"story customer {person.email}")["id"])


def _sell(shop: Door, customer: str, sale: Sale, key: str) -> Json:
    wanted: Json = {
        "customer": customer,
        "amount": sale.amount,
        "currency": sale.currency,
        "description": sale.what,
        "metadata": {"order": key.replace("story sale ", "2026-10")},
        "payment_method": sale.card,
        "confirm": True,
    }
    if sale.manual:
        wanted["capture_method"] = "manual"
    payment = shop.post("/api/v1/payments", wanted, key=key)
    path = f"/api/v1/payments/{payment['id']}"
    if sale.capture:
        shop.post(f"{path}/capture", {"amount": sale.capture}, key=f"{key} capture")
    if sale.cancel:
        shop.post(f"{path}/cancel", {"reason": "requested_by_customer"}, key=f"{key} cancel")
    if sale.refund:
        refund = {"amount": sale.refund, "reason": "requested_by_customer"}
        shop.post(f"{path}/refunds", refund, key=f"{key} refund")
    return payment


def _send_links(shop: Door, ids: dict[str, str]) -> None:
    """Payments that wait for their payer, to be opened and paid by whoever looks at the demo."""
    lines = [
        {"description": "Notebook, dotted", "quantity": 2, "amount": 2980},
        {"description": "Fountain pen, fine", "quantity": 1, "amount": 4500},
        {"description": "Delivery", "quantity": 1, "amount": 490},
    ]
    for person, currency in ((HUGO, "eur"), (GRACE, "usd"), (ELIF, "eur")):
        shop.post(
            "/api/v1/payments",
            {
                "customer": ids[person.email],
                "amount": sum(int(str(line["amount"])) for line in lines),
                "currency": currency,
                "description": "Order 2026-118",
                "pay_link": {"title": "Your order at Ada Papers", "lines": lines},
            },
            key=f"story link {person.email} {currency}",
        )
