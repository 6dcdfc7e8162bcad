"""What is posted: events of objects that really are at the local Stripe, made anew for each round."""

import itertools
from collections.abc import Sequence

import stripe

from tests.bench.posting import Json

TYPES = (
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "charge.updated",
    "refund.created",
    "charge.refunded",
)
_numbers = itertools.count(1)


def separate(client: stripe.StripeClient, number: int) -> list[Json]:
    """Events of which no two share a root: new customers."""
    return [event for _ in range(number) for event in _newcomer(client)]


def returning(client: stripe.StripeClient, customers: Sequence[str]) -> list[Json]:
    """Customers who save a card each: what is told of the cards."""
    return [event for customer in customers for event in _saved_card(client, customer)]


def bursts(client: stripe.StripeClient, cards: Sequence[Json]) -> list[Json]:
    """A payment by each saved card, partly refunded: six events and one root each, standing together."""
    return [event for card in cards for event in _burst(client, card["data"]["object"])]


def again(events: list[Json]) -> list[Json]:
    """The same events, by ids that nobody has seen."""
    return [event | {"id": f"evt_again{next(_numbers):08}"} for event in events]


def _newcomer(client: stripe.StripeClient) -> list[Json]:
    customer = client.v1.customers.create({"email": "ben@example.com", "name": "Ben"})
    return _told(client, {"customer.created"}, {customer.id}, limit=5)


def _saved_card(client: stripe.StripeClient, customer: str) -> list[Json]:
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer})
    return _told(client, {"payment_method.attached"}, {method.id}, limit=5)


def _burst(client: stripe.StripeClient, card: Json) -> list[Json]:
    intent = client.v1.payment_intents.create(
        {
            "amount": 1099,
            "currency": "eur",
            "customer": card["customer"],
            "payment_method": card["id"],
            "confirm": True,
            "return_url": "https://example.com",
        }
    )
    refund = client.v1.refunds.create({"payment_intent": intent.id, "amount": 300})
    told = _told(client, {*TYPES}, {intent.id, str(intent.latest_charge), refund.id}, limit=20)
    return list({event["type"]: event for event in told}.values())


def _told(client: stripe.StripeClient, types: set[str], objects: set[str], *, limit: int) -> list[Json]:
    """What the newest events tell of these objects, oldest first."""
    listed = client.raw_request("get", "/v1/events", limit=limit).data["data"]
    return [event for event in reversed(listed) if event["type"] in types and event["data"]["object"]["id"] in objects]
