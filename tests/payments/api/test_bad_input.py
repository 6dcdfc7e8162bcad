"""What a storefront gets wrong is a 400 that names the field, and nothing is asked of Stripe."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payments.models import Payment
from tests.payments.api.client import Storefront, fields
from tests.plugins.stripe import LocalStripe

GOOD: dict[str, Any] = {"amount": 1099, "currency": "eur"}
CARD = "4242 4242 4242 4242"


@pytest.fixture(autouse=True)
def _nothing_asked(sandbox: LocalStripe) -> Iterator[None]:
    yield
    assert sandbox.requests("POST", "/v1/payment_intents") == []
    assert sandbox.requests("POST", "/v1/customers") == []


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        (0, "invalid_amount"),
        (-1, "invalid_amount"),
        (1_000_000_000_000, "invalid_amount"),
        (10.5, "validation_error"),
        (10.0, "validation_error"),
        ("1099", "validation_error"),
        (True, "validation_error"),
        (None, "validation_error"),
        ([1099], "validation_error"),
        (2**70, "validation_error"),
    ],
)
def test_an_amount_is_a_positive_integer_within_stripes_limit(shop: Storefront, amount: Any, code: str) -> None:
    answer = shop.post("/payments", {**GOOD, "amount": amount})

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert list(fields(answer)) == ["amount"]
    assert not Payment.objects.exists()


@pytest.mark.parametrize(
    ("currency", "amount"), [("isk", 1050), ("ugx", 150), ("kwd", 5005), ("bhd", 1), ("omr", 999), ("tnd", 15)]
)
def test_special_currencies_have_amounts_that_cannot_be(shop: Storefront, currency: str, amount: int) -> None:
    answer = shop.post("/payments", {"amount": amount, "currency": currency})

    assert (answer.status_code, fields(answer)) == (400, {"amount": "invalid_amount"})


@pytest.mark.parametrize("currency", ["xyz", "EUR", "", "euro", "€", None, 978])
def test_a_currency_that_stripe_cannot_charge_is_refused(shop: Storefront, currency: Any) -> None:
    answer = shop.post("/payments", {"amount": 1099, "currency": currency})

    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
    assert list(fields(answer)) == ["currency"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"colour": "red", "weight": 1}, {"colour": "unknown_field", "weight": "unknown_field"}),
        ({"capture_method": "later"}, {"capture_method": "invalid_choice"}),
        ({"confirm": "true"}, {"confirm": "invalid"}),
        ({"confirm": 1}, {"confirm": "invalid"}),
        ({"description": 17}, {"description": "invalid"}),
        ({"description": "a\u0000b"}, {"description": "null_characters_not_allowed"}),
        ({"description": "x" * 1001}, {"description": "max_length"}),
        ({"return_url": "/thanks"}, {"return_url": "invalid_url"}),
        ({"return_url": "javascript:alert(1)"}, {"return_url": "invalid_url"}),
        ({"return_url": "//shop.example.com"}, {"return_url": "invalid_url"}),
        ({"return_url": "https://user:secret@shop.example.com"}, {"return_url": "invalid_url"}),
        ({"customer": "cust_0JYyVbRz3mQk5xTn8sWfGa"}, {"customer": "not_found"}),
        ({"payment_method": "visa"}, {"payment_method": "unknown_payment_method"}),
        ({"confirm": True}, {"payment_method": "invalid_payment"}),
        ({"metadata": {"k" * 41: "v"}}, {"metadata": "invalid_key"}),
        ({"metadata": {"": "v"}}, {"metadata": "invalid_key"}),
        ({"metadata": {"a[b]": "v"}}, {"metadata": "invalid_key"}),
        ({"metadata": {"a\u0000b": "v"}}, {"metadata": "invalid_key"}),
        ({"metadata": {"a\ud800b": "v"}}, {"metadata": "invalid_key"}),
        ({"metadata": {"k": "a\ud800b"}}, {"metadata.k": "surrogate_characters_not_allowed"}),
        ({"metadata": {"counterfoil_id": "v"}}, {"metadata": "reserved_key"}),
        ({"metadata": {str(n): "v" for n in range(51)}}, {"metadata": "too_many_keys"}),
        ({"metadata": {"k": "v" * 501}}, {"metadata.k": "max_length"}),
        ({"metadata": {"k": 17}}, {"metadata.k": "invalid"}),
        ({"metadata": {"k": {"a": "b"}}}, {"metadata.k": "invalid"}),
        ({"metadata": ["k"]}, {"metadata": "not_a_dict"}),
        ({"pay_link": {"lines": [{"description": "a", "amount": 1}, {}]}},
         {"pay_link.lines.1.description": "required", "pay_link.lines.1.amount": "required"}),
        ({"pay_link": {"terms_url": "terms"}}, {"pay_link.terms_url": "invalid_url"}),
        ({"pay_link": {"expires_at": "soon"}}, {"pay_link.expires_at": "invalid"}),
        ({"pay_link": {"expires_at": "2001-01-01T00:00:00Z"}}, {"expires_at": "invalid_pay_link"}),
        ({"pay_link": {"color": "red"}}, {"pay_link.color": "unknown_field"}),
    ],
)  # fmt: skip
def test_the_field_at_fault_is_named(shop: Storefront, change: dict[str, Any], expected: dict[str, str]) -> None:
    answer = shop.post("/payments", {**GOOD, **change})

    assert (answer.status_code, fields(answer)) == (400, expected)
    assert not Payment.objects.exists()


class TestACardNumber:
    """It is refused wherever it stands, and written nowhere."""

    @pytest.fixture(autouse=True)
    def _written_nowhere(self, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
        caplog.set_level(logging.INFO)
        yield
        handler = next(h for h in logging.getLogger().handlers if type(h) is logging.StreamHandler)
        logged = "\n".join(map(handler.format, caplog.get_records("call")))
        assert "card number refused" in logged
        assert "4242" not in logged
        assert "4242" not in everything_in_the_database()

    @pytest.mark.parametrize(
        "body",
        [
            {**GOOD, "description": f"card {CARD}"},
            {**GOOD, "metadata": {"note": CARD.replace(" ", "-")}},
            {**GOOD, "metadata": {"4242424242424242": "note"}},
            {**GOOD, "pay_link": {"lines": [{"description": CARD, "amount": 1}]}},
            {**GOOD, "colour": {"nested": [["4242424242424242"]]}},
            {**GOOD, "amount": 4242424242424242},
            [CARD],
        ],
    )
    def test_in_the_body(self, shop: Storefront, body: Any) -> None:
        refused(shop.post("/payments", body, idempotency_key="order 1"))
        assert not Payment.objects.exists()

    def test_in_the_query(self, shop: Storefront) -> None:
        refused(shop.get("/payments", customer=CARD))
        refused(shop.get("/customers", **{"4242424242424242": "1"}))

    def test_in_the_address(self, shop: Storefront) -> None:
        refused(shop.get("/payments/4242424242424242"))

    def test_in_the_idempotency_key(self, shop: Storefront) -> None:
        refused(shop.post("/payments", GOOD, idempotency_key="4242424242424242"))

    def test_in_a_customers_name(self, shop: Storefront) -> None:
        refused(shop.post("/customers", {"name": CARD}))


def refused(answer: requests.Response) -> None:
    assert (answer.status_code, answer.json()["code"]) == (400, "card_number_refused")
    assert "4242" not in answer.text


def everything_in_the_database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [table for (table,) in cursor.fetchall() if table != "django_migrations"]
        rows: list[str] = []
        for table in tables:
            cursor.execute(f'SELECT row_to_json(t)::text FROM "{table}" t')  # noqa: S608
            rows += [row for (row,) in cursor.fetchall()]
    return "\n".join(rows)


@pytest.mark.parametrize(
    "raw",
    [
        b"{", b"", b'{"amount": 1, "amount": 2}', b'{"amount": NaN}', b"\xff\xfe", b"[" * 100_000,
        b'{"amount": 1' + b"0" * 5000 + b"}",
    ],
)  # fmt: skip
def test_what_is_not_json_is_refused(shop: Storefront, raw: bytes) -> None:
    answer = shop.call("POST", "/payments", data=raw, headers={"Content-Type": "application/json"})

    assert answer.status_code == 400
    assert answer.json()["code"] == ("malformed_json" if raw else "validation_error")


def test_an_array_is_no_request(shop: Storefront) -> None:
    answer = shop.post("/payments", [GOOD])

    assert (answer.status_code, fields(answer)) == (400, {"": "invalid"})


def test_a_body_of_more_than_128_kib_is_refused(shop: Storefront) -> None:
    answer = shop.post("/payments", {**GOOD, "description": "x" * 128 * 1024})

    assert (answer.status_code, answer.json()["code"]) == (413, "request_too_large")


def test_a_form_is_refused(shop: Storefront) -> None:
    answer = shop.call("POST", "/payments", data={"amount": "1099"})

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_a_body_of_unknown_length_is_refused_rather_than_ignored(shop: Storefront) -> None:
    chunks = iter([json.dumps(GOOD).encode()])

    answer = shop.call("POST", "/payments", data=chunks, headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.json()["code"]) == (411, "length_required")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=20), inner, max_size=3),
    max_leaves=6,
)
FIELDS = ["amount", "currency", "customer", "metadata", "confirm", "pay_link", "return_url", "tax_ids"]
WISHES = st.dictionaries(st.sampled_from(FIELDS), JSON)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wish=WISHES, path=st.sampled_from(["/payments", "/setup-intents", "/payments/pay_x/refunds"]))
def test_no_body_at_all_is_our_fault(shop: Storefront, wish: dict[str, Any], path: str) -> None:
    answer = shop.post(path, wish)

    assert answer.status_code in {400, 404}
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("depth", [33, 480, 900, 20_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_a_body_nested_without_end_is_refused(shop: Storefront, opening: str, closing: str, depth: int) -> None:
    body = '{"amount": 1099, "currency": "eur", "metadata": ' + opening * depth + "1" + closing * depth + "}"

    answer = shop.call("POST", "/payments", data=body, headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_json")
