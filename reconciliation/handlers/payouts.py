"""State of a payout → Payout, and what it means in the books. The one writer of what Stripe says of it."""

from typing import Any

from config.base import domain_events
from config.base.actor import Actor
from config.base.models import StripeAccount
from payments.failures import JsonObject
from payments.handlers import rows
from payments.stripe_fields import fitting, metadata, moment, reference, text
from reconciliation.models import Payout
from reconciliation.services import payout_postings


def apply(*, account: StripeAccount, body: JsonObject, by: Actor, source: str) -> None:
    """Write what Stripe says of the payout; running twice on the same snapshot changes nothing."""
    if body.get("deleted"):
        return
    payout = Payout.objects.select_for_update().filter(stripe_id=body["id"]).first() or Payout(account=account)
    was = "" if payout._state.adding else payout.status
    rows.write(payout, status=body["status"], facts=_facts(body), by=by)
    types = [f"payout.{payout.status}"] if was != payout.status else []
    domain_events.append_all(payout, types=types, by=by, source=source, data=story(payout))
    payout_postings.post(payout, by=by)


def story(payout: Payout) -> dict[str, Any]:
    """What a domain event tells of a payout."""
    return {
        "status": payout.status,
        "amount": payout.amount_minor,
        "currency": payout.currency,
        "automatic": payout.is_automatic,
        "arrival_date": payout.arrival_date.date().isoformat(),
        "failure_code": payout.failure_code,
    }


def _facts(body: JsonObject) -> dict[str, Any]:
    trace: Any = body.get("trace_id") or {}
    facts = {
        "stripe_id": body["id"],
        "amount_minor": body["amount"],
        "currency": body["currency"],
        "is_automatic": body["automatic"],
        "method": body["method"],
        "type": body["type"],
        "arrival_date": moment(body["arrival_date"]),
        "description": text(body, "description"),
        "statement_descriptor": text(body, "statement_descriptor"),
        "trace_id": trace.get("value") or "",
        "reconciliation_status": text(body, "reconciliation_status"),
        "balance_transaction_id": reference(body, "balance_transaction"),
        "failure_balance_transaction_id": reference(body, "failure_balance_transaction"),
        "failure_code": text(body, "failure_code"),
        "failure_message": text(body, "failure_message"),
        "original_payout_id": reference(body, "original_payout"),
        "reversed_by_id": reference(body, "reversed_by"),
        "metadata": metadata(body),
        "stripe_created_at": moment(body["created"]),
    }
    return fitting(Payout, facts)
