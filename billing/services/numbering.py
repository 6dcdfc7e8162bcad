"""A legal entity's own invoice numbers: taken under the series' lock, never twice, and kept by their invoice."""

from django.db import IntegrityError, transaction

from billing.models import Invoice, IssuedNumber, NumberSeries
from config.base import audit
from config.base.actor import Actor
from config.base.errors import DomainError
from config.base.models import LegalEntity, StripeAccount

LONGEST = 26  # Source: https://docs.stripe.com/invoicing/customize


class InvalidSeries(DomainError):
    """What was asked does not fit together; `param` names the field."""

    code = "invalid_number_series"
    title = "Numbers cannot be given like this"


def series_of(account: StripeAccount) -> NumberSeries | None:
    """The series in use; None where Stripe gives the numbers."""
    return NumberSeries.objects.filter(legal_entity=account.legal_entity_id, is_active=True).first()


def take(*, invoice: Invoice) -> IssuedNumber | None:
    """The invoice's number: the one it has, else the next of the series; None where Stripe gives the numbers.

    In the transaction that holds the invoice's lock. A number once taken stays with its invoice, whatever comes of it.
    """
    if kept := IssuedNumber.objects.filter(invoice=invoice).first():
        return kept
    # Who starts another series holds the legal entity: what is read afterwards is the series that holds from then on.
    LegalEntity.objects.select_for_update(no_key=True).get(pk=invoice.account.legal_entity_id)
    active = NumberSeries.objects.select_for_update().filter(is_active=True)
    series = active.filter(legal_entity=invoice.account.legal_entity_id).first()
    if series is None:
        return None
    value = series.next_number
    NumberSeries.objects.filter(pk=series.pk).update(next_number=value + 1)
    return IssuedNumber.objects.create(series=series, invoice=invoice, value=value, number=str(series))


def start(*, legal_entity: LegalEntity, by: Actor, prefix: str = "", digits: int = 5, first: int = 1) -> NumberSeries:
    """Give numbers of this series from the next finalization on; raises InvalidSeries.

    A series that was in use rests; a prefix that was used once is not used again.
    """
    _refuse_unusable(prefix, digits, first)
    try:
        with transaction.atomic():
            LegalEntity.objects.select_for_update(no_key=True).get(pk=legal_entity.pk)
            for old in NumberSeries.objects.select_for_update().filter(legal_entity=legal_entity, is_active=True):
                _rest(old, by=by)
            series = NumberSeries.objects.create(
                legal_entity=legal_entity, prefix=prefix, digits=digits, next_number=first
            )
            audit.record(series, changes={"is_active": [False, True]}, by=by)
    except IntegrityError as error:
        raise InvalidSeries("This prefix was used before, or somebody was faster.", param="prefix") from error
    return series


def stop(*, series: NumberSeries, by: Actor) -> bool:
    """Let Stripe give the numbers again; False if the series rested already. Numbers given stay."""
    with transaction.atomic():
        held = NumberSeries.objects.select_for_update().get(pk=series.pk)
        return held.is_active and _rest(held, by=by)


def _rest(series: NumberSeries, *, by: Actor) -> bool:
    NumberSeries.objects.filter(pk=series.pk).update(is_active=False)
    audit.record(series, changes={"is_active": [True, False]}, by=by)
    return True


def _refuse_unusable(prefix: str, digits: int, first: int) -> None:
    if not all(letter.isascii() and (letter.isalnum() or letter in "-_/.") for letter in prefix):
        raise InvalidSeries("Use letters, digits, hyphens, dots and slashes.", param="prefix")
    if not 1 <= digits <= 12 or len(prefix) + digits > LONGEST:
        raise InvalidSeries(f"A number has 1 to 12 digits and at most {LONGEST} characters.", param="digits")
    if first < 1 or len(str(first)) > digits:
        raise InvalidSeries("The first number is at least 1 and fits its digits.", param="first")
