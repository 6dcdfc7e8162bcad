"""Items of subscriptions, changed one at a time.

Source: https://docs.stripe.com/api/subscription_items
"""

from sandbox.billing import subscription_updates
from sandbox.billing.subscription_rows import find, find_item, items_of
from sandbox.calls import Call
from sandbox.errors import ApiError, missing
from sandbox.json_types import Json
from sandbox.lists import page
from sandbox.routing import Route
from sandbox.world import World

_OF_THE_CHANGE = ("off_session", "payment_behavior", "proration_behavior", "proration_date")


def create(world: World, call: Call) -> Json:
    """Another item of the subscription."""
    subscription = find(world, call.params["subscription"], param="subscription")
    held = {item["id"] for item in items_of(subscription)}
    _change(world, subscription, {name: call.params[name] for name in call.params if name != "subscription"}, call)
    return next(item for item in items_of(subscription) if item["id"] not in held)


def retrieve(world: World, call: Call) -> Json:
    """The item."""
    return find_item(world, call.id)[1]


def update(world: World, call: Call) -> Json:
    """The item changed."""
    subscription, _ = find_item(world, call.id)
    _change(world, subscription, {**call.params, "id": call.id}, call)
    return find_item(world, call.id)[1]


def delete(world: World, call: Call) -> Json:
    """Take the item out of the subscription."""
    subscription, _ = find_item(world, call.id)
    _change(world, subscription, {**call.params, "id": call.id, "deleted": True}, call)
    return {"id": call.id, "object": "subscription_item", "deleted": True}


def _change(world: World, subscription: Json, params: Json, call: Call) -> None:
    wish = {name: value for name, value in params.items() if name not in _OF_THE_CHANGE}
    of_change = {name: value for name, value in params.items() if name in _OF_THE_CHANGE}
    try:
        subscription_updates.update(world, subscription, {**of_change, "items": [wish]}, call)
    except ApiError:
        world.rollback()
        raise


def list_(world: World, call: Call) -> Json:
    """The items of one subscription."""
    if not call.params.get("subscription"):
        raise missing("subscription")
    subscription = find(world, call.params["subscription"], param="subscription")
    return page(call, items_of(subscription), noun="subscription_item")


_ALL, _ONE = "/v1/subscription_items", "/v1/subscription_items/{id}"
ROUTES = [
    Route(method="POST", path=_ALL, handler=create, params="SubscriptionItemCreateParams"),
    Route(method="GET", path=_ALL, handler=list_, params="SubscriptionItemListParams"),
    Route(method="GET", path=_ONE, handler=retrieve),
    Route(method="POST", path=_ONE, handler=update, params="SubscriptionItemUpdateParams"),
    Route(method="DELETE", path=_ONE, handler=delete, params="SubscriptionItemDeleteParams"),
]
