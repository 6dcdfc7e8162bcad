"""Takes one step of a road in a process that may be killed on its way: `python -m tests.flows.kill.walker STEP ID`."""

import sys
from collections.abc import Callable

import django

django.setup()

# Django must be set up before its models can be imported.
from config.base.actor import Actor  # noqa: E402
from config.base.models import StripeAccount  # noqa: E402
from config.base.money import Money  # noqa: E402
from payments.models import Payment  # noqa: E402
from payments.services import inbox, inbox_drain, payments, refunds  # noqa: E402
from reconciliation.services import runs  # noqa: E402

BY = Actor.system("walker")


def create(_: str) -> None:
    account = StripeAccount.objects.get()
    payments.create(account=account, amount=Money(1099, "eur"), payment_method="pm_card_visa", confirm=True, by=BY)


def capture(payment_id: str) -> None:
    payments.capture(payment=_payment(payment_id), by=BY)


def cancel(payment_id: str) -> None:
    payments.cancel(payment=_payment(payment_id), by=BY)


def refund(payment_id: str) -> None:
    refunds.create(payment=_payment(payment_id), amount=Money(400, "eur"), by=BY)


def confirm(payment_id: str) -> None:
    payments.confirm(payment=_payment(payment_id), payment_method="pm_card_visa", by=BY)


def receive(event: str) -> None:
    inbox.receive(event.encode(), source="webhook")


def handle(_: str) -> None:
    inbox_drain.drain(by=BY)


def reconcile(_: str) -> None:
    runs.run(account=StripeAccount.objects.get(), by=BY)


def _payment(public_id: str) -> Payment:
    return Payment.objects.get(public_id=public_id)


STEPS: dict[str, Callable[[str], None]] = {
    step.__name__: step for step in (create, confirm, capture, cancel, refund, receive, handle, reconcile)
}

if __name__ == "__main__":
    STEPS[sys.argv[1]](sys.argv[2])
