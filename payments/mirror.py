"""dj-stripe's tables, filled from what we fetched: the only module that imports `djstripe`.

It asks nothing of Stripe: what is known by reference only gets a bare row that its own snapshot fills later, and
dj-stripe finds the owner by a stand-in for our key, so that the key itself never stands in its tables.
A mirror that fails is recorded on the root and never holds us back.
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import structlog
from django.db import transaction
from djstripe import models as djstripe
from djstripe.enums import APIKeyType
from djstripe.settings import djstripe_settings

from config.base.models import StripeAccount
from payments import gateway
from payments.failures import JsonObject
from payments.models import Root
from payments.models.inbox import real_now
from payments.stripe_fields import moment, nested, reference, text

MODELS: dict[str, Any] = {
    "balance_transaction": djstripe.BalanceTransaction,
    "charge": djstripe.Charge,
    "customer": djstripe.Customer,
    "payment_intent": djstripe.PaymentIntent,
    "payment_method": djstripe.PaymentMethod,
    "refund": djstripe.Refund,
    "setup_intent": djstripe.SetupIntent,
    "webhook_endpoint": djstripe.WebhookEndpoint,
}
# A row may be made of the id alone; a reference to anything else stays empty until that was mirrored.
_BARE = (djstripe.Customer, djstripe.PaymentMethod)
# What is referred to comes first: a charge names its intent and balance transaction, a refund its charge.
_LATE = ("payment_intent", "setup_intent", "charge", "refund")
# Lists of objects with rows of their own, and a copy from the time of a failure.
_LEFT_OUT = ("refunds", "last_payment_error")

log = structlog.get_logger(__name__)


def api_version() -> str:
    """The version that dj-stripe speaks."""
    return str(djstripe_settings.STRIPE_API_VERSION)


def sync(root: Root, body: JsonObject, *, number: int) -> None:
    """Mirror a root's snapshot of this number with all that was fetched with it. Outside transactions; never raises."""
    try:
        error = ""
        keep(body, account=root.account)
    except Exception as failure:
        error = _told(failure)
        log.exception("the mirror failed", root=root.stripe_id)
    _note(root, error, number=number)


def keep(body: JsonObject, *, account: StripeAccount) -> None:
    """Write an object and those expanded in it to dj-stripe's tables."""
    owner = _owner(account)
    if body.get("deleted"):
        _mark_deleted(body)
        return
    clean = json.loads(gateway.without_secrets(json.dumps(body)))
    parts = {part["id"]: part for part in _parts(clean)}
    with transaction.atomic():
        for part in sorted(parts.values(), key=_place):
            _keep_one(part, owner=owner)


def keep_events(root: Root, events: list[JsonObject]) -> None:
    """Mirror handled events, without dj-stripe's processing of them. Never raises."""
    try:
        owner = _owner(root.account)
        djstripe.Event.objects.bulk_create([_event(event, owner) for event in events if event], ignore_conflicts=True)
    except Exception as failure:
        log.exception("the mirror of events failed", root=root.stripe_id)
        Root.objects.filter(pk=root.pk).update(mirror_error=_told(failure))


def _keep_one(body: JsonObject, *, owner: Any) -> None:
    model = MODELS[body["object"]]
    flat = _with_known_references(model, _flat(body), owner=owner)
    # dj-stripe reads `discount.coupon`, which is gone since clover, and would take the endpoint's secret.
    taken = {key: value for key, value in flat.items() if key not in {"discount", "secret"}}
    row = model.sync_from_stripe_data(
        gateway.as_stripe_object(taken, account=owner.id), api_key=_stand_in(owner.id, bool(body.get("livemode")))
    )
    if flat.get("discount"):
        model.objects.filter(pk=row.pk).update(stripe_data=row.stripe_data | {"discount": flat["discount"]})


def _parts(body: JsonObject) -> Iterator[JsonObject]:
    """The object and all those expanded in it that have tables."""
    for key, value in body.items():
        if key != "last_payment_error":
            for item in value.get("data", [value]) if isinstance(value, dict) else []:
                if isinstance(item, dict):
                    yield from _parts(item)
    if body.get("object") in MODELS and body.get("id"):
        yield body


