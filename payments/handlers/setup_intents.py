"""State of a setup intent → SetupIntent. The one writer of that state."""

from typing import Any

from config.base import domain_events
from config.base.actor import Actor
from config.base.models import StripeAccount
from payments.failures import JsonObject
from payments.handlers import rows
from payments.handlers.customer_references import customer_of
from payments.handlers.method_references import payment_method_of
from payments.models import PaymentMethod, SetupIntent
from payments.services import snapshots
from payments.stripe_fields import fitting, metadata, moment, nested, text


def apply(*, account: StripeAccount, body: JsonObject, by: Actor, source: str) -> None:
    """Write what Stripe says of the intent; running twice on the same snapshot changes nothing."""
    if body.get("deleted"):
        return
    intent = _row(account, body)
    was = "" if intent._state.adding else intent.status
    rows.write(intent, status=body["status"], facts=_facts(intent, body) | _references(account, body, by), by=by)
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
    locked = SetupIntent.objects.select_for_update(of=("self",)).select_related("customer", "payment_method")
    return rows.found(locked, body, account=account) or SetupIntent(account=account, stripe_id=body["id"])


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
        "metadata": metadata(body),
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
