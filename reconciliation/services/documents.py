"""What a line's source is here: the currency and amount in which we know a charge, a refund or a dispute."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from payments.models import Dispute, Payment, Refund


class Document(NamedTuple):
    """`amount_minor` is never negative."""

    currency: str
    amount_minor: int
    customer_id: int | None


def by_source(sources: Iterable[str]) -> dict[str, Document]:
    """What we know of these charges, refunds and disputes; two queries at most a kind."""
    return dict(_found(set(sources)))


def _found(sources: set[str]) -> Iterator[tuple[str, Document]]:
    facts = ("currency", "amount_received_minor", "customer_id")
    for charge, *told in Payment.objects.filter(latest_charge_id__in=sources - {""}).values_list(
        "latest_charge_id", *facts
    ):
        yield charge, Document._make(told)
    for rows in (Refund.objects.filter(stripe_id__in=sources), Dispute.objects.filter(stripe_id__in=sources)):
        for id_, *told in rows.values_list("stripe_id", "currency", "amount_minor", "payment__customer_id"):
            yield id_ or "", Document._make(told)
