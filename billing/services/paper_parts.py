"""What every document has: seller, buyer, colours, footer."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from billing.models import Letterhead
from billing.services.paper import Note, Party
from billing.services.wording import Reader
from config.base.brand_colors import WHITE, Color, readable, text_on
from config.base.models import LegalEntity
from payments.models import Customer

_LETTER_PAPER = {"US", "CA", "MX"}
_POSTAL_CODE_LAST = {"US", "CA", "GB", "AU", "IE", "IN"}


def seller(letterhead: Letterhead) -> Party:
    """The legal entity with its address, tax numbers and e-mail."""
    entity = letterhead.legal_entity
    return Party(
        name=entity.name, lines=[*rows(letterhead.address), *rows(letterhead.tax_ids), *rows(entity.support_email)]
    )


def buyer(customer: Customer, reader: Reader) -> Party:
    """The customer as Stripe knows them today: name, address, tax numbers, e-mail."""
    named = customer.name or customer.email or customer.public_id
    tax_ids = customer.tax_ids.filter(deleted_at=None).order_by("pk")
    return Party(
        name=named,
        lines=[
            *_address(customer, reader),
            *(f"{reader.say('tax_id')} {each.value}" for each in tax_ids),
            *([customer.email] if customer.email and customer.email != named else []),
        ],
    )


def look(entity: LegalEntity, *, issued_at: datetime) -> dict[str, Any]:
    """Colours, paper and day of a document of this legal entity."""
    brand = Color.parse(entity.brand_color)
    day = issued_at.astimezone(ZoneInfo(entity.time_zone)).date()
    return {
        "size": "us-letter" if entity.country in _LETTER_PAPER else "a4",
        "moment": int(issued_at.timestamp()),
        "date": (day.year, day.month, day.day),
        "brand": str(brand),
        "on_brand": str(text_on(brand)),
        "brand_ink": str(readable(brand, on=WHITE)),
    }


def words(reader: Reader) -> dict[str, str]:
    """Our words that the template sets by itself."""
    return {"from": reader.say("from"), "page_of": reader.say("page_of", page="{page}", pages="{pages}")}


def terms(letterhead: Letterhead, reader: Reader) -> list[Note]:
    return [Note(reader.say("payment_terms"), rows(letterhead.payment_terms))] if letterhead.payment_terms else []


def rows(text: str) -> list[str]:
    """Written lines, without empty ones at both ends."""
    return [line.rstrip() for line in text.strip().splitlines()] if text.strip() else []


def _address(customer: Customer, reader: Reader) -> Iterator[str]:
    country, code = customer.address_country, customer.address_postal_code
    if country in _POSTAL_CODE_LAST:
        town = ", ".join(filter(None, [customer.address_city, f"{customer.address_state} {code}".strip()]))
    else:
        town = ", ".join(filter(None, [f"{code} {customer.address_city}".strip(), customer.address_state]))
    is_abroad = country != customer.account.legal_entity.country
    name = reader.country(country) if country and is_abroad else ""
    yield from filter(None, [customer.address_line1, customer.address_line2, town, name])
