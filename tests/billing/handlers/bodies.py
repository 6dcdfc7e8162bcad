"""Objects of Stripe's in the pinned shape, small: plain functions, every field can be named."""

from typing import Any

from payments.failures import JsonObject

CREATED = 1_790_000_000
MONTH = 30 * 86_400


def customer(**facts: Any) -> JsonObject:
    body = {
        "id": "cus_1",
        "object": "customer",
        "created": CREATED,
        "email": "ada@example.com",
        "name": "Ada",
        "address": None,
        "preferred_locales": [],
        "currency": "eur",
        "metadata": {},
        "invoice_settings": {"default_payment_method": None},
        "tax_ids": {"data": [], "has_more": False},
        "balance": 0,
        "tax_exempt": "none",
        "invoice_prefix": "ADA",
        "discount": None,
    }
    return body | facts


def product(**facts: Any) -> JsonObject:
    body = {
        "id": "prod_1",
        "object": "product",
        "created": CREATED,
        "active": True,
        "name": "Ledger",
        "description": None,
        "unit_label": "seat",
        "tax_code": None,
        "statement_descriptor": None,
        "metadata": {},
    }
    return body | facts


def price(**facts: Any) -> JsonObject:
    body = {
        "id": "price_1",
        "object": "price",
        "created": CREATED,
        "active": True,
        "type": "recurring",
        "product": "prod_1",
        "nickname": "monthly",
        "lookup_key": None,
        "currency": "eur",
        "unit_amount": 2000,
        "unit_amount_decimal": "2000",
        "billing_scheme": "per_unit",
        "tiers_mode": None,
        "transform_quantity": None,
        "recurring": {
            "interval": "month",
            "interval_count": 1,
            "usage_type": "licensed",
            "trial_period_days": None,
            "meter": None,
        },
        "tax_behavior": "exclusive",
        "metadata": {},
    }
    return body | facts


def coupon(**facts: Any) -> JsonObject:
    body = {
        "id": "SPRING",
        "object": "coupon",
        "livemode": False,
        "created": CREATED,
        "name": "Spring",
        "percent_off": 12.5,
        "amount_off": None,
        "currency": None,
        "duration": "repeating",
        "duration_in_months": 3,
        "max_redemptions": 10,
        "times_redeemed": 1,
        "redeem_by": None,
        "valid": True,
        "metadata": {},
    }
    return body | facts


def promotion_code(**facts: Any) -> JsonObject:
    body = {
        "id": "promo_1",
        "object": "promotion_code",
        "created": CREATED,
        "active": True,
        "code": "SPRING20",
        "customer": None,
        "expires_at": None,
        "max_redemptions": None,
        "times_redeemed": 0,
        "promotion": {"type": "coupon", "coupon": "SPRING"},
        "restrictions": {"first_time_transaction": True, "minimum_amount": 500, "minimum_amount_currency": "eur"},
        "metadata": {},
    }
    return body | facts


def tax_rate(**facts: Any) -> JsonObject:
    body = {
        "id": "txr_1",
        "object": "tax_rate",
        "created": CREATED,
        "active": True,
        "display_name": "VAT",
        "description": None,
        "percentage": 19.0,
        "inclusive": False,
        "country": "DE",
        "state": None,
        "jurisdiction": "DE",
        "tax_type": "vat",
        "metadata": {},
    }
    return body | facts


def discount(**facts: Any) -> JsonObject:
    body = {
        "id": "di_1",
        "object": "discount",
        "customer": "cus_1",
        "subscription": None,
        "invoice": None,
        "promotion_code": None,
        "source": {"type": "coupon", "coupon": coupon()},
        "start": CREATED,
        "end": None,
    }
    return body | facts


def item(**facts: Any) -> JsonObject:
    body = {
        "id": "si_1",
        "object": "subscription_item",
        "created": CREATED,
        "subscription": "sub_1",
        "price": price(),
        "quantity": 1,
        "current_period_start": CREATED,
        "current_period_end": CREATED + MONTH,
        "discounts": [],
        "metadata": {},
    }
    return body | facts


def subscription(*items: JsonObject, **facts: Any) -> JsonObject:
    body = {
        "id": "sub_1",
        "object": "subscription",
        "created": CREATED,
        "status": "active",
        "customer": "cus_1",
        "currency": "eur",
        "collection_method": "charge_automatically",
        "days_until_due": None,
        "default_payment_method": None,
        "billing_mode": {"type": "flexible"},
        "billing_cycle_anchor": CREATED,
        "start_date": CREATED,
        "trial_start": None,
        "trial_end": None,
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "ended_at": None,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "pause_collection": None,
        "latest_invoice": "in_1",
        "schedule": None,
        "pending_update": None,
        "automatic_tax": {"enabled": False},
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "metadata": {},
        "items": {"object": "list", "data": list(items) or [item()], "has_more": False},
    }
    return body | facts


def schedule(**facts: Any) -> JsonObject:
    body = {
        "id": "sub_sched_1",
        "object": "subscription_schedule",
        "created": CREATED,
        "status": "active",
        "customer": "cus_1",
        "subscription": "sub_1",
        "released_subscription": None,
        "end_behavior": "release",
        "phases": [{"currency": "eur", "items": [{"price": "price_1", "quantity": 2}]}],
        "metadata": {},
    }
    return body | facts


def line(**facts: Any) -> JsonObject:
    """Of a subscription's item, unless told otherwise."""
    amount = facts.get("amount", 2000)
    body = {
        "id": "il_1",
        "object": "line_item",
        "amount": amount,
        "subtotal": amount,
        "currency": "eur",
        "description": "1 × Ledger",
        "quantity": 1,
        "discount_amounts": [],
        "discountable": True,
        "period": {"start": CREATED, "end": CREATED + MONTH},
        "pricing": {
            "type": "price_details",
            "price_details": {"price": "price_1", "product": "prod_1"},
            "unit_amount_decimal": "2000",
        },
        "parent": of_item(),
        "taxes": [],
    }
    return body | facts


