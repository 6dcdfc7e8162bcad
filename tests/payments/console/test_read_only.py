"""Money, inbox, calls, audit and the mirror cannot be changed by any form, whoever sends it."""

import pytest
from auditlog.models import LogEntry
from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from config.base import audit
from config.base.actor import Actor
from config.base.console.model_admin import ReadOnlyAdmin
from config.base.models import DomainEvent, JobRun, StripeAccount
from payments.models import (
    Customer,
    Dispute,
    InboxEvent,
    OutboundCall,
    PayLink,
    Payment,
    PaymentMethod,
    Refund,
    Root,
    SetupIntent,
)
from tests import factories

SEALED = (
    Customer, Dispute, DomainEvent, InboxEvent, JobRun, LogEntry, OutboundCall, PayLink, Payment, PaymentMethod, Refund,
    Root, SetupIntent, StripeAccount, *apps.get_app_config("djstripe").get_models(),
)  # fmt: skip


@pytest.fixture
def rows(shop: StripeAccount) -> list[Model]:
    customer = factories.make_customer()
    method = factories.make_payment_method(customer=customer)
    payment = factories.make_payment(customer=customer, payment_method=method)
    audit.record(payment, changes={"status": ["a", "b"]}, by=Actor.system("test"))
    return [
        shop, customer, method, payment, factories.make_refund(payment), factories.make_dispute(payment),
        factories.make_pay_link(payment),
        factories.make_setup_intent(), factories.make_inbox_event(), factories.make_outbound_call(payment),
        factories.make_domain_event(payment), JobRun.objects.create(name="job"), LogEntry.objects.latest("pk"),
        Root.objects.create(account=shop, kind="customer", stripe_id="cus_1", mirror_error="KeyError: 'discount'"),
    ]  # fmt: skip


def url(row: Model, page: str) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{page}", args=[row.pk])


def test_every_sealed_table_has_a_read_only_admin() -> None:
    registered = {model: model_admin for model, model_admin in admin.site._registry.items() if model in SEALED}

    assert [model for model, found in registered.items() if not isinstance(found, ReadOnlyAdmin)] == []
    assert {model for model in SEALED if model._meta.app_label != "djstripe"} <= set(registered)


def test_every_page_shows_and_nothing_takes_a_form(boss: Client, rows: list[Model]) -> None:
    for row in rows:
        before = type(row)._default_manager.filter(pk=row.pk).values().get()
        label = row._meta.label_lower

        assert (label, boss.get(url(row, "change")).status_code) == (label, 200)
        assert (label, boss.post(url(row, "change"), {"status": "x", "amount_minor": 1}).status_code) == (label, 403)
        assert (label, boss.get(url(row, "delete")).status_code) == (label, 403)
        assert (label, boss.post(url(row, "delete"), {"post": "yes"}).status_code) == (label, 403)
        assert type(row)._default_manager.filter(pk=row.pk).values().get() == before


def test_nothing_sealed_can_be_added_or_deleted_in_bulk(boss: Client, rows: list[Model]) -> None:
    for model in {type(row) for row in rows}:
        base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        before = model._default_manager.count()

        assert boss.get(reverse(f"{base}_add")).status_code in {302, 403}
        assert boss.post(reverse(f"{base}_add"), {}).status_code in {302, 403}
        boss.post(reverse(f"{base}_changelist"), {"action": "delete_selected", "_selected_action": "1", "post": "yes"})
        assert model._default_manager.count() == before


def test_who_may_not_see_a_table_gets_neither_its_list_nor_its_rows(login, rows: list[Model]) -> None:
    somebody = login()
    for row in rows:
        assert somebody.get(url(row, "change")).status_code == 403
        assert (
            somebody.get(reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_changelist")).status_code == 403
        )


def test_every_list_renders_and_can_be_searched(boss: Client, rows: list[Model]) -> None:
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"

        assert (name, boss.get(reverse(name)).status_code) == (name, 200)
        assert (name, boss.get(reverse(name), {"q": "something_else"}).status_code) == (name, 200)
