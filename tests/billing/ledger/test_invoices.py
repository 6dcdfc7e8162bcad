"""What invoices book: issued, voided, written off, recovered, paid outside, with the customer's balance."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Sum

from billing.models import Entry, Invoice, Posting
from billing.services.ledger import invoices as ledger_invoices
from config.base import clock
from tests.billing.handlers import bodies
from tests.billing.handlers.applying import apply
from tests.billing.handlers.bodies import CREATED
from tests.billing.ledger.money_bodies import CREATED_ON
from tests.factories import make_account
from tests.flows.faults.company import Company
from tests.plugins.stripe import LocalStripe

pytestmark = pytest.mark.django_db
Booked = dict[str, dict[str, int]]


def finalized(sandbox: LocalStripe, customer: str, *lines: dict[str, Any], **more: Any) -> str:
    wanted: Any = {"customer": customer, "currency": "eur", "auto_advance": False, **more}
    v1 = sandbox.client.v1
    invoice = str(v1.invoices.create(wanted).id)
    asked: Any = {"lines": list(lines) or [{"amount": 2000, "description": "Work"}]}
    v1.invoices.add_lines(invoice, asked)
    v1.invoices.finalize_invoice(invoice)
    return invoice


def booked(*sources: str) -> Booked:
    """By entry kind, what it moved on which account; nothing may be off balance."""
    found: Booked = {}
    rows = Posting.objects.filter(entry__source__in=sources).order_by("entry_id")
    for kind, account, amount in rows.values_list("entry__kind", "account__kind").annotate(Sum("amount_minor")):
        found.setdefault(kind, {})[account] = amount
    total = Posting.objects.aggregate(total=Sum("amount_minor"))["total"]
    assert not total
    return found


def owed(invoice: str) -> int:
    held = Posting.objects.filter(document=invoice, account__kind="receivable")
    return int(held.aggregate(total=Sum("amount_minor"))["total"] or 0)


def test_an_issued_invoice_is_owed_line_by_line(company: Company, sandbox: LocalStripe, customer: str) -> None:
    rate = sandbox.client.v1.tax_rates.create({"display_name": "VAT", "percentage": 19, "inclusive": False}).id
    line = {"amount": 1000, "description": "Work", "tax_rates": [rate]}
    invoice = finalized(sandbox, customer, line, {"amount": 500, "description": "More"})
    company.hear()
    company.hear()

    assert booked(invoice) == {"issued": {"receivable": 1690, "revenue": -1500, "tax_payable": -190}}
    lines = Posting.objects.filter(document=invoice, account__kind="receivable").values_list("amount_minor", flat=True)
    assert sorted(lines) == [500, 1190]


def test_tax_that_is_inside_the_price_is_no_revenue(company: Company, sandbox: LocalStripe, customer: str) -> None:
    rate = sandbox.client.v1.tax_rates.create({"display_name": "VAT", "percentage": 19, "inclusive": True}).id
    invoice = finalized(sandbox, customer, {"amount": 1190, "description": "Work", "tax_rates": [rate]})
    company.hear()

    assert booked(invoice) == {"issued": {"receivable": 1190, "revenue": -1000, "tax_payable": -190}}


def test_a_service_that_goes_on_is_deferred(company: Company, sandbox: LocalStripe, customer: str) -> None:
    v1 = sandbox.client.v1
    product = v1.products.create({"name": "Studio"}).id
    price = v1.prices.create(
        {"product": product, "currency": "eur", "unit_amount": 2900, "recurring": {"interval": "month"}}
    ).id
    made = v1.subscriptions.create({"customer": customer, "items": [{"price": price}]})
    company.hear()

    assert booked(str(made.latest_invoice)) == {"issued": {"receivable": 2900, "deferred_revenue": -2900}}
    assert owed(str(made.latest_invoice)) == 0


def test_a_void_invoice_is_reversed(company: Company, sandbox: LocalStripe, customer: str) -> None:
    invoice = finalized(sandbox, customer)
    company.hear()
    sandbox.client.v1.invoices.void_invoice(invoice)
    company.hear()

    assert booked(invoice) == {
        "issued": {"receivable": 2000, "revenue": -2000},
        "voided": {"receivable": -2000, "revenue": 2000},
    }


def test_an_invoice_that_is_first_seen_void_is_booked_and_reversed(
    company: Company, sandbox: LocalStripe, customer: str
) -> None:
    invoice = finalized(sandbox, customer)
    sandbox.client.v1.invoices.void_invoice(invoice)
    company.hear()

    assert set(booked(invoice)) == {"issued", "voided"}
    assert owed(invoice) == 0


def test_what_is_given_up_is_written_off_and_may_be_recovered(
    company: Company, sandbox: LocalStripe, customer: str
) -> None:
    invoice = finalized(sandbox, customer)
    sandbox.client.v1.invoices.mark_uncollectible(invoice)
    company.hear()
    assert booked(invoice)["written_off"] == {"receivable": -2000, "write_offs": 2000}

    sandbox.client.v1.invoices.pay(invoice)
    company.hear()

    assert booked(invoice)["recovered"] == {"receivable": 2000, "write_offs": -2000}
    assert owed(invoice) == 0


def test_money_that_came_another_way_is_at_the_bank(company: Company, sandbox: LocalStripe, customer: str) -> None:
    invoice = finalized(sandbox, customer)
    sandbox.client.v1.invoices.pay(invoice, {"paid_out_of_band": True})
    company.hear()

    assert booked(invoice)["paid_outside"] == {"bank": 2000, "receivable": -2000}
    assert owed(invoice) == 0


@pytest.mark.parametrize(("balance", "left"), [(-500, 1500), (-2500, 0), (300, 2300)])
def test_the_customers_balance_is_used(
    company: Company, sandbox: LocalStripe, customer: str, balance: int, left: int
) -> None:
    sandbox.client.v1.customers.balance_transactions.create(customer, {"amount": balance, "currency": "eur"})
    invoice = finalized(sandbox, customer)
    company.hear()

    assert owed(invoice) == left == Invoice.objects.get(stripe_id=invoice).amount_remaining_minor
    assert booked(invoice)["issued"]["credits_liability"] == 2000 - left


def test_a_bill_below_zero_goes_to_the_customers_balance(company: Company, sandbox: LocalStripe, customer: str) -> None:
    line = {"amount": -700, "description": "Less"}
    invoice = finalized(sandbox, customer, {"amount": 200, "description": "Work"}, line)
    company.hear()

    assert booked(invoice) == {"issued": {"receivable": 0, "revenue": 500, "credits_liability": -500}}
    assert owed(invoice) == 0


def test_a_bill_too_small_to_collect_is_owed_on_the_balance(
    company: Company, sandbox: LocalStripe, customer: str
) -> None:
    invoice = finalized(sandbox, customer, {"amount": 30, "description": "Work"})
    company.hear()

    assert booked(invoice) == {"issued": {"receivable": 0, "revenue": -30, "credits_liability": 30}}


def test_a_bill_of_nothing_books_nothing(company: Company, sandbox: LocalStripe, customer: str) -> None:
    invoice = finalized(sandbox, customer, {"amount": 0, "description": "Free"})
    company.hear()

    assert booked(invoice) == {}


def test_an_amount_without_decimals_is_booked_as_it_is(company: Company, sandbox: LocalStripe, customer: str) -> None:
    invoice = finalized(sandbox, customer, {"amount": 2001, "description": "Work"}, currency="jpy")
    company.hear()

    assert booked(invoice) == {"issued": {"receivable": 2001, "revenue": -2001}}
    assert set(Posting.objects.values_list("account__currency", flat=True)) == {"jpy"}


def test_a_sum_that_does_not_hold_stands_in_suspense(db: None) -> None:
    account = make_account()
    line = bodies.line(amount=2000, parent=bodies.of_invoice_item(), period={"start": CREATED, "end": CREATED})
    apply(account, bodies.customer(), bodies.invoice(line, total=2003))

    assert booked("in_1") == {"issued": {"receivable": 2003, "revenue": -2000, "suspense": -3}}
    assert set(Posting.objects.filter(account__kind="suspense").values_list("document", flat=True)) == {"in_1"}


def test_what_is_recovered_late_stands_on_the_day_it_was_paid(
    company: Company, sandbox: LocalStripe, customer: str
) -> None:
    invoice = finalized(sandbox, customer)
    sandbox.client.v1.invoices.mark_uncollectible(invoice)
    company.hear()
    sandbox.client.v1.invoices.pay(invoice)
    paid_on = clock.now().date()
    sandbox.advance(seconds=3 * 86_400)
    company.hear()

    assert Entry.objects.get(source=invoice, kind="recovered").effective_date == paid_on


def test_a_thousand_lines_take_few_statements(db: None, django_assert_max_num_queries: Any) -> None:
    account = make_account()
    lines = [
        bodies.line(id=f"il_{number}", amount=number, parent=bodies.of_invoice_item(f"ii_{number}"))
        for number in range(1, 1001)
    ]
    apply(account, bodies.customer(), bodies.invoice(*lines))
    assert owed("in_1") == 500_500

    invoice = Invoice.objects.select_related("account__legal_entity").get()
    with django_assert_max_num_queries(6), transaction.atomic():
        assert ledger_invoices.post(invoice, by="test") == 0


def test_a_draft_books_nothing(company: Company, sandbox: LocalStripe, customer: str) -> None:
    wanted: Any = {"customer": customer, "currency": "eur", "auto_advance": False}
    invoice = sandbox.client.v1.invoices.create(wanted).id
    company.hear()

    assert booked(invoice) == {}


def test_what_was_paid_too_much_is_the_customers_credit(company: Company, sandbox: LocalStripe, customer: str) -> None:
    """Stripe puts it into the customer's balance, and takes it from there for the next invoice."""
    invoice = finalized(sandbox, customer)
    card = {"payment_method": "pm_card_visa", "confirm": True, "payment_method_types": ["card"]}
    wanted: Any = {"amount": 2500, "currency": "eur", "customer": customer, **card}
    sandbox.client.v1.invoices.attach_payment(
        invoice, {"payment_intent": sandbox.client.v1.payment_intents.create(wanted).id}
    )
    company.hear()
    company.hear()

    assert booked(invoice)["overpaid"] == {"receivable": 500, "credits_liability": -500}
    assert owed(invoice) == 0

    later = finalized(sandbox, customer)
    company.hear()

    assert owed(later) == 1500
    assert not Posting.objects.filter(account__kind="suspense").exists()
    assert standing("credits_liability") == 0


