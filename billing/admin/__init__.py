"""The console of billing: one noun a file."""

from billing.admin import (
    coupons,
    credit_notes,
    documents,
    invoices,
    letterheads,
    notices,
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
    "invoices",
    "letterheads",
    "notices",
    "prices",
    "products",
    "series",
    "subscriptions",
    "tax",
]
