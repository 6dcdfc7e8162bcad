"""Whatever happens to an invoice at Stripe, in any order and heard of at any time, the books end right."""

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.error import HTTPError

import pytest
import stripe

from billing.models import Entry
from billing.services.ledger import backfill, recognition
from config.base import clock
from reconciliation.services import verification
from tests.billing.ledger.test_invoices import finalized, standing
from tests.flows.faults.company import Company
from tests.plugins.stripe import LocalStripe

pytestmark = pytest.mark.django_db
DAY = 86_400
CARD = {"payment_method": "pm_card_visa", "confirm": True, "payment_method_types": ["card"]}


@dataclass
class Story:
    """An invoice, and what may happen to it; Stripe refuses what cannot."""

    company: Company
    sandbox: LocalStripe
    customer: str
    chance: random.Random
    invoice: str = ""

    @property
    def v1(self) -> Any:
        return self.sandbox.client.v1

    def begin(self) -> None:
        rate = self.v1.tax_rates.create(
            {"display_name": "VAT", "percentage": 19, "inclusive": self.chance.random() < 0.5}
        ).id
        credit = {"amount": self.chance.choice([-9000, -500, 300]), "currency": "eur"}
        if self.chance.random() < 0.5:
            self.v1.customers.balance_transactions.create(self.customer, credit)
        lines = [self._line(rate) for _ in range(self.chance.randint(1, 3))]
        self.invoice = finalized(self.sandbox, self.customer, *lines)

    def _line(self, rate: str) -> dict[str, Any]:
        now, taxed = int(clock.now().timestamp()), self.chance.random() < 0.6
        begins, ends = now - self.chance.randint(0, 20) * DAY, now + self.chance.randint(0, 120) * DAY
        line = {
            "amount": self.chance.randint(700, 5000),
            "description": "Service",
            "tax_rates": [rate] if taxed else [],
        }
        return line | {"period": {"start": begins, "end": ends}}

    def pay(self) -> None:
        self.v1.invoices.pay(self.invoice)

    def pay_outside(self) -> None:
        self.v1.invoices.pay(self.invoice, {"paid_out_of_band": True})

    def pay_a_part_or_too_much(self) -> None:
        wanted = {"amount": self.chance.randint(60, 4000), "currency": "eur", "customer": self.customer, **CARD}
        intent = self.v1.payment_intents.create(wanted).id
        self.v1.invoices.attach_payment(self.invoice, {"payment_intent": intent})

    def note(self) -> None:
        line = self.chance.choice(self.v1.invoices.line_items.list(self.invoice).data)
        wanted: dict[str, Any] = {"type": "invoice_line_item", "invoice_line_item": line.id}
        wanted["amount"] = self.chance.randint(1, line.amount)
        how = self.chance.choice([{}, {"effective_at": int(clock.now().timestamp()) - 3 * DAY}])
        self._note(lines=[wanted], **how)

    def note_an_amount(self) -> None:
        self._note(amount=self.chance.randint(1, 900))

    def _note(self, **wanted: Any) -> None:
        """All of it off what is owed; what was paid is given back in one of three ways."""
        given = {"invoice": self.invoice, **wanted}
        back = self.chance.choice(["refund_amount", "credit_amount", "out_of_band_amount"])
        body = self.v1.invoices.retrieve(self.invoice)
        if body.amount_remaining:
            self.v1.credit_notes.create(given)
        elif "amount" in wanted:
            self.v1.credit_notes.create(given | {back: wanted["amount"]})

    def void_a_note(self) -> None:
        for note in self.v1.credit_notes.list({"invoice": self.invoice}).data[:1]:
            self.v1.credit_notes.void_credit_note(note.id)

    def void(self) -> None:
        self.v1.invoices.void_invoice(self.invoice)

    def give_up(self) -> None:
        self.v1.invoices.mark_uncollectible(self.invoice)

    def refund(self) -> None:
        for charge in self.v1.charges.list().data[:1]:
            self.v1.refunds.create({"charge": charge.id, "amount": self.chance.randint(1, 1500)})

    def fail_a_refund(self) -> None:
        for refund in self.v1.refunds.list().data[:1]:
            self.sandbox.control("refunds", {"fail": refund.id})

    def dispute(self) -> None:
        for charge in self.v1.charges.list().data[:1]:
            if not charge.disputed:
                self.sandbox.control("disputes", {"charge": charge.id, "reason": "general"})

    def decide_a_dispute(self) -> None:
        for dispute in self.v1.disputes.list().data[:1]:
            if dispute.status == "needs_response":
                status = self.chance.choice(["won", "lost"])
                self.sandbox.control("disputes", {"close": dispute.id, "status": status})

    def wait(self) -> None:
        """Stripe's list of events forgets what is older than a month."""
        self.company.hear()
        self.sandbox.advance(seconds=self.chance.randint(1, 12) * DAY)

    def earn(self) -> None:
        recognition.of(self.company.account.legal_entity, by="test")

    def end(self) -> None:
        self.company.hear()
        self.sandbox.advance(seconds=150 * DAY)
        self.company.hear()
        self.earn()


@pytest.mark.parametrize("starts_late", [False, True])
@pytest.mark.parametrize("seed", range(8))
def test_the_books_end_right(
    company: Company, sandbox: LocalStripe, customer: str, settings: Any, seed: int, *, starts_late: bool
) -> None:
    story = Story(company, sandbox, customer, random.Random(seed))
    if starts_late:
        settings.BOOKS_START = (clock.now() + timedelta(days=story.chance.randint(2, 20))).date()
    story.begin()
    acts: list[Callable[[], None]] = [
        story.pay, story.pay_outside, story.pay_a_part_or_too_much, story.note, story.note_an_amount,
        story.void_a_note, story.void, story.give_up, story.refund, story.fail_a_refund, story.dispute,
        story.decide_a_dispute, story.wait, story.wait, story.earn, company.hear, company.hear,
    ]  # fmt: skip
    for act in story.chance.choices(acts, k=20):
        with suppress(stripe.InvalidRequestError, HTTPError):
            act()
    story.end()

    assert list(verification.findings(company.account.legal_entity)) == []
    assert (standing("suspense"), standing("deferred_revenue")) == (0, 0)
    if not starts_late:
        assert standing("credits_liability") == balance_but_by_hand(story)
    booked = Entry.objects.count()
    list(backfill.documents(account=company.account, by="test"))
    assert Entry.objects.count() == booked


def balance_but_by_hand(story: Story) -> int:
    """What Stripe has on the customer's balance, without what people put there."""
    moved = story.v1.customers.balance_transactions.list(story.customer).data
    by_hand = sum(each.amount for each in moved if each.type == "adjustment")
    return int(story.v1.customers.retrieve(story.customer).balance - by_hand)
