"""What a bank takes is lost until it comes back; each once, on its day."""

from datetime import timedelta
from typing import Any

import pytest

from billing.models import Entry, Posting
from billing.services.ledger import backfill
from config.base.actor import Actor
from config.base.models import StripeAccount
from payments.failures import JsonObject
from payments.models import Dispute, Payment
from payments.services import inbox_drain, poller
from tests.billing.handlers import bodies
from tests.billing.handlers.applying import apply
from tests.billing.handlers.bodies import CREATED
from tests.billing.ledger.money_bodies import CREATED_ON, DAY, assert_the_books_hold, books, intent, kinds, paid
from tests.factories import make_account, make_payment
from tests.plugins.stripe import LocalStripe

pytestmark = pytest.mark.django_db
NEXT_DAY = CREATED_ON + timedelta(days=1)


@pytest.fixture
def shop(db: None) -> StripeAccount:
    return make_account()


def moved(amount: int, *, days: int = 1, **facts: Any) -> JsonObject:
    return {
        "id": f"txn_{days}",
        "amount": amount,
        "fee": 0,
        "currency": "eur",
        "created": CREATED + days * DAY,
        **facts,
    }


def dispute(*lines: JsonObject, **facts: Any) -> JsonObject:
    body = {
        "id": "du_1",
        "object": "dispute",
        "status": "needs_response",
        "payment_intent": "pi_1",
        "charge": "ch_1",
        "reason": "general",
        "amount": 2000,
        "currency": "eur",
        "is_charge_refundable": False,
        "evidence_details": {},
        "created": CREATED + DAY,
        "balance_transactions": list(lines),
    }
    return body | facts


OUT, BACK = moved(-2000, fee=1500), moved(2000, days=30)


def test_what_is_withdrawn_is_lost(shop: StripeAccount) -> None:
    apply(shop, bodies.customer(), intent(), paid(), dispute(OUT), dispute(OUT))

    assert books("du_1") == {"dispute_losses": 2000, "stripe_clearing": -2000}
    assert kinds("du_1") == [("withdrawn", NEXT_DAY)]
    assert {(each.reference, each.document) for each in Posting.objects.filter(entry__source="du_1")} == {
        ("du_1", "pi_1"),
        ("", "pi_1"),
    }
    assert_the_books_hold()


def test_what_is_reinstated_is_reversed_on_its_day(shop: StripeAccount) -> None:
    won = dispute(OUT, BACK, status="won")
    apply(shop, bodies.customer(), intent(), dispute(OUT), won, won)

    assert kinds("du_1") == [("withdrawn", NEXT_DAY), ("reinstated", CREATED_ON + timedelta(days=30))]
    assert Entry.objects.get(kind="reinstated").reverses == Entry.objects.get(kind="withdrawn")
    assert books("du_1") == {}
    assert_the_books_hold()


@pytest.mark.parametrize("days", [1, 30])
def test_told_late_and_before_its_payment_it_is_booked_the_same(shop: StripeAccount, days: int) -> None:
    apply(shop, bodies.customer(), dispute(OUT, moved(2000, days=days), status="won"), intent())

    assert kinds("du_1") == [("withdrawn", NEXT_DAY), ("reinstated", CREATED_ON + timedelta(days=days))]
    assert books("du_1") == {}
    assert_the_books_hold()


def test_a_loss_that_comes_months_later_changes_nothing(shop: StripeAccount) -> None:
    apply(shop, bodies.customer(), intent(), dispute(OUT), dispute(OUT, status="lost"))

    assert kinds("du_1") == [("withdrawn", NEXT_DAY)]


def test_a_part_that_comes_back_leaves_the_rest_lost(shop: StripeAccount) -> None:
    apply(shop, bodies.customer(), intent(), dispute(OUT, moved(500, days=30), status="won"))

    assert books("du_1") == {"dispute_losses": 1500, "stripe_clearing": -1500}


def test_an_inquiry_books_nothing(shop: StripeAccount) -> None:
    apply(shop, bodies.customer(), intent(), dispute(status="warning_needs_response"))

    assert kinds("du_1") == []


def test_settled_in_another_currency_it_is_lost_in_its_own(shop: StripeAccount) -> None:
    apply(shop, bodies.customer(), intent(currency="usd"), dispute(moved(-1840), currency="usd"))

    rows = Posting.objects.filter(entry__source="du_1").values_list("account__currency", "amount_minor")
    assert sorted(rows) == [("usd", -2000), ("usd", 2000)]
    assert_the_books_hold()


def test_what_was_withdrawn_before_the_books_comes_back_out_of_opening(shop: StripeAccount, settings: Any) -> None:
    settings.BOOKS_START = NEXT_DAY + timedelta(days=1)
    apply(shop, bodies.customer(), intent(), dispute(OUT))
    assert not Entry.objects.exists()
    apply(shop, dispute(OUT, BACK, status="won"))

    assert books("du_1") == {"opening": -2000, "stripe_clearing": 2000}


def test_a_backfill_books_what_no_handler_did(shop: StripeAccount) -> None:
    apply(shop, bodies.customer())
    lost = make_payment(account=shop)
    Dispute.objects.create(
        account=shop, payment=lost, payment_intent_id=str(lost.stripe_id), stripe_id="du_9", status="lost",
        amount_minor=1099, currency="eur", settlement_currency="eur", withdrawn_minor=1099,
        withdrawn_at=lost.created_at, stripe_created_at=lost.created_at,
    )  # fmt: skip
    for _ in range(2):
        list(backfill.documents(account=shop, by="test", chunk=1))

    assert books("du_9") == {"dispute_losses": 1099, "stripe_clearing": -1099}
    assert_the_books_hold()


@pytest.mark.parametrize(("ends", "left"), [("won", 0), ("lost", 4900)])
def test_at_stripe_from_the_opening_to_the_end(
    account: StripeAccount, sandbox: LocalStripe, ends: str, left: int
) -> None:
    card = {"payment_method": "pm_card_visa", "confirm": True, "payment_method_types": ["card"]}
    charged = sandbox.client.v1.payment_intents.create({"amount": 4900, "currency": "eur", **card})  # type: ignore[typeddict-item]
    opened = sandbox.control("disputes", {"charge": charged.latest_charge, "reason": "general"})
    hear(account)
    sandbox.advance(seconds=5 * DAY)
    sandbox.control("disputes", {"close": opened["id"], "status": ends})
    hear(account)

    assert books(opened["id"]).get("dispute_losses", 0) == left
    assert Payment.objects.get().disputes.get().status == ends
    assert_the_books_hold()


def hear(account: StripeAccount) -> None:
    poller.fetch_missed(account=StripeAccount.objects.get(pk=account.pk))
    while any(inbox_drain.drain(by=Actor.system("test")).values()):
        pass
