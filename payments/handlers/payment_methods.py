"""State of a payment method → PaymentMethod: what may be shown of it, never a number."""

from typing import Any

from config.base.actor import Actor
from config.base.models import StripeAccount
from payments.failures import JsonObject
from payments.handlers.customer_references import customer_of
from payments.models import PaymentMethod
from payments.stripe_fields import moment, nested, text


def apply(*, account: StripeAccount, body: JsonObject, by: Actor, source: str) -> None:
    """Write what Stripe says of the method. One that Stripe no longer knows is detached."""
    row = PaymentMethod.objects.select_for_update(of=("self",)).filter(stripe_id=body["id"]).first()
    if body.get("deleted"):
        _detach(row)
        return
    facts = _facts(body) | _attachment(row, body, account=account)
    PaymentMethod.objects.update_or_create(
        stripe_id=body["id"], defaults=facts, create_defaults={"account": account, **facts}
    )


def _attachment(row: PaymentMethod | None, body: JsonObject, *, account: StripeAccount) -> dict[str, Any]:
    """Whose it is. A detached method keeps its customer, so that old payments still say who paid."""
    customer = customer_of(body, account=account)
    if customer:
        return {"customer": customer, "status": PaymentMethod.Status.ATTACHED}
    if row and row.status == PaymentMethod.Status.ATTACHED:
        return {"status": PaymentMethod.Status.DETACHED}
    return {}


def _facts(body: JsonObject) -> dict[str, Any]:
    of_kind = nested(body, body["type"])
    billing = nested(body, "billing_details")
    address = nested(billing, "address")
    return {
        "kind": body["type"],
        "brand": text(of_kind, "brand"),
        "wallet": text(nested(of_kind, "wallet"), "type"),
        "bank_name": text(of_kind, "bank_name") or text(of_kind, "bank_code"),
        "last4": text(of_kind, "last4"),
        "exp_month": of_kind.get("exp_month"),
        "exp_year": of_kind.get("exp_year"),
        "funding": text(of_kind, "funding"),
        "country": text(of_kind, "country"),
        "fingerprint": text(of_kind, "fingerprint"),
        "billing_name": text(billing, "name"),
        "billing_email": text(billing, "email"),
        "billing_postal_code": text(address, "postal_code"),
        "billing_country": text(address, "country"),
        "stripe_created_at": moment(body["created"]),
    }


def _detach(row: PaymentMethod | None) -> None:
    if row:
        PaymentMethod.objects.filter(pk=row.pk).update(status=PaymentMethod.Status.DETACHED)
