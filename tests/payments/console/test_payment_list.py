"""The list stays the same small piece of work, however many payments there are."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qsl

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from config.base import clock
from payments.models import Payment
from tests import factories

URL = "/admin/payments/payment/"
PER_PAGE = 25


def shown(client: Client, **query: str) -> list[str]:
    return [payment.public_id for payment in client.get(URL, query).context["cl"].result_list]


def pages(client: Client, link: str, start: str = "") -> Iterator[list[int]]:
    query = start
    while True:
        changes = client.get(URL, dict(parse_qsl(query))).context["cl"]
        yield [payment.pk for payment in changes.result_list]
        query = getattr(changes, link).removeprefix("?")
        if not query:
            return


@pytest.mark.parametrize("ties", [False, True])
def test_pages_show_every_payment_once_newest_first_and_back_again(boss: Client, shop: object, ties: bool) -> None:
    now = clock.now()
    for number in range(2 * PER_PAGE + 7):
        factories.make_payment(created_at=now if ties else now - timedelta(minutes=number))
    everything = list(Payment.objects.order_by("-created_at", "-id").values_list("pk", flat=True))

    forth = list(pages(boss, "older_url"))
    last = boss.get(URL, dict(parse_qsl(_last_query(boss))))
    back = list(pages(boss, "newer_url", _last_query(boss)))

    assert [pk for page in forth for pk in page] == everything
    assert [len(page) for page in forth] == [PER_PAGE, PER_PAGE, 7]
    assert last.context["cl"].older_url == ""
    assert [pk for page in reversed(back) for pk in page] == everything


def _last_query(client: Client) -> str:
    query = ""
    while link := client.get(URL, dict(parse_qsl(query))).context["cl"].older_url:
        query = link.removeprefix("?")
    return query


@pytest.mark.parametrize("position", ["nonsense", "2026-01-01_x", "_", "99999999999999999999999"])
def test_a_made_up_position_shows_the_first_page(boss: Client, shop: object, position: str) -> None:
    payment = factories.make_payment()

    assert shown(boss, older_than=position) in ([payment.public_id], [])


def test_a_page_asks_the_same_few_questions_for_one_payment_and_for_many(boss: Client, shop: object) -> None:
    factories.make_payment(customer=factories.make_customer())
    boss.get(URL)
    with CaptureQueriesContext(connection) as one:
        boss.get(URL)
    for _ in range(PER_PAGE + 5):
        customer = factories.make_customer()
        factories.make_payment(customer=customer, payment_method=factories.make_payment_method(customer=customer))
    with CaptureQueriesContext(connection) as many:
        boss.get(URL)

    assert len(many) <= len(one) + 1  # the planner's estimate
    assert len(many) <= 16


def test_nobody_counts_payments(boss: Client, shop: object) -> None:
    factories.make_many_payments(3 * PER_PAGE)
    with CaptureQueriesContext(connection) as asked:
        page = boss.get(URL)

    counting = [query["sql"] for query in asked if "count(" in query["sql"].lower() and "LIMIT" not in query["sql"]]
    assert counting == []
    assert b"about 7" in page.content


def test_sums_are_shown_by_currency_and_follow_the_filter(boss: Client, shop: object) -> None:
    factories.make_payment(amount_minor=1099)
    factories.make_payment(amount_minor=901, amount_refunded_minor=100)
    factories.make_payment(currency="jpy", amount_minor=500)

    everything = boss.get(URL).context["cl"].totals
    yen = boss.get(URL, {"currency": "jpy"}).context["cl"].totals

    assert [(row["count"], "€20.00" in row["received"], "€1.00" in row["refunded"]) for row in everything[:1]] == [
        (2, True, True)
    ]
    assert ["¥500" in row["received"] for row in yen] == [True]


def test_filters_narrow_by_status_day_and_what_needs_attention(boss: Client, shop: object) -> None:
    now = clock.now()
    old = factories.make_payment(created_at=now - timedelta(days=3))
    flagged = factories.make_payment(flags=["amount_changed"])
    reserved = factories.make_payment(status="requires_capture", capture_before=now + timedelta(hours=5))
    factories.make_payment(status="requires_capture", capture_before=now + timedelta(days=6))
    doubtful = factories.make_payment(status="unknown")
    factories.make_outbound_call(doubtful, status="sent")
    refunding = factories.make_payment()
    refund = factories.make_refund(refunding, status="unknown")
    factories.make_outbound_call(refund, status="sent", action="refund.create")

    day = f"{old.created_at:%Y-%m-%d}"
    assert shown(boss, created_at_from=day, created_at_to=day) == [old.public_id]
    assert shown(boss, status__exact="unknown") == [doubtful.public_id]
    assert shown(boss, attention="flagged") == [flagged.public_id]
    assert shown(boss, attention="capture_due") == [reserved.public_id]
    assert shown(boss, attention="in_doubt") == [refunding.public_id, doubtful.public_id]


def test_the_list_shows_one_account_at_a_time(boss: Client, shop: object) -> None:
    test = factories.make_payment()
    live_account = factories.make_account(stripe_id="acct_live", livemode=True)
    live = factories.make_payment(account=live_account)

    assert shown(boss) == [live.public_id]
    assert shown(boss, stripe_account=str(test.account_id)) == [test.public_id]


def test_amounts_are_shown_as_the_reader_writes_them(boss: Client, shop: object) -> None:
    factories.make_payment(currency="eur", amount_minor=109900)

    german = boss.get(URL, headers={"accept-language": "de"})

    assert "1.099,00\xa0€" in german.content.decode()


def test_a_declined_payment_is_told_from_one_that_nobody_tried(boss: Client, shop: object) -> None:
    factories.make_payment(status="requires_payment_method")
    assert ">Declined<" not in boss.get(URL).content.decode()

    factories.make_payment(status="requires_payment_method", failure_code="card_declined")
    assert ">Declined<" in boss.get(URL).content.decode()


def test_an_empty_list_says_how_to_search(boss: Client, shop: object) -> None:
    text = boss.get(URL, {"q": "nobody"}).content.decode()

    assert "Nothing matches “nobody”" in text
    assert "last four digits" in text
