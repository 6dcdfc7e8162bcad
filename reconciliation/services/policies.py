"""Rules and tariffs as people write them: each change leaves its audit line, and what it lets pass is shown first."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Func, QuerySet, Sum

from config.base import audit
from config.base.actor import Actor
from config.base.errors import IllegalState
from config.base.money import Money
from reconciliation.models import Discrepancy, MatchRule, StatementLine, Tariff

Policy = TypeVar("Policy", MatchRule, Tariff)
Action, Type = MatchRule.Action, Discrepancy.Type


@dataclass(frozen=True, slots=True)
class Passing:
    """Open discrepancies of a currency that a rule would let pass; `amount` is their sum without signs."""

    count: int
    amount: Money


def write(policy: Policy, values: Mapping[str, Any], *, by: Actor, reason: str = "") -> Policy:
    """Make a rule or a tariff, or change it, and note what was changed; IllegalState when there is such a one."""
    changes = {name: [_said(getattr(policy, name, None)), _said(value)] for name, value in values.items()}
    changes = {name: change for name, change in changes.items() if change[0] != change[1]}
    for name, value in values.items():
        setattr(policy, name, value)
    try:
        with transaction.atomic():
            policy.save()
            audit.record(policy, changes=changes, by=by, reason=reason)
    except IntegrityError:
        raise IllegalState("There is one like it already: choose another name or day.") from None
    return policy


def _said(value: Any) -> str:
    return "" if value is None else str(value)


def would_pass(rule: MatchRule) -> list[Passing]:
    """What the rule would close of what is open now, by currency. The rule need not be saved."""
    found = concerned(rule).order_by().values_list("currency").annotate(count=Count("pk"), total=Sum(_unsigned()))
    return [Passing(count, Money(int(total), currency)) for currency, count, total in found.order_by("currency")]


def _unsigned() -> Func:
    return Func(F("amount_minor"), function="abs")


def concerned(rule: MatchRule) -> QuerySet[Discrepancy]:
    """The open discrepancies that the rule is about."""
    waiting = Discrepancy.objects.filter(account=rule.account, status=Discrepancy.Status.OPEN)
    if rule.currency:
        waiting = waiting.filter(currency=rule.currency)
    if rule.action == Action.ALLOW_DIFFERENCE:
        low, high = -rule.tolerance_minor, rule.tolerance_minor
        return waiting.filter(type=rule.discrepancy_type, amount_minor__range=(low, high))
    if rule.action == Action.BOOK_PAYMENT:
        return waiting.filter(type=Type.PREPAYMENT)
    lines = StatementLine.objects.filter(account=rule.account, type=rule.line_type)
    if rule.description_contains:
        lines = lines.filter(description__icontains=rule.description_contains)
    return waiting.filter(type=Type.UNKNOWN_LINE_TYPE, object_id__in=lines.values("stripe_id"))
