"""Stripe event type → its root and its handlers. Also the list of types to enable at Stripe.

And what our actions at Stripe make and change: the rows they are for, and how a lost answer shows in the object.

Source: https://docs.stripe.com/api/events/types
"""

from payments.event_table import EventRule, RootRule

ROOTS = {
    "payment_intent": RootRule(
        path="/v1/payment_intents/{id}",
        expand=("payment_method", "latest_charge.balance_transaction", "latest_charge.refunds"),
        state=(
            "payments.handlers.payment_intents.apply",
            "billing.handlers.invoice_payments.link",
            "billing.handlers.ledger_of_payments.apply",
        ),
        complete="payments.handlers.payment_intents.complete",
    ),
    "dispute": RootRule(
        path="/v1/disputes/{id}",
        state=("payments.handlers.disputes.apply", "billing.handlers.ledger_of_disputes.apply"),
    ),
    "payout": RootRule(path="/v1/payouts/{id}", state=("reconciliation.handlers.payouts.apply",)),
    "setup_intent": RootRule(
        path="/v1/setup_intents/{id}",
        expand=("payment_method",),
        state=("payments.handlers.setup_intents.apply",),
    ),
    "customer": RootRule(
        path="/v1/customers/{id}",
        expand=("tax_ids", "invoice_settings.default_payment_method", "discount.source.coupon"),
        state=("payments.handlers.customers.apply", "billing.handlers.customers.apply"),
        complete="payments.handlers.customers.complete",
    ),
    "payment_method": RootRule(
        path="/v1/payment_methods/{id}",
        state=("payments.handlers.payment_methods.apply",),
    ),
    "product": RootRule(path="/v1/products/{id}", state=("billing.handlers.products.apply",)),
    "price": RootRule(
        path="/v1/prices/{id}",
        expand=("tiers", "currency_options.tiers"),
        state=("billing.handlers.prices.apply",),
    ),
    "coupon": RootRule(
        path="/v1/coupons/{id}",
        expand=("applies_to", "currency_options"),
        state=("billing.handlers.coupons.apply",),
    ),
    "promotion_code": RootRule(path="/v1/promotion_codes/{id}", state=("billing.handlers.promotion_codes.apply",)),
    "tax_rate": RootRule(path="/v1/tax_rates/{id}", state=("billing.handlers.tax_rates.apply",)),
    "subscription": RootRule(
        path="/v1/subscriptions/{id}",
        expand=("default_payment_method", "discounts.source.coupon", "discounts.promotion_code"),
        state=("billing.handlers.subscriptions.apply",),
        complete="billing.handlers.subscriptions.complete",
    ),
    "subscription_schedule": RootRule(
        path="/v1/subscription_schedules/{id}", state=("billing.handlers.subscription_schedules.apply",)
    ),
    "invoice": RootRule(
        path="/v1/invoices/{id}",
        expand=("payments", "discounts.source.coupon", "discounts.promotion_code"),
        state=("billing.handlers.invoices.apply",),
        complete="billing.handlers.invoices.complete",
    ),
    "credit_note": RootRule(
        path="/v1/credit_notes/{id}",
        state=("billing.handlers.credit_notes.apply",),
        complete="billing.handlers.credit_notes.complete",
    ),
}

