"""One payment as a support agent on the phone needs it: what happened, what to say, what can be done."""

from collections.abc import Iterator
from urllib.parse import quote, urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.base.console import additions, display
from config.base.console.display import Tone
from config.base.console.pages import Button, Facts, Notice, Page, Table
from config.base.console.payloads import without_secrets
from config.base.models import User
from config.base.money import Money
from payments import declines, method_names
from payments.admin import dispute_rows, links, payment_rows, timeline, words
from payments.models import Dispute, Payment, PaymentAttempt, Refund
from payments.services import pay_links
from payments.services import payments as service
from payments.services import refunds as refund_service
from payments.services.payments import Doubt

OTHERS = 5


def page(request: HttpRequest, payment: Payment) -> Page:
    """Everything about the payment, most urgent first."""
    refunds = list(payment.refunds.order_by("-id")[: timeline.AT_MOST])
    disputes = list(payment.disputes.order_by("-stripe_created_at")[: timeline.AT_MOST])
    doubt, dispute = service.in_doubt(payment), dispute_rows.foremost(disputes)
    refundable = refund_service.refundable(payment)
    own = Page(
        title=f"Payment {payment.public_id}",
        headline=payment.amount.format(display.locale()),
        labels=[_labels(payment, doubt, dispute)],
        subtitle=_subtitle(payment),
        notices=list(_notices(payment, doubt, dispute, refunds)),
        buttons=list(_buttons(request, payment, doubt, refundable)),
        main=[*_tables(payment, refunds, disputes), timeline.of_payment(payment, refunds)],
        side=[_money(payment, disputes, refundable), _customer(payment), _link(payment), _ids(payment), _more(payment)],
    )
    return additions.to(own, "payment", request, payment)


def _tables(payment: Payment, refunds: list[Refund], disputes: list[Dispute]) -> Iterator[Table]:
    yield _attempts(payment)
    if refunds or payment.received.minor:
        yield _refunds(refunds)
    if disputes:
        yield dispute_rows.table("Disputes", disputes)
    if others := _others(payment):
        search = payment.customer.public_id if payment.customer else ""
        yield payment_rows.table("The customer's other payments", others, search=search, at_most=OTHERS)


def _others(payment: Payment) -> list[Payment]:
    if payment.customer is None:
        return []
    others = payment.customer.payments.exclude(pk=payment.pk).select_related("payment_method")
    return list(others.order_by("-created_at", "-id")[:OTHERS])


def _labels(payment: Payment, doubt: Doubt | None, dispute: Dispute | None) -> SafeString:
    is_in_doubt = doubt and payment.status != Payment.Status.UNKNOWN
    in_doubt = display.label("In doubt", Tone.WARN) if is_in_doubt else ""
    return payment_rows.statuses(payment, payment_rows.refunded(payment), dispute_rows.label(dispute), in_doubt)


def _subtitle(payment: Payment) -> str:
    moment = payment.created_at.strftime("%-d %b %Y, %H:%M UTC")
    return " · ".join(filter(None, [str(payment.customer or ""), words.method(payment.payment_method), moment]))


def _notices(payment: Payment, doubt: Doubt | None, dispute: Dispute | None, refunds: list[Refund]) -> Iterator[Notice]:
    if doubt:
        yield Notice(title=f"Stripe has not answered the {doubt.action} yet", text=_while_in_doubt(payment, doubt))
    if dispute and dispute_rows.label(dispute):
        yield dispute_rows.notice(dispute)
    for name in payment.flags:
        yield Notice(title=display.words(name), text=words.flag(name), tone=Tone.BAD)
    if payment.status == Payment.Status.REJECTED:
        text = payment.failure_message or "Nothing was charged. Ask for a new payment."
        yield Notice(title="This payment was never made at Stripe", text=text, tone=Tone.BAD)
    elif payment.failure_code or payment.decline_code:
        yield _decline(payment)
    elif payment.status in words.NEXT_STEPS and not doubt:
        title, text = words.NEXT_STEPS[payment.status]
        yield Notice(title=title, text=text, tone=Tone.BUSY)
    if refunds and refunds[0].status == Refund.Status.FAILED:
        yield _failed_refund(refunds[0])


