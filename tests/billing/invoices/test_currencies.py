"""An invoice of each kind of currency, from the console's form to the credit note: typed, shown and moved alike."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from billing.admin.catalog_forms import money
from billing.models import CreditNote, DraftLine, Invoice
from config.base.models import StripeAccount
from payments.models import Customer, Payment, Refund
from tests import factories
from tests.billing.invoices.writing import drain, fresh
from tests.plugins.stripe import LocalStripe


@pytest.fixture
def staff(db: None) -> Client:
    client = Client()
    client.force_login(factories.make_user(is_superuser=True))
    return client


@dataclass(frozen=True)
class Kind:
    """A unit price and a part of it, as they are typed; minor units of the whole invoice; how that is shown."""

    currency: str
    price: str
    part: str
    total: int
    part_minor: int
    shown: str


KINDS = [
    Kind("jpy", "1200", "500", 2400, 500, "¥2,400"),
    Kind("eur", "12.00", "5.01", 2400, 501, "€24.00"),
    Kind("kwd", "1.250", "1.100", 2500, 1100, "KWD\xa02.500"),
    Kind("isk", "1200", "500", 240000, 50000, "ISK\xa02,400"),
]


def done(staff: Client, where: str, form: dict[str, Any]) -> str:
    """What the confirmation showed; and then it is confirmed."""
    page = staff.post(where, {**form, "step": "show"})
    assert page.status_code == 200
    assert "seen" in page.context, page.content.decode()
    answer = staff.post(where, {**form, "step": "do", "seen": page.context["seen"]})
    assert answer.status_code == 302
    return page.content.decode()


@pytest.mark.parametrize("kind", KINDS, ids=[kind.currency for kind in KINDS])
def test_from_the_form_to_the_credit_note(
    ada: Customer, account: StripeAccount, staff: Client, sandbox: LocalStripe, kind: Kind
) -> None:
    form = {
        "lines-TOTAL_FORMS": "1", "lines-INITIAL_FORMS": "0", "lines-0-description": "Workshop",
        "lines-0-amount": kind.price, "lines-0-quantity": "2", "collection_method": "send_invoice",
        "days_until_due": "14", "currency": kind.currency, "step": "save", "once": "form_1",
    }  # fmt: skip
    assert staff.post(f"/admin/billing/invoice/add/?customer={ada.pk}", form).status_code == 302
    assert DraftLine.objects.get().unit_amount_minor == kind.total // 2
    here = f"/admin/billing/invoice/{Invoice.objects.get().pk}"

    offered = staff.get(f"{here}/edit/").context["rows"].forms[0].initial["amount"]
    for action in ("send_draft", "finalize"):
        done(staff, f"{here}/{action}/", {})
    drain()
    collected = done(staff, f"{here}/pay/", {})
    drain()
    invoice = fresh(Invoice.objects.get())
    asked = {"how": "amount", "amount": kind.part, "gives": "refund", "note": "Half a day"}
    noted = done(staff, f"{here}/credit_note/", asked)
    drain()

    assert money(offered, kind.currency) == (kind.total // 2, kind.currency)
    assert (invoice.status, invoice.total_minor) == ("paid", kind.total)
    assert kind.shown in collected
    assert kind.shown in staff.get(f"{here}/change/").content.decode()
    assert CreditNote.objects.get().total_minor == kind.part_minor
    assert CreditNote.objects.get().total.format("en") in noted
    refund = Refund.objects.get()
    assert (refund.amount_minor, refund.currency, refund.status) == (kind.part_minor, kind.currency, "succeeded")
    payment = Payment.objects.get()
    left = staff.get(f"/admin/payments/payment/{payment.pk}/refund/").context["form"]["amount"].initial
    done(staff, f"/admin/payments/payment/{payment.pk}/refund/", {"amount": left, "note": "The rest"})
    assert sum(row.amount for row in sandbox.client.v1.refunds.list().data) == kind.total
