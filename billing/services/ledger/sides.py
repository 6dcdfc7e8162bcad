"""What a document should have in the books, side by side with what it has; what is missing becomes an entry."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from billing.models import Entry, LedgerAccount, Posting
from billing.services.ledger.entries import Line


class Side(NamedTuple):
    """Where an amount stands: all of a posting but its amount."""

    kind: str
    currency: str
    customer_id: int | None = None
    reference: str = ""
    document: str = ""
    line: str = ""


Sides = Mapping[Side, int]


@dataclass(slots=True)
class Booked:
    """What the entries of one source come to, and which they are: by kind, their keys."""

    sides: dict[Side, int] = field(default_factory=dict)
    entries: dict[str, int] = field(default_factory=dict)

    def next_kind(self, kind: str) -> str:
        """`received`, then `received:2`, …"""
        return next_kind(kind, self.entries)

    def only_entry(self, source: str) -> Entry | None:
        """The one that an opposite entry reverses, where there is just one."""
        kinds = list(self.entries)
        return Entry.objects.get(source=source, kind=kinds[0]) if len(kinds) == 1 else None


def next_kind(kind: str, known: Collection[str]) -> str:
    """The kind, or with a number where it is taken, also where numbers before it are gone."""
    rests = (each.removeprefix(kind).removeprefix(":") for each in known if each == kind or each.startswith(f"{kind}:"))
    last = max((int(rest or 1) for rest in rests if rest.isdigit() or not rest), default=0)
    return f"{kind}:{last + 1}" if last else kind


def booked_of(source: str) -> Booked:
    """What a source has booked."""
    return booked_by_source([source]).get(source) or Booked()


def booked_by_source(sources: Sequence[str]) -> dict[str, Booked]:
    """What sources have booked; those that have nothing are left out."""
    found: dict[str, Booked] = {}
    for source, kind, key in Entry.objects.filter(source__in=sources).values_list("source", "kind", "pk"):
        found.setdefault(source, Booked()).entries[kind] = key
    named = ("account__kind", "account__currency", "customer_id", "reference", "document", "line")
    keys = [key for booked in found.values() for key in booked.entries.values()]
    postings = Posting.objects.filter(entry__in=keys) if keys else Posting.objects.none()
    amounts: dict[str, list[tuple[Side, int]]] = {source: [] for source in found}
    for source, amount, *place in postings.values_list("entry__source", "amount_minor", *named):
        amounts[source].append((Side._make(place), amount))
    for source, booked in found.items():
        booked.sides = summed(amounts[source])
    return found


def summed(amounts: Iterable[tuple[Side, int]]) -> dict[Side, int]:
    sums: dict[Side, int] = {}
    for side, amount in amounts:
        sums[side] = sums.get(side, 0) + amount
    return {side: amount for side, amount in sums.items() if amount}


def missing(wanted: Sides, booked: Sides) -> dict[Side, int]:
    """What is to be posted so that the booked becomes the wanted."""
    return summed([*wanted.items(), *((side, -amount) for side, amount in booked.items())])


def moves_clearing(sides: Sides) -> bool:
    return any(side.kind == LedgerAccount.Kind.STRIPE_CLEARING for side in sides)


def lines(sides: Sides, *, account_id: int) -> list[Line]:
    """As entries are posted; `account_id`: the Stripe account, for the kinds that are there."""
    return [Line(**side._asdict(), amount_minor=amount, account_id=account_id) for side, amount in sides.items()]
