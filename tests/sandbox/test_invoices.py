"""Invoices: numbers, sums, what is printed, collection, and how they end."""

from urllib.request import urlopen

import pytest
import stripe

from tests.sandbox.server import Server
from tests.sandbox.wishes import OFFLINE, Client, Object, error_of

DAY = 86400


def with_card(client: Client, customer: Object, card: str = "pm_card_visa") -> Object:
    """The customer's default card from now on."""
    method = client.v1.payment_methods.attach(card, {"customer": customer.id})
    client.v1.customers.update(customer.id, {"invoice_settings": {"default_payment_method": method.id}})
    return method


def draft(client: Client, customer: Object, *amounts: int, **params: object) -> Object:
    made = client.v1.invoices.create({"customer": customer.id, "currency": "usd", **params})
    lines = [{"amount": amount, "description": f"Item {number}"} for number, amount in enumerate(amounts, 1)]
    return client.v1.invoices.add_lines(made.id, {"lines": lines}) if lines else made


def opened(client: Client, customer: Object, *amounts: int, **params: object) -> Object:
    return client.v1.invoices.finalize_invoice(draft(client, customer, *amounts, **params).id)


def intent_of(client: Client, invoice: Object) -> Object:
    shown = client.v1.invoices.retrieve(invoice.id, {"expand": ["payments.data.payment.payment_intent"]})
    return shown.payments.data[0].payment.payment_intent


def told(client: Client, id_: str) -> list[str]:
    events = client.v1.events.list({"limit": 100}).data
    return [event.type for event in reversed(events) if event.data.object["id"] == id_]


def test_a_draft_becomes_a_numbered_invoice_that_a_card_pays(client: Client, ada: Object) -> None:
    with_card(client, ada)
    made = draft(client, ada, 1000, 234)
    final = client.v1.invoices.finalize_invoice(made.id)
    paid = client.v1.invoices.pay(final.id)
    charge = client.v1.charges.retrieve(intent_of(client, paid).latest_charge)

    assert (made.status, made.number, made.total) == ("draft", None, 1234)
    assert (final.status, final.number) == ("open", f"{ada.invoice_prefix}-0001")
    assert (paid.status, paid.amount_paid, paid.amount_remaining) == ("paid", 1234, 0)
    assert (charge.amount, charge.description) == (1234, f"Payment for Invoice {final.number}")
    assert told(client, paid.id)[-2:] == ["invoice.paid", "invoice.payment_succeeded"]


def test_numbers_follow_each_other_and_skip_those_that_were_given(client: Client, ada: Object) -> None:
    given = draft(client, ada, 100, number=f"{ada.invoice_prefix}-0002")
    first, third = opened(client, ada, 100), opened(client, ada, 100)

    assert [row.number for row in (first, given, third)] == [f"{ada.invoice_prefix}-000{n}" for n in (1, 2, 3)]
    with pytest.raises(stripe.InvalidRequestError, match="already exists"):
        draft(client, ada, 100, number=first.number)


def test_a_refused_invoice_leaves_no_draft(client: Client, ada: Object) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="No such tax rate"):
        draft(client, ada, default_tax_rates=["txr_nothing"])

    assert client.v1.invoices.list({"customer": ada.id}).data == []


def test_what_is_printed_is_kept(client: Client, ada: Object) -> None:
    made = opened(
        client,
        ada,
        100,
        custom_fields=[{"name": "PO", "value": "4711"}],
        description="Thank you",
        footer="Ada Papers",
        collection_method="send_invoice",
        days_until_due=14,
        effective_at=1700000000,
        rendering={"amount_tax_display": "exclude_tax", "pdf": {"page_size": "a4"}},
    )

    assert [(field.name, field.value) for field in made.custom_fields] == [("PO", "4711")]
    assert (made.description, made.footer, made.due_date) == ("Thank you", "Ada Papers", made.created + 14 * DAY)
    assert (made.effective_at, made.rendering.pdf.page_size) == (1700000000, "a4")
    for address in (made.hosted_invoice_url, made.invoice_pdf):
        assert made.number in urlopen(address, timeout=10).read().decode()  # noqa: S310


