"""E-mails to customers: asked for once for each message, subject and occasion; sent after commit by a task.

What is asked for is a row, so an e-mail is lost only with the database. Staff may have one sent again.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import Model

from billing.models import CreditNote, Document, Invoice, Notice, Subscription
from config.base import audit, clock
from config.base.actor import Actor, ActorKind
from config.base.errors import IllegalState
from config.base.ids import public_id
from payments.models import Customer, Payment

SYSTEM = Actor.system("notices")
ISSUED = "issued"
_TYPES: Mapping[type[Model], str] = {
    Invoice: "invoice",
    CreditNote: "credit_note",
    Payment: "payment",
    Subscription: "subscription",
}
_TELL = """
    INSERT INTO billing_notice (
        public_id, customer_id, message, subject_type, subject_id, occasion, document_id, status, tries, next_try_at,
        last_error, created_at
    ) VALUES (
        %(public_id)s, %(customer)s, %(message)s, %(subject_type)s, %(subject_id)s, %(occasion)s, %(document)s,
        'waiting', 0, %(next_try_at)s, '', %(created_at)s
    ) ON CONFLICT (message, subject_id, occasion) DO NOTHING
"""


class NoticeWaiting(IllegalState):
    """It will be sent by itself."""

    code = "notice_waiting"
    title = "The e-mail is on its way already"


def tell(
    *,
    message: str,
    customer: Customer,
    subject: Invoice | CreditNote | Payment | Subscription,
    occasion: str = ISSUED,
    document: Document | None = None,
    by: Actor = SYSTEM,
) -> bool:
    """Have the customer told once; False when this occasion was told before. In the caller's transaction.

    It is written when it is sent: a document that is not made yet need not be given.
    """
    values: dict[str, Any] = {
        "public_id": public_id("notice"),
        "customer": customer.pk,
        "message": Notice.Message(message).value,
        "subject_type": _TYPES[type(subject)],
        "subject_id": subject.public_id,
        "occasion": occasion[:255],
        "document": document.pk if document else None,
        "next_try_at": real_now(),
        "created_at": clock.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_TELL, values)
        is_new = bool(cursor.rowcount)
    if is_new and by.kind is ActorKind.STAFF:
        told = Notice.objects.get(public_id=values["public_id"])
        audit.record(told, changes={"status": ["", Notice.Status.WAITING.value]}, by=by)
    return is_new


def resend(*, notice: Notice, by: Actor, reason: str = "") -> bool:
    """Send it again, to the address that the customer has then; raises NoticeWaiting. False: somebody was faster."""
    if notice.status == Notice.Status.WAITING:
        raise NoticeWaiting("It is sent as soon as the mail server takes it.")
    over = [Notice.Status.SENT, Notice.Status.FAILED, Notice.Status.SKIPPED]
    again: dict[str, Any] = {"tries": 0, "next_try_at": real_now(), "lease_until": None, "last_error": ""}
    return audit.move(notice, from_=over, to=Notice.Status.WAITING, by=by, reason=reason, **again)


def subject_of(notice: Notice) -> Invoice | CreditNote | Payment | Subscription | None:
    """What it tells of."""
    model: Any = next(kind for kind, name in _TYPES.items() if name == notice.subject_type)
    found: Invoice | CreditNote | Payment | Subscription | None = model.objects.filter(
        public_id=notice.subject_id
    ).first()
    return found


def real_now() -> datetime:
    """Leases and pauses go by real time, whatever the test clock says."""
    return datetime.now(UTC)
