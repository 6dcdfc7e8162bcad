"""Taxes by our table of places, by Stripe Tax, and what waits when nobody can say."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from billing.models import BillingProfile, Invoice, NumberSeries, Price, TaxRate, TaxRule
from billing.services import (
    draft_sending,
    invoice_sweep,
    invoices,
    numbering,
    subscription_tax,
    subscriptions,
    tax,
    tax_rules,
)
from billing.services.subscription_terms import Item
from billing.services.tax import TaxUndecided
from billing.services.tax_rules import InvalidTaxRule, Place, TaxRuleArchived
from config.base import clock
from config.base.models import StripeAccount
from payments.models import Customer, CustomerTaxId
from payments.services import customers, snapshots
from tests.billing.conftest import NewCustomer
from tests.billing.invoices.writing import SUPPORT, TEST, drain, fresh, sent, written
from tests.plugins.stripe import LocalStripe


@pytest.fixture
def by_rates(settings: Any) -> None:
    settings.TAX_CALCULATION_SERVICE = "rates"


@pytest.fixture
def by_stripe(settings: Any) -> None:
    settings.TAX_CALCULATION_SERVICE = "stripe_tax"


def vat(account: StripeAccount, country: str = "DE", percentage: str = "19", **more: Any) -> TaxRule:
    return tax_rules.lay_down(
        account=account,
        place=Place(country=country),
        display_name="VAT",
        percentage=Decimal(percentage),
        by=TEST,
        **more,
    )


def moved(customer: Customer, country: str, *, vat_number: str = "", sandbox: LocalStripe) -> Customer:
    """The customer lives there now, and may have a VAT number."""
    if vat_number:
        tax_id: Any = {"type": "eu_vat", "value": vat_number}
        sandbox.client.v1.customers.tax_ids.create(customer.stripe_id or "", tax_id)
    sandbox.client.v1.customers.update(customer.stripe_id or "", {"address": {"country": country}})
    root = snapshots.root_for(account=customer.account, kind="customer", stripe_id=customer.stripe_id or "")
    snapshots.refresh(root, by=TEST)
    return Customer.objects.get(pk=customer.pk)


def test_the_rate_of_the_place_is_charged(ada: Customer, account: StripeAccount, by_rates: None) -> None:
    vat(account)

    invoice = sent(ada)

    assert (invoice.subtotal_minor, invoice.tax_minor, invoice.total_minor) == (89900, 17081, 106981)
    [total] = invoice.taxes.filter(line=None)
    assert (total.tax_rate_id, total.is_inclusive) == (TaxRate.objects.get().stripe_id, False)


def test_prices_that_contain_the_tax_stay_as_they_are(ada: Customer, account: StripeAccount, by_rates: None) -> None:
    vat(account, is_inclusive=True)

    invoice = sent(ada)

    assert invoice.total_minor == 89900
    assert invoice.tax_minor > 0


def test_a_region_comes_before_its_country(ada: Customer, account: StripeAccount, by_rates: None) -> None:
    vat(account, "US", "1")
    tax_rules.lay_down(
        account=account, place=Place(country="US", region="CA"), display_name="Sales tax", percentage=Decimal("7.25"),
        tax_type="sales_tax", by=TEST,
    )  # fmt: skip
    rules = tax.RuleBook(account)

    assert str(rules.rule_for(country="US", region="ca")) == "Sales tax 7.25 % in CA"
    assert str(rules.rule_for(country="US", region="NY")) == "VAT 1 % in US"
    assert rules.rule_for(country="FR", region="") is None


def test_where_nobody_is_registered_no_tax_is_charged(ada: Customer, by_rates: None) -> None:
    assert sent(ada).tax_minor == 0


def test_a_business_elsewhere_in_the_union_owes_the_tax_itself(
    ada: Customer, account: StripeAccount, sandbox: LocalStripe, by_rates: None
) -> None:
    vat(account, "FR", "20", allows_reverse_charge=True)
    business = moved(ada, "FR", vat_number="FR83404833048", sandbox=sandbox)

    invoice = sent(business)

    assert invoice.tax_minor == 0
    assert sandbox.client.v1.customers.retrieve(ada.stripe_id or "").tax_exempt == "reverse"
    assert BillingProfile.objects.get(customer=ada).tax_exempt == "reverse"


@pytest.mark.parametrize(
    ("country", "number", "status", "is_reverse"),
    [
        ("FR", "FR83404833048", "verified", True),
        ("FR", "FR83404833048", "pending", True),
        ("FR", "FR83404833048", "unverified", False),
        ("DE", "DE123456789", "verified", False),
        ("FR", "DE123456789", "verified", False),
        ("GR", "EL123456789", "verified", True),
        ("GB", "FR83404833048", "verified", False),
        ("FR", "", "", False),
    ],
)
def test_when_reverse_charge_holds(ada: Customer, country: str, number: str, status: str, is_reverse: bool) -> None:
    ada.address_country = country
    if number:
        CustomerTaxId.objects.create(
            customer=ada, stripe_id="txi_1", type="eu_vat", value=number, verification_status=status
        )

    assert tax.is_reverse_charge(seller="DE", customer=ada) is is_reverse


def test_staff_s_exemption_at_stripe_stays(
    ada: Customer, account: StripeAccount, sandbox: LocalStripe, by_rates: None
) -> None:
    vat(account)
    sandbox.client.v1.customers.update(ada.stripe_id or "", {"tax_exempt": "exempt"})
    customer = moved(ada, "DE", sandbox=sandbox)

    assert sent(customer).tax_minor == 0
    assert sandbox.client.v1.customers.retrieve(ada.stripe_id or "").tax_exempt == "exempt"


def test_without_an_address_the_draft_waits_and_then_goes(
    new_customer: NewCustomer, account: StripeAccount, sandbox: LocalStripe, by_rates: None
) -> None:
    vat(account)
    nowhere = customers.create(account=account, email="bob@example.com", by=TEST)
    invoice = written(nowhere)
    with pytest.raises(TaxUndecided):
        draft_sending.send(invoice=invoice, by=TEST)
    assert "no country" in fresh(invoice).waits_for
    assert sandbox.client.v1.invoices.list().data == []

    moved(nowhere, "DE", sandbox=sandbox)
    due(invoice)
    invoice_sweep.sweep(by=TEST)

    assert (fresh(invoice).tax_minor, fresh(invoice).waits_for, fresh(invoice).wanted) == (17081, "", "")


def test_a_rate_that_stripe_has_not_confirmed_is_waited_for(
    ada: Customer, account: StripeAccount, sandbox: LocalStripe, by_rates: None
) -> None:
    sandbox.fail("POST", "/v1/tax_rates", "drop_after", times=3)
    rule = vat(account)

    with pytest.raises(TaxUndecided):
        draft_sending.send(invoice=written(ada), by=TEST)
    assert rule.tax_rate
    assert rule.tax_rate.status == "unknown"


def test_a_subscription_follows_its_customer(
    ada: Customer, basic: Price, account: StripeAccount, sandbox: LocalStripe, by_rates: None
) -> None:
    type(basic.product).objects.update(requires_first_payment=False)
    basic.product.refresh_from_db()
    vat(account)
    vat(account, "FR", "20")
    subscription = subscriptions.start(customer=ada, items=[Item(basic)], by=TEST)
    assert subscription_tax.keep(by=TEST) == 0

    moved(ada, "FR", sandbox=sandbox)

    assert subscription_tax.keep(by=TEST) == 1
    at_stripe = sandbox.client.v1.subscriptions.retrieve(subscription.stripe_id or "")
    assert [rate.percentage for rate in at_stripe.default_tax_rates or []] == [20]
    assert subscription_tax.keep(by=TEST) == 0


def test_a_new_rate_takes_the_place_of_the_old_one(ada: Customer, account: StripeAccount, by_rates: None) -> None:
    old = vat(account)

    vat(account, percentage="16")

    old.refresh_from_db()
    assert old.archived_at
    assert sent(ada, [SUPPORT]).tax_minor == 1584
    with pytest.raises(TaxRuleArchived):
        tax_rules.archive(rule=old, by=TEST)


@pytest.mark.parametrize(
    "wish",
    [{"country": "Germany"}, {"country": "ZY"}, {"percentage": "101"}, {"percentage": "-1"}, {"percentage": "1.00001"}],
)
def test_rules_that_make_no_sense_are_refused(account: StripeAccount, wish: dict[str, str]) -> None:
    with pytest.raises(InvalidTaxRule):
        vat(account, **wish)
    assert TaxRule.objects.count() == 0


def test_stripe_tax_computes_by_the_address(ada: Customer, by_stripe: None) -> None:
    invoice = sent(ada)

    assert (invoice.automatic_tax_status, invoice.tax_minor) == ("complete", 17081)


def test_an_invoice_whose_tax_service_is_down_waits_parked_and_goes_on_by_itself(
    ada: Customer, account: StripeAccount, sandbox: LocalStripe, by_stripe: None
) -> None:
    series: NumberSeries = numbering.start(legal_entity=account.legal_entity, prefix="T-", by=TEST)
    invoice = sent(ada)
    sandbox.control("account", {"tax_service_down": True})

    with pytest.raises(TaxUndecided):
        invoices.finalize(invoice=invoice, by=TEST)
    parked = fresh(invoice)
    assert (parked.status, parked.wanted, parked.automatic_tax_status) == ("draft", "finalize", "failed")
    assert parked.waits_for

    due(invoice)
    assert invoice_sweep.sweep(by=TEST).waiting == 1
    sandbox.control("account", {"tax_service_down": False})
    due(invoice)
    assert invoice_sweep.sweep(by=TEST).done == 1
    drain()
    assert (fresh(invoice).status, fresh(invoice).number, fresh(invoice).waits_for) == ("open", "T-00001", "")
    assert series.issued.count() == 1


def due(invoice: Invoice) -> None:
    Invoice.objects.filter(pk=invoice.pk).update(wanted_at=clock.now() - timedelta(seconds=1))
