"""The envelope that every operation shares: keys, versions, parameters, errors, expansion, lists, metadata."""

import base64
import urllib.error
import urllib.request

import pytest
import stripe

from tests.sandbox.server import PUBLISHABLE_KEY, SECRET_KEY, Server
from tests.sandbox.wishes import Client, Object, error_of, pay


def ask(server: Server, path: str, *, authorization: str | None = f"Bearer {SECRET_KEY}", **headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(f"{server.url}{path}", headers=named)  # noqa: S310
    if authorization is not None:
        request.add_header("Authorization", authorization)
    try:
        with urllib.request.urlopen(request) as response:  # noqa: S310
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_a_request_without_a_key_is_unauthorized(server: Server) -> None:
    assert ask(server, "/v1/customers", authorization=None) == 401


def test_a_key_works_as_basic_user_name_too(server: Server) -> None:
    encoded = base64.b64encode(f"{SECRET_KEY}:".encode()).decode()

    assert ask(server, "/v1/customers", authorization=f"Basic {encoded}") == 200


@pytest.mark.parametrize("key", ["nonsense", "sk_live_" + "a" * 24, "sk_test_x"])
def test_a_bad_key_is_named_masked(server: Server, key: str) -> None:
    with pytest.raises(stripe.AuthenticationError) as caught:
        server.client(key=key).v1.customers.list()

    assert caught.value.http_status == 401
    assert "Invalid API Key provided" in str(caught.value)
    assert key not in str(caught.value)


def test_an_expired_key_says_so(server: Server) -> None:
    with pytest.raises(stripe.AuthenticationError) as caught:
        server.client(key="sk_test_expired_" + "a" * 24).v1.customers.list()

    assert error_of(caught.value)["code"] == "api_key_expired"


def test_a_publishable_key_may_not_do_a_secret_keys_work(server: Server) -> None:
    with pytest.raises(stripe.PermissionError) as caught:
        server.client(key=PUBLISHABLE_KEY).v1.customers.list()

    assert caught.value.http_status == 403
    assert error_of(caught.value)["code"] == "secret_key_required"


def test_another_api_version_is_refused(server: Server) -> None:
    assert ask(server, "/v1/customers", Stripe_Version="2020-08-27") == 400
    assert ask(server, "/v1/customers", Stripe_Version="2026-08-26.dahlia") == 200


def test_an_unknown_address_names_itself(client: Client) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.raw_request("get", "/v1/nonsense")

    assert caught.value.http_status == 404
    assert "Unrecognized request URL (GET: /v1/nonsense)" in str(caught.value)


def test_every_answer_carries_a_request_id_and_the_version(client: Client) -> None:
    response = client.v1.customers.list().last_response

    assert response.headers["Request-Id"].startswith("req_")
    assert response.headers["Stripe-Version"] == "2026-08-26.dahlia"


@pytest.mark.parametrize(
    ("params", "code", "param", "message"),
    [
        ({"foo": 1}, "parameter_unknown", "foo", "Received unknown parameter: foo"),
        ({"foo": 1, "bar": 2}, "parameter_unknown", "foo", "Received unknown parameters: foo, bar"),
        ({"balance": "abc"}, "parameter_invalid_integer", "balance", "Invalid integer: abc"),
        ({"balance": ""}, "parameter_invalid_empty", "balance", "You passed an empty string for 'balance'."),
        ({"tax_exempt": "x"}, None, "tax_exempt", "Invalid tax_exempt: must be one of exempt, none, or reverse"),
        ({"address": "x"}, None, "address", "Invalid object"),
        ({"address": {"planet": "x"}}, "parameter_unknown", "address[planet]", "Received unknown parameter"),
        ({"preferred_locales": "de"}, None, "preferred_locales", "Invalid array"),
        ({"email": "nobody"}, "email_invalid", "email", "Invalid email address: nobody"),
    ],
)
def test_bad_parameters_are_refused_as_stripe_does(
    client: Client, params: dict[str, object], code: str | None, param: str, message: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.raw_request("post", "/v1/customers", **params)

    error = error_of(caught.value)
    assert (caught.value.http_status, error["type"]) == (400, "invalid_request_error")
    assert (error.get("code"), error["param"]) == (code, param)
    assert error["message"].startswith(message)
    assert error["request_log_url"].startswith("https://dashboard.stripe.com/")


def test_a_missing_parameter_is_named(client: Client) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.raw_request("post", "/v1/payment_intents", currency="usd")

    assert error_of(caught.value)["code"] == "parameter_missing"
    assert error_of(caught.value)["doc_url"] == "https://stripe.com/docs/error-codes/parameter-missing"
    assert str(error_of(caught.value)["message"]) == "Missing required param: amount."


def test_a_refused_update_changes_nothing(client: Client, ada: Object) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.customers.update(ada.id, {"name": "Bob", "metadata": {"x" * 41: "too long"}})

    assert client.v1.customers.retrieve(ada.id).name == "Ada Lovelace"


def test_expansion_goes_down_to_four_levels_and_into_lists(client: Client, ada: Object) -> None:
    intent = pay(client, customer=ada.id)

    expanded = client.v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge.payment_intent.customer"]})
    listed = client.v1.payment_intents.list({"expand": ["data.customer"]})

    assert expanded.latest_charge.payment_intent.customer.email == "ada@example.com"
    assert listed.data[0].customer.email == "ada@example.com"


def test_each_id_of_a_list_becomes_its_object(client: Client) -> None:
    v1 = client.v1
    coupon = v1.coupons.create({"percent_off": 10, "duration": "forever"}).id
    customer = v1.customers.create({}).id
    invoice = v1.invoices.create({"customer": customer, "currency": "eur", "discounts": [{"coupon": coupon}]}).id

    plain = v1.invoices.retrieve(invoice)
    deeper = v1.invoices.retrieve(invoice, {"expand": ["discounts.source.coupon"]})
    listed = v1.invoices.list({"expand": ["data.discounts"]}).data[0]

    assert plain.discounts[0].startswith("di_")
    assert deeper.discounts[0].source.coupon.percent_off == 10
    assert listed.discounts[0].source.coupon == coupon


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("status", "This property cannot be expanded (status)."),
        ("nonsense", "This property cannot be expanded because it doesn't exist: nonsense."),
        ("latest_charge.amount", "This property cannot be expanded (latest_charge.amount)."),
        ("a.b.c.d.e", "You cannot expand more than 4 levels of a property."),
    ],
)
def test_a_bad_expansion_is_refused(client: Client, path: str, message: str) -> None:
    intent = pay(client)

    with pytest.raises(stripe.InvalidRequestError, match=r"cannot expand|cannot be expanded") as caught:
        client.v1.payment_intents.retrieve(intent.id, {"expand": [path]})

    assert caught.value.http_status == 400
    assert str(error_of(caught.value)["message"]).startswith(message)


