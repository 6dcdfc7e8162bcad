"""What sections 4, 5 and 7 say of payouts."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tests.contract.calling import Json
from tests.sandbox.behaviours.banks import sepa_debit, settled, us_debit
from tests.sandbox.behaviours.money import booked
from tests.sandbox.behaviours.shop import A_DAY, A_MOMENT, Shop
from tests.sandbox.server import serve

Check = Callable[[Shop], object]
ON_THE_WAY_SECONDS, A_WEEK = 6, 7 * A_DAY
SATURDAY = 5


def funded(shop: Shop, amount: int = 1099) -> Json:
    """A payment whose money is available at once."""
    return shop.paid("pm_card_bypassPending", amount=amount)


def automatic(shop: Shop) -> Json:
    funded(shop)
    return shop.server.control("payouts", {})


def manual(shop: Shop, amount: int = 500) -> Json:
    funded(shop)
    return shop.post("/v1/payouts", amount=amount, currency="usd").ok


def fail(shop: Shop, payout: Json) -> None:
    shop.server.control("payouts", {"fail": payout["id"]})


def cancel(shop: Shop, payout: Json) -> int:
    return shop.post(f"/v1/payouts/{payout['id']}/cancel").status


def created(shop: Shop) -> None:
    assert shop.event_types(manual(shop)["id"]) == ["payout.created"]


def failed(shop: Shop) -> None:
    payout = automatic(shop)
    fail(shop, payout)
    assert "payout.failed" in shop.event_types(payout["id"])


def canceled(shop: Shop) -> None:
    payout = manual(shop)
    assert cancel(shop, payout) == 200
    assert "payout.canceled" in shop.event_types(payout["id"])


def updated(shop: Shop) -> None:
    payout = manual(shop)
    shop.post(f"/v1/payouts/{payout['id']}", metadata={"a": "1"})
    assert "payout.updated" in shop.event_types(payout["id"])


def reconciled(shop: Shop) -> None:
    payout = automatic(shop)
    shop.wait(ON_THE_WAY_SECONDS)
    assert "payout.reconciliation_completed" in shop.event_types(payout["id"])
    assert shop.get("/v1/balance_transactions", payout=payout["id"]).ok["data"]


def flow(shop: Shop) -> None:
    payout = automatic(shop)
    shop.wait(A_WEEK)
    types = shop.event_types(payout["id"])
    assert types[0] == "payout.created"
    assert {"payout.updated", "payout.paid", "payout.reconciliation_completed"} <= set(types)


def states(shop: Shop) -> None:
    payout = automatic(shop)
    seen = [payout["status"]]
    assert cancel(shop, payout) == 400
    for seconds in (ON_THE_WAY_SECONDS, A_WEEK):
        shop.wait(seconds)
        seen.append(shop.again(payout)["status"])
    fail(shop, payout)
    by_hand = manual(shop)
    assert cancel(shop, by_hand) == 200
    seen += [shop.again(payout)["status"], shop.again(by_hand)["status"]]
    assert seen == ["pending", "in_transit", "paid", "failed", "canceled"]
    sent = manual(shop)
    shop.wait(ON_THE_WAY_SECONDS)
    assert cancel(shop, sent) == 400


def insufficient(shop: Shop) -> None:
    refused = shop.post("/v1/payouts", amount=99_999_999, currency="usd")
    assert (refused.status, refused.error["code"]) == (400, "balance_insufficient")


def itemised(shop: Shop) -> None:
    payout, by_hand = automatic(shop), manual(shop)
    shop.wait(ON_THE_WAY_SECONDS)
    rows = shop.get("/v1/balance_transactions", payout=payout["id"], limit=100).ok["data"]
    assert payout["balance_transaction"] in {row["id"] for row in rows}
    assert {"charge", "payout"} <= {row["type"] for row in rows}
    assert shop.get("/v1/balance_transactions", payout=by_hand["id"]).status == 400


def not_ready(shop: Shop) -> None:
    payout = automatic(shop)
    early = shop.get("/v1/balance_transactions", payout=payout["id"])
    assert (early.status, early.error["code"]) == (400, "payout_reconciliation_not_ready")
    shop.wait(A_MOMENT)
    assert shop.again(payout)["reconciliation_status"] == "completed"
    assert shop.get("/v1/balance_transactions", payout=payout["id"]).status == 200


def example(shop: Shop) -> None:
    """Stripe's example leaves the fee of the charge out: 10000 less 2000 is 8000."""
    with serve() as server:
        empty = Shop(server)
        paid = funded(empty, 10_000)
        empty.post("/v1/refunds", payment_intent=paid["id"], amount=2000)
        payout = server.control("payouts", {})
        empty.wait(A_MOMENT)
        rows = empty.get("/v1/balance_transactions", payout=payout["id"]).ok["data"]
    amounts = {row["type"]: row["amount"] for row in rows}
    fees = sum(row["fee"] for row in rows)
    assert amounts == {"charge": 10_000, "refund": -2000, "payout": -payout["amount"]}
    assert payout["amount"] == 8000 - fees


