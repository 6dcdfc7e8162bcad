"""The API's description: valid, complete, and true to what is answered."""

from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import requests
from django.core.management import call_command
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from jsonschema import Draft4Validator  # type: ignore[import-untyped]

from config.base.api import catalog
from payments.api import examples
from tests.payments.api.client import Storefront
from tests.plugins.stripe import LocalStripe

ROOT = Path(__file__).parents[3]
PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    described: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return described


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_it_is_valid_without_a_warning(tmp_path: Path) -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema.yml"))


def test_every_call_of_the_surface_is_described(schema: dict[str, Any]) -> None:
    assert sorted(name for name, _ in operations(schema)) == [
        "GET /api/v1/customers",
        "GET /api/v1/customers/{id}",
        "GET /api/v1/customers/{id}/access",
        "GET /api/v1/events",
        "GET /api/v1/invoices",
        "GET /api/v1/invoices/{id}",
        "GET /api/v1/invoices/{id}/credit-notes",
        "GET /api/v1/invoices/{id}/pdf",
        "GET /api/v1/payment-methods",
        "GET /api/v1/payment-methods/{id}",
        "GET /api/v1/payments",
        "GET /api/v1/payments/{id}",
        "GET /api/v1/payments/{id}/refunds",
        "GET /api/v1/prices",
        "GET /api/v1/prices/{id}",
        "GET /api/v1/products",
        "GET /api/v1/products/{id}",
        "GET /api/v1/setup-intents/{id}",
        "GET /api/v1/subscriptions",
        "GET /api/v1/subscriptions/{id}",
        "PATCH /api/v1/customers/{id}",
        "POST /api/v1/customers",
        "POST /api/v1/invoices",
        "POST /api/v1/invoices/{id}/credit-notes",
        "POST /api/v1/invoices/{id}/finalize",
        "POST /api/v1/invoices/{id}/pay",
        "POST /api/v1/invoices/{id}/pay-link",
        "POST /api/v1/invoices/{id}/void",
        "POST /api/v1/payment-methods/{id}/attach",
        "POST /api/v1/payment-methods/{id}/detach",
        "POST /api/v1/payment-methods/{id}/set-default",
        "POST /api/v1/payments",
        "POST /api/v1/payments/{id}/cancel",
        "POST /api/v1/payments/{id}/capture",
        "POST /api/v1/payments/{id}/refunds",
        "POST /api/v1/setup-intents",
        "POST /api/v1/subscriptions",
        "POST /api/v1/subscriptions/{id}/cancel",
        "POST /api/v1/subscriptions/{id}/change",
        "POST /api/v1/subscriptions/{id}/pause",
        "POST /api/v1/subscriptions/{id}/preview",
        "POST /api/v1/subscriptions/{id}/resume",
        "POST /api/v1/subscriptions/{id}/set-payment-method",
        "POST /api/v1/subscriptions/{id}/undo-cancel",
        "POST /api/v1/subscriptions/{id}/undo-change",
    ]


def test_every_operation_shows_examples_of_all_that_it_answers(schema: dict[str, Any]) -> None:
    for name, operation in operations(schema):
        for status, answer in operation["responses"].items():
            for media_type, content in answer["content"].items():
                assert content.get("examples"), f"{name} {status} {media_type}"
        assert PROBLEM in operation["responses"]["401"]["content"], name
        assert PROBLEM in operation["responses"]["429"]["content"], name


def test_every_body_has_an_example_unless_it_is_empty(schema: dict[str, Any]) -> None:
    for name, operation in operations(schema):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content and not name.endswith(("detach", "set-default")):
            assert content["examples"], name


def test_every_post_takes_an_idempotency_key(schema: dict[str, Any]) -> None:
    for name, operation in operations(schema):
        names = {parameter["name"] for parameter in operation.get("parameters", [])}
        assert ("Idempotency-Key" in names) == name.startswith(("POST", "PATCH")), name


def test_every_operation_asks_for_a_key_once(schema: dict[str, Any]) -> None:
    assert {
        name: asked for name, operation in operations(schema) if (asked := operation["security"]) != [{"apiKey": []}]
    } == {}


def test_the_feed_has_no_cursor_beside_its_own(schema: dict[str, Any]) -> None:
    feed = schema["paths"]["/api/v1/events"]["get"]["parameters"]

    assert {parameter["name"] for parameter in feed} == {"after", "limit", "object_id", "type"}