def _place(part: JsonObject) -> int:
    return _LATE.index(part["object"]) if part["object"] in _LATE else -1


def _flat(body: JsonObject) -> JsonObject:
    """The object as Stripe gives it unexpanded: ids for what has a row of its own."""
    return {
        key: reference(body, key) if nested(body, key).get("object") in MODELS else value
        for key, value in body.items()
        if key not in _LEFT_OUT
    }


def _with_known_references(model: Any, body: JsonObject, *, owner: Any) -> JsonObject:
    """The object with references that dj-stripe finds; it would ask Stripe for the others."""
    settings = nested(body, "invoice_settings")
    if model is djstripe.Customer and settings.get("default_payment_method"):
        return body | {"invoice_settings": _known(settings, "default_payment_method", djstripe.PaymentMethod, owner)}
    for field in model._meta.concrete_fields:
        if field.is_relation and field.name in body and issubclass(field.related_model, djstripe.StripeModel):
            body = _known(body, field.name, field.related_model, owner)
    return body


def _known(body: JsonObject, name: str, model: Any, owner: Any) -> JsonObject:
    stripe_id = reference(body, name)
    if not stripe_id or model.objects.filter(id=stripe_id).exists():
        return body
    if model not in _BARE:
        return body | {name: None}
    model.objects.get_or_create(
        id=stripe_id, defaults={"stripe_data": {"id": stripe_id}, "djstripe_owner_account": owner}
    )
    return body


def _mark_deleted(body: JsonObject) -> None:
    """dj-stripe deletes such rows; here deletion is a flag."""
    if model := MODELS.get(body.get("object", "")):
        for row in model.objects.filter(id=body["id"]):
            row.stripe_data = row.stripe_data | {"deleted": True}
            row.save(update_fields=["stripe_data"])


def _event(event: JsonObject, owner: Any) -> Any:
    request = nested(event, "request")
    return djstripe.Event(
        id=event["id"],
        djstripe_owner_account=owner,
        livemode=event.get("livemode"),
        created=moment(event.get("created")),
        api_version=text(event, "api_version"),
        type=event["type"],
        data=event["data"],
        request_id=text(request, "id"),
        idempotency_key=text(request, "idempotency_key"),
        stripe_data=event,
    )


def _owner(account: StripeAccount) -> Any:
    """dj-stripe's row of our account; made the first time, with what Stripe says of it and a stand-in for our key."""
    secret = _stand_in(account.stripe_id, account.livemode)
    if known := djstripe.APIKey.objects.filter(secret=secret).select_related("djstripe_owner_account").first():
        return known.djstripe_owner_account
    body = gateway.get("/v1/account", account=account.stripe_id)
    with transaction.atomic():
        owner, _ = djstripe.Account.objects.get_or_create(
            id=account.stripe_id, defaults={"stripe_data": body, "created": moment(body.get("created"))}
        )
        djstripe.APIKey.objects.get_or_create(
            secret=secret,
            defaults={
                "type": APIKeyType.restricted,
                "livemode": account.livemode,
                "name": "stands for the key in the environment",
                "djstripe_owner_account": owner,
            },
        )
    return owner


def _stand_in(account: str, livemode: bool) -> str:
    """What dj-stripe takes for a key of this account. It opens nothing at Stripe."""
    return f"rk_{'live' if livemode else 'test'}_standin{hashlib.sha256(account.encode()).hexdigest()[:32]}"


def _note(root: Root, error: str, *, number: int) -> None:
    """Keep the error, or that there is none any more. Overtaken while writing: fetch again, ours may be the older."""
    found = Root.objects.values_list("snapshot_no", "mirror_error").get(pk=root.pk)
    if found[0] != number:
        Root.objects.filter(pk=root.pk, wanted_at=None).update(wanted_at=real_now())
    elif found[1] != error:
        Root.objects.filter(pk=root.pk).update(mirror_error=error)


def _told(failure: Exception) -> str:
    return f"{type(failure).__name__}: {failure}"[:2000]