def of_item(item: str = "si_1", subscription: str = "sub_1", *, proration: bool = False) -> JsonObject:
    details = {"subscription": subscription, "subscription_item": item, "invoice_item": None, "proration": proration}
    return {"type": "subscription_item_details", "subscription_item_details": details, "invoice_item_details": None}


def of_invoice_item(invoice_item: str = "ii_1") -> JsonObject:
    details = {"invoice_item": invoice_item, "subscription": None, "proration": False}
    return {"type": "invoice_item_details", "subscription_item_details": None, "invoice_item_details": details}


def tax(amount: int, *, inclusive: bool = False) -> JsonObject:
    return {
        "amount": amount,
        "tax_behavior": "inclusive" if inclusive else "exclusive",
        "tax_rate_details": {"tax_rate": "txr_1"},
        "taxability_reason": "standard_rated",
        "taxable_amount": amount * 5,
        "type": "tax_rate_details",
    }


def invoice_payment(**facts: Any) -> JsonObject:
    body = {
        "id": "inpay_1",
        "object": "invoice_payment",
        "invoice": "in_1",
        "payment": {"type": "payment_intent", "payment_intent": "pi_1"},
        "status": "paid",
        "is_default": True,
        "currency": "eur",
        "amount_requested": 2000,
        "amount_paid": 2000,
        "status_transitions": {"paid_at": CREATED, "canceled_at": None},
    }
    return body | facts


def invoice(*lines: JsonObject, **facts: Any) -> JsonObject:
    """An open invoice of a subscription whose sums hold; `discounted` and `taxed` in minor units, as Stripe adds up."""
    held = list(lines) or [line()]
    subtotal = sum(each["amount"] for each in held)
    taxes = [each for one in held for each in one["taxes"]]
    off = [part for one in held for part in one["discount_amounts"]]
    total = subtotal - sum(part["amount"] for part in off)
    total += sum(each["amount"] for each in taxes if each["tax_behavior"] == "exclusive")
    is_paid = facts.get("status") == "paid"
    body = {
        "id": "in_1",
        "object": "invoice",
        "created": CREATED,
        "status": "open",
        "number": "ADA-0001",
        "customer": "cus_1",
        "currency": "eur",
        "collection_method": "charge_automatically",
        "billing_reason": "subscription_cycle",
        "auto_advance": True,
        "attempt_count": 0,
        "next_payment_attempt": None,
        "automatic_tax": {"enabled": False, "status": None},
        "last_finalization_error": None,
        "description": None,
        "footer": None,
        "custom_fields": None,
        "due_date": None,
        "period_start": CREATED,
        "period_end": CREATED + MONTH,
        "metadata": {},
        "parent": {"type": "subscription_details", "subscription_details": {"subscription": "sub_1", "metadata": {}}},
        "from_invoice": None,
        "subtotal": subtotal,
        "total_discount_amounts": off,
        "total_taxes": taxes,
        "total": total,
        "starting_balance": 0,
        "ending_balance": 0,
        "amount_due": total,
        "amount_paid": total if is_paid else 0,
        "amount_remaining": 0 if is_paid else total,
        "amount_overpaid": 0,
        "pre_payment_credit_notes_amount": 0,
        "post_payment_credit_notes_amount": 0,
        "shipping_cost": None,
        "hosted_invoice_url": "https://invoice.stripe.test/in_1",
        "status_transitions": {
            "finalized_at": CREATED + 3600,
            "paid_at": CREATED + 3600 if is_paid else None,
            "voided_at": None,
            "marked_uncollectible_at": None,
        },
        "discounts": [],
        "lines": {"object": "list", "data": held, "has_more": False},
        "payments": {"object": "list", "data": [], "has_more": False},
    }
    return body | facts


def draft(*lines: JsonObject, **facts: Any) -> JsonObject:
    moments = {"finalized_at": None, "paid_at": None, "voided_at": None, "marked_uncollectible_at": None}
    of_draft = {"status": "draft", "number": None, "ending_balance": None, "status_transitions": moments}
    return invoice(*lines, **of_draft | facts)


def credit_note(**facts: Any) -> JsonObject:
    body = {
        "id": "cn_1",
        "object": "credit_note",
        "created": CREATED,
        "status": "issued",
        "number": "ADA-0001-CN-01",
        "type": "post_payment",
        "reason": "order_change",
        "memo": "Sorry",
        "customer": "cus_1",
        "invoice": "in_1",
        "currency": "eur",
        "subtotal": 500,
        "discount_amount": 0,
        "total_taxes": [],
        "total": 500,
        "amount": 500,
        "pre_payment_amount": 0,
        "post_payment_amount": 500,
        "out_of_band_amount": 100,
        "refunds": [{"amount_refunded": 300, "refund": "re_1", "type": "refund", "payment_record_refund": None}],
        "effective_at": CREATED,
        "voided_at": None,
        "metadata": {},
        "lines": {"object": "list", "data": [credit_line()], "has_more": False},
    }
    return body | facts


def credit_line(**facts: Any) -> JsonObject:
    body = {
        "id": "cnli_1",
        "object": "credit_note_line_item",
        "type": "invoice_line_item",
        "invoice_line_item": "il_1",
        "description": "1 × Ledger",
        "quantity": 1,
        "amount": 500,
        "discount_amount": 0,
        "taxes": [],
    }
    return body | facts
