"""From stored to handled: one fetch a root, one transaction, each event once."""

import threading
from collections import Counter
from datetime import timedelta

from auditlog.models import LogEntry
from django.db import connection
from djstripe import models as djstripe
from stripe import PaymentIntent
from stripe.params import PaymentIntentCreateParams

from config.base.actor import Actor
from config.base.clock import real_now
from config.base.models import DomainEvent, StripeAccount
from payments import gateway
from payments.models import Customer, InboxEvent, Payment, PaymentAttempt, Root
from payments.services import inbox, inbox_claims, inbox_drain, inbox_failures, snapshots
from tests.payments.inbox.posting import events_of, post
from tests.plugins.stripe import LocalStripe

BY = Actor.system("test")
Status = InboxEvent.Status


def drain():
    return inbox_drain.drain(by=BY)


def due_now() -> None:
    """As if the pauses were over."""
    InboxEvent.objects.filter(status=Status.WAITING).update(next_try_at=real_now())
    Root.objects.filter(wanted_at__isnull=False).update(wanted_at=real_now())


def pay(sandbox: LocalStripe, *, customer: str = "") -> PaymentIntent:
    wishes: PaymentIntentCreateParams = {
        "amount": 1099,
        "currency": "eur",
        "payment_method": "pm_card_visa",
        "confirm": True,
        "return_url": "https://example.com",
    }
    if customer:
        wishes["customer"] = customer
    return sandbox.client.v1.payment_intents.create(wishes)


def test_a_customer_made_at_stripe_becomes_ours_and_is_mirrored(account: StripeAccount, sandbox: LocalStripe) -> None:
    ada = sandbox.client.v1.customers.create({"email": "ada@example.com", "name": "Ada"})
    [created] = events_of(sandbox)
    post(created)

    assert drain() == {"roots": 1, "handled": 1, "failed": 0, "parked": 0}

    assert Customer.objects.get(stripe_id=ada.id).email == "ada@example.com"
    row = InboxEvent.objects.get()
    assert row.status == Status.HANDLED
    assert row.handled_at
    assert djstripe.Customer.objects.get(id=ada.id).stripe_data["email"] == "ada@example.com"
    told = djstripe.Event.objects.get(id=created["id"])
    assert (told.type, told.data, told.stripe_data) == ("customer.created", created["data"], created)
    assert (told.request_id, told.idempotency_key) == (created["request"]["id"], created["request"]["idempotency_key"])
    assert Root.objects.get().mirror_error == ""


def test_the_events_of_a_payment_take_one_fetch_and_tell_its_whole_story(
    account: StripeAccount, sandbox: LocalStripe
) -> None:
    customer = sandbox.client.v1.customers.create({"email": "ada@example.com"})
    post(events_of(sandbox)[0])
    drain()
    intent = pay(sandbox, customer=customer.id)
    for event in events_of(sandbox):
        post(event)

    drain()

    payment = Payment.objects.get(stripe_id=intent.id)
    assert (payment.status, payment.amount_received_minor) == ("succeeded", 1099)
    assert [attempt.outcome for attempt in PaymentAttempt.objects.all()] == ["succeeded"]
    assert not InboxEvent.objects.filter(status=Status.WAITING).exists()
    assert len(sandbox.requests("GET", f"/v1/payment_intents/{intent.id}")) == 1
    assert djstripe.PaymentIntent.objects.get(id=intent.id).customer_id == customer.id
    assert djstripe.Charge.objects.get().payment_intent_id == intent.id
    assert not Root.objects.exclude(mirror_error="").exists()


def test_no_key_of_ours_stands_in_the_mirror(account: StripeAccount, sandbox: LocalStripe) -> None:
    pay(sandbox)
    for event in events_of(sandbox):
        post(event)
    drain()

    assert not djstripe.APIKey.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM djstripe_paymentintent WHERE stripe_data::text LIKE '%%\\_secret\\_%%'")
        assert cursor.fetchone() == (0,)


