"""What the paper shop sells by subscription: made at the local Stripe, where a company has it before it begins here."""

import json
from collections.abc import Mapping

from config.local.browser import Browser
from config.local.stage import Stage

STUDIO = {"eur": 2900, "usd": 3100, "jpy": 4800}
PRO = {"eur": 7900, "usd": 8500, "jpy": 12800}


def make(scene: Stage) -> None:
    """Products, prices in three currencies, seats by the tier, a retainer, a coupon with its code."""
    stripe = Browser(scene.sandbox_url, {"Authorization": f"Bearer {scene.stripe_secret_key}"})
    studio = _made(stripe, "products", {"name": "Studio", "description": "Design cards and print them at home"})
    seats = _made(stripe, "products", {"name": "Studio for teams", "unit_label": "seat"})
    supply = _made(stripe, "products", {"name": "Office supply", "description": "Paper and ink, delivered monthly"})
    _price(stripe, studio, "studio_basic", STUDIO)
    _price(stripe, studio, "studio_pro", PRO)
    _price(stripe, supply, "supply_monthly", {"eur": 150000})
    tiers = {"tiers[0][up_to]": "5", "tiers[0][unit_amount]": "1500", "tiers[1][up_to]": "inf"}
    graduated = {"billing_scheme": "tiered", "tiers_mode": "graduated", "tiers[1][unit_amount]": "1200"}
    monthly = {"recurring[interval]": "month", "lookup_key": "seats", "nickname": "Seats"}
    _made(stripe, "prices", {"product": seats, "currency": "eur", **monthly, **graduated, **tiers})
    _made(stripe, "coupons", {"id": "WELCOME", "name": "Welcome", "percent_off": "20", "duration": "once"})
    code = {"promotion[type]": "coupon", "promotion[coupon]": "WELCOME", "code": "WELCOME20"}
    _made(stripe, "promotion_codes", code)


def _price(stripe: Browser, product: str, key: str, amounts: Mapping[str, int]) -> None:
    """A monthly price; euros first, the other currencies beside."""
    others = {
        f"currency_options[{currency}][unit_amount]": str(amount)
        for currency, amount in amounts.items()
        if currency != "eur"
    }
    name = key.split("_")[1].capitalize()
    _made(
        stripe,
        "prices",
        {
            "product": product,
            "currency": "eur",
            "unit_amount": str(amounts["eur"]),
            "recurring[interval]": "month",
            "lookup_key": key,
            "nickname": name,
            **others,
        },
    )


def _made(stripe: Browser, kind: str, fields: dict[str, str]) -> str:
    return str(json.loads(stripe.open(f"/v1/{kind}", fields).text)["id"])
