"""One invoice: what is owed for what, what was paid and credited, what happened, and what to do next."""

from collections.abc import Iterator

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from billing.admin import billing_words, catalog_words, invoice_actions
from billing.models import CreditNote, DraftDiscount, Invoice, InvoicePayment, TaxRate
from billing.models import Notice as Mail
from billing.services import (
    credit_note_parts,
    credit_notes,
    documents,
    draft_sending,
    invoice_links,
    invoice_mail,
    invoice_wishes,
)
from billing.services.draft_terms import AUTOMATIC
from config.base import clock
from config.base.console import additions, display
from config.base.console.display import Tone
from config.base.console.pages import Button, Facts, Notice, Page, Table, Timeline
from config.base.console.payloads import without_secrets
from config.base.models import User
from config.base.money import Money
from payments.admin import dispute_rows, links, timeline
from payments.models import Dispute
from payments.services import pay_links
from payments.services.payments import Doubt

SHOWN_LINES = 200
Status = Invoice.Status
_BUTTONS = {
    "edit": ("Edit…", Tone.QUIET, "billing.draft_invoice"),
    "send_draft": ("Send to Stripe…", Tone.BUSY, "billing.draft_invoice"),
    "finalize": ("Finalize…", Tone.BUSY, "billing.finalize_invoice"),
    "pay": ("Collect…", Tone.BUSY, "billing.pay_invoice"),
    "pay_link": ("Payment page…", Tone.QUIET, "billing.pay_invoice"),
    "mail": ("E-mail…", Tone.QUIET, "billing.finalize_invoice"),
    "paid_outside": ("Paid outside…", Tone.QUIET, "billing.pay_invoice"),
    "credit_note": ("Credit note…", Tone.QUIET, "billing.issue_creditnote"),
    "correct": ("Correct…", Tone.BUSY, "billing.draft_invoice"),
    "duplicate": ("Duplicate…", Tone.QUIET, "billing.draft_invoice"),
    "uncollectible": ("Write off…", Tone.BAD, "billing.void_invoice"),
    "void": ("Void…", Tone.BAD, "billing.void_invoice"),
    "throw_away": ("Throw away…", Tone.BAD, "billing.draft_invoice"),
    "clear_flags": ("Clear flags…", Tone.QUIET, "billing.clear_flags_invoice"),
    "refresh": ("Refresh from Stripe", Tone.QUIET, "payments.refresh_payment"),
}


def page(request: HttpRequest, row: Invoice) -> Page:
    """Everything about the invoice, most urgent first."""
    doubt = invoice_wishes.in_doubt(row)
    notes = list(row.credit_notes.order_by("-id"))
    own = Page(
        title=f"Invoice {row}",
        headline=_headline(row),
        labels=billing_words.invoice_labels(row, at=clock.now()),
        subtitle=_subtitle(row),
        notices=list(_notices(row, doubt)),
        buttons=list(_buttons(request, row, doubt)),
        main=[_lines(row), *_taxes(row), *_payments(row), *_credit_notes(notes), *_mails(row), _story(row, notes)],
        side=[_money(row), _terms(row), _customer(row), _pay_link(row), _ids(row), _more(row)],
    )
    return additions.to(own, "invoice", request, row)


def _headline(row: Invoice) -> str:
    if row.stripe_id is None:
        known = [line.unit_amount_minor for line in row.draft_lines.all()]
        if None in known:
            return "Priced by Stripe"
        total = sum((line.unit_amount_minor or 0) * line.quantity for line in row.draft_lines.all())
        return f"{_say(total, row)} before tax"
    return row.total.format(display.locale())


def _subtitle(row: Invoice) -> str:
    moment = row.finalized_at or row.created_at
    return " · ".join(filter(None, [row.number, str(row.customer), f"{moment:%-d %b %Y}"]))


