"""The post: what waits is leased, written, handed to the mail server, and noted as sent.

A process may die between any two lines. Until the mail server has said yes, the row waits and its lease runs out; after
the commit that notes it as sent nobody sends it again. Between the two lies one UPDATE: who dies there sends a second
copy, under the same Message-ID, which mailboxes fold into one.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException, SMTPServerDisconnected

import structlog
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from billing.models import Notice
from billing.services import notice_mail, notices
from billing.services.notice_facts import NotTrue
from config.base import audit, clock, domain_events
from config.base.actor import Actor
from payments.models import Customer

SYSTEM = Actor.system("send_notices")
LEASE = timedelta(minutes=2)
TIMEOUT_SECONDS = 15
AT_MOST = 200
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720))
_PERMANENT = range(500, 600)
_WAITING = (Notice.Status.WAITING,)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Sent:
    """What one round did; `unreachable` is 1 when the mail server did not answer and nothing was tried."""

    sent: int = 0
    skipped: int = 0
    failed: int = 0
    again: int = 0
    unreachable: int = 0


def send_due(*, by: Actor = SYSTEM) -> Sent:
    """Send what is due, over one connection. A mail server that is away costs no e-mail one of its tries."""
    if not _due().exists():
        return Sent()
    post = get_connection(timeout=TIMEOUT_SECONDS)
    try:
        post.open()
    except (OSError, SMTPException) as error:
        log.warning("the mail server cannot be reached", reason=str(error))
        return Sent(unreachable=1)
    outcomes: Counter[str] = Counter()
    try:
        while outcomes.total() < AT_MOST and not outcomes["unreachable"] and (notice := _claim()):
            outcomes[_send(notice, post, by)] += 1
    finally:
        post.close()
    return Sent(**outcomes)


def _due() -> QuerySet[Notice]:
    now = notices.real_now()
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    return Notice.objects.filter(free, status=Notice.Status.WAITING, next_try_at__lte=now)


def _claim() -> Notice | None:
    """One that is due, leased; when to try it again, should we die, is set with that."""
    with transaction.atomic():
        notice = _due().select_for_update(skip_locked=True).order_by("next_try_at", "pk").first()
        if notice is None:
            return None
        now = notices.real_now()
        pause = PAUSES[min(notice.tries, len(PAUSES) - 1)]
        leased = {"tries": notice.tries + 1, "next_try_at": now + pause, "lease_until": now + LEASE}
        Notice.objects.filter(pk=notice.pk).update(**leased)
    return Notice.objects.select_related("customer__account__legal_entity", "document").get(pk=notice.pk)


def _send(notice: Notice, post: BaseEmailBackend, by: Actor) -> str:
    """Try once; how it ended, as `Sent` counts. One that cannot be sent says why on its row, and holds up no other."""
    try:
        post.send_messages([notice_mail.write(notice)])
    except NotTrue as reason:
        return _end(notice, Notice.Status.SKIPPED, str(reason), by)
    except SMTPRecipientsRefused as refusal:
        code, text = next(iter(refusal.recipients.values()))
        return _refused(notice, _told(code, text), by, for_good=code in _PERMANENT)
    except SMTPResponseException as refusal:
        why = _told(refusal.smtp_code, refusal.smtp_error)
        return _refused(notice, why, by, for_good=refusal.smtp_code in _PERMANENT)
    except (SMTPServerDisconnected, ConnectionError, TimeoutError) as error:
        _refused(notice, f"{type(error).__name__}: {error}", by, for_good=False)
        return "unreachable"
    except Exception as error:
        if not connection.is_usable():
            raise
        log.exception("an e-mail could not be written or sent", notice=notice.public_id)
        return _refused(notice, f"{type(error).__name__}: {error}", by, for_good=False)
    return _note_sent(notice, by)


def _told(code: int, text: bytes | str) -> str:
    """`550 No such mailbox`."""
    return f"{code} {text.decode(errors='replace') if isinstance(text, bytes) else text}"


def _refused(notice: Notice, why: str, by: Actor, *, for_good: bool) -> str:
    """Mail servers repeat the address that they refuse; here and in the audit it must not stand."""
    why = why.replace(notice.customer.email, "the address")[:2000] if notice.customer.email else why
    if for_good or notice.tries > len(PAUSES):
        return _end(notice, Notice.Status.FAILED, why, by)
    log.warning("e-mail not taken, tried again", notice=notice.public_id, tries=notice.tries, reason=why)
    Notice.objects.filter(pk=notice.pk, status=Notice.Status.WAITING).update(last_error=why, lease_until=None)
    return "again"


def _end(notice: Notice, status: Notice.Status, why: str, by: Actor) -> str:
    audit.move(notice, from_=_WAITING, to=status, by=by, reason=why, last_error=why, lease_until=None)
    return status.value


def _note_sent(notice: Notice, by: Actor) -> str:
    told = {"notice": notice.public_id, "message": notice.message, "subject": notice.subject_id}
    with transaction.atomic():
        Customer.objects.select_for_update().get(pk=notice.customer_id)
        sent_at = clock.now()
        if audit.move(
            notice, from_=_WAITING, to=Notice.Status.SENT, by=by, sent_at=sent_at, last_error="", lease_until=None
        ):
            domain_events.append(notice.customer, type="customer.notice_sent", by=by, data=told)
    return Notice.Status.SENT.value
