"""What happened before you came: customers who paid, were declined, got money back. All through HTTP doors."""

from config.local import doors
from config.local.stage import Stage

CUSTOMERS = [
    ("Ada Okafor", "ada@example.com", "pm_card_visa", 4900),
    ("Bruno Keller", "bruno@example.com", "pm_card_mastercard", 12900),
    ("Chiyo Tanaka", "chiyo@example.com", "pm_card_visa_chargeDeclined", 4900),
]


def play(scene: Stage) -> None:
    """The story, from an empty database."""
    shop = doors.storefront(scene)
    for name, email, card, amount in CUSTOMERS:
        customer = shop.post("/api/v1/customers", {"name": name, "email": email}, key=f"story customer {email}")
        payment = {"customer": customer["id"], "amount": amount, "currency": "eur", "payment_method": card}
        shop.post("/api/v1/payments", payment | {"confirm": True}, key=f"story payment {email}")
