"""The storefront takes the document as it was issued."""

import pytest
from django.test import Client

from billing.services import documents
from config.base import api_keys
from tests import factories
from tests.billing.documents import rows

pytestmark = pytest.mark.django_db


def shop(*scopes: str) -> Client:
    _, secret = api_keys.create(account=factories.make_account(), name="shop", scopes=scopes)
    return Client(headers={"Authorization": f"Bearer {secret}"})


@pytest.mark.parametrize("accept", ["application/pdf", "*/*", "application/json"])
def test_an_invoice_is_the_same_bytes_at_every_call(accept):
    invoice = rows.make_invoice()
    client = shop("invoices:read")

    first, again = (
        client.get(f"/api/v1/invoices/{invoice.public_id}/pdf", headers={"Accept": accept}) for _ in range(2)
    )

    assert (first.status_code, first["Content-Type"]) == (200, "application/pdf")
    assert first.content == again.content == bytes(documents.issue_invoice(invoice).content)
    assert "no-store" in first["Cache-Control"]


def test_a_draft_and_a_stranger_get_a_problem():
    draft = rows.make_invoice(status="draft", finalized_at=None)

    early = shop("invoices:read").get(f"/api/v1/invoices/{draft.public_id}/pdf", headers={"Accept": "application/pdf"})
    unknown = shop("invoices:read").get("/api/v1/invoices/inv_0000000000000000000000/pdf")
    forbidden = shop("payments:read").get(f"/api/v1/invoices/{draft.public_id}/pdf")

    assert (early.status_code, early.json()["code"]) == (409, "document_not_issued")
    assert (unknown.status_code, forbidden.status_code) == (404, 403)