def test_lists_page_with_cursors_in_both_directions(client: Client) -> None:
    ids = [client.v1.customers.create({}).id for _ in range(5)]

    first = client.v1.customers.list({"limit": 2})
    second = client.v1.customers.list({"limit": 2, "starting_after": first.data[-1].id})
    back = client.v1.customers.list({"limit": 1, "ending_before": second.data[0].id})

    assert [row.id for row in first.data] == ids[4:2:-1]
    assert [row.id for row in second.data] == ids[2:0:-1]
    assert [row.id for row in back.data] == [ids[3]]
    assert (first.has_more, back.has_more) == (True, True)
    assert [row.id for row in client.v1.customers.list({"limit": 2}).auto_paging_iter()] == ids[::-1]


def test_limits_are_clamped_and_unknown_cursors_refused(client: Client, ada: Object) -> None:
    client.v1.customers.create({})

    assert len(client.v1.customers.list({"limit": 0}).data) == 1
    assert len(client.v1.customers.list({"limit": 101}).data) == 2
    for name in ("starting_after", "ending_before"):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            client.v1.customers.list({name: "cus_nobody"})
        assert (caught.value.http_status, error_of(caught.value)["param"]) == (400, name)
        assert error_of(caught.value)["code"] == "resource_missing"


def test_lists_filter_by_moment(client: Client, server: Server) -> None:
    old = client.v1.customers.create({})
    server.control("clock", {"advance_seconds": 100})
    new = client.v1.customers.create({})

    later = client.v1.customers.list({"created": {"gt": old.created}})
    exactly = client.v1.customers.list({"created": old.created})

    assert [row.id for row in later.data] == [new.id]
    assert [row.id for row in exactly.data] == [old.id]


def test_metadata_is_merged_and_unset_by_key(client: Client) -> None:
    customer = client.v1.customers.create({"metadata": {"a": "1", "b": "2"}})

    merged = client.v1.customers.update(customer.id, {"metadata": {"b": "", "c": "3"}})
    emptied = client.v1.customers.update(customer.id, {"metadata": ""})

    assert dict(merged.metadata) == {"a": "1", "c": "3"}
    assert dict(emptied.metadata) == {}


def test_an_unknown_id_is_404_in_the_path_and_400_in_a_parameter(client: Client) -> None:
    with pytest.raises(stripe.InvalidRequestError) as in_path:
        client.v1.customers.retrieve("cus_nobody")
    with pytest.raises(stripe.InvalidRequestError) as in_parameter:
        client.v1.payment_intents.create({"amount": 100, "currency": "usd", "customer": "cus_nobody"})

    assert (in_path.value.http_status, in_parameter.value.http_status) == (404, 400)
    assert error_of(in_path.value)["message"] == "No such customer: 'cus_nobody'"
    assert error_of(in_parameter.value)["param"] == "customer"


def test_a_bad_expansion_leaves_nothing_behind(client: Client) -> None:
    asked = {"name": "Ada", "expand": ["nonsense"]}
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
            client.v1.customers.create(asked, {"idempotency_key": "k"})

    assert client.v1.customers.list().data == []
    assert client.v1.events.list().data == []


def test_another_account_is_out_of_reach(server: Server) -> None:
    assert ask(server, "/v1/customers", Stripe_Account="acct_somebody_else") == 403


@pytest.mark.parametrize("number", ["9" * 40, "٣", "1e3", "0x10", "--1"])
def test_strange_integers_are_refused(client: Client, number: str) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="Invalid integer"):
        client.raw_request("post", "/v1/payment_intents", amount=number, currency="usd")


@pytest.mark.parametrize(
    "body", ["a[b=1", "[]=1", "metadata[[x]]=1", "metadata[²]=1", "expand[²]=x", "%zz=%zz", "=&&=="]
)
def test_a_garbled_body_is_an_error_of_the_client(server: Server, body: str) -> None:
    request = urllib.request.Request(f"{server.url}/v1/customers", body.encode(), method="POST")  # noqa: S310
    request.add_header("Authorization", f"Bearer {SECRET_KEY}")
    try:
        with urllib.request.urlopen(request) as response:  # noqa: S310
            status = response.status
    except urllib.error.HTTPError as error:
        status = error.code

    assert status in (200, 400)
