"""The life of a payment intent: created, changed, confirmed, held, captured, canceled, found."""

from typing import Any

import pytest
import stripe

from tests.sandbox.server import PUBLISHABLE_KEY, Server
from tests.sandbox.wishes import RETURN_URL, Client, Object, error_of, pay, refused


def events(client: Client, *skip: str) -> list[str]:
    return [e.type for e in reversed(client.v1.events.list({"limit": 100}).data) if e.type not in skip]


def ask(client: Client, method: str, path: str, **params: object) -> dict[str, Any]:
    return dict(client.raw_request(method, path, **params).data)


def test_a_plain_intent_wants_a_payment_method(client: Client) -> None:
    intent = client.v1.payment_intents.create({"amount": 1099, "currency": "USD"})

    assert (intent.status, intent.capture_method, intent.currency) == (
        "requires_payment_method", "automatic_async", "usd",
    )  # fmt: skip
    assert intent.amount_details.to_dict() == {"tip": {}}
    assert intent.automatic_payment_methods.to_dict() == {"allow_redirects": "always", "enabled": True}
    assert intent.client_secret.startswith(f"{intent.id}_secret_")


def test_with_a_payment_method_it_wants_confirmation(client: Client) -> None:
    intent = client.v1.payment_intents.create({"amount": 1099, "currency": "usd", "payment_method": "pm_card_visa"})

    assert intent.status == "requires_confirmation"


def test_an_automatic_payment_settles_a_little_later(client: Client, server: Server) -> None:
    intent = pay(client)
    charge = client.v1.charges.retrieve(str(intent.latest_charge))

    assert (intent.status, intent.amount_received) == ("succeeded", 1099)
    assert (charge.captured, charge.amount_captured, charge.balance_transaction) == (True, 1099, None)
    assert events(client) == ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]

    server.control("clock", {"advance_seconds": 5})
    settled = client.v1.charges.retrieve(charge.id, {"expand": ["balance_transaction"]})
    update = client.v1.events.list({"type": "charge.updated"}).data[0]

    assert (settled.balance_transaction.fee, settled.balance_transaction.net) == (62, 1037)
    assert update.data.previous_attributes.to_dict() == {"balance_transaction": None}


def test_a_synchronous_capture_settles_at_once(client: Client) -> None:
    intent = pay(client, capture_method="automatic", expand=["latest_charge.balance_transaction"])

    assert intent.latest_charge.balance_transaction.net == 1037


def test_a_hold_is_captured_in_part_without_a_refund(client: Client) -> None:
    held = pay(client, capture_method="manual")
    assert (held.status, held.amount_capturable, held.amount_received) == ("requires_capture", 1099, 0)

    intent = client.v1.payment_intents.capture(held.id, {"amount_to_capture": 700})
    charge = client.v1.charges.retrieve(str(intent.latest_charge), {"expand": ["refunds"]})

    assert (intent.status, intent.amount_received, intent.amount_capturable) == ("succeeded", 700, 0)
    assert (charge.amount, charge.amount_captured, charge.amount_refunded) == (1099, 700, 0)
    assert charge.refunds.data == []
    assert [row.amount for row in client.v1.balance_transactions.list().data] == [700]
    assert events(client) == [
        "payment_intent.created", "charge.succeeded", "payment_intent.amount_capturable_updated",
        "charge.captured", "payment_intent.succeeded",
    ]  # fmt: skip


def test_a_hold_shows_until_when_it_can_be_captured(client: Client) -> None:
    held = pay(client, capture_method="manual", expand=["latest_charge"])

    card = held.latest_charge.payment_method_details.card
    assert card.capture_before == held.latest_charge.created + 7 * 86400
    assert (held.latest_charge.captured, held.latest_charge.paid, held.latest_charge.status) == (
        False, True, "succeeded",
    )  # fmt: skip


def test_a_capture_above_the_hold_is_refused(client: Client) -> None:
    held = pay(client, capture_method="manual")

    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.capture(held.id, {"amount_to_capture": 1100})

    assert error_of(caught.value)["code"] == "amount_too_large"
    assert client.v1.payment_intents.retrieve(held.id).status == "requires_capture"


def test_a_hold_nobody_captures_expires_after_seven_days(client: Client, server: Server) -> None:
    held = pay(client, capture_method="manual")
    server.control("clock", {"advance_seconds": 7 * 86400 - 60})
    assert client.v1.payment_intents.retrieve(held.id).status == "requires_capture"

    server.control("clock", {"advance_seconds": 120})
    intent = client.v1.payment_intents.retrieve(held.id, {"expand": ["latest_charge"]})

    assert (intent.status, intent.cancellation_reason) == ("canceled", "expired")
    assert (intent.latest_charge.refunded, intent.amount_capturable) == (False, 0)
    assert events(client)[-2:] == ["charge.expired", "payment_intent.canceled"]


