"""Snapshots of roots: fetched without a transaction, applied in one, the newest fetch wins.

The only writer of what Stripe says is the state handler, and only `apply` calls it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import F

from config.base.actor import Actor
from config.base.clock import real_now
from config.base.errors import IllegalState
from config.base.models import StripeAccount
from payments import event_table, gateway, mirror
from payments.failures import JsonObject, Misconfigured, ObjectMissing
from payments.models import Root

TRIES = 5
# Also the end of a lease, and of a wish to see the object, however often that was in vain.
_RAISE = """
    UPDATE payments_root
    SET snapshot_no = snapshot_no + 1, fetched_at = %s, wanted_at = NULL, lease_until = NULL, mirror_error = %s,
        tries = 0, last_error = '', parked_at = NULL
    WHERE id = %s AND snapshot_no = %s
"""


class OvertakenTooOften(IllegalState):
    """Others kept applying newer snapshots; theirs stand, and nothing was lost."""

    code = "overtaken"
    title = "The object is changing too fast"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What Stripe said of a root, and the root's number noted before it was asked."""

    noted: int
    body: JsonObject


def root_for(*, account: StripeAccount, kind: str, stripe_id: str) -> Root:
    root, _ = Root.objects.get_or_create(account=account, stripe_id=stripe_id, defaults={"kind": kind})
    return root


def want(*, account: StripeAccount, kind: str, stripe_id: str) -> None:
    """Ask for an object that is known by reference only; the next drain fetches it.

    A fetch that began before may be older than what is wanted: its snapshot will find the number raised.
    """
    root = root_for(account=account, kind=kind, stripe_id=stripe_id)
    fate = {"wanted_at": real_now(), "tries": 0, "last_error": "", "parked_at": None}
    Root.objects.filter(pk=root.pk).update(snapshot_no=F("snapshot_no") + 1, **fate)


def fetch(root: Root, *, noted: int | None = None) -> Snapshot:
    """One GET of the root with all that hangs on it; an object gone at Stripe comes back as deleted.

    `noted`: the root's number, read before; it is read now if not given.
    """
    if noted is None:
        noted = Root.objects.values_list("snapshot_no", flat=True).get(pk=root.pk)
    rule = event_table.root_rule(root.kind)
    account = root.account.stripe_id
    try:
        body = gateway.get(rule.path.format(id=root.stripe_id), {"expand": list(rule.expand)}, account=account)
    except ObjectMissing:
        _ensure_key_fits(root.account)
        return Snapshot(noted, {"id": root.stripe_id, "object": root.kind, "deleted": True})
    if rule.complete:
        event_table.handler(rule.complete)(body=body, account=account)
    return Snapshot(noted, body)


def _ensure_key_fits(account: StripeAccount) -> None:
    """What our key does not see is gone only if it opens the account that had it; raises Misconfigured."""
    opened = gateway.get("/v1/account", account=account.stripe_id)["id"]
    if opened != account.stripe_id:
        staff = f"STRIPE_SECRET_KEY opens {opened}, not {account.stripe_id}."
        raise Misconfigured(staff, http_status=403, body={}, staff=staff)


def apply(root: Root, snapshot: Snapshot, *, by: Actor, settle: Callable[[], None] | None = None) -> bool:
    """Write the snapshot through the state handlers, and `settle`, in one transaction; then mirror it.

    False when another snapshot was applied since this one was noted: nothing was written, fetch again.
    """
    if not _write(root, snapshot, by=by, settle=settle):
        return False
    mirror.sync(applied(root, snapshot))
    return True


def refresh(root: Root, *, by: Actor, settle: Callable[[], None] | None = None) -> None:
    """Fetch, apply and mirror until it holds; raises OvertakenTooOften, StripeFailure."""
    mirror.sync(applied(root, renew(root, by=by, settle=settle)))


def renew(
    root: Root, *, by: Actor, settle: Callable[[], None] | None = None, first: Snapshot | None = None
) -> Snapshot:
    """As `refresh`, from the `first` snapshot if that was fetched already; the caller mirrors the one that held."""
    for _ in range(TRIES):
        snapshot = first or fetch(root)
        if _write(root, snapshot, by=by, settle=settle):
            return snapshot
        first = None
    raise OvertakenTooOften("The object is changing too fast. Please try again.")


def applied(root: Root, snapshot: Snapshot, event_ids: Sequence[int] = ()) -> mirror.Applied:
    """What the mirror is told of a snapshot that held."""
    return mirror.Applied(root, snapshot.body, snapshot.noted + 1, event_ids)


def _write(root: Root, snapshot: Snapshot, *, by: Actor, settle: Callable[[], None] | None) -> bool:
    with transaction.atomic():
        if not _is_next(root, snapshot):
            return False
        source = f"{root.stripe_id}#{snapshot.noted + 1}"
        for dotted in event_table.root_rule(root.kind).state:
            event_table.handler(dotted)(account=root.account, body=snapshot.body, by=by, source=source)
        if settle:
            settle()
    return True


def _is_next(root: Root, snapshot: Snapshot) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_RAISE, [real_now(), mirror.NOT_YET, root.pk, snapshot.noted])
        return bool(cursor.rowcount)
