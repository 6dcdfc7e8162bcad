"""Documents of ours and lines of Stripe's that agree, to be spoiled; and what a run says of them."""

from datetime import timedelta
from typing import Any, NamedTuple

from django.db.models import Sum

from config.base import clock
from config.base.models import StripeAccount
from payments.models import Dispute, Payment, Refund
from reconciliation.models import Discrepancy, Run, StatementLine
from reconciliation.services import filing, matching
from tests import factories
from tests.reconciliation.console.rows import make_line

OLD = timedelta(days=5)


class Found(NamedTuple):
    type: str
    object_id: str
    amount_minor: int


def a_sale(**line: Any) -> tuple[Payment, StatementLine]:
    """A payment of 10.99 € of five days ago, and its line."""
    at = clock.now() - OLD
    method = factories.make_payment_method()
    payment = factories.make_payment(succeeded_at=at, created_at=at, payment_method=method)
    return payment, make_line(source_id=payment.latest_charge_id, stripe_created_at=at, is_posted=True, **line)


def a_refund(**line: Any) -> tuple[Refund, StatementLine]:
    """A refund of such a sale, and its line."""
    payment, sale = a_sale()
    refund = factories.make_refund(payment, stripe_created_at=sale.stripe_created_at)
    return refund, _line(refund.stripe_id, "refund", -1099, **line)


def a_dispute(**line: Any) -> tuple[Dispute, StatementLine]:
    """A dispute of such a sale, which took its money, and its line."""
    payment, sale = a_sale()
    dispute = Dispute.objects.create(
        account=payment.account, payment=payment, charge_id=payment.latest_charge_id,
        stripe_id=factories.stripe_id("du"), status=Dispute.Status.NEEDS_RESPONSE, amount_minor=1099, currency="eur",
        settlement_currency="eur", withdrawn_minor=1099, withdrawn_at=sale.stripe_created_at,
        stripe_created_at=sale.stripe_created_at,
    )  # fmt: skip
    return dispute, _line(dispute.stripe_id, "adjustment", -1099, **line)


def again(line: StatementLine, **fields: Any) -> StatementLine:
    """The same line a second time, with what is said otherwise."""
    values = {field.name: getattr(line, field.name) for field in line._meta.fields if field.name not in _OWN}
    return StatementLine.objects.create(**values | {"stripe_id": factories.stripe_id("txn")} | fields)


def change(row: Any, **fields: Any) -> None:
    type(row).objects.filter(pk=row.pk).update(**fields)


def reconcile(account: StripeAccount | None = None) -> list[Found]:
    """What is open after one more look at everything; Stripe holds what its lines say."""
    account = account or StripeAccount.objects.get()
    held = (
        StatementLine.objects.filter(account=account, missing_since=None)
        .values_list("currency")
        .annotate(Sum("net_minor"))
    )
    run = Run.objects.create(account=account, by="test", status=Run.Status.FINISHED)
    matching.find(run, dict(held))
    filing.file(run)
    rows = Discrepancy.objects.filter(account=account, status=Discrepancy.Status.OPEN).order_by("type", "object_id")
    return [Found(row.type, row.object_id, row.amount_minor) for row in rows]


_OWN = ("id", "public_id", "stripe_id")


def _line(source: str | None, kind: str, amount: int, **fields: Any) -> StatementLine:
    values = {
        "source_id": source, "type": kind, "amount_minor": amount, "fee_minor": 0,
        "stripe_created_at": clock.now() - OLD, "is_posted": True,
    }  # fmt: skip
    return make_line(**values | fields)
