"""Customers that were made, changed and deleted at Stripe arrive here by their events."""

from config.base import clock
from config.base.actor import Actor
from config.base.models import DomainEvent, StripeAccount
from payments.models import Customer, CustomerTaxId, InboxEvent, PaymentMethod, Root, SetupIntent
from payments.services import inbox_drain, poller
from tests.plugins.stripe import LocalStripe

TEST = Actor.system("test")


def arrive(account: StripeAccount) -> None:
    """All that happened at Stripe by now, handled."""
    poller.fetch_missed(account=account)
    clock.follow()
    inbox_drain.drain(by=TEST)


def test_a_life_of_a_customer(account: StripeAccount, sandbox: LocalStripe) -> None:
    stripe = sandbox.client.v1
    ada = stripe.customers.create({"email": "ada@example.com", "preferred_locales": ["de"]})
    number = stripe.customers.tax_ids.create(ada.id, {"type": "eu_vat", "value": "DE123456789"})
    card = stripe.payment_methods.attach("pm_card_visa", {"customer": ada.id})
    stripe.customers.update(ada.id, {"invoice_settings": {"default_payment_method": card.id}})
    stripe.setup_intents.create({"customer": ada.id, "payment_method": card.id})
    arrive(account)

    row = Customer.objects.get()
    assert (row.stripe_id, row.email, row.preferred_locale, row.status) == (ada.id, "ada@example.com", "de", "active")
    assert row.default_payment_method == PaymentMethod.objects.get(stripe_id=card.id)
    assert CustomerTaxId.objects.get().value == "DE123456789"
    assert SetupIntent.objects.get().status == "requires_confirmation"

    stripe.customers.tax_ids.delete(ada.id, number.id)
    stripe.payment_methods.detach(card.id)
    arrive(account)

    assert Customer.objects.get().default_payment_method is None
    assert CustomerTaxId.objects.get().deleted_at is not None
    assert PaymentMethod.objects.get().status == "detached"

    stripe.customers.delete(ada.id)
    arrive(account)

    row.refresh_from_db()
    assert (row.status, row.email) == ("deleted", "ada@example.com")
    assert not InboxEvent.objects.exclude(status__in=["handled", "unhandled"]).exists()
    assert not Root.objects.exclude(mirror_error="").exists()
    told = DomainEvent.objects.filter(object_id=row.public_id).order_by("sequence").values_list("type", flat=True)
    assert (told[0], list(told)[-1]) == ("customer.created", "customer.deleted")
