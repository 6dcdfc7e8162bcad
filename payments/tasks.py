"""The scheduled jobs, each recorded as a JobRun, and the nudge that makes the inbox be drained at once."""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import asdict

import structlog
from celery import shared_task
from kombu.exceptions import OperationalError

from config.base import clock, idempotency, job_runs
from config.base.actor import Actor
from payments.services import accounts, inbox_drain, poller, recovery

NUDGE_EVERY_SECONDS = 0.1
REST_SECONDS = 5.0
NUDGE_EXPIRES_SECONDS = 10

log = structlog.get_logger(__name__)


@shared_task
def drain_inbox() -> None:
    """Beat's drain: what no nudge brought, and what is due again."""
    with job_runs.recorded("drain_inbox") as run:
        run.counts = dict(inbox_drain.drain(by=Actor.system("drain_inbox")))


@shared_task
def wake() -> None:
    """A drain at once, asked for by `nudge`; so many come that only their work is worth a row."""
    inbox_drain.drain(by=Actor.system("wake"))


@shared_task
def fetch_missed_events() -> None:
    """Store what Stripe lists and never told us."""
    with job_runs.recorded("fetch_missed_events") as run:
        run.counts = dict(poller.fetch_missed(account=accounts.current()))
    if run.counts["missed"]:
        nudge()


@shared_task
def recover_stuck_payments() -> None:
    """Settle calls in doubt."""
    with job_runs.recorded("recover_stuck_payments") as run:
        run.counts = asdict(recovery.sweep(by=Actor.system("recover_stuck_payments")))


@shared_task
def forget_old_requests() -> None:
    """Forget answers kept for repeated requests, and runs of jobs that nobody looks at any more."""
    with job_runs.recorded("forget_old_requests") as run:
        run.counts = {"requests": idempotency.forget_old(now=clock.now()), "job_runs": job_runs.forget_old()}


class Nudger:
    """Sends nudges from a thread of its own, so that no request ever waits for the broker."""

    def __init__(self, send: Callable[[], bool]) -> None:
        self._send = send
        self._asked = threading.Event()
        self._lock = threading.Lock()
        self._pid = 0

    def ask(self) -> None:
        """Have one sent soon; those asked for meanwhile are the same one."""
        self._asked.set()
        if self._pid != os.getpid():
            self._start()

    def _start(self) -> None:
        """Threads do not survive a fork: each process starts its own at its first event."""
        with self._lock:
            if self._pid != os.getpid():
                threading.Thread(target=self._send_forever, name="nudge", daemon=True).start()
                self._pid = os.getpid()

    def _send_forever(self) -> None:
        """The pause comes first: what Stripe sends at once is drained at once."""
        while self._asked.wait():
            time.sleep(NUDGE_EVERY_SECONDS)
            self._asked.clear()
            if not self._send():
                time.sleep(REST_SECONDS)


def _send_wake() -> bool:
    try:
        wake.apply_async(retry=False, expires=NUDGE_EXPIRES_SECONDS)
    except OperationalError as error:
        log.warning("the broker is gone; beat drains the inbox", reason=str(error))
        return False
    return True


_nudger = Nudger(_send_wake)


def nudge() -> None:
    """Have the inbox drained soon, if the broker can be reached; at most ten times a second, without waiting."""
    _nudger.ask()
