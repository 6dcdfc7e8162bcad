"""A process that dies between any two lines of road two: nothing double, nothing lost.

Each cell: what stands here right after the kill, what Stripe was asked, and both again after the sweep.
The table is printed at the end of the run.
"""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from config.base.actor import Actor
from config.base.clock import real_now
from config.base.models import StripeAccount
from config.base.money import Money
from payments.models import OutboundCall, Payment, Refund
from payments.services import payments, recovery
from tests.flows.kill.run import killed
from tests.plugins.stripe import LocalStripe
from tests.plugins.tables import AddRow

BY = Actor.system("test")
INTENTS = "/v1/payment_intents"
KILLS = {
    "before our row is committed": "commit:1:before",
    "after it, before the call leaves": "commit:1:after",
    "after Stripe acted, before its reply is kept": "commit:{reply}:before",
    "after its reply is kept": "commit:{reply}:after",
}


@dataclass(frozen=True)
class Step:
    """A wish: what it needs first, where it goes, what Stripe holds once it was granted, exactly once."""

    name: str
    path: str
    status: str
    granted: dict[str, int]
    reply: int = 2
    """The commit that keeps the reply; a creation first commits its root."""


STEPS = [
    Step("create", INTENTS, "succeeded", {"intents": 1, "charges": 1, "captured": 1099, "refunded": 0}, reply=3),
    Step(
        "confirm", INTENTS + "/{id}/confirm", "succeeded", {"intents": 1, "charges": 1, "captured": 1099, "refunded": 0}
    ),
    Step(
        "capture", INTENTS + "/{id}/capture", "succeeded", {"intents": 1, "charges": 1, "captured": 1099, "refunded": 0}
    ),
    Step("cancel", INTENTS + "/{id}/cancel", "canceled", {"intents": 1, "charges": 1, "captured": 0, "refunded": 0}),
    Step("refund", "/v1/refunds", "succeeded", {"intents": 1, "charges": 1, "captured": 1099, "refunded": 400}),
]


def prepared(step: Step, account: StripeAccount) -> Payment | None:
    """The payment that a step acts on."""
    amount = Money(1099, "eur")
    if step.name == "create":
        return None
    if step.name == "confirm":
        return payments.create(account=account, amount=amount, by=BY)
    manual = "manual" if step.name in {"capture", "cancel"} else "automatic_async"
    return payments.create(
        account=account, amount=amount, payment_method="pm_card_visa", confirm=True, capture_method=manual, by=BY
    )


def at_stripe(sandbox: LocalStripe) -> dict[str, int]:
    v1 = sandbox.client.v1
    charges = v1.charges.list().data
    return {
        "intents": len(v1.payment_intents.list().data),
        "charges": len(charges),
        "captured": sum(charge.amount_captured for charge in charges),
        "refunded": sum(refund.amount for refund in v1.refunds.list().data),
    }


def here() -> str:
    rows = [f"{p.status}/{p.amount_received_minor}/{p.amount_refunded_minor}" for p in Payment.objects.all()]
    calls = [call.status for call in OutboundCall.objects.order_by("-id")[:1]]
    refunds = [refund.status for refund in Refund.objects.all()]
    return " ".join([*rows, *(f"refund:{status}" for status in refunds), *(f"call:{status}" for status in calls)])


@pytest.mark.parametrize("where", KILLS)
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_a_wish_whose_process_is_killed_is_granted_once_or_never(
    step: Step, where: str, account: StripeAccount, sandbox: LocalStripe, database_url: str, add_row: AddRow
) -> None:
    payment = prepared(step, account)
    before, calls_before = at_stripe(sandbox), OutboundCall.objects.count()
    path = step.path.format(id=payment.stripe_id if payment else "")
    asked_before = len(sandbox.requests("POST", path))

    assert killed(step.name, payment.public_id if payment else "", kill=KILLS[where].format(reply=step.reply)) == -9
    right_after, asked = here(), len(sandbox.requests("POST", path)) - asked_before

    OutboundCall.objects.filter(status="sent").update(next_check_at=real_now() - timedelta(seconds=1))
    recovery.sweep()
    for row in Payment.objects.all():
        payments.refresh(payment=row, by=BY)
    add_row(
        "road two × killed",
        {
            "step": step.name, "killed": where, "here then": right_after, "asked of Stripe": asked,
            "here after the sweep": here(), "at Stripe": " ".join(f"{k}={v}" for k, v in at_stripe(sandbox).items()),
        },
    )  # fmt: skip

    never_asked = KILLS[where] == "commit:1:before"
    assert at_stripe(sandbox) == (before if never_asked else step.granted)
    assert OutboundCall.objects.count() - calls_before == (0 if never_asked else 1)
    if not never_asked:
        [row] = Payment.objects.all()
        assert (row.status, row.amount_received_minor, row.amount_refunded_minor) == (
            step.status,
            step.granted["captured"],
            step.granted["refunded"],
        )
        assert OutboundCall.objects.latest("id").status == "answered"
        keys = {request["idempotency_key"] for request in sandbox.requests("POST", path)[asked_before:]}
        assert len(keys) == 1