def _failed_refund(refund: Refund) -> Notice:
    why = display.words(refund.failure_message or refund.failure_code)
    amount = refund.amount.format(display.locale())
    title = f"The refund of {amount} failed" + (f": {why}" if why else "")
    return Notice(title=title, text=words.REFUND_STEPS["failed"], tone=Tone.BAD)


def _while_in_doubt(payment: Payment, doubt: Doubt) -> str:
    since = doubt.since.strftime("%H:%M:%S UTC")
    what_to_do = (
        "Refresh from Stripe to look at once." if payment.stripe_id else "Ask the customer to wait a few minutes."
    )
    return (
        f"Asked at {since}; Stripe may have done it, or not. It settles by itself. Do not ask for it again, here or in "
        f"Stripe's dashboard. {what_to_do}"
    )


def _decline(payment: Payment) -> Notice:
    advice = declines.advice(payment.failure_code, payment.decline_code)
    is_over = payment.status in Payment.TERMINAL
    return Notice(
        title=f"{'An earlier try was' if is_over else 'The last try was'} declined: {advice.staff}",
        text=format_html(
            "Say: “{}” {} {}",
            advice.customer,
            words.RETRIES[advice.retry],
            display.code(" / ".join(filter(None, [payment.failure_code, payment.decline_code]))),
        ),
        tone=Tone.QUIET if is_over else Tone.BAD,
    )


def _buttons(request: HttpRequest, payment: Payment, doubt: Doubt | None, refundable: Money) -> Iterator[Button]:
    user = request.user
    if not isinstance(user, User):
        return
    may_act = {
        "capture": payment.status == Payment.Status.REQUIRES_CAPTURE and not doubt,
        "refund": refundable.minor > 0,
        "cancel": payment.status in Payment.CANCELABLE and not doubt,
        "refresh": bool(payment.stripe_id),
        "clear_flags": bool(payment.flags),
    }
    looks = {
        "capture": ("Capture…", Tone.BUSY),
        "refund": ("Refund…", Tone.BUSY),
        "cancel": ("Cancel…", Tone.BAD),
        "clear_flags": ("Clear flags…", Tone.QUIET),
    }
    for action, is_possible in may_act.items():
        if is_possible and user.has_perm(f"payments.{action}_payment"):
            text, tone = looks.get(action, ("Refresh from Stripe", Tone.QUIET))
            yield Button(text=text, tone=tone, url=reverse(f"admin:payments_payment_{action}", args=[payment.pk]))


def _money(payment: Payment, disputes: list[Dispute], refundable: Money) -> Facts:
    capturable = Money(payment.amount_capturable_minor, payment.currency)
    is_reserved = capturable.minor > 0
    disputed = Money(sum(row.amount_minor for row in disputes if not row.is_inquiry), payment.currency)
    return Facts(
        title="Money",
        rows=[
            ("Asked", display.money(payment.amount)),
            ("Reserved, not captured", display.money(capturable) if is_reserved else ""),
            ("Reserved until", display.when(payment.capture_before) if is_reserved else ""),
            ("Received", display.money(payment.received)),
            ("Refunded", display.money_unless_zero(payment.refunded) if payment.received.minor else ""),
            ("Disputed", display.money(disputed) if disputed.minor else ""),
            ("Can still be refunded", display.money_unless_zero(refundable) if payment.received.minor else ""),
            ("Receipt", display.link(payment.receipt_url, "Open", external=True) if payment.receipt_url else ""),
        ],
    )


