"""Every action of the console, for those who may not do it."""

from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import URLPattern

from config.base.console.model_admin import ReadOnlyAdmin
from tests.payments.console.conftest import Login

APPS = {"base", "payments", "billing", "reconciliation"}
PAGES = {"changelist", "change", "history", "add", "delete"}
READING = {
    "billing_document_download", "billing_letterhead_preview", "billing_subscription_next", "reconciliation_explain",
}  # fmt: skip


def actions() -> Iterator[str]:
    """Every address of the console at which something of ours is done."""
    for resolver in admin.site.get_urls():
        for each in getattr(resolver, "url_patterns", []):
            name = (isinstance(each, URLPattern) and each.name) or ""
            if name.partition("_")[0] in APPS and name.rpartition("_")[2] not in PAGES and name not in READING:
                where = f"/admin/{resolver.pattern}{each.pattern}"
                yield where.replace("<path:object_id>", "1").replace("<int:object_id>", "1").replace("<int:pk>", "1")


def makings() -> Iterator[str]:
    """Every form that makes something of ours."""
    for model, model_admin in admin.site._registry.items():
        may_be_made = type(model_admin).has_add_permission is not ReadOnlyAdmin.has_add_permission
        if model._meta.app_label in APPS - {"base"} and may_be_made:
            yield f"/admin/{model._meta.app_label}/{model._meta.model_name}/add/"


@pytest.fixture
def auditor(login: Login) -> Client:
    return login(role="auditor")


def test_there_are_many_actions() -> None:
    assert len(list(actions())) > 55


def test_who_may_only_read_does_nothing_anywhere(auditor: Client) -> None:
    for where in [*actions(), *makings()]:
        for ask in (auditor.get, auditor.post):
            assert (where, ask(where).status_code) in {(where, 403), (where, 404)}


def test_nobody_does_anything_by_another_site_s_form(login: Login) -> None:
    support = login(role="support", checks_csrf=True)

    for where in [*actions(), *makings()]:
        assert (where, support.post(where).status_code) == (where, 403)


def test_who_is_not_staff_is_sent_to_the_log_in(client: Client, db: None) -> None:
    for where in actions():
        assert client.post(where).headers["Location"].startswith("/admin/login/")
