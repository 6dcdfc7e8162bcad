"""Invoices with lines, taxes, payments and discounts: twice, late, in any order, the same rows."""

from decimal import Decimal
from itertools import permutations

import pytest

from billing.handlers import invoice_payments
from billing.models import Discount, Invoice, InvoiceLine, InvoicePayment, InvoiceTax
from config.base.actor import STRIPE
from config.base.models import StripeAccount
from payments.failures import JsonObject
from payments.models import Root
from tests.billing.handlers import bodies
from tests.billing.handlers.applying import apply, everything_told, stories, wanted
from tests.factories import make_customer, make_payment


def held(*data: JsonObject) -> JsonObject:
    return {"object": "list", "data": list(data), "has_more": False}


def test_an_invoice_is_written_once_however_often_it_is_told(account: StripeAccount) -> None:
    off = [{"discount": "di_1", "amount": 250}]
    line = bodies.line(discount_amounts=off, taxes=[bodies.tax(350)])
    body = bodies.invoice(
        line,
        status="paid",
        discounts=[bodies.discount(invoice="in_1")],
        payments=held(bodies.invoice_payment()),
    )
    apply(account, bodies.customer(), bodies.product(), bodies.coupon(), bodies.price(), bodies.subscription(), body)
    told = everything_told()

    apply(account, body)

    assert everything_told() == told
    assert stories("invoice") == ["invoice.created", "invoice.finalized", "invoice.paid"]
    invoice = Invoice.objects.get()
    assert (invoice.subtotal_minor, invoice.discount_minor, invoice.tax_minor) == (2000, 250, 350)
    assert (invoice.total_minor, invoice.amount_paid_minor, invoice.flags) == (2100, 2100, [])
    written = InvoiceLine.objects.get()
    assert (written.unit_amount_decimal, written.discount_minor, written.tax_minor) == (Decimal(2000), 250, 350)
    assert (written.counts, written.is_duplicate, written.subscription_id) == (True, False, "sub_1")
    assert sorted(InvoiceTax.objects.values_list("line_id", "amount_minor"), key=str) == [
        (written.pk, 350), (None, 350)
    ]  # fmt: skip
    assert Discount.objects.get().invoice == invoice


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_in_any_order_the_rows_are_the_same(account: StripeAccount, order: tuple[int, ...]) -> None:
    told = (
        bodies.customer(),
        bodies.subscription(),
        bodies.invoice(status="paid", post_payment_credit_notes_amount=500),
        bodies.credit_note(),
    )
    apply(account, *(told[place] for place in order))
    again = [body for body in told if body["id"] in wanted()]
    apply(account, *again)

    invoice = Invoice.objects.get()
    note = invoice.credit_notes.get()
    assert (invoice.status, invoice.customer.name, invoice.flags) == ("paid", "Ada", [])
    assert invoice.subscription is not None
    assert invoice.subscription.status == "active"
    assert (note.refund_minor, note.out_of_band_minor, note.credit_minor) == (300, 100, 100)
    assert note.lines.get().invoice_line == invoice.lines.get()


def test_each_move_is_told(account: StripeAccount) -> None:
    apply(account, bodies.draft())
    apply(account, bodies.draft(description="thanks"))
    apply(account, bodies.invoice(description="thanks"))
    apply(account, bodies.invoice(description="thanks", status="uncollectible"))
    apply(account, bodies.invoice(description="thanks", status="void"))

    assert stories("invoice") == [
        "invoice.created", "invoice.updated", "invoice.finalized", "invoice.uncollectible", "invoice.void"
    ]  # fmt: skip


def test_a_draft_of_ours_is_linked_by_its_id(account: StripeAccount) -> None:
    customer = make_customer(account=account, stripe_id="cus_1")
    ours = Invoice.objects.create(account=account, customer=customer, currency="eur", purchase_order="PO 7")

    apply(account, bodies.draft(metadata={"counterfoil_id": ours.public_id, "a": "b"}, parent=None))

    ours.refresh_from_db()
    assert Invoice.objects.count() == 1
    assert (ours.stripe_id, ours.purchase_order, ours.metadata) == ("in_1", "PO 7", {"a": "b"})


