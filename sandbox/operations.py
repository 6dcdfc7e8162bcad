"""Every operation of the API and every piece of work that time brings, on one page."""

from collections.abc import Mapping

from . import books, charging, debit_payments, disputing, holds, refunding
from .billing import advancement, collection
from .resources import (
    accounts,
    balance,
    charges,
    coupons,
    credit_notes,
    customer_balance,
    customers,
    disputes,
    events,
    invoice_lines,
    invoice_payments,
    invoiceitems,
    invoices,
    payment_intents,
    payment_methods,
    payouts,
    prices,
    products,
    promotion_codes,
    refunds,
    setup_intents,
    tax_calculations,
    tax_ids,
    tax_rates,
    tokens,
    webhook_endpoints,
)
from .routing import Route
from .world import Reaction, Task

ROUTES: list[Route] = [
    *accounts.ROUTES,
    *balance.ROUTES,
    *charges.ROUTES,
    *coupons.ROUTES,
    *credit_notes.ROUTES,
    *customer_balance.ROUTES,
    *customers.ROUTES,
    *disputes.ROUTES,
    *events.ROUTES,
    *invoice_lines.ROUTES,
    *invoice_payments.ROUTES,
    *invoiceitems.ROUTES,
    *invoices.ROUTES,
    *payment_intents.ROUTES,
    *payment_methods.ROUTES,
    *payouts.ROUTES,
    *prices.ROUTES,
    *products.ROUTES,
    *promotion_codes.ROUTES,
    *refunds.ROUTES,
    *setup_intents.ROUTES,
    *tax_calculations.ROUTES,
    *tax_ids.ROUTES,
    *tax_rates.ROUTES,
    *tokens.ROUTES,
    *webhook_endpoints.ROUTES,
]

TASKS: Mapping[str, Task] = {
    "advance_invoice": advancement.advance,
    "answer_debit": debit_payments.answer,
    "decide_dispute": disputing.decide,
    "dispute_deadline": disputing.deadline,
    "expire_hold": holds.expire,
    "fail_refund": refunding.fail,
    "invoice_overdue": advancement.overdue,
    "invoice_will_be_due": advancement.will_be_due,
    "land_payout": payouts.land,
    "reference_refund": refunding.reference,
    "release_funds": books.release_funds,
    "retry_invoice": advancement.retry,
    "retry_refund": refunding.retry,
    "send_payout": payouts.send,
    "settle_charge": charging.settle_late,
    "settle_refund": refunding.settle,
}

# What happened to one thing is told to those that depend on it.
REACTIONS: Mapping[str, tuple[Reaction, ...]] = {
    "payment_intent_changed": (collection.intent_changed,),
    "invoice_finalized": (),
    "invoice_paid": (),
    "invoice_payment_action_required": (),
    "invoice_payment_failed": (),
    "invoice_retries_exhausted": (),
    "invoice_uncollectible": (),
    "invoice_voided": (),
}
