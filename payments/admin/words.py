"""What states and flags mean, said to staff."""

from django.utils.safestring import SafeString

from config.base.actor import ActorKind
from config.base.console import display
from config.base.console.display import Tone
from payments import method_names
from payments.declines import Retry
from payments.models import PaymentMethod

TONES = {
    "succeeded": Tone.GOOD,
    "active": Tone.GOOD,
    "attached": Tone.GOOD,
    "handled": Tone.GOOD,
    "answered": Tone.GOOD,
    "processing": Tone.BUSY,
    "pending": Tone.BUSY,
    "requires_capture": Tone.BUSY,
    "requires_action": Tone.BUSY,
    "requires_confirmation": Tone.BUSY,
    "waiting": Tone.BUSY,
    "unknown": Tone.WARN,
    "sent": Tone.WARN,
    "parked": Tone.WARN,
    "failed": Tone.BAD,
    "refused": Tone.BAD,
    "rejected": Tone.BAD,
}

MEANINGS = {
    "unknown": "Asked of Stripe and not answered yet; it settles by itself",
    "requires_payment_method": "Waits for the customer to pay, or the last try was declined",
    "requires_confirmation": "Has a payment method and waits to be confirmed",
    "requires_action": "Waits for the customer, usually for 3-D Secure",
    "processing": "On its way through the bank; bank debits take days",
    "requires_capture": "Reserved on the card; waits to be captured",
    "succeeded": "The money was received",
    "canceled": "Given up; nothing is owed or reserved",
    "rejected": "Never made at Stripe",
    "sent": "On its way to Stripe, or in doubt",
}

FLAGS = {
    "amount_changed": "The amount at Stripe is not the one that was asked. Compare with the order before shipping.",
    "currency_changed": "The currency at Stripe is not the one that was asked. Compare with the order before shipping.",
    "refunded_above_received": "More was refunded than was received. Look for a refund made twice at Stripe.",
    "arrived_late": (
        "Stripe made this payment after whoever asked for it had stopped waiting. It is canceled by itself if it can "
        "be; if money was received, ask the customer whether they still want what they paid for, or refund it."
    ),
}

RETRIES = {
    Retry.NOW: "They can try again at once.",
    Retry.LATER: "They can try again later.",
    Retry.OTHER_METHOD: "They need another card or account.",
    Retry.AUTHENTICATE: "They must confirm with their bank on the payment page.",
    Retry.NEVER: "Do not try again with this card.",
}


NEXT_STEPS = {
    "requires_payment_method": (
        "Nobody has paid yet",
        "Send the customer the address of the payment page; it stands on this page.",
    ),
    "requires_action": (
        "The customer must confirm with their bank",
        "Usually by 3-D Secure, on the payment page. Send them its address again; they go on where they stopped.",
    ),
    "processing": (
        "The bank is working on it",
        "Bank debits take up to two weeks. Nothing can be done until then; the outcome shows here by itself.",
    ),
    "requires_capture": (
        "Reserved, and not yet taken",
        "Capture it before the reservation ends; the bank releases the money then.",
    ),
}

REFUND_STEPS = {
    "pending": "Stripe has it and waits for the bank. Say: “It is on its way; it can take up to ten working days.”",
    "requires_action": "Stripe has written to the customer to ask where to send the money. Say: “Look at your mail.”",
    "succeeded": (
        "Stripe has sent it. Say: “Your bank shows it within five to ten working days.” Soon after a payment the "
        "payment itself may vanish from the statement instead."
    ),
    "failed": (
        "The bank sent the money back; it is on our balance again. Ask the customer where else to send it: "
        "another refund to the same card or account is likely to fail as well."
    ),
}

CAPTURES = {"automatic": "At once", "automatic_async": "At once", "manual": "By hand, after it is reserved"}


def method(row: PaymentMethod | None) -> str:
    """`Visa •••• 4242`; empty without one."""
    if row is None:
        return ""
    # Of a SEPA account Stripe tells the bank's code alone, which nobody knows their bank by.
    bank = "" if row.kind == "sepa_debit" else row.bank_name
    kind = bank or row.brand or row.kind
    name = method_names.BRANDS.get(kind, kind if bank else display.words(kind))
    return f"{name} ••••\xa0{row.last4}" if row.last4 else name


def actor(kind: str, label: str) -> str:
    """Who did it; a part of the system is named in brackets, for engineers."""
    if kind == ActorKind.SYSTEM:
        return f"Counterfoil ({label.replace('_', ' ')})" if label else "Counterfoil"
    return label or display.words(kind)


def asked_by(name: str) -> str:
    """Who asked for a refund."""
    return "Stripe's dashboard" if name in ("", "Stripe") else name


def status(state: str) -> SafeString:
    """A state as a coloured label that explains itself on hover."""
    text = "In doubt" if state == "unknown" else display.words(state)
    return display.label(text, TONES.get(state, Tone.QUIET), title=MEANINGS.get(state, ""))


def flag(name: str) -> str:
    return FLAGS.get(name, f"{display.words(name)}: a rule was broken by what Stripe says. Look at the story below.")
