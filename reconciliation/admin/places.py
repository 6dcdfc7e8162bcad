"""Ids in tables as links: what billing knows, and Stripe's lines, payouts and discrepancies."""

from collections.abc import Iterable

from billing.admin import places
from billing.admin.places import Kinds
from reconciliation.models import Discrepancy, Payout, Run, StatementLine

KINDS: Kinds = {
    **places.KINDS,
    "txn": (StatementLine, "stripe_id"),
    "line": (StatementLine, "public_id"),
    "po": (Payout, "stripe_id"),
    "payout": (Payout, "public_id"),
    "disc": (Discrepancy, "public_id"),
    "run": (Run, "public_id"),
}


class Places(places.Places):
    """The pages of `ids`, found at once."""

    def __init__(self, ids: Iterable[str]) -> None:
        super().__init__(ids, KINDS)
