"""State of a subscription schedule → SubscriptionSchedule; its phases are kept as Stripe has them."""

from typing import Any

from billing.handlers import own_rows
from billing.handlers.references import subscription_of
from billing.models import SubscriptionSchedule
from config.base.actor import Actor
from config.base.models import StripeAccount
from payments.failures import JsonObject
from payments.handlers.customer_references import customer_of
from payments.stripe_fields import fitting, metadata, moment, reference, text


def apply(*, account: StripeAccount, body: JsonObject, by: Actor, source: str) -> None:
    """Write what Stripe says of the schedule; running twice on the same snapshot changes nothing."""
    if body.get("deleted"):
        return
    locked = SubscriptionSchedule.objects.select_for_update(of=("self",), no_key=True)
    known = own_rows.found(locked, body, account=account, by=by)
    schedule = known or SubscriptionSchedule(account=account, stripe_id=body["id"])
    facts = _facts(body) | _subscription(schedule, body, account=account)
    own_rows.record(
        schedule,
        status=body["status"],
        facts=facts,
        by=by,
        source=source,
        noun="subscription_schedule",
        moved=lambda _, now: [now],
        story=story,
    )


def story(schedule: SubscriptionSchedule) -> dict[str, Any]:
    subscription = schedule.subscription.public_id if schedule.subscription else None
    return {"status": schedule.status, "subscription": subscription}


def _facts(body: JsonObject) -> dict[str, Any]:
    facts = {
        "stripe_id": body["id"],
        "end_behavior": text(body, "end_behavior"),
        "phases": body["phases"],
        "metadata": metadata(body),
        "stripe_created_at": moment(body["created"]),
    }
    return fitting(SubscriptionSchedule, facts)


def _subscription(schedule: SubscriptionSchedule, body: JsonObject, *, account: StripeAccount) -> dict[str, Any]:
    """A schedule that let its subscription go still says whose changes it made."""
    stripe_id = reference(body, "subscription") or text(body, "released_subscription")
    currency = next((text(phase, "currency") for phase in body["phases"]), "")
    customer = customer_of(body, account=account)
    found = subscription_of(stripe_id, account=account, customer=customer, currency=currency)
    return {"subscription_id": found.pk if found else schedule.subscription_id}
