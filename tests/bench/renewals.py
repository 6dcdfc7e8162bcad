"""A renewal night: all subscriptions of a company renew within an hour, and their events are handled."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import stripe

from config import stripe_events
from tests.bench import posting, rig
from tests.bench.figures import Figure
from tests.bench.posting import Json

SUBSCRIPTIONS = 10_000
THREADS = 4
MONTH_SECONDS = 31 * 24 * 3600 + 3 * 3600
SETTING = {
    "subscriptions": SUBSCRIPTIONS,
    "renewal": "invoice drafted, finalized, paid by a saved card; all event types that we handle",
    "handled": f"acknowledged, then drained by {rig.DRAINERS} drains; the mirror on; one round",
}


def measure() -> Iterator[Figure]:
    """Renewals and events a second, from the first webhook to the last root."""
    with rig.running() as machine:
        client = machine.stripe.client()
        _subscribe(client)
        with rig.program("tests.bench.importer", machine.ours.environment) as importer:
            assert importer.stdout
            assert importer.stdout.readline() == "done\n"
        machine.stripe.control("clock", {"advance_seconds": MONTH_SECONDS})
        told = _told(client)
        started = time.perf_counter()
        posting.post(told, port=machine.ours.port, path=machine.ours.path)
        machine.drain()
        seconds = time.perf_counter() - started
    setting = SETTING | {"events": len(told), "seconds": round(seconds, 1)}
    yield Figure(name="a renewal night", unit="subscriptions/s", rounds=[SUBSCRIPTIONS / seconds], setting=setting)
    yield Figure(name="a renewal night", unit="events/s", rounds=[len(told) / seconds], setting=setting)


def _subscribe(client: stripe.StripeClient) -> None:
    product = client.v1.products.create({"name": "Studio"}).id
    price = client.v1.prices.create(
        {"product": product, "currency": "eur", "unit_amount": 2900, "recurring": {"interval": "month"}}
    ).id
    with ThreadPoolExecutor(THREADS) as pool:
        for _ in pool.map(lambda number: _customer(client, price, number), range(SUBSCRIPTIONS)):
            pass


def _customer(client: stripe.StripeClient, price: str, number: int) -> None:
    customer = client.v1.customers.create(
        {
            "email": f"payer{number}@example.com",
            "payment_method": "pm_card_visa",
            "invoice_settings": {"default_payment_method": "pm_card_visa"},
        }
    )
    client.v1.subscriptions.create({"customer": customer.id, "items": [{"price": price}]})


def _told(client: stripe.StripeClient) -> list[Json]:
    """What Stripe would post of the last thirty days, oldest first: the night alone."""
    found: list[Json] = []
    page = client.raw_request("get", "/v1/events", limit=100).data
    while page["data"]:
        found += [event for event in page["data"] if event["type"] in stripe_events.EVENTS]
        page = client.raw_request("get", "/v1/events", limit=100, starting_after=page["data"][-1]["id"]).data
    return found[::-1]
