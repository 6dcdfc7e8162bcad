"""The checker finds what Stripe would refuse or never send."""

import json
from typing import Any

import pytest

from tests.contract.recording import judge
from tests.contract.sdk_types import operation_for
from tests.contract.stripe_contract import check_answer, check_error, check_object, check_request

CUSTOMER: dict[str, Any] = {
    "id": "cus_1",
    "object": "customer",
    "created": 1,
    "livemode": False,
    "metadata": {},
    "default_source": None,
    "description": None,
    "email": None,
    "shipping": None,
}
ERROR = {"type": "invalid_request_error", "message": "No such customer: 'cus_0'", "code": "resource_missing"}

LINE: dict[str, Any] = {
    "id": "txn_1", "object": "balance_transaction", "amount": 1, "available_on": 1, "balance_type": "payments",
    "created": 1, "currency": "usd", "description": None, "exchange_rate": None, "fee": 0, "fee_details": [],
    "net": 1, "reporting_category": "charge", "source": None, "status": "available",
}  # fmt: skip


def kinds(found: list[Any]) -> set[tuple[str, str]]:
    return {(violation.path, violation.kind) for violation in found}


def test_a_sound_object_passes_alone_and_in_a_list():
    assert check_object(CUSTOMER) == []
    assert check_object({"object": "list", "data": [CUSTOMER, CUSTOMER]}) == []


@pytest.mark.parametrize(
    ("change", "path", "kind"),
    [
        ({"charge": "ch_1"}, "customer.charge", "unknown"),
        ({"created": None}, "customer.created", "null"),
        ({"created": "1"}, "customer.created", "type"),
        ({"created": True}, "customer.created", "type"),
        ({"tax_exempt": "perhaps"}, "customer.tax_exempt", "enum"),
        ({"object": "custodian"}, "object", "enum"),
        ({"shipping": {"parcel": 1}}, "customer.shipping.parcel", "unknown"),
        ({"metadata": []}, "customer.metadata", "type"),
    ],
)
def test_a_field_out_of_shape_is_found(change, path, kind):
    assert (path, kind) in kinds(check_object(CUSTOMER | change))


def test_a_required_field_that_is_absent_is_found():
    without = {name: value for name, value in CUSTOMER.items() if name != "livemode"}

    assert kinds(check_object(without)) == {("customer.livemode", "missing")}


def test_an_answer_of_another_kind_than_the_operation_gives_is_found():
    assert kinds(check_answer("GET", "/v1/charges/ch_1", CUSTOMER)) == {("object", "enum")}
    assert kinds(check_answer("GET", "/v1/customers", CUSTOMER)) == {("object", "enum")}


def test_the_object_inside_an_event_is_checked():
    event = {"object": "event", "data": {"object": CUSTOMER | {"cards": []}}}

    assert ("customer.cards", "unknown") in kinds(check_object(event))


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([("amount", "1"), ("currency", "eur"), ("payment_method_types[0]", "card")], set()),
        ([("amount", "1"), ("currency", "eur"), ("expand[]", "latest_charge")], set()),
        ([("amount", "1")], {("currency", "missing")}),
        ([("amount", "1.5"), ("currency", "eur")], {("amount", "type")}),
        ([("amount", "1"), ("currency", "eur"), ("confirmed", "true")], {("confirmed", "unknown")}),
        ([("amount", "1"), ("currency", "eur"), ("confirm", "yes")], {("confirm", "type")}),
        ([("amount", "1"), ("currency", "eur"), ("capture_method", "later")], {("capture_method", "enum")}),
    ],
)
def test_a_request_is_held_against_its_parameters(pairs, expected):
    assert kinds(check_request("POST", "/v1/payment_intents", pairs)) == expected


def test_a_literal_segment_wins_over_a_parameter():
    found = [operation_for("GET", path) for path in ("/v1/charges/search", "/v1/charges/ch_1", "/v1/other")]

    assert [operation and operation.template for operation in found] == [
        "/v1/charges/search",
        "/v1/charges/{charge}",
        None,
    ]


def test_an_error_is_the_envelope_and_nothing_else():
    assert check_error({"error": ERROR}) == []
    assert check_error({"detail": "no"})
    assert check_error({"error": ERROR | {"type": "oops"}})
    assert check_error({"error": ERROR | {"stack": "…"}})


def test_a_recording_is_judged_and_a_half_written_line_is_passed_over(tmp_path):
    exchange = {
        "method": "POST", "path": "/v1/customers", "query": "", "form": "nickname=ada",
        "user_agent": "", "publishable": False, "version": None, "status": 200, "answer": CUSTOMER,
    }  # fmt: skip
    refused = exchange | {"status": 400, "answer": {"error": ERROR}}
    ours = refused | {"user_agent": "Stripe/v1 PythonBindings/15 Counterfoil/1"}
    lines = [json.dumps(line) + "\n" for line in (exchange, refused, ours)]
    (tmp_path / "1.jsonl").write_text("".join(lines) + '{"method": "PO')

    verdict = judge(tmp_path)

    assert (verdict.responses, verdict.requests) == (3, 2)
    assert verdict.violations.total() == 2
    assert all("nickname: unknown" in found for found in verdict.violations)


def test_an_invented_type_of_a_line_is_no_violation(tmp_path):
    for type_, expected in (("future_thing", 0), ("thing", 1)):
        answer = {"object": "list", "data": [LINE | {"type": type_}], "has_more": False, "url": "/v1/x"}
        exchange = {
            "method": "GET", "path": "/v1/balance_transactions", "query": "", "form": "", "user_agent": "",
            "publishable": False, "version": None, "status": 200, "answer": answer,
        }  # fmt: skip
        (tmp_path / "1.jsonl").write_text(json.dumps(exchange) + "\n")

        assert judge(tmp_path).violations.total() == expected
