"""An invoice that never was, for those who set up a letterhead."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from billing.models import Letterhead
from billing.services import invoice_paper, paper_parts
from billing.services.paper import Line, Link, Paper, Party, Sum
from billing.services.wording import Reader
from config.base import clock

_PLAN_MINOR, _SEATS, _SETUP_MINOR, _DISCOUNT_MINOR, _TAX_MINOR = 4900, 3, 12000, 1470, 4795
_NINETEEN = Decimal(19)


def invoice(letterhead: Letterhead, *, has_logo: bool) -> Paper:
    """A sample in the currency of the books, with a line of each kind."""
    entity = letterhead.legal_entity
    reader = Reader("en", "en", ZoneInfo(entity.time_zone))
    now = clock.now()
    total = _PLAN_MINOR * _SEATS + _SETUP_MINOR - _DISCOUNT_MINOR + _TAX_MINOR
    money = [reader.money(minor, entity.currency) for minor in (_PLAN_MINOR * _SEATS + _SETUP_MINOR, total)]
    return Paper(
        title=reader.say("invoice"),
        number="SAMPLE",
        summary=f"A sample of {entity.name}",
        lang="en",
        **paper_parts.look(entity, issued_at=now),
        logo=has_logo,
        seller=paper_parts.seller(letterhead),
        buyer_title=reader.say("bill_to"),
        buyer=Party(name="A customer of yours", lines=["12 Long Road", "Their town", "Their country"]),
        facts=[(reader.say("number_of_invoice"), "SAMPLE"), (reader.say("issued"), reader.day(now))],
        headline=reader.say("due_on", amount=money[1], date=reader.day(now + timedelta(days=14))),
        subline=reader.say("pay_by_link"),
        link=Link(reader.say("pay_online"), "https://example.com/"),
        columns=invoice_paper.columns(reader),
        lines=_lines(reader, entity.currency, now),
        sums=[
            Sum(reader.say("subtotal"), money[0]),
            Sum(
                reader.say("discount_named", name="WELCOME (10\u00a0%)"),
                reader.money(-_DISCOUNT_MINOR, entity.currency),
            ),
            Sum("VAT 19\u00a0%", reader.money(_TAX_MINOR, entity.currency)),
            Sum(reader.say("total"), money[1], "strong"),
        ],
        total=Sum(reader.say("amount_due"), money[1]),
        notes=paper_parts.terms(letterhead, reader),
        footer=paper_parts.rows(letterhead.footer) or [entity.name],
        words=paper_parts.words(reader),
    )


def _lines(reader: Reader, currency: str, now: datetime) -> list[Line]:
    month = datetime(now.year, now.month, 1, tzinfo=UTC)
    plan, setup = reader.money(_PLAN_MINOR, currency), reader.money(_SETUP_MINOR, currency)
    return [
        Line(
            text="A plan, by seats",
            details=[reader.period(month, month + timedelta(days=31))],
            quantity=str(_SEATS),
            unit=plan,
            tax=reader.percent(_NINETEEN),
            amount=reader.money(_PLAN_MINOR * _SEATS, currency),
        ),
        Line(text="Setting up", quantity="1", unit=setup, tax=reader.percent(_NINETEEN), amount=setup),
    ]
