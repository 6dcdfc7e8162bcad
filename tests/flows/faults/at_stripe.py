"""Faults at Stripe: what it lists differs from what its events told us, or its events never came."""

from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal

from tests.flows.faults.planting import HALF, Fault, Ground

# What cards cost at most in euros: 2.9 % + 30, 1.5 % for those from abroad, 2 % for conversion.
MOST_BASIS_POINTS, FIXED = 640, 30


def plant(ground: Ground) -> list[Fault]:
    """Three of each type but timing, and but those of payouts."""
    return [fault for sow in _ALL for fault in sow(ground)]


def plant_timing(ground: Ground) -> Iterator[Fault]:
    """Sales of this hour, whose lines are still to come. Our side must hear of them."""
    sales = [ground.shop.sell("eur", 7100 + number) for number in range(HALF)]
    ground.shop.sandbox.advance(seconds=60)
    for sale in sales:
        ground.spoil(ground.line(sale.charge)["id"], delete=True)
        yield Fault("timing", sale.charge, -sale.amount_minor)


def _missing_at_stripe(ground: Ground) -> Iterator[Fault]:
    for sale in ground.sales():
        ground.spoil(ground.line(sale.charge)["id"], delete=True)
        yield Fault("missing_at_stripe", sale.charge, -sale.amount_minor)


def _missing_here(ground: Ground) -> Iterator[Fault]:
    for number in range(HALF):
        sale = ground.shop.sell("eur", 7200 + number)
        ground.shop.taken.add(sale.charge)
        yield Fault("missing_here", sale.charge, sale.amount_minor)


def _amount(ground: Ground) -> Iterator[Fault]:
    for sale in ground.sales():
        ground.spoil(ground.line(sale.charge)["id"], set={"amount": sale.amount_minor + 100})
        yield Fault("amount", sale.charge, 100)


def _currency(ground: Ground) -> Iterator[Fault]:
    for sale in ground.sales():
        ground.spoil(ground.line(sale.charge)["id"], set={"currency": "chf"})
        yield Fault("currency", sale.charge, sale.amount_minor)


def _fee(ground: Ground) -> Iterator[Fault]:
    for sale in ground.sales():
        most = (sale.amount_minor * MOST_BASIS_POINTS + 5000) // 10_000 + FIXED
        ground.spoil(ground.line(sale.charge)["id"], set={"fee": most + 40})
        yield Fault("fee", sale.charge, 40)


def _duplicate(ground: Ground) -> Iterator[Fault]:
    for sale in ground.sales():
        ground.spoil(ground.line(sale.charge)["id"], duplicate=True)
        yield Fault("duplicate", sale.charge, sale.amount_minor)


def _status(ground: Ground) -> Iterator[Fault]:
    """A refund of which we know that it succeeded comes back."""
    for refund in list(ground.shop.refunds.values())[-HALF:]:
        failed = ground.shop.sandbox.control("refunds", {"fail": refund})
        yield Fault("status", refund, failed["amount"])


def _orphan_refund(ground: Ground) -> Iterator[Fault]:
    for sale in ground.sales():
        made = ground.shop.sandbox.control("refunds", {"charge": sale.charge, "amount": 500})
        yield Fault("orphan_refund", made["id"], -500)


def _dispute_not_booked(ground: Ground) -> Iterator[Fault]:
    for sale in ground.sales():
        yield Fault("dispute_not_booked", ground.shop.dispute(sale), -sale.amount_minor)


def plant_in_payouts(ground: Ground) -> Iterator[Fault]:
    """A line of the newest payout of each currency is listed with it no more."""
    newest: dict[str, str] = {}
    for payout in ground.shop.v1.payouts.list({"limit": 100}).data:
        newest.setdefault(payout.currency, payout.id)
    for currency in ("eur", "jpy", "usd"):
        line = next(line for line in ground.lines_of(newest[currency]) if line["type"] == "charge")
        ground.spoil(line["id"], payout=None)
        yield Fault("payout_not_complete", newest[currency], -line["net"])


def _exchange_difference(ground: Ground) -> Iterator[Fault]:
    for sale in ground.sales(currency="gbp"):
        line = ground.line(sale.charge)
        ground.spoil(line["id"], set={"exchange_rate": 1.25})
        expected = int((sale.amount_minor * Decimal("1.25")).to_integral_value(ROUND_HALF_UP))
        yield Fault("exchange_difference", sale.charge, line["amount"] - expected)


def _unknown_line_type(ground: Ground) -> Iterator[Fault]:
    for amount in (-700, -800, 900):
        line = {"type": "future_thing", "amount": amount, "currency": "eur", "description": "Something new"}
        made = ground.shop.sandbox.control("balance_transactions", line)
        yield Fault("unknown_line_type", made["id"], amount)


_ALL: list[Callable[[Ground], Iterator[Fault]]] = [
    _missing_at_stripe,
    _missing_here,
    _amount,
    _currency,
    _fee,
    _duplicate,
    _status,
    _orphan_refund,
    _dispute_not_booked,
    _exchange_difference,
    _unknown_line_type,
]
