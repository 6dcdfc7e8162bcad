"""The console of billing: one noun a file."""

from billing.admin import (
    coupons,
    credit_notes,
    documents,
    entries,
    invoices,
    ledger,
    letterheads,
    notices,
    postings,
    prices,
    products,
    series,
    subscriptions,
    tax,
)

__all__ = [
    "coupons",
    "credit_notes",
    "documents",
    "entries",
    "invoices",
    "ledger",
    "letterheads",
    "notices",
    "postings",
    "prices",
    "products",
    "series",
    "subscriptions",
    "tax",
]
