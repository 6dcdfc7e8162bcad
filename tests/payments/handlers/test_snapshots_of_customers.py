"""State handlers of customers, payment methods and setup intents: twice, late, in any order, the same rows."""

from itertools import permutations
from typing import Any

import pytest
from django.db import transaction

from config.base.actor import STRIPE
from config.base.models import DomainEvent, StripeAccount
from payments.failures import JsonObject
from payments.handlers import customers, payment_methods, setup_intents
from payments.models import Customer, CustomerTaxId, PaymentMethod, Root, SetupIntent
from payments.services import snapshots

CREATED = 1_790_000_000
HANDLERS = {
    "customer": customers.apply,
    "payment_method": payment_methods.apply,
    "setup_intent": setup_intents.apply,
}


def tax_id(number: int, status: str = "pending") -> JsonObject:
    verification = {"status": status}
    return {
        "id": f"txi_{number}",
        "type": "eu_vat",
        "value": f"DE{number}",
        "country": "DE",
        "verification": verification,
    }


def customer(**facts: Any) -> JsonObject:
    body = {
        "id": "cus_1",
        "object": "customer",
        "created": CREATED,
        "email": "ada@example.com",
        "name": "Ada",
        "address": {"line1": "Spree 1", "city": "Berlin", "country": "DE"},
        "preferred_locales": ["de"],
        "currency": "eur",
        "metadata": {"shop": "7"},
        "invoice_settings": {"default_payment_method": None},
        "tax_ids": {"data": [], "has_more": False},
    }
    return body | facts


def card(**facts: Any) -> JsonObject:
    body = {
        "id": "pm_1",
        "object": "payment_method",
        "type": "card",
        "created": CREATED,
        "customer": "cus_1",
        "billing_details": {"name": "Ada", "email": None, "address": {"country": "DE", "postal_code": "10115"}},
        "card": {"brand": "visa", "last4": "4242", "exp_month": 4, "exp_year": 2030, "funding": "credit"},
    }
    return body | facts


def intent(**facts: Any) -> JsonObject:
    body = {
        "id": "seti_1",
        "object": "setup_intent",
        "created": CREATED,
        "status": "succeeded",
        "usage": "off_session",
        "customer": "cus_1",
        "payment_method": "pm_1",
        "client_secret": "seti_1_secret_x",
        "metadata": {},
        "last_setup_error": None,
    }
    return body | facts


def apply(account: StripeAccount, body: JsonObject, source: str = "") -> None:
    with transaction.atomic():
        HANDLERS[body["object"]](account=account, body=body, by=STRIPE, source=source)


def stories() -> list[tuple[str, str]]:
    return sorted(DomainEvent.objects.values_list("object_type", "type"))


def rows() -> list[Any]:
    """All that the handlers wrote, by Stripe's ids: ours differ from run to run."""
    methods = PaymentMethod.objects.values_list("stripe_id", "customer__stripe_id", "status", "last4")
    intents = SetupIntent.objects.values_list("stripe_id", "customer__stripe_id", "payment_method__stripe_id", "status")
    people = Customer.objects.values_list("stripe_id", "email", "status", "default_payment_method__stripe_id")
    taxes = CustomerTaxId.objects.values_list("stripe_id", "customer__stripe_id", "verification_status")
    return [sorted(each) for each in (people, methods, intents, taxes)]


EXPECTED = [
    [("cus_1", "ada@example.com", "active", "pm_1")],
    [("pm_1", "cus_1", "attached", "4242")],
    [("seti_1", "cus_1", "pm_1", "succeeded")],
    [("txi_1", "cus_1", "verified")],
]