def test_tax_and_discount_are_on_the_lines_and_add_up(client: Client, ada: Object) -> None:
    rate = client.v1.tax_rates.create({"display_name": "VAT", "percentage": 19, "inclusive": False})
    client.v1.coupons.create({"id": "TENTH", "percent_off": 10, "duration": "once"})
    made = draft(client, ada, 1000, 333, default_tax_rates=[rate.id], discounts=[{"coupon": "TENTH"}])

    assert [sum(each.amount for each in line.discount_amounts) for line in made.lines.data] == [100, 33]
    assert [line.taxes[0].amount for line in made.lines.data] == [171, 57]
    assert (made.subtotal, made.total_discount_amounts[0].amount, made.total_taxes[0].amount) == (1333, 133, 228)
    assert (made.total, made.total_excluding_tax) == (1333 - 133 + 228, 1200)


def test_the_customers_own_discount_is_used_once(client: Client, server: Server, ada: Object) -> None:
    client.v1.coupons.create({"id": "GIFT", "percent_off": 25, "duration": "once"})
    server.control("discounts", {"customer": ada.id, "coupon": "GIFT"})

    assert [opened(client, ada, 1000).total for _ in range(2)] == [750, 1000]
    assert client.v1.customers.retrieve(ada.id).discount is None


def test_inclusive_tax_is_within_the_total(client: Client, ada: Object) -> None:
    rate = client.v1.tax_rates.create({"display_name": "VAT", "percentage": 20, "inclusive": True})
    made = draft(client, ada, 1200, default_tax_rates=[rate.id])

    assert (made.total, made.total_excluding_tax, made.subtotal_excluding_tax) == (1200, 1000, 1000)


def test_tax_needs_a_place(client: Client, ada: Object) -> None:
    made = draft(client, ada, 1000, automatic_tax={"enabled": True})
    assert made.automatic_tax.status == "requires_location_inputs"
    with pytest.raises(stripe.InvalidRequestError, match="location isn't recognized") as caught:
        client.v1.invoices.finalize_invoice(made.id)
    refused = client.v1.invoices.retrieve(made.id)

    client.v1.customers.update(ada.id, {"address": {"country": "DE", "postal_code": "10115"}})
    final = client.v1.invoices.finalize_invoice(made.id)

    assert error_of(caught.value)["code"] == "customer_tax_location_invalid"
    assert (refused.status, refused.last_finalization_error.code) == ("draft", "customer_tax_location_invalid")
    assert "invoice.finalization_failed" in told(client, made.id)
    assert (final.automatic_tax.status, final.total, final.last_finalization_error) == ("complete", 1190, None)


def test_an_invoice_waits_while_the_tax_service_is_down(client: Client, server: Server) -> None:
    customer = client.v1.customers.create({"address": {"country": "DE"}})
    server.control("account", {"tax_service_down": True})
    made = draft(client, customer, 1000, automatic_tax={"enabled": True})
    with pytest.raises(stripe.InvalidRequestError, match="could not be calculated"):
        client.v1.invoices.finalize_invoice(made.id)

    assert (made.automatic_tax.status, made.total) == ("failed", 1000)
    assert client.v1.invoices.retrieve(made.id).status == "draft"

    server.control("account", {"tax_service_down": False})
    assert client.v1.invoices.finalize_invoice(made.id).total == 1190


def test_a_decline_is_raised_and_another_card_pays(client: Client, ada: Object) -> None:
    with_card(client, ada, "pm_card_chargeCustomerFail")
    made = opened(client, ada, 1000)
    with pytest.raises(stripe.CardError, match="declined"):
        client.v1.invoices.pay(made.id)
    failed = client.v1.invoices.retrieve(made.id)

    paid = client.v1.invoices.pay(made.id, {"payment_method": with_card(client, ada).id})

    assert (failed.status, failed.attempted, failed.attempt_count) == ("open", True, 1)
    assert (paid.status, paid.attempt_count) == ("paid", 1)


