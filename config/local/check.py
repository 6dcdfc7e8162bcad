"""The main job, driven through HTTP: a payment is asked for, made, heard of by webhook, and refunded in part."""

import time
from collections.abc import Callable

from config.local import doors, places
from config.local.doors import Door, Json
from config.local.stage import Stage

AMOUNT, REFUND = 2599, 1000


def run(scene: Stage) -> bool:
    """Whether every step did what it should; each is printed with its outcome."""
    try:
        drive(scene)
    except places.Unusable as reason:
        print(f"  FAILED  {reason}")
        return False
    return True


def drive(scene: Stage) -> None:
    shop = doors.storefront(scene)
    customer = told("a customer", lambda: shop.post("/api/v1/customers", {"email": "check@example.com"}))
    payment = told("a payment that succeeds", lambda: pay(shop, customer))
    told("a refund of a part", lambda: refund(shop, payment))
    told("its events, handled", lambda: settled(scene))


def told(what: str, do: Callable[[], Json]) -> Json:
    began = time.monotonic()
    done = do()
    print(f"  ok      {what} ({time.monotonic() - began:.1f} s)", flush=True)
    return done


def pay(shop: Door, customer: Json) -> Json:
    wanted = {"customer": customer["id"], "amount": AMOUNT, "currency": "eur", "payment_method": "pm_card_visa"}
    payment = shop.post("/api/v1/payments", wanted | {"confirm": True})
    look = f"/api/v1/payments/{payment['id']}"
    return doors.until("the payment", lambda: shop.get(look), lambda seen: seen["amount_received"] == AMOUNT)


def refund(shop: Door, payment: Json) -> Json:
    look = f"/api/v1/payments/{payment['id']}"
    shop.post(f"{look}/refunds", {"amount": REFUND})
    return doors.until("the refund", lambda: shop.get(look), lambda seen: seen["amount_refunded"] == REFUND)


def settled(scene: Stage) -> Json:
    shop = doors.storefront(scene)
    return doors.until("the inbox", lambda: shop.get("/api/webhooks/health"), bool)
