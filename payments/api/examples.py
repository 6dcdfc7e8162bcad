"""The examples of the API's description; a test makes the requests and compares the names of what is answered."""

from typing import Any

ADDRESS: dict[str, Any] = {
    "line1": "Torstraße 1",
    "line2": None,
    "city": "Berlin",
    "state": None,
    "postal_code": "10119",
    "country": "DE",
}
CUSTOMER_ASKED: dict[str, Any] = {
    "email": "ada@example.com",
    "name": "Ada Lovelace",
    "address": {key: value for key, value in ADDRESS.items() if value},
    "metadata": {"shop_id": "4711"},
}
CUSTOMER: dict[str, Any] = {
    "id": "cust_0JYyVbRz3mQk5xTn8sWfGa",
    "stripe_id": "cus_UA1b2C3d4E5f6G",
    "status": "active",
    "email": "ada@example.com",
    "name": "Ada Lovelace",
    "phone": None,
    "address": ADDRESS,
    "currency": "eur",
    "preferred_locale": None,
    "description": None,
    "metadata": {"shop_id": "4711"},
    "tax_ids": [],
    "default_payment_method": None,
    "parked": None,
    "created_at": "2026-11-21T09:30:00Z",
}
CUSTOMER_IN_DOUBT: dict[str, Any] = {**CUSTOMER, "status": "unknown", "stripe_id": None, "currency": None}
PAYMENT_ASKED: dict[str, Any] = {
    "amount": 1099,
    "currency": "eur",
    "customer": CUSTOMER["id"],
    "description": "Order 4711",
    "metadata": {"order": "4711"},
    "return_url": "https://shop.example.com/thanks",
    "pay_link": {"title": "Order 4711", "lines": [{"description": "Notebook", "quantity": 1, "amount": 1099}]},
}
PAYMENT_LISTED: dict[str, Any] = {
    "id": "pay_4eC39HqLyjWDarjtT1zdp7",
    "stripe_id": "pi_3UA1b2C3d4E5f6G7h8I9j0K",
    "status": "requires_payment_method",
    "amount": 1099,
    "amount_capturable": 0,
    "amount_received": 0,
    "amount_refunded": 0,
    "disputes": [],
    "currency": "eur",
    "customer": CUSTOMER["id"],
    "payment_method": None,
    "capture_method": "automatic_async",
    "off_session": False,
    "description": "Order 4711",
    "metadata": {"order": "4711"},
    "failure_code": None,
    "decline_code": None,
    "failure_message": None,
    "cancellation_reason": None,
    "receipt_url": None,
    "pay_url": "https://billing.example.com/pay/link_8sWfGa0JYyVbRz3mQk5xTn.Hk3…/",
    "in_doubt": None,
    "capture_before": None,
    "succeeded_at": None,
    "canceled_at": None,
    "created_at": "2026-11-21T09:30:00Z",
}
PAYMENT: dict[str, Any] = {**PAYMENT_LISTED, "client_secret": "pi_3UA1b2C3d4E5f6G7h8I9j0K_secret_…"}
PAYMENT_IN_DOUBT: dict[str, Any] = {
    **PAYMENT,
    "status": "unknown",
    "stripe_id": None,
    "client_secret": None,
    "in_doubt": {"action": "create", "since": "2026-11-21T09:30:00Z"},
}
PAYMENT_CAPTURED: dict[str, Any] = {
    **PAYMENT,
    "status": "succeeded",
    "capture_method": "manual",
    "amount_received": 1099,
    "succeeded_at": "2026-11-21T09:31:00Z",
}
PAYMENT_DISPUTED: dict[str, Any] = {
    **PAYMENT_CAPTURED,
    "capture_method": "automatic_async",
    "disputes": [
        {
            "id": "dsp_8sWfGa0JYyVbRz3mQk5xTn",
            "stripe_id": "du_1UA1b2C3d4E5f6G7h8I9j0K",
            "status": "needs_response",
            "amount": 1099,
            "currency": "eur",
            "reason": "fraudulent",
            "evidence_due_by": "2026-12-01T23:59:59Z",
            "opened_at": "2026-11-24T08:12:00Z",
        }
    ],
}
PAYMENT_CAPTURE_IN_DOUBT: dict[str, Any] = {
    **PAYMENT,
    "status": "requires_capture",
    "capture_method": "manual",
    "amount_capturable": 1099,
    "in_doubt": {"action": "capture", "since": "2026-11-21T09:31:00Z"},
}
PAYMENT_CANCELED: dict[str, Any] = {
    **PAYMENT,
    "status": "canceled",
    "cancellation_reason": "requested_by_customer",
    "canceled_at": "2026-11-21T09:31:00Z",
}
PAYMENT_CANCEL_IN_DOUBT: dict[str, Any] = {
    **PAYMENT,
    "in_doubt": {"action": "cancel", "since": "2026-11-21T09:31:00Z"},
}
REFUND: dict[str, Any] = {
    "id": "refund_3mQk5xTn8sWfGa0JYyVbRz",
    "stripe_id": "re_3UA1b2C3d4E5f6G7h8I9j0K",
    "payment": PAYMENT["id"],
    "status": "succeeded",
    "amount": 500,
    "currency": "eur",
    "reason": "requested_by_customer",
    "note": "One of two arrived broken",
    "failure_code": None,
    "failure_message": None,
    "created_at": "2026-11-21T09:35:00Z",
}
REFUND_IN_DOUBT: dict[str, Any] = {**REFUND, "status": "unknown", "stripe_id": None}
PAYMENT_METHOD: dict[str, Any] = {
    "id": "method_5xTn8sWfGa0JYyVbRz3mQk",
    "stripe_id": "pm_1UA1b2C3d4E5f6G7h8I9j0K",
    "customer": CUSTOMER["id"],
    "status": "attached",
    "kind": "card",
    "brand": "visa",
    "wallet": None,
    "bank_name": None,
    "last4": "4242",
    "exp_month": 12,
    "exp_year": 2030,
    "funding": "credit",
    "country": "DE",
    "is_default": True,
    "created_at": "2026-11-21T09:30:00Z",
}
PAYMENT_METHOD_DETACHED: dict[str, Any] = {**PAYMENT_METHOD, "status": "detached", "is_default": False}
PAYMENT_METHOD_IN_DOUBT: dict[str, Any] = {
    **dict.fromkeys(PAYMENT_METHOD),
    "stripe_id": PAYMENT_METHOD["stripe_id"],
    "status": "unknown",
    "kind": "",
    "is_default": False,
    "created_at": PAYMENT_METHOD["created_at"],
}
SETUP_INTENT: dict[str, Any] = {
    "id": "setup_8sWfGa0JYyVbRz3mQk5xTn",
    "stripe_id": "seti_1UA1b2C3d4E5f6G7h8I9j0K",
    "status": "requires_payment_method",
    "customer": CUSTOMER["id"],
    "payment_method": None,
    "usage": "off_session",
    "failure_code": None,
    "decline_code": None,
    "failure_message": None,
    "description": None,
    "metadata": {},
    "client_secret": "seti_1UA1b2C3d4E5f6G7h8I9j0K_secret_…",
    "created_at": "2026-11-21T09:30:00Z",
}
SETUP_INTENT_IN_DOUBT: dict[str, Any] = {
    **SETUP_INTENT,
    "status": "unknown",
    "stripe_id": None,
    "client_secret": None,
}
EVENT: dict[str, Any] = {
    "id": "event_Ga0JYyVbRz3mQk5xTn8sWf",
    "type": "payment.created",
    "object_type": "payment",
    "object_id": PAYMENT["id"],
    "sequence": 1,
    "data": {"amount": 1099, "currency": "eur", "status": "unknown"},
    "actor": {"kind": "api_key", "id": "key_Rz3mQk5xTn8sWfGa0JYyVb", "label": "shop"},
    "request_id": "req_2QkYJzTtN1Xb9sVhRwLcE5",
    "created_at": "2026-11-21T09:30:00Z",
}
