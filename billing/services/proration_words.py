"""A quote in words, for the customer: their dates, their way of writing money."""

from datetime import datetime

from babel.dates import format_date

from billing.models import Quote
from billing.services import customer_places
from config.base.money import Money
from payments.failures import JsonObject
from payments.models import Customer


def sentences(quote: Quote) -> list[str]:
    """What a change means, a sentence each: its lines, what is paid today, what is paid next."""
    customer = quote.subscription.customer
    return [*(line(each, customer) for each in quote.lines), today(quote), following(quote)]


def line(each: JsonObject, customer: Customer) -> str:
    """`Unused time on Basic, 11 Nov 2026 – 1 Dec 2026: €3.33`."""
    amount = _money(Money(each["amount"], each["currency"]), customer)
    start, end = each["period_start"], each["period_end"]
    span = f", {day(start, customer)} – {day(end, customer)}" if start and start != end else ""
    return f"{_named(each)}{span}: {amount}"


def today(quote: Quote) -> str:
    """What is collected or credited when the change is confirmed."""
    customer = quote.subscription.customer
    if quote.due_now_minor > 0:
        return f"To pay today: {_money(quote.due_now, customer)}."
    if quote.total_now_minor < 0:
        return f"Nothing to pay today; {_money(-quote.total_now, customer)} are credited to the next invoices."
    return "Nothing to pay today."


def following(quote: Quote) -> str:
    """What the next renewal costs, and when it comes."""
    customer = quote.subscription.customer
    amount = _money(quote.total_next, customer)
    about = f"about {amount}, depending on usage" if quote.is_estimate else amount
    if quote.next_payment_at is None:
        return "There is no next payment."
    return f"Next payment on {day(quote.next_payment_at.isoformat(), customer)}: {about}."


def day(moment: str, customer: Customer) -> str:
    """The day on the customer's calendar."""
    local = datetime.fromisoformat(moment).astimezone(customer_places.zone(customer))
    return format_date(local.date(), format="medium", locale=customer_places.locale(customer))


def _named(each: JsonObject) -> str:
    """Stripe's description without the day that it tells in UTC."""
    return str(each["description"] or "Item").partition(" after ")[0] if each["is_proration"] else each["description"]


def _money(amount: Money, customer: Customer) -> str:
    return amount.format(customer_places.locale(customer))
