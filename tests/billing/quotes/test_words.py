"""A quote in the customer's words: their calendar, their way of writing."""

from datetime import UTC, datetime

import pytest

from billing.models import Quote, Subscription
from billing.services import customer_places, proration_words
from config.base.models import LegalEntity, StripeAccount
from payments.models import Customer

LATE_EVENING = "2026-11-30T23:30:00+00:00"


def customer(*, country: str = "", zone: str = "", locale: str = "") -> Customer:
    account = StripeAccount(legal_entity=LegalEntity(time_zone="Europe/Berlin"))
    metadata = {"time_zone": zone} if zone else {}
    return Customer(account=account, address_country=country, preferred_locale=locale, metadata=metadata)


@pytest.mark.parametrize(
    ("whose", "day"),
    [
        (customer(), "Dec 1, 2026"),
        (customer(country="DE"), "Dec 1, 2026"),
        (customer(country="GB"), "Nov 30, 2026"),
        (customer(zone="Pacific/Kiritimati"), "Dec 1, 2026"),
        (customer(zone="Pacific/Pago_Pago"), "Nov 30, 2026"),
        (customer(country="GB", zone="Europe/Berlin"), "Dec 1, 2026"),
        (customer(country="US"), "Dec 1, 2026"),
        (customer(zone="Mars/Olympus", locale="xx-invalid-locale"), "Dec 1, 2026"),
        (customer(country="DE", locale="de-DE"), "01.12.2026"),
    ],
)
def test_a_day_is_that_of_the_customers_calendar(whose: Customer, day: str) -> None:
    assert proration_words.day(LATE_EVENING, whose) == day


def test_a_country_with_several_times_has_no_zone_of_its_own() -> None:
    assert str(customer_places.zone(customer(country="US"))) == "Europe/Berlin"
    assert str(customer_places.zone(customer(country="AT"))) == "Europe/Vienna"


def quote(**fields: object) -> Quote:
    line = {
        "description": "Unused time on Studio after 30 Nov 2026",
        "amount": -1450,
        "currency": "eur",
        "period_start": LATE_EVENING,
        "period_end": "2026-12-15T23:30:00+00:00",
        "is_proration": True,
    }
    values = {
        "subscription": Subscription(customer=customer(country="DE", locale="de")),
        "currency": "eur",
        "lines": [line],
        "total_now_minor": 1450,
        "due_now_minor": 1450,
        "total_next_minor": 5900,
        "next_payment_at": datetime(2026, 12, 15, 23, 30, tzinfo=UTC),
    }
    return Quote(**values | fields)


def test_it_says_what_is_paid_today_and_next() -> None:
    assert proration_words.sentences(quote()) == [
        "Unused time on Studio, 01.12.2026 – 16.12.2026: -14,50\xa0€",
        "To pay today: 14,50\xa0€.",
        "Next payment on 16.12.2026: 59,00\xa0€.",
    ]


def test_a_credit_is_not_called_a_payment() -> None:
    assert proration_words.today(quote(total_now_minor=-500, due_now_minor=0)) == (
        "Nothing to pay today; 5,00\xa0€ are credited to the next invoices."
    )


def test_what_depends_on_usage_is_an_estimate() -> None:
    assert "about 59,00\xa0€, depending on usage" in proration_words.following(quote(is_estimate=True))


def test_a_subscription_that_ends_has_no_next_payment() -> None:
    assert proration_words.following(quote(next_payment_at=None)) == "There is no next payment."