def test_canceling_a_hold_releases_it_without_a_refund(client: Client) -> None:
    held = pay(client, capture_method="manual")

    intent = client.v1.payment_intents.cancel(held.id, {"cancellation_reason": "requested_by_customer"})
    charge = client.v1.charges.retrieve(str(intent.latest_charge))

    assert (intent.status, intent.cancellation_reason) == ("canceled", "requested_by_customer")
    assert intent.canceled_at is not None
    assert (charge.refunded, charge.amount_refunded, charge.captured) == (False, 0, False)
    assert client.v1.refunds.list().data == []
    assert client.v1.balance_transactions.list().data == []


@pytest.mark.parametrize("action", ["confirm", "capture", "cancel"])
def test_the_wrong_state_is_refused_with_the_whole_intent(client: Client, action: str) -> None:
    intent = pay(client)

    with pytest.raises(stripe.InvalidRequestError) as caught:
        getattr(client.v1.payment_intents, action)(intent.id)

    error = error_of(caught.value)
    assert (caught.value.http_status, error["code"]) == (400, "payment_intent_unexpected_state")
    assert error["payment_intent"]["id"] == intent.id


def test_confirming_without_a_payment_method_is_refused(client: Client) -> None:
    intent = client.v1.payment_intents.create({"amount": 1099, "currency": "usd"})

    with pytest.raises(stripe.InvalidRequestError, match="missing a payment method") as caught:
        client.v1.payment_intents.confirm(intent.id, {"return_url": RETURN_URL})

    assert error_of(caught.value)["code"] == "payment_intent_unexpected_state"


def test_automatic_methods_want_a_return_url_unless_redirects_are_off(client: Client) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="you must provide a `return_url`"):
        pay(client, return_url=None)
    assert client.v1.payment_intents.list().data == []

    without = {"enabled": True, "allow_redirects": "never"}
    assert pay(client, return_url=None, automatic_payment_methods=without).status == "succeeded"
    assert pay(client, return_url=None, payment_method_types=["card"]).status == "succeeded"


@pytest.mark.parametrize(
    ("amount", "currency", "code"),
    [
        (0, "usd", "parameter_invalid_integer"),
        (-5, "usd", "parameter_invalid_integer"),
        (49, "usd", "amount_too_small"),
        (29, "gbp", "amount_too_small"),
        (49, "jpy", "amount_too_small"),
        (1_000_000_000_000, "usd", "amount_too_large"),
        (5124, "kwd", "parameter_invalid_integer"),
        (550, "isk", "parameter_invalid_integer"),
        ("10.5", "usd", "parameter_invalid_integer"),
    ],
)
def test_amounts_that_cannot_be_are_refused(client: Client, amount: object, currency: str, code: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.raw_request("post", "/v1/payment_intents", amount=amount, currency=currency)

    assert (error_of(caught.value)["code"], error_of(caught.value)["param"]) == (code, "amount")


@pytest.mark.parametrize(
    ("amount", "currency"), [(50, "jpy"), (5120, "kwd"), (500, "isk"), (30, "gbp"), (17500, "huf")]
)
def test_special_currencies_are_charged(client: Client, amount: int, currency: str) -> None:
    assert pay(client, amount=amount, currency=currency).amount_received == amount


def test_an_unknown_currency_is_refused(client: Client) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="Invalid currency: xyz") as caught:
        client.v1.payment_intents.create({"amount": 100, "currency": "xyz"})

    assert error_of(caught.value)["param"] == "currency"


def test_another_customers_method_is_refused(client: Client, ada: Object) -> None:
    bob = client.v1.customers.create({"name": "Bob"})
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": ada.id})

    with pytest.raises(stripe.InvalidRequestError, match="does not belong to the Customer you supplied") as foreign:
        pay(client, customer=bob.id, payment_method=method.id)
    with pytest.raises(stripe.InvalidRequestError, match="Please include the Customer"):
        pay(client, payment_method=method.id)

    assert error_of(foreign.value)["param"] == "payment_method"


def test_a_method_without_a_customer_pays_once(client: Client) -> None:
    method = client.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    assert pay(client, payment_method=method.id).status == "succeeded"

    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        pay(client, payment_method=method.id)


def test_setup_future_usage_attaches_the_method(client: Client, ada: Object) -> None:
    intent = pay(client, customer=ada.id, setup_future_usage="off_session")

    saved = client.v1.payment_methods.list({"customer": ada.id}).data
    assert [method.id for method in saved] == [intent.payment_method]
    assert pay(client, customer=ada.id, payment_method=saved[0].id, off_session=True).status == "succeeded"


def test_an_update_changes_what_the_status_allows(client: Client) -> None:
    intent = client.v1.payment_intents.create({"amount": 1099, "currency": "usd"})
    changed = client.v1.payment_intents.update(intent.id, {"amount": 2000, "metadata": {"order": "7"}})
    assert (changed.amount, changed.metadata["order"]) == (2000, "7")

    paid = pay(client)
    described = client.v1.payment_intents.update(paid.id, {"description": "Paper", "metadata": {"a": "1"}})
    assert described.description == "Paper"
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.update(paid.id, {"amount": 5})
    assert error_of(caught.value)["param"] == "amount"


