"""`manage.py doctor`: one line a part, what to do about each failure, and an exit status to build on."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from pytest_django import Settings

from config.base import job_runs
from config.base.actor import Actor
from config.base.models import JobRun, StripeAccount
from payments.models import InboxEvent
from payments.services import doctor, liveness, poller, webhook_endpoints
from payments.services.doctor import Finding, Verdict
from tests.plugins.stripe import LocalStripe

TEST = Actor.system("test")


def findings() -> dict[str, Finding]:
    return {finding.name: finding for finding in doctor.examine()}


def run() -> tuple[int, str]:
    told = StringIO()
    try:
        call_command("doctor", stdout=told, no_color=True)
    except SystemExit as ending:
        return int(ending.code or 0), told.getvalue()
    return 0, told.getvalue()


@pytest.fixture
def beating(db: None) -> None:
    with job_runs.recorded(liveness.DRAIN):
        pass


@pytest.fixture
def endpoint(account: StripeAccount) -> str:
    url = webhook_endpoints.our_url()
    return webhook_endpoints.ensure(account=account, url=url, by=TEST).stripe_id


@pytest.fixture
def quiet(sandbox: LocalStripe) -> Iterator[LocalStripe]:
    """Nobody listens at http://testserver."""
    sandbox.deliver(pause=True)
    yield sandbox
    sandbox.deliver(pause=False)


def test_all_is_well(account: StripeAccount, endpoint: str, beating: None) -> None:
    status, told = run()

    assert status == 0, told
    lines = told.splitlines()
    assert len(lines) == 12
    assert not any(line.startswith("FAILED") for line in lines)
    assert f"ok     webhook endpoint  {endpoint} at {webhook_endpoints.our_url()}" in told
    assert settings.STRIPE_SECRET_KEY not in told
    assert settings.STRIPE_WEBHOOK_SECRETS[0] not in told


def test_a_new_installation_hears_what_to_do(account: StripeAccount, sandbox: LocalStripe) -> None:
    status, told = run()

    assert status == 1
    failed = {line[7:25].strip() for line in told.splitlines() if line.startswith("FAILED")}
    assert failed == {"webhook endpoint", "worker", "beat"}
    assert "Run manage.py stripe_setup." in told


def test_beat_that_stopped_is_seen(account: StripeAccount, beating: None) -> None:
    JobRun.objects.update(finished_at=datetime.now(UTC) - timedelta(minutes=2))

    found = findings()

    assert (found["worker"].verdict, found["beat"].verdict) == (Verdict.FAILED, Verdict.FAILED)
    assert found["broker"].verdict is Verdict.OK


def test_an_unreachable_stripe_is_told_and_the_rest_looked_at(
    account: StripeAccount, sandbox: LocalStripe, beating: None
) -> None:
    sandbox.fail("GET", "/v1/*", "error_500", times=50)

    found = findings()

    assert found["secret key"].verdict is Verdict.FAILED
    assert "STRIPE_API_BASE" in found["secret key"].todo
    assert (found["database"].verdict, found["beat"].verdict) == (Verdict.OK, Verdict.OK)


def test_a_key_of_another_account_is_refused(account: StripeAccount) -> None:
    StripeAccount.objects.update(stripe_id="acct_of_others")

    assert "acct_of_others" in findings()["secret key"].says


def test_keys_of_two_modes_are_seen(account: StripeAccount, settings: Settings) -> None:
    settings.STRIPE_PUBLISHABLE_KEY = "pk_live_" + "x" * 24

    assert findings()["publishable key"].verdict is Verdict.FAILED


@pytest.mark.parametrize(
    ("strayed", "says"),
    [({"disabled": True}, "is disabled"), ({"enabled_events": ["charge.succeeded"]}, "hears other events")],
)
def test_an_endpoint_that_strayed_is_seen(
    account: StripeAccount, endpoint: str, sandbox: LocalStripe, strayed: dict[str, object], says: str
) -> None:
    sandbox.client.v1.webhook_endpoints.update(endpoint, strayed)  # type: ignore[arg-type]

    found = findings()["webhook endpoint"]

    assert (found.verdict, found.todo) == (Verdict.FAILED, "Run manage.py stripe_setup.")
    assert says in found.says


def test_an_endpoint_of_another_version_is_seen(account: StripeAccount, quiet: LocalStripe) -> None:
    url = webhook_endpoints.our_url()
    quiet.client.v1.webhook_endpoints.create({"url": url, "enabled_events": ["charge.succeeded"]})

    assert "the account's version" in findings()["webhook endpoint"].says


def test_only_an_event_that_came_proves_the_secret(account: StripeAccount, endpoint: str, quiet: LocalStripe) -> None:
    assert findings()["webhook secret"].verdict is Verdict.NOTE

    quiet.client.v1.customers.create({"email": "ada@example.com"})
    quiet.advance(seconds=120)
    poller.fetch_missed(account=account)
    assert findings()["webhook secret"].verdict is Verdict.FAILED

    InboxEvent.objects.update(source=InboxEvent.Source.WEBHOOK)
    assert findings()["webhook secret"].verdict is Verdict.OK


def test_a_missing_webhook_secret_is_seen(account: StripeAccount, settings: Settings) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = []

    assert "stripe_setup shows it once" in findings()["webhook secret"].todo


def test_mail_that_goes_to_nobody_is_a_failure_where_money_is_live(account: StripeAccount, settings: Settings) -> None:
    assert findings()["e-mail"].verdict is Verdict.NOTE

    settings.STRIPE_LIVE_MODE = True
    StripeAccount.objects.update(livemode=True)

    assert findings()["e-mail"].verdict is Verdict.FAILED


def test_a_mail_server_that_does_not_answer_is_seen(account: StripeAccount, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    settings.DEFAULT_FROM_EMAIL = "shop@example.com"

    found = findings()["e-mail"]

    assert found.verdict is Verdict.FAILED
    assert found.says.startswith("127.0.0.1:1:")


def test_a_missing_secret_key_is_told_and_the_rest_looked_at(
    db: None, sandbox: LocalStripe, settings: Settings, beating: None
) -> None:
    settings.STRIPE_SECRET_KEY = ""

    found = findings()

    assert "Developers > API keys" in found["secret key"].todo
    assert (found["database"].verdict, found["beat"].verdict) == (Verdict.OK, Verdict.OK)


def test_a_database_behind_its_migrations_is_seen(account: StripeAccount) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE base_stripeaccount RENAME TO elsewhere")
        cursor.execute("DELETE FROM django_migrations WHERE app = 'payments'")

    found = findings()

    assert found["migrations"].todo == found["webhook endpoint"].todo == "Run manage.py migrate."
    assert found["migrations"].verdict is Verdict.FAILED
