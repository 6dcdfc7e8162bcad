"""What is posted: events of objects that really are at the local Stripe, made anew for each round."""

import itertools

import stripe

from tests.bench.posting import Json

TYPES = (
    "payment_method.attached",
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "charge.updated",
    "charge.refunded",
)
ROOTS_OF_A_BURST = 2
_numbers = itertools.count(1)


def separate(client: stripe.StripeClient, number: int) -> list[Json]:
    """Events of which no two share a root: new customers."""
    return [event for _ in range(number) for event in _newcomer(client)]


def bursts(client: stripe.StripeClient, customers: list[str]) -> list[Json]:
    """A payment of each customer by a new card, partly refunded: six events and two roots, standing together."""
    return [event for customer in customers for event in _burst(client, customer)]


def again(events: list[Json]) -> list[Json]:
    """The same events, by ids that nobody has seen."""
    return [event | {"id": f"evt_again{next(_numbers):08}"} for event in events]


def _newcomer(client: stripe.StripeClient) -> list[Json]:
    customer = client.v1.customers.create({"email": "ben@example.com", "name": "Ben"})
    return _told(client, {"customer.created"}, {customer.id}, limit=5)


def _burst(client: stripe.StripeClient, customer: str) -> list[Json]:
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer})
    intent = client.v1.payment_intents.create(
        {
            "amount": 1099,
            "currency": "eur",
            "customer": customer,
            "payment_method": method.id,
            "confirm": True,
            "return_url": "https://example.com",
        }
    )
    client.v1.refunds.create({"payment_intent": intent.id, "amount": 300})
    told = _told(client, {*TYPES}, {method.id, intent.id, str(intent.latest_charge)}, limit=20)
    return list({event["type"]: event for event in told}.values())


def _told(client: stripe.StripeClient, types: set[str], objects: set[str], *, limit: int) -> list[Json]:
    """What the newest events tell of these objects, oldest first."""
    listed = client.raw_request("get", "/v1/events", limit=limit).data["data"]
    return [event for event in reversed(listed) if event["type"] in types and event["data"]["object"]["id"] in objects]
