"""Payouts: made by hand, or by the outside world through the control door."""

from sandbox import books, finding, money
from sandbox.calls import Call
from sandbox.errors import ApiError
from sandbox.json_types import Json
from sandbox.lists import created_matches, equals, page
from sandbox.metadata import merged
from sandbox.routing import Route
from sandbox.world import World

_ARRIVAL_DAYS = 2
_TRANSIT_SECONDS = 5


def pay_out(world: World, amount: int, code: str, *, automatic: bool = False, params: Json | None = None) -> Json:
    """Send money to the bank; it arrives two days later."""
    given = params or {}
    now = world.clock.now()
    row: Json = {
        "id": world.ids.new("po"),
        "object": "payout",
        "amount": amount,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": books.midnight_after(now, _ARRIVAL_DAYS),
        "automatic": automatic,
        "balance_transaction": None,
        "created": now,
        "currency": code,
        "description": given.get("description") or "STRIPE PAYOUT",
        "destination": None,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": merged({}, given.get("metadata")),
        "method": given.get("method", "standard"),
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "in_progress" if automatic else "not_applicable",
        "reversed_by": None,
        "source_type": given.get("source_type", "card"),
        "statement_descriptor": given.get("statement_descriptor"),
        "status": "pending",
        "trace_id": {"status": "pending", "value": None},
        "type": "bank_account",
    }
    paid = _unpaid(world, code) if automatic else []
    entry = books.post(
        world,
        type_="payout",
        category="payout",
        amount=-amount,
        currency=code,
        source=row["id"],
        description=row["description"],
    )
    row["balance_transaction"] = entry["id"]
    world.save(row)
    world.save({"object": "_payout", "id": row["id"], "transactions": [*paid, entry["id"]]})
    world.emit("payout.created", row)
    world.later(_TRANSIT_SECONDS, "send_payout", row["id"])
    return row


def _unpaid(world: World, code: str) -> list[str]:
    done = {id_ for row in world.store.all("_payout") for id_ in row["transactions"]}
    return [
        row["id"]
        for row in world.store.all("balance_transaction")
        if row["currency"] == code and row["status"] == "available" and row["id"] not in done
    ]


def send(world: World, due: Json) -> None:
    """The payout is on its way to the bank."""
    row = world.store.get("payout", due["subject"])
    if row["status"] != "pending":
        return
    row["status"] = "in_transit"
    world.changed("payout.updated", row)
    if row["automatic"]:
        row["reconciliation_status"] = "completed"
        world.save(row)
        world.emit("payout.reconciliation_completed", row)
    world.later(max(1, row["arrival_date"] - world.clock.now()), "land_payout", row["id"])


def land(world: World, due: Json) -> None:
    """The payout arrives."""
    row = world.store.get("payout", due["subject"])
    if row["status"] == "in_transit":
        row["status"] = "paid"
        row["trace_id"] = {"status": "supported", "value": world.ids.digits(15)}
        previous = world.save(row)
        world.emit("payout.updated", row, previous)
        world.emit("payout.paid", row)


def fail(world: World, row: Json, code: str) -> None:
    """The bank sends the money back, even after the payout showed as paid."""
    entry = books.post(
        world,
        type_="payout_failure",
        category="payout_reversal",
        amount=row["amount"],
        currency=row["currency"],
        source=row["id"],
        description="PAYOUT FAILURE",
    )
    row |= {
        "failure_balance_transaction": entry["id"],
        "failure_code": code,
        "failure_message": "The bank could not process this payout.",
        "status": "failed",
    }
    world.save(row)
    world.emit("payout.failed", row)


def create(world: World, call: Call) -> Json:
    """A manual payout."""
    params = call.params
    code = money.currency(params["currency"])
    money.check_positive(params["amount"])
    if params["amount"] > books.available(world, code):
        raise ApiError(
            "You have insufficient funds in your Stripe account for this transfer. Your card"
            " balance is too low. You can use the /v1/balance endpoint to view your Stripe balance"
            " (for more details, see stripe.com/docs/api#balance).",
            code="balance_insufficient",
        )
    return pay_out(world, params["amount"], code, params=params)


def retrieve(world: World, call: Call) -> Json:
    """The payout."""
    return finding.one(world, "payout", call.id, status=404)


def update(world: World, call: Call) -> Json:
    """Its metadata."""
    row = finding.one(world, "payout", call.id, status=404)
    row["metadata"] = merged(row["metadata"], call.params.get("metadata"))
    return world.changed("payout.updated", row)


def cancel(world: World, call: Call) -> Json:
    """Take back a manual payout that was not sent yet."""
    row = finding.one(world, "payout", call.id, status=404)
    if row["automatic"] or row["status"] != "pending":
        raise ApiError("Payouts can only be canceled while pending, and only manual ones.", code="payouts_not_allowed")
    books.post(
        world,
        type_="payout_cancel",
        category="payout_reversal",
        amount=row["amount"],
        currency=row["currency"],
        source=row["id"],
        description="PAYOUT CANCEL",
    )
    row["status"] = "canceled"
    world.save(row)
    world.emit("payout.canceled", row)
    return row


def list_(world: World, call: Call) -> Json:
    """Payouts, newest first; filters: status, destination, arrival_date, created."""
    created, same = created_matches(call), equals(call, "status", "destination")
    arrival = created_matches(call, "arrival_date")
    return page(
        call,
        world.store.newest_first("payout"),
        noun="payout",
        keep=lambda row: created(row) and same(row) and arrival(row),
    )


_ONE = "/v1/payouts/{id}"
ROUTES = [
    Route(method="POST", path="/v1/payouts", handler=create, params="PayoutCreateParams"),
    Route(method="GET", path="/v1/payouts", handler=list_, params="PayoutListParams"),
    Route(method="GET", path=_ONE, handler=retrieve),
    Route(method="POST", path=_ONE, handler=update, params="PayoutUpdateParams"),
    Route(method="POST", path=f"{_ONE}/cancel", handler=cancel, params="PayoutCancelParams"),
]
