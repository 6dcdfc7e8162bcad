"""What Sentry is told, and what not."""

import logging
from typing import Any

import sentry_sdk
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport
from structlog.contextvars import bound_contextvars

from config import sentry


class Kept(Transport):
    """Keeps what would be sent."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[Any] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.events.append(envelope.get_event())


def sent(event: Any, **hint: Any) -> Any:
    """What leaves when this is told."""
    kept = Kept()
    dsn = "https://key@sentry.example.com/1"
    client = sentry_sdk.Client(
        dsn, transport=kept, before_send=sentry.told, default_integrations=False, **sentry.OPTIONS
    )
    client.capture_event(event, hint)
    [left] = kept.events
    return left


def test_without_a_dsn_nothing_is_sent() -> None:
    sentry.start("")

    assert not sentry_sdk.get_client().is_active()


def test_an_error_is_told_with_the_ids_of_our_logs_and_without_its_request() -> None:
    secret = {"url": "https://billing.example.com/pay/link_secret/", "data": {"email": "ada@example.com"}}

    with bound_contextvars(request_id="req_1"):
        event = sent({"message": "unforeseen", "request": secret})

    assert event["message"] == "unforeseen"
    assert event["tags"]["request_id"] == "req_1"
    assert "request" not in event


def test_a_logged_error_is_told_in_its_own_words() -> None:
    line = {"event": "a root could not be handled", "root": "pi_1"}
    record = logging.makeLogRecord({"msg": line})

    event = sent({"logentry": {"message": str(line)}}, log_record=record)

    assert event["logentry"]["message"] == "a root could not be handled"
    assert event["extra"]["root"] == "pi_1"
