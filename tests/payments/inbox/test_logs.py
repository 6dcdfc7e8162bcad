"""What the logs of a drain can be found by."""

from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from config.base.models import JobRun, StripeAccount
from payments import tasks
from tests.payments.inbox.posting import Json, events_of, post
from tests.plugins.stripe import LocalStripe


def logged(told: str) -> Json:
    """The one line that says so, of all that a drain logs."""
    with capture_logs(processors=[merge_contextvars]) as lines:
        tasks.drain_inbox()
    [line] = [line for line in lines if line["event"] == told]
    return dict(line)


def test_a_line_about_an_event_names_the_job_the_root_and_the_event(
    account: StripeAccount, sandbox: LocalStripe, settings
) -> None:
    intent = sandbox.client.v1.payment_intents.create(
        {
            "amount": 1099,
            "currency": "eur",
            "payment_method": "pm_card_visa",
            "confirm": True,
            "return_url": "https://x",
        }
    )
    events = events_of(sandbox)
    for event in events:
        post(event)
    settings.STRIPE_EVENTS = "tests.payments.inbox.failing_table"

    line = logged("a moment handler failed")

    [failing] = [event["id"] for event in events if event["type"] == "charge.succeeded"]
    assert (line["job"], line["job_run"]) == ("drain_inbox", JobRun.objects.get().pk)
    assert (line["root"], line["event_id"]) == (intent.id, failing)


def test_a_line_about_a_fetch_in_another_thread_names_the_root(account: StripeAccount, sandbox: LocalStripe) -> None:
    ada = sandbox.client.v1.customers.create({"name": "Ada"})
    post(events_of(sandbox)[0])
    sandbox.fail("GET", f"/v1/customers/{ada.id}", "drop_before")

    line = logged("stripe connection failed")

    assert (line["job"], line["root"]) == ("drain_inbox", ada.id)
