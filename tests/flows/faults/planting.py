"""Faults: six of each type, three at Stripe, three in our tables by SQL. Knows nothing of who is to find them.

Amounts are what Stripe's side has more than ours, in minor units of the currency.
"""

from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from tests.flows.faults.shop import Sale, Shop

HALF = 3


class Fault(NamedTuple):
    """What is to be found."""

    type: str
    object_id: str
    amount_minor: int


@dataclass(frozen=True)
class Ground:
    """The shop, the database that should agree with it, and the days whose sales may be spoiled."""

    shop: Shop
    days: range

    def sales(self, *, currency: str = "eur", days: range | None = None) -> list[Sale]:
        """Untouched sales of those days; fails where there are too few."""
        found = list(islice(self.shop.free(days=days or self.days, currency=currency), HALF))
        assert len(found) == HALF, (self.days, currency, len(found))
        return found

    def line(self, source: str) -> dict[str, Any]:
        """Stripe's line of a charge."""
        listed = self.shop.sandbox.client.raw_request("get", "/v1/balance_transactions", source=source).data
        return dict(listed["data"][0])

    def lines_of(self, payout: str) -> list[dict[str, Any]]:
        """The lines that Stripe lists with a payout, without its own."""
        listed = self.shop.sandbox.client.raw_request("get", "/v1/balance_transactions", payout=payout, limit=100).data
        return [line for line in listed["data"] if line["source"] != payout]

    def spoil(self, line: str, **what: Any) -> dict[str, Any]:
        return self.shop.sandbox.control("balance_transactions", {"id": line, **what})
