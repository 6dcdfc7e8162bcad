"""State of a customer → Customer with its tax ids and default payment method. The one writer of what Stripe says."""

from typing import Any

from config.base import audit, clock, domain_events
from config.base.actor import Actor
from config.base.models import StripeAccount
from payments import gateway
from payments.failures import JsonObject
from payments.handlers.method_references import payment_method_of
from payments.models import Customer, CustomerTaxId, PaymentMethod
from payments.services import snapshots
from payments.stripe_fields import fitting, metadata, moment, nested, our_id, text


def complete(*, body: JsonObject, account: str) -> None:
    """Read the further pages of tax ids that the expanded customer holds only ten of."""
    held = nested(body, "tax_ids")
    if held.get("has_more"):
        held["data"] = list(gateway.each(f"/v1/customers/{body['id']}/tax_ids", {}, account=account))
        held["has_more"] = False


def apply(*, account: StripeAccount, body: JsonObject, by: Actor, source: str) -> None:
    """Write what Stripe says of the customer; running twice on the same snapshot changes nothing."""
    if body.get("deleted"):
        _delete(body["id"], by=by, source=source)
        return
    customer = _row(account, body, by=by)
    if customer.status == Customer.Status.DELETED:
        return
    is_new = customer.stripe_created_at is None
    changed = _write(customer, _facts(body), by=by) | _write_tax_ids(customer, body)
    changed |= _write_default(customer, body, account=account, by=by)
    if changed:
        told = {"status": customer.status} if is_new else {"status": customer.status, "changed": sorted(changed)}
        name = "customer.created" if is_new else "customer.updated"
        domain_events.append(customer, type=name, by=by, source=source, data=told)


def _row(account: StripeAccount, body: JsonObject, *, by: Actor) -> Customer:
    """The locked row of this customer: asked for by us and named in the metadata, or known by its id, or new."""
    rows = Customer.objects.select_for_update(no_key=True)
    ours = our_id(body)
    asked = rows.filter(account=account, public_id=ours, stripe_id=None).first() if ours else None
    known = rows.filter(stripe_id=body["id"]).first() if asked else None
    if asked and known and known.stripe_created_at is None:
        _hand_over(known, asked, by=by)
        return asked
    if asked and not known:
        return asked
    found, _ = rows.get_or_create(stripe_id=body["id"], defaults={"account": account, "status": Customer.Status.ACTIVE})
    return found


def _hand_over(bare: Customer, asked: Customer, *, by: Actor) -> None:
    """A reference came before the answer that links our own row: what hangs on its bare row moves to ours."""
    for relation in Customer._meta.related_objects:
        hanging = relation.related_model._default_manager.filter(**{relation.field.name: bare})
        hanging.update(**{relation.field.name: asked})
    audit.move(
        bare,
        from_=[bare.status],
        to=Customer.Status.REJECTED,
        by=by,
        reason=f"is {asked.public_id}",
        stripe_id=None,
        archived_at=clock.now(),
    )


def _write(customer: Customer, facts: dict[str, Any], *, by: Actor) -> set[str]:
    changed = {name: value for name, value in facts.items() if getattr(customer, name) != value}
    if customer.status != Customer.Status.ACTIVE:
        audit.move(customer, from_=[customer.status], to=Customer.Status.ACTIVE, by=by, **changed)
    elif changed:
        _update(customer, **changed)
    return set(changed)


def _facts(body: JsonObject) -> dict[str, Any]:
    address = nested(body, "address")
    locales = body.get("preferred_locales") or [""]
    facts = {
        "stripe_id": body["id"],
        "email": text(body, "email"),
        "name": text(body, "name"),
        "phone": text(body, "phone"),
        "address_line1": text(address, "line1"),
        "address_line2": text(address, "line2"),
        "address_city": text(address, "city"),
        "address_state": text(address, "state"),
        "address_postal_code": text(address, "postal_code"),
        "address_country": text(address, "country"),
        "currency": text(body, "currency"),
        "preferred_locale": locales[0],
        "description": text(body, "description"),
        "metadata": metadata(body),
        "stripe_created_at": moment(body["created"]),
    }
    return fitting(Customer, facts)


def _write_default(customer: Customer, body: JsonObject, *, account: StripeAccount, by: Actor) -> set[str]:
    """After the row is linked: the nested method finds its customer by Stripe's id."""
    named = {"payment_method": nested(body, "invoice_settings").get("default_payment_method")}
    method = payment_method_of(named, account=account, by=by)
    if customer.default_payment_method_id == (method.pk if method else None):
        return set()
    _update(customer, default_payment_method=method)
    return {"default_payment_method"}


def _write_tax_ids(customer: Customer, body: JsonObject) -> set[str]:
    """Every tax id that stands at Stripe; one that no longer does is marked as deleted, if we see all of them."""
    held = nested(body, "tax_ids")
    if "data" not in held:
        return set()
    known = {row.stripe_id: row for row in customer.tax_ids.all()}
    if not known and not held["data"]:
        return set()
    written = [_write_tax_id(customer, known.get(tax_id["id"]), tax_id) for tax_id in held["data"]]
    if held.get("has_more"):
        return {"tax_ids"} if any(written) else set()
    gone = customer.tax_ids.filter(deleted_at=None).exclude(stripe_id__in=[tax_id["id"] for tax_id in held["data"]])
    return {"tax_ids"} if gone.update(deleted_at=clock.now()) or any(written) else set()


def _write_tax_id(customer: Customer, row: CustomerTaxId | None, body: JsonObject) -> bool:
    facts = {
        "type": body["type"],
        "value": body["value"],
        "country": text(body, "country"),
        "verification_status": text(nested(body, "verification"), "status"),
        "deleted_at": None,
    }
    told = fitting(CustomerTaxId, facts)
    if row and all(getattr(row, name) == value for name, value in told.items()):
        return False
    CustomerTaxId.objects.update_or_create(stripe_id=body["id"], defaults={"customer": customer, **told})
    return True


def _delete(stripe_id: str, *, by: Actor, source: str) -> None:
    """Deleted at Stripe: the row stays. What it had attached is asked for, Stripe says what became of it."""
    rows = Customer.objects.select_for_update(no_key=True)
    customer = rows.filter(stripe_id=stripe_id).exclude(status=Customer.Status.DELETED).first()
    if customer is None:
        return
    audit.move(customer, from_=[customer.status], to=Customer.Status.DELETED, by=by, default_payment_method=None)
    domain_events.append(customer, type="customer.deleted", by=by, source=source, data={"status": customer.status})
    for method in customer.payment_methods.filter(status=PaymentMethod.Status.ATTACHED):
        snapshots.want(account=customer.account, kind="payment_method", stripe_id=method.stripe_id)


def _update(customer: Customer, **changed: Any) -> None:
    Customer.objects.filter(pk=customer.pk).update(**changed)
    for name, value in changed.items():
        setattr(customer, name, value)
