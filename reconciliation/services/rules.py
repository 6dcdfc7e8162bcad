"""Rules that book: what was found and what a rule knows the account of waits for nobody.

Differences that a rule lets pass are closed where they are filed; see `filing`.
"""

from config.base.actor import Actor
from config.base.models import StripeAccount
from reconciliation.models import Discrepancy, MatchRule
from reconciliation.services import actions, policies
from reconciliation.services.actions import DiscrepancyClosed

Action = MatchRule.Action


def apply(account: StripeAccount) -> int:
    """Book what the account's rules say of what is open: how many. By priority; the rule's name stands at each."""
    active = MatchRule.objects.filter(account=account, is_active=True)
    booking = active.filter(action__in=[Action.BOOK_LINE, Action.BOOK_PAYMENT])
    return sum(_book(rule, row) for rule in booking for row in policies.concerned(rule).order_by("pk"))


def _book(rule: MatchRule, row: Discrepancy) -> bool:
    by, reason = Actor.system(rule.name), f"By the rule “{rule.name}”."
    try:
        if rule.action == Action.BOOK_LINE:
            actions.book(discrepancy=row, ledger_kind=rule.ledger_kind, reason=reason, by=by)
        else:
            actions.book_sale(discrepancy=row, reason=reason, by=by)
    except DiscrepancyClosed:
        return False
    return True
