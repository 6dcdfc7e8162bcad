"""What staff may do about a discrepancy, each behind a confirmation that shows its effect in money."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import messages

from billing.admin.catalog_forms import choice
from billing.admin.invoice_actions import NeededReasonForm
from config.base.actor import Actor
from config.base.console import display
from config.base.console.confirmation import ConfirmedView, Data, Outcome
from config.base.console.display import Tone
from config.base.money import Money
from reconciliation.admin import looking, standing, words
from reconciliation.admin.policy_forms import kinds
from reconciliation.models import Discrepancy, StatementLine
from reconciliation.services import actions

Status, Type = Discrepancy.Status, Discrepancy.Type
NOTHING_LEFT = "Nothing of it stands in clearing or in transit, so nothing is booked."


class DiscrepancyView(ConfirmedView[Discrepancy]):
    """Decisions stand on the difference as it was when the page was read."""

    permission = "reconciliation.work_on_discrepancy"
    button: ClassVar[str]
    form_class: ClassVar[type[forms.Form]] = NeededReasonForm

    @classmethod
    def fits(cls, row: Discrepancy) -> bool:
        """Whether this can be done about it now."""
        return cls.action in actions.offered(row)

    def state(self) -> str:
        return f"{self.row.status} {self.row.amount_minor} {self.row.times_opened} {standing.left(self.row)}"

    def refusal(self) -> str:
        if self.fits(self.row):
            return ""
        is_open = self.row.status == Status.OPEN
        return "This is not possible for one of this type." if is_open else f"It is {self.row.get_status_display()}."

    def facts(self) -> Sequence[object]:
        about = f"{words.name(self.row.type)}: {words.difference(self.row.amount)}, {self.row.object_id}."
        return [about, *standing.sentences(self.row)]

    @property
    def difference(self) -> str:
        return say(Money(abs(self.row.amount_minor), self.row.currency))

    def look_again(self, done: str, by: Actor) -> Outcome:
        return Outcome(messages.SUCCESS, f"{done} {looking.ask(self.row.account, by=by)}")


def say(amount: Money) -> str:
    return amount.format(display.locale())


class FetchAgain(DiscrepancyView):
    action = actions.FETCH
    title = "Fetch it from Stripe again"
    do_text = "Fetch it"
    button = "Fetch again…"
    form_class = forms.Form

    def consequences(self, data: Data) -> Sequence[object]:
        return [
            f"{self.row.object_id} and what hangs on it are read from Stripe, and written and booked here.",
            "Then both sides are matched again: it settles if they agree. No money moves.",
        ]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        actions.fetch_again(discrepancy=self.row, by=by)
        return self.look_again("Fetched.", by)


class Accept(DiscrepancyView):
    action = actions.ACCEPT
    title = "Accept the difference"
    do_text = "Accept it"
    button = "Accept…"

    def consequences(self, data: Data) -> Sequence[object]:
        kind = words.ledger_kind(actions.REST.get(self.row.type, "write_offs"))
        rest = [] if self.row.type in actions.WITHOUT_REST else standing.left(self.row)
        left = [f"{what} is booked to {kind}." for what in rest]
        return [
            f"The difference of {self.difference} stays as it is, and waits for nobody any more.",
            *(left or [NOTHING_LEFT]),
            "If the amount changes, it opens again by itself.",
        ]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        actions.accept(discrepancy=self.row, reason=data["reason"], by=by)
        return self.look_again(f"Accepted: {self.difference}.", by)


class ToSuspense(DiscrepancyView):
    action = actions.SUSPENSE
    title = "Put it in suspense"
    do_text = "Put it in suspense"
    button = "To suspense…"

    @classmethod
    def fits(cls, row: Discrepancy) -> bool:
        """Something of it must stand where it can be taken from."""
        return super().fits(row) and (row.type == Type.UNKNOWN_LINE_TYPE or bool(standing.left(row)))

    def consequences(self, data: Data) -> Sequence[object]:
        return [
            *self._booked(),
            "It stays part of what is unexplained until it is released from suspense to where it belongs.",
        ]

    def _booked(self) -> list[str]:
        if self.row.type == Type.UNKNOWN_LINE_TYPE:
            line = line_of(self.row)
            return [f"The line of {say(line.amount)} is booked to suspense."]
        return [f"{what} is booked to suspense." for what in standing.left(self.row)]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        actions.to_suspense(discrepancy=self.row, reason=data["reason"], by=by)
        return self.look_again("It is in suspense.", by)


def line_of(row: Discrepancy) -> StatementLine:
    return StatementLine.objects.get(stripe_id=row.object_id)


class KindForm(NeededReasonForm):
    """To which account, and why."""

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        to = choice(kinds(), label="Book it to", help_text="A rule can do it for the next ones.")
        self.fields = {"ledger_kind": to, **self.fields}


class Book(DiscrepancyView):
    action = actions.BOOK
    title = "Book the line"
    do_text = "Book it"
    button = "Book…"
    form_class = KindForm

    def consequences(self, data: Data) -> Sequence[object]:
        line, kind = line_of(self.row), words.ledger_kind(data["ledger_kind"])
        went = "came into" if line.net_minor > 0 else "left"
        fee = Money(line.fee_minor, line.currency)
        return [
            f"{say(Money(abs(line.net_minor), line.currency))} {went} Stripe's balance.",
            f"{say(line.amount)} gross is booked to {kind}.",
            *([f"A fee of {say(fee)} is booked to Fees."] if fee.minor else []),
            "The line is explained then. What is booked can be reversed, but never changed.",
        ]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        actions.book(discrepancy=self.row, ledger_kind=data["ledger_kind"], reason=data["reason"], by=by)
        return self.look_again("The line is booked.", by)


class BookSale(DiscrepancyView):
    action = actions.BOOK_SALE
    title = "Book it as a sale"
    do_text = "Book it as a sale"
    button = "Book as a sale…"

    def consequences(self, data: Data) -> Sequence[object]:
        return [
            f"{self.difference} that the customer has prepaid become revenue, without tax.",
            "No document is made. If an invoice takes the payment later, look at it again.",
        ]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        actions.book_sale(discrepancy=self.row, reason=data["reason"], by=by)
        return self.look_again("It is booked as a sale.", by)


class Release(DiscrepancyView):
    action = "release_suspense"
    title = "Release it from suspense"
    do_text = "Release it"
    button = "Release from suspense…"
    form_class = KindForm
    tone = Tone.BUSY

    @classmethod
    def fits(cls, row: Discrepancy) -> bool:
        return bool(standing.in_suspense(row))

    def refusal(self) -> str:
        return "" if self.fits(self.row) else "Nothing of it is in suspense."

    def state(self) -> str:
        return f"{super().state()} {standing.in_suspense(self.row)}"

    def consequences(self, data: Data) -> Sequence[object]:
        kind = words.ledger_kind(data["ledger_kind"])
        return [f"{what} is booked to {kind}." for what in standing.in_suspense(self.row)]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        is_done = actions.release_suspense(
            discrepancy=self.row, ledger_kind=data["ledger_kind"], reason=data["reason"], by=by
        )
        return self.look_again("It is out of suspense." if is_done else "Somebody was faster.", by)
