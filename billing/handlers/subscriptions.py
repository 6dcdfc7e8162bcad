"""State of a subscription → Subscription with its items and discounts. The one writer of what Stripe says.

Flags: `arrived_late` (Stripe made it after whoever asked had stopped waiting), `terminal_state_left`. Bills that
break a rule flag it from `billing.handlers.invoices`.
"""

from typing import Any

from billing.handlers import discounts, own_rows
from billing.handlers.prices import price_of
from billing.models import Subscription, SubscriptionItem
from config.base import clock
from config.base.actor import Actor
from config.base.models import StripeAccount
from payments import gateway
from payments.failures import JsonObject
from payments.handlers.customer_references import customer_of
from payments.handlers.method_references import payment_method_of
from payments.stripe_fields import fitting, metadata, moment, nested, reference, text


def complete(*, body: JsonObject, account: str) -> None:
    """Read the further pages of items."""
    held = nested(body, "items")
    if held.get("has_more"):
        held["data"] = list(gateway.each("/v1/subscription_items", {"subscription": body["id"]}, account=account))
        held["has_more"] = False


def apply(*, account: StripeAccount, body: JsonObject, by: Actor, source: str) -> None:
    """Write what Stripe says of the subscription; running twice on the same snapshot changes nothing."""
    if body.get("deleted"):
        return
    subscription = _row(account, body, by=by)
    is_known = bool(subscription.stripe_id) and not subscription._state.adding
    facts = _facts(body) | _references(subscription, body, account=account, by=by)
    facts["flags"] = sorted({*subscription.flags, *_broken_rules(subscription, body)})
    stays = is_known and subscription.status in _ENDED
    also = is_known and _write_parts(subscription, body, account=account, by=by)
    own_rows.record(
        subscription,
        status=subscription.status if stays else body["status"],
        facts=facts,
        by=by,
        source=source,
        noun="subscription",
        moved=lambda _, now: [now],
        story=story,
        also_changed=also,
    )
    if not is_known:
        _write_parts(subscription, body, account=account, by=by)


def story(subscription: Subscription) -> dict[str, Any]:
    """What a domain event tells of a subscription: states and moments, no personal data."""
    return {
        "status": subscription.status,
        "customer": subscription.customer.public_id,
        "cancel_at_period_end": subscription.cancel_at_period_end,
        "paused": bool(subscription.pause_behavior),
        "latest_invoice": subscription.latest_invoice_id,
    }


_ENDED = (Subscription.Status.CANCELED, Subscription.Status.INCOMPLETE_EXPIRED)


def _row(account: StripeAccount, body: JsonObject, *, by: Actor) -> Subscription:
    locked = Subscription.objects.select_for_update(of=("self",), no_key=True).select_related("customer")
    known = own_rows.found(locked, body, account=account, by=by)
    return known or Subscription(account=account, stripe_id=body["id"])


def _broken_rules(subscription: Subscription, body: JsonObject) -> set[str]:
    broken = set()
    if own_rows.is_late(subscription, action="subscription.create"):
        broken.add("arrived_late")
    if subscription.status in _ENDED and subscription.status != body["status"]:
        broken.add("terminal_state_left")
    return broken


def _references(subscription: Subscription, body: JsonObject, *, account: StripeAccount, by: Actor) -> dict[str, Any]:
    at_hand = subscription.customer if subscription.customer_id else None
    customer = customer_of(body, account=account, at_hand=at_hand)
    named = {"payment_method": body.get("default_payment_method")}
    method = payment_method_of(named, account=account, by=by)
    return {
        "customer_id": customer.pk if customer else None,
        "default_payment_method_id": method.pk if method else None,
    }


def _facts(body: JsonObject) -> dict[str, Any]:
    cancellation, pause = nested(body, "cancellation_details"), nested(body, "pause_collection")
    facts = {
        "stripe_id": body["id"],
        "collection_method": body["collection_method"],
        "currency": body["currency"],
        "days_until_due": body.get("days_until_due"),
        "billing_mode": text(nested(body, "billing_mode"), "type"),
        "billing_cycle_anchor": moment(body["billing_cycle_anchor"]),
        "start_date": moment(body["start_date"]),
        "trial_start": moment(body.get("trial_start")),
        "trial_end": moment(body.get("trial_end")),
        "cancel_at": moment(body.get("cancel_at")),
        "cancel_at_period_end": bool(body.get("cancel_at_period_end")),
        "canceled_at": moment(body.get("canceled_at")),
        "ended_at": moment(body.get("ended_at")),
        "cancellation_reason": text(cancellation, "reason"),
        "cancellation_comment": text(cancellation, "comment"),
        "pause_behavior": text(pause, "behavior"),
        "pause_resumes_at": moment(pause.get("resumes_at")),
        "latest_invoice_id": reference(body, "latest_invoice"),
        "schedule_id": reference(body, "schedule"),
        "pending_update": body.get("pending_update"),
        "automatic_tax": bool(nested(body, "automatic_tax").get("enabled")),
        "tax_rate_ids": [rate["id"] for rate in body.get("default_tax_rates") or []],
        "description": text(body, "description"),
        "metadata": metadata(body),
        "stripe_created_at": moment(body["created"]),
    }
    return fitting(Subscription, facts)


def _write_parts(subscription: Subscription, body: JsonObject, *, account: StripeAccount, by: Actor) -> bool:
    changed = _write_items(subscription, nested(body, "items"), account=account, by=by)
    carried = body.get("discounts") or []
    currency = body["currency"]
    return (
        discounts.write(subscription, carried, kind="subscription", currency=currency, account=account, by=by)
        or changed
    )


def _write_items(subscription: Subscription, held: JsonObject, *, account: StripeAccount, by: Actor) -> bool:
    """Every item that stands at Stripe; one that no longer does is stamped, if we see all of them."""
    known = {item.stripe_id: item for item in subscription.items.select_for_update(of=("self",)).order_by("pk")}
    written = [_write_item(subscription, known.get(body["id"]), body, account=account, by=by) for body in held["data"]]
    if held.get("has_more"):
        return any(written)
    standing = [body["id"] for body in held["data"]]
    gone = subscription.items.filter(removed_at=None).exclude(stripe_id__in=standing)
    return bool(gone.update(removed_at=clock.now())) or any(written)


def _write_item(
    subscription: Subscription, item: SubscriptionItem | None, body: JsonObject, *, account: StripeAccount, by: Actor
) -> bool:
    facts = {
        "price_id": price_of(body["price"], account=account, by=by).pk,
        "quantity": body.get("quantity"),
        "current_period_start": moment(body.get("current_period_start")),
        "current_period_end": moment(body.get("current_period_end")),
        "metadata": metadata(body),
        "stripe_created_at": moment(body["created"]),
        "removed_at": None,
    }
    if item and all(getattr(item, name) == value for name, value in facts.items()):
        return False
    SubscriptionItem.objects.update_or_create(stripe_id=body["id"], defaults={"subscription": subscription, **facts})
    return True
