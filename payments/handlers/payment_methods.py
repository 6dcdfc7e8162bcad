"""State of a payment method → PaymentMethod: what may be shown of it, never a number."""

from typing import Any

from config.base import audit, clock, domain_events
from config.base.actor import Actor
from config.base.models import StripeAccount
from payments.failures import JsonObject
from payments.handlers.customer_references import customer_of
from payments.models import Customer, PaymentMethod
from payments.stripe_fields import fitting, moment, nested, text

Status = PaymentMethod.Status


def apply(*, account: StripeAccount, body: JsonObject, by: Actor, source: str) -> None:
    """Write what Stripe says of the method. One that Stripe no longer knows is detached."""
    rows = PaymentMethod.objects.select_for_update(of=("self",), no_key=True).select_related("customer")
    if body.get("deleted"):
        if gone := rows.filter(stripe_id=body["id"]).first():
            _write(gone, status=Status.DETACHED, facts={}, by=by, source=source)
        return
    customer = customer_of(body, account=account)
    status = Status.ATTACHED if customer else Status.UNATTACHED
    facts = _facts(body)
    method, is_new = rows.get_or_create(
        stripe_id=body["id"], defaults={"account": account, "customer": customer, "status": status, **facts}
    )
    if is_new:
        _tell(method, by=by, source=source)
    elif customer:
        _write(method, status=status, facts=facts | {"customer": customer, "detached_at": None}, by=by, source=source)
    else:
        was_attached = method.status == Status.ATTACHED
        _write(method, status=Status.DETACHED if was_attached else method.status, facts=facts, by=by, source=source)


def _write(method: PaymentMethod, *, status: str, facts: dict[str, Any], by: Actor, source: str) -> None:
    """A detached method keeps its customer, so that old payments still say who paid; it is nobody's default."""
    changed = {name: value for name, value in facts.items() if getattr(method, name) != value}
    if status != method.status:
        if status == Status.DETACHED:
            changed["detached_at"] = clock.now()
            Customer.objects.filter(default_payment_method=method).update(default_payment_method=None)
        audit.move(method, from_=[method.status], to=status, by=by, **changed)
        _tell(method, by=by, source=source)
    elif changed:
        PaymentMethod.objects.filter(pk=method.pk).update(**changed)
        if method.status == Status.ATTACHED:
            told = _story(method) | {"changed": sorted(changed)}
            domain_events.append(method, type="payment_method.updated", by=by, source=source, data=told)


def _tell(method: PaymentMethod, *, by: Actor, source: str) -> None:
    """A method that nobody keeps is no story."""
    if method.status != Status.UNATTACHED:
        name = f"payment_method.{method.status}"
        domain_events.append(method, type=name, by=by, source=source, data=_story(method))


def _story(method: PaymentMethod) -> dict[str, Any]:
    owner = method.customer.public_id if method.customer else None
    return {"status": method.status, "customer": owner, "kind": method.kind}


def _facts(body: JsonObject) -> dict[str, Any]:
    of_kind = nested(body, body["type"])
    billing = nested(body, "billing_details")
    address = nested(billing, "address")
    facts = {
        "kind": body["type"],
        "brand": text(of_kind, "brand"),
        "wallet": text(nested(of_kind, "wallet"), "type"),
        "bank_name": text(of_kind, "bank_name"),
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
    return fitting(PaymentMethod, facts)
