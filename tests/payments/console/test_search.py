"""Whatever a caller reads out finds their payment, and nothing else."""

import pytest
from django.test import Client

from config.base.models import DomainEvent
from payments.models import InboxEvent, OutboundCall, PayLink, Payment, PaymentAttempt, PaymentMethod, Refund
from tests import factories

URL = "/admin/payments/payment/"


def found(client: Client, term: str) -> list[int]:
    page = client.get(URL, {"q": term})
    assert page.status_code == 200
    return [payment.pk for payment in page.context["cl"].result_list]


@pytest.fixture
def payment(db: None) -> Payment:
    """A payment with all that hangs on one, beside another payment with the same."""
    for name in ("Grace", "Ada"):
        customer = factories.make_customer(email=f"{name}@Example.com", name=f"{name} Payer")
        method = factories.make_payment_method(customer=customer)
        made = factories.make_payment(
            customer=customer, payment_method=method, amount_minor=1099 if name == "Ada" else 2500
        )
        factories.make_attempt(made)
        refund = factories.make_refund(made)
        factories.make_outbound_call(made)
        factories.make_outbound_call(refund, action="refund.create")
        factories.make_domain_event(made)
        factories.make_inbox_event(root_id=made.stripe_id)
        factories.make_pay_link(made)
    return Payment.objects.get(amount_minor=1099)


def ids_of(payment: Payment) -> dict[str, str]:
    refund = Refund.objects.get(payment=payment)
    call = OutboundCall.objects.get(subject_id=payment.public_id)
    of_refund = OutboundCall.objects.get(subject_id=refund.public_id)
    event = InboxEvent.objects.get(root_id=payment.stripe_id)
    method = PaymentMethod.objects.get(payments=payment)
    assert payment.customer
    return {
        "pay": payment.public_id,
        "pi": payment.stripe_id or "",
        "ch": payment.latest_charge_id,
        "ch of an attempt": PaymentAttempt.objects.get(payment=payment).source,
        "refund": refund.public_id,
        "re": refund.stripe_id or "",
        "cust": payment.customer.public_id,
        "cus": payment.customer.stripe_id or "",
        "method": method.public_id,
        "pm": method.stripe_id,
        "link": PayLink.objects.get(payment=payment).public_id,
        "evt": event.stripe_id,
        "inbox": event.public_id,
        "event": DomainEvent.objects.get(object_id=payment.public_id).public_id,
        "call": call.public_id,
        "call of a refund": of_refund.public_id,
        "req of ours": call.request_id,
        "req of Stripe's": call.stripe_request_id,
    }


def test_a_payment_is_found_by_every_id_of_ours_and_stripes(boss: Client, payment: Payment) -> None:
    results = {kind: found(boss, known) for kind, known in ids_of(payment).items()}

    assert results == {key: [payment.pk] for key in results}


@pytest.mark.parametrize(
    "term",
    ["Ada@Example.com", "ada@example.COM", "ada@exa", "  ada@example.com ", "ada pay", "ADA", "payer ada", "pay ad"],
)
def test_a_payment_is_found_by_its_customers_email_or_name(boss: Client, payment: Payment, term: str) -> None:
    assert found(boss, term) == [payment.pk]


@pytest.mark.parametrize("term", ["10.99", "10,99", "€10.99", "10.99 eur", "EUR 10,99"])
def test_a_payment_is_found_by_its_exact_amount(boss: Client, payment: Payment, term: str) -> None:
    assert found(boss, term) == [payment.pk]


@pytest.mark.parametrize("term", ["9995", "visa 9995", "•••• 9995", "Visa •••• 9995"])
def test_a_payment_is_found_by_the_last_four_of_what_paid_or_was_declined(
    boss: Client, payment: Payment, term: str
) -> None:
    declined = factories.make_payment(amount_minor=1)
    factories.make_attempt(declined, outcome="failed", method_label="visa •••• 9995")
    waiting = factories.make_payment(amount_minor=2, payment_method=factories.make_payment_method(last4="9995"))

    assert set(found(boss, term)) == {declined.pk, waiting.pk}


def test_four_digits_are_an_amount_too(boss: Client, shop: object) -> None:
    asked = factories.make_payment(amount_minor=424200)
    paid = factories.make_payment(amount_minor=3, payment_method=factories.make_payment_method(last4="4242"))

    assert set(found(boss, "4242")) == {asked.pk, paid.pk}
    assert found(boss, "4242 eur") == [asked.pk]


def test_amounts_are_read_in_each_currencys_own_decimals(boss: Client, shop: object) -> None:
    yen = factories.make_payment(currency="jpy", amount_minor=1099)
    euros = factories.make_payment(currency="eur", amount_minor=109900)
    dinars = factories.make_payment(currency="kwd", amount_minor=1090)

    assert found(boss, "1099 jpy") == [yen.pk]
    assert set(found(boss, "1,099")) == {yen.pk, euros.pk}
    assert found(boss, "1,099.00 eur") == [euros.pk]
    assert found(boss, "1.09 kwd") == [dinars.pk]


@pytest.mark.parametrize(
    "term", ["pay_nobody", "nobody@example.com", "0.01", "1099 xyz", "%", "_", "a_b_c", "req_", "€"]
)
def test_what_nobody_has_finds_nothing(boss: Client, payment: Payment, term: str) -> None:
    assert found(boss, term) == []


def test_a_search_looks_in_every_account(boss: Client, payment: Payment) -> None:
    live = factories.make_account(stripe_id="acct_live", livemode=True)
    elsewhere = factories.make_payment(account=live)

    assert found(boss, elsewhere.public_id) == [elsewhere.pk]
    assert found(boss, payment.public_id) == [payment.pk]


@pytest.mark.parametrize(
    "address",
    [
        "?status__exact=%00", "?q=pay_%00", "?created_at_to=9999-12-31", "?created_at_from=0001-01-01", "%00/change/",
    ],
)  # fmt: skip
def test_an_address_that_somebody_made_up_breaks_nothing(boss: Client, address: str) -> None:
    assert boss.get(f"/admin/payments/payment/{address}").status_code in {200, 302, 400}
