"""One order of a world's events: shuffled, some dropped, some doubled, handled while the poller runs."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random

from django.db import connections, transaction

from config.base.actor import Actor
from config.base.models import StripeAccount
from payments.failures import JsonObject
from payments.models import InboxEvent, Root
from payments.services import inbox, inbox_drain, inbox_entries, poller
from tests.flows.replay.worlds import World

DROPPED = DOUBLED = 0.1
MOST_BATCHES = 3
TEST = Actor.system("replay")


def deliver(world: World, account: StripeAccount, *, seed: int, workers: int = 1) -> None:
    """Deliver the events in the order of this seed and handle all that comes of it, by so many workers at once."""
    random = Random(seed)
    batches = list(_batches(world.events, random))
    polled = random.randrange(len(batches))
    with ThreadPoolExecutor(1) as beside:
        for number, batch in enumerate(batches):
            _store(batch)
            poll = beside.submit(_poll, account) if number == polled else None
            _drain(workers)
            if poll:
                poll.result()
        beside.submit(_poll, account).result()
    while _drain(workers):
        pass
    _ensure_all_is_handled()


def _batches(events: list[JsonObject], random: Random) -> Iterator[list[JsonObject]]:
    told = [event for event in events if random.random() >= DROPPED]
    told += [event for event in told if random.random() < DOUBLED]
    random.shuffle(told)
    size = len(told) // random.randint(1, MOST_BATCHES) + 1
    for start in range(0, len(told), size):
        yield told[start : start + size]


def _store(batch: list[JsonObject]) -> None:
    """As the webhook does, but many in one transaction."""
    source = InboxEvent.Source.WEBHOOK
    with transaction.atomic():
        inbox.store(inbox_entries.read(json.dumps(event).encode(), source=source) for event in batch)


def _drain(workers: int) -> bool:
    """Whether there was anything to do."""
    if workers == 1:
        return any(inbox_drain.drain(by=TEST).values())
    with ThreadPoolExecutor(workers) as beside:
        return any(list(beside.map(_drain_beside, range(workers))))


def _drain_beside(_: int) -> bool:
    try:
        return _drain(1)
    finally:
        connections.close_all()


def _poll(account: StripeAccount) -> None:
    try:
        poller.fetch_missed(account=StripeAccount.objects.get(pk=account.pk))
    finally:
        connections.close_all()


def _ensure_all_is_handled() -> None:
    left = InboxEvent.objects.filter(status__in=[InboxEvent.Status.WAITING, InboxEvent.Status.PARKED])
    assert not list(left.values_list("type", "last_error"))
    assert not list(Root.objects.filter(wanted_at__isnull=False).values_list("stripe_id", flat=True))
    assert not list(Root.objects.exclude(mirror_error="").values_list("stripe_id", "mirror_error"))
