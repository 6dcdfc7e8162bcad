"""Every known fact of Stripe's documented behaviour, and how the sandbox stands to it.

Facts carry the ids of the collection that they come from: section, subject, and a name.
"""

from tests.sandbox.behaviours import (
    banks,
    cards,
    catalog,
    credit_notes,
    disputes,
    invoices,
    money,
    payments,
    payouts,
    protocol,
    refunds,
    webhooks,
)
from tests.sandbox.behaviours.cards import Check

# Facts with a check that runs against the sandbox.
HOLDS: dict[str, Check] = {
    **cards.HOLDS,
    **banks.HOLDS,
    **protocol.HOLDS,
    **webhooks.HOLDS,
    **payments.HOLDS,
    **refunds.HOLDS,
    **money.HOLDS,
    **disputes.HOLDS,
    **payouts.HOLDS,
    **invoices.HOLDS,
    **credit_notes.HOLDS,
    **catalog.HOLDS,
}

# Facts that no answer of an API can show, and why nothing here contradicts them.
STATED: dict[str, str] = {
    "4.ip_list": "where Stripe's own webhooks come from; a local Stripe posts from this machine",
    "4.event.invoice_payment_attempt_required": "for payments by custom methods outside Stripe, which are not here",
    "6.due.default": "send_invoice without a due date is refused, as recorded",
    "10.endive.invoice": "what the next version brings; the one spoken here is pinned",
    "10.rl.reads": "an allowance of Stripe's contract, counted over thirty days",
    "10.ver.release": "Stripe's calendar of versions; the one spoken here is pinned",
}

# The issue that brings what the sandbox does not have yet, and the facts that come with it.
NOT_YET: dict[str, str] = {
    "Subscriptions and invoices": """
        4.event.customer.subscription.updated
        4.event.customer.subscription.deleted 4.event.customer.subscription.trial_will_end
        4.event.customer.subscription.pending_update_applied
        4.event.customer.subscription.pending_update_expired
        4.flow.sub_trial 4.flow.renewal 4.flow.renewal_fail 4.flow.cancel
        5.sub.states 5.sub.create_fail 5.sub.default_incomplete 5.sub.past_due
        5.sub.past_due_invoices 5.sub.voided_invoice 5.sub.delayed_pm 5.sub.canceled 5.sub.paused
        5.sub.pause_collection 5.sub.payment_outcomes
        5.live.sub.no_pm 5.live.sub.3ds
        5.live.sub.send_invoice 5.live.sub.resume 5.live.sub.cancel_twice 5.live.sub.incomplete_edit
        5.live.sub.unpaid_recover
        6.pror.basic 6.pror.may 6.pror.to_second 6.pror.preview_example 6.pror.april 6.pror.coupon_multi
        6.pror.cancel_at 6.pror.discount_flag 6.pror.no_usage 6.pror.unpaid 6.anchor.two_month
        6.anchor.trial_shift 6.trial.zero_invoice 6.trial.missing_pm 6.trial.anchor_combo 6.expiry.23h
        6.live.pror.tie 6.live.pror.whole_item 6.live.pror.item_shape 6.live.pror.none 6.live.period
        10.rl.specific
        10.basil.upcoming
        10.basil.thresholds 10.dahlia.add 10.endive.pause
    """,
    "Every cent explained": "7.bt.stripe_fee 7.payout.negative 7.payout.settlement 7.payout.min",
    "Dispute desk": """
        8.evidence.limits 8.evidence.page_limit 8.efw 8.visa_compliance_fee
        8.prevented_def 10.endive.dispute
    """,
    "Dunning": "6.retry.defaults 6.retry.max8 6.retry.nonretryable 6.hard_declines",
    "Credit wallet": "9.cn.no_grant_refund 9.grant.states 9.grant.eligible 9.grant.order",
    "Usage": "10.basil.usage",
}

# Facts on which Stripe's own pages or recordings contradict each other, and what the sandbox does.
UNSETTLED: dict[str, str] = {
    "1.card.3ds.doc_wording": "on-session it always asks; off-session not once it was set up",
    "4.sig.tolerance_zero": "a matter of the verifying library; ours takes five minutes",
    "5.inv.credit_note_states": "open, paid and uncollectible invoices take credit notes",
    "5.live.inv.void_from": "recorded from open only; here uncollectible ones are voided too, as documented",
    "5.pi.partial_capture": "since 2025-03-31.basil one balance transaction of what was captured, and no refund",
    "5.sub.trial_status": "no subscriptions yet",
    "5.sub.send_invoice_status": "no subscriptions yet",
    "5.sub.incomplete_edit": "no subscriptions yet",
    "5.sub.unpaid_invoices_conflict": "no subscriptions yet",
    "5.live.pi.min": "a recording on a Canadian account took 40 cents; here the documented minimum holds",
    "6.cur.three": "the list leaves three-decimal currencies out, the rule for them exists; here it holds",
    "6.max.amounts": "twelve digits for cards, eight for others but IDR, COP and INR",
    "7.bt.refund_failure": "type refund_failure for cards, payment_refund for others",
    "7.bt.dispute_fee_test_conflict": "the dispute fee is not given back",
}


def not_yet() -> dict[str, str]:
    """Each fact that waits, with the issue it waits for."""
    return {fact: issue for issue, facts in NOT_YET.items() for fact in facts.split()}


def summary() -> str:
    """How many facts stand how, in one line."""
    waiting = ", ".join(f"{issue} {len(facts.split())}" for issue, facts in NOT_YET.items())
    return (
        f"behaviours: {len(HOLDS)} hold and are checked, {len(STATED)} hold by statement, "
        f"{len(not_yet())} not yet ({waiting}), {len(UNSETTLED)} unsettled, "
        f"{len(HOLDS) + len(STATED) + len(not_yet()) + len(UNSETTLED)} in all"
    )
