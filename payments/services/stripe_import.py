"""The import of what an account had before us: every object once, newest first, going on where it was interrupted.

An object that we know already is skipped: its webhooks keep it as it is at Stripe.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from config.base import clock
from config.base.actor import Actor
from config.base.models import StripeAccount
from payments import event_table, gateway
from payments.failures import JsonObject
from payments.models import Customer, ImportCursor
from payments.services import snapshots

_Page = tuple[str, list[JsonObject]]


@dataclass(frozen=True, slots=True)
class Progress:
    """How many objects of a kind were read by now, and whether that was all."""

    kind: str
    read: int
    is_done: bool


def run(*, account: StripeAccount, by: Actor) -> Iterator[Progress]:
    """Import kind by kind; tells after each page. Raises StripeFailure, and then goes on from there the next time."""
    for kind in event_table.imports():
        cursor, _ = ImportCursor.objects.get_or_create(account=account, kind=kind)
        if cursor.finished_at is None:
            yield from _one_kind(cursor, by)
        yield Progress(kind, cursor.read, is_done=True)


def _one_kind(cursor: ImportCursor, by: Actor) -> Iterator[Progress]:
    pages = _methods_by_customer(cursor) if cursor.kind == "payment_method" else _listed(cursor)
    for after, bodies in pages:
        for body in bodies:
            _take(cursor, body, by)
        cursor.after, cursor.read = after, cursor.read + len(bodies)
        cursor.save(update_fields=["after", "read"])
        yield Progress(cursor.kind, cursor.read, is_done=False)
    cursor.finished_at = clock.now()
    cursor.save(update_fields=["finished_at"])


def _listed(cursor: ImportCursor) -> Iterator[_Page]:
    rule = event_table.root_rule(cursor.kind)
    listed = event_table.imports()[cursor.kind]
    params: JsonObject = {**listed, "expand": [f"data.{path}" for path in rule.expand]}
    if cursor.after:
        params["starting_after"] = cursor.after
    for page in gateway.pages(rule.path.removesuffix("/{id}"), params, account=cursor.account.stripe_id):
        if page:
            yield page[-1]["id"], page


def _methods_by_customer(cursor: ImportCursor) -> Iterator[_Page]:
    """Stripe lists payment methods by their customer only; the cursor counts our customers' rows."""
    customers = Customer.objects.filter(account=cursor.account, status=Customer.Status.ACTIVE)
    rest = customers.filter(pk__gt=int(cursor.after or 0)).order_by("pk")
    for pk, stripe_id in rest.values_list("pk", "stripe_id").iterator():
        path = f"/v1/customers/{stripe_id}/payment_methods"
        yield str(pk), list(gateway.each(path, {}, account=cursor.account.stripe_id))


def _take(cursor: ImportCursor, body: JsonObject, by: Actor) -> None:
    """Apply an object as its root's first snapshot; if anybody was faster, theirs is newer."""
    root = snapshots.root_for(account=cursor.account, kind=cursor.kind, stripe_id=body["id"])
    if root.snapshot_no:
        return
    rule = event_table.root_rule(cursor.kind)
    if rule.complete:
        event_table.handler(rule.complete)(body=body, account=cursor.account.stripe_id)
    snapshots.apply(root, snapshots.Snapshot(0, body), by=by)
