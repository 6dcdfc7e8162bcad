"""What a run left behind, made directly: lines, payouts, runs and discrepancies; every value can be named."""

from datetime import timedelta
from typing import Any

from config.base import clock
from config.base.models import StripeAccount
from reconciliation.models import Discrepancy, DiscrepancyNote, Payout, Run, RunBalance, StatementLine
from tests import factories


def make_run(account: StripeAccount | None = None, **fields: Any) -> Run:
    """A run that finished without anything unexplained, unless `balances` say otherwise: {"eur": {"…_minor": 1}}."""
    balances = fields.pop("balances", {"eur": {}})
    started = fields.get("started_at") or clock.now()
    values = {
        "account": account or factories.make_account(),
        "status": Run.Status.FINISHED,
        "step": Run.Step.DONE,
        "finished_at": started + timedelta(seconds=42),
        "by": "nightly run",
        **fields,
    }
    run = Run.objects.create(**values)
    for currency, parts in balances.items():
        RunBalance.objects.create(run=run, currency=currency, **parts)
    return run


def make_payout(account: StripeAccount | None = None, **fields: Any) -> Payout:
    moment = fields.get("stripe_created_at") or clock.now()
    is_automatic = fields.get("is_automatic", True)
    values = {
        "account": account or factories.make_account(),
        "stripe_id": factories.stripe_id("po"),
        "status": Payout.Status.PAID,
        "amount_minor": 10_000,
        "currency": "eur",
        "is_automatic": is_automatic,
        "method": "standard",
        "type": "bank_account",
        "arrival_date": moment + timedelta(days=2),
        "statement_descriptor": "COUNTERFOIL",
        "reconciliation_status": "completed" if is_automatic else "not_applicable",
        "lines_read_at": moment if is_automatic else None,
        "stripe_created_at": moment,
        **fields,
    }
    return Payout.objects.create(**values)


def make_line(account: StripeAccount | None = None, **fields: Any) -> StatementLine:
    """A charge of 10.99 € that cost 0.57 €."""
    moment = fields.get("stripe_created_at") or clock.now()
    amount, fee = fields.get("amount_minor", 1099), fields.get("fee_minor", 57)
    details = [{"type": "stripe_fee", "description": "Stripe processing fees", "amount": fee, "currency": "eur"}]
    values = {
        "account": account or factories.make_account(),
        "stripe_id": factories.stripe_id("txn"),
        "type": "charge",
        "reporting_category": fields.get("type", "charge"),
        "amount_minor": amount,
        "fee_minor": fee,
        "net_minor": amount - fee,
        "currency": "eur",
        "fee_details": details if fee else [],
        "status": "available",
        "available_on": moment + timedelta(days=3),
        "stripe_created_at": moment,
        **fields,
    }
    return StatementLine.objects.create(**values)


def make_discrepancy(account: StripeAccount | None = None, **fields: Any) -> Discrepancy:
    """An amount that is 3.00 € larger at Stripe."""
    account = account or factories.make_account()
    run = fields.pop("run", None) or Run.objects.filter(account=account).order_by("-pk").first() or make_run(account)
    object_id = fields.get("object_id") or factories.stripe_id("ch")
    values = {
        "account": account,
        "type": Discrepancy.Type.AMOUNT,
        "object_id": object_id,
        "currency": "eur",
        "amount_minor": 300,
        "theirs": {"id": object_id, "amount": 1399, "currency": "eur", "status": "available"},
        "ours": {"id": object_id, "amount": 1099, "currency": "eur", "status": "succeeded"},
        "first_seen": run,
        "last_seen": run,
        **fields,
    }
    row = Discrepancy.objects.create(**values)
    DiscrepancyNote.objects.create(discrepancy=row, kind="found", text="Seen by the run", by=run.by)
    return row
