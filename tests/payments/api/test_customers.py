from typing import Any

import pytest

from payments.models import Customer, PaymentMethod
from tests.payments.api.client import Storefront, fields
from tests.plugins.stripe import LocalStripe

CUSTOMERS = "/v1/customers"
ADA: dict[str, Any] = {
    "email": "ada@example.com",
    "name": "Ada Lovelace",
    "phone": "+49 30 1234567",
    "address": {"line1": "Torstraße 1", "city": "Berlin", "postal_code": "10119", "country": "DE"},
    "metadata": {"shop_id": "4711"},
}


@pytest.fixture
def ada(shop: Storefront) -> dict[str, Any]:
    body: dict[str, Any] = shop.post("/customers", ADA).json()
    return body


@pytest.fixture
def bob(shop: Storefront) -> dict[str, Any]:
    body: dict[str, Any] = shop.post("/customers", {"email": "bob@example.com"}).json()
    return body


class TestCustomers:
    def test_are_introduced_to_stripe_once(self, shop: Storefront, sandbox: LocalStripe) -> None:
        answer = shop.post("/customers", ADA)

        assert answer.status_code == 201
        shown = answer.json()
        assert shown["id"].startswith("cust_")
        assert shown["stripe_id"].startswith("cus_")
        assert (shown["status"], shown["email"], shown["name"]) == ("active", "ada@example.com", "Ada Lovelace")
        assert shown["address"] == {**ADA["address"], "line2": None, "state": None}
        assert shown["metadata"] == {"shop_id": "4711"}
        assert shown["parked"] is None
        assert len(sandbox.requests("POST", CUSTOMERS)) == 1
        assert shop.get(f"/customers/{shown['id']}").json() == shown

    def test_are_changed_at_stripe_first(self, shop: Storefront, sandbox: LocalStripe, ada: dict[str, Any]) -> None:
        answer = shop.patch(f"/customers/{ada['id']}", {"name": "Ada King", "phone": "", "metadata": {"vip": "yes"}})

        assert answer.status_code == 200
        shown = answer.json()
        assert (shown["name"], shown["phone"], shown["email"]) == ("Ada King", None, "ada@example.com")
        assert shown["metadata"] == {"shop_id": "4711", "vip": "yes"}
        assert sandbox.client.v1.customers.retrieve(ada["stripe_id"]).name == "Ada King"

    def test_nothing_to_change_asks_nothing(self, shop: Storefront, sandbox: LocalStripe, ada: dict[str, Any]) -> None:
        answer = shop.patch(f"/customers/{ada['id']}", {})

        assert (answer.status_code, answer.json()) == (200, ada)
        assert sandbox.requests("POST", f"{CUSTOMERS}/{ada['stripe_id']}") == []

    @pytest.mark.parametrize(
        ("wish", "field"),
        [({"email": "nobody"}, "email"), ({"email": 1}, "email"), ({"age": 36}, "age"),
         ({"address": {"country": "Germany"}}, "address.country"),
         ({"address": {"street": "x"}}, "address.street"), ({"tax_ids": [{"type": "eu_vat"}]}, "tax_ids.0.value"),
         ({"preferred_locale": "de DE"}, "preferred_locale")],
    )  # fmt: skip
    def test_bad_input_names_its_field(
        self, shop: Storefront, sandbox: LocalStripe, wish: dict[str, Any], field: str
    ) -> None:
        answer = shop.post("/customers", wish)

        assert answer.status_code == 400
        assert list(fields(answer)) == [field]
        assert not Customer.objects.exists()
        assert sandbox.requests("POST", CUSTOMERS) == []

    def test_in_doubt_is_202(self, shop: Storefront, sandbox: LocalStripe) -> None:
        sandbox.fail("POST", CUSTOMERS, "drop_after", times=3)

        answer = shop.post("/customers", ADA, idempotency_key="ada")

        assert (answer.status_code, answer.json()["status"]) == (202, "unknown")
        refused = shop.post("/payments", {"amount": 1, "currency": "eur", "customer": answer.json()["id"]})
        assert fields(refused) == {"customer": "invalid_payment"}

    def test_may_carry_tax_ids(self, shop: Storefront) -> None:
        answer = shop.post("/customers", {**ADA, "tax_ids": [{"type": "eu_vat", "value": "DE123456789"}]})

        (tax_id,) = answer.json()["tax_ids"]
        assert (tax_id["type"], tax_id["value"]) == ("eu_vat", "DE123456789")