def test_a_part_that_came_another_way_is_owed_no_more(db: None) -> None:
    account = make_account()
    paid_at = {"paid_at": CREATED + 86_400, "canceled_at": None}
    part = bodies.invoice_payment(
        payment={"type": "payment_record"}, amount_paid=800, amount_requested=800, status_transitions=paid_at
    )
    payments = {"object": "list", "data": [part], "has_more": False}
    sums = {"amount_paid": 800, "amount_remaining": 1200, "payments": payments}
    line = bodies.line(parent=bodies.of_invoice_item(), period={"start": CREATED, "end": CREATED})
    apply(account, bodies.customer(), *2 * [bodies.invoice(line, **sums)])

    assert booked("in_1")["paid_outside"] == {"bank": 800, "receivable": -800}
    assert Entry.objects.get(kind="paid_outside").effective_date == CREATED_ON + timedelta(days=1)

    moments = bodies.invoice()["status_transitions"]
    given_up = {
        "status": "uncollectible",
        "status_transitions": moments | {"marked_uncollectible_at": CREATED + 999_999},
    }
    apply(account, bodies.invoice(line, **sums, **given_up))
    assert owed("in_1") == 0

    whole = {"status": "paid", "amount_paid": 2000, "amount_remaining": 0, "payments": payments}
    apply(account, *2 * [bodies.invoice(line, **whole, status_transitions=moments | {"paid_at": CREATED + 2_000_000})])

    assert owed("in_1") == 0
    assert (standing("bank"), standing("write_offs")) == (2000, 0)


