"""What a new draft looks like.

Source: https://docs.stripe.com/api/invoices/object
"""

from copy import deepcopy

from sandbox import account
from sandbox.json_types import Json
from sandbox.world import World

_SNAPSHOT = ("address", "email", "name", "phone", "shipping", "tax_exempt")


def blank(world: World, customer: Json, currency: str, billing_reason: str) -> Json:
    """A draft without lines."""
    id_, now = world.ids.new("in"), world.clock.now()
    seller = account.of(world)
    row: Json = {
        "id": id_,
        "object": "invoice",
        "account_country": seller["country"],
        "account_name": seller["settings"]["dashboard"]["display_name"],
        "account_tax_ids": None,
        **_amounts(),
        "application": None,
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": False,
        "automatic_tax": automatic_tax(None),
        "automatically_finalizes_at": None,
        "billing_reason": billing_reason,
        "collection_method": "charge_automatically",
        "created": now,
        "currency": currency,
        "custom_fields": customer["invoice_settings"]["custom_fields"],
        "customer": customer["id"],
        "customer_account": None,
        "default_payment_method": None,
        "default_source": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "due_date": None,
        "effective_at": None,
        "ending_balance": None,
        "footer": customer["invoice_settings"]["footer"],
        "from_invoice": None,
        "hosted_invoice_url": None,
        "invoice_pdf": None,
        "issuer": {"type": "self"},
        "last_finalization_error": None,
        "latest_revision": None,
        "lines": {
            "object": "list",
            "data": [],
            "has_more": False,
            "total_count": 0,
            "url": f"/v1/invoices/{id_}/lines",
        },
        "livemode": False,
        "metadata": {},
        "next_payment_attempt": None,
        "number": None,
        "on_behalf_of": None,
        "parent": None,
        "payment_settings": {"default_mandate": None, "payment_method_options": None, "payment_method_types": None},
        "period_end": now,
        "period_start": now,
        "receipt_number": None,
        "rendering": rendering(customer["invoice_settings"]["rendering_options"]),
        "shipping_cost": None,
        "shipping_details": None,
        "statement_descriptor": None,
        "status": "draft",
        "status_transitions": dict.fromkeys(("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at")),
        "test_clock": customer["test_clock"],
        "threshold_reason": None,
        "webhooks_delivered_at": None,
    }
    return row | snapshot(world, customer)


def _amounts() -> Json:
    zeros = (
        "amount_due", "amount_overpaid", "amount_paid", "amount_paid_off_stripe", "amount_remaining",
        "amount_shipping", "post_payment_credit_notes_amount", "pre_payment_credit_notes_amount", "starting_balance",
        "subtotal", "subtotal_excluding_tax", "total", "total_excluding_tax",
    )  # fmt: skip
    lists: Json = {name: [] for name in ("total_discount_amounts", "total_pretax_credit_amounts", "total_taxes")}
    return dict.fromkeys(zeros, 0) | lists


def snapshot(world: World, customer: Json) -> Json:
    """What the invoice says of its customer; a finalized one keeps it."""
    tax_ids = world.store.children("tax_id", "customer", customer["id"])
    kept: Json = {f"customer_{name}": deepcopy(customer[name]) for name in _SNAPSHOT}
    return kept | {"customer_tax_ids": [{"type": row["type"], "value": row["value"]} for row in tax_ids]}


def automatic_tax(given: Json | None) -> Json:
    """``automatic_tax`` before anything was calculated."""
    enabled = bool(given and given["enabled"])
    return {
        "disabled_reason": None,
        "enabled": enabled,
        "liability": {"type": "self"} if enabled else None,
        "provider": "stripe" if enabled else None,
        "status": None,
    }


def rendering(given: Json | str | None) -> Json | None:
    """``rendering`` of what was asked for."""
    if not given or isinstance(given, str):
        return None
    pdf = given.get("pdf") or {}
    return {
        "amount_tax_display": given.get("amount_tax_display") or None,
        "pdf": {"page_size": pdf.get("page_size", "auto")},
        "template": given.get("template") or None,
        "template_version": given.get("template_version") or None,
    }
