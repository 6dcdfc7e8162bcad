"""Customers: asked for once, changed at Stripe first, parked without harm to others."""

from datetime import timedelta

import pytest
from auditlog.models import LogEntry

from config.base.actor import Actor
from config.base.clock import real_now
from config.base.models import DomainEvent, StripeAccount
from config.base.money import Money
from payments.failures import Refused
from payments.models import Customer, OutboundCall, Payment
from payments.services import customers, parking, payments, recovery
from payments.services.customers import Address, TaxId
from tests.plugins.stripe import LocalStripe

TEST = Actor.system("test")
CUSTOMERS = "/v1/customers"


def ada(account: StripeAccount, **given) -> Customer:
    return customers.create(account=account, by=TEST, **{"email": "ada@example.com", "name": "Ada"} | given)


def story(row) -> list[str]:
    return list(DomainEvent.objects.filter(object_id=row.public_id).order_by("sequence").values_list("type", flat=True))


def make_due() -> None:
    OutboundCall.objects.filter(status="sent").update(next_check_at=real_now() - timedelta(seconds=1))


def test_a_customer_stands_here_as_at_stripe(account: StripeAccount, sandbox: LocalStripe) -> None:
    customer = ada(
        account,
        phone="+49 30 1234",
        address=Address(line1="Spree 1", city="Berlin", postal_code="10115", country="DE"),
        preferred_locale="de-DE",
        description="since 1843",
        tax_ids=[TaxId("eu_vat", "DE123456789")],
        metadata={"shop": "7"},
    )

    at_stripe = sandbox.client.v1.customers.retrieve(customer.stripe_id or "")
    assert at_stripe.metadata is not None
    assert at_stripe.email == "ada@example.com"
    assert at_stripe.metadata.to_dict() == {"shop": "7", "counterfoil_id": customer.public_id}
    assert (customer.status, customer.address_city, customer.preferred_locale) == ("active", "Berlin", "de-DE")
    assert (customer.phone, customer.description, customer.metadata) == ("+49 30 1234", "since 1843", {"shop": "7"})
    assert [(row.type, row.value, row.deleted_at) for row in customer.tax_ids.all()] == [
        ("eu_vat", "DE123456789", None)
    ]
    assert story(customer) == ["customer.created"]


def test_a_lost_answer_leaves_one_customer(account: StripeAccount, sandbox: LocalStripe) -> None:
    sandbox.fail("POST", CUSTOMERS, "drop_after", times=4)

    customer = ada(account)
    assert (customer.status, customer.stripe_id) == ("unknown", None)
    make_due()
    recovery.sweep()
    make_due()
    recovery.sweep()

    customer.refresh_from_db()
    assert (customer.status, story(customer)) == ("active", ["customer.created"])
    assert [row.id for row in sandbox.client.v1.customers.list().data] == [customer.stripe_id]
    assert Customer.objects.count() == 1


def test_a_lost_answer_is_found_after_the_key_is_too_old(account: StripeAccount, sandbox: LocalStripe) -> None:
    sandbox.fail("POST", CUSTOMERS, "drop_after", times=3)
    customer = ada(account)

    OutboundCall.objects.update(valid_until=real_now() - timedelta(seconds=1))
    make_due()
    recovery.sweep()

    customer.refresh_from_db()
    assert customer.status == "active"
    assert OutboundCall.objects.get().resolved_by == "list"
    assert len(sandbox.client.v1.customers.list().data) == 1


def test_what_stripe_refuses_was_never_made(account: StripeAccount, sandbox: LocalStripe) -> None:
    with pytest.raises(Refused):
        ada(account, tax_ids=[TaxId("xx_none", "1")])

    customer = Customer.objects.get()
    assert (customer.status, story(customer)) == ("rejected", ["customer.rejected"])
    assert sandbox.client.v1.customers.list().data == []


