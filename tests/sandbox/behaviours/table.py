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
    proration,
    protocol,
    refunds,
    subscriptions,
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
    **subscriptions.HOLDS,
    **proration.HOLDS,
}

# Facts that no answer of an API can show, and why nothing here contradicts them.
STATED: dict[str, str] = {
    "4.ip_list": "where Stripe's own webhooks come from; a local Stripe posts from this machine",
    "4.event.invoice_payment_attempt_required": "for payments by custom methods outside Stripe, which are not here",
    "6.due.default": "send_invoice without a due date is refused, as recorded",
    "10.endive.invoice": "what the next version brings; the one spoken here is pinned",
    "10.basil.thresholds": "gone and come back: null on every subscription, and refused as a parameter here",
    "10.endive.pause": "what the next version brings; the one spoken here is pinned",
    "10.rl.specific": "allowances of single objects; here only requests a second are counted",
    "10.rl.reads": "an allowance of Stripe's contract, counted over thirty days",
    "10.ver.release": "Stripe's calendar of versions; the one spoken here is pinned",
}

# The issue that brings what the sandbox does not have yet, and the facts that come with it.
NOT_YET: dict[str, str] = {
    "Dispute desk": """
        8.evidence.limits 8.evidence.page_limit 8.efw 8.visa_compliance_fee
        8.prevented_def 10.endive.dispute
    """,
    "Dunning": "6.retry.defaults 6.retry.max8 6.retry.nonretryable 6.hard_declines",
    "Credit wallet": "9.cn.no_grant_refund 9.grant.states 9.grant.eligible 9.grant.order",
    "Usage": "6.pror.no_usage 10.basil.usage",
}

# Facts on which Stripe's own pages or recordings contradict each other, and what the sandbox does.
UNSETTLED: dict[str, str] = {
    "1.card.3ds.doc_wording": "on-session it always asks; off-session not once it was set up",
    "4.sig.tolerance_zero": "a matter of the verifying library; ours takes five minutes",
    "5.inv.credit_note_states": "open, paid and uncollectible invoices take credit notes",
    "5.live.inv.void_from": "recorded from open only; here uncollectible ones are voided too, as documented",
    "5.pi.partial_capture": "since 2025-03-31.basil one balance transaction of what was captured, and no refund",
    "5.sub.trial_status": "trialing, as the API reference has it",
    "5.sub.send_invoice_status": "active at once, as the API reference has it and as recorded",
    "5.sub.incomplete_edit": "what makes no invoice or invoice item can be changed",
    "5.sub.unpaid_invoices_conflict": "made and left as drafts, never attempted",
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