def test_every_example_fits_its_schema(schema: dict[str, Any]) -> None:
    for name, operation in operations(schema):
        contents = [answer["content"] for answer in operation["responses"].values()]
        contents.append(operation.get("requestBody", {}).get("content", {}))
        for content in contents:
            for media in content.values():
                for example in media.get("examples", {}).values():
                    assert faults(schema, media["schema"], example["value"]) == [], name


def faults(schema: dict[str, Any], shape: dict[str, Any], value: Any) -> list[str]:
    """Where the value leaves the shape; OpenAPI 3.0 says nullable where JSON Schema says null."""
    validator = Draft4Validator(nullable({**shape, "components": schema["components"]}))
    return [f"{list(error.absolute_path)}: {error.message}" for error in validator.iter_errors(value)]


def nullable(node: Any) -> Any:
    if isinstance(node, list):
        return [nullable(item) for item in node]
    if not isinstance(node, dict):
        return node
    known = {key: nullable(value) for key, value in node.items() if key != "nullable"}
    return {"anyOf": [known, {"type": "null"}]} if node.get("nullable") is True else known


def test_what_is_answered_fits_the_schema(schema: dict[str, Any], shop: Storefront, sandbox: LocalStripe) -> None:
    ada = shop.post("/customers", examples.CUSTOMER_ASKED)
    card = shop.post("/payment-methods/pm_card_visa/attach", {"customer": ada.json()["id"]})
    asked = {**examples.PAYMENT_ASKED, "customer": ada.json()["id"], "capture_method": "manual"}
    payment = shop.post("/payments", {**asked, "confirm": True, "payment_method": card.json()["id"]})
    captured = shop.post(f"/payments/{payment.json()['id']}/capture")
    refund = shop.post(f"/payments/{payment.json()['id']}/refunds", {"amount": 500})
    sandbox.fail("POST", "/v1/payment_intents", "drop_after", times=3)

    def fits(path: str, answer: requests.Response, method: str = "get") -> None:
        described = schema["paths"][f"/api/v1{path}"][method]["responses"][str(answer.status_code)]["content"]
        shape = described[answer.headers["Content-Type"].partition(";")[0]]["schema"]
        assert faults(schema, shape, answer.json()) == [], path

    fits("/customers", ada, "post")
    fits("/payment-methods/{id}/attach", card, "post")
    fits("/payments", payment, "post")
    fits("/payments/{id}/capture", captured, "post")
    fits("/payments/{id}/refunds", refund, "post")
    fits("/payments", shop.post("/payments", {"amount": 1099, "currency": "eur"}), "post")
    fits("/payments", shop.post("/payments", {"amount": 0, "currency": "eur"}), "post")
    fits("/setup-intents", shop.post("/setup-intents", {"customer": ada.json()["id"]}), "post")
    fits("/payments", shop.get("/payments"))
    fits("/payments", shop.get("/payments", limit=0))
    fits("/events", shop.get("/events"))
    fits("/payment-methods", shop.get("/payment-methods", customer=ada.json()["id"]))


@pytest.mark.parametrize(
    ("path", "example"),
    [("/payments", examples.PAYMENT_LISTED), ("/customers", examples.CUSTOMER), ("/events", examples.EVENT)],
)
def test_the_examples_have_the_names_of_what_is_answered(shop: Storefront, path: str, example: dict[str, Any]) -> None:
    shop.post("/customers", examples.CUSTOMER_ASKED)
    shop.post("/payments", {"amount": 1099, "currency": "eur"})

    rows = shop.get(path).json()["data"]

    assert all(list(row) == list(example) for row in rows)


def test_the_list_of_errors_in_the_docs_is_the_one_in_the_code() -> None:
    out = StringIO()

    call_command("list_api_errors", stdout=out)

    assert (ROOT / "docs" / "api-errors.md").read_text() == out.getvalue()


def test_every_code_means_one_thing() -> None:
    codes = [problem.code for problem in catalog.described()]

    assert len(codes) == len(set(codes))


def test_the_description_is_served(shop: Storefront) -> None:
    answer = requests.get(f"{shop.url}/api/schema/", params={"format": "json"}, timeout=60)

    assert answer.status_code == 200
    validate_schema(answer.json())