def test_an_update_changes_what_is_given_and_nothing_else(account: StripeAccount, sandbox: LocalStripe) -> None:
    customer = ada(account, phone="1", metadata={"keep": "1", "drop": "2"})

    call = customers.update(customer=customer, by=TEST, email="ada@lovelace.example", phone="", metadata={"drop": ""})

    assert call.status == "answered"
    assert (customer.email, customer.phone, customer.name) == ("ada@lovelace.example", "", "Ada")
    assert customer.metadata == {"keep": "1"}
    assert story(customer) == ["customer.created", "customer.updated"]
    assert DomainEvent.objects.get(type="customer.updated").data["changed"] == ["email", "metadata", "phone"]


def test_an_update_in_doubt_shows_when_it_settles(account: StripeAccount, sandbox: LocalStripe) -> None:
    customer = ada(account)
    sandbox.fail("POST", f"{CUSTOMERS}/*", "drop_after", times=3)

    call = customers.update(customer=customer, by=TEST, name="Ada Lovelace")
    assert (call.status, customer.name) == ("sent", "Ada")
    make_due()
    recovery.sweep()

    customer.refresh_from_db()
    assert customer.name == "Ada Lovelace"


def test_a_customer_not_confirmed_yet_cannot_be_changed(account: StripeAccount, sandbox: LocalStripe) -> None:
    sandbox.fail("POST", CUSTOMERS, "drop_before", times=3)
    customer = ada(account)

    with pytest.raises(customers.CustomerNotReady):
        customers.update(customer=customer, by=TEST, name="Ada Lovelace")

    assert OutboundCall.objects.count() == 1


def test_a_parked_customer_pays_nothing_until_it_may_go_on(account: StripeAccount, sandbox: LocalStripe) -> None:
    customer, other = ada(account), ada(account, email="bob@example.com")

    assert parking.park(customer=customer, reason="two addresses", by=TEST)
    assert not parking.park(customer=customer, reason="again", by=TEST)
    with pytest.raises(parking.CustomerParked, match="two addresses"):
        payments.create(account=account, amount=Money(500, "eur"), customer=customer, by=TEST)
    payments.create(account=account, amount=Money(500, "eur"), customer=other, by=TEST)
    assert Payment.objects.filter(customer=customer).count() == 0

    assert parking.unpark(customer=customer, by=TEST, reason="cleared")
    payments.create(account=account, amount=Money(500, "eur"), customer=customer, by=TEST)
    assert story(customer) == ["customer.created", "customer.parked", "customer.unparked"]
    lines = LogEntry.objects.filter(object_repr=customer.public_id, changes__has_key="parked").order_by("id")
    assert [line.additional_data["reason"] for line in lines] == ["two addresses", "cleared"]


def test_parking_wants_a_reason(account: StripeAccount, sandbox: LocalStripe) -> None:
    customer = ada(account)

    with pytest.raises(parking.ParkingReasonMissing):
        parking.park(customer=customer, reason=" ", by=TEST)

    assert Customer.objects.get().parked_at is None


def test_refresh_reads_what_was_changed_at_stripe(account: StripeAccount, sandbox: LocalStripe) -> None:
    customer = ada(account)
    sandbox.client.v1.customers.update(customer.stripe_id or "", {"name": "Countess"})

    customers.refresh(customer=customer, by=TEST)

    assert customer.name == "Countess"


def test_a_customer_deleted_at_stripe_is_kept_and_left_alone(account: StripeAccount, sandbox: LocalStripe) -> None:
    customer = ada(account)
    sandbox.client.v1.customers.delete(customer.stripe_id or "")

    customers.refresh(customer=customer, by=TEST)

    assert (customer.status, customer.email) == ("deleted", "ada@example.com")
    with pytest.raises(customers.CustomerDeleted):
        customers.update(customer=customer, by=TEST, name="Nobody")
    assert story(customer) == ["customer.created", "customer.deleted"]


def test_tax_ids_beyond_the_first_page_are_read_too(account: StripeAccount, sandbox: LocalStripe) -> None:
    customer = ada(account)
    for number in range(12):
        sandbox.client.v1.customers.tax_ids.create(
            customer.stripe_id or "", {"type": "eu_vat", "value": f"DE1234567{number:02}"}
        )

    customers.refresh(customer=customer, by=TEST)

    assert customer.tax_ids.filter(deleted_at=None).count() == 12