def test_the_customer_pays_with_the_secret(client: Client, ada: Object) -> None:
    made = opened(client, ada, 1000)
    secret = client.v1.invoices.retrieve(made.id, {"expand": ["confirmation_secret"]}).confirmation_secret
    client.v1.payment_intents.confirm(intent_of(client, made).id, {"payment_method": "pm_card_visa"})

    assert (secret.type, secret.client_secret) == ("payment_intent", intent_of(client, made).client_secret)
    assert client.v1.invoices.retrieve(made.id).status == "paid"


def test_a_debit_pays_later(client: Client, server: Server, ada: Object) -> None:
    made = opened(client, ada, 1000, currency="eur")
    intent = intent_of(client, made)
    params = {"payment_method": "pm_sepaDebit_success_de", "mandate_data": OFFLINE}
    client.v1.payment_intents.confirm(intent.id, params)
    waiting = client.v1.invoices.retrieve(made.id)
    with pytest.raises(stripe.InvalidRequestError, match="processing"):
        client.v1.invoices.void_invoice(made.id)

    server.control("clock", {"advance_seconds": 60})

    assert (waiting.status, waiting.attempted) == ("open", True)
    assert client.v1.invoices.retrieve(made.id).status == "paid"


def test_a_failed_debit_leaves_the_invoice_open(client: Client, server: Server, ada: Object) -> None:
    made = opened(client, ada, 1000, currency="eur")
    params = {"payment_method": "pm_sepaDebit_failed_de", "mandate_data": OFFLINE}
    client.v1.payment_intents.confirm(intent_of(client, made).id, params)

    server.control("clock", {"advance_seconds": 60})

    assert client.v1.invoices.retrieve(made.id).status == "open"
    assert told(client, made.id)[-1] == "invoice.payment_failed"


def test_collection_is_tried_again_until_it_succeeds(client: Client, server: Server, ada: Object) -> None:
    with_card(client, ada, "pm_card_chargeCustomerFail")
    made = draft(client, ada, 1000, auto_advance=True)
    server.control("clock", {"advance_seconds": 3700})
    failed = client.v1.invoices.retrieve(made.id)
    with_card(client, ada)
    server.control("clock", {"advance_seconds": 3 * DAY})
    paid = client.v1.invoices.retrieve(made.id)

    assert (failed.status, failed.attempt_count) == ("open", 1)
    assert failed.next_payment_attempt > failed.status_transitions.finalized_at + 2 * DAY
    assert (paid.status, paid.attempt_count, paid.next_payment_attempt) == ("paid", 2, None)


def test_retries_come_to_an_end(client: Client, server: Server, ada: Object) -> None:
    with_card(client, ada, "pm_card_chargeCustomerFail")
    made = draft(client, ada, 1000, auto_advance=True)
    server.control("clock", {"advance_seconds": 30 * DAY})
    failed = client.v1.invoices.retrieve(made.id)

    assert (failed.status, failed.attempt_count, failed.next_payment_attempt) == ("open", 4, None)


def test_a_voided_invoice_gives_up_its_payment(client: Client, ada: Object) -> None:
    made = opened(client, ada, 1000)
    client.v1.invoices.void_invoice(made.id)
    intent = intent_of(client, made)

    assert (intent.status, intent.cancellation_reason) == ("canceled", "void_invoice")
    with pytest.raises(stripe.InvalidRequestError, match="void"):
        client.v1.invoices.pay(made.id)


def test_a_small_invoice_is_paid_without_a_charge_and_rolls_over(client: Client, ada: Object) -> None:
    made = opened(client, ada, 40)
    rolled = client.v1.customers.balance_transactions.list(ada.id).data[0]
    later = opened(client, ada, 1000)

    assert (made.status, made.amount_due, made.ending_balance) == ("paid", 0, 40)
    assert (rolled.type, rolled.amount, rolled.invoice) == ("invoice_too_small", 40, made.id)
    assert (later.amount_due, later.starting_balance, later.ending_balance) == (1040, 40, 0)


def test_a_negative_invoice_becomes_credit(client: Client, ada: Object) -> None:
    made = opened(client, ada, 100, -400)

    assert (made.status, made.total, made.amount_due) == ("paid", -300, 0)
    assert client.v1.customers.retrieve(ada.id).balance == -300


