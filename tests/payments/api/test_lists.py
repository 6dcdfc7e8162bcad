"""Pages and filters."""

from datetime import timedelta
from typing import Any

import pytest

from config.base import clock
from config.base.models import StripeAccount
from payments.models import Customer, Payment
from tests.payments.api.client import Storefront, fields


@pytest.fixture
def seven(account: StripeAccount) -> list[str]:
    """Seven payments, oldest first, three of them of the same moment."""
    moment = clock.now() - timedelta(days=1)
    return [make(account, created_at=moment + timedelta(seconds=age)).public_id for age in (0, 1, 2, 2, 2, 3, 4)]


def make(account: StripeAccount, **fields: Any) -> Payment:
    return Payment.objects.create(account=account, **({"amount_minor": 1000, "currency": "eur"} | fields))


def ids(page: dict[str, Any]) -> list[str]:
    return [row["id"] for row in page["data"]]


def test_pages_run_from_the_newest_to_the_oldest_and_back(shop: Storefront, seven: list[str]) -> None:
    newest_first = seven[::-1]

    first = shop.get("/payments", limit=3).json()
    second = shop.get(first["next"]).json()
    third = shop.get(second["next"]).json()

    assert [ids(first), ids(second), ids(third)] == [newest_first[:3], newest_first[3:6], newest_first[6:]]
    assert (first["previous"], third["next"]) == (None, None)
    assert ids(shop.get(third["previous"]).json()) == newest_first[3:6]
    top = shop.get(second["previous"]).json()
    assert ids(top) == newest_first[:3]
    assert top["previous"] is None
    assert ids(shop.get(top["next"]).json()) == newest_first[3:6]


def test_what_appears_meanwhile_moves_no_page(shop: Storefront, seven: list[str], account: StripeAccount) -> None:
    first = shop.get("/payments", limit=3).json()
    new = make(account).public_id

    second = shop.get(first["next"]).json()

    assert ids(second) == seven[::-1][3:6]
    assert ids(shop.get(second["previous"]).json()) == seven[::-1][:3]
    assert ids(shop.get("/payments", limit=1).json()) == [new]


def test_filters_stay_on_the_following_pages(shop: Storefront, seven: list[str], account: StripeAccount) -> None:
    for _ in range(3):
        make(account, currency="usd")

    first = shop.get("/payments", limit=2, currency="usd").json()
    second = shop.get(first["next"]).json()

    assert [row["currency"] for row in first["data"] + second["data"]] == ["usd"] * 3
    assert second["next"] is None


def test_lists_show_no_client_secrets(shop: Storefront, seven: list[str]) -> None:
    (row, *_) = shop.get("/payments").json()["data"]

    assert "client_secret" not in row
    assert "client_secret" in shop.get(f"/payments/{row['id']}").json()


def test_payments_are_found_by_each_field(shop: Storefront, account: StripeAccount) -> None:
    ada = Customer.objects.create(account=account, email="Ada@example.com")
    moment = clock.now() - timedelta(days=3)
    wanted = make(account, customer=ada, amount_minor=1234, currency="jpy", status="rejected", created_at=moment)
    make(account)
    before, after = (moment + timedelta(hours=1)).isoformat(), (moment - timedelta(hours=1)).isoformat()

    for query in (
        {"customer": ada.public_id},
        {"amount": 1234},
        {"currency": "jpy"},
        {"status": "rejected"},
        {"created_before": before},
        {"created_after": after, "created_before": before, "currency": "jpy"},
    ):
        assert ids(shop.get("/payments", **query).json()) == [wanted.public_id], query
    assert ids(shop.get("/payments", customer="cust_nobody").json()) == []
    assert ids(shop.get("/payments", created_after=moment.isoformat(), created_before=moment.isoformat()).json()) == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"colour": "red"}, {"colour": "unknown_field"}),
        ({"status": "paid"}, {"status": "invalid_choice"}),
        ({"amount": "10.5"}, {"amount": "invalid"}),
        ({"currency": "xyz"}, {"currency": "unknown_currency"}),
        ({"created_after": "yesterday"}, {"created_after": "invalid"}),
        ({"limit": "0"}, {"limit": "out_of_range"}),
        ({"limit": "101"}, {"limit": "out_of_range"}),
        ({"limit": "many"}, {"limit": "out_of_range"}),
        ({"status": ["unknown", "rejected"]}, {"status": "given_twice"}),
    ],
)
def test_a_filter_that_cannot_be_meant_is_refused(
    shop: Storefront, query: dict[str, Any], expected: dict[str, str]
) -> None:
    answer = shop.get("/payments", **query)

    assert (answer.status_code, fields(answer)) == (400, expected)


@pytest.mark.parametrize(
    "cursor", ["", "x", "bm9wZQ", "by4xLjI.", "é", "o.1.1", "eC4xLjE", "by45OTk5OTk5OTk5OTk5OTk5OTk5OTk5OS4x"]
)
def test_an_invented_cursor_is_refused(shop: Storefront, cursor: str) -> None:
    answer = shop.get("/payments", cursor=cursor)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


def test_customers_are_found_by_email_in_any_case(shop: Storefront, account: StripeAccount) -> None:
    ada = Customer.objects.create(account=account, email="Ada@Example.com")
    Customer.objects.create(account=account, email="bob@example.com")

    assert ids(shop.get("/customers", email="ada@example.COM").json()) == [ada.public_id]
    assert len(ids(shop.get("/customers").json())) == 2


def test_other_accounts_rows_are_not_there(shop: Storefront, account: StripeAccount) -> None:
    other = StripeAccount.objects.create(legal_entity=account.legal_entity, stripe_id="acct_other", livemode=False)
    theirs = make(other)

    assert shop.get("/payments").json()["data"] == []
    assert shop.get(f"/payments/{theirs.public_id}").status_code == 404
    assert shop.post(f"/payments/{theirs.public_id}/cancel").status_code == 404
    assert shop.get(f"/payments/{theirs.public_id}/refunds").status_code == 404