def test_the_mirror_asks_nothing_of_stripe(account: StripeAccount, sandbox: LocalStripe) -> None:
    customer = sandbox.client.v1.customers.create({"email": "ada@example.com"})
    intent = pay(sandbox, customer=customer.id)
    sandbox.client.v1.refunds.create({"payment_intent": intent.id, "amount": 300})
    for event in events_of(sandbox):
        post(event)
    before = asked(sandbox)
    drain()

    assert asked(sandbox) - before == {
        f"GET /v1/payment_intents/{intent.id}": 1,
        f"GET /v1/customers/{customer.id}": 1,
        "GET /v1/account": 1,  # the first time ever
    }
    assert djstripe.Refund.objects.get().amount == 300
    assert not Root.objects.exclude(mirror_error="").exists()


def asked(sandbox: LocalStripe) -> Counter[str]:
    return Counter(sandbox.control("requests", method="GET")["by_operation"])


def test_an_event_that_arrives_while_its_root_is_fetched_is_settled_by_a_later_fetch(
    account: StripeAccount, sandbox: LocalStripe
) -> None:
    ada = sandbox.client.v1.customers.create({"email": "ada@example.com"})
    [created] = events_of(sandbox)
    post(created)
    sandbox.fail("GET", f"/v1/customers/{ada.id}", "slow", seconds=0.8)
    draining = threading.Thread(target=drain)
    draining.start()
    while not sandbox.requests("GET", f"/v1/customers/{ada.id}"):
        pass
    sandbox.client.v1.customers.update(ada.id, {"email": "ada@new.example"})
    post(events_of(sandbox)[-1])

    draining.join()
    drain()

    assert len(sandbox.requests("GET", f"/v1/customers/{ada.id}")) == 2
    assert set(InboxEvent.objects.values_list("status", flat=True)) == {Status.HANDLED}
    assert Customer.objects.get().email == "ada@new.example"


def test_a_reply_older_than_a_webhooks_fetch_is_thrown_away(account: StripeAccount, sandbox: LocalStripe) -> None:
    ada = sandbox.client.v1.customers.create({"email": "ada@old.example"})
    root = snapshots.root_for(account=account, kind="customer", stripe_id=ada.id)
    old = snapshots.fetch(root)
    sandbox.client.v1.customers.update(ada.id, {"email": "ada@new.example"})
    post(events_of(sandbox)[-1])
    drain()

    assert snapshots.apply(root, old, by=BY) is False

    assert Customer.objects.get().email == "ada@new.example"
    assert djstripe.Customer.objects.get().stripe_data["email"] == "ada@new.example"


def test_a_drain_killed_after_its_fetch_gives_its_roots_back(account: StripeAccount, sandbox: LocalStripe) -> None:
    sandbox.client.v1.customers.create({"email": "ada@example.com"})
    post(events_of(sandbox)[0])
    [root] = inbox_claims.claim(now=real_now())
    snapshots.fetch(root)  # and here it was killed

    assert drain() == {}
    InboxEvent.objects.get(status=Status.WAITING)

    Root.objects.update(lease_until=real_now() - timedelta(seconds=1))
    assert drain()["handled"] == 1
    assert Customer.objects.count() == 1


def test_one_root_that_cannot_be_fetched_holds_up_no_other(account: StripeAccount, sandbox: LocalStripe) -> None:
    bad = sandbox.client.v1.customers.create({"email": "bad@example.com"})
    sandbox.client.v1.customers.create({"email": "good@example.com"})
    for event in events_of(sandbox):
        post(event)
    sandbox.fail("GET", f"/v1/customers/{bad.id}", "error_500", times=50)

    counts = drain()

    assert (counts["handled"], counts["failed"]) == (1, 1)
    waiting = InboxEvent.objects.get(status=Status.WAITING)
    assert waiting.root_id == bad.id
    assert waiting.tries == 1
    assert waiting.next_try_at > real_now()
    assert "500" in waiting.last_error
    assert drain() == {}, "nothing is due before its pause is over"