@pytest.mark.parametrize("order", list(permutations(["customer", "payment_method", "setup_intent"])), ids="-".join)
def test_snapshots_in_any_order_and_twice_make_the_same_rows(account: StripeAccount, order: tuple[str, ...]) -> None:
    bodies = {
        "customer": customer(
            invoice_settings={"default_payment_method": card()},
            tax_ids={"data": [tax_id(1, "verified")], "has_more": False},
        ),
        "payment_method": card(),
        "setup_intent": intent(payment_method=card()),
    }

    for kind in [*order, *order, *reversed(order)]:
        apply(account, bodies[kind])

    assert rows() == EXPECTED
    assert stories() == [
        ("customer", "customer.created"),
        ("payment_method", "payment_method.attached"),
        ("setup_intent", "setup_intent.created"),
        ("setup_intent", "setup_intent.succeeded"),
    ]


def test_a_reference_that_is_not_known_is_asked_for(account: StripeAccount) -> None:
    apply(account, intent())

    assert Customer.objects.get().stripe_created_at is None
    assert SetupIntent.objects.get().payment_method is None
    assert set(Root.objects.exclude(wanted_at=None).values_list("stripe_id", flat=True)) == {"cus_1", "pm_1"}


def test_only_real_changes_are_told(account: StripeAccount) -> None:
    apply(account, customer())
    apply(account, customer())
    apply(account, customer(name="Countess"))
    apply(account, customer(name="Countess"))

    told = DomainEvent.objects.order_by("sequence")
    assert [(event.type, event.data.get("changed")) for event in told] == [
        ("customer.created", None),
        ("customer.updated", ["name"]),
    ]


def test_tax_ids_follow_stripe(account: StripeAccount) -> None:
    apply(account, customer(tax_ids={"data": [tax_id(1), tax_id(2)], "has_more": False}))
    apply(account, customer(tax_ids={"data": [tax_id(1, "verified")], "has_more": False}))
    apply(account, customer(tax_ids={"data": [tax_id(1, "verified")], "has_more": False}))

    first, second = CustomerTaxId.objects.order_by("stripe_id")
    assert (first.verification_status, first.deleted_at) == ("verified", None)
    assert second.deleted_at is not None
    assert stories() == [("customer", "customer.created"), ("customer", "customer.updated")]


def test_a_snapshot_without_tax_ids_says_nothing_of_them(account: StripeAccount) -> None:
    apply(account, customer(tax_ids={"data": [tax_id(1)], "has_more": False}))
    body = customer()
    del body["tax_ids"]

    apply(account, body)

    assert CustomerTaxId.objects.get().deleted_at is None


def test_a_deleted_customer_stays_deleted_and_readable(account: StripeAccount) -> None:
    apply(account, customer(invoice_settings={"default_payment_method": card()}))
    gone = {"id": "cus_1", "object": "customer", "deleted": True}

    apply(account, gone)
    apply(account, gone)
    apply(account, customer())

    row = Customer.objects.get()
    assert (row.status, row.email, row.default_payment_method) == ("deleted", "ada@example.com", None)
    assert [name for _, name in stories()].count("customer.deleted") == 1
    assert Root.objects.get(stripe_id="pm_1").wanted_at is not None


def test_a_customer_deleted_before_we_heard_of_it_is_nothing(account: StripeAccount) -> None:
    apply(account, {"id": "cus_1", "object": "customer", "deleted": True})

    assert not Customer.objects.exists()


def test_our_own_row_is_linked_by_our_id(account: StripeAccount) -> None:
    asked = Customer.objects.create(account=account, email="ada@example.com")

    apply(account, customer(metadata={"counterfoil_id": asked.public_id}))

    asked.refresh_from_db()
    assert (asked.stripe_id, asked.status, asked.metadata) == ("cus_1", "active", {})
    assert Customer.objects.count() == 1


def test_what_came_before_our_row_was_linked_moves_to_it(account: StripeAccount) -> None:
    asked = Customer.objects.create(account=account, email="ada@example.com")
    apply(account, card())

    apply(account, customer(metadata={"counterfoil_id": asked.public_id}))
    apply(account, customer(metadata={"counterfoil_id": asked.public_id}))

    asked.refresh_from_db()
    assert (asked.stripe_id, asked.status) == ("cus_1", "active")
    assert PaymentMethod.objects.get().customer == asked
    bare = Customer.objects.exclude(pk=asked.pk).get()
    assert (bare.stripe_id, bare.status) == (None, "rejected")
    assert stories() == [("customer", "customer.created"), ("payment_method", "payment_method.attached")]


