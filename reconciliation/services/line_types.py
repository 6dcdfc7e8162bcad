"""What each type of balance transaction means in the books.

Source: https://docs.stripe.com/reports/balance-transaction-types
"""

from billing.models import LedgerAccount

_Kind = LedgerAccount.Kind

# Types that answer a document of ours; the source names it (a charge, a refund, a dispute).
CLEARED = frozenset(
    {
        "charge", "payment", "refund", "payment_refund", "refund_failure", "payment_failure_refund", "payment_reversal",
    }
)  # fmt: skip
CHARGES = ("charge", "payment")
REFUNDS = ("refund", "payment_refund", "refund_failure", "payment_failure_refund")
# Disputes come as adjustments of a dispute.
ADJUSTMENT = "adjustment"
DISPUTE_SOURCES = ("du_", "dp_")
PAYOUTS = frozenset({"payout", "payout_cancel", "payout_failure"})
# Money that Stripe takes, or gives back, for its services.
FEES = frozenset(
    {
        "stripe_fee", "stripe_fx_fee", "tax_fee", "application_fee", "application_fee_refund", "contribution",
        "climate_order_purchase", "climate_order_refund", "issuing_authorization_release",
    }
)  # fmt: skip
# Money that Stripe keeps back for a while; nothing of it has left.
HELD = frozenset(
    {
        "payment_network_reserve_hold", "payment_network_reserve_release", "payout_minimum_balance_hold",
        "payout_minimum_balance_release", "reserve_transaction", "reserved_funds", "reserve_hold", "reserve_release",
    }
)  # fmt: skip


def account_of(type_: str, source_id: str, category: str) -> str:
    """The kind of account on the other side of Stripe's balance; empty for what we do not know to book."""
    if type_ in CLEARED:
        return _Kind.STRIPE_CLEARING
    if type_ == ADJUSTMENT:
        return _adjusted(source_id, category)
    if type_ in PAYOUTS or type_ in HELD:
        return _Kind.IN_TRANSIT
    return _Kind.FEES if type_ in FEES else ""


def reference_of(type_: str, source_id: str) -> str:
    """What the other side is found by: what is held back belongs together, whatever line it came with."""
    return "held" if type_ in HELD else source_id


def _adjusted(source_id: str, category: str) -> str:
    if source_id.startswith(DISPUTE_SOURCES):
        return _Kind.STRIPE_CLEARING
    return _Kind.FEES if category == "fee" else ""
