"""The balance and its transactions."""

from sandbox import books
from sandbox.calls import Call
from sandbox.errors import ApiError, resource_missing
from sandbox.json_types import Json
from sandbox.lists import created_matches, equals, page
from sandbox.routing import Route
from sandbox.world import World


def retrieve(world: World, _call: Call) -> Json:
    """What is available and what is on its way, by currency."""
    return books.balance(world)


def retrieve_transaction(world: World, call: Call) -> Json:
    """One balance transaction."""
    row = world.store.find("balance_transaction", call.id)
    if row is None:
        raise resource_missing("balance transaction", call.id, status=404)
    return row


def list_transactions(world: World, call: Call) -> Json:
    """Balance transactions, newest first; filters: type, source, currency, payout, created."""
    created = created_matches(call)
    same = equals(call, "currency", "source", "type")
    inside = _of_payout(world, call.params["payout"]) if "payout" in call.params else None
    return page(
        call,
        world.store.newest_first("balance_transaction"),
        noun="balance_transaction",
        keep=lambda row: created(row) and same(row) and (inside is None or row["id"] in inside),
    )


def _of_payout(world: World, id_: str) -> set[str]:
    payout = world.store.find("payout", id_)
    if payout is None:
        raise resource_missing("payout", id_, param="payout")
    if not payout["automatic"]:
        raise ApiError(
            "Balance transaction history can only be filtered on automatic transfers, not manual.",
            param="payout",
        )
    if payout["reconciliation_status"] != "completed":
        raise ApiError(
            "The payout is not ready for reconciliation yet.",
            code="payout_reconciliation_not_ready",
            param="payout",
        )
    return set(world.store.get("_payout", id_)["transactions"])


ROUTES = [
    Route(method="GET", path="/v1/balance", handler=retrieve),
    Route(
        method="GET",
        path="/v1/balance_transactions",
        handler=list_transactions,
        params="BalanceTransactionListParams",
    ),
    Route(method="GET", path="/v1/balance_transactions/{id}", handler=retrieve_transaction),
    Route(
        method="GET",
        path="/v1/balance/history",
        handler=list_transactions,
        params="BalanceTransactionListParams",
    ),
    Route(method="GET", path="/v1/balance/history/{id}", handler=retrieve_transaction),
]
