"""State of a setup intent → SetupIntent. The one writer of that state."""

from typing import Any

from config.base import audit, domain_events
from config.base.actor import Actor
from config.base.models import StripeAccount
from payments.failures import JsonObject
from payments.handlers.customer_references import customer_of
from payments.handlers.method_references import payment_method_of
from payments.models import PaymentMethod, SetupIntent
from payments.services import snapshots
from payments.stripe_fields import fitting, moment, nested, text


def apply(*, account: StripeAccount, body: JsonObject, by: Actor, source: str) -> None:
    """Write what Stripe says of the intent; running twice on the same snapshot changes nothing."""
    if body.get("deleted"):
        return
    intent = _row(account, body)
    was = "" if intent._state.adding else intent.status
    _write(intent, status=body["status"], facts=_facts(intent, body) | _references(account, body, by), by=by)
    if not was:
        domain_events.append(intent, type="setup_intent.created", by=by, source=source, data=story(intent))
    if was != intent.status:
        domain_events.append(intent, type=f"setup_intent.{intent.status}", by=by, source=source, data=story(intent))
    if intent.status == SetupIntent.Status.SUCCEEDED:
        _ask_for_attachment(intent)


def story(intent: SetupIntent) -> dict[str, Any]:
    """What a domain event tells of a setup intent: no personal data."""
    return {
        "status": intent.status,
        "customer": intent.customer.public_id if intent.customer else None,
        "payment_method": intent.payment_method.public_id if intent.payment_method else None,
        "failure_code": intent.failure_code,
        "decline_code": intent.decline_code,
    }


def _row(account: StripeAccount, body: JsonObject) -> SetupIntent:
    """The locked row of this intent: known by its id, or by ours in the metadata, or new."""
    rows = SetupIntent.objects.select_for_update(of=("self",)).select_related("account", "customer", "payment_method")
    if known := rows.filter(stripe_id=body["id"]).first():
        return known
    ours = nested(body, "metadata").get("counterfoil_id")
    if ours and (asked := rows.filter(account=account, public_id=ours, stripe_id=None).first()):
        return asked
    return SetupIntent(account=account, stripe_id=body["id"])


def _write(intent: SetupIntent, *, status: str, facts: dict[str, Any], by: Actor) -> None:
    changed = {name: value for name, value in facts.items() if getattr(intent, name) != value}
    was = intent.status
    for name, value in changed.items():
        setattr(intent, name, value)
    if intent._state.adding:
        intent.status = status
        intent.save(force_insert=True)
    elif status != was:
        audit.move(intent, from_=[was], to=status, by=by, **changed)
    elif changed:
        SetupIntent.objects.filter(pk=intent.pk).update(**changed)


def _facts(intent: SetupIntent, body: JsonObject) -> dict[str, Any]:
    error = nested(body, "last_setup_error")
    facts = {
        "stripe_id": body["id"],
        "usage": body["usage"],
        "client_secret": text(body, "client_secret") or intent.client_secret,
        "failure_code": text(error, "code"),
        "decline_code": text(error, "decline_code"),
        "failure_message": text(error, "message"),
        "description": text(body, "description"),
        "metadata": {k: v for k, v in nested(body, "metadata").items() if k != "counterfoil_id"},
        "stripe_created_at": moment(body["created"]),
    }
    return fitting(SetupIntent, facts)


def _references(account: StripeAccount, body: JsonObject, by: Actor) -> dict[str, Any]:
    found: dict[str, Any] = {"customer": customer_of(body, account=account)}
    if method := payment_method_of(body, account=account, by=by):
        found["payment_method"] = method
    return found


def _ask_for_attachment(intent: SetupIntent) -> None:
    """Success attached the method at Stripe; one that we knew before as unattached is read anew."""
    method = intent.payment_method
    if intent.customer and method and method.status == PaymentMethod.Status.UNATTACHED:
        snapshots.want(account=intent.account, kind="payment_method", stripe_id=method.stripe_id)
