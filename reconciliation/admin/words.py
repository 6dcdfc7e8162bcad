"""What discrepancies, lines, payouts and runs mean, said to those who work on them."""

from django.utils.safestring import SafeString

from config.base.console import display
from config.base.console.display import Tone
from config.base.money import Money
from reconciliation.models import Discrepancy, Payout, Run

Type = Discrepancy.Type

# Of each type: how it is called, what probably happened, what to do about it.
TYPES: dict[str, tuple[str, str, str]] = {
    Type.MISSING_AT_STRIPE: (
        "Missing at Stripe",
        "We hold that the money moved, and Stripe's books have no line of it, though its day has passed.",
        "Fetch it again. If Stripe does not know it, link the line that belongs to it, or accept it with a reason.",
    ),
    Type.MISSING_HERE: (
        "Missing here",
        "Stripe moved money for a charge that we know nothing of: its event did not arrive, or it was made elsewhere.",
        "Fetch it from Stripe. If it is not ours, put it in suspense with a reason.",
    ),
    Type.AMOUNT: (
        "Amount",
        "Both sides know it, with different amounts: it was changed at Stripe later, or here by hand.",
        "Fetch it again. A difference that stays is accepted with a reason, if it is small.",
    ),
    Type.CURRENCY: (
        "Currency",
        "Both sides know it in different currencies, and Stripe tells of no conversion.",
        "Fetch it again, and compare with the order.",
    ),
    Type.FEE: (
        "Fee",
        "Stripe took another fee than the tariff says: a card from abroad, a conversion, or new conditions.",
        "Look at what the fee consists of. Accept it, or correct the tariff.",
    ),
    Type.DUPLICATE: (
        "Duplicate",
        "The same movement stands there twice.",
        "Find out which of the two is right. If the customer paid twice, refund one.",
    ),
    Type.STATUS: (
        "Status",
        "One side says that money moved, and the other that it did not.",
        "Fetch it again: an event is missing, or came in the wrong order.",
    ),
    Type.TIMING: (
        "Timing",
        "One side is ahead of the other. It settles by itself.",
        "Nothing to do before its day.",
    ),
    Type.ORPHAN_REFUND: (
        "Orphan refund",
        "Stripe gave money back for a refund that we know nothing of: it was made in Stripe's dashboard.",
        "Fetch it from Stripe, and ask who made it.",
    ),
    Type.DISPUTE_NOT_BOOKED: (
        "Dispute not booked",
        "A customer's bank took money back, and our books do not have it.",
        "Fetch the dispute from Stripe.",
    ),
    Type.PAYOUT_NOT_COMPLETE: (
        "Payout not complete",
        "The lines of the payout do not add up to it: some are not read yet, or one came later.",
        "Fetch its lines again.",
    ),
    Type.EXCHANGE_DIFFERENCE: (
        "Exchange difference",
        "The amount in the other currency is not the amount times Stripe's rate.",
        "Accept it if it is rounding; else ask Stripe.",
    ),
    Type.UNKNOWN_LINE_TYPE: (
        "Unknown line",
        "Stripe has a kind of line that nobody has said how to book.",
        "Book it to an account, or put it in suspense with a reason. A rule can book the next ones.",
    ),
    Type.PREPAYMENT: (
        "Without a document",
        "Somebody paid, and there is no invoice or sale that the payment belongs to.",
        "Give it its document, or book it as a sale; a rule can do that for all.",
    ),
    Type.INVOICE_TOTAL: (
        "Invoice total",
        "The invoice asks for something beside its lines, discounts and taxes, such as shipping.",
        "Fetch it again. What stays is released from suspense to the account where it belongs.",
    ),
    Type.LEDGER: (
        "Books and document",
        "What is booked for the document is not what the document says.",
        "Fetch the document again: what is missing is booked.",
    ),
    Type.BALANCE: (
        "Balance",
        "What Stripe says it holds is not what its lines add up to: a line was not listed.",
        "Start a run over the days before; look for lines that Stripe no longer lists.",
    ),
}

LINE_TYPES = {
    "charge": "Charge",
    "payment": "Payment",
    "refund": "Refund",
    "payment_refund": "Refund of a payment",
    "adjustment": "Adjustment",
    "stripe_fee": "Stripe's fee",
    "payout": "Payout",
    "payout_failure": "Payout failed",
    "payout_cancel": "Payout canceled",
    "tax_fee": "Tax on fees",
    "network_cost": "Network cost",
}
_TONES = {
    "open": Tone.BAD,
    "settled": Tone.GOOD,
    "accepted": Tone.QUIET,
    "paid": Tone.GOOD,
    "pending": Tone.BUSY,
    "in_transit": Tone.BUSY,
    "failed": Tone.BAD,
    "canceled": Tone.WARN,
    "running": Tone.BUSY,
    "finished": Tone.GOOD,
    "available": Tone.GOOD,
}
_MEANINGS = {
    "pending": "Stripe has it, and it cannot be paid out yet",
    "available": "Stripe has it, and it can be paid out",
    "in_transit": "On its way to the bank",
    "settled": "Both sides agree",
    "accepted": "A person let it be as it is, for a reason",
}
COMMENTED = "A comment is added."
_AUTOMATIC = "Stripe pays out by its schedule, and lists what the payout consists of"
_MANUAL = "Stripe does not list what a payout by hand consists of"


def name(type_: str) -> str:
    return TYPES[type_][0] if type_ in TYPES else display.words(type_)


def cause(row: Discrepancy) -> str:
    return TYPES[row.type][1] if row.type in TYPES else ""


def advice(row: Discrepancy) -> str:
    return TYPES[row.type][2] if row.type in TYPES else ""


def type_label(row: Discrepancy) -> SafeString:
    tone = Tone.BUSY if row.type == Type.TIMING else Tone.WARN
    return display.label(name(row.type), tone if row.status == Discrepancy.Status.OPEN else Tone.QUIET)


def status(state: str) -> SafeString:
    return display.label(display.words(state), _TONES.get(state, Tone.QUIET), title=_MEANINGS.get(state, ""))


def difference(amount: Money) -> str:
    """With its sign, so that it is seen who has more."""
    shown = amount.format(display.locale())
    return f"+{shown}" if amount.minor > 0 else shown


def who_has_more(row: Discrepancy) -> str:
    if not row.amount_minor:
        return ""
    return "more at Stripe than here" if row.amount_minor > 0 else "less at Stripe than here"


def line_type(kind: str) -> str:
    return LINE_TYPES.get(kind, display.words(kind))


def ledger_kind(kind: str) -> str:
    return display.words(kind)


def payout_kind(payout: Payout) -> SafeString:
    if payout.is_automatic:
        return display.label("Automatic", title=_AUTOMATIC)
    return display.label("Instant" if payout.method == "instant" else "By hand", Tone.WARN, title=_MANUAL)


def run_days(run: Run) -> str:
    """What the run reads again."""
    if run.from_date is None:
        return "What is new"
    last = run.to_date or run.from_date
    first = f"{run.from_date:%-d %b %Y}"
    return first if last == run.from_date else f"{first} – {last:%-d %b %Y}"


def age(days: int) -> str:
    return "today" if days <= 0 else "1 day" if days == 1 else f"{days} days"
