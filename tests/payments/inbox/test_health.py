"""What monitors see."""

import socket
import time
from datetime import timedelta

import pytest
from celery import Celery
from django.test import Client

from config import celery
from config.base import job_runs
from config.base.clock import real_now
from config.base.models import JobRun, StripeAccount
from payments import gateway, tasks
from payments.failures import InDoubt
from payments.models import InboxEvent
from payments.services import liveness, webhook_health
from tests import environment
from tests.payments.inbox.posting import event, post
from tests.plugins.stripe import LocalStripe

pytestmark = pytest.mark.django_db


def get(path: str, token: str = ""):
    return Client(headers={"Authorization": f"Bearer {token}"} if token else {}).get(path)


def test_all_is_well_when_beats_drain_ran_lately(account: StripeAccount) -> None:
    tasks.drain_inbox()

    answer = get("/api/health")

    assert answer.status_code == 200
    assert answer.json()["checks"] == dict.fromkeys(("database", "broker", "worker", "beat"), "ok")


def test_a_worker_without_beat_is_told_apart(account: StripeAccount) -> None:
    tasks.recover_stuck_payments()

    answer = get("/api/health")

    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": "ok", "broker": "ok", "worker": "ok", "beat": "failing"}


def test_a_broker_that_hangs_fails_within_seconds(account: StripeAccount) -> None:
    tasks.drain_inbox()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        queue = Celery("hanging", broker=f"redis://127.0.0.1:{silent.getsockname()[1]}/0", set_as_current=False)
        queue.conf.broker_transport_options = celery.app.conf.broker_transport_options
        began = time.monotonic()
        queue.set_current()
        try:
            checks = get("/api/health").json()["checks"]
        finally:
            celery.app.set_current()

    assert checks == {"database": "ok", "broker": "failing", "worker": "ok", "beat": "ok"}
    assert time.monotonic() - began < 4


def test_a_drain_of_a_minute_ago_is_no_sign_of_life(account: StripeAccount) -> None:
    tasks.drain_inbox()
    JobRun.objects.update(finished_at=real_now() - timedelta(minutes=1))

    assert get("/api/health").json()["checks"]["worker"] == "failing"


def test_a_job_that_fails_is_recorded_with_its_error(account: StripeAccount, sandbox: LocalStripe) -> None:
    sandbox.fail("GET", "/v1/events", "error_500", times=gateway.TRIES)

    with pytest.raises(InDoubt):
        tasks.fetch_missed_events()

    run = JobRun.objects.get()
    assert (run.name, run.succeeded) == ("fetch_missed_events", False)
    assert run.error.startswith("InDoubt")


def test_every_job_counts_what_it_did_and_old_runs_are_forgotten(account: StripeAccount, sandbox: LocalStripe) -> None:
    sandbox.client.v1.customers.create({"name": "ada"})
    for job in (tasks.fetch_missed_events, tasks.drain_inbox, tasks.recover_stuck_payments):
        job()
    JobRun.objects.filter(name="drain_inbox").update(started_at=real_now() - job_runs.KEPT - timedelta(hours=1))

    tasks.forget_old_requests()

    counts = dict(JobRun.objects.order_by("id").values_list("name", "counts"))
    assert counts["fetch_missed_events"] == {"read": 1, "missed": 1}
    assert counts["recover_stuck_payments"] == {"settled": 0, "in_doubt": 0, "canceled": 0}
    assert counts["forget_old_requests"] == {"requests": 0, "job_runs": 1}
    assert "drain_inbox" not in counts


def test_monitors_know_every_job_of_the_beat_table() -> None:
    tasks_of_beat = {entry["task"].rpartition(".")[2] for entry in celery.app.conf.beat_schedule.values()}

    assert tasks_of_beat == set(liveness.SCHEDULED)


def test_webhook_health_tells_lag_failures_and_what_waits(account: StripeAccount) -> None:
    for _ in range(3):
        post(event("topup.created"))
    post(event())
    post(event(data=None))
    post(event(), secret="whsec_wrong")
    now = real_now()
    InboxEvent.objects.filter(status="unhandled").update(received_at=now - timedelta(seconds=8), handled_at=now)

    answer = get("/api/webhooks/health")

    assert answer.status_code == 200
    found = answer.json()
    assert (found["status"], found["received"], found["failed"], found["parked"]) == ("ok", 5, 1, 1)
    assert found["waiting"] == 1
    assert found["failure_rate"] == 0.2
    assert 7.9 < found["lag_p50_seconds"] <= found["lag_p95_seconds"] < 9
    assert found["refused"]["invalid_signature"] == 1
    assert found["last_received_at"]


def test_an_event_that_waits_too_long_is_an_alarm(account: StripeAccount) -> None:
    post(event())
    InboxEvent.objects.update(received_at=real_now() - timedelta(seconds=webhook_health.MAX_UNHANDLED_SECONDS + 5))

    answer = get("/api/webhooks/health")

    assert answer.status_code == 503
    assert answer.json()["problems"] == ["oldest_unhandled_seconds"]


def test_many_parked_events_are_an_alarm(account: StripeAccount) -> None:
    for _ in range(webhook_health.MAX_PARKED + 1):
        post(event(data=None))

    assert get("/api/webhooks/health").json()["problems"] == ["failure_rate", "parked"]


def test_metrics_need_their_token(account: StripeAccount, settings) -> None:
    post(event())
    tasks.drain_inbox()

    answer = get("/metrics", environment.TOLD["METRICS_TOKEN"])

    assert answer.status_code == 200
    assert "counterfoil_inbox_received_last_hour 1.0" in answer.text
    assert 'counterfoil_job_success_age_seconds{job="drain_inbox"}' in answer.text
    assert get("/metrics").status_code == 401
    assert get("/metrics", "guess").status_code == 401
    settings.METRICS_TOKEN = ""
    assert get("/metrics").status_code == 404
