"""The part of the control door that moves money: payouts, disputes, refunds, balance transactions."""

from . import disputing, money, paying_out, payout_schedule, planting, refunding, settling
from .door import Work
from .json_types import Json
from .world import World

_FAILURES = ("pending", "succeeded")


def _named(world: World, kind: str, id_: object) -> Json:
    row = world.store.find(kind, str(id_))
    if row is None:
        raise ValueError(f"no such {kind.replace('_', ' ')}: {id_}")
    return row


def payouts(world: World, body: Json) -> Json:
    """Pay out (``currency``, ``amount``, ``method``, ``automatic``), or let one fail (``fail``, ``code``)."""
    if "fail" in body:
        row = _named(world, "payout", body["fail"])
        if paying_out.ended(row):
            raise ValueError(f"{row['id']} is {row['status']}")
        return paying_out.fail(world, row, str(body.get("code", "could_not_process")))
    code = money.currency(str(body.get("currency", world.config.currency)))
    method = str(body.get("method", "standard"))
    if body.get("automatic", method == "standard"):
        return _automatic(world, code, body.get("amount"))
    most = paying_out.most(world, code, method)
    amount = int(body.get("amount", most))
    if not paying_out.minimum(code) <= amount <= most:
        raise ValueError(f"no such amount to pay out in {code}")
    return paying_out.by_hand(world, amount, code, {"method": method})


def _automatic(world: World, code: str, amount: int | None) -> Json:
    due = paying_out.due(world, code)
    if amount is not None and not 0 < amount <= due:
        raise ValueError(f"no such amount to pay out in {code}")
    made = paying_out.automatic(world, code, keep=0 if amount is None else due - amount)
    if made is None:
        raise ValueError(f"nothing to pay out in {code}")
    return made


def disputes(world: World, body: Json) -> Json:
    """The bank disputes a charge (``charge``, ``reason``, ``amount``, ``inquiry``), or decides (``close``, ``status``).

    An inquiry takes no money yet. ``fee_refunded`` gives the fee back with a dispute that is won.
    """
    if "close" in body:
        row = _named(world, "dispute", body["close"])
        fee_refunded = bool(body.get("fee_refunded"))
        return disputing.settle(world, row, str(body.get("status", "lost")), fee_refunded=fee_refunded)
    charge = world.store.find("charge", body.get("charge"))
    if charge is None or charge["status"] != "succeeded" or not charge["captured"]:
        raise ValueError("charge must name a captured charge")
    if charge["refunded"]:
        raise ValueError("the charge is fully refunded")
    reason, amount = body.get("reason", "fraudulent"), body.get("amount")
    if reason not in disputing.REASONS:
        raise ValueError(f"reason must be one of {', '.join(disputing.REASONS)}")
    if amount is not None and not 0 < amount <= charge["amount_captured"]:
        raise ValueError("amount must be a part of what was captured")
    return disputing.open_(world, charge, reason, inquiry=bool(body.get("inquiry")), amount=amount)


def refunds(world: World, body: Json) -> Json:
    """Staff refund a ``charge`` at Stripe, also above what was captured (``amount``), or one fails (``fail``)."""
    if "fail" in body:
        row = _named(world, "refund", body["fail"])
        if row["status"] not in _FAILURES:
            raise ValueError(f"{row['id']} is {row['status']}")
        return refunding.bounce(world, row, str(body.get("reason", "expired_or_canceled_card")))
    charge = _named(world, "charge", body.get("charge"))
    if charge["status"] != "succeeded" or not charge["captured"]:
        raise ValueError("charge must name a captured charge")
    amount = int(body.get("amount", charge["amount_captured"] - charge["amount_refunded"]))
    money.check_positive(amount)
    row = refunding.refund(world, charge, amount, body.get("reason"), {})
    disputing.refunded(world, charge)
    return row


def balance_transactions(world: World, body: Json) -> Json:
    """A line of any ``type``; or one (``id``) is changed (``set``), lost (``delete``) or doubled (``duplicate``).

    ``payout`` lists it with another automatic payout, or with none.
    """
    if "id" not in body:
        return planting.make(world, body)
    row = _named(world, "balance_transaction", body["id"])
    if body.get("delete"):
        return planting.lose(world, row)
    if body.get("duplicate"):
        return planting.double(world, row)
    if "payout" in body:
        return planting.move(world, row, _named(world, "payout", body["payout"]) if body["payout"] else None)
    return planting.change(world, row, dict(body["set"]))


def account(world: World, body: Json) -> None:
    """The settings of the account that concern money: ``payout_schedule``, ``settle`` and ``rates``."""
    if "payout_schedule" in body:
        payout_schedule.set_(world, body["payout_schedule"])
    if "settle" in body or "rates" in body:
        settling.set_rates(world, body.get("settle", {}), body.get("rates", {}))


DOORS: dict[str, Work] = {
    "balance_transactions": balance_transactions,
    "disputes": disputes,
    "payouts": payouts,
    "refunds": refunds,
}
