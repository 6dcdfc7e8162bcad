"""The event table: every name in it is there."""

import pytest

from config import stripe_events
from payments import event_table


@pytest.mark.parametrize("kind", stripe_events.ROOTS)
def test_the_handlers_of_a_root_exist(kind: str) -> None:
    rule = event_table.root_rule(kind)

    for dotted in [*rule.state, *filter(None, [rule.complete])]:
        assert callable(event_table.handler(dotted))


@pytest.mark.parametrize("type_", stripe_events.EVENTS)
def test_an_events_root_and_moments_exist(type_: str) -> None:
    rule = stripe_events.EVENTS[type_]

    assert rule.root in stripe_events.ROOTS
    assert all(callable(event_table.handler(dotted)) for dotted in rule.moments)
