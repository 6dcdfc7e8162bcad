"""Deferred revenue is earned by whole days, an entry an invoice and month; what is taken back was not earned yet."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import Sum

from billing.models import Entry, InvoiceLine, LedgerAccount, Posting
from billing.services.ledger import recognition
from billing.services.ledger.deferral import Change, unearned
from config.base import clock
from config.base.models import StripeAccount
from payments.failures import JsonObject
from tests.billing.handlers import bodies
from tests.billing.handlers.applying import apply
from tests.flows import company_year
from tests.flows.faults.company import Company
from tests.plugins.stripe import LocalStripe

KIND = LedgerAccount.Kind
JANUARY = int(datetime(2026, 1, 1, 12, tzinfo=UTC).timestamp())
DAY = 86_400


def balances() -> dict[tuple[str, str], int]:
    rows = Posting.objects.values_list("account__kind", "account__currency").annotate(total=Sum("amount_minor"))
    return {(kind, currency): total for kind, currency, total in rows if total}


def stands(kind: str) -> int:
    return balances().get((kind, "eur"), 0)


def quarter(*, days: int = 90, **facts: Any) -> JsonObject:
    """90.00 € for 90 days from the first of January on, finalized on that day."""
    line = bodies.line(amount=9000, period={"start": JANUARY, "end": JANUARY + days * DAY})
    moments = {"finalized_at": JANUARY, "paid_at": None, "voided_at": None, "marked_uncollectible_at": None}
    given = {"created": JANUARY, "status": "open", "status_transitions": moments, **facts}
    return bodies.invoice(line, **given)


def voided(at: int) -> JsonObject:
    body = quarter(status="void")
    return body | {"status_transitions": body["status_transitions"] | {"voided_at": at}}


def noted(amount: int, *, at: int, **facts: Any) -> JsonObject:
    lines = {"object": "list", "data": [bodies.credit_line(amount=amount)], "has_more": False}
    sums = {"subtotal": amount, "total": amount, "amount": amount, "pre_payment_amount": amount}
    given = {"post_payment_amount": 0, "refunds": [], "effective_at": at, "created": at, "lines": lines}
    given["out_of_band_amount"] = 0
    return bodies.credit_note(**sums, **given | facts)


def second(amount: int) -> JsonObject:
    return {"object": "list", "data": [bodies.credit_line(id="cnli_2", amount=amount)], "has_more": False}


def recognize(account: StripeAccount, today: date) -> int:
    return recognition.recognize(legal_entity=account.legal_entity, today=today, by="test")


def months() -> list[tuple[str, int]]:
    rows = Posting.objects.filter(account__kind=KIND.REVENUE, entry__kind__startswith="recognized:")
    return [(kind.partition(":")[2], -sum_) for kind, sum_ in rows.values_list("entry__kind").annotate(
        sum=Sum("amount_minor")).order_by("entry__effective_date", "entry__pk")]  # fmt: skip


@pytest.mark.django_db
def test_what_was_served_is_revenue_and_the_rest_stays_deferred(account: StripeAccount, sandbox: LocalStripe) -> None:
    company = Company(account)
    company_year.play(sandbox.client, sandbox, days=100)
    company.hear()
    before, today = balances(), clock.now().date()

    assert recognize(account, today) > 5
    assert recognize(account, today) == 0

    after = balances()
    month_end = today.replace(day=1) - timedelta(days=1)
    for currency in ("eur", "usd", "jpy"):
        moved = after.get((KIND.REVENUE, currency), 0) - before.get((KIND.REVENUE, currency), 0)
        assert moved == before.get((KIND.DEFERRED_REVENUE, currency), 0) - after.get(
            (KIND.DEFERRED_REVENUE, currency), 0
        )
    left = (
        Posting.objects.filter(account__kind=KIND.DEFERRED_REVENUE).values("line").annotate(total=Sum("amount_minor"))
    )
    standing = [row["line"] for row in left if row["total"]]
    assert standing
    assert not InvoiceLine.objects.filter(stripe_id__in=standing, period_end__date__lte=month_end).exists()


@pytest.mark.django_db
def test_each_month_has_its_entry_also_when_all_are_booked_late(account: StripeAccount) -> None:
    apply(account, quarter())

    assert recognize(account, date(2026, 6, 3)) == 3

    assert months() == [("2026-01", 3100), ("2026-02", 2800), ("2026-03", 3100)]
    assert stands(KIND.DEFERRED_REVENUE) == 0
    assert stands(KIND.REVENUE) == -9000
    days = Entry.objects.filter(kind__startswith="recognized:").order_by("pk").values_list("effective_date", flat=True)
    assert list(days) == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]


@pytest.mark.django_db
def test_it_is_booked_by_hand_as_by_the_hour(account: StripeAccount, capsys: pytest.CaptureFixture[str]) -> None:
    apply(account, quarter())

    call_command("recognize_revenue")
    call_command("recognize_revenue")

    assert capsys.readouterr().out == "3 entries booked.\n0 entries booked.\n"
    assert months() == [("2026-01", 3100), ("2026-02", 2800), ("2026-03", 3100)]


@pytest.mark.django_db
def test_month_by_month_comes_to_the_same(account: StripeAccount) -> None:
    apply(account, quarter())

    for month in (2, 3, 4, 5):
        recognize(account, date(2026, month, 1))

    assert months() == [("2026-01", 3100), ("2026-02", 2800), ("2026-03", 3100)]


@pytest.mark.django_db
def test_a_void_takes_back_what_was_earned_at_once(account: StripeAccount) -> None:
    apply(account, quarter())
    recognize(account, date(2026, 2, 1))

    apply(account, *2 * [voided(JANUARY + 40 * DAY)])

    assert balances() == {}
    assert months() == [("2026-01", 3100), ("2026-02-10", -3100)]
    assert recognize(account, date(2026, 6, 1)) == 0


@pytest.mark.django_db
def test_a_note_takes_what_is_not_earned_yet_first(account: StripeAccount) -> None:
    apply(account, quarter())
    recognize(account, date(2026, 2, 1))

    note = noted(2000, at=JANUARY + 44 * DAY)
    apply(account, *2 * [note])

    assert (stands(KIND.REVENUE), stands(KIND.DEFERRED_REVENUE)) == (-4456, -2544)
    recognize(account, date(2026, 4, 1))
    assert (stands(KIND.REVENUE), stands(KIND.DEFERRED_REVENUE)) == (-7000, 0)


@pytest.mark.django_db
def test_a_note_above_what_is_not_earned_takes_revenue(account: StripeAccount) -> None:
    apply(account, quarter())
    recognize(account, date(2026, 3, 1))

    apply(account, noted(8000, at=JANUARY + 60 * DAY))

    assert (stands(KIND.REVENUE), stands(KIND.DEFERRED_REVENUE)) == (-1000, 0)
    assert recognize(account, date(2026, 4, 1)) == 0


@pytest.mark.django_db
def test_a_void_note_is_earned_over_the_days_that_are_left(account: StripeAccount) -> None:
    apply(account, quarter(), noted(9000, at=JANUARY + 45 * DAY))
    assert (stands(KIND.REVENUE), stands(KIND.DEFERRED_REVENUE)) == (0, 0)

    later = JANUARY + 60 * DAY
    apply(account, noted(9000, at=JANUARY + 45 * DAY, status="void", voided_at=later))
    recognize(account, date(2026, 4, 1))

    assert (stands(KIND.REVENUE), stands(KIND.DEFERRED_REVENUE)) == (-9000, 0)


@pytest.mark.django_db
def test_two_notes_of_one_day_are_both_followed_at_once(account: StripeAccount) -> None:
    apply(account, quarter())
    recognize(account, date(2026, 2, 1))
    day = JANUARY + 44 * DAY

    apply(account, noted(2000, at=day), *2 * [noted(6500, at=day, id="cn_2", number="ADA-2", lines=second(6500))])

    assert (stands(KIND.REVENUE), stands(KIND.DEFERRED_REVENUE)) == (-500, 0)
    assert [name for name, _ in months()] == ["2026-01", "2026-02-14", "2026-02-14:2"]
    assert recognize(account, date(2026, 6, 1)) == 0


@pytest.mark.django_db
def test_a_void_on_the_day_of_a_note_leaves_nothing(account: StripeAccount) -> None:
    apply(account, quarter())
    day = JANUARY + 44 * DAY
    apply(account, noted(2000, at=day))
    apply(account, voided(day), noted(2000, at=day))

    assert balances() == {}
    assert recognize(account, date(2026, 6, 1)) == 0


@pytest.mark.django_db
def test_notes_told_after_their_month_was_booked_are_followed_too(account: StripeAccount) -> None:
    apply(account, quarter())
    recognize(account, date(2026, 4, 1))
    day = JANUARY + 44 * DAY

    apply(account, noted(2000, at=day))
    apply(account, noted(500, at=day, id="cn_2", number="ADA-2", lines=second(500)))

    assert (stands(KIND.REVENUE), stands(KIND.DEFERRED_REVENUE)) == (-6500, 0)


@pytest.mark.parametrize(
    ("until", "left"),
    [(date(2026, 1, 14), 3100), (date(2026, 1, 31), 1400), (date(2026, 2, 13), 100), (date(2026, 2, 28), 0)],
)
@pytest.mark.parametrize("sign", [1, -1])
def test_days_are_whole(until: date, left: int, sign: int) -> None:
    put = [Change(date(2026, 1, 10), sign * 3100)]

    assert unearned(put, begins=date(2026, 1, 15), ends=date(2026, 2, 15), until=until) == sign * left


def test_what_was_taken_of_revenue_goes_back_there_first() -> None:
    period = {"begins": date(2026, 1, 1), "ends": date(2026, 1, 31)}
    put, half = Change(date(2026, 1, 1), 3000), date(2026, 1, 16)
    taken, restored = Change(half, -2000), Change(half, 2000)

    assert unearned([put, taken], until=half, **period) == 0
    assert unearned([put, taken, restored], until=half, **period) == 1400
