"""The entry with which the books begin: what Stripe held for us at that moment, a currency an entry.

Stripe tells only what it holds now, so what moved since is taken off again. Payouts that were on their way are in
transit. Source: https://docs.stripe.com/api/balance, https://docs.stripe.com/api/payouts/list
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from billing.models import Entry, LedgerAccount
from billing.services.ledger import entries, stripe_balance
from billing.services.ledger.entries import Line
from config.base.errors import IllegalState
from config.base.models import StripeAccount
from payments import gateway
from payments.failures import JsonObject

_Kind = LedgerAccount.Kind
_TRIES = 5


class BalanceMoving(IllegalState):
    """Lines kept coming while the balance was read."""

    code = "balance_moving"
    title = "Stripe's balance is changing too fast"


def post(*, account: StripeAccount, by: object) -> int:
    """Open the books, once and in all currencies, from what Stripe says: the number of entries. No transaction is open.

    Nothing without `BOOKS_START`: then all that was ever told is in them. Raises StripeFailure, BalanceMoving.
    """
    start = settings.BOOKS_START
    if start is None or is_posted(account):
        return 0
    books = account.legal_entity
    since = datetime.combine(start, time(), zone_of(account))
    held, underway = _held(account, since), _underway(account, since)
    currencies = sorted({*held, *(payout["currency"] for payout in underway)})
    with transaction.atomic():
        return sum(
            entries.post(
                legal_entity=books,
                effective_on=start,
                source=account.public_id,
                kind=f"opening:{currency}",
                by=by,
                lines=_lines(account, currency, held[currency], underway),
            )
            for currency in currencies
        )


def is_posted(account: StripeAccount) -> bool:
    return Entry.objects.filter(source=account.public_id, kind__startswith="opening:").exists()


def zone_of(account: StripeAccount) -> ZoneInfo:
    return ZoneInfo(account.legal_entity.time_zone)


def _lines(account: StripeAccount, currency: str, held: int, underway: Iterable[JsonObject]) -> list[Line]:
    sent = [payout for payout in underway if payout["currency"] == currency]
    total = held + sum(payout["amount"] for payout in sent)
    return [
        Line(kind=_Kind.STRIPE_BALANCE, amount_minor=held, currency=currency, account_id=account.pk),
        *(
            Line(
                kind=_Kind.IN_TRANSIT,
                amount_minor=payout["amount"],
                currency=currency,
                account_id=account.pk,
                reference=payout["id"],
            )
            for payout in sent
        ),
        Line(kind=_Kind.OPENING, amount_minor=-total, currency=currency),
    ]


def _held(account: StripeAccount, since: datetime) -> Counter[str]:
    """What Stripe held at a moment, by currency: what it holds now, less what its lines moved since."""
    for _ in range(_TRIES):
        before = stripe_balance.read(account)
        moved = _moved(account, since)
        if stripe_balance.read(account) == before:
            before.subtract(moved)
            return before
    raise BalanceMoving("Lines keep coming. Please try again.")


def _moved(account: StripeAccount, since: datetime) -> Counter[str]:
    moved: Counter[str] = Counter()
    params = {"created": {"gte": int(since.timestamp())}}
    for line in gateway.each("/v1/balance_transactions", params, account=account.stripe_id):
        moved[line["currency"]] += line["net"]
    return moved


def _underway(account: StripeAccount, since: datetime) -> list[JsonObject]:
    """The payouts that had left the balance by then and had neither arrived nor come back."""
    moment = int(since.timestamp())
    params = {
        "created": {"lt": moment},
        "arrival_date": {"gte": moment},
        "expand": ["data.failure_balance_transaction"],
    }
    payouts = gateway.each("/v1/payouts", params, account=account.stripe_id)
    return [payout for payout in payouts if not _came_back(payout, by=moment)]


def _came_back(payout: JsonObject, *, by: int) -> bool:
    line = payout.get("failure_balance_transaction")
    return line is not None and line["created"] < by
