"""Sections 6 and 7: amounts, currencies and balance transactions."""

from collections.abc import Callable

from tests.contract.calling import Json
from tests.sandbox.behaviours.banks import settled, us_debit
from tests.sandbox.behaviours.refunds import refund
from tests.sandbox.behaviours.shop import A_DAY, A_MOMENT, Shop

Check = Callable[[Shop], object]

MINIMUM = {
    "usd": 50, "aed": 200, "ars": 50, "aud": 50, "brl": 50, "cad": 50, "chf": 50, "cop": 50, "czk": 1500,
    "dkk": 250, "eur": 50, "gbp": 30, "hkd": 400, "huf": 17500, "idr": 50, "ils": 50, "inr": 50, "jpy": 50,
    "krw": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50, "php": 50, "pln": 200, "ron": 200, "rub": 50,
    "sek": 300, "sgd": 50, "thb": 1000, "zar": 50,
}  # fmt: skip


def minimum(shop: Shop) -> None:
    """The minimum is that of the settlement currency; ours is dollars."""
    for currency, least in MINIMUM.items():
        assert shop.intent(amount=least, currency=currency).status == 200
    below = shop.intent(amount=49)
    assert (below.status, below.error["code"]) == (400, "amount_too_small")


def largest(shop: Shop) -> None:
    assert shop.intent(amount=99_999_999).status == 200


def isk(shop: Shop) -> None:
    whole_units_only(shop, "isk")


def whole_units_only(shop: Shop, currency: str) -> None:
    assert shop.intent(amount=50_000, currency=currency).ok["amount"] == 50_000
    assert shop.intent(amount=50_050, currency=currency).status == 400


def ugx(shop: Shop) -> None:
    whole_units_only(shop, "ugx")


def huf_and_twd(shop: Shop) -> None:
    for currency in ("huf", "twd"):
        assert shop.pay("pm_card_visa", amount=1_000_045, currency=currency).ok["status"] == "succeeded"


def three_decimals(shop: Shop) -> None:
    for currency in ("bhd", "jod", "kwd", "omr", "tnd"):
        assert shop.intent(amount=5120, currency=currency).ok["amount"] == 5120
        assert shop.intent(amount=5124, currency=currency).status == 400


def booked(shop: Shop, source: str) -> Json:
    return dict(shop.get("/v1/balance_transactions", source=source).ok["data"][0])


def signs(shop: Shop) -> None:
    intent = shop.paid()
    made = refund(shop, intent, amount=99).ok
    charge, back = booked(shop, intent["latest_charge"]), booked(shop, made["id"])
    assert (charge["amount"], back["amount"]) == (1099, -99)
    assert charge["fee"] > 0
    for row in (charge, back):
        assert row["net"] == row["amount"] - row["fee"]
        assert row["status"] in {"pending", "available"}
        assert row["available_on"] >= row["created"] - A_DAY


def types(shop: Shop) -> None:
    intent = shop.paid()
    debit = settled(shop, us_debit(shop, "success"))
    kinds = [booked(shop, thing["latest_charge"])["type"] for thing in (intent, debit)]
    assert kinds == ["charge", "payment"]


def refund_keeps_fee(shop: Shop) -> None:
    intent = shop.paid()
    row = booked(shop, refund(shop, intent).ok["id"])
    assert (row["type"], row["amount"], row["fee"]) == ("refund", -1099, 0)
    debit = settled(shop, us_debit(shop, "success"))
    assert booked(shop, refund(shop, debit).ok["id"])["type"] == "payment_refund"


def categories(shop: Shop) -> None:
    intent, debit = shop.paid(), settled(shop, us_debit(shop, "success"))
    for thing in (intent, debit):
        assert booked(shop, thing["latest_charge"])["reporting_category"] == "charge"
        assert booked(shop, refund(shop, thing).ok["id"])["reporting_category"] == "refund"


def stripe_fee(shop: Shop) -> None:
    """Software and services are lines of their own, and so is the tax on them; older ones are adjustments."""
    wanted = [("stripe_fee", None, "fee"), ("tax_fee", None, "tax"), ("adjustment", "fee", "fee")]
    for type_, given, category in wanted:
        line = {"type": type_, "amount": -700, "currency": "usd", "description": "Radar"}
        made = shop.server.control("balance_transactions", line | ({"reporting_category": given} if given else {}))
        row = shop.get(f"/v1/balance_transactions/{made['id']}").ok
        assert (row["type"], row["reporting_category"], row["net"], row["fee"]) == (type_, category, -700, 0)


def sources(shop: Shop) -> None:
    intent = shop.paid()
    row = booked(shop, intent["latest_charge"])
    assert row["source"] == intent["latest_charge"]
    expanded = shop.get(f"/v1/balance_transactions/{row['id']}", expand=["source"]).ok["source"]
    assert (expanded["object"], expanded["id"]) == ("charge", intent["latest_charge"])


def fee_rounds_half_up(shop: Shop) -> None:
    """2.9 % of 5.00 is 14.5 cents, of 6.00 it is 17.4; thirty cents come on top."""
    fees = [booked(shop, shop.paid(amount=amount)["latest_charge"])["fee"] for amount in (500, 600)]
    assert fees == [15 + 30, 17 + 30]


def charge_row_comes_later(shop: Shop) -> None:
    intent = shop.pay("pm_card_visa", expand=["latest_charge"]).ok
    assert intent["latest_charge"]["balance_transaction"] is None
    shop.wait(A_MOMENT)
    later = shop.get(f"/v1/charges/{intent['latest_charge']['id']}", expand=["balance_transaction"]).ok
    assert later["balance_transaction"]["amount"] == later["amount_captured"] == 1099


def refund_row(shop: Shop) -> None:
    intent = shop.paid(description="two books")
    row = booked(shop, refund(shop, intent, amount=99).ok["id"])
    wanted = {
        "type": "refund", "reporting_category": "refund", "amount": -99, "fee": 0, "fee_details": [],
        "description": "REFUND FOR CHARGE (two books)", "status": "pending",
    }  # fmt: skip
    assert {name: row[name] for name in wanted} == wanted


def balance_shape(shop: Shop) -> None:
    shop.paid()
    balance = shop.get("/v1/balance").ok
    assert any("card" in entry["source_types"] for entry in balance["pending"])
    for kind in ("available", "pending"):
        for entry in balance[kind]:
            assert set(entry) == {"amount", "currency", "source_types"}
            assert set(entry["source_types"]) <= {"card", "bank_account"}
    assert "refund_and_dispute_prefunding" in balance
    assert not {"instant_available", "connect_reserved", "issuing"} & set(balance)


def available_at_midnight(shop: Shop) -> None:
    row = booked(shop, shop.paid()["latest_charge"])
    assert row["status"] == "pending"
    assert row["available_on"] % A_DAY == 0


HOLDS: dict[str, Check] = {
    "6.min.amounts": minimum,
    "6.cur.isk": isk,
    "6.cur.ugx": ugx,
    "6.cur.huf_twd": huf_and_twd,
    "6.round.fee": fee_rounds_half_up,
    "6.three_decimal": three_decimals,
    "7.bt.signs": signs,
    "7.bt.types": types,
    "7.bt.refund": refund_keeps_fee,
    "7.bt.categories": categories,
    "7.bt.stripe_fee": stripe_fee,
    "7.bt.source": sources,
    "7.live.bt.charge": charge_row_comes_later,
    "7.live.bt.refund": refund_row,
    "7.live.balance_shape": balance_shape,
    "7.live.available_on": available_at_midnight,
}