def test_a_part_of_what_was_given_up_is_recovered_on_its_day(db: None) -> None:
    account = make_account()
    line = bodies.line(parent=bodies.of_invoice_item(), period={"start": CREATED, "end": CREATED})
    moments = bodies.invoice()["status_transitions"] | {"marked_uncollectible_at": CREATED + 86_400}
    given_up = {"status": "uncollectible", "status_transitions": moments}
    apply(account, bodies.customer(), bodies.invoice(line, **given_up))
    part = bodies.invoice_payment(
        payment={"type": "payment_record"}, amount_paid=800,
        status_transitions={"paid_at": CREATED + 5 * 86_400, "canceled_at": None},
    )  # fmt: skip
    sums = {"amount_paid": 800, "amount_remaining": 1200}
    told = {"payments": {"object": "list", "data": [part], "has_more": False}, **sums, **given_up}
    apply(account, *2 * [bodies.invoice(line, **told)])

    assert booked("in_1")["recovered"] == {"bank": 800, "write_offs": -800}
    assert Entry.objects.get(kind="recovered").effective_date == CREATED_ON + timedelta(days=5)
    assert owed("in_1") == 0


def test_a_note_ends_with_its_void_invoice(company: Company, sandbox: LocalStripe, customer: str) -> None:
    invoice = finalized(sandbox, customer)
    wanted: Any = {"invoice": invoice, "amount": 800}
    note = str(sandbox.client.v1.credit_notes.create(wanted).id)
    company.hear()
    sandbox.client.v1.invoices.void_invoice(invoice)
    company.hear()
    company.hear()

    assert booked(note)["voided"] == {"receivable": 800, "revenue": -800}
    assert (owed(invoice), standing("revenue")) == (0, 0)


