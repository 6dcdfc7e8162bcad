"""How a customer's invoices are taxed: by Stripe Tax, by our table of places, or not at all. Nothing is guessed.

Which of them is `TAX_CALCULATION_SERVICE`. A place that is not in the table pays no tax: nobody is registered there.
"""

from dataclasses import dataclass

from django.conf import settings

from billing.models import BillingProfile, CatalogStatus, TaxRule
from config.base.errors import IllegalState
from config.base.models import StripeAccount
from payments.models import Customer, CustomerTaxId

STRIPE_TAX, RATES, NONE = "stripe_tax", "rates", "none"
# Source: https://european-union.europa.eu/principles-countries-history/eu-countries_en
EUROPEAN_UNION = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
})  # fmt: skip
_GREECE = {"EL": "GR"}  # VAT numbers of Greece begin with EL


class TaxUndecided(IllegalState):
    """What is missing is named; the invoice waits until it is there."""

    code = "tax_undecided"
    title = "The tax cannot be told yet"


@dataclass(frozen=True, slots=True)
class TaxDecision:
    """How to tax: Stripe's ids of the default rates, or automatic tax; and what the customer must be at Stripe.

    `tax_exempt` empty: as it is. `waiting_for`: why nothing can be decided yet, else empty.
    """

    mode: str
    tax_rates: tuple[str, ...] = ()
    automatic_tax: bool = False
    tax_exempt: str = ""
    waiting_for: str = ""

    @property
    def params(self) -> dict[str, object]:
        """As Stripe takes it for an invoice or a subscription; raises TaxUndecided."""
        if self.waiting_for:
            raise TaxUndecided(self.waiting_for)
        if self.automatic_tax:
            return {"automatic_tax": {"enabled": True}}
        return {"default_tax_rates": list(self.tax_rates)} if self.tax_rates else {}


class RuleBook:
    """The rules in use of an account, read once."""

    def __init__(self, account: StripeAccount) -> None:
        standing = TaxRule.objects.filter(account=account, archived_at=None).select_related("tax_rate")
        self._rules = {(rule.country.upper(), rule.region.upper()): rule for rule in standing}

    def rule_for(self, *, country: str, region: str) -> TaxRule | None:
        """The rule of the region, else of the whole country."""
        return self._rules.get((country.upper(), region.upper())) or self._rules.get((country.upper(), ""))


def for_customer(*, account: StripeAccount, customer: Customer, rules: RuleBook | None = None) -> TaxDecision:
    """How this customer is taxed today. `rules`: the account's, when many customers are looked at."""
    mode = settings.TAX_CALCULATION_SERVICE
    if mode == RATES:
        return _by_rules(account, customer, rules or RuleBook(account))
    return TaxDecision(mode, automatic_tax=mode == STRIPE_TAX)


def is_reverse_charge(*, seller: str, customer: Customer) -> bool:
    """Whether both are in the European Union, in different countries, and the customer has a tax number of another
    one than the seller's that no authority denied.
    """
    country = customer.address_country.upper()
    if seller not in EUROPEAN_UNION or country not in EUROPEAN_UNION or country == seller:
        return False
    return any(_country_of(number) in EUROPEAN_UNION - {seller} for number in customer.tax_ids.all())


def _country_of(number: CustomerTaxId) -> str:
    """Whose VAT number it is; empty for another kind of number, a deleted one, and one that was denied."""
    if number.type != "eu_vat" or number.deleted_at or number.verification_status == "unverified":
        return ""
    prefix = number.value[:2].upper()
    return _GREECE.get(prefix, prefix)


def _by_rules(account: StripeAccount, customer: Customer, rules: RuleBook) -> TaxDecision:
    if not customer.address_country:
        return TaxDecision(RATES, waiting_for="The customer's address has no country, so nobody can tell the tax.")
    rule = rules.rule_for(country=customer.address_country, region=customer.address_state)
    seller = account.legal_entity.country.upper()
    is_reverse = (rule is None or rule.allows_reverse_charge) and is_reverse_charge(seller=seller, customer=customer)
    exempt = BillingProfile.TaxExempt.REVERSE if is_reverse else BillingProfile.TaxExempt.NONE
    if rule is None:
        return TaxDecision(RATES, tax_exempt=exempt)
    rate = rule.tax_rate
    if rate is None or not rate.stripe_id or rate.status != CatalogStatus.ACTIVE:
        return TaxDecision(RATES, waiting_for=f"Stripe has not confirmed the rate {rule} yet.")
    return TaxDecision(RATES, tax_rates=(rate.stripe_id,), tax_exempt=exempt)
