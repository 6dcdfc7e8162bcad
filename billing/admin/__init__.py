"""The console of billing: one noun a file."""

from billing.admin import coupons, prices, products, subscriptions

__all__ = ["coupons", "prices", "products", "subscriptions"]
