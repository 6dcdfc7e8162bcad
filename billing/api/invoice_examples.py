"""The examples of invoices and credit notes in the API's description."""

from typing import Any

from payments.api.examples import CUSTOMER

ASKED: dict[str, Any] = {
    "customer": CUSTOMER["id"],
    "currency": "eur",
    "lines": [
        {"description": "Workshop", "quantity": 2, "amount": 40000},
        {
            "description": "Support in November",
            "amount": 9900,
            "period": {"start": "2026-11-01T00:00:00Z", "end": "2026-12-01T00:00:00Z"},
        },
    ],
    "days_until_due": 14,
    "purchase_order": "PO-4711",
    "memo": "Thank you for having us.",
    "metadata": {"project": "4711"},
}
_PERIOD = {"start": "2026-11-01T00:00:00Z", "end": "2026-12-01T00:00:00Z"}
_NOW = {"start": "2026-11-21T09:30:00Z", "end": "2026-11-21T09:30:00Z"}
LINES: list[dict[str, Any]] = [
    {
        "stripe_id": "il_1UA1b2C3d4E5f6G7h8I9j0K",
        "description": "Workshop",
        "quantity": 2,
        "amount": 80000,
        "discount": 0,
        "tax": 15200,
        "period": _NOW,
    },
    {
        "stripe_id": "il_1UA1b2C3d4E5f6G7h8I9j0L",
        "description": "Support in November",
        "quantity": 1,
        "amount": 9900,
        "discount": 0,
        "tax": 1881,
        "period": _PERIOD,
    },
]
LISTED: dict[str, Any] = {
    "id": "inv_5xTn8sWfGa0JYyVbRz3mQk",
    "stripe_id": "in_1UA1b2C3d4E5f6G7h8I9j0K",
    "status": "draft",
    "number": None,
    "customer": CUSTOMER["id"],
    "subscription": None,
    "corrects": None,
    "billing_reason": "manual",
    "currency": "eur",
    "collection_method": "send_invoice",
    "subtotal": 89900,
    "discount": 0,
    "tax": 17081,
    "total": 106981,
    "amount_paid": 0,
    "amount_due": 106981,
    "amount_remaining": 106981,
    "amount_credited": 0,
    "due_date": "2026-12-05T09:30:00Z",
    "memo": "Thank you for having us.",
    "footer": None,
    "purchase_order": "PO-4711",
    "custom_fields": [{"name": "Purchase order", "value": "PO-4711"}],
    "waits_for": None,
    "failure_code": None,
    "failure_message": None,
    "metadata": {"project": "4711"},
    "in_doubt": None,
    "finalized_at": None,
    "paid_at": None,
    "voided_at": None,
    "created_at": "2026-11-21T09:30:00Z",
}
INVOICE: dict[str, Any] = {**LISTED, "pay_url": None, "lines": LINES}
IN_DOUBT: dict[str, Any] = {
    **INVOICE,
    "stripe_id": None,
    "subtotal": 0,
    "tax": 0,
    "total": 0,
    "amount_due": 0,
    "amount_remaining": 0,
    "lines": [{**line, "stripe_id": None, "tax": 0, "period": None} for line in LINES],
    "in_doubt": {"action": "create", "since": "2026-11-21T09:30:00Z"},
}
OPEN: dict[str, Any] = {
    **INVOICE,
    "status": "open",
    "number": "2026-00042",
    "finalized_at": "2026-11-21T09:31:00Z",
}
LINKED: dict[str, Any] = {**OPEN, "pay_url": "https://billing.example.com/pay/link_8sWfGa0JYyVbRz3mQk5xTn.Hk3…/"}
PAID: dict[str, Any] = {
    **OPEN,
    "status": "paid",
    "amount_paid": 106981,
    "amount_remaining": 0,
    "paid_at": "2026-11-21T09:32:00Z",
}
VOID: dict[str, Any] = {**OPEN, "status": "void", "amount_remaining": 0, "voided_at": "2026-11-21T09:32:00Z"}
FINALIZE_IN_DOUBT: dict[str, Any] = {
    **INVOICE,
    "in_doubt": {"action": "finalize", "since": "2026-11-21T09:31:00Z"},
}
PAY_IN_DOUBT: dict[str, Any] = {**OPEN, "in_doubt": {"action": "pay", "since": "2026-11-21T09:32:00Z"}}
VOID_IN_DOUBT: dict[str, Any] = {**OPEN, "in_doubt": {"action": "void", "since": "2026-11-21T09:32:00Z"}}
CREDIT_NOTE_ASKED: dict[str, Any] = {
    "lines": [{"line": LINES[0]["stripe_id"], "quantity": 1}],
    "gives": "refund",
    "reason": "order_change",
    "memo": "One of two workshops did not take place.",
}
CREDIT_NOTE: dict[str, Any] = {
    "id": "cn_8sWfGa0JYyVbRz3mQk5xTn",
    "stripe_id": "cn_1UA1b2C3d4E5f6G7h8I9j0K",
    "invoice": LISTED["id"],
    "status": "issued",
    "number": "2026-00042-CN-01",
    "type": "post_payment",
    "currency": "eur",
    "subtotal": 40000,
    "discount": 0,
    "tax": 7600,
    "total": 47600,
    "set_off": 0,
    "refunded": 47600,
    "credited": 0,
    "given_outside": 0,
    "refunds": ["re_3UA1b2C3d4E5f6G7h8I9j0K"],
    "reason": "order_change",
    "memo": "One of two workshops did not take place.",
    "note": None,
    "failure_code": None,
    "failure_message": None,
    "voided_at": None,
    "created_at": "2026-11-21T09:40:00Z",
}
CREDIT_NOTE_IN_DOUBT: dict[str, Any] = {
    **CREDIT_NOTE,
    "stripe_id": None,
    "status": "unknown",
    "number": None,
    "type": None,
    "refunds": [],
}
