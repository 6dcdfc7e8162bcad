"""Having somebody look again: the run itself belongs to a worker."""

from datetime import date

from kombu.exceptions import OperationalError

from config.base.actor import Actor
from config.base.models import StripeAccount
from reconciliation import tasks

SOON = "It is matched again now; load the page again in a moment."
IN_THE_MORNING = "The next run matches it again."


def ask(account: StripeAccount, *, by: Actor, first: date | None = None, last: date | None = None) -> str:
    """Have the account reconciled now, if the broker can be reached; else the morning's run does it. What to tell."""
    days = [day.isoformat() if day else "" for day in (first, last)]
    try:
        tasks.look_again.apply_async(args=(account.pk, str(by), *days), retry=False)
    except OperationalError:
        return IN_THE_MORNING
    return SOON
