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
    paid = Payment.objects.filter(latest_charge_id__in=sources - {""})
    for charge, *facts in paid.values_list("latest_charge_id", "currency", "amount_received_minor", "customer_id"):
        yield charge, Document(*facts)
    for model in (Refund, Dispute):
        rows = model.objects.filter(stripe_id__in=sources)  # type: ignore[attr-defined]
        for id_, *facts in rows.values_list("stripe_id", "currency", "amount_minor", "payment__customer_id"):
            yield id_, Document(*facts)
