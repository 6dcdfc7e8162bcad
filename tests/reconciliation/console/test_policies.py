"""Rules and tariffs: written by forms that say what they would let pass, audited, and never by accident."""

from datetime import date

import pytest
from auditlog.models import LogEntry
from django.test import Client

from config.base.models import StripeAccount
from reconciliation.models import MatchRule, Tariff
from tests.reconciliation.console.confirming import confirm
from tests.reconciliation.console.rows import make_discrepancy, make_line

pytestmark = pytest.mark.django_db
RULES, TARIFFS = "/admin/reconciliation/matchrule/", "/admin/reconciliation/tariff/"


def rule_form(shop: StripeAccount, **fields: object) -> dict[str, object]:
    return {
        "account": shop.pk, "name": "Rounding", "action": "allow_difference", "discrepancy_type": "exchange_difference",
        "tolerance_minor": 2, "currency": "eur", "priority": 10, "reason": "Two cents are rounding.", "once": "form_1",
        **fields,
    }  # fmt: skip


def tariff_form(shop: StripeAccount, **fields: object) -> dict[str, object]:
    return {
        "account": shop.pk, "method": "card", "currency": "eur", "valid_from": "2026-01-01", "basis_points": 150,
        "fixed_minor": 25, "extra_basis_points": 175, "reason": "As in our contract.", "once": "form_1", **fields,
    }  # fmt: skip


def test_a_rule_is_written_once_with_its_audit_line(login, shop: StripeAccount) -> None:
    finance = login(role="finance")

    assert finance.post(f"{RULES}add/", rule_form(shop)).status_code == 302
    assert finance.post(f"{RULES}add/", rule_form(shop)).status_code == 302

    rule = MatchRule.objects.get()
    assert (rule.name, rule.tolerance_minor, rule.priority) == ("Rounding", 2, 10)
    line = LogEntry.objects.get_for_object(rule).get()
    assert line.additional_data["reason"] == "Two cents are rounding."
    assert line.changes["tolerance_minor"] == ["0", "2"]


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({"tolerance_minor": 0}, "tolerance_minor"),
        ({"discrepancy_type": ""}, "discrepancy_type"),
        ({"action": "book_line", "ledger_kind": "fees"}, "line_type"),
        ({"reason": ""}, "reason"),
    ],
)
def test_a_rule_that_says_too_little_is_not_written(boss: Client, shop, fields, missing: str) -> None:
    response = boss.post(f"{RULES}add/", rule_form(shop, **fields))

    assert list(response.context["form"].errors) == [missing]
    assert not MatchRule.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [{"basis_points": 10_001}, {"extra_basis_points": 2**31}, {"fixed_minor": 2**63}, {"cap_minor": 10**40}],
    ids=str,
)
def test_a_tariff_that_nobody_can_mean_is_not_written(boss: Client, shop, fields: dict[str, int]) -> None:
    response = boss.post(f"{TARIFFS}add/", tariff_form(shop, **fields))

    assert list(response.context["form"].errors) == list(fields)
    assert not Tariff.objects.exists()


def test_two_rules_of_one_name_are_refused_in_words(boss: Client, shop: StripeAccount) -> None:
    boss.post(f"{RULES}add/", rule_form(shop))

    page = boss.post(f"{RULES}add/", rule_form(shop, once="form_2")).content.decode()

    assert "There is one like it already" in page


def test_before_a_rule_is_changed_it_says_what_it_would_let_pass(boss: Client, shop: StripeAccount) -> None:
    boss.post(f"{RULES}add/", rule_form(shop))
    rule = MatchRule.objects.get()
    for minor in (1, -2, 3, 900):
        make_discrepancy(type="exchange_difference", amount_minor=minor)
    make_discrepancy(type="fee", amount_minor=1)
    page = boss.get(f"{RULES}{rule.pk}/change/").content.decode()

    assert "Open now and let pass by it: 2 in EUR (€0.03)." in page
    said = confirm(boss, f"{RULES}{rule.pk}/edit/", rule_form(shop, tolerance_minor=3))

    assert "Open now and let pass by it: 3 in EUR (€0.06)." in said
    rule.refresh_from_db()
    assert rule.tolerance_minor == 3
    assert "tolerance_minor: 2 → 3" in boss.get(f"{RULES}{rule.pk}/change/").content.decode()