def test_after_the_last_try_an_event_is_parked_with_its_error_and_its_audit_line(
    account: StripeAccount, sandbox: LocalStripe
) -> None:
    bad = sandbox.client.v1.customers.create({"email": "bad@example.com"})
    post(events_of(sandbox)[0])
    InboxEvent.objects.update(tries=inbox_failures.MAX_TRIES - 1)
    sandbox.fail("GET", f"/v1/customers/{bad.id}", "error_500", times=gateway.TRIES)

    assert drain()["parked"] == 1

    row = InboxEvent.objects.get()
    assert (row.status, row.tries) == (Status.PARKED, inbox_failures.MAX_TRIES)
    assert "500" in row.last_error
    line = LogEntry.objects.get_for_object(row).get()
    assert line.changes == {"status": ["waiting", "parked"]}
    assert drain() == {}

    assert inbox.replay(inbox.replayable(is_parked=True), by=BY, reason="Stripe is back") == 1
    assert drain()["handled"] == 1
    assert LogEntry.objects.get_for_object(row).count() == 2
    row.refresh_from_db()
    assert (row.status, row.tries, row.last_error) == (Status.HANDLED, 0, "")


def test_pauses_grow(account: StripeAccount, sandbox: LocalStripe) -> None:
    bad = sandbox.client.v1.customers.create({"email": "bad@example.com"})
    post(events_of(sandbox)[0])
    sandbox.fail("GET", f"/v1/customers/{bad.id}", "error_500", times=50)
    pauses = []
    for _ in range(4):
        gateway.forget_outages()
        drain()
        pauses.append((InboxEvent.objects.get().next_try_at - real_now()).total_seconds())
        due_now()

    assert [round(pause, -1) for pause in pauses] == sorted(round(pause, -1) for pause in pauses)
    assert 4 < pauses[0] <= 6
    assert 290 < pauses[3] <= 360


def test_while_stripe_is_away_nothing_is_counted_and_nothing_parked(
    account: StripeAccount, sandbox: LocalStripe
) -> None:
    for number in range(12):
        sandbox.client.v1.customers.create({"email": f"c{number}@example.com"})
    for event in events_of(sandbox):
        post(event)
    InboxEvent.objects.update(tries=inbox_failures.MAX_TRIES - 2)
    sandbox.fail("GET", "/v1/customers/*", "error_500", times=200)

    for _ in range(4):
        drain()
        due_now()

    assert not InboxEvent.objects.filter(status=Status.PARKED).exists()
    assert InboxEvent.objects.filter(last_error__startswith="NeverLeft").exists(), "the circuit is open"


def test_replaying_changes_nothing(account: StripeAccount, sandbox: LocalStripe) -> None:
    customer = sandbox.client.v1.customers.create({"email": "ada@example.com"})
    intent = pay(sandbox, customer=customer.id)
    sandbox.client.v1.refunds.create({"payment_intent": intent.id, "amount": 300})
    for event in events_of(sandbox):
        post(event)
    drain()
    drain()
    before = everything()

    replayed = inbox.replay(inbox.replayable(), by=BY)
    due_now()
    drain()

    assert replayed == InboxEvent.objects.filter(status=Status.HANDLED).count()
    assert everything() == before


def everything() -> dict[str, object]:
    """What our tables say, but for the times of looking."""
    return {
        "payments": list(Payment.objects.order_by("id").values()),
        "attempts": list(PaymentAttempt.objects.order_by("id").values()),
        "customers": list(Customer.objects.order_by("id").values()),
        "story": list(DomainEvent.objects.order_by("id").values()),
        "mirror": djstripe.Charge.objects.count(),
    }


def test_an_object_deleted_at_stripe_is_kept_and_flagged(account: StripeAccount, sandbox: LocalStripe) -> None:
    ada = sandbox.client.v1.customers.create({"email": "ada@example.com"})
    post(events_of(sandbox)[0])
    drain()
    sandbox.client.v1.customers.delete(ada.id)
    post(events_of(sandbox)[-1])

    drain()

    assert Customer.objects.get().status == Customer.Status.DELETED
    assert djstripe.Customer.objects.get().stripe_data["deleted"] is True