def _notices(row: Invoice, doubt: Doubt | None) -> Iterator[Notice]:
    if doubt:
        since = doubt.since.strftime("%H:%M:%S UTC")
        text = f"Asked at {since}; Stripe may have done it, or not. It settles by itself. Do not ask for it again."
        yield Notice(title=f"Stripe has not answered: {display.words(doubt.action).lower()}", text=text)
    for name in row.flags:
        yield Notice(title=display.words(name), text=billing_words.flag(name), tone=Tone.BAD)
    if row.waits_for:
        again = f" It is tried again by itself at {row.wanted_at:%H:%M UTC}." if row.wanted_at else ""
        yield Notice(title="It waits", text=f"{row.waits_for}{again}")
    elif row.wanted == Invoice.Wanted.FINALIZE and row.wanted_at:
        text = f"It gets a number of ours and is finalized by itself on {row.wanted_at:%-d %b, %H:%M UTC}."
        yield Notice(text=text, tone=Tone.BUSY)
    if row.failure_message:
        yield Notice(title="Stripe refused it", text=row.failure_message, tone=Tone.BAD)
    if row.customer.parked_at:
        yield Notice(title="The customer is parked", text=row.customer.parked_reason)
    if not doubt and (step := _next_step(row)):
        yield step


def _next_step(row: Invoice) -> Notice | None:
    if row.status == Status.DRAFT and not row.subscription_id:
        if row.stripe_id is None:
            return Notice(text="Only we know this draft. Send it to Stripe to see its taxes.", tone=Tone.BUSY)
        if not draft_sending.is_whole(row):
            return Notice(text="Stripe does not have all of its lines yet. Send it again to go on.", tone=Tone.WARN)
        return Notice(text="Look at the sums, then finalize it: nobody owes it before.", tone=Tone.BUSY)
    if row.status == Status.OPEN and row.due_date and row.due_date < clock.now():
        late = (clock.now() - row.due_date).days
        text = f"It was due {late} days ago. Send the payment page again, or collect it from a saved method."
        return Notice(title="Overdue", text=text, tone=Tone.BAD)
    if row.status == Status.OPEN:
        text = "Collect it from a saved method, or send the customer the payment page."
        return Notice(title="It waits to be paid", text=text, tone=Tone.BUSY)
    return None


def _buttons(request: HttpRequest, row: Invoice, doubt: Doubt | None) -> Iterator[Button]:
    user = request.user
    if not isinstance(user, User):
        return
    for action, is_possible in _possible(row, doubt).items():
        text, tone, permission = _BUTTONS[action]
        if is_possible and user.has_perm(permission):
            yield Button(text=text, tone=tone, url=invoice_actions.url(row, action))


def _possible(row: Invoice, doubt: Doubt | None) -> dict[str, bool]:
    """What the invoice's state allows, in the order of the buttons."""
    is_draft, is_ours = row.status == Status.DRAFT, row.stripe_id is None
    is_whole = not is_draft or draft_sending.is_whole(row)
    is_owed = row.status in {Status.OPEN, Status.UNCOLLECTIBLE}
    is_creditable = row.status in credit_notes.CREDITABLE and credit_note_parts.creditable(row).minor > 0
    return {
        "edit": is_draft and is_ours and not doubt,
        "send_draft": is_draft and not is_whole and not doubt,
        "finalize": is_draft and not is_ours and is_whole and not doubt,
        "pay": is_owed and not doubt,
        "pay_link": row.status == Status.OPEN and row.amount_remaining_minor > 0,
        "mail": row.status in invoice_mail.SENDABLE and bool(row.customer.email),
        "paid_outside": is_owed and not doubt,
        "credit_note": is_creditable and not doubt,
        "correct": row.status == Status.VOID,
        "duplicate": row.status != Status.DELETED or row.draft_lines.exists(),
        "uncollectible": row.status == Status.OPEN and not doubt,
        "void": is_owed and not doubt,
        "throw_away": is_draft and not row.subscription_id and not doubt,
        "clear_flags": bool(row.flags),
        "refresh": not is_ours,
    }


def _lines(row: Invoice) -> Table:
    standing = list(row.lines.filter(removed_at=None)[: SHOWN_LINES + 1])
    if not standing and row.draft_lines.exists():
        return _draft_lines(row)
    more = f" (the first {SHOWN_LINES})" if len(standing) > SHOWN_LINES else ""
    return Table(
        title=f"Lines{more}",
        headers=["Description", "Period", "Pieces", "Amount", "Discount", "Tax"],
        rows=[
            [
                _described(line.description, is_duplicate=line.is_duplicate),
                _period(line.period_start, line.period_end),
                line.quantity if line.quantity is not None else "",
                display.money(line.amount),
                display.money_unless_zero(Money(line.discount_minor, row.currency)),
                display.money_unless_zero(Money(line.tax_minor, row.currency)),
            ]
            for line in standing[:SHOWN_LINES]
        ],
        empty="No lines.",
    )


