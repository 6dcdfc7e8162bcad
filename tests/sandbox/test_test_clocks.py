"""Test clocks move their own customers and nobody else."""

import pytest
import stripe

from tests.sandbox.plans import DAY, advance, again, at, clock, invoices, item, on_clock, plan, subscribe
from tests.sandbox.server import Server
from tests.sandbox.wishes import Client


def test_a_clock_moves_its_own_customers_only(client: Client, server: Server) -> None:
    other = subscribe(client, plan(client, 1000))
    test_clock, subscription = on_clock(client, at(2026, 1, 1), plan(client, 1000))
    advance(client, test_clock, at(2026, 2, 1, 2))
    server.control("clock", {"advance_seconds": 2 * DAY})

    assert [row.created for row in invoices(client, subscription)] == [at(2026, 1, 1), at(2026, 2, 1)]
    assert item(again(client, subscription)).current_period_end == at(2026, 3, 1)
    assert (subscription.test_clock, subscription.created) == (test_clock, at(2026, 1, 1))
    assert len(invoices(client, other)) == 1


def test_it_is_ready_when_it_is_asked_again(client: Client) -> None:
    test_clock = clock(client, at(2026, 1, 1))
    moving = client.v1.test_helpers.test_clocks.advance(test_clock, {"frozen_time": at(2026, 1, 2)})
    ready = client.v1.test_helpers.test_clocks.retrieve(test_clock)

    assert moving.status == "advancing"
    assert moving.status_details.advancing.target_frozen_time == at(2026, 1, 2)
    assert (ready.status, ready.frozen_time) == ("ready", at(2026, 1, 2))


def test_how_far_a_clock_may_go(client: Client) -> None:
    test_clock, _ = on_clock(client, at(2026, 1, 1), plan(client, 1000))
    for moment in (at(2026, 1, 1), at(2026, 3, 2)):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            advance(client, test_clock, moment)
        assert refused.value.param == "frozen_time"


def test_a_deleted_clock_takes_its_customers_along(client: Client) -> None:
    test_clock, subscription = on_clock(client, at(2026, 1, 1), plan(client, 1000))
    gone = client.v1.test_helpers.test_clocks.delete(test_clock)

    assert gone.deleted is True
    assert client.v1.customers.retrieve(str(subscription.customer)).deleted is True
    assert again(client, subscription).status == "canceled"
