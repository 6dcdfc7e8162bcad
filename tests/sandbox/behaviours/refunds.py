"""Section 5: refunds."""

from collections.abc import Callable

from tests.contract.calling import Json, Reply
from tests.sandbox.behaviours.banks import settled, us_debit
from tests.sandbox.behaviours.payments import cancel
from tests.sandbox.behaviours.shop import A_MOMENT, Shop
from tests.sandbox.behaviours.webhooks import held

Check = Callable[[Shop], object]


def refund(shop: Shop, intent: Json, **params: object) -> Reply:
    return shop.post("/v1/refunds", payment_intent=intent["id"], **params)


def refund_states(shop: Shop) -> None:
    done = refund(shop, shop.paid()).ok
    late = refund(shop, shop.paid("pm_card_pendingRefund")).ok
    lost = refund(shop, shop.paid("pm_card_refundFail")).ok
    assert [row["status"] for row in (done, late, lost)] == ["succeeded", "pending", "succeeded"]
    shop.wait(A_MOMENT)
    assert [shop.again(row)["status"] for row in (done, late, lost)] == ["succeeded", "succeeded", "failed"]
    for row in (done, lost):
        assert shop.post(f"/v1/refunds/{row['id']}/cancel").status == 400


def refund_too_much(shop: Shop) -> None:
    intent = shop.paid()
    refund(shop, intent, amount=99)
    over = refund(shop, intent, amount=1099)
    assert (over.status, over.error["type"], over.error["param"]) == (400, "invalid_request_error", "amount")
    assert over.error["message"] == ("Refund amount ($10.99) is greater than unrefunded amount on charge ($10.00)")
    assert "code" not in over.error


def refund_uncaptured(shop: Shop) -> None:
    intent = held(shop)
    assert refund(shop, intent).status == 400
    assert cancel(shop, intent).ok["status"] == "canceled"


def refund_without_balance(shop: Shop) -> None:
    """A card refund waits for balance, another method's fails; with balance both go through."""
    intent = settled(shop, us_debit(shop, "success"))
    assert refund(shop, intent).ok["status"] in {"pending", "succeeded"}
    assert refund(shop, shop.paid()).ok["status"] == "succeeded"


def not_refundable(shop: Shop) -> None:
    error = shop.pay("pm_card_chargeDeclined").error
    refused = shop.post("/v1/refunds", charge=error["charge"])
    assert refused.status == 400


def refund_refusals(shop: Shop) -> None:
    refund_too_much(shop)
    intent = shop.paid()
    full = refund(shop, intent).ok
    again = refund(shop, intent)
    charge = intent["latest_charge"]
    assert (again.status, again.error["code"]) == (400, "charge_already_refunded")
    assert again.error["message"] == f"Charge {charge} has already been refunded."
    disputed = refund(shop, shop.paid("pm_card_createDispute"))
    assert (disputed.status, disputed.error["code"]) == (400, "charge_disputed")
    neither = shop.post("/v1/refunds")
    assert neither.error["message"] == (
        "One of the following params should be provided for this request: payment_intent or charge."
    )
    assert refund(shop, shop.paid(), reason="expired_uncaptured_charge").status == 400
    canceled = shop.post(f"/v1/refunds/{full['id']}/cancel")
    assert canceled.error["message"] == "Canceling this refund is unsupported."
    uncaptured = refund(shop, held(shop))
    assert uncaptured.error["message"].startswith("This uncaptured Charge was created by a PaymentIntent")
    assert "code" not in uncaptured.error


def card_refund(shop: Shop) -> None:
    intent = shop.paid()
    partly = refund(shop, intent, amount=100).ok
    assert partly["status"] == "succeeded"
    assert partly["balance_transaction"]
    card = partly["destination_details"]["card"]
    assert (card["reference_status"], card["reference_type"]) == ("pending", "acquirer_reference_number")
    assert card["type"] == "refund"
    charge = shop.charge(intent)
    assert (charge["amount_refunded"], charge["refunded"]) == (100, False)
    refund(shop, intent)
    assert shop.charge(intent)["refunded"] is True


def refund_reference(shop: Shop) -> None:
    made = refund(shop, shop.paid()).ok
    shop.wait(A_MOMENT)
    card = shop.again(made)["destination_details"]["card"]
    assert card["reference_status"] == "available"
    assert len(card["reference"]) == 16
    assert card["reference"].isdecimal()


def refunds_are_absent(shop: Shop) -> None:
    intent = shop.paid()
    refund(shop, intent, amount=100)
    path = f"/v1/charges/{intent['latest_charge']}"
    assert "refunds" not in shop.get(path).ok
    assert len(shop.get(path, expand=["refunds"]).ok["refunds"]["data"]) == 1


HOLDS: dict[str, Check] = {
    "5.refund.states": refund_states,
    "5.refund.over_message": refund_too_much,
    "5.refund.uncaptured": refund_uncaptured,
    "5.refund.low_balance": refund_without_balance,
    "5.refund.not_refundable": not_refundable,
    "5.live.refund.refusals": refund_refusals,
    "5.live.refund.card": card_refund,
    "5.live.charge.refunds": refunds_are_absent,
    "7.live.refund_reference": refund_reference,
}
