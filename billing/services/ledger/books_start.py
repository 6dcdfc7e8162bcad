"""Where the books begin: nothing that happened before that day is booked, and what settles it stands against opening.

A payment from before that is used for an invoice, one that pays an invoice from before, and the refund that a credit
note from before promised meet the account `opening` where others meet clearing or receivable.
"""

from datetime import date

from django.conf import settings

from billing.models import LedgerAccount

_Kind = LedgerAccount.Kind


def precedes(day: date) -> bool:
    """Whether the books had not begun on this day."""
    start: date | None = settings.BOOKS_START
    return start is not None and day < start


def receivable(issued_on: date) -> str:
    """The account in which an invoice or credit note stands that was issued on this day."""
    return _Kind.OPENING if precedes(issued_on) else _Kind.RECEIVABLE