def paid_then_failed(shop: Shop) -> None:
    payout = automatic(shop)
    shop.wait(A_WEEK)
    assert shop.again(payout)["status"] == "paid"
    fail(shop, payout)
    after = shop.again(payout)
    assert (after["status"], bool(after["failure_code"])) == ("failed", True)
    assert after["failure_balance_transaction"]


def negative(shop: Shop) -> None:
    paid = funded(shop)
    shop.server.control("payouts", {})
    shop.post("/v1/refunds", payment_intent=paid["id"])
    debit = shop.server.control("payouts", {})
    shop.wait(A_WEEK)
    drawn = shop.again(debit)
    assert (drawn["amount"], drawn["automatic"], drawn["status"]) == (-1099, True, "paid")
    rows = shop.get("/v1/balance_transactions", payout=drawn["id"]).ok["data"]
    assert {row["type"]: row["net"] for row in rows} == {"payout": 1099, "refund": -1099}


def least(shop: Shop) -> None:
    """One base unit: a dollar; and the smallest unit where there is no smaller one."""
    funded(shop)
    shop.paid("pm_card_bypassPending", amount=500, currency="jpy")
    below = shop.post("/v1/payouts", amount=99, currency="usd")
    assert (below.status, below.error["code"]) == (400, "amount_too_small")
    assert shop.post("/v1/payouts", amount=100, currency="usd").status == 200
    assert shop.post("/v1/payouts", amount=1, currency="jpy").status == 200


def days_until(row: Json, *, business: bool) -> int:
    """Days from the making of a line to its money, weekends left out where business days count."""
    first, last = (datetime.fromtimestamp(row[name], UTC).date() for name in ("created", "available_on"))
    days = (first + timedelta(days=number) for number in range(1, (last - first).days + 1))
    return sum(day.weekday() < SATURDAY or not business for day in days)


def settlement(shop: Shop) -> None:
    """What is only true of live accounts, the first payout a week or two after the first payment, is not here."""
    for country, cards_in_business_days in (("US", True), ("DE", False), ("GB", False)):
        with serve("--payouts", "daily", "--country", country) as server:
            other = Shop(server)
            for _ in range(4):
                paid = booked(other, other.paid()["latest_charge"])
                assert days_until(paid, business=cards_in_business_days) == 2
                other.wait(A_DAY)
            bacs = other.debit("pm_bacsDebit_success", "bacs_debit", "gbp")
            for days, debit in ((4, us_debit(other, "success")), (6, sepa_debit(other, "success_de")), (4, bacs)):
                row = booked(other, settled(other, debit)["latest_charge"])
                assert (row["status"], days_until(row, business=True)) == ("pending", days)


HOLDS: dict[str, Check] = {
    "4.event.payout.created": created,
    "4.event.payout.failed": failed,
    "4.event.payout.canceled": canceled,
    "4.event.payout.updated": updated,
    "4.event.payout.reconciliation_completed": reconciled,
    "4.flow.payout": flow,
    "5.payout.states": states,
    "5.payout.insufficient": insufficient,
    "7.recon.automatic": itemised,
    "7.recon.ready": not_ready,
    "7.recon.example": example,
    "7.payout.paid_then_failed": paid_then_failed,
    "7.payout.negative": negative,
    "7.payout.min": least,
    "7.payout.settlement": settlement,
}
