"""What an invoice of ours is written with: checked here, and said in Stripe's words."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from billing.models import CatalogStatus, Coupon, DraftLine, Invoice, Price, PromotionCode
from billing.services import catalog
from config.base import clock
from config.base.currencies import MAXIMUM_MINOR
from config.base.errors import DomainError
from config.base.money import currency_rule
from payments.stripe_fields import labelled

AUTOMATIC, BY_INVOICE = "charge_automatically", "send_invoice"
MOST_LINES = 1000
MOST_CUSTOM_FIELDS = 4  # Source: https://docs.stripe.com/api/invoices/create
PURCHASE_ORDER = "Purchase order"
CORRECTS = "Corrects invoice"


class InvalidInvoice(DomainError):
    """What was asked does not fit together; `param` names the field."""

    code = "invalid_invoice"
    title = "The invoice cannot be made like this"


@dataclass(frozen=True, slots=True)
class CustomField:
    """A name and a value that stand at the head of the invoice."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What stands on an invoice beside its lines. Either `days_until_due` or `due_date` (UTC), where it is sent."""

    collection_method: str = BY_INVOICE
    days_until_due: int | None = None
    due_date: datetime | None = None
    memo: str = ""
    footer: str = ""
    purchase_order: str = ""
    custom_fields: Sequence[CustomField] = ()
    discounts: Sequence[Coupon | PromotionCode] = ()
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A price, or a description with a unit amount in minor units, which may be negative.

    `id`: of the draft line that it changes; empty for a new one.
    """

    description: str = ""
    quantity: int = 1
    unit_amount: int | None = None
    price: Price | None = None
    period_start: datetime | None = None
    period_end: datetime | None = None
    is_discountable: bool = True
    id: str = ""


def check(currency: str, terms: Terms, lines: Sequence[Line]) -> None:
    """Raises InvalidInvoice or UnknownCurrency, naming the field at fault."""
    currency_rule(currency)
    _check_due(terms)
    _check_words(terms)
    if len(lines) > MOST_LINES:
        raise InvalidInvoice(f"An invoice has at most {MOST_LINES:,} lines.", param="lines")
    for position, line in enumerate(lines):
        _check_line(line, currency, param=f"lines.{position}")


def creation(invoice: Invoice, tax: dict[str, object]) -> dict[str, Any]:
    """Stripe's words for the whole invoice but its lines."""
    wish = {
        "customer": invoice.customer.stripe_id,
        "currency": invoice.currency,
        "auto_advance": False,
        "pending_invoice_items_behavior": "exclude",
        "collection_method": invoice.collection_method,
        "days_until_due": None if invoice.due_date else invoice.days_until_due,
        "due_date": catalog.seconds(invoice.due_date),
        "description": invoice.description,
        "footer": invoice.footer,
        "custom_fields": shown_fields(invoice),
        "discounts": [_discount(chosen.coupon, chosen.promotion_code) for chosen in _discounts(invoice)],
        "metadata": labelled(invoice.metadata, invoice.public_id),
        **tax,
    }
    return catalog.without_gaps(wish)


def addition(line: DraftLine, currency: str) -> dict[str, Any]:
    """Stripe's words for a line. Our label in it tells after a crash whether it is there."""
    wish: dict[str, Any] = {"description": line.description, **_pricing(line, currency)}
    if line.period_start and line.period_end:
        wish["period"] = {"start": catalog.seconds(line.period_start), "end": catalog.seconds(line.period_end)}
    if not line.is_discountable:
        wish["discountable"] = False
    return catalog.without_gaps(wish) | {"metadata": labelled({}, line.public_id)}


def shown_fields(invoice: Invoice) -> list[dict[str, str]]:
    """The custom fields as Stripe shows them: the purchase order and what it corrects are among them."""
    implied = [(PURCHASE_ORDER, invoice.purchase_order)]
    implied.append((CORRECTS, invoice.from_invoice.number if invoice.from_invoice else ""))
    return [{"name": name, "value": value} for name, value in implied if value] + list(invoice.custom_fields)


def _pricing(line: DraftLine, currency: str) -> dict[str, Any]:
    if line.price:
        return {"pricing": {"price": catalog.stripe_id(line.price)}, "quantity": line.quantity}
    if line.quantity == 1:
        return {"amount": line.unit_amount_minor}
    product = {"name": line.description}
    data = {"currency": currency, "unit_amount": line.unit_amount_minor, "product_data": product}
    return {"price_data": data, "quantity": line.quantity}