def _draft_lines(row: Invoice) -> Table:
    lines = list(row.draft_lines.select_related("price__product")[: SHOWN_LINES + 1])
    more = f" (the first {SHOWN_LINES})" if len(lines) > SHOWN_LINES else ""
    return Table(
        title=f"Lines of the draft{more}",
        headers=["Description", "Pieces", "Each", "Amount"],
        rows=[
            [
                line.description or (line.price and line.price.product.name) or "",
                line.quantity,
                catalog_words.amount(line.price) if line.price else _amount(line.unit_amount_minor, row),
                _amount(line.unit_amount_minor * line.quantity, row) if line.unit_amount_minor is not None else "",
            ]
            for line in lines[:SHOWN_LINES]
        ],
        empty="No lines yet: edit the draft.",
    )


def _described(text: str, *, is_duplicate: bool) -> object:
    twice = display.label("Second bill of its period", Tone.BAD) if is_duplicate else ""
    return format_html("{} {}", text, twice) if twice else text


def _period(start: object, end: object) -> object:
    if start == end:
        return ""
    return f"{start:%-d %b %Y} – {end:%-d %b %Y}"


def _taxes(row: Invoice) -> Iterator[Table]:
    taxes = list(row.taxes.filter(line=None))
    if not taxes:
        return
    rates = TaxRate.objects.in_bulk([tax.tax_rate_id for tax in taxes], field_name="stripe_id")
    yield Table(
        title="Taxes",
        headers=["Tax", "On", "Amount", "How", "Why"],
        rows=[
            [
                str(rates.get(tax.tax_rate_id, tax.tax_rate_id)),
                _amount(tax.taxable_minor, row),
                _amount(tax.amount_minor, row),
                "contained" if tax.is_inclusive else "added",
                display.words(tax.reason),
            ]
            for tax in taxes
        ],
    )


def _payments(row: Invoice) -> Iterator[Table]:
    paid = list(row.payments.select_related("payment"))
    if paid or row.status in {Status.OPEN, Status.PAID}:
        disputes = dispute_rows.among([each.payment for each in paid if each.payment])
        yield Table(
            title="Payments",
            headers=["Payment", "Asked", "Paid", "Status", "When (UTC)"],
            rows=[_payment(each, row, disputes.get(each.payment_id or 0)) for each in paid],
            empty="None yet.",
        )


def _payment(each: InvoicePayment, row: Invoice, dispute: Dispute | None) -> list[object]:
    how = links.to(each.payment, each.payment.public_id) if each.payment else display.words(each.type)
    return [
        how or display.code(each.payment_intent_id),
        _amount(each.amount_requested_minor, row),
        _amount(each.amount_paid_minor, row),
        format_html("{} {}", billing_words.status(each.status), dispute_rows.label(dispute)),
        display.when(each.paid_at or each.canceled_at),
    ]


def _credit_notes(notes: list[CreditNote]) -> Iterator[Table]:
    if notes:
        yield Table(
            title="Credit notes",
            headers=["Number", "Total", "Set off", "Given back", "Status", "Issued (UTC)"],
            rows=[
                [
                    links.to(note, str(note)),
                    display.money(note.total),
                    display.money_unless_zero(Money(note.pre_payment_minor, note.currency)),
                    display.money_unless_zero(Money(note.post_payment_minor, note.currency)),
                    billing_words.status(note.status),
                    display.when(note.effective_at or note.created_at),
                ]
                for note in notes
            ],
        )


def _mails(row: Invoice) -> Iterator[Table]:
    mails = list(Mail.objects.filter(subject_id=row.public_id).order_by("-id")[:20])
    if mails:
        yield Table(
            title="E-mails",
            headers=["What", "Status", "Sent (UTC)"],
            rows=[
                [
                    links.to(mail, mail.get_message_display()),
                    billing_words.status(mail.status),
                    display.when(mail.sent_at),
                ]
                for mail in mails
            ],
        )


def _story(row: Invoice, notes: list[CreditNote]) -> Timeline:
    paid_by = row.payments.exclude(payment=None).values_list("payment__public_id", flat=True)
    return timeline.of(
        row,
        public_ids=[row.public_id, *(note.public_id for note in notes), *paid_by],
        roots=[row.stripe_id, *(note.stripe_id for note in notes)],
    )


