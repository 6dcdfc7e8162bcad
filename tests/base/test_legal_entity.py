"""The zone of a legal entity: one that exists, and the same for ever once something is booked in it."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from billing.services.ledger import entries
from billing.services.ledger.entries import Line
from config.base.models import LegalEntity
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def entity() -> LegalEntity:
    return factories.make_account().legal_entity


def change(client: Client, entity: LegalEntity, zone: str) -> str:
    """The zone after the form was sent by a superuser."""
    client.force_login(factories.make_user(is_superuser=True))
    form = {"name": entity.name, "country": "DE", "time_zone": zone, "currency": "eur", "brand_color": "#112233"}
    client.post(reverse("admin:base_legalentity_change", args=[entity.pk]), form)
    entity.refresh_from_db()
    return entity.time_zone


def test_a_zone_is_one_that_exists(client: Client, entity: LegalEntity) -> None:
    assert change(client, entity, "Europe/Atlantis") == "UTC"
    assert entity.brand_color != "#112233"

    assert change(client, entity, "Europe/Berlin") == "Europe/Berlin"
    assert entity.brand_color == "#112233"


def test_once_something_is_booked_the_zone_stays(client: Client, entity: LegalEntity) -> None:
    sides = [Line(kind=kind, amount_minor=minor, currency="eur") for kind, minor in (("fees", 5), ("bank", -5))]
    entries.post(
        legal_entity=entity, effective_on=date(2026, 1, 2), source="txn_1", kind="stripe_fee", by="test", lines=sides
    )

    assert change(client, entity, "Europe/Berlin") == "UTC"
    assert entity.brand_color == "#112233"
