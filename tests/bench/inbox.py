"""The inbox beside stock dj-stripe: events acknowledged, events handled, GETs a root."""

import time
from collections import defaultdict
from collections.abc import Sequence

from tests.bench import events, posting, rig
from tests.bench.figures import Figure
from tests.bench.posting import Json

ROUNDS = 2
CUSTOMERS = 160
PAYMENTS = 80
COPIES = 4
SETTING = {
    "connections": posting.CONNECTIONS,
    "gunicorn": " ".join(rig.GUNICORN),
    "stock": "dj-stripe's own webhook view in a project as startproject makes it; it handles before it answers",
    "ours": f"full middleware, mirror on, {rig.DRAINERS} drains beside; handled = acknowledged, then drained",
    "events": "one a root: customer.created; bursts: " + ", ".join(events.TYPES),
}
Rates = dict[str, list[float]]


def measure() -> list[Figure]:
    """Both sides in turn, round by round, on the same events."""
    rates: Rates = defaultdict(list)
    with rig.running() as machine:
        _round(machine, defaultdict(list), customers=8, payments=4)
        for _ in range(ROUNDS):
            _round(machine, rates, customers=CUSTOMERS, payments=PAYMENTS)
    return _figures(rates)


def _round(machine: rig.Rig, rates: Rates, *, customers: int, payments: int) -> None:
    client = machine.stripe.client()
    separate = events.separate(client, customers)
    bursts = events.bursts(client, [event["data"]["object"]["id"] for event in separate[:payments]])
    for name, told in (("separate", separate), ("bursts", bursts)):
        rates[f"stock {name}"].append(_post(machine.stock, told))
        rates[f"stock kept {name}"].append(_post(machine.stock_kept, told))
        asked = _gets(machine)
        rates[f"ours {name}"].append(_handle(machine, told))
        asked = _gets(machine) - asked
    rates["gets a root"].append(asked / (payments * events.ROOTS_OF_A_BURST))
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
    asked = machine.stripe.control("requests", method="GET", limit="1")["by_operation"]
    return sum(count for name, count in asked.items() if not name.endswith("/v1/events"))


def _figures(rates: Rates) -> list[Figure]:
    def rate(name: str, key: str) -> Figure:
        return Figure(name=name, unit="events/s", rounds=rates[key], setting=SETTING)

    def times(name: str, ours: str, stock: str, *, floor: float | None, goal: float | None = None) -> Figure:
        ratios = [mine / theirs for mine, theirs in zip(rates[ours], rates[stock], strict=True)]
        return Figure(name=name, unit="times stock", rounds=ratios, floor=floor, goal=goal, setting=SETTING)

    separate, bursts, kept = "one event a root", "six events and two roots a payment", "stock on kept connections"
    return [
        rate(f"stock dj-stripe, {separate}", "stock separate"),
        rate(f"stock dj-stripe, {bursts}", "stock bursts"),
        rate(f"inbox acknowledged, {bursts}", "ours acknowledged"),
        rate(f"inbox handled, {separate}", "ours separate"),
        rate(f"inbox handled, {bursts}", "ours bursts"),
        times("inbox acknowledged", "ours acknowledged", "stock bursts", floor=8, goal=18),
        times(f"inbox handled, {separate}", "ours separate", "stock separate", floor=2),
        times(f"inbox handled, {bursts}", "ours bursts", "stock bursts", floor=5),
        times(f"inbox acknowledged, {kept}", "ours acknowledged", "stock kept bursts", floor=None),
        times(f"inbox handled, {separate}, {kept}", "ours separate", "stock kept separate", floor=None),
        times(f"inbox handled, {bursts}, {kept}", "ours bursts", "stock kept bursts", floor=None),
        Figure(name="GETs a root", unit="requests", rounds=rates["gets a root"], ceiling=1, setting=SETTING),
    ]