def _money(row: Invoice) -> Facts:
    if row.stripe_id is None:
        return Facts(title="Money", rows=[("Sums", "Stripe computes them when it is sent")])
    return Facts(
        title="Money",
        rows=[
            ("Lines", _amount(row.subtotal_minor, row)),
            ("Discount", _unless_zero(-row.discount_minor, row)),
            ("Tax", _unless_zero(row.tax_minor, row)),
            ("Total", display.money(row.total)),
            ("From the balance", _amount(row.amount_due_minor - row.total_minor, row) if _has_balance(row) else ""),
            ("Paid", _unless_zero(row.amount_paid_minor, row)),
            ("Paid outside", _unless_zero(row.amount_paid_off_stripe_minor, row)),
            ("Set off by credit notes", _unless_zero(row.pre_payment_credit_minor, row)),
            ("Given back by credit notes", _unless_zero(row.post_payment_credit_minor, row)),
            ("Still owed", display.money(row.remaining)),
        ],
    )  # fmt: skip


def _own_fields(row: Invoice) -> list[dict[str, str]]:
    return [custom for custom in row.custom_fields or [] if custom["value"] != row.purchase_order]


def _discounts(row: Invoice) -> QuerySet[DraftDiscount]:
    return row.draft_discounts.select_related("coupon", "promotion_code")


def _has_balance(row: Invoice) -> bool:
    return bool(row.starting_balance_minor) and row.ending_balance_minor != row.starting_balance_minor


def _terms(row: Invoice) -> Facts:
    is_automatic = row.collection_method == AUTOMATIC
    days = f"within {row.days_until_due} days" if row.days_until_due is not None and row.stripe_id is None else ""
    return Facts(
        title="Terms",
        rows=[
            ("Paid", "from the saved method" if is_automatic else "by the customer"),
            ("Due", display.when(row.due_date) or days),
            ("Tries", row.attempt_count or ""),
            ("Next try", display.when(row.next_payment_attempt)),
            ("Purchase order", row.purchase_order),
            *((custom["name"], custom["value"]) for custom in _own_fields(row)),
            ("Memo", row.description),
            ("Footer", row.footer),
            ("Discounts", ", ".join(str(chosen) for chosen in _discounts(row))),
            ("Tax", _TAX.get(row.automatic_tax_status, "")),
        ],
    )  # fmt: skip


_TAX = {
    "complete": "by Stripe Tax",
    "failed": "Stripe Tax failed",
    "requires_location_inputs": "Stripe Tax needs the customer's address",
}


def _customer(row: Invoice) -> Facts:
    corrected = row.corrected_by.first()
    return Facts(
        title="Belongs to",
        rows=[
            ("Customer", links.to(row.customer)),
            ("E-mail", row.customer.email),
            ("Subscription", links.to(row.subscription)),
            ("Corrects", links.to(row.from_invoice)),
            ("Corrected by", links.to(corrected)),
        ],
    )


def _pay_link(row: Invoice) -> Facts:
    link = invoice_links.existing(row)
    if link is None:
        return Facts(title="Payment page", rows=[])
    address = pay_links.url(link)
    field = format_html(
        '<span class="cf-address"><input class="cf-input" readonly aria-label="Address of the payment page" value="{}">'
        '<button type="button" class="cf-button" data-copy>Copy</button></span>',
        address,
    )
    return Facts(
        title="Payment page", rows=[("Address", field), ("Look at it", display.link(address, "Open", external=True))]
    )


def _ids(row: Invoice) -> Facts:
    document = documents.of(row)
    return Facts(
        title="Ids and details",
        rows=[
            ("Invoice", display.copied(row.public_id)),
            ("At Stripe", links.at_stripe(row.account, "invoices", row.stripe_id)),
            ("Document", links.to(document, "PDF") if document else ""),
            ("Made because", display.words(row.billing_reason)),
            ("Finalized", display.when(row.finalized_at)),
            ("Paid", display.when(row.paid_at)),
            ("Voided", display.when(row.voided_at)),
            ("Written off", display.when(row.marked_uncollectible_at)),
            ("Account", str(row.account)),
        ],
    )


def _more(row: Invoice) -> Facts:
    return Facts(title="Metadata", rows=list(without_secrets(row.metadata).items()))


def _amount(minor: int | None, row: Invoice) -> object:
    return "" if minor is None else display.money(Money(minor, row.currency))


def _unless_zero(minor: int, row: Invoice) -> object:
    return _amount(minor, row) if minor else ""


def _say(minor: int, row: Invoice) -> str:
    return Money(minor, row.currency).format(display.locale())