@pytest.mark.parametrize("noted_first", [True, False])
def test_what_is_given_up_noted_and_paid_is_owed_no_more(
    company: Company, sandbox: LocalStripe, customer: str, *, noted_first: bool
) -> None:
    invoice = finalized(sandbox, customer)
    wanted: Any = {"invoice": invoice, "amount": 800}
    if noted_first:
        sandbox.client.v1.credit_notes.create(wanted)
    sandbox.client.v1.invoices.mark_uncollectible(invoice)
    company.hear()
    if not noted_first:
        sandbox.client.v1.credit_notes.create(wanted)
        company.hear()

    assert (owed(invoice), standing("write_offs"), standing("revenue")) == (0, 1200, -1200)

    sandbox.client.v1.invoices.pay(invoice)
    company.hear()

    assert (owed(invoice), standing("write_offs"), standing("revenue")) == (0, 0, -1200)


def test_an_invoice_that_the_balance_paid_and_is_void_is_called_so(db: None) -> None:
    account = make_account()
    sums = {"starting_balance": -2000, "ending_balance": 0, "amount_due": 0, "amount_remaining": 0}
    line = bodies.line(parent=bodies.of_invoice_item(), period={"start": CREATED, "end": CREATED})
    moments = bodies.invoice()["status_transitions"] | {"voided_at": CREATED + 86_400}
    apply(account, bodies.customer(), bodies.invoice(line, **sums))
    apply(account, bodies.invoice(line, **sums, status="void", status_transitions=moments))

    assert booked("in_1")["voided"] == {"receivable": 0, "revenue": 2000, "credits_liability": -2000}


def test_money_for_an_invoice_from_before_the_books_is_at_the_bank(
    company: Company, sandbox: LocalStripe, customer: str, settings: Any
) -> None:
    invoice = finalized(sandbox, customer)
    sandbox.advance(seconds=2 * 86_400)
    settings.BOOKS_START = clock.now().date()
    sandbox.client.v1.invoices.pay(invoice, {"paid_out_of_band": True})
    company.hear()
    company.hear()

    assert booked(invoice) == {"paid_outside": {"bank": 2000, "opening": -2000}}


def standing(kind: str) -> int:
    """On all accounts of a kind together, in minor units."""
    return Posting.objects.filter(account__kind=kind).aggregate(total=Sum("amount_minor"))["total"] or 0
