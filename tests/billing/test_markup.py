"""Whatever customers, colleagues or Stripe wrote is text on every page of the console, never markup."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import models
from django.test import Client
from django.urls import reverse

from billing.models import Coupon, Document, Notice, PromotionCode, Quote, TaxRule
from config.base import clock
from payments.models import Customer
from tests import factories
from tests.billing.documents.rows import (
    DAY,
    give_discount,
    make_buyer,
    make_credit_note,
    make_invoice,
    make_letterhead,
    pay,
)
from tests.billing.subscriptions.rows import make_price, make_subscription
from tests.payments.console.conftest import boss

__all__ = ["boss"]

EVIL = "'\"><script>alert(1)</script><img src=x onerror=alert(1)>"
NOT_WORDS = {
    "body", "body_sha256", "client_secret", "hosted_invoice_url", "kind", "latest_charge_id", "path", "receipt_url",
    "request_idempotency_key", "return_url", "sha256", "source", "terms_url", "type",
}  # fmt: skip
OURS = [
    model
    for app in ("payments", "billing")
    for model in apps.get_app_config(app).get_models()
    if model._meta.model_name not in {"entry", "posting", "ledgeraccount", "importcursor"}
]


def written(field: models.Field[Any, Any], pk: int) -> Any:
    """Markup for a column that takes any words; None for another."""
    if isinstance(field, models.JSONField):
        return {"metadata": {EVIL: EVIL}, "custom_fields": [{"name": EVIL, "value": EVIL}]}.get(field.name)
    is_text = isinstance(field, models.TextField) or (isinstance(field, models.CharField) and not field.choices)
    is_short = (field.max_length or 1000) < 64
    if not is_text or is_short or field.name in NOT_WORDS or field.name.endswith("_id"):
        return None
    return f"{EVIL}{pk}"[: field.max_length]


@pytest.fixture
def rows(db: None) -> list[models.Model]:
    """One of everything, with markup in every column that takes it."""
    make_letterhead()
    ada = make_buyer()
    method = factories.make_payment_method(customer=ada)
    Customer.objects.filter(pk=ada.pk).update(default_payment_method=method)
    subscription = make_subscription(ada, price=make_price(), default_payment_method=method)
    invoice = make_invoice(ada, subscription=subscription)
    give_discount(invoice, minor=100)
    paid = pay(invoice, payment_method=method)
    note = make_credit_note(invoice)
    refund = factories.make_refund(paid, amount_minor=100)
    factories.make_dispute(paid)
    factories.make_pay_link(paid)
    factories.make_setup_intent(customer=ada)
    factories.make_inbox_event()
    factories.make_outbound_call(refund)
    PromotionCode.objects.create(account=ada.account, coupon=Coupon.objects.get(), code="SPRING", stripe_id="promo_1")
    Quote.objects.create(
        subscription=subscription, change={}, before={}, proration_date=clock.now(), currency="eur", lines=[],
        total_now_minor=0, total_next_minor=0, expires_at=clock.now(), status="failed", failure_code="x",
    )  # fmt: skip
    TaxRule.objects.create(account=ada.account, country="DE", display_name="VAT", percentage=19)
    Document.objects.create(credit_note=note, kind="credit_note", content=b"%PDF", sha256="0" * 64, template="paper 1")
    Notice.objects.create(
        customer=ada, message="credit_note", subject_type="credit_note", subject_id=note.public_id, occasion="issued",
        next_try_at=DAY,
    )  # fmt: skip
    return [row for model in OURS for row in model._default_manager.all()]


def test_no_page_of_the_console_runs_what_somebody_wrote(boss: Client, rows: list[models.Model]) -> None:
    for row in rows:
        words = {field.name: written(field, row.pk) for field in row._meta.fields}
        type(row)._default_manager.filter(pk=row.pk).update(**{name: word for name, word in words.items() if word})
    seen = 0

    for row in rows:
        if admin.site.is_registered(type(row)):
            name = f"admin:{row._meta.app_label}_{row._meta.model_name}"
            for where in (reverse(f"{name}_changelist"), reverse(f"{name}_change", args=[row.pk])):
                page = boss.get(where)
                assert (where, page.status_code) == (where, 200)
                text = page.content.decode()
                assert (where, "<script>alert" in text, "<img src=x" in text) == (where, False, False)
                seen += "&lt;script&gt;alert" in text

    assert seen > 20
