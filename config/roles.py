"""Who may do what in the console: `manage.py create_roles` makes these groups, and makes them so again."""

_BOOKS_READS = ("billing.view_entry", "billing.view_ledgeraccount", "billing.view_posting")
_SUPPORT_READS = (
    *_BOOKS_READS,
    "billing.view_coupon",
    "billing.view_creditnote",
    "billing.view_document",
    "billing.view_notice",
    "billing.view_invoice",
    "billing.view_taxrate",
    "billing.view_taxrule",
    "billing.view_price",
    "billing.view_product",
    "billing.view_promotioncode",
    "billing.view_quote",
    "billing.view_subscription",
    "billing.view_subscriptionitem",
    "billing.view_subscriptionschedule",
    "payments.view_customer",
    "payments.view_inboxevent",
    "payments.view_outboundcall",
    "payments.view_payment",
    "payments.view_paymentattempt",
    "payments.view_paymentmethod",
    "payments.view_paylink",
    "payments.view_refund",
    "payments.view_setupintent",
)
_HISTORY_READS = ("auditlog.view_logentry", "base.view_domainevent", "base.view_jobrun", "base.view_confirmedaction")
_ACTS = (
    "payments.refund_payment",
    "payments.refresh_payment",
    "payments.park_customer",
    "billing.start_subscription",
    "billing.change_plan_subscription",
    "billing.pause_subscription",
    "billing.cancel_subscription",
    "billing.draft_invoice",
    "billing.finalize_invoice",
    "billing.pay_invoice",
    "billing.issue_creditnote",
    "billing.resend_notice",
)

ROLES = {
    # On the phone with customers: reads, refunds, parks.
    "support": (*_SUPPORT_READS, *_ACTS),
    # Also captures, cancels, replays, and sees how it came about.
    "finance": (
        *_SUPPORT_READS,
        *_HISTORY_READS,
        *_ACTS,
        "base.view_legalentity",
        "billing.view_letterhead",
        "billing.change_letterhead",
        "base.view_stripeaccount",
        "payments.view_root",
        "payments.capture_payment",
        "payments.cancel_payment",
        "payments.clear_flags_payment",
        "payments.replay_inboxevent",
        "billing.clear_flags_subscription",
        "billing.clear_flags_invoice",
        "billing.void_invoice",
        "billing.void_creditnote",
        "billing.manage_tax",
        "billing.view_numberseries",
        "billing.add_numberseries",
        "billing.view_issuednumber",
        "billing.manage_catalog",
    ),
    # Reads everything, changes nothing: every `view_` permission there is.
    "auditor": ("*.view_*",),
}
