"""The table of where which tax is charged, and its rates at Stripe. Rates never change there; new ones replace them."""

from dataclasses import dataclass
from decimal import Decimal

from babel import Locale
from django.db import IntegrityError, transaction

from billing.models import CatalogStatus, TaxRate, TaxRule
from billing.services import catalog
from config.base import audit, clock, domain_events
from config.base.actor import Actor
from config.base.errors import DomainError, IllegalState
from config.base.models import StripeAccount
from payments.models import OutboundCall

RATES = "/v1/tax_rates"
TYPES = ("vat", "gst", "hst", "pst", "qst", "sales_tax", "jct", "service_tax")
_COUNTRIES = frozenset(str(code) for code in Locale("en").territories if len(str(code)) == 2)


class InvalidTaxRule(DomainError):
    """What was asked does not fit together; `param` names the field."""

    code = "invalid_tax_rule"
    title = "The tax cannot be charged like this"


class TaxRuleArchived(IllegalState):
    code = "tax_rule_archived"
    title = "The tax rule is out of use"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A country, or a region of one; ISO 3166."""

    country: str
    region: str = ""


def lay_down(
    *,
    account: StripeAccount,
    place: Place,
    display_name: str,
    percentage: Decimal,
    by: Actor,
    is_inclusive: bool = False,
    allows_reverse_charge: bool = False,
    tax_type: str = "",
) -> TaxRule:
    """Charge this tax in this place from the next draft on, instead of what was charged there.

    Raises InvalidTaxRule, StripeFailure. While Stripe has not confirmed the rate, invoices of that place wait.
    """
    _refuse_nonsense(place, display_name, percentage, tax_type)
    rate = _make_rate(account, place, display_name, percentage, is_inclusive, tax_type, by)
    try:
        with transaction.atomic():
            for old in _standing(account, place):
                _take_out(old, by=by, reason="replaced")
            rule = TaxRule.objects.create(
                account=account,
                country=place.country,
                region=place.region,
                display_name=display_name,
                percentage=percentage,
                is_inclusive=is_inclusive,
                allows_reverse_charge=allows_reverse_charge,
                tax_rate=rate,
            )
            domain_events.append(rule, type="tax_rule.laid_down", by=by, data=_told(rule))
    except IntegrityError as error:
        raise InvalidTaxRule("Somebody has just changed the tax of this place. Look again.") from error
    return rule


def archive(*, rule: TaxRule, by: Actor, reason: str = "") -> OutboundCall | None:
    """Charge no tax there any more, from the next draft on; the call that archives the rate at Stripe.

    None where no rule in use has the rate at Stripe. Raises TaxRuleArchived, StripeFailure.
    """
    with transaction.atomic():
        held = TaxRule.objects.select_for_update().get(pk=rule.pk)
        if held.archived_at:
            raise TaxRuleArchived("This rule is out of use already.")
        _take_out(held, by=by, reason=reason)
    rule.refresh_from_db()
    rate = rule.tax_rate
    if rate is None or rate.status != CatalogStatus.ACTIVE:
        return None
    return catalog.change(rate, noun="tax_rate", path=RATES, wish={"active": False}, by=by)


def _make_rate(
    account: StripeAccount,
    place: Place,
    display_name: str,
    percentage: Decimal,
    is_inclusive: bool,
    tax_type: str,
    by: Actor,
) -> TaxRate:
    rate = TaxRate(
        account=account,
        display_name=display_name,
        percentage=percentage,
        is_inclusive=is_inclusive,
        country=place.country,
        state=place.region,
        jurisdiction=place.region or place.country,
        tax_type=tax_type,
    )
    wish = {
        "display_name": display_name,
        "percentage": catalog.text_or_none(percentage),
        "inclusive": is_inclusive,
        "country": place.country,
        "state": place.region,
        "jurisdiction": rate.jurisdiction,
        "tax_type": tax_type,
    }
    catalog.make(rate, noun="tax_rate", path=RATES, wish=wish, by=by)
    return rate


def _standing(account: StripeAccount, place: Place) -> list[TaxRule]:
    rules = TaxRule.objects.select_for_update().filter(account=account, archived_at=None)
    return list(rules.filter(country=place.country, region=place.region))


def _take_out(rule: TaxRule, *, by: Actor, reason: str) -> None:
    moment = clock.now()
    TaxRule.objects.filter(pk=rule.pk).update(archived_at=moment)
    audit.record(rule, changes={"archived_at": ["", moment.isoformat()]}, by=by, reason=reason)
    domain_events.append(rule, type="tax_rule.archived", by=by, data=_told(rule))


def _told(rule: TaxRule) -> dict[str, str]:
    return {"country": rule.country, "region": rule.region, "percentage": f"{rule.percentage.normalize():f}"}


def _refuse_nonsense(place: Place, display_name: str, percentage: Decimal, tax_type: str) -> None:
    if place.country not in _COUNTRIES:
        raise InvalidTaxRule("Give a country by its two letters, such as DE.", param="country")
    if not display_name.strip() or len(display_name) > 50:
        raise InvalidTaxRule("Give a name of at most 50 characters, such as VAT.", param="display_name")
    if not 0 <= percentage <= 100 or percentage != round(percentage, 4):
        raise InvalidTaxRule("A percentage is from 0 to 100, with at most four decimals.", param="percentage")
    if tax_type and tax_type not in TYPES:
        raise InvalidTaxRule(f"Give one of {', '.join(TYPES)}.", param="tax_type")
