"""What forms of the console may change leaves a line: who, what, from what to what."""

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from config.base.console import changes
from config.base.models import User
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def grace() -> User:
    return factories.make_user(name="Grace", is_superuser=True)


def log_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def lines_by(user: User) -> list[str]:
    return [changes.in_words(line) for line in LogEntry.objects.filter(actor=user).order_by("id")]


def test_a_new_colour_of_the_seller_is_on_record(grace: User) -> None:
    entity = factories.make_account().legal_entity
    form = {"name": entity.name, "country": "DE", "time_zone": "UTC", "currency": "eur", "brand_color": "#112233"}

    answer = log_in(grace).post(reverse("admin:base_legalentity_change", args=[entity.pk]), form)

    assert answer.status_code == 302
    assert lines_by(grace) == ["brand_color: #3b5bdb → #112233"]


def test_rights_handed_out_are_on_record(grace: User) -> None:
    ada = factories.make_user(name="Ada", email="ada@counterfoil.test")
    role = Group.objects.create(name="support")
    form = {"email": ada.email, "name": "Ada", "is_active": "on", "is_staff": "on", "groups": [role.pk]}

    answer = log_in(grace).post(reverse("admin:base_user_change", args=[ada.pk]), form)

    assert answer.status_code == 302
    assert lines_by(grace) == ["groups: add support"]


def test_a_changed_password_is_on_record_and_cannot_be_read_there(grace: User) -> None:
    ada = factories.make_user(name="Ada")
    form = {"password1": "correct horse battery", "password2": "correct horse battery", "usable_password": "true"}

    answer = log_in(grace).post(reverse("admin:auth_user_password_change", args=[ada.pk]), form)

    assert answer.status_code == 302
    assert lines_by(grace) == ["password: ••• → •••"]


def test_logging_in_is_no_change(grace: User) -> None:
    log_in(grace).get(reverse("admin:index"))

    assert not LogEntry.objects.filter(changes__has_key="last_login").exists()