def test_a_canceled_intent_takes_no_more(client: Client) -> None:
    intent = client.v1.payment_intents.create({"amount": 1099, "currency": "usd"})
    client.v1.payment_intents.cancel(intent.id)

    for call in (
        lambda: client.v1.payment_intents.update(intent.id, {"description": "x"}),
        lambda: client.v1.payment_intents.cancel(intent.id),
        lambda: client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"}),
    ):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            call()
        assert error_of(caught.value)["code"] == "payment_intent_unexpected_state"


def test_the_customer_sees_and_confirms_with_the_client_secret(client: Client, server: Server) -> None:
    intent = client.v1.payment_intents.create({"amount": 1099, "currency": "usd", "metadata": {"secret": "x"}})
    browser: Client = server.client(key=PUBLISHABLE_KEY)
    secret = {"client_secret": intent.client_secret}

    seen = ask(browser, "get", f"/v1/payment_intents/{intent.id}", **secret)
    method = ask(browser, "post", "/v1/payment_methods", type="card", card={"token": "tok_visa"})
    asked = {**secret, "payment_method": method["id"], "return_url": RETURN_URL}
    paid = ask(browser, "post", f"/v1/payment_intents/{intent.id}/confirm", **asked)

    assert seen["amount"] == 1099
    assert not {"metadata", "customer", "latest_charge"} & seen.keys()
    assert paid["status"] == "succeeded"
    for wrong in ({}, {"client_secret": "pi_x_secret_y"}):
        with pytest.raises(stripe.InvalidRequestError):
            ask(browser, "get", f"/v1/payment_intents/{intent.id}", **wrong)


def test_parameters_that_are_not_supported_are_refused_not_ignored(client: Client) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="does not support") as caught:
        pay(client, application_fee_amount=5)

    assert error_of(caught.value)["param"] == "application_fee_amount"


def test_lists_filter_by_customer(client: Client, ada: Object) -> None:
    hers = pay(client, customer=ada.id)
    pay(client)

    assert [row.id for row in client.v1.payment_intents.list({"customer": ada.id}).data] == [hers.id]
    assert [row.id for row in client.v1.charges.list({"customer": ada.id}).data] == [hers.latest_charge]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ('status:"succeeded"', 2),
        ('status:"succeeded" AND amount>1500', 1),
        ('metadata["order"]:"7"', 1),
        ("metadata['order']:null", 2),
        ('-currency:"eur" amount<=1099', 2),
        ('currency:"eur" OR amount:500', 2),
        ("created>0", 3),
    ],
)
def test_search_speaks_the_query_language(client: Client, query: str, found: int) -> None:
    pay(client)
    pay(client, amount=2000, currency="eur", metadata={"order": "7"})
    client.v1.payment_intents.create({"amount": 500, "currency": "usd"})

    assert len(client.v1.payment_intents.search({"query": query}).data) == found


@pytest.mark.parametrize("query", ["color:'red'", "status:", "amount:1 AND status:'x' OR currency:'usd'", "amount:'x'"])
def test_a_bad_query_is_refused(client: Client, query: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.search({"query": query})

    assert error_of(caught.value)["param"] == "query"


def test_search_pages(client: Client) -> None:
    ids = {client.v1.customers.create({"name": "Ada"}).id for _ in range(5)}

    found = client.v1.customers.search({"query": "name:'ada'", "limit": 2})

    assert found.has_more is True
    assert {row.id for row in found.auto_paging_iter()} == ids


def test_off_session_says_why_it_failed(client: Client, ada: Object) -> None:
    method = client.v1.payment_methods.attach("pm_card_authenticationRequired", {"customer": ada.id})

    error = refused(client, customer=ada.id, payment_method=method.id, off_session=True)

    assert (error.http_status, error_of(error)["code"]) == (402, "authentication_required")
    assert error_of(error)["decline_code"] == "authentication_required"
    assert error_of(error)["payment_intent"]["status"] == "requires_payment_method"


def test_two_methods_at_once_are_refused(client: Client) -> None:
    data = {"type": "card", "card": {"token": "tok_visa"}}

    with pytest.raises(stripe.InvalidRequestError) as caught:
        pay(client, payment_method_data=data)

    assert error_of(caught.value)["code"] == "parameters_exclusive"


def test_debits_cannot_be_held(client: Client) -> None:
    held = client.v1.payment_intents.create({"amount": 1099, "currency": "usd", "capture_method": "manual"})

    assert held.payment_method_types == ["card"]
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.create(
            {
                "amount": 1099,
                "currency": "eur",
                "capture_method": "manual",
                "payment_method_types": ["card", "sepa_debit"],
            }
        )
    assert error_of(caught.value)["param"] == "capture_method"


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"statement_descriptor": "PAPER"}, "statement_descriptor"),
        ({"statement_descriptor_suffix": "x" * 23}, "statement_descriptor_suffix"),
        ({"statement_descriptor_suffix": "<script>"}, "statement_descriptor_suffix"),
        ({"receipt_email": "nobody"}, "receipt_email"),
    ],
)
def test_texts_that_cannot_be_shown_are_refused(client: Client, params: dict[str, str], param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        pay(client, **params)

    assert error_of(caught.value)["param"] == param
    assert client.v1.charges.list().data == []
