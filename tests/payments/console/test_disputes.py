"""The console's disputes: found by how they stand, and on a page that says what to do."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from config.base import clock
from config.base.models import StripeAccount
from payments.models import Dispute
from tests import factories
from tests.billing.documents.rows import make_invoice, pay
from tests.payments.console.conftest import Login

LIST = "/admin/payments/dispute/"


def page(client: Client, dispute: Dispute) -> str:
    return client.get(reverse("admin:payments_dispute_change", args=[dispute.pk])).content.decode()


@pytest.mark.parametrize(
    ("stands", "reasons"),
    [
        ("open", ["Duplicate", "General", "Unrecognized"]),
        ("due_soon", ["Duplicate"]),
        ("won", ["Fraudulent"]),
        ("lost", ["Product not received"]),
    ],
)
def test_disputes_are_found_by_how_they_stand(boss: Client, stands: str, reasons: list[str]) -> None:
    payment, later = factories.make_payment(), clock.now() + timedelta(days=30)
    factories.make_dispute(payment, reason="duplicate")
    factories.make_dispute(payment, reason="general", evidence_due_by=later)
    factories.make_dispute(payment, reason="unrecognized", status="under_review")
    factories.make_dispute(payment, reason="fraudulent", status="won")
    factories.make_dispute(payment, reason="product_not_received", status="lost")
    every = ["Duplicate", "General", "Unrecognized", "Fraudulent", "Product not received"]

    listed = boss.get(LIST, {"stands": stands}).content.decode()

    assert [reason for reason in every if f">{reason}<" in listed] == reasons


@pytest.mark.parametrize("named", ["public_id", "stripe_id", "charge_id"])
def test_a_dispute_is_found_by_each_of_its_ids(boss: Client, named: str) -> None:
    wanted = factories.make_dispute(factories.make_payment(), reason="duplicate")
    factories.make_dispute(factories.make_payment(), reason="general")

    listed = boss.get(LIST, {"q": getattr(wanted, named)}).content.decode()

    assert (">Duplicate<" in listed, ">General<" in listed) == (True, False)


def test_its_page_shows_what_moved_in_the_currency_in_which_it_moved(boss: Client) -> None:
    payment = factories.make_payment(customer=factories.make_customer(), currency="usd")
    moved = {"settlement_currency": "eur", "withdrawn_minor": 912, "fee_minor": 1500, "withdrawn_at": clock.now()}
    dispute = factories.make_dispute(payment, **moved)

    text = page(boss, dispute)

    assert all(amount in text for amount in ("$10.99", "€9.12", "€15.00"))
    assert f"/admin/payments/payment/{payment.pk}/" in text
    assert f"/admin/payments/customer/{payment.customer_id}/" in text
    assert dispute.charge_id in text


def test_a_dispute_of_no_payment_of_ours_has_a_page(boss: Client, shop: StripeAccount) -> None:
    text = page(boss, factories.make_dispute(None, account=shop))

    assert "no payment of ours" in text


def test_payment_and_customer_lead_to_it(boss: Client) -> None:
    payment = factories.make_payment(customer=factories.make_customer())
    dispute = factories.make_dispute(payment)
    to_it = f"/admin/payments/dispute/{dispute.pk}/"

    assert to_it in boss.get(f"/admin/payments/payment/{payment.pk}/change/").content.decode()
    assert to_it in boss.get(f"/admin/payments/customer/{payment.customer_id}/change/").content.decode()


@pytest.mark.parametrize(("status", "label"), [("needs_response", "Disputed"), ("lost", "Dispute lost")])
def test_the_invoice_that_was_paid_shows_that_its_money_is_taken_back(boss: Client, status: str, label: str) -> None:
    invoice = make_invoice(factories.make_customer())
    factories.make_dispute(pay(invoice), status=status)
    untouched = make_invoice(invoice.customer, number="2")
    pay(untouched)

    pages = [boss.get(f"/admin/billing/invoice/{row.pk}/change/").content.decode() for row in (invoice, untouched)]

    assert [f">{label}<" in page for page in pages] == [True, False]


@pytest.mark.parametrize("role", ["support", "finance", "auditor"])
def test_every_role_reads_disputes(login: Login, role: str) -> None:
    assert login(role=role).get(LIST).status_code == 200
