"""What a bank's dispute means for its payment, read from the payment's story."""

from collections.abc import Collection
from dataclasses import dataclass

from config.base.console import display
from config.base.console.display import Tone
from config.base.console.pages import Notice
from config.base.models import DomainEvent
from config.base.money import Money
from payments.models import Payment

_TYPES = "payment.dispute_"
_LABELS = {"won": ("Dispute won", Tone.GOOD), "lost": ("Dispute lost", Tone.BAD)}
_CLOSED = ("won", "lost", "warning_closed", "prevented")


@dataclass(frozen=True, slots=True)
class Dispute:
    """The newest that Stripe told of a dispute; `status` and `reason` are Stripe's words."""

    status: str
    reason: str
    amount: Money

    @property
    def is_inquiry(self) -> bool:
        return self.status.startswith("warning_")

    @property
    def label(self) -> str:
        default = ("Inquiry", Tone.WARN) if self.is_inquiry else ("Disputed", Tone.BAD)
        return display.label(*_LABELS.get(self.status, default)) if self.is_shown else ""

    @property
    def is_shown(self) -> bool:
        return self.status not in ("warning_closed", "prevented")

    @property
    def forbids_refund(self) -> bool:
        return self.is_shown and not self.is_inquiry and self.status != "won"

    @property
    def notice(self) -> Notice:
        amount, reason = self.amount.format(display.locale()), display.words(self.reason).lower()
        if self.status == "won":
            return Notice(title=f"The dispute over {amount} was won", text="The money is back.", tone=Tone.QUIET)
        if self.status == "lost":
            text = f"The customer has {amount} back from their bank. Do not refund it: they would be paid twice."
            return Notice(title=f"The dispute was lost ({reason})", text=text, tone=Tone.BAD)
        if self.is_inquiry:
            text = "No money was taken back yet. Answer in Stripe's dashboard before its deadline, or refund in full."
            return Notice(title=f"The customer's bank asks about {amount} ({reason})", text=text)
        text = (
            "The bank has taken the money back. Do not refund it: the customer would be paid twice. "
            "Answer with evidence in Stripe's dashboard before its deadline."
        )
        return Notice(title=f"The customer's bank disputes {amount} ({reason})", text=text, tone=Tone.BAD)


def among(payments: Collection[Payment]) -> dict[str, Dispute]:
    """The newest state of the dispute of each payment that has one, by the payment's public id."""
    ids = [payment.public_id for payment in payments]
    told = DomainEvent.objects.filter(object_id__in=ids, type__startswith=_TYPES)
    events = sorted(told, key=lambda event: (event.data.get("status") in _CLOSED, event.sequence))
    return {event.object_id: _dispute(event) for event in events}


def of(payment: Payment) -> Dispute | None:
    return among([payment]).get(payment.public_id)


def _dispute(event: DomainEvent) -> Dispute:
    data = event.data
    amount = Money(int(data.get("amount") or 0), data.get("currency") or "usd")
    return Dispute(data.get("status") or "", data.get("reason") or "", amount)
