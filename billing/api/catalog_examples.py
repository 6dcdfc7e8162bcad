"""The catalog's examples of the API's description."""

from typing import Any

PRODUCT: dict[str, Any] = {
    "id": "prod_5mBq0YyVbRz3mQk5xTn8sW",
    "stripe_id": "prod_UA1b2C3d4E5f6G",
    "status": "active",
    "name": "Studio",
    "description": "The tool itself",
    "unit_label": "seat",
    "metadata": {},
    "created_at": "2026-11-21T09:30:00Z",
}
PRICE: dict[str, Any] = {
    "id": "price_8sWfGa0JYyVbRz3mQk5xTn",
    "stripe_id": "price_1UA1b2C3d4E5f6G7h8I9j0K",
    "product": PRODUCT["id"],
    "status": "active",
    "type": "recurring",
    "nickname": "Studio, monthly",
    "lookup_key": "studio_monthly",
    "currency": "eur",
    "amount": 2900,
    "unit_amount_decimal": "2900",
    "tiers_mode": None,
    "tiers": [],
    "interval": "month",
    "interval_count": 1,
    "usage_type": "licensed",
    "tax_behavior": "exclusive",
    "currencies": [{"currency": "usd", "amount": 3100, "unit_amount_decimal": "3100", "tiers": []}],
    "metadata": {},
    "created_at": "2026-11-21T09:30:00Z",
}
