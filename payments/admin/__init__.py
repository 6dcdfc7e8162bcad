"""The console of payments: one noun a file."""

from payments.admin import (
    customers,
    disputes,
    inbox,
    mirror,
    outbound_calls,
    pay_links,
    payment_methods,
    payments,
    refunds,
    roots,
    setup_intents,
)

__all__ = [
    "customers",
    "disputes",
    "inbox",
    "mirror",
    "outbound_calls",
    "pay_links",
    "payment_methods",
    "payments",
    "refunds",
    "roots",
    "setup_intents",
]