def test_a_rule_that_books_lines_says_which(boss: Client, shop: StripeAccount) -> None:
    form = rule_form(
        shop, action="book_line", line_type="network_cost", description_contains="Interchange", ledger_kind="fees"
    )
    boss.post(f"{RULES}add/", form)
    for description in ("Interchange March", "Something else"):
        line = make_line(type="network_cost", amount_minor=-70, fee_minor=0, description=description)
        make_discrepancy(type="unknown_line_type", object_id=line.stripe_id, amount_minor=-70)

    page = boss.get(f"{RULES}{MatchRule.objects.get().pk}/change/").content.decode()

    assert "Open now and let pass by it: 1 in EUR (€0.70)." in page


def test_a_rule_is_switched_off_and_on(boss: Client, shop: StripeAccount) -> None:
    boss.post(f"{RULES}add/", rule_form(shop))
    rule = MatchRule.objects.get()

    confirm(boss, f"{RULES}{rule.pk}/rest/", {"reason": "Too much passed."})
    rule.refresh_from_db()
    assert not rule.is_active
    confirm(boss, f"{RULES}{rule.pk}/rest/", {"reason": "Looked at."})

    rule.refresh_from_db()
    assert rule.is_active


def test_a_tariff_says_which_fees_it_expects_and_explains(boss: Client, shop: StripeAccount) -> None:
    assert boss.post(f"{TARIFFS}add/", tariff_form(shop)).status_code == 302
    tariff = Tariff.objects.get()
    line = make_line(amount_minor=10_000, fee_minor=480, source_id="ch_dear")
    make_discrepancy(type="fee", object_id=line.source_id, amount_minor=130, ours={"method": "card"})
    make_discrepancy(type="fee", object_id="py_debit", amount_minor=9, ours={"method": "sepa_debit"})

    page = boss.get(f"{TARIFFS}{tariff.pk}/change/").content.decode()
    assert "1.5 % + €0.25" in page
    assert "Open fee discrepancies in EUR that it explains: 0 of 1." in page
    said = confirm(boss, f"{TARIFFS}{tariff.pk}/edit/", tariff_form(shop, extra_basis_points=325))

    assert "Of €100.00, a fee of €1.75 to €5.00 is expected." in said
    assert "Open fee discrepancies in EUR that it explains: 1 of 1." in said
    tariff.refresh_from_db()
    assert (tariff.extra_basis_points, tariff.valid_from) == (325, date(2026, 1, 1))


def test_a_tariff_whose_cap_is_below_its_floor_is_refused(boss: Client, shop: StripeAccount) -> None:
    response = boss.post(f"{TARIFFS}add/", tariff_form(shop, floor_minor=50, cap_minor=20))

    assert list(response.context["form"].errors) == ["cap_minor"]


@pytest.mark.parametrize("role", ["support", "auditor"])
def test_others_read_rules_and_tariffs_and_change_none(boss: Client, login, shop: StripeAccount, role: str) -> None:
    boss.post(f"{RULES}add/", rule_form(shop))
    boss.post(f"{TARIFFS}add/", tariff_form(shop, once="form_2"))
    staff = login(role=role)

    for url, row in ((RULES, MatchRule.objects.get()), (TARIFFS, Tariff.objects.get())):
        assert staff.get(f"{url}{row.pk}/change/").status_code == 200
        assert staff.get(f"{url}{row.pk}/edit/").status_code == 403
        assert staff.post(f"{url}add/", {}).status_code == 403
