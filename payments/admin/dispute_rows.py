"""What a bank's dispute means for its payment, and disputes as a table on the page of something else."""

from collections.abc import Collection, Iterable
from datetime import datetime

from config.base.console import display
from config.base.console.display import Tone
from config.base.console.pages import Notice, Table
from config.base.money import Money
from payments.admin import links
from payments.models import Dispute, Payment

_Status = Dispute.Status
_TONES = {
    _Status.NEEDS_RESPONSE: Tone.BAD,
    _Status.WARNING_NEEDS_RESPONSE: Tone.WARN,
    _Status.UNDER_REVIEW: Tone.BUSY,
    _Status.WARNING_UNDER_REVIEW: Tone.BUSY,
    _Status.WON: Tone.GOOD,
    _Status.LOST: Tone.BAD,
}
_LABELS = {_Status.WON: ("Dispute won", Tone.GOOD), _Status.LOST: ("Dispute lost", Tone.BAD)}


def status(dispute: Dispute) -> str:
    """Stripe's word as a coloured label."""
    return display.label(display.words(dispute.status), _TONES.get(_Status(dispute.status), Tone.QUIET))


def label(dispute: Dispute | None) -> str:
    """What stands beside the payment's status; empty when the dispute came to nothing."""
    if dispute is None or not _is_shown(dispute):
        return ""
    default = ("Inquiry", Tone.WARN) if dispute.is_inquiry else ("Disputed", Tone.BAD)
    return display.label(*_LABELS.get(_Status(dispute.status), default))


def among(payments: Collection[Payment]) -> dict[int, Dispute]:
    """The dispute that matters most of each payment that has one, by the payment's key."""
    found = Dispute.objects.filter(payment__in=[payment.pk for payment in payments])
    return {row.payment_id: row for row in sorted(found, key=_weight) if row.payment_id}


def foremost(disputes: Iterable[Dispute]) -> Dispute | None:
    """The one that matters most."""
    return max(disputes, key=_weight, default=None)


def notice(dispute: Dispute) -> Notice:
    """What happened and what to do about it."""
    amount, reason = dispute.amount.format(display.locale()), display.words(dispute.reason).lower()
    if dispute.status == _Status.WON:
        back = "The money is back." if dispute.reinstated_minor else "Stripe gives the money back."
        return Notice(title=f"The dispute over {amount} was won", text=back, tone=Tone.QUIET)
    if dispute.status == _Status.LOST:
        text = f"The customer has {amount} back from their bank. It cannot be refunded: they would be paid twice."
        return Notice(title=f"The dispute was lost ({reason})", text=text, tone=Tone.BAD)
    if not _is_shown(dispute):
        text = "It came to nothing: no money was taken."
        return Notice(title=f"The bank's question about {amount} is closed", text=text, tone=Tone.QUIET)
    if dispute.is_inquiry:
        text = f"No money was taken back yet. {_answer(dispute)} Or refund it in full."
        return Notice(title=f"The customer's bank asks about {amount} ({reason})", text=text)
    twice = "It cannot be refunded: the customer would be paid twice."
    text = f"The bank has taken the money back. {twice} {_answer(dispute)}"
    return Notice(title=f"The customer's bank disputes {amount} ({reason})", text=text, tone=Tone.BAD)


def table(title: str, disputes: Iterable[Dispute]) -> Table:
    rows = [
        [
            display.link(links.url(dispute), display.money(dispute.amount)),
            status(dispute),
            display.words(dispute.reason),
            due(dispute) or display.EMPTY,
            display.when(dispute.stripe_created_at),
        ]
        for dispute in disputes
    ]
    return Table(title=title, headers=["Amount", "Status", "Reason", "Answer by (UTC)", "Opened (UTC)"], rows=rows)


def due(dispute: Dispute) -> object:
    """By when to answer; empty when there is nothing to answer any more."""
    return display.when(dispute.evidence_due_by) if dispute.status in Dispute.TO_ANSWER else ""


def settled(dispute: Dispute, minor: int) -> object:
    """An amount as it moved in the balance; empty when nothing moved."""
    return display.money_unless_zero(Money(minor, dispute.settlement_currency)) if dispute.settlement_currency else ""


def _weight(dispute: Dispute) -> tuple[bool, bool, datetime]:
    return dispute.forbids_refund, _is_shown(dispute), dispute.stripe_created_at


def _is_shown(dispute: Dispute) -> bool:
    return dispute.status not in (_Status.WARNING_CLOSED, _Status.PREVENTED)


def _answer(dispute: Dispute) -> str:
    if dispute.status not in Dispute.TO_ANSWER:
        return "The evidence is with the bank, which decides within weeks or months."
    by = dispute.evidence_due_by
    deadline = f"before its deadline, {by:%-d %b %Y, %H:%M} UTC." if by else "before its deadline."
    return f"Answer with evidence in Stripe's dashboard {deadline}"
