"""Our webhook endpoint at Stripe: its address, its version, the events it hears.

Source: https://docs.stripe.com/api/webhook_endpoints (an endpoint keeps the version that it was made with).
"""

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from config.base.actor import Actor
from config.base.clock import real_now
from config.base.models import StripeAccount
from payments import event_table, gateway
from payments.failures import JsonObject, NeverLeft, Refused
from payments.models import OutboundCall
from payments.services import outbound
from payments.stripe_fields import labelled

PATH = "/v1/webhook_endpoints"
CREATE = "webhook_endpoint.create"
UPDATE = "webhook_endpoint.update"
DISABLE = "webhook_endpoint.disable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ensured:
    """What was done so that exactly one right endpoint is enabled. `secret` is known only when it was made now."""

    stripe_id: str
    was_made: bool = False
    was_changed: bool = False
    secret: str = ""
    disabled: tuple[str, ...] = ()


def our_url() -> str:
    """Where Stripe posts its events to us."""
    return settings.SITE_URL + reverse("stripe-webhook")


def at(url: str, *, account: StripeAccount) -> list[JsonObject]:
    """Stripe's endpoints with this address, newest first."""
    return [body for body in gateway.each(PATH, {}, account=account.stripe_id) if body["url"] == url]


def is_enabled(endpoint: JsonObject) -> bool:
    return bool(endpoint["status"] == "enabled")


def has_our_version(endpoint: JsonObject) -> bool:
    return bool(endpoint["api_version"] == settings.STRIPE_API_VERSION)


def hears_our_events(endpoint: JsonObject) -> bool:
    return sorted(endpoint["enabled_events"]) == event_table.enabled_types()


def ensure(*, account: StripeAccount, url: str, by: Actor) -> Ensured:
    """Have one enabled endpoint with our version and events; raises StripeFailure. A second time changes nothing."""
    if lost := _unanswered(account, url):
        made = _send(lost, by=by)
        return Ensured(stripe_id=made["id"], was_made=True, secret=made["secret"])
    found = at(url, account=account)
    usable = sorted(filter(has_our_version, found), key=is_enabled, reverse=True)
    if not usable:
        made = _make(account, url, by)
        disabled = _disable(account, found, by)
        return Ensured(stripe_id=made["id"], was_made=True, secret=made["secret"], disabled=disabled)
    right, *others = usable
    was_changed = not (is_enabled(right) and hears_our_events(right))
    if was_changed:
        wish = {"enabled_events": event_table.enabled_types(), "disabled": False}
        _send(_prepared(account, UPDATE, f"{PATH}/{right['id']}", wish, by), by=by)
    others += [body for body in found if not has_our_version(body)]
    return Ensured(stripe_id=right["id"], was_changed=was_changed, disabled=_disable(account, others, by))


def _unanswered(account: StripeAccount, url: str) -> OutboundCall | None:
    """An endpoint asked for whose answer was lost: the same key brings it, with its secret, and makes no second one."""
    asked = OutboundCall.objects.filter(subject_id=account.public_id, action=CREATE, params__url=url)
    call = asked.filter(status=OutboundCall.Status.SENT).select_related("account").first()
    return call if call and outbound.is_young(call, now=real_now()) else None


def _make(account: StripeAccount, url: str, by: Actor) -> JsonObject:
    wish = {
        "url": url,
        "api_version": settings.STRIPE_API_VERSION,
        "enabled_events": event_table.enabled_types(),
        "description": "Counterfoil",
        "metadata": labelled({}, account.public_id),
    }
    return _send(_prepared(account, CREATE, PATH, wish, by), by=by)


def _disable(account: StripeAccount, endpoints: list[JsonObject], by: Actor) -> tuple[str, ...]:
    enabled = tuple(body["id"] for body in endpoints if is_enabled(body))
    for stripe_id in enabled:
        _send(_prepared(account, DISABLE, f"{PATH}/{stripe_id}", {"disabled": True}, by), by=by)
    return enabled


def _prepared(account: StripeAccount, action: str, path: str, wish: JsonObject, by: Actor) -> OutboundCall:
    with transaction.atomic():
        return outbound.prepare(account=account, action=action, subject=account, path=path, params=wish, by=by)


def _send(call: OutboundCall, *, by: Actor) -> JsonObject:
    """Stripe's reply, whose secret goes to the caller alone: the call's row keeps it without. Raises StripeFailure."""
    try:
        reply = outbound.leave(call)
    except Refused as failure:
        outbound.refused(call, failure, by=by)
        raise
    except NeverLeft as failure:
        outbound.never_left(call, failure, by=by)
        raise
    outbound.answered(call, reply, by=by)
    return reply.body
