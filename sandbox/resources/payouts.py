"""Payouts: made by hand, read, canceled. The schedule and the control door make the others."""

from sandbox import finding, money, paying_out
from sandbox.calls import Call
from sandbox.errors import ApiError
from sandbox.json_types import Json
from sandbox.lists import created_matches, equals, page
from sandbox.metadata import merged
from sandbox.routing import Route
from sandbox.world import World


def create(world: World, call: Call) -> Json:
    """A manual payout; ``method`` instant costs a fee."""
    params = call.params
    code = money.currency(params["currency"])
    money.check_positive(params["amount"])
    least = paying_out.minimum(code)
    if params["amount"] < least:
        raise ApiError(
            f"Amount must be at least {money.display(least, code)} {code}", code="amount_too_small", param="amount"
        )
    if params["amount"] > paying_out.most(world, code, params.get("method", "standard")):
        raise ApiError(
            "You have insufficient funds in your Stripe account for this transfer. Your card"
            " balance is too low. You can use the /v1/balance endpoint to view your Stripe balance"
            " (for more details, see stripe.com/docs/api#balance).",
            code="balance_insufficient",
        )
    return paying_out.by_hand(world, params["amount"], code, params)


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
    return paying_out.cancel(world, row)


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
