"""Stripe is asked again for what a discrepancy is about: the object, and its lines. No transaction is open."""

from django.db import transaction
from django.db.models import Q

from config.base import clock
from config.base.actor import Actor
from config.base.models import StripeAccount
from payments import gateway
from payments.failures import ObjectMissing
from payments.models import Payment
from payments.services import snapshots
from reconciliation.models import Discrepancy, Payout, StatementLine
from reconciliation.services import payout_reading, posting, reading

_LINE, _PAYOUT, _REFUND, _DISPUTE = "txn_", "po_", ("re_", "pyr_"), ("du_", "dp_")
_CHARGE, _INVOICE = ("ch_", "py_"), "in_"


def fetch(discrepancy: Discrepancy, *, by: Actor) -> None:
    """What Stripe says now is ours to know again: object, documents, lines; raises StripeFailure."""
    account, object_id = discrepancy.account, discrepancy.object_id
    if object_id.startswith(_PAYOUT):
        payout_reading.refresh(account, object_id, by=by)
        for payout in Payout.objects.filter(stripe_id=object_id, is_automatic=True, reconciliation_status="completed"):
            payout_reading.itemise(payout)
    elif object_id.startswith(_DISPUTE):
        _refresh(account, "dispute", object_id, by=by)
    elif object_id.startswith(_INVOICE):
        _refresh(account, "invoice", object_id, by=by)
        return
    elif object_id.startswith((*_CHARGE, *_REFUND, "pi_")):
        _payment(account, object_id, by=by)
    _lines(account, object_id)
    posting.post(account, by=by)


def _payment(account: StripeAccount, object_id: str, *, by: Actor) -> None:
    """The payment behind a charge or a refund, those that we hold to be it, and the invoices that they pay."""
    found = _intent_at_stripe(account, object_id)
    known = Payment.objects.filter(
        Q(latest_charge_id=object_id) | Q(stripe_id=object_id) | Q(refunds__stripe_id=object_id)
    )
    intents = {*known.values_list("stripe_id", flat=True), found} - {None, ""}
    for intent in sorted(str(intent) for intent in intents):
        _refresh(account, "payment_intent", intent, by=by)
    if found:
        params = {"payment[type]": "payment_intent", "payment[payment_intent]": found}
        for paid in gateway.each("/v1/invoice_payments", params, account=account.stripe_id):
            _refresh(account, "invoice", paid["invoice"], by=by)


def _intent_at_stripe(account: StripeAccount, object_id: str) -> str:
    if object_id.startswith("pi_"):
        return object_id
    path = "/v1/refunds/" if object_id.startswith(_REFUND) else "/v1/charges/"
    try:
        return gateway.get(path + object_id, account=account.stripe_id).get("payment_intent") or ""
    except ObjectMissing:
        return ""


def _lines(account: StripeAccount, object_id: str) -> None:
    """The lines of it that Stripe lists now; one that we have and Stripe has no more is marked."""
    known = StatementLine.objects.filter(Q(source_id=object_id) | Q(stripe_id=object_id), account=account)
    listed = [] if object_id.startswith(_LINE) else _listed(account, object_id)
    told = {body["id"] for body in listed}
    for stripe_id in known.exclude(stripe_id__in=told).values_list("stripe_id", flat=True):
        try:
            listed.append(gateway.get(f"/v1/balance_transactions/{stripe_id}", account=account.stripe_id))
        except ObjectMissing:
            gone = known.filter(stripe_id=stripe_id, missing_since=None)
            gone.update(missing_since=clock.now(), is_posted=False)
    with transaction.atomic():
        reading.keep(account, listed)


def _listed(account: StripeAccount, source: str) -> list[dict[str, object]]:
    return list(gateway.each("/v1/balance_transactions", {"source": source}, account=account.stripe_id))


def _refresh(account: StripeAccount, kind: str, stripe_id: str, *, by: Actor) -> None:
    snapshots.refresh(snapshots.root_for(account=account, kind=kind, stripe_id=stripe_id), by=by)