def test_a_revision_replaces_an_open_invoice(client: Client, ada: Object) -> None:
    first = opened(client, ada, 1000, description="Typo")
    params = {"from_invoice": {"action": "revision", "invoice": first.id}, "description": "No typo"}
    second = client.v1.invoices.create(params)
    final = client.v1.invoices.finalize_invoice(second.id)
    old = client.v1.invoices.retrieve(first.id)

    assert (final.total, final.description, final.from_invoice.invoice) == (1000, "No typo", first.id)
    assert (old.status, old.latest_revision) == ("void", final.id)


def test_a_thousand_lines(client: Client, ada: Object) -> None:
    made = draft(client, ada)
    lines = [{"amount": 7, "description": f"Line {number}"} for number in range(250)]
    for _ in range(4):
        made = client.v1.invoices.add_lines(made.id, {"lines": lines})
    final = client.v1.invoices.finalize_invoice(made.id)
    found = list(client.v1.invoices.line_items.list(final.id, {"limit": 100}).auto_paging_iter())

    assert (final.total, len(final.lines.data), final.lines.has_more) == (7000, 10, True)
    assert len({line.id for line in found}) == 1000
    with pytest.raises(stripe.InvalidRequestError, match="at most 250"):
        client.v1.invoices.add_lines(draft(client, ada).id, {"lines": [*lines, {"amount": 1}]})


def test_lines_are_changed_and_taken_off(client: Client, ada: Object) -> None:
    made = draft(client, ada, 100, 200, 300)
    first, second, third = (line.id for line in made.lines.data)
    client.v1.invoices.update_lines(made.id, {"lines": [{"id": first, "amount": 150, "description": "More"}]})
    noted = client.v1.invoices.line_items.update(made.id, second, {"metadata": {"a": "1"}})
    left = client.v1.invoices.remove_lines(made.id, {"lines": [{"id": third, "behavior": "unassign"}]})
    waiting = client.v1.invoice_items.list({"customer": ada.id, "pending": True}).data

    assert [(line.id, line.amount) for line in left.lines.data] == [(first, 150), (second, 200)]
    assert (left.total, [item.amount for item in waiting]) == (350, [300])
    assert noted.metadata.to_dict() == {"a": "1"}


def test_a_price_makes_a_line(client: Client, ada: Object) -> None:
    product = client.v1.products.create({"name": "Workshop"})
    price = client.v1.prices.create({"product": product.id, "currency": "usd", "unit_amount": 450})
    inline = {"currency": "usd", "product": product.id, "unit_amount_decimal": "12.5"}
    made = draft(client, ada)
    lines = [{"pricing": {"price": price.id}, "quantity": 3}, {"price_data": inline, "quantity": 3}]
    made = client.v1.invoices.add_lines(made.id, {"lines": lines})

    assert [line.amount for line in made.lines.data] == [1350, 38]
    assert {line.description for line in made.lines.data} == {"Workshop"}
    assert made.lines.data[0].pricing.price_details.price == price.id


def test_invoices_are_found(client: Client, ada: Object) -> None:
    paper = draft(client, ada, 100, metadata={"order": "7"})
    final = opened(client, ada, 100)

    assert [row.id for row in client.v1.invoices.list({"customer": ada.id, "status": "open"}).data] == [final.id]
    assert [row.id for row in client.v1.invoices.list({"customer": ada.id}).data] == [final.id, paper.id]
    found = client.v1.invoices.search({"query": 'metadata["order"]:"7"'}).data
    assert [row.id for row in found] == [paper.id]


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"on_behalf_of": "acct_1"}, "on_behalf_of"),
        ({"days_until_due": 3}, "days_until_due"),
        ({"default_payment_method": "pm_nothing"}, "default_payment_method"),
        ({"from_invoice": {"action": "revision", "invoice": "in_nothing"}}, "from_invoice[invoice]"),
    ],
)
def test_what_cannot_be_is_refused(client: Client, ada: Object, params: dict[str, object], param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        draft(client, ada, **params)

    assert (caught.value.http_status, error_of(caught.value)["param"]) == (400, param)
