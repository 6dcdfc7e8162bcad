"""What must be right before money moves, looked at one by one, each with what to do when it is not."""

import smtplib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.db import Error as DatabaseFailure
from django.db import ProgrammingError, connection
from django.db.migrations.executor import MigrationExecutor

from config.base import clock
from payments import event_table, gateway, mirror
from payments.failures import JsonObject, Misconfigured, StripeFailure
from payments.models import InboxEvent
from payments.services import accounts, liveness, webhook_endpoints

OLDEST_POSTGRESQL = 15
MAX_SKEW = timedelta(seconds=60)
DELIVERY_TAKES = timedelta(minutes=1)
MAIL_TIMEOUT_SECONDS = 5


class Verdict(StrEnum):
    OK = "ok"
    NOTE = "note"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, how it is, and what to do about it. A note is no failure."""

    name: str
    verdict: Verdict
    says: str
    todo: str = ""


_Look = Callable[[str], Finding]


def examine() -> Iterator[Finding]:
    """Look at everything, also when some of it is gone."""
    for name, look in _LOOKS.items():
        try:
            yield look(name)
        except StripeFailure as failure:
            yield _failed(name, f"{failure.title}: {failure.staff}", _todo(failure))
        except ImproperlyConfigured as failure:
            yield _failed(name, str(failure), "Look at .env.example.")
        except ProgrammingError as failure:
            yield _failed(name, _first_line(failure), "Run manage.py migrate.")
        except DatabaseFailure as failure:
            says = f"The database does not answer: {_first_line(failure)}"
            yield _failed(name, says, "Look at DATABASE_URL and at the server.")


def _first_line(failure: Exception) -> str:
    return str(failure).strip().partition("\n")[0]


def _todo(failure: StripeFailure) -> str:
    if isinstance(failure, Misconfigured):
        return "Look at STRIPE_SECRET_KEY: it must be whole, not revoked, and allowed to read and write."
    return "Look at the network and at https://status.stripe.com; with a local Stripe, at STRIPE_API_BASE."


def _ok(name: str, says: str) -> Finding:
    return Finding(name, Verdict.OK, says)


def _failed(name: str, says: str, todo: str) -> Finding:
    return Finding(name, Verdict.FAILED, says, todo)


def _mode(key: str) -> str:
    return "live" if "_live_" in key else "test"


def _secret_key(name: str) -> Finding:
    if not settings.STRIPE_SECRET_KEY:
        return _failed(name, "STRIPE_SECRET_KEY is not set.", "Copy it from Stripe's dashboard, Developers > API keys.")
    stripe_id = accounts.at_stripe()["id"]
    ours = accounts.current().stripe_id
    if stripe_id != ours:
        return _failed(
            name,
            f"The key opens {stripe_id}, and these books are of {ours}.",
            f"Use a key of {ours}, or another database.",
        )
    return _ok(name, f"a {_mode(settings.STRIPE_SECRET_KEY)} key of {stripe_id}")


def _publishable_key(name: str) -> Finding:
    key = settings.STRIPE_PUBLISHABLE_KEY
    if not key:
        return _failed(
            name, "STRIPE_PUBLISHABLE_KEY is not set.", "Payment pages need it; copy it beside the secret key."
        )
    if _mode(key) != _mode(settings.STRIPE_SECRET_KEY):
        return _failed(
            name, f"a {_mode(key)} key beside a {_mode(settings.STRIPE_SECRET_KEY)} one", "Use both of one mode."
        )
    return _ok(name, f"a {_mode(key)} key")


def _api_version(name: str) -> Finding:
    pinned = settings.STRIPE_API_VERSION
    if {gateway.SDK_API_VERSION, mirror.api_version()} != {pinned}:
        return _failed(
            name,
            f"pinned {pinned}, stripe package {gateway.SDK_API_VERSION}, dj-stripe {mirror.api_version()}",
            "Install the packages as pinned: make install.",
        )
    return _ok(name, pinned)


def _webhook_endpoint(name: str) -> Finding:
    setup = "Run manage.py stripe_setup."
    found = _endpoints()
    enabled = [body for body in found if webhook_endpoints.is_enabled(body)]
    if not enabled:
        how = "is disabled" if found else "does not exist"
        return _failed(name, f"The endpoint at {webhook_endpoints.our_url()} {how}.", setup)
    right = next(filter(webhook_endpoints.has_our_version, enabled), None)
    if right is None:
        said = enabled[0]["api_version"] or "the account's version"
        return _failed(name, f"{enabled[0]['id']} sends {said}, not {settings.STRIPE_API_VERSION}.", setup)
    if not webhook_endpoints.hears_our_events(right):
        return _failed(name, f"{right['id']} hears other events than config/stripe_events.py lists.", setup)
    if len(enabled) > 1:
        return _failed(name, f"{len(enabled)} enabled endpoints have this address; each event comes as often.", setup)
    return _ok(name, f"{right['id']} at {right['url']}, {len(right['enabled_events'])} types of events")


def _webhook_secret(name: str) -> Finding:
    """A secret cannot be read back: only an event that came, signed with it, proves it."""
    if not settings.STRIPE_WEBHOOK_SECRETS:
        return _failed(
            name,
            "STRIPE_WEBHOOK_SECRET is not set.",
            "Reveal it in Stripe's dashboard, Developers > Webhooks, on our endpoint; stripe_setup shows it once.",
        )
    endpoint = next(filter(webhook_endpoints.is_enabled, _endpoints()), None)
    event = _newest_event_sent(endpoint) if endpoint else None
    if event is None:
        return Finding(name, Verdict.NOTE, "set; no event was sent since the endpoint was made that would prove it.")
    came = InboxEvent.objects.filter(stripe_id=event["id"], source=InboxEvent.Source.WEBHOOK).exists()
    if not came:
        return _failed(
            name,
            f"Stripe's newest event {event['id']} has not come by webhook with a valid signature.",
            "Look at the endpoint's deliveries in the dashboard: 400 means another secret, no answer a wrong address.",
        )
    return _ok(name, f"proved by {event['id']}")


def _endpoints() -> list[JsonObject]:
    return webhook_endpoints.at(webhook_endpoints.our_url(), account=accounts.current())


def _newest_event_sent(endpoint: JsonObject) -> JsonObject | None:
    """The newest event that the endpoint must have been sent by now."""
    before = int((clock.now() - DELIVERY_TAKES).timestamp())
    span = {"gte": endpoint["created"], "lte": before}
    page = gateway.get("/v1/events", {"limit": 100, "created": span}, account=accounts.current().stripe_id)
    return next((event for event in page["data"] if event_table.rule_for(event["type"])), None)


def _database(name: str) -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        version = str(cursor.fetchone()[0]).split()[0]
    if int(version.partition(".")[0]) < OLDEST_POSTGRESQL:
        return _failed(name, f"PostgreSQL {version}", f"Use PostgreSQL {OLDEST_POSTGRESQL} or newer.")
    return _ok(name, f"PostgreSQL {version}")


def _migrations(name: str) -> Finding:
    executor = MigrationExecutor(connection)
    if missing := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return _failed(name, f"{len(missing)} migrations are not applied.", "Run manage.py migrate.")
    return _ok(name, "all applied")


def _alive(part: str, todo: str) -> _Look:
    def look(name: str) -> Finding:
        is_alive = liveness.read()[part]
        return _ok(name, "alive") if is_alive else _failed(name, "no sign of life", todo)

    return look


def _clock(name: str) -> Finding:
    skew = datetime.now(UTC) - gateway.server_time(account=accounts.current().stripe_id)
    seconds = round(skew.total_seconds())
    if abs(skew) > MAX_SKEW:
        return _failed(
            name,
            f"{abs(seconds)} seconds {'ahead of' if seconds > 0 else 'behind'} Stripe's.",
            f"Let NTP set it: signatures older than {settings.STRIPE_WEBHOOK_TOLERANCE_SECONDS} seconds are refused.",
        )
    return _ok(name, f"within {MAX_SKEW.seconds} seconds of Stripe's")


def _mail(name: str) -> Finding:
    backend = settings.EMAIL_BACKEND.split(".")[-2]
    if backend != "smtp":
        verdict = Verdict.FAILED if settings.STRIPE_LIVE_MODE else Verdict.NOTE
        return Finding(name, verdict, f"Mail goes to {backend}, to nobody.", "Set EMAIL_URL to your mail server.")
    if settings.DEFAULT_FROM_EMAIL.endswith("@localhost"):
        return _failed(name, "Mail has no sender.", "Add ?_default_from_email=you@example.com to EMAIL_URL.")
    server = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    try:
        with mail.get_connection(timeout=MAIL_TIMEOUT_SECONDS):
            return _ok(name, f"{server} lets us in, as {settings.DEFAULT_FROM_EMAIL}")
    except (OSError, smtplib.SMTPException) as failure:
        return _failed(name, f"{server}: {failure}", "Look at EMAIL_URL.")


_LOOKS: Mapping[str, _Look] = {
    "secret key": _secret_key,
    "publishable key": _publishable_key,
    "API version": _api_version,
    "webhook endpoint": _webhook_endpoint,
    "webhook secret": _webhook_secret,
    "database": _database,
    "migrations": _migrations,
    "broker": _alive("broker", "Start Redis, or look at REDIS_URL. Nothing is lost meanwhile."),
    "worker": _alive("worker", "Start it: celery -A config.celery worker."),
    "beat": _alive("beat", "Start it, once: celery -A config.celery beat."),
    "clock": _clock,
    "e-mail": _mail,
}