def test_a_draft_that_was_deleted_stays_and_bills_nothing(account: StripeAccount) -> None:
    apply(account, bodies.draft())
    apply(account, *[{"id": "in_1", "object": "invoice", "deleted": True}] * 2)

    invoice = Invoice.objects.get()

    assert (invoice.status, invoice.lines.get().counts) == ("deleted", False)
    assert invoice.lines.get().removed_at is not None
    assert stories("invoice") == ["invoice.created", "invoice.deleted"]


def test_a_line_that_was_taken_off_a_draft_stays_with_its_moment(account: StripeAccount) -> None:
    extra = bodies.line(id="il_2", amount=700, parent=bodies.of_invoice_item(), taxes=[bodies.tax(70)])
    apply(account, bodies.draft(bodies.line(), extra))
    apply(account, bodies.draft(bodies.line()))

    invoice = Invoice.objects.get()

    assert list(invoice.lines.filter(removed_at=None).values_list("stripe_id", flat=True)) == ["il_1"]
    assert invoice.lines.get(stripe_id="il_2").invoice_item_id == "ii_1"
    assert not InvoiceTax.objects.exists()
    assert invoice.total_minor == 2000


def test_a_payment_is_linked_whichever_comes_first(account: StripeAccount) -> None:
    apply(account, bodies.invoice(payments=held(bodies.invoice_payment())))
    before = InvoicePayment.objects.get().payment
    payment = make_payment(account=account, stripe_id="pi_1")

    invoice_payments.link(account=account, body={"id": "pi_1"}, by=STRIPE, source="")

    assert before is None
    assert "pi_1" in wanted()
    assert InvoicePayment.objects.get().payment == payment


def test_a_payment_known_before_is_linked_at_once_and_not_asked_for(account: StripeAccount) -> None:
    payment = make_payment(account=account, stripe_id="pi_1")

    apply(account, bodies.invoice(payments=held(bodies.invoice_payment(), bodies.invoice_payment(id="inpay_2"))))

    assert {row.payment for row in InvoicePayment.objects.all()} == {payment}
    assert not Root.objects.filter(kind="payment_intent").exists()


def test_a_paid_invoice_stays_paid_and_is_flagged(account: StripeAccount) -> None:
    apply(account, bodies.invoice(status="paid"))
    apply(account, bodies.invoice(status="open"))

    invoice = Invoice.objects.get()

    assert (invoice.status, invoice.flags) == ("paid", ["terminal_state_left"])


def test_metered_lines_are_known_by_their_price_whichever_comes_first(account: StripeAccount) -> None:
    recurring = {"interval": "month", "interval_count": 1, "usage_type": "metered", "trial_period_days": None}
    price = bodies.price(recurring=recurring)
    apply(account, bodies.invoice())
    assumed = InvoiceLine.objects.get()
    apply(account, price)
    apply(account, bodies.invoice(bodies.line(id="il_2"), id="in_2"))

    assert "price_1" in wanted()
    assert assumed.counts
    assert set(InvoiceLine.objects.values_list("is_metered", "counts", "is_duplicate")) == {(True, False, False)}


def test_a_thousand_lines_are_written_in_few_statements(
    account: StripeAccount, django_assert_max_num_queries: object
) -> None:
    lines = [
        bodies.line(id=f"il_{number}", amount=number, parent=bodies.of_invoice_item(f"ii_{number}"))
        for number in range(1000)
    ]
    apply(account, bodies.customer(), bodies.subscription())

    with django_assert_max_num_queries(45):  # type: ignore[operator]
        apply(account, bodies.invoice(*lines))

    assert InvoiceLine.objects.count() == 1000
    assert Invoice.objects.get().flags == ["too_many_lines"]
