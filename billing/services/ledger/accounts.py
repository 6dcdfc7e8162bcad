"""The plan of accounts: an account is opened when something is posted to it for the first time."""

from typing import NamedTuple

from django.db import connection, transaction

from billing.models import LedgerAccount


class Place(NamedTuple):
    """What names an account. `account_id` is the Stripe account, of kinds at Stripe only."""

    legal_entity_id: int
    kind: str
    currency: str
    account_id: int | None = None


# Accounts are never changed or deleted, so their keys hold for ever: by database and place.
_known: dict[tuple[str, Place], int] = {}
# Opened by this process in a transaction that may still be rolled back.
_opened: set[tuple[str, Place]] = set()


def key_of(place: Place) -> int:
    """The account's key; it is opened if there is none yet."""
    name = (str(connection.settings_dict["NAME"]), place)
    if name not in _known:
        key = _found(place)
        if key is None or name in _opened:
            return _open(place, name)
        _known[name] = key
    return _known[name]


def _found(place: Place) -> int | None:
    return LedgerAccount.objects.filter(**place._asdict()).values_list("pk", flat=True).first()


def _open(place: Place, name: tuple[str, Place]) -> int:
    LedgerAccount.objects.bulk_create([LedgerAccount(**place._asdict())], ignore_conflicts=True)
    key = LedgerAccount.objects.values_list("pk", flat=True).get(**place._asdict())
    _opened.add(name)
    transaction.on_commit(lambda: _opened.discard(name))
    return key
