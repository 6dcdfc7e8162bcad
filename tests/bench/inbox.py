"""The inbox beside stock dj-stripe: events acknowledged, events handled, GETs a root."""

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence

from tests.bench import events, posting, rig
from tests.bench.figures import Figure
from tests.bench.posting import Json

ROUNDS = 5
CUSTOMERS = 120
PAYMENTS = 120
COPIES = 4
NETWORK_SECONDS = 0.1
SETTING = {
    "connections": posting.CONNECTIONS,
    "gunicorn": " ".join(rig.GUNICORN),
    "stock": "dj-stripe's own webhook view in a project as startproject makes it (CONN_MAX_AGE 0); it handles first",
    "ours": f"full middleware, mirror on, {rig.DRAINERS} drains beside; handled = acknowledged, then drained",
    "events": "one a root: customer.created; a payment: " + ", ".join(events.TYPES),
}
FAR, NEAR = f"Stripe answers in {NETWORK_SECONDS * 1000:.0f} ms", "Stripe answers at once"
SEPARATE, BURSTS = "one event a root", "six events and one root a payment"
Rates = dict[str, list[float]]


def measure() -> list[Figure]:
    """Both sides in turn, round by round, on the same events: Stripe as far as it is, and beside us."""
    rates: Rates = defaultdict(list)
    with rig.running() as machine:
        _round(machine, defaultdict(list), NEAR, customers=8, payments=4)
        for _ in range(ROUNDS):
            for distance, seconds in ((FAR, NETWORK_SECONDS), (NEAR, 0.0)):
                machine.answer_after(seconds)
                _round(machine, rates, distance, customers=CUSTOMERS, payments=PAYMENTS)
    return list(_figures(rates))


def _round(machine: rig.Rig, rates: Rates, distance: str, *, customers: int, payments: int) -> None:
    client = machine.stripe.client()
    separate = events.separate(client, customers)
    _both(machine, rates, f"{SEPARATE}, {distance}", separate)
    cards = events.returning(client, [event["data"]["object"]["id"] for event in separate[:payments]])
    _both(machine, defaultdict(list), "", cards)
    bursts = events.bursts(client, cards)
    rates["GETs"].append(_both(machine, rates, f"{BURSTS}, {distance}", bursts) / payments)
    copies = [event for _ in range(COPIES) for event in events.again(bursts)]
    rates[f"acknowledged {distance}"].append(_post(machine.ours, copies))
    machine.drain()


def _both(machine: rig.Rig, rates: Rates, name: str, told: Sequence[Json]) -> int:
    """One side after the other; how many GETs ours asked for."""
    rates[f"stock {name}"].append(_post(machine.stock, told))
    machine.forget_requests()
    rates[f"ours {name}"].append(_handle(machine, told))
    return _gets(machine)


def _post(side: rig.Side, told: Sequence[Json]) -> float:
    return len(told) / posting.post(told, port=side.port, path=side.path)


def _handle(machine: rig.Rig, told: Sequence[Json]) -> float:
    started = time.perf_counter()
    posting.post(told, port=machine.ours.port, path=machine.ours.path)
    machine.drain()
    return len(told) / (time.perf_counter() - started)


def _gets(machine: rig.Rig) -> int:
    asked = machine.stripe.control("requests", method="GET", limit="1")["by_operation"]
    return sum(count for name, count in asked.items() if not name.endswith("/v1/events"))


def _figures(rates: Rates) -> Iterator[Figure]:
    for distance in (FAR, NEAR):
        for events_ in (SEPARATE, BURSTS):
            name = f"{events_}, {distance}"
            yield _rate(f"stock dj-stripe, {name}", rates[f"stock {name}"])
            yield _rate(f"inbox handled, {name}", rates[f"ours {name}"])
        yield _rate(f"inbox acknowledged, {distance}", rates[f"acknowledged {distance}"])
    floors = {f"{SEPARATE}, {NEAR}": 2.0, f"{BURSTS}, {NEAR}": 5.0}
    for name in (f"{events_}, {distance}" for distance in (FAR, NEAR) for events_ in (SEPARATE, BURSTS)):
        yield _times(f"inbox handled, {name}", rates[f"ours {name}"], rates[f"stock {name}"], floor=floors.get(name))
    for distance in (FAR, NEAR):
        mine, theirs = rates[f"acknowledged {distance}"], rates[f"stock {BURSTS}, {distance}"]
        yield _times(f"inbox acknowledged, {distance}", mine, theirs, floor=8, goal=18)
    yield Figure(name="GETs a root", unit="requests", rounds=rates["GETs"], ceiling=1, setting=SETTING)


def _rate(name: str, rounds: Sequence[float]) -> Figure:
    return Figure(name=name, unit="events/s", rounds=rounds, setting=SETTING)


def _times(
    name: str, mine: Sequence[float], theirs: Sequence[float], *, floor: float | None, goal: float | None = None
) -> Figure:
    ratios = [ours / stock for ours, stock in zip(mine, theirs, strict=True)]
    return Figure(name=name, unit="times stock", rounds=ratios, floor=floor, goal=goal, setting=SETTING)
