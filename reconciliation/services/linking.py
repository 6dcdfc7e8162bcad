"""Lines and documents that belong together though they name no common id: a person, or a rule, brings them together."""

from collections.abc import Sequence

from django.db import transaction

from billing.models import LedgerAccount, Posting
from billing.services.ledger import entries, sides
from billing.services.ledger.sides import Side
from config.base import audit, clock
from config.base.actor import Actor
from config.base.errors import IllegalState
from config.base.models import StripeAccount
from reconciliation.models import Match, MatchedDocument, MatchedLine, StatementLine
from reconciliation.services import holding

_CLEARING = LedgerAccount.Kind.STRIPE_CLEARING


class DoesNotBalance(IllegalState):
    """What the lines moved is not what the documents say."""

    code = "match_not_balanced"
    title = "The amounts do not add up"


def link(
    *, account: StripeAccount, lines: Sequence[StatementLine], references: Sequence[str], reason: str, by: Actor
) -> Match:
    """Match lines with documents, n to m, named by the ids that clearing knows them by.

    Each must have something left in the account's clearing, all together nothing; raises DoesNotBalance.
    """
    named = list(dict.fromkeys([*references, *(line.source_id for line in lines)]))
    with transaction.atomic():
        holding.hold(account, named)
        standing = _standing(account, named)
        _refuse_even(named, standing)
        left: dict[str, int] = {}
        for side, amount in standing.items():
            left[side.currency] = left.get(side.currency, 0) + amount
        if any(left.values()):
            rest = ", ".join(f"{amount} {currency}" for currency, amount in left.items() if amount)
            raise DoesNotBalance(f"Choose lines and documents that add up; {rest} is left.")
        match = Match.objects.create(account=account, rule=str(by)[:120], reason=reason)
        MatchedLine.objects.bulk_create([MatchedLine(match=match, line=line) for line in lines])
        MatchedDocument.objects.bulk_create([MatchedDocument(match=match, reference=each) for each in references])
        _post(match, {side: -amount for side, amount in standing.items()}, "linked", by=by)
        audit.record(match, changes={"linked": ["", ", ".join(named)[:500]]}, by=by, reason=reason)
        return match


def undo(*, match: Match, reason: str, by: Actor) -> bool:
    """Take a match back; False when it was taken back before."""
    with transaction.atomic():
        holding.hold(match.account, [])
        row = Match.objects.select_for_update().get(pk=match.pk)
        if row.undone_at:
            return False
        Match.objects.filter(pk=row.pk).update(undone_at=clock.now(), undone_by=str(by)[:150])
        row.lines.update(is_active=False)
        row.documents.update(is_active=False)
        moved: dict[Side, int] = {}
        for posting in Posting.objects.filter(entry__source=row.public_id).select_related("account"):
            side = Side(posting.account.kind, posting.account.currency, reference=posting.reference)
            moved[side] = moved.get(side, 0) - posting.amount_minor
        _post(row, moved, "unlinked", by=by)
        audit.record(row, changes={"undone": ["", reason]}, by=by, reason=reason)
        return True


def _refuse_even(named: Sequence[str], standing: dict[Side, int]) -> None:
    """What nothing is left of would only be hidden by a match, whatever else is wrong with it."""
    still = {side.reference for side in standing}
    even = [name or "a line that names nothing" for name in named if name not in still]
    if even or not named:
        raise DoesNotBalance(f"Nothing is left in clearing of {', '.join(even) or 'nothing'}.")


def _standing(account: StripeAccount, references: Sequence[str]) -> dict[Side, int]:
    found: dict[Side, int] = {}
    postings = Posting.objects.filter(account__kind=_CLEARING, account__account=account, reference__in=references)
    for posting in postings.select_related("account"):
        side = Side(_CLEARING, posting.account.currency, reference=posting.reference)
        found[side] = found.get(side, 0) + posting.amount_minor
    return {side: amount for side, amount in found.items() if amount}


def _post(match: Match, moved: dict[Side, int], kind: str, *, by: Actor) -> None:
    entity = match.account.legal_entity
    entries.post(
        legal_entity=entity,
        effective_on=entries.day_of(clock.now(), entity),
        source=match.public_id,
        kind=kind,
        by=by,
        lines=sides.lines(moved, account_id=match.account_id),
        note=match.reason,
    )
