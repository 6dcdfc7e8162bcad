"""What states of subscriptions, invoices, credit notes and e-mails mean, said to staff."""

from datetime import datetime

from django.utils.safestring import SafeString

from billing.models import Invoice, Subscription
from config.base.console import display
from config.base.console.display import Tone

_TONES = {
    "active": Tone.GOOD,
    "trialing": Tone.GOOD,
    "paid": Tone.GOOD,
    "issued": Tone.GOOD,
    "sent": Tone.GOOD,
    "open": Tone.BUSY,
    "draft": Tone.BUSY,
    "incomplete": Tone.BUSY,
    "waiting": Tone.BUSY,
    "confirming": Tone.BUSY,
    "past_due": Tone.WARN,
    "paused": Tone.WARN,
    "unknown": Tone.WARN,
    "unpaid": Tone.BAD,
    "uncollectible": Tone.BAD,
    "rejected": Tone.BAD,
    "failed": Tone.BAD,
}
_MEANINGS = {
    "unknown": "Asked of Stripe and not answered yet; it settles by itself",
    "incomplete": "Its first invoice waits to be paid, at most 23 hours",
    "incomplete_expired": "Its first invoice was not paid in time; it never began",
    "trialing": "In its trial; nothing is charged until that ends",
    "past_due": "A renewal was not paid; Stripe goes on trying",
    "unpaid": "Stripe has given up collecting; new invoices stay drafts",
    "paused": "The trial ended without a way to pay; nothing is billed",
    "draft": "Can still be changed; nobody owes it yet",
    "open": "Owed, and not paid yet",
    "void": "Taken back; nobody owes it",
    "uncollectible": "Written off: nobody expects it to be paid",
    "rejected": "Never made at Stripe",
}

FLAGS = {
    "sum_does_not_hold": (
        "The lines, taxes and discounts do not add up to the total that Stripe says. "
        "Compare with Stripe before you act."
    ),
    "period_billed_twice": (
        "Stripe billed the same period a second time. The customer is parked; void or credit one of the two."
    ),
    "too_many_lines": "Stripe made more lines in a day than is likely. The customer is parked; look for a loop.",
    "change_not_undone": (
        "A change was not paid, and Stripe refused to take it back. Compare items and invoices, and settle it by hand."
    ),
    "collected_other_than_quoted": (
        "The customer paid for a change another sum than was quoted. Compare the quote with its invoice."
    ),
    "rest_not_refunded": ("It has ended, and the unused rest could not be refunded. Credit its last invoice by hand."),
    "arrived_late": (
        "Stripe made it after whoever asked for it had stopped waiting. It is canceled by itself; refund what was paid."
    ),
    "numbered_by_stripe": "Stripe finalized it before our number was taken: it has Stripe's number.",
}


def status(state: str) -> SafeString:
    """A state as a coloured label that explains itself on hover."""
    text = "In doubt" if state == "unknown" else display.words(state)
    return display.label(text, _TONES.get(state, Tone.QUIET), title=_MEANINGS.get(state, ""))


def flag(name: str) -> str:
    return FLAGS.get(name, f"{display.words(name)}: a rule was broken by what Stripe says. Look at the story below.")


def subscription_labels(row: Subscription) -> list[SafeString]:
    """Its status, and beside it what else must be seen at once."""
    labels = [status(row.status)]
    if row.pause_behavior:
        labels.append(display.label("Collection paused", Tone.WARN))
    if (row.cancel_at or row.cancel_at_period_end) and row.status not in Subscription.TERMINAL:
        labels.append(display.label("Ends", Tone.WARN, title=_until(row.cancel_at)))
    if row.flags:
        labels.append(display.label("Flagged", Tone.BAD))
    return labels


def invoice_labels(row: Invoice, *, at: datetime) -> list[SafeString]:
    """Its status, and beside it what else must be seen at once."""
    labels = [status(row.status)]
    if row.status == Invoice.Status.OPEN and row.due_date and row.due_date < at:
        labels.append(display.label("Overdue", Tone.BAD))
    if row.status == Invoice.Status.DRAFT and row.stripe_id is None:
        labels.append(display.label("Not sent to Stripe", Tone.QUIET))
    if row.flags:
        labels.append(display.label("Flagged", Tone.BAD))
    return labels


def _until(moment: datetime | None) -> str:
    return f"on {moment:%d %b %Y}" if moment else "with its period"
