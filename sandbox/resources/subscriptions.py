"""Subscriptions.

Source: https://docs.stripe.com/api/subscriptions
"""

from sandbox import search
from sandbox.billing import discounts, subscription_endings, subscription_updates
from sandbox.billing import subscriptions as starts
from sandbox.billing.subscription_rows import announce, find, has_ended, items_of
from sandbox.calls import Call
from sandbox.errors import ApiError, resource_missing
from sandbox.json_types import Json
from sandbox.lists import created_matches, equals, page
from sandbox.routing import Route
from sandbox.world import World


def create(world: World, call: Call) -> Json:
    """A subscription; where it is refused nothing of it is kept."""
    try:
        return starts.create(world, call.params, call)
    except ApiError:
        world.rollback()
        raise


def retrieve(world: World, call: Call) -> Json:
    """The subscription."""
    return find(world, call.id)


def update(world: World, call: Call) -> Json:
    """The subscription changed; where that is refused nothing of it is kept."""
    row = find(world, call.id)
    try:
        return subscription_updates.update(world, row, call.params, call)
    except ApiError:
        world.rollback()
        raise


def cancel(world: World, call: Call) -> Json:
    """The subscription ended now; one that has ended is not found."""
    row = world.store.find("subscription", call.id)
    if row is None or has_ended(row):
        raise resource_missing("subscription", call.id, param="id")
    details = call.params.get("cancellation_details") or {}
    given = {name: value or None for name, value in details.items()}
    row["cancellation_details"] = {**row["cancellation_details"], **given}
    if row["status"] == "incomplete":
        return subscription_endings.never_begun(world, row)
    prorate, now = call.params.get("prorate", False), call.params.get("invoice_now", False)
    return subscription_endings.end(world, row, reason="cancellation_requested", prorate=prorate, invoice_now=now)


def resume(world: World, call: Call) -> Json:
    """A paused subscription goes on."""
    row = find(world, call.id)
    try:
        return subscription_updates.resume(world, row, call.params, call)
    except ApiError:
        world.rollback()
        raise


def migrate(world: World, call: Call) -> Json:
    """To flexible billing."""
    return subscription_updates.migrate(world, find(world, call.id))


def delete_discount(world: World, call: Call) -> Json:
    """The subscription without its discounts."""
    row = find(world, call.id)
    if not row["discounts"]:
        raise ApiError("No active discount for subscription", status=404, code="resource_missing")
    gone = world.store.get("discount", row["discounts"][-1])
    for id_ in row["discounts"]:
        discounts.end(world, id_)
    row["discounts"] = []
    announce(world, row)
    return {**gone, "deleted": True}


def list_(world: World, call: Call) -> Json:
    """Subscriptions, newest first, canceled ones only where asked for; filters as Stripe's."""
    customer = call.params.get("customer")
    if customer:
        rows = reversed(world.store.children("subscription", "customer", customer))
    else:
        rows = iter(world.store.newest_first("subscription"))
    created, same = created_matches(call), equals(call, "collection_method", "test_clock")
    status, price = call.params.get("status"), call.params.get("price") or call.params.get("plan")

    def keep(row: Json) -> bool:
        fits = price is None or any(item["price"]["id"] == price for item in items_of(row))
        return created(row) and same(row) and fits and _has_status(row, status)

    return page(call, rows, noun="subscription", keep=keep)


def _has_status(row: Json, wanted: str | None) -> bool:
    if wanted is None:
        return bool(row["status"] != "canceled")
    if wanted == "ended":
        return has_ended(row)
    return wanted in ("all", row["status"])


def search_(world: World, call: Call) -> Json:
    """Subscriptions that match a query."""
    fields = ("canceled_at", "created", "metadata", "status")
    return search.page(call, world.store.newest_first("subscription"), fields=fields)


_ALL, _ONE = "/v1/subscriptions", "/v1/subscriptions/{id}"
ROUTES = [
    Route(method="POST", path=_ALL, handler=create, params="SubscriptionCreateParams"),
    Route(method="GET", path=_ALL, handler=list_, params="SubscriptionListParams"),
    Route(method="GET", path=f"{_ALL}/search", handler=search_, params="SubscriptionSearchParams"),
    Route(method="GET", path=_ONE, handler=retrieve),
    Route(method="POST", path=_ONE, handler=update, params="SubscriptionUpdateParams"),
    Route(method="DELETE", path=_ONE, handler=cancel, params="SubscriptionCancelParams"),
    Route(method="POST", path=f"{_ONE}/resume", handler=resume, params="SubscriptionResumeParams"),
    Route(method="POST", path=f"{_ONE}/migrate", handler=migrate, params="SubscriptionMigrateParams"),
    Route(method="DELETE", path=f"{_ONE}/discount", handler=delete_discount),
]