def _customer(payment: Payment) -> Facts:
    customer = payment.customer
    return Facts(
        title="Customer",
        rows=[
            ("Name", links.to(customer)),
            ("E-mail", customer.email if customer else "No customer: paid as a guest"),
            ("Phone", customer.phone if customer else ""),
            ("Method", links.to(payment.payment_method, words.method(payment.payment_method))),
            ("Parked", customer.parked_reason if customer and customer.parked_at else ""),
        ],
    )


def _link(payment: Payment) -> Facts:
    link = getattr(payment, "pay_link", None)
    if link is None:
        return Facts(title="Payment page", rows=[])
    address = pay_links.url(link)
    field = format_html(
        '<span class="cf-address"><input class="cf-input" readonly aria-label="Address of the payment page" value="{}">'
        '<button type="button" class="cf-button" data-copy>Copy</button></span>',
        address,
    )
    return Facts(
        title="Payment page",
        rows=[
            ("Address", field),
            ("Send again", _letter(payment, address)),
            ("Look at it", display.link(address, "Open", external=True)),
            ("Pay link", links.to(link, link.title or "Untitled")),
            ("Ends", display.when(link.expires_at)),
        ],
    )


def _letter(payment: Payment, address: str) -> SafeString | str:
    """Opens the reader's own mail program with the address written down, while there is something to pay."""
    waits = payment.status in (Payment.Status.REQUIRES_PAYMENT_METHOD, Payment.Status.REQUIRES_ACTION)
    if not waits or not payment.customer or not payment.customer.email:
        return ""
    subject = f"Your payment of {payment.amount.format(display.locale())}"
    letter = urlencode({"subject": subject, "body": address}, quote_via=quote)
    return display.link(f"mailto:{quote(payment.customer.email)}?{letter}", "Write an e-mail")


def _ids(payment: Payment) -> Facts:
    at_stripe = links.at_stripe(payment.account, "payments", payment.stripe_id)
    return Facts(
        title="Ids and details",
        rows=[
            ("Payment", display.copied(payment.public_id)),
            ("At Stripe", at_stripe),
            ("Charge", display.copied(payment.latest_charge_id)),
            ("Description", payment.description),
            ("Taken", words.CAPTURES.get(payment.capture_method, display.words(payment.capture_method))),
            ("Made without the customer", "Yes" if payment.off_session else ""),
            ("Canceled because", display.words(payment.cancellation_reason)),
            ("Succeeded", display.when(payment.succeeded_at)),
            ("Canceled", display.when(payment.canceled_at)),
            ("Account", str(payment.account)),
        ],
    )


def _more(payment: Payment) -> Facts:
    return Facts(title="Metadata", rows=list(without_secrets(payment.metadata).items()))


def _attempts(payment: Payment) -> Table:
    attempts = payment.attempts.all()[: timeline.AT_MOST]
    return Table(
        title="Attempts",
        headers=["Amount", "Outcome", "Why", "Method", "When (UTC)"],
        rows=[_attempt_row(payment, attempt) for attempt in attempts],
        empty="Nobody has tried to pay yet.",
    )


def _attempt_row(payment: Payment, attempt: PaymentAttempt) -> list[object]:
    codes = [attempt.failure_code, attempt.decline_code]
    why = declines.advice(*codes).staff if any(codes) else ""
    return [
        display.money(Money(attempt.amount_minor, payment.currency)),
        words.status(attempt.outcome),
        why or display.EMPTY,
        method_names.said(attempt.method_label) or display.EMPTY,
        display.when(attempt.attempted_at),
    ]


def _refunds(refunds: list[Refund]) -> Table:
    return Table(
        title="Refunds",
        headers=["Amount", "Status", "Reason", "By", "When (UTC)"],
        rows=[
            [
                display.link(links.url(refund), display.money(refund.amount)),
                words.status(refund.status),
                refund.note or display.words(refund.reason) or display.EMPTY,
                words.asked_by(refund.requested_by),
                display.when(refund.created_at),
            ]
            for refund in refunds
        ],
        empty="No refunds.",
    )
