"""What does not agree in the demo, for a person to work on: done to the local Stripe behind our back.

Each is filed by the next reconciliation under one type; `ADVICE` says what to do about it, and why.
"""

import json
from collections.abc import Mapping
from typing import Any

from config.local import doors
from config.local.browser import Browser
from config.local.doors import Door, Json
from config.local.stage import Stage

DAY_SECONDS = 24 * 3600
FORGOTTEN_DAYS = 32
# By the name of its type in the console.
ADVICE = {
    "missing here": "Sold in Stripe's Dashboard while our server was not up yet. Fetch it again: then it is ours too.",
    "orphan refund": "A part of that early sale went back. It comes with its payment: fetch it again.",
    "missing at Stripe": "Paid, and Stripe lists no line for it. Ask Stripe's support; if the money does not come, "
    "accept it with their answer as the reason: it is written off.",
    "duplicate": "Stripe lists this charge twice. Support knows; accept it until they take it back.",
    "fee against the tariff": "The fee is above our tariff: a premium card from abroad. Accept it, or agree on a new "
    "tariff under Tariffs.",
    "exchange difference": "Stripe's rate and its converted amount do not fit together. Accept it with the "
    "rounding of that day as the reason: Stripe's amount stands in the books already.",
    "unknown line type": "A top-up from our own bank account, which no rule knows. Book it to the bank.",
}


def sell_before_we_came(scene: Stage) -> None:
    """A sale and a refund in the Dashboard of which no event arrives, so long ago that Stripe lists none any more."""
    sale = {
        "amount": "12400",
        "currency": "eur",
        "description": "Calendar, test print",
        "payment_method": "pm_card_visa",
        "confirm": "true",
        "automatic_payment_methods[enabled]": "true",
        "automatic_payment_methods[allow_redirects]": "never",
    }
    stripe, outside = _dashboard(scene), doors.outside_world(scene)
    outside.post("/_sandbox/deliveries", {"drop": 1.0})
    intent = json.loads(stripe.open("/v1/payment_intents", sale).text)["id"]
    stripe.open("/v1/refunds", {"payment_intent": intent, "amount": "2400"})
    outside.post("/_sandbox/clock", {"advance_seconds": FORGOTTEN_DAYS * DAY_SECONDS})
    outside.post("/_sandbox/deliveries", {"drop": 0.0})


def lose_a_line(scene: Stage, payment: Json) -> None:
    """Stripe forgets what it took for a sale of two days ago."""
    line = _line_of(scene, payment)
    doors.outside_world(scene).post("/_sandbox/balance_transactions", {"id": line["id"], "delete": True})


def plant(scene: Stage, sales: Mapping[str, Json]) -> None:
    """Today's: of payments by what was sold."""
    outside = doors.outside_world(scene)
    twice, dear = _line_of(scene, sales["Two notebooks, dotted"]), _line_of(scene, sales["Pencils, graphite"])
    converted = _line_of(scene, sales["Letterpress cards"])
    _spoil(outside, twice, duplicate=True)
    _spoil(outside, dear, set={"fee": dear["fee"] + 150})
    _spoil(outside, converted, set={"exchange_rate": round(converted["exchange_rate"] + 0.0125, 4)})
    top_up = {"type": "topup", "amount": 50000, "currency": "eur", "description": "Top-up from Sparkasse"}
    outside.post("/_sandbox/balance_transactions", top_up)


def _spoil(outside: Door, line: Json, **what: Any) -> None:
    outside.post("/_sandbox/balance_transactions", {"id": line["id"], **what})


def _line_of(scene: Stage, payment: Json) -> Json:
    """The line of the payment's charge, a moment after the payment."""
    stripe = _dashboard(scene)
    intent = json.loads(stripe.open(f"/v1/payment_intents/{payment['stripe_id']}").text)
    lines = f"/v1/balance_transactions?source={intent['latest_charge']}"
    found = doors.until("a line", lambda: dict(json.loads(stripe.open(lines).text)), lambda seen: bool(seen["data"]))
    return dict(found["data"][0])


def _dashboard(scene: Stage) -> Browser:
    return Browser(scene.sandbox_url, {"Authorization": f"Bearer {scene.stripe_secret_key}"})
