"""The inbox beside stock dj-stripe: events acknowledged, events handled, GETs a root."""

import time
from collections import defaultdict
from collections.abc import Sequence

from tests.bench import events, posting, rig
from tests.bench.figures import Figure
from tests.bench.posting import Json

ROUNDS = 1
CUSTOMERS = 150
PAYMENTS = 40
COPIES = 8
SETTING = {
    "connections": posting.CONNECTIONS,
    "gunicorn": " ".join(rig.GUNICORN),
    "stock": "dj-stripe's own webhook view behind our middleware; it handles before it answers",
    "ours": f"full middleware, mirror on, {rig.DRAINERS} drains beside, handled = acknowledged + drained",
}
Rates = dict[str, list[float]]


def measure() -> list[Figure]:
    """Both sides in turn, round by round, on the same events."""
    rates: Rates = defaultdict(list)
    with rig.running() as machine:
        _round(machine, defaultdict(list), customers=10, payments=4)
        for _ in range(ROUNDS):
            _round(machine, rates, customers=CUSTOMERS, payments=PAYMENTS)
    return _figures(rates)


def _round(machine: rig.Rig, rates: Rates, *, customers: int, payments: int) -> None:
    client = machine.stripe.client()
    separate, bursts = events.separate(client, customers), events.bursts(client, payments)
    rates["stock separate"].append(_post(machine.stock, separate))
    rates["stock bursts"].append(_post(machine.stock, bursts))
    rates["ours separate"].append(_handle(machine, separate))
    asked = _gets(machine)
    rates["ours bursts"].append(_handle(machine, bursts))
    rates["gets a root"].append((_gets(machine) - asked) / (payments * 3))
    rates["ours acknowledged"].append(_post(machine.ours, [e for _ in range(COPIES) for e in events.again(bursts)]))
    machine.drain()


def _post(side: rig.Side, told: Sequence[Json]) -> float:
    return len(told) / posting.post(told, port=side.port, path=side.path)


def _handle(machine: rig.Rig, told: Sequence[Json]) -> float:
    started = time.perf_counter()
    posting.post(told, port=machine.ours.port, path=machine.ours.path)
    machine.drain()
    return len(told) / (time.perf_counter() - started)


def _gets(machine: rig.Rig) -> int:
    asked = machine.stripe.control("requests?method=GET&limit=1")["by_operation"]
    return sum(count for name, count in asked.items() if not name.endswith("/v1/events"))


def _figures(rates: Rates) -> list[Figure]:
    def rate(name: str, key: str) -> Figure:
        return Figure(name=name, unit="events/s", rounds=rates[key], setting=SETTING)

    def times(name: str, ours: str, stock: str, *, floor: float, goal: float | None = None) -> Figure:
        ratios = [mine / theirs for mine, theirs in zip(rates[ours], rates[stock], strict=True)]
        return Figure(name=name, unit="times stock", rounds=ratios, floor=floor, goal=goal, setting=SETTING)

    return [
        rate("stock dj-stripe, one event a root", "stock separate"),
        rate("stock dj-stripe, payments of six events and three roots", "stock bursts"),
        rate("inbox acknowledged, payments of six events", "ours acknowledged"),
        times("inbox acknowledged", "ours acknowledged", "stock bursts", floor=8, goal=18),
        rate("inbox handled, one event a root", "ours separate"),
        times("inbox handled, one event a root", "ours separate", "stock separate", floor=2),
        rate("inbox handled, payments of six events and three roots", "ours bursts"),
        times("inbox handled, payments of six events and three roots", "ours bursts", "stock bursts", floor=5),
        Figure(name="GETs a root", unit="requests", rounds=rates["gets a root"], ceiling=1, setting=SETTING),
    ]
