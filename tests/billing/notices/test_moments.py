"""What Stripe's events have customers told: once for each occasion, however often and late they come."""

from datetime import timedelta
from typing import Any

import pytest

from billing.handlers import notice_moments
from billing.models import Notice
from config.base import clock
from config.base.actor import STRIPE
from tests import factories
from tests.billing.documents import rows
from tests.billing.subscriptions.rows import make_price, make_subscription

pytestmark = pytest.mark.django_db


def happens(moment: Any, told: dict[str, Any], **event: Any) -> None:
    account = factories.make_account()
    row = factories.make_inbox_event(**event)
    moment(event=row, body={"data": {"object": told}}, account=account, by=STRIPE)


def test_each_try_that_failed_is_told_once():
    invoice = rows.make_invoice()

    for attempt in (1, 1, 2, 1):
        happens(notice_moments.payment_failed, {"id": invoice.stripe_id, "attempt_count": attempt})

    told = Notice.objects.order_by("pk").values_list("message", "subject_id", "occasion")
    assert list(told) == [
        ("payment_failed", invoice.public_id, "try 1"),
        ("payment_failed", invoice.public_id, "try 2"),
    ]


def test_a_bank_that_asks_is_told():
    invoice = rows.make_invoice()

    happens(notice_moments.payment_action_required, {"id": invoice.stripe_id, "attempt_count": 1})

    assert Notice.objects.get().message == "payment_action_required"


def test_the_end_of_a_trial_is_told_again_only_when_it_moved():
    subscription = make_subscription(rows.make_buyer(), price=make_price(), status="trialing")

    for trial_end in (1_800_000_000, 1_800_000_000, 1_800_086_400):
        happens(notice_moments.trial_will_end, {"id": subscription.stripe_id, "trial_end": trial_end})

    assert Notice.objects.filter(message="trial_ending", subject_id=subscription.public_id).count() == 2


def test_what_is_not_known_here_is_told_to_nobody():
    for moment in (notice_moments.payment_failed, notice_moments.trial_will_end):
        happens(moment, {"id": "xx_unknown"})

    assert not Notice.objects.exists()


def test_what_happened_before_we_were_connected_is_told_to_nobody():
    invoice = rows.make_invoice()
    before = factories.make_account().created_at - timedelta(hours=1)

    happens(notice_moments.payment_failed, {"id": invoice.stripe_id}, stripe_created_at=before)

    assert not Notice.objects.exists()
    assert before < clock.now()
