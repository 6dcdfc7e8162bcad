"""The sandbox against what Stripe documents: each fact holds, waits for its issue, or is unsettled."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.behaviours.shop import Shop
from tests.sandbox.behaviours.table import HOLDS, STATED, UNSETTLED, not_yet
from tests.sandbox.server import serve

FACTS = Path(__file__).parents[3] / "shared/stripe/behaviours.json"
# Nothing on these may wait.
SETTLED_NOW = ("1.", "2.", "3.", "4.sig", "4.retry", "4.success", "4.order", "4.endpoints", "5.pi", "5.si",
               "5.refund", "5.live.pi", "5.live.si", "5.live.refund", "5.live.charge",
               "4.event.charge", "4.event.payment_intent", "4.event.setup_intent", "4.event.refund")  # fmt: skip


@pytest.fixture(scope="module")
def open_shop() -> Iterator[Shop]:
    with serve() as server:
        yield Shop(server)


@pytest.fixture
def shop(open_shop: Shop) -> Shop:
    """A shop on its first day."""
    open_shop.server.control("reset", {})
    return open_shop


@pytest.mark.parametrize("fact", HOLDS)
def test_the_sandbox_holds(fact: str, shop: Shop) -> None:
    HOLDS[fact](shop)


def test_no_fact_stands_twice() -> None:
    standings = [set(HOLDS), set(STATED), set(not_yet()), set(UNSETTLED)]

    assert sum(map(len, standings)) == len(set.union(*standings))


def test_nothing_on_cards_payments_refunds_errors_and_webhooks_waits() -> None:
    assert [fact for fact in not_yet() if fact.startswith(SETTLED_NOW)] == []


@pytest.mark.skipif(not FACTS.exists(), reason="the collection of facts is not beside this checkout")
def test_the_table_lists_exactly_the_known_facts() -> None:
    collection = json.loads(FACTS.read_text())
    known = {fact["id"] for fact in collection["facts"]}
    contradictory = set(collection["meta"]["unsettled"]["docs_disagree"])

    assert {*HOLDS, *STATED, *not_yet(), *UNSETTLED} == known
    assert contradictory <= set(UNSETTLED)
