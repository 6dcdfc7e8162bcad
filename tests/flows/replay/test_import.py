"""An account with a history: what is imported is what the events would have told."""

from config.base.models import StripeAccount
from payments.models import ImportCursor, InboxEvent
from payments.services import inbox_drain, stripe_import
from tests.flows.replay.comparison import differences
from tests.flows.replay.orders import TEST, deliver
from tests.flows.replay.worlds import World


def test_what_is_imported_ends_as_it_is_at_stripe(corners: World, fresh_corners: StripeAccount) -> None:
    read = [progress for progress in stripe_import.run(account=fresh_corners, by=TEST) if progress.is_done]
    while any(inbox_drain.drain(by=TEST).values()):
        pass

    assert differences(corners) == []
    assert {progress.kind for progress in read if progress.read} >= {"price", "subscription", "invoice", "credit_note"}
    assert not ImportCursor.objects.filter(finished_at=None).exists()
    assert not InboxEvent.objects.exists()


def test_events_after_an_import_change_nothing(corners: World, fresh_corners: StripeAccount) -> None:
    list(stripe_import.run(account=fresh_corners, by=TEST))

    deliver(corners, fresh_corners, seed=7)

    assert differences(corners) == []
