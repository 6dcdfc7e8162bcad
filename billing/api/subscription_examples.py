"""The examples of subscriptions in the API's description."""

from typing import Any

_CUSTOMER = "cust_0JYyVbRz3mQk5xTn8sWfGa"
_PRICE = "price_8sWfGa0JYyVbRz3mQk5xTn"
ASKED: dict[str, Any] = {
    "customer": _CUSTOMER,
    "items": [{"price": _PRICE, "quantity": 3}],
    "payment_method": "method_5xTn8sWfGa0JYyVbRz3mQk",
    "confirm": True,
    "metadata": {"contract": "2026-17"},
}
LISTED: dict[str, Any] = {
    "id": "sub_3mQk5xTn8sWfGa0JYyVbRz",
    "stripe_id": "sub_1UA1b2C3d4E5f6G7h8I9j0K",
    "status": "active",
    "customer": _CUSTOMER,
    "items": [
        {
            "id": "item_Rz3mQk5xTn8sWfGa0JYyVb",
            "stripe_id": "si_UA1b2C3d4E5f6G",
            "price": _PRICE,
            "product": "prod_5mBq0YyVbRz3mQk5xTn8sW",
            "quantity": 3,
            "current_period_start": "2026-11-21T09:30:00Z",
            "current_period_end": "2026-12-21T09:30:00Z",
        }
    ],
    "currency": "eur",
    "collection_method": "charge_automatically",
    "days_until_due": None,
    "payment_method": "method_5xTn8sWfGa0JYyVbRz3mQk",
    "start_date": "2026-11-21T09:30:00Z",
    "billing_cycle_anchor": "2026-11-21T09:30:00Z",
    "trial_start": None,
    "trial_end": None,
    "cancel_at": None,
    "cancel_at_period_end": False,
    "canceled_at": None,
    "ended_at": None,
    "cancellation_reason": None,
    "paused": None,
    "has_planned_change": False,
    "description": None,
    "metadata": {"contract": "2026-17"},
    "failure_code": None,
    "failure_message": None,
    "in_doubt": None,
    "created_at": "2026-11-21T09:30:00Z",
}
SUBSCRIPTION: dict[str, Any] = {**LISTED, "client_secret": None}
STARTED: dict[str, Any] = {
    **SUBSCRIPTION,
    "status": "incomplete",
    "client_secret": "pi_3UA1b2C3d4E5f6G7h8I9j0K_secret_…",
}
START_IN_DOUBT: dict[str, Any] = {
    **SUBSCRIPTION,
    "status": "unknown",
    "stripe_id": None,
    "items": [],
    "start_date": None,
    "billing_cycle_anchor": None,
    "in_doubt": {"action": "create", "since": "2026-11-21T09:30:00Z"},
}
IN_DOUBT: dict[str, Any] = {**SUBSCRIPTION, "in_doubt": {"action": "pause", "since": "2026-11-21T09:31:00Z"}}
CHANGED: dict[str, Any] = {**SUBSCRIPTION, "items": [{**LISTED["items"][0], "quantity": 5}]}
CHANGE_IN_DOUBT: dict[str, Any] = {
    **SUBSCRIPTION,
    "in_doubt": {"action": "change", "since": "2026-12-06T09:31:00Z"},
}
QUOTE: dict[str, Any] = {
    "quote": "quote_8sWfGa0JYyVbRz3mQk5xTn",
    "subscription": LISTED["id"],
    "status": "open",
    "when": "now",
    "currency": "eur",
    "lines": [
        {
            "description": "Unused time on 3 × Studio after 06 Dec 2026",
            "quantity": 3,
            "amount": -4350,
            "currency": "eur",
            "proration": True,
            "period": {"start": "2026-12-06T09:30:00Z", "end": "2026-12-21T09:30:00Z"},
        },
        {
            "description": "Remaining time on 5 × Studio after 06 Dec 2026",
            "quantity": 5,
            "amount": 7250,
            "currency": "eur",
            "proration": True,
            "period": {"start": "2026-12-06T09:30:00Z", "end": "2026-12-21T09:30:00Z"},
        },
    ],
    "words": [
        "Unused time on 3 × Studio, Dec 6, 2026 – Dec 21, 2026: -€43.50",
        "Remaining time on 5 × Studio, Dec 6, 2026 – Dec 21, 2026: €72.50",
        "To pay today: €29.00.",
        "Next payment on Dec 21, 2026: €145.00.",
    ],
    "total_now": 2900,
    "due_now": 2900,
    "total_next": 14500,
    "next_payment_at": "2026-12-21T09:30:00Z",
    "is_estimate": False,
    "expires_at": "2026-12-06T09:45:00Z",
    "created_at": "2026-12-06T09:30:00Z",
}
ACCESS: dict[str, Any] = {
    "allowed": True,
    "until": "2026-12-21T09:30:00Z",
    "reason": "active",
    "detail": "Paid; it renews by itself.",
    "subscription": LISTED["id"],
}