class TestPaymentMethods:
    @pytest.fixture
    def card(self, shop: Storefront, ada: dict[str, Any]) -> dict[str, Any]:
        body: dict[str, Any] = shop.post("/payment-methods/pm_card_visa/attach", {"customer": ada["id"]}).json()
        return body

    def test_are_kept_for_a_customer(self, shop: Storefront, ada: dict[str, Any], sandbox: LocalStripe) -> None:
        made = sandbox.client.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})

        answer = shop.post(f"/payment-methods/{made.id}/attach", {"customer": ada["id"]})

        assert answer.status_code == 200
        shown = answer.json()
        assert (shown["stripe_id"], shown["customer"], shown["status"]) == (made.id, ada["id"], "attached")
        assert (shown["kind"], shown["brand"], shown["last4"]) == ("card", "visa", "4242")
        assert shown["is_default"] is False
        assert shop.get("/payment-methods", customer=ada["id"]).json()["data"] == [shown]
        assert shop.get(f"/payment-methods/{shown['id']}").json() == shown

    def test_one_is_the_default(self, shop: Storefront, ada: dict[str, Any], card: dict[str, Any]) -> None:
        answer = shop.post(f"/payment-methods/{card['id']}/set-default")

        assert (answer.status_code, answer.json()["is_default"]) == (200, True)
        assert shop.get(f"/customers/{ada['id']}").json()["default_payment_method"] == card["id"]

    def test_are_given_up_for_good(self, shop: Storefront, ada: dict[str, Any], card: dict[str, Any]) -> None:
        answer = shop.post(f"/payment-methods/{card['id']}/detach")

        assert (answer.status_code, answer.json()["status"]) == (200, "detached")
        assert shop.get("/payment-methods", customer=ada["id"]).json()["data"] == []
        assert len(shop.get("/payment-methods", customer=ada["id"], status="detached").json()["data"]) == 1
        again = shop.post(f"/payment-methods/{card['id']}/detach")
        assert (again.status_code, again.json()["code"]) == (409, "payment_method_not_attached")

    def test_pay_for_their_own_customer_only(
        self, shop: Storefront, sandbox: LocalStripe, ada: dict[str, Any], bob: dict[str, Any], card: dict[str, Any]
    ) -> None:
        wish = {"amount": 1099, "currency": "eur", "confirm": True, "payment_method": card["id"]}

        for customer in ({"customer": bob["id"]}, {}):
            answer = shop.post("/payments", {**wish, **customer})
            assert answer.status_code == 400
            assert fields(answer) == {"payment_method": "payment_method_of_another_customer"}
        attached = shop.post(f"/payment-methods/{card['id']}/attach", {"customer": bob["id"]})
        assert (attached.status_code, attached.json()["code"]) == (400, "payment_method_of_another_customer")
        assert sandbox.requests("POST", "/v1/payment_intents") == []

        paid = shop.post("/payments", {**wish, "customer": ada["id"], "off_session": True})
        assert (paid.status_code, paid.json()["status"]) == (201, "succeeded")
        assert paid.json()["payment_method"] == card["id"]

    def test_a_bank_that_refuses_to_keep_one_is_heard(self, shop: Storefront, ada: dict[str, Any]) -> None:
        answer = shop.post("/payment-methods/pm_card_chargeDeclined/attach", {"customer": ada["id"]})

        assert (answer.status_code, answer.json()["code"]) == (402, "card_declined")
        assert not PaymentMethod.objects.filter(status="attached").exists()

    def test_in_doubt_is_202_without_an_id(self, shop: Storefront, sandbox: LocalStripe, ada: dict[str, Any]) -> None:
        made = sandbox.client.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
        sandbox.fail("POST", f"/v1/payment_methods/{made.id}/attach", "drop_after", times=3)

        answer = shop.post(f"/payment-methods/{made.id}/attach", {"customer": ada["id"]})

        assert answer.status_code == 202
        shown = answer.json()
        assert (shown["id"], shown["stripe_id"], shown["status"]) == (None, made.id, "unknown")

    def test_are_listed_for_one_customer_at_a_time(self, shop: Storefront, ada: dict[str, Any]) -> None:
        assert fields(shop.get("/payment-methods")) == {"customer": "required"}
        assert fields(shop.get("/payment-methods", customer="cust_nobody")) == {"customer": "not_found"}


class TestSetupIntents:
    def test_are_made_for_a_customer(self, shop: Storefront, sandbox: LocalStripe, ada: dict[str, Any]) -> None:
        answer = shop.post("/setup-intents", {"customer": ada["id"]})

        assert answer.status_code == 201
        shown = answer.json()
        assert (shown["status"], shown["usage"]) == ("requires_payment_method", "off_session")
        assert shown["client_secret"].startswith(f"{shown['stripe_id']}_secret_")
        assert shown["customer"] == ada["id"]
        assert shop.get(f"/setup-intents/{shown['id']}").json() == shown
        assert len(sandbox.requests("POST", "/v1/setup_intents")) == 1

    def test_need_a_customer(self, shop: Storefront, sandbox: LocalStripe) -> None:
        assert fields(shop.post("/setup-intents", {})) == {"customer": "required"}
        assert fields(shop.post("/setup-intents", {"customer": "cust_nobody"})) == {"customer": "not_found"}
        assert sandbox.requests("POST", "/v1/setup_intents") == []

    def test_in_doubt_are_202(self, shop: Storefront, sandbox: LocalStripe, ada: dict[str, Any]) -> None:
        sandbox.fail("POST", "/v1/setup_intents", "drop_after", times=3)

        answer = shop.post("/setup-intents", {"customer": ada["id"]})

        assert (answer.status_code, answer.json()["status"]) == (202, "unknown")
        assert answer.headers["Retry-After"] == "2"
