"""Rules that book: what was found and what a rule knows the account of waits for nobody.

Differences that a rule lets pass are closed where they are filed (see `filing`), unless a rest of them stands in
clearing: that is written off here, as when a person accepts it.
"""

from config.base.actor import Actor
from config.base.models import StripeAccount
from reconciliation.models import Discrepancy, MatchRule
from reconciliation.services import actions, policies
from reconciliation.services.actions import DiscrepancyChanged, DiscrepancyClosed

Action = MatchRule.Action


def apply(account: StripeAccount) -> int:
    """Book what the account's rules say of what is open: how many. By priority; the rule's name stands at each."""
    active = MatchRule.objects.filter(account=account, is_active=True)
    return sum(_book(rule, row) for rule in active for row in policies.concerned(rule).order_by("pk"))


def _book(rule: MatchRule, row: Discrepancy) -> bool:
    by, reason = Actor.system(rule.name), f"By the rule “{rule.name}”."
    try:
        if rule.action == Action.BOOK_LINE:
            actions.book(discrepancy=row, ledger_kind=rule.ledger_kind, reason=reason, by=by)
        elif rule.action == Action.BOOK_PAYMENT:
            actions.book_sale(discrepancy=row, reason=reason, by=by)
        elif any(abs(each.amount_minor) > rule.tolerance_minor for each in actions.left(row)):
            return False
        else:
            actions.accept(discrepancy=row, reason=reason, by=by)
    except (DiscrepancyChanged, DiscrepancyClosed):
        return False  # the next run looks at it again
    return True