def _discounts(invoice: Invoice) -> Any:
    return invoice.draft_discounts.select_related("coupon", "promotion_code")


def _discount(coupon: Coupon | None, promotion_code: PromotionCode | None) -> dict[str, str]:
    if promotion_code:
        return {"promotion_code": catalog.stripe_id(promotion_code)}
    return {"coupon": catalog.stripe_id(coupon)} if coupon else {}


def _check_due(terms: Terms) -> None:
    if terms.collection_method not in {AUTOMATIC, BY_INVOICE}:
        raise InvalidInvoice(f"Give {AUTOMATIC} or {BY_INVOICE}.", param="collection_method")
    is_sent, has_date = terms.collection_method == BY_INVOICE, terms.due_date is not None
    if not is_sent and (has_date or terms.days_until_due is not None):
        raise InvalidInvoice("Only an invoice that is sent has a due date.", param="days_until_due")
    if is_sent and has_date == (terms.days_until_due is not None):
        raise InvalidInvoice("Say when it is due: in how many days, or on which day.", param="days_until_due")
    if terms.days_until_due is not None and not 0 <= terms.days_until_due <= 365:
        raise InvalidInvoice("Give 0 to 365 days.", param="days_until_due")
    if terms.due_date is not None and terms.due_date <= clock.now():
        raise InvalidInvoice("An invoice is due in the future.", param="due_date")


def _check_words(terms: Terms) -> None:
    for name, longest in (("memo", 1500), ("footer", 1500), ("purchase_order", 140)):
        if len(getattr(terms, name)) > longest:
            raise InvalidInvoice(f"Give at most {longest:,} characters.", param=name)
    if len(terms.custom_fields) + bool(terms.purchase_order) > MOST_CUSTOM_FIELDS:
        text = f"There is room for {MOST_CUSTOM_FIELDS} custom fields, the purchase order among them."
        raise InvalidInvoice(text, param="custom_fields")
    for custom in terms.custom_fields:
        if not 1 <= len(custom.name.strip()) <= 40 or not 1 <= len(custom.value.strip()) <= 140:
            raise InvalidInvoice(
                "A custom field has a name of up to 40 characters and a value of up to 140.", param="custom_fields"
            )
    for discount in terms.discounts:
        if discount.status != CatalogStatus.ACTIVE:
            raise InvalidInvoice(f"{discount} cannot be redeemed any more.", param="discounts")


def _check_line(line: Line, currency: str, *, param: str) -> None:
    if (line.price is None) == (line.unit_amount is None):
        raise InvalidInvoice("A line has a price, or an amount.", param=f"{param}.amount")
    if not 1 <= line.quantity <= 10**9:
        raise InvalidInvoice("Give a quantity of at least 1.", param=f"{param}.quantity")
    if len(line.description) > 500:
        raise InvalidInvoice("Give at most 500 characters.", param=f"{param}.description")
    if (line.period_start is None) != (line.period_end is None):
        raise InvalidInvoice("A period has a start and an end.", param=f"{param}.period")
    if line.period_start and line.period_end and line.period_end < line.period_start:
        raise InvalidInvoice("A period ends after it starts.", param=f"{param}.period")
    if line.price:
        _check_price(line.price, currency, param=f"{param}.price")
    elif line.unit_amount is not None:
        _check_amount(line, line.unit_amount, currency, param=param)


def _check_price(price: Price, currency: str, *, param: str) -> None:
    if price.status != CatalogStatus.ACTIVE or price.type != Price.Type.ONE_TIME:
        raise InvalidInvoice("A line takes a price that is sold, and is paid once.", param=param)
    if currency not in {price.currency, *price.currencies.values_list("currency", flat=True)}:
        raise InvalidInvoice(f"This price is not sold in {currency}.", param=param)


def _check_amount(line: Line, unit_amount: int, currency: str, *, param: str) -> None:
    if not line.description.strip():
        raise InvalidInvoice("Say what the amount is for.", param=f"{param}.description")
    if abs(unit_amount) * line.quantity > MAXIMUM_MINOR:
        raise InvalidInvoice("The amount is above Stripe's limit.", param=f"{param}.amount")
    if unit_amount % currency_rule(currency).step_minor:
        step = currency_rule(currency).step_minor
        raise InvalidInvoice(f"Amounts in {currency} must be multiples of {step} minor units.", param=f"{param}.amount")
