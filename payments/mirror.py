"""dj-stripe's tables, filled from what we fetched: the only module that imports `djstripe`.

Rows are made by dj-stripe's own field conversions, but many at once and without its look-ups: nothing is asked of
Stripe, and our key is never written to its tables. What is known by reference only gets a bare row that its own
snapshot fills later. A mirror that fails is recorded on the root and never holds us back. Why not dj-stripe's
`sync_from_stripe_data`: docs/decisions.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import or_
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models import CharField, JSONField, Q, TextField, Value
from djstripe import models as djstripe
from djstripe.settings import djstripe_settings

from config.base.clock import real_now
from config.base.models import StripeAccount
from payments import gateway
from payments.failures import JsonObject
from payments.models import Root
from payments.stripe_fields import moment, nested, reference

MODELS: Mapping[str, Any] = {
    "payment_method": djstripe.PaymentMethod,
    "customer": djstripe.Customer,
    "balance_transaction": djstripe.BalanceTransaction,
    "payment_intent": djstripe.PaymentIntent,
    "setup_intent": djstripe.SetupIntent,
    "charge": djstripe.Charge,
    "refund": djstripe.Refund,
    "dispute": djstripe.Dispute,
    "payout": djstripe.Payout,
    "webhook_endpoint": djstripe.WebhookEndpoint,
    "product": djstripe.Product,
    "price": djstripe.Price,
    "coupon": djstripe.Coupon,
    "promotion_code": djstripe.PromotionCode,
    "tax_rate": djstripe.TaxRate,
    "subscription": djstripe.Subscription,
    "subscription_item": djstripe.SubscriptionItem,
    "invoice": djstripe.Invoice,
    "line_item": djstripe.LineItem,
}
# A row may be made of the id alone; a reference to anything else stays empty until that was mirrored.
_BARE = (djstripe.PaymentMethod, djstripe.Customer, djstripe.Product)
# Not Stripe's to say, or not ours to keep.
_OWN_FIELDS = ("stripe_data", "subscriber", "date_purged", "secret")
# Lists of objects with rows of their own, and a copy from the time of a failure.
_LEFT_OUT = ("refunds", "last_payment_error", "secret")
# Stands in a root's `mirror_error` from the moment that a snapshot is applied.
NOT_YET = "not mirrored yet"
# A body that was blanked has nothing to tell. In the order of ids, as all rows here.
_COPY = """
    WITH told AS MATERIALIZED (
        SELECT *, body::jsonb AS event FROM payments_inboxevent WHERE id = ANY(%(ids)s) AND body <> ''
    )
    INSERT INTO djstripe_event (
        id, djstripe_owner_account_id, livemode, created, api_version, type, request_id, idempotency_key,
        data, stripe_data, djstripe_created, djstripe_updated
    ) SELECT
        stripe_id, %(owner)s, livemode, stripe_created_at, api_version, type,
        COALESCE(event #>> '{request,id}', ''), request_idempotency_key,
        event -> 'data', event, %(now)s, %(now)s
    FROM told ORDER BY stripe_id
    ON CONFLICT (id) DO NOTHING
"""
Rows = dict[Any, dict[str, Any]]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Applied:
    """A snapshot that was applied, its root's number with it, and the events in the inbox that it settled."""

    root: Root
    body: JsonObject
    number: int
    event_ids: Sequence[int] = ()


def api_version() -> str:
    """The version that dj-stripe speaks."""
    return str(djstripe_settings.STRIPE_API_VERSION)


def sync(*applied: Applied) -> None:
    """Mirror snapshots of one account with all that was fetched with them. Outside transactions; never raises."""
    if not applied:
        return
    try:
        keep(
            *(each.body for each in applied),
            account=applied[0].root.account,
            event_ids=[pk for each in applied for pk in each.event_ids],
        )
    except Exception as failure:
        if len(applied) > 1:
            for each in applied:
                sync(each)
            return
        log.exception("the mirror failed", root=applied[0].root.stripe_id)
        error = f"{type(failure).__name__}: {failure}"[:2000]
        Root.objects.filter(pk=applied[0].root.pk).update(mirror_error=error)
    else:
        _note(applied)


def keep(*bodies: JsonObject, account: StripeAccount, event_ids: Sequence[int] = ()) -> None:
    """Write objects, those expanded in them, and events of the inbox to dj-stripe's tables."""
    owner = _owner(account)
    rows: Rows = {model: {} for model in MODELS.values()}
    for body in bodies:
        if not body.get("deleted"):
            for part in _parts(json.loads(gateway.without_secrets(json.dumps(body)))):
                rows[MODELS[part["object"]]][part["id"]] = _row(part, owner)
    with transaction.atomic():
        _not_worth_waiting_for_the_disk()
        _settle_references(rows, owner)
        for model, made in rows.items():
            _upsert(model, made)
        _copy_events(event_ids, owner)
        _mark_deleted([body for body in bodies if body.get("deleted")])


def _parts(body: JsonObject) -> Iterator[JsonObject]:
    """The object and all those expanded in it that have tables."""
    for key, value in body.items():
        if isinstance(value, dict) and key != "last_payment_error":
            for item in value.get("data", [value]):
                if isinstance(item, dict):
                    yield from _parts(item)
    if body.get("object") in MODELS and body.get("id"):
        yield body


def _row(body: JsonObject, owner: Any) -> Any:
    """The unsaved row of an object, as dj-stripe would fill it."""
    model = MODELS[body["object"]]
    flat = {
        key: reference(body, key) if nested(body, key).get("object") in MODELS else value
        for key, value in body.items()
        if key not in _LEFT_OUT
    }
    data = model._manipulate_stripe_object_hook(flat)  # noqa: SLF001 - made for overriding, and for nothing else
    values = {field.attname: _value(field, data) for field in _fields(model)}
    return model(stripe_data=_json(data), djstripe_owner_account=owner, **values)


def _json(data: JsonObject) -> Value:
    """As an expression: Django would else make one array of all rows' JSON, which psycopg escapes quote by quote."""
    return Value(data, output_field=JSONField())


@lru_cache(maxsize=64)
def _fields(model: Any) -> list[Any]:
    """The columns that Stripe fills. A few references go by dj-stripe's own numbers; those stay empty."""
    return [
        field
        for field in model._meta.concrete_fields
        if not field.name.startswith("djstripe_") and field.name not in _OWN_FIELDS
        if not field.is_relation or field.target_field.name == "id"
    ]


def _value(field: Any, data: JsonObject) -> Any:
    """Source: djstripe.models.base.StripeModel._stripe_object_to_record"""
    if field.is_relation:
        return reference(data, field.name) or None
    value = field.stripe_to_db(data) if hasattr(field, "stripe_to_db") else data.get(field.name)
    return "" if value is None and isinstance(field, CharField | TextField) else value


def _settle_references(rows: Rows, owner: Any) -> None:
    """Every reference of the rows finds something: there already, made bare, or it is left empty."""
    open_: dict[Any, list[tuple[Any, str, str]]] = defaultdict(list)
    for row in [row for made in rows.values() for row in made.values()]:
        for field in _relations(type(row)):
            stripe_id = getattr(row, field.attname)
            if stripe_id and stripe_id not in rows.get(field.related_model, {}):
                open_[field.related_model].append((row, field.attname, stripe_id))
    for model, references in open_.items():
        found = _found(model, {stripe_id for _, _, stripe_id in references}, owner)
        for row, attname, stripe_id in references:
            setattr(row, attname, stripe_id if stripe_id in found else None)


def _relations(model: Any) -> list[Any]:
    return [field for field in _fields(model) if field.is_relation]


def _found(model: Any, ids: set[str], owner: Any) -> set[str]:
    if model not in _BARE:
        return set(model.objects.filter(id__in=ids).values_list("id", flat=True))
    bare = [model(id=each, stripe_data={"id": each}, djstripe_owner_account=owner) for each in sorted(ids)]
    model.objects.bulk_create(bare, ignore_conflicts=True)
    return ids


def _upsert(model: Any, made: Mapping[str, Any]) -> None:
    """In the order of ids, so that two of these never wait for each other."""
    if made:
        names = [field.name for field in _fields(model) if field.name != "id"]
        # Names of coupons are chosen by people, and may stand in both modes.
        unique = ["id"] if model._meta.get_field("id").unique else ["id", "livemode"]
        model.objects.bulk_create(
            [made[stripe_id] for stripe_id in sorted(made)],
            update_conflicts=True,
            unique_fields=unique,
            update_fields=[*names, "stripe_data", "djstripe_owner_account", "djstripe_updated"],
        )


def _mark_deleted(bodies: Sequence[JsonObject]) -> None:
    """dj-stripe deletes such rows; here deletion is a flag."""
    for body in bodies:
        if model := MODELS.get(body.get("object", "")):
            for row in model.objects.filter(id=body["id"]):
                row.stripe_data = row.stripe_data | {"deleted": True}
                row.save(update_fields=["stripe_data", "djstripe_updated"])


def _copy_events(event_ids: Sequence[int], owner: Any) -> None:
    """Inside the database: what is in the inbox already need not be read and sent back."""
    if event_ids:
        with connection.cursor() as cursor:
            cursor.execute(_COPY, {"ids": list(event_ids), "owner": owner.id, "now": real_now()})


def _owner(account: StripeAccount) -> Any:
    """dj-stripe's row of our account; made the first time, of what Stripe says."""
    known = djstripe.Account.objects.filter(id=account.stripe_id).first()
    if known:
        return known
    body = gateway.get("/v1/account", account=account.stripe_id)
    made = {"stripe_data": body, "created": moment(body.get("created"))}
    return djstripe.Account.objects.get_or_create(id=account.stripe_id, defaults=made)[0]


def _not_worth_waiting_for_the_disk() -> None:
    """A machine that dies may lose the last moments of the mirror; they stay marked as not mirrored."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit TO off")


def _note(applied: Sequence[Applied]) -> None:
    """No error any more. Who was overtaken while writing fetches again: what it wrote may be the older."""
    current = reduce(or_, (Q(pk=each.root.pk, snapshot_no=each.number) for each in applied))
    if Root.objects.filter(current).update(mirror_error="") < len(applied):
        overtaken = Root.objects.filter(pk__in=[each.root.pk for each in applied], wanted_at=None).exclude(current)
        overtaken.update(wanted_at=real_now())
