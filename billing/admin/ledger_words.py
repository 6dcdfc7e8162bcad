"""The ledger in the words of those who keep books: accounts, their sides, what an entry tells."""

from datetime import date

from django.utils.html import format_html
from django.utils.safestring import SafeString

from billing.models import LedgerAccount
from config.base.console import display
from config.base.console.display import Tone
from config.base.money import Money

Kind = LedgerAccount.Kind

# In the order of a balance sheet, then of a profit and loss account.
MEANINGS: dict[str, tuple[str, str]] = {
    Kind.RECEIVABLE: ("Asset", "What customers owe"),
    Kind.STRIPE_CLEARING: ("Asset", "Paid by customers or given back, and not in Stripe's books yet"),
    Kind.STRIPE_BALANCE: ("Asset", "What Stripe holds for us"),
    Kind.IN_TRANSIT: ("Asset", "Paid out by Stripe, and not at the bank yet"),
    Kind.BANK: ("Asset", "At the bank"),
    Kind.SUSPENSE: ("Asset", "Not explained yet: to be emptied"),
    Kind.EXCHANGE: ("Passage", "Conversions of one currency into another"),
    Kind.CUSTOMER_PREPAYMENTS: ("Liability", "Paid before there was anything to pay"),
    Kind.CREDITS_LIABILITY: ("Liability", "Credit that customers can still use"),
    Kind.DEFERRED_REVENUE: ("Liability", "Billed, and still to be delivered"),
    Kind.TAX_PAYABLE: ("Liability", "Tax that is owed to the state"),
    Kind.OPENING: ("Equity", "What stood at Stripe when the books began"),
    Kind.REVENUE: ("Income", "Sold and delivered"),
    Kind.FEES: ("Expense", "What Stripe takes"),
    Kind.DISPUTE_LOSSES: ("Expense", "Taken back by customers' banks"),
    Kind.WRITE_OFFS: ("Expense", "Given up"),
}
ORDER = {kind: place for place, kind in enumerate(MEANINGS)}
_TONES = {
    "Asset": Tone.BUSY,
    "Liability": Tone.WARN,
    "Income": Tone.GOOD,
    "Expense": Tone.BAD,
}
_TELLS = {
    "received": "Payment received",
    "allocated": "Payment taken by an invoice",
    "refunded": "Refunded",
    "assigned": "Refund taken over by a credit note",
    "withdrawn": "Taken back by a bank",
    "reinstated": "Given back by a bank",
    "booked": "Booked by hand",
    "paid": "Payout arrived",
    "issued": "Issued",
    "recognized": "Revenue recognized",
    "opening": "Opening of the books",
    "charge": "Stripe: charge",
    "payment": "Stripe: payment",
    "refund": "Stripe: refund",
    "payment_refund": "Stripe: refund of a payment",
    "stripe_fee": "Stripe: fee",
    "payout": "Stripe: payout",
    "payout_failure": "Stripe: a payout failed",
    "payout_cancel": "Stripe: a payout was canceled",
    "adjustment": "Stripe: adjustment",
}


def account(row: LedgerAccount) -> str:
    return f"{display.words(row.kind)} {row.currency.upper()}"


def group(kind: str) -> SafeString:
    """Which part of the books the account belongs to."""
    name, meaning = MEANINGS.get(kind, ("Other", ""))
    return display.label(name, _TONES.get(name, Tone.QUIET), title=meaning)


def told(kind: str) -> str:
    """`received:2` as `Payment received (2)`."""
    name, _, more = kind.partition(":")
    return _TELLS.get(name, display.words(name)) + (f" ({display.words(more).lower()})" if more else "")


def debit(minor: int, currency: str) -> SafeString:
    return display.money_unless_zero(Money(max(minor, 0), currency))


def credit(minor: int, currency: str) -> SafeString:
    return display.money_unless_zero(Money(max(-minor, 0), currency))


def balance(minor: int, currency: str) -> SafeString:
    """`€10.00 Dr`: the amount without a sign, and on which side it stands."""
    side = "Dr" if minor > 0 else "Cr" if minor < 0 else ""
    amount = Money(abs(minor), currency).format(display.locale())
    return format_html('<span class="cf-money">{} <span class="cf-quiet">{}</span></span>', amount, side)


def day(on: date) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', on.isoformat(), f"{on:%-d %b %Y}")
