"""The balance and its transactions."""

from collections.abc import Iterable

from sandbox import balances, paying_out
from sandbox.calls import Call
from sandbox.errors import ApiError, resource_missing
from sandbox.json_types import Json
from sandbox.lists import created_between, created_matches, equals, page
from sandbox.routing import Route
from sandbox.world import World


def retrieve(world: World, _call: Call) -> Json:
    """What is available and what is on its way, by currency."""
    return balances.of(world)


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
    return page(
        call,
        _candidates(world, call),
        noun="balance_transaction",
        keep=lambda row: created(row) and same(row),
    )


def _candidates(world: World, call: Call) -> Iterable[Json]:
    """No more rows than the filters leave to look at."""
    store, params = world.store, call.params
    if "payout" in params:
        return store.in_time("balance_transaction", _of_payout(world, params["payout"]))
    if "source" in params:
        rows = store.children("balance_transaction", "source", params["source"])
        return store.in_time("balance_transaction", [row["id"] for row in rows])
    since, until = created_between(call)
    return store.timeline("balance_transaction", since=since, until=until, start=params.get("starting_after"))


def _of_payout(world: World, id_: str) -> list[str]:
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
    return paying_out.lines(world, payout)


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