def test_a_moment_handler_that_raises_holds_back_its_own_event_and_the_state_is_kept(
    account: StripeAccount, sandbox: LocalStripe, settings
) -> None:
    intent = pay(sandbox)
    for event in events_of(sandbox):
        post(event)
    settings.STRIPE_EVENTS = "tests.payments.inbox.failing_table"
    drain()
    settings.STRIPE_EVENTS = "config.stripe_events"

    assert Payment.objects.get(stripe_id=intent.id).status == "succeeded"
    waiting = InboxEvent.objects.get(status=Status.WAITING)
    assert (waiting.type, waiting.tries) == ("charge.succeeded", 1)
    assert waiting.last_error == "ValueError: this moment cannot be told"
    due_now()
    drain()
    assert not InboxEvent.objects.filter(status=Status.WAITING).exists()


def test_a_mirror_that_fails_holds_nothing_back_is_shown_and_tried_again(
    account: StripeAccount, sandbox: LocalStripe
) -> None:
    ada = sandbox.client.v1.customers.create({"email": "ada@example.com"})
    sandbox.client.v1.customers.create({"email": "ben@example.com"})
    for event in events_of(sandbox):
        post(event)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE djstripe_customer ADD CONSTRAINT no_ada CHECK (email <> 'ada@example.com')")

    assert drain()["handled"] == 2

    assert Customer.objects.count() == 2
    assert djstripe.Customer.objects.get().stripe_data["email"] == "ben@example.com"
    broken = Root.objects.exclude(mirror_error="").get()
    assert broken.stripe_id == ada.id
    assert broken.mirror_error.startswith("IntegrityError: ")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE djstripe_customer DROP CONSTRAINT no_ada")
    Root.objects.update(fetched_at=real_now() - inbox_claims.MIRROR_AGAIN_AFTER)
    drain()
    assert djstripe.Customer.objects.count() == 2
    assert not Root.objects.exclude(mirror_error="").exists()


def test_a_process_that_died_before_it_mirrored_leaves_that_visible(
    account: StripeAccount, sandbox: LocalStripe
) -> None:
    ada = sandbox.client.v1.customers.create({"email": "ada@example.com"})
    root = snapshots.root_for(account=account, kind="customer", stripe_id=ada.id)

    snapshots.renew(root, by=BY)

    root.refresh_from_db()
    assert root.mirror_error == "not mirrored yet"


def test_objects_known_by_reference_are_fetched(account: StripeAccount, sandbox: LocalStripe) -> None:
    ada = sandbox.client.v1.customers.create({"email": "ada@example.com"})
    snapshots.want(account=account, kind="customer", stripe_id=ada.id)

    drain()

    assert Customer.objects.get().email == "ada@example.com"
    assert Root.objects.get().wanted_at is None


def test_events_that_came_before_the_account_was_known_are_handled(sandbox: LocalStripe, db: None) -> None:
    sandbox.client.v1.customers.create({"email": "ada@example.com"})
    post(events_of(sandbox)[0])

    assert drain()["handled"] == 1
    assert Customer.objects.get().account == StripeAccount.objects.get()


def test_an_object_wanted_in_vain_is_tried_with_growing_pauses_then_parked_for_staff(
    account: StripeAccount, sandbox: LocalStripe
) -> None:
    ada = sandbox.client.v1.customers.create({"email": "ada@example.com"})
    snapshots.want(account=account, kind="customer", stripe_id=ada.id)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE payments_customer ADD CONSTRAINT no_ada CHECK (email <> 'ada@example.com')")
    pauses = []
    for _ in range(inbox_failures.MAX_TRIES - 1):
        drain()
        next_try_at = Root.objects.get().wanted_at
        assert next_try_at
        pauses.append((next_try_at - real_now()).total_seconds())
        due_now()

    assert pauses == sorted(pauses)
    assert drain()["parked"] == 1

    root = Root.objects.get()
    assert (root.wanted_at, root.tries) == (None, inbox_failures.MAX_TRIES)
    assert root.parked_at
    assert "no_ada" in root.last_error
    assert LogEntry.objects.get_for_object(root).get().changes == {"state": ["wanted", "parked"]}
    assert drain() == {}

    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE payments_customer DROP CONSTRAINT no_ada")
    post(events_of(sandbox)[0])
    drain()
    handled = Root.objects.get()
    assert (handled.parked_at, handled.tries, handled.last_error) == (None, 0, "")
