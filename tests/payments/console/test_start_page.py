"""The start page shows what needs somebody; the menu shows what its reader may see; roles are as settings list them."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from config.base import clock
from config.base.console import roles
from tests import factories


def cards(client: Client) -> dict[str, str]:
    panels = client.get("/admin/").context["panels"]
    return {card.title: str(card.value) for panel in panels for card in panel.cards}


def test_what_needs_somebody_and_what_came_in_is_counted(boss: Client, shop: object) -> None:
    factories.make_inbox_event(status="parked")
    factories.make_outbound_call(factories.make_payment(status="unknown"), status="sent")
    factories.make_payment(flags=["amount_changed"])
    factories.make_payment(status="requires_capture", capture_before=clock.now() + timedelta(hours=3))
    factories.make_payment(currency="jpy", amount_minor=500)

    assert cards(boss) | {
        "Parked events": "1",
        "Calls in doubt": "1",
        "Flagged payments": "1",
        "Reservations ending": "1",
        "EUR": "€10.99",
        "JPY": "¥500",
    } == cards(boss)


def test_this_month_is_summed_beside_today(boss: Client, shop: object) -> None:
    factories.make_payment(amount_minor=500)
    factories.make_payment(amount_minor=700, status="requires_payment_method", amount_received_minor=0)
    factories.make_payment(amount_minor=100, created_at=clock.now().replace(day=1, hour=0, minute=0, second=0))

    panels = boss.get("/admin/").context["panels"]
    [month] = [panel for panel in panels if panel.title.startswith("Received in")]

    assert [(card.value, card.text) for card in month.cards] == [("€6.00", "2 of 3 paid")]


def test_the_start_page_asks_the_same_few_questions_for_many_payments(boss: Client, shop: object) -> None:
    boss.get("/admin/")
    with CaptureQueriesContext(connection) as empty:
        boss.get("/admin/")
    factories.make_many_payments(500)
    with CaptureQueriesContext(connection) as full:
        boss.get("/admin/")

    assert len(full) == len(empty) <= 28


def test_the_menu_shows_only_what_may_be_seen(login, shop: object) -> None:
    text = login(role="support").get("/admin/").content.decode()

    assert "/admin/payments/payment/" in text
    assert "/admin/base/apikey/" not in text
    assert "/admin/auditlog/logentry/" not in text


def test_only_superusers_hand_out_rights(login, shop: object) -> None:
    clerk = login("base.view_user", "base.change_user")
    colleague = factories.make_user(name="Grace")
    form = {"email": colleague.email, "name": "Grace H", "is_active": "on", "is_superuser": "on", "is_staff": "on"}

    clerk.post(f"/admin/base/user/{colleague.pk}/change/", form)

    colleague.refresh_from_db()
    assert (colleague.name, colleague.is_superuser) == ("Grace H", False)


def test_guessing_passwords_is_slowed_down(db: None) -> None:
    """Twenty a window; a window may end while the test is under way, and then the next one is broken."""
    tries = (
        Client().post("/admin/login/", {"username": "ada@counterfoil.test", "password": str(n)}) for n in range(41)
    )
    allowed = 0
    for response in tries:
        if response.status_code == 429:
            break
        allowed += 1

    assert 20 <= allowed <= 40
    assert int(response["Retry-After"]) > 0


def test_roles_are_made_and_repaired(db: None) -> None:
    call_command("create_roles", verbosity=0)
    Group.objects.get(name="support").permissions.clear()
    roles.create()

    def may(role: str) -> set[str]:
        return set(Group.objects.get(name=role).permissions.values_list("codename", flat=True))

    assert {"refund_payment", "view_payment"} <= may("support")
    assert "cancel_payment" not in may("support")
    assert {"capture_payment", "cancel_payment", "replay_inboxevent"} <= may("finance")
    assert {name.partition("_")[0] for name in may("auditor")} == {"view"}


def test_a_role_with_a_misspelt_permission_is_not_made(db: None) -> None:
    with override_settings(CONSOLE_ROLES={"support": ("payments.view_paymint",)}), pytest.raises(ImproperlyConfigured):
        roles.create()


@pytest.mark.parametrize("address", ["/admin/", "/admin/login/", "/admin/payments/payment/"])
def test_only_the_consoles_pages_may_compile_expressions_and_none_may_run_inline_code(
    boss: Client, address: str
) -> None:
    policy = boss.get(address).headers["Content-Security-Policy"]

    assert "'unsafe-eval'" in policy
    assert "'unsafe-inline'" not in policy
    assert "'unsafe-eval'" not in boss.get("/api/health").headers.get("Content-Security-Policy", "")


def test_the_bare_address_leads_to_the_console(client: Client) -> None:
    assert client.get("/").headers["Location"] == "/admin/"
