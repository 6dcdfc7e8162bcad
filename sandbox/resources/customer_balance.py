"""Transactions of customers' balances, and discounts of customers themselves.

Source: https://docs.stripe.com/api/customer_balance_transactions
"""

from sandbox import finding, money
from sandbox.billing import balance, discounts
from sandbox.calls import Call
from sandbox.errors import ApiError, InvalidParameters, resource_missing
from sandbox.json_types import Json
from sandbox.lists import created_matches, page
from sandbox.metadata import merged
from sandbox.routing import Route
from sandbox.world import World


def _customer(world: World, call: Call) -> Json:
    return finding.customer(world, call.names["customer"], param="customer", status=404)


def create(world: World, call: Call) -> Json:
    """An adjustment; nothing else can be made by hand."""
    customer = _customer(world, call)
    if not call.params["amount"]:
        raise InvalidParameters("Invalid amount: must not be zero.", param="amount")
    return balance.change(
        world,
        customer,
        call.params["amount"],
        "adjustment",
        currency=money.currency(call.params["currency"]),
        description=call.params.get("description") or None,
        metadata=merged({}, call.params.get("metadata")),
    )


def _find(world: World, call: Call) -> Json:
    row = world.store.find("customer_balance_transaction", call.id)
    if row is None or row["customer"] != call.names["customer"]:
        raise resource_missing("customer_balance_transaction", call.id)
    return row


def retrieve(world: World, call: Call) -> Json:
    """The transaction."""
    _customer(world, call)
    return _find(world, call)


def update(world: World, call: Call) -> Json:
    """Its description and metadata."""
    row = _find(world, call)
    if "description" in call.params:
        row["description"] = call.params["description"] or None
    row["metadata"] = merged(row["metadata"], call.params.get("metadata"))
    world.save(row)
    return row


def list_(world: World, call: Call) -> Json:
    """Transactions of the customer, newest first."""
    rows = world.store.children("customer_balance_transaction", "customer", _customer(world, call)["id"])
    return page(call, reversed(rows), noun="customer_balance_transaction", keep=created_matches(call))


def delete_discount(world: World, call: Call) -> Json:
    """Take the customer's own discount away."""
    customer = _customer(world, call)
    if customer["discount"] is None:
        raise ApiError("No active discount for customer", status=404, code="resource_missing")
    return {**discounts.take(world, customer), "deleted": True}


_PATH = "/v1/customers/{customer}/balance_transactions"
ROUTES = [
    Route(method="POST", path=_PATH, handler=create, params="CustomerCreateBalanceTransactionParams"),
    Route(method="GET", path=_PATH, handler=list_, params="CustomerListBalanceTransactionsParams"),
    Route(method="GET", path=f"{_PATH}/{{id}}", handler=retrieve),
    Route(method="POST", path=f"{_PATH}/{{id}}", handler=update, params="CustomerModifyBalanceTransactionParams"),
    Route(method="DELETE", path="/v1/customers/{customer}/discount", handler=delete_discount),
]