def test_a_linked_row_is_not_taken_by_anothers_label(account: StripeAccount) -> None:
    apply(account, customer())
    known = Customer.objects.get()
    asked = Customer.objects.create(account=account)

    apply(account, customer(metadata={"counterfoil_id": asked.public_id}))

    asked.refresh_from_db()
    assert (asked.stripe_id, asked.status) == (None, "unknown")
    assert Customer.objects.get(stripe_id="cus_1") == known


def test_a_detached_method_keeps_its_payer_and_is_no_default(account: StripeAccount) -> None:
    apply(account, customer(invoice_settings={"default_payment_method": card()}))
    apply(account, card(customer=None))
    apply(account, card(customer=None))

    method = PaymentMethod.objects.get()
    assert (method.status, method.customer) == ("detached", Customer.objects.get())
    assert method.detached_at is not None
    assert Customer.objects.get().default_payment_method is None
    assert [name for _, name in stories()].count("payment_method.detached") == 1


def test_a_method_gone_at_stripe_is_detached(account: StripeAccount) -> None:
    apply(account, card())
    gone = {"id": "pm_1", "object": "payment_method", "deleted": True}

    apply(account, gone)
    apply(account, gone)

    assert PaymentMethod.objects.get().status == "detached"
    assert stories() == [("payment_method", "payment_method.attached"), ("payment_method", "payment_method.detached")]


def test_a_card_replaced_by_its_bank_shows_its_new_date(account: StripeAccount) -> None:
    apply(account, card())
    apply(account, card(card={"brand": "visa", "last4": "1881", "exp_month": 5, "exp_year": 2033, "funding": "credit"}))

    assert (PaymentMethod.objects.get().last4, PaymentMethod.objects.get().exp_year) == ("1881", 2033)
    assert DomainEvent.objects.get(type="payment_method.updated").data["changed"] == ["exp_month", "exp_year", "last4"]


def test_a_nested_copy_never_overwrites_what_is_known(account: StripeAccount) -> None:
    apply(account, card(customer=None))

    apply(account, intent(payment_method=card(card={"brand": "visa", "last4": "0000"})))

    assert PaymentMethod.objects.get().last4 == "4242"
    assert Root.objects.get(stripe_id="pm_1").wanted_at is not None


def test_a_failed_setup_says_why_until_it_succeeds(account: StripeAccount) -> None:
    error = {"code": "card_declined", "decline_code": "generic_decline", "message": "Your card was declined."}
    apply(account, intent(status="requires_payment_method", payment_method=None, last_setup_error=error))
    failed = SetupIntent.objects.get()
    assert (failed.failure_code, failed.decline_code) == ("card_declined", "generic_decline")

    apply(account, intent(payment_method=card()))

    failed.refresh_from_db()
    assert (failed.status, failed.failure_code, failed.client_secret) == ("succeeded", "", "seti_1_secret_x")


def test_the_root_of_a_deleted_customer_is_settled_by_its_snapshot(account: StripeAccount) -> None:
    root = snapshots.root_for(account=account, kind="customer", stripe_id="cus_1")
    apply(account, customer())

    body = {"id": "cus_1", "object": "customer", "deleted": True}
    assert snapshots.apply(root, snapshots.Snapshot(0, body), by=STRIPE)
    assert not snapshots.apply(root, snapshots.Snapshot(0, customer()), by=STRIPE)

    assert Customer.objects.get().status == "deleted"


def test_a_reply_that_holds_some_of_the_tax_ids_deletes_none(account: StripeAccount) -> None:
    apply(account, customer(tax_ids={"data": [tax_id(1), tax_id(2)], "has_more": False}))

    apply(account, customer(tax_ids={"data": [tax_id(2, "verified")], "has_more": True}))

    known = CustomerTaxId.objects.order_by("stripe_id")
    assert [row.verification_status for row in known if row.deleted_at is None] == ["pending", "verified"]