_ATTEMPT = ("payments.handlers.attempts.from_charge_event",)
_DISPUTE = ("payments.handlers.disputes.tell",)
_INTENT = EventRule(root="payment_intent")
_OF_INTENT = EventRule(root="payment_intent", id_at="payment_intent")
_CHARGE = EventRule(root="payment_intent", id_at="payment_intent", moments=_ATTEMPT)
_DISPUTED = EventRule(root="dispute", moments=_DISPUTE)
_PAYOUT = EventRule(root="payout")
_SETUP = EventRule(root="setup_intent")
_CUSTOMER = EventRule(root="customer")
_OF_CUSTOMER = EventRule(root="customer", id_at="customer")
_METHOD = EventRule(root="payment_method")
_PRODUCT = EventRule(root="product")
_PRICE = EventRule(root="price")
_COUPON = EventRule(root="coupon")
_PROMOTION_CODE = EventRule(root="promotion_code")
_TAX_RATE = EventRule(root="tax_rate")
_SUBSCRIPTION = EventRule(root="subscription")
_SCHEDULE = EventRule(root="subscription_schedule")
_INVOICE = EventRule(root="invoice")
_OF_INVOICE = EventRule(root="invoice", id_at="invoice")
_UPCOMING = EventRule(root="subscription", id_at="parent.subscription_details.subscription")
_TRIAL_ENDS = EventRule(root="subscription", moments=("billing.handlers.notice_moments.trial_will_end",))
_FAILED = EventRule(root="invoice", moments=("billing.handlers.notice_moments.payment_failed",))
_ACTION = EventRule(root="invoice", moments=("billing.handlers.notice_moments.payment_action_required",))
_CREDIT_NOTE = EventRule(root="credit_note")

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
    "payout.created": _PAYOUT,
    "payout.updated": _PAYOUT,
    "payout.paid": _PAYOUT,
    "payout.failed": _PAYOUT,
    "payout.canceled": _PAYOUT,
    "payout.reconciliation_completed": _PAYOUT,
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
    "customer.discount.created": _OF_CUSTOMER,
    "customer.discount.updated": _OF_CUSTOMER,
    "customer.discount.deleted": _OF_CUSTOMER,
    "product.created": _PRODUCT,
    "product.updated": _PRODUCT,
    "product.deleted": _PRODUCT,
    "price.created": _PRICE,
    "price.updated": _PRICE,
    "price.deleted": _PRICE,
    "coupon.created": _COUPON,
    "coupon.updated": _COUPON,
    "coupon.deleted": _COUPON,
    "promotion_code.created": _PROMOTION_CODE,
    "promotion_code.updated": _PROMOTION_CODE,
    "tax_rate.created": _TAX_RATE,
    "tax_rate.updated": _TAX_RATE,
    "customer.subscription.created": _SUBSCRIPTION,
    "customer.subscription.updated": _SUBSCRIPTION,
    "customer.subscription.deleted": _SUBSCRIPTION,
    "customer.subscription.paused": _SUBSCRIPTION,
    "customer.subscription.resumed": _SUBSCRIPTION,
    "customer.subscription.trial_will_end": _TRIAL_ENDS,
    "customer.subscription.pending_update_applied": _SUBSCRIPTION,
    "customer.subscription.pending_update_expired": _SUBSCRIPTION,
    "subscription_schedule.created": _SCHEDULE,
    "subscription_schedule.updated": _SCHEDULE,
    "subscription_schedule.aborted": _SCHEDULE,
    "subscription_schedule.canceled": _SCHEDULE,
    "subscription_schedule.completed": _SCHEDULE,
    "subscription_schedule.expiring": _SCHEDULE,
    "subscription_schedule.released": _SCHEDULE,
    "invoice.created": _INVOICE,
    "invoice.updated": _INVOICE,
    "invoice.deleted": _INVOICE,
    "invoice.finalized": _INVOICE,
    "invoice.finalization_failed": _INVOICE,
    "invoice.sent": _INVOICE,
    "invoice.paid": _INVOICE,
    "invoice.payment_succeeded": _INVOICE,
    "invoice.payment_failed": _FAILED,
    "invoice.payment_action_required": _ACTION,
    "invoice.payment_attempt_required": _INVOICE,
    "invoice.overpaid": _INVOICE,
    "invoice.overdue": _INVOICE,
    "invoice.will_be_due": _INVOICE,
    "invoice.marked_uncollectible": _INVOICE,
    "invoice.voided": _INVOICE,
    "invoice.upcoming": _UPCOMING,
    "invoice_payment.paid": _OF_INVOICE,
    "credit_note.created": _CREDIT_NOTE,
    "credit_note.updated": _CREDIT_NOTE,
    "credit_note.voided": _CREDIT_NOTE,
}

# What an account had before us, in the order in which it is read; the parameters make Stripe list all of a kind.
IMPORTS: dict[str, dict[str, str]] = {
    "customer": {},
    "payment_method": {},
    "product": {},
    "price": {},
    "coupon": {},
    "promotion_code": {},
    "tax_rate": {},
    "subscription": {"status": "all"},
    "subscription_schedule": {},
    "payment_intent": {},
    "dispute": {},
    "payout": {},
    "setup_intent": {},
    "invoice": {},
    "credit_note": {},
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
    "quote.pay": f"{_OF_INVOICES}.is_paid",
    "quote.finalize": f"{_OF_INVOICES}.is_finalized",
    "quote.void": f"{_OF_INVOICES}.is_void",
    "quote.give_back": f"{_SHOWS}.shows_nowhere",
    "quote.schedule": f"{_SHOWS}.is_scheduled",
    "quote.plan": f"{_SHOWS}.plans_items",
    "quote.cancel": f"{_SHOWS}.is_canceled",
    "quote.release": f"{_SHOWS}.is_unscheduled",
}
