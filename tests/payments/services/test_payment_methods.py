"""Payment methods: kept, preferred and given up at Stripe, and never another customer's."""

from datetime import timedelta

import pytest

from config.base.actor import Actor
from config.base.clock import real_now
from config.base.models import DomainEvent, StripeAccount
from payments.failures import CardDeclined, InDoubt
from payments.models import Customer, OutboundCall, PaymentMethod
from payments.services import customers, method_choice, payment_methods, recovery
from tests.plugins.stripe import LocalStripe

TEST = Actor.system("test")


@pytest.fixture
def ada(account: StripeAccount) -> Customer:
    return customers.create(account=account, by=TEST, email="ada@example.com")


@pytest.fixture
def bob(account: StripeAccount) -> Customer:
    return customers.create(account=account, by=TEST, email="bob@example.com")


def card(sandbox: LocalStripe, token: str = "tok_visa") -> str:
    made = sandbox.client.v1.payment_methods.create({"type": "card", "card": {"token": token}})
    return str(made.id)


def kept(customer: Customer, sandbox: LocalStripe) -> PaymentMethod:
    return payment_methods.attach(customer=customer, stripe_id=card(sandbox), by=TEST)


def test_an_attached_card_shows_what_may_be_shown(ada: Customer, sandbox: LocalStripe) -> None:
    method = kept(ada, sandbox)

    assert (method.status, method.customer, method.kind) == ("attached", ada, "card")
    assert (method.brand, method.last4, method.funding) == ("visa", "4242", "credit")
    assert not any("4242424242424242" in str(call.params) + str(call.reply) for call in OutboundCall.objects.all())
    assert DomainEvent.objects.get(object_id=method.public_id).type == "payment_method.attached"


def test_a_card_that_its_bank_refuses_is_not_kept(ada: Customer, sandbox: LocalStripe) -> None:
    declined = card(sandbox, "tok_chargeDeclined")

    with pytest.raises(CardDeclined):
        payment_methods.attach(customer=ada, stripe_id=declined, by=TEST)

    assert not PaymentMethod.objects.filter(status="attached").exists()
    assert OutboundCall.objects.latest("id").error_code == "generic_decline"


def test_an_attachment_in_doubt_settles_once(ada: Customer, sandbox: LocalStripe) -> None:
    wanted = card(sandbox)
    sandbox.fail("POST", "/v1/payment_methods/*/attach", "drop_after", times=3)

    with pytest.raises(InDoubt):
        payment_methods.attach(customer=ada, stripe_id=wanted, by=TEST)
    OutboundCall.objects.filter(status="sent").update(
        next_check_at=real_now() - timedelta(seconds=1), valid_until=real_now() - timedelta(seconds=1)
    )
    recovery.sweep()

    method = PaymentMethod.objects.get()
    assert (method.status, method.stripe_id, method.customer) == ("attached", wanted, ada)
    assert OutboundCall.objects.latest("id").resolved_by == "object"


def test_the_default_is_stripes_default(ada: Customer, sandbox: LocalStripe) -> None:
    method = kept(ada, sandbox)

    payment_methods.set_default(customer=ada, method=method, by=TEST)

    assert ada.default_payment_method == method
    at_stripe = sandbox.client.v1.customers.retrieve(ada.stripe_id or "")
    assert at_stripe.invoice_settings is not None
    assert at_stripe.invoice_settings.default_payment_method == method.stripe_id


def test_a_detached_card_is_nobodys_default_and_keeps_its_payer(ada: Customer, sandbox: LocalStripe) -> None:
    method = kept(ada, sandbox)
    payment_methods.set_default(customer=ada, method=method, by=TEST)

    payment_methods.detach(method=method, by=TEST)

    ada.refresh_from_db()
    assert (method.status, method.customer, ada.default_payment_method) == ("detached", ada, None)
    assert method.detached_at is not None
    assert list(
        DomainEvent.objects.filter(object_id=method.public_id).order_by("sequence").values_list("type", flat=True)
    ) == ["payment_method.attached", "payment_method.detached"]
    with pytest.raises(payment_methods.PaymentMethodNotAttached):
        payment_methods.detach(method=method, by=TEST)


def test_another_customers_card_is_refused_before_stripe_is_asked(
    ada: Customer, bob: Customer, sandbox: LocalStripe
) -> None:
    method = kept(ada, sandbox)
    asked = OutboundCall.objects.count()

    with pytest.raises(method_choice.PaymentMethodOfAnotherCustomer):
        payment_methods.attach(customer=bob, stripe_id=method.stripe_id, by=TEST)
    with pytest.raises(method_choice.PaymentMethodOfAnotherCustomer):
        payment_methods.set_default(customer=bob, method=method, by=TEST)

    assert OutboundCall.objects.count() == asked


@pytest.mark.parametrize("nonsense", ["pm_/../customers", "pm_1?expand=x", "pm_"])
def test_what_is_no_id_never_becomes_part_of_a_path(ada: Customer, sandbox: LocalStripe, nonsense: str) -> None:
    with pytest.raises(method_choice.UnknownPaymentMethod):
        payment_methods.attach(customer=ada, stripe_id=nonsense, by=TEST)

    assert OutboundCall.objects.count() == 1


def test_refresh_reads_a_card_detached_at_stripe(ada: Customer, sandbox: LocalStripe) -> None:
    method = kept(ada, sandbox)
    sandbox.client.v1.payment_methods.detach(method.stripe_id)

    payment_methods.refresh(method=method, by=TEST)

    assert method.status == "detached"


def test_stripes_test_names_become_real_ids(ada: Customer, sandbox: LocalStripe) -> None:
    method = payment_methods.attach(customer=ada, stripe_id="pm_card_visa", by=TEST)

    assert method.stripe_id != "pm_card_visa"
    assert (method.status, method.customer) == ("attached", ada)


def test_a_lost_detachment_settles(ada: Customer, sandbox: LocalStripe) -> None:
    method = kept(ada, sandbox)
    sandbox.fail("POST", "/v1/payment_methods/*/detach", "drop_after", times=3)

    call = payment_methods.detach(method=method, by=TEST)
    assert (call.status, method.status) == ("sent", "attached")
    OutboundCall.objects.filter(status="sent").update(next_check_at=real_now() - timedelta(seconds=1))
    recovery.sweep()

    method.refresh_from_db()
    assert method.status == "detached"
    assert DomainEvent.objects.filter(type="payment_method.detached").count() == 1
