"""A year's events in random orders, some dropped, some doubled, while the poller runs: always the same rows."""

from django.db.models import Model

from billing.models import Invoice, InvoiceLine, Subscription
from config.base.models import StripeAccount
from payments.models import InboxEvent, Payment
from tests.flows.replay.comparison import differences, objects
from tests.flows.replay.fields import KINDS
from tests.flows.replay.orders import deliver
from tests.flows.replay.worlds import World


def test_in_any_order_all_ends_as_it_is_at_stripe(year: World, fresh: StripeAccount, replay_order: int) -> None:
    deliver(year, fresh, seed=replay_order)

    assert differences(year) == []
    assert flagged() == []
    assert InvoiceLine.objects.filter(counts=True).count() == bills(year)


def test_in_any_order_the_small_world_too(corners: World, fresh_corners: StripeAccount, replay_order: int) -> None:
    deliver(corners, fresh_corners, seed=replay_order)

    assert differences(corners) == []


def test_by_several_workers_at_once_too(year: World, fresh: StripeAccount) -> None:
    deliver(year, fresh, seed=2026, workers=4)

    assert differences(year) == []
    assert not InboxEvent.objects.filter(tries__gt=0).exists()


def flagged() -> list[tuple[str, list[str]]]:
    """A year in which nothing went wrong breaks no rule, whatever was seen first."""
    models: list[type[Model]] = [Invoice, Subscription, Payment]
    flagged = [model._default_manager.exclude(flags=[]) for model in models]
    return [(row["stripe_id"], row["flags"]) for rows in flagged for row in rows.values("stripe_id", "flags")]


def bills(world: World) -> int:
    """How often an item was billed for a period: each line of a standing invoice that is no proration is one bill,
    and the tiers of one price are one together.
    """
    billed = set()
    for invoice in objects(world, next(kind for kind in KINDS if kind.name == "invoice")):
        for line in invoice["lines"]["data"]:
            details = (line["parent"] or {}).get("subscription_item_details")
            if details and not details["proration"] and invoice["status"] != "void":
                billed.add((details["subscription_item"], line["period"]["start"]))
    return len(billed)
