"""Stripe event type → its root and its handlers. Also the list of types to enable at Stripe.

And what our actions at Stripe make and change: the rows they are for, and how a lost answer shows in the object.

Source: https://docs.stripe.com/api/events/types
"""

from payments.event_table import EventRule, RootRule

ROOTS = {
    "payment_intent": RootRule(
        path="/v1/payment_intents/{id}",
        expand=("payment_method", "latest_charge.balance_transaction", "latest_charge.refunds"),
        state=("payments.handlers.payment_intents.apply",),
        complete="payments.handlers.payment_intents.complete",
    ),
    "setup_intent": RootRule(
        path="/v1/setup_intents/{id}",
        expand=("payment_method",),
        state=("payments.handlers.setup_intents.apply",),
    ),
    "customer": RootRule(
        path="/v1/customers/{id}",
        expand=("tax_ids", "invoice_settings.default_payment_method"),
        state=("payments.handlers.customers.apply",),
        complete="payments.handlers.customers.complete",
    ),
    "payment_method": RootRule(
        path="/v1/payment_methods/{id}",
        state=("payments.handlers.payment_methods.apply",),
    ),
}

_ATTEMPT = ("payments.handlers.attempts.from_charge_event",)
_DISPUTE = ("payments.handlers.disputes.tell",)
_INTENT = EventRule(root="payment_intent")
_OF_INTENT = EventRule(root="payment_intent", id_at="payment_intent")
_CHARGE = EventRule(root="payment_intent", id_at="payment_intent", moments=_ATTEMPT)
_DISPUTED = EventRule(root="payment_intent", id_at="payment_intent", moments=_DISPUTE)
_SETUP = EventRule(root="setup_intent")
_CUSTOMER = EventRule(root="customer")
_OF_CUSTOMER = EventRule(root="customer", id_at="customer")
_METHOD = EventRule(root="payment_method")

EVENTS = {
    "payment_intent.created": _INTENT,
    "payment_intent.requires_action": _INTENT,
    "payment_intent.processing": _INTENT,
    "payment_intent.amount_capturable_updated": _INTENT,
    "payment_intent.partially_funded": _INTENT,
    "payment_intent.succeeded": _INTENT,
    "payment_intent.payment_failed": EventRule(
        root="payment_intent", moments=("payments.handlers.attempts.from_failed_intent_event",)
    ),
    "payment_intent.canceled": _INTENT,
    "charge.pending": _CHARGE,
    "charge.succeeded": _CHARGE,
    "charge.failed": _CHARGE,
    "charge.captured": _OF_INTENT,
    "charge.expired": _OF_INTENT,
    "charge.updated": _OF_INTENT,
    "charge.refunded": _OF_INTENT,
    "charge.refund.updated": _OF_INTENT,
    "refund.created": _OF_INTENT,
    "refund.updated": _OF_INTENT,
    "refund.failed": _OF_INTENT,
    "charge.dispute.created": _DISPUTED,
    "charge.dispute.updated": _DISPUTED,
    "charge.dispute.closed": _DISPUTED,
    "charge.dispute.funds_withdrawn": _DISPUTED,
    "charge.dispute.funds_reinstated": _DISPUTED,
    "setup_intent.created": _SETUP,
    "setup_intent.requires_action": _SETUP,
    "setup_intent.succeeded": _SETUP,
    "setup_intent.setup_failed": _SETUP,
    "setup_intent.canceled": _SETUP,
    "customer.created": _CUSTOMER,
    "customer.updated": _CUSTOMER,
    "customer.deleted": _CUSTOMER,
    "customer.tax_id.created": _OF_CUSTOMER,
    "customer.tax_id.updated": _OF_CUSTOMER,
    "customer.tax_id.deleted": _OF_CUSTOMER,
    "payment_method.attached": _METHOD,
    "payment_method.detached": _METHOD,
    "payment_method.updated": _METHOD,
    "payment_method.automatically_updated": _METHOD,
}

# What the first word of an action names, where `<noun>.create` makes an object at Stripe.
SUBJECTS = {
    "payment": "payments.Payment",
    "refund": "payments.Refund",
    "customer": "payments.Customer",
    "setup_intent": "payments.SetupIntent",
    "product": "billing.Product",
    "price": "billing.Price",
    "coupon": "billing.Coupon",
    "promotion_code": "billing.PromotionCode",
    "tax_rate": "billing.TaxRate",
    "subscription": "billing.Subscription",
    "subscription_schedule": "billing.SubscriptionSchedule",
    "invoice": "billing.Invoice",
    "credit_note": "billing.CreditNote",
}

# How an action shows in its root where its parameters do not: dotted paths of functions (body, params) -> bool.
_SHOWS = "billing.services.subscription_effects"
_OF_INVOICES = "billing.services.invoice_effects"
EFFECTS: dict[str, str] = {
    "invoice.add_lines": f"{_OF_INVOICES}.has_lines",
    "invoice.finalize": f"{_OF_INVOICES}.is_finalized",
    "invoice.pay": f"{_OF_INVOICES}.is_paid",
    "invoice.pay_outside": f"{_OF_INVOICES}.is_paid",
    "invoice.void": f"{_OF_INVOICES}.is_void",
    "invoice.mark_uncollectible": f"{_OF_INVOICES}.is_uncollectible",
    "credit_note.void": f"{_OF_INVOICES}.is_void",
    "subscription.set_tax": "billing.services.subscription_tax.shows",
    "subscription.pause": f"{_SHOWS}.is_paused",
    "subscription.unpause": f"{_SHOWS}.is_collecting",
    "subscription.resume": f"{_SHOWS}.is_resumed",
    "subscription.cancel": f"{_SHOWS}.is_canceled",
    "subscription.cancel_at_period_end": f"{_SHOWS}.ends_with_period",
    "subscription.undo_cancel": f"{_SHOWS}.goes_on",
    "subscription.release_schedule": f"{_SHOWS}.is_unscheduled",
    "quote.change": f"{_SHOWS}.has_items",
    "quote.restore": f"{_SHOWS}.has_items",
    "quote.pay": f"{_SHOWS}.is_paid",
    "quote.finalize": f"{_SHOWS}.is_finalized",
    "quote.void": f"{_SHOWS}.is_void",
    "quote.give_back": f"{_SHOWS}.shows_nowhere",
    "quote.schedule": f"{_SHOWS}.is_scheduled",
    "quote.plan": f"{_SHOWS}.plans_items",
    "quote.release": f"{_SHOWS}.is_unscheduled",
}
