"""One subscription: what is sold, until when it is paid for, what was changed, and what can be done."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.urls import reverse

from billing.admin import billing_words, catalog_words
from billing.models import Invoice, Price, Quote, Subscription, SubscriptionItem
from billing.services import cancellations, quotes, subscription_wishes, subscriptions
from config.base import clock
from config.base.console import display
from config.base.console.display import Tone
from config.base.console.pages import Button, Facts, Notice, Page, Table, Timeline
from config.base.console.payloads import without_secrets
from config.base.models import User
from config.base.money import Money
from payments.admin import links, timeline, words
from payments.services.payments import Doubt

SHOWN = 20
_BUTTONS = {
    "plan": ("Change…", Tone.BUSY, "billing.change_plan_subscription"),
    "undo_change": ("Undo planned change…", Tone.QUIET, "billing.change_plan_subscription"),
    "pause": ("Pause…", Tone.QUIET, "billing.pause_subscription"),
    "resume": ("Resume…", Tone.BUSY, "billing.pause_subscription"),
    "cancel": ("Cancel…", Tone.BAD, "billing.cancel_subscription"),
    "undo_cancel": ("Undo cancel…", Tone.BUSY, "billing.cancel_subscription"),
    "payment_method": ("Payment method…", Tone.QUIET, "billing.start_subscription"),
    "clear_flags": ("Clear flags…", Tone.QUIET, "billing.clear_flags_subscription"),
    "next": ("What comes next", Tone.QUIET, "billing.view_subscription"),
    "refresh": ("Refresh from Stripe", Tone.QUIET, "payments.refresh_payment"),
}


def page(request: HttpRequest, row: Subscription) -> Page:
    """Everything about the subscription, most urgent first."""
    doubt = subscription_wishes.in_doubt(row)
    items = list(row.items.select_related("price__product").order_by("removed_at", "id"))
    changes = list(row.quotes.order_by("-id")[:SHOWN])
    return Page(
        title=f"Subscription {row.public_id}",
        headline=plan(items) or row.public_id,
        labels=billing_words.subscription_labels(row),
        subtitle=f"{row.customer} · since {(row.start_date or row.created_at):%-d %b %Y}",
        notices=list(_notices(row, doubt)),
        buttons=list(_buttons(request, row, doubt)),
        main=[_items(items), _invoices(row), *_changes(changes), _story(row, changes)],
        side=[_billing(row, items), _customer(row), _discounts(row), _ids(row), _more(row)],
    )


def plan(items: list[SubscriptionItem]) -> str:
    """`Studio × 3, Support`: what is sold now."""
    return ", ".join(_piece(item) for item in items if item.removed_at is None)


def _piece(item: SubscriptionItem) -> str:
    return f"{item.price.product}{_times(item.quantity)}"


def _notices(row: Subscription, doubt: Doubt | None) -> Iterator[Notice]:
    if doubt:
        since = doubt.since.strftime("%H:%M:%S UTC")
        text = f"Asked at {since}; Stripe may have done it, or not. It settles by itself. Do not ask for it again."
        yield Notice(title=f"Stripe has not answered: {display.words(doubt.action).lower()}", text=text)
    for name in row.flags:
        yield Notice(title=display.words(name), text=billing_words.flag(name), tone=Tone.BAD)
    if row.customer.parked_at:
        yield Notice(title="The customer is parked", text=row.customer.parked_reason)
    if row.failure_message:
        yield Notice(title="It was never made at Stripe", text=row.failure_message, tone=Tone.BAD)
    if row.status == Subscription.Status.INCOMPLETE:
        text = "It begins with its first payment. Unpaid, it expires 23 hours after it was made."
        yield Notice(title="The first invoice waits to be paid", text=text, tone=Tone.BUSY)
    if row.schedule_id:
        text = "Stripe makes it at the end of the period. Undo it before you change anything else."
        yield Notice(title="A change is planned", text=text, tone=Tone.BUSY)


def _buttons(request: HttpRequest, row: Subscription, doubt: Doubt | None) -> Iterator[Button]:
    user = request.user
    if not isinstance(user, User):
        return
    for action, is_possible in _possible(row, doubt).items():
        text, tone, permission = _BUTTONS[action]
        if is_possible and user.has_perm(permission):
            url = reverse(f"admin:billing_subscription_{action}", args=[row.pk])
            yield Button(text=text, tone=tone, url=url)


def _possible(row: Subscription, doubt: Doubt | None) -> dict[str, bool]:
    """What the subscription's state allows, in the order of the buttons."""
    is_free = not doubt and not row.schedule_id
    is_running = row.status in subscriptions.RUNNING
    ends = bool(row.cancel_at_period_end or row.cancel_at)
    is_paused = bool(row.pause_behavior) or row.status == Subscription.Status.PAUSED
    return {
        "plan": is_free and row.status in quotes.CHANGEABLE,
        "undo_change": not doubt and bool(row.schedule_id),
        "resume": is_free and is_paused and row.status not in Subscription.TERMINAL,
        "undo_cancel": is_free and is_running and ends,
        "pause": is_free and is_running and not is_paused,
        "payment_method": not doubt and is_running,
        "cancel": not doubt and row.status in cancellations.CANCELABLE,
        "clear_flags": bool(row.flags),
        "next": is_running,
        "refresh": bool(row.stripe_id),
    }


def _items(items: list[SubscriptionItem]) -> Table:
    return Table(
        title="Items",
        headers=["Product", "Price", "Quantity", "Paid for until (UTC)", ""],
        rows=[
            [
                links.to(item.price.product),
                links.to(item.price, _cost(item.price)),
                item.quantity if item.quantity is not None else "by usage",
                display.when(item.current_period_end),
                display.label("Removed") if item.removed_at else "",
            ]
            for item in items
        ],
        empty="Stripe has not told its items yet.",
    )


def _invoices(row: Subscription) -> Table:
    now = clock.now()
    return Table(
        title="Invoices",
        headers=["Number", "Total", "Open", "Status", "Why", "Made (UTC)"],
        rows=[
            [
                display.link(reverse("admin:billing_invoice_change", args=[each.pk]), each.number or "Draft"),
                display.money(each.total),
                display.money_unless_zero(each.remaining),
                billing_words.invoice_labels(each, at=now)[0],
                _WHY.get(each.billing_reason, display.words(each.billing_reason)),
                display.when(each.stripe_created_at or each.created_at),
            ]
            for each in row.invoices.exclude(status=Invoice.Status.DELETED).order_by("-created_at", "-id")[:SHOWN]
        ],
        empty="No invoices yet.",
        more_url=f"{reverse('admin:billing_invoice_changelist')}?q={row.public_id}",
    )


_WHY = {
    "subscription_create": "Start",
    "subscription_cycle": "Renewal",
    "subscription_update": "Change",
    "subscription_threshold": "Threshold",
    "manual": "By hand",
}


def _changes(changes: list[Quote]) -> Iterator[Table]:
    if not changes:
        return
    named = {entry["price"] for quote in changes for entry in quote.change.get("items", ())}
    prices = {price.public_id: price for price in Price.objects.filter(public_id__in=named).select_related("product")}
    yield Table(
        title="Changes and quotes",
        headers=["Change", "At once", "Next time", "What became of it", "By", "Quoted (UTC)"],
        rows=[
            [
                _change(quote, prices),
                display.money(quote.total_now),
                display.money(quote.total_next),
                _outcome(quote),
                quote.asked_by,
                display.when(quote.created_at),
            ]
            for quote in changes
        ],
    )


def _change(quote: Quote, prices: dict[str, Price]) -> str:
    """`Studio × 5 at €29.00 monthly`, at the period's end where it is planned."""
    if "items" not in quote.change:
        return "End now, refund the rest"
    parts = [
        f"without {price.product}"
        if entry["remove"]
        else f"{price.product}{_times(entry['quantity'])} {catalog_words.cost(price)}"
        for entry in quote.change["items"]
        if (price := prices.get(entry["price"]))
    ]
    later = ", at the period's end" if quote.when == Quote.When.PERIOD_END else ""
    return f"{', '.join(parts)}{later}"


def _times(quantity: int | None) -> str:
    return f" × {quantity}" if quantity and quantity > 1 else ""


def _cost(price: Price) -> str:
    return f"{catalog_words.amount(price)} {catalog_words.rhythm(price)}"


def _outcome(quote: Quote) -> object:
    tones = {"accepted": Tone.GOOD, "confirming": Tone.WARN, "failed": Tone.BAD}
    is_over = quote.status == Quote.Status.OPEN and quote.expires_at <= clock.now()
    text = "Not taken" if is_over else display.words(quote.status)
    return display.label(text, tones.get(quote.status, Tone.QUIET), title=quote.failure_message)


def _story(row: Subscription, changes: list[Quote]) -> Timeline:
    schedules = row.schedules.values_list("public_id", flat=True)
    return timeline.of(
        row,
        public_ids=[row.public_id, *(quote.public_id for quote in changes), *schedules],
        roots=[row.stripe_id, row.schedule_id],
    )


def _billing(row: Subscription, items: list[SubscriptionItem]) -> Facts:
    ends = [item.current_period_end for item in items if item.removed_at is None and item.current_period_end]
    is_renewed = row.status in subscriptions.RUNNING and not (row.cancel_at_period_end or row.cancel_at)
    return Facts(
        title="Billing",
        rows=[
            ("Collected", _collected(row)),
            ("Method", links.to(row.default_payment_method, words.method(row.default_payment_method))),
            ("Currency", row.currency.upper()),
            ("Renews", display.when(min(ends)) if ends and is_renewed else ""),
            ("Trial ends", display.when(row.trial_end)),
            ("Paused", _BEHAVIORS.get(row.pause_behavior, "")),
            ("Resumes", display.when(row.pause_resumes_at)),
            ("Ends", display.when(row.cancel_at) or ("with its period" if row.cancel_at_period_end else "")),
            ("Canceled", display.when(row.canceled_at)),
            ("Ended", display.when(row.ended_at)),
            ("Because", display.words(row.cancellation_reason)),
            ("Customer said", row.cancellation_comment),
            ("Tax", "by Stripe Tax" if row.automatic_tax else ""),
        ],
    )


_BEHAVIORS = {
    "void": "invoices are voided",
    "keep_as_draft": "invoices stay drafts",
    "mark_uncollectible": "invoices are written off",
}


def _collected(row: Subscription) -> str:
    if row.collection_method == "send_invoice":
        return f"by invoice, due within {row.days_until_due or 0} days"
    return "from the saved method"


def _customer(row: Subscription) -> Facts:
    return Facts(
        title="Customer",
        rows=[("Name", links.to(row.customer)), ("E-mail", row.customer.email), ("Phone", row.customer.phone)],
    )


def _discounts(row: Subscription) -> Facts:
    running = row.discounts.filter(removed_at=None, invoice=None).select_related("coupon", "promotion_code")
    return Facts(
        title="Discounts",
        rows=[
            (
                each.promotion_code.code if each.promotion_code else str(each.coupon or each.stripe_id),
                f"{catalog_words.reduction(each.coupon)}, {catalog_words.duration(each.coupon)}" if each.coupon else "",
            )
            for each in running
        ],
    )


def _ids(row: Subscription) -> Facts:
    return Facts(
        title="Ids and details",
        rows=[
            ("Subscription", display.copied(row.public_id)),
            ("At Stripe", links.at_stripe(row.account, "subscriptions", row.stripe_id)),
            ("Schedule", links.at_stripe(row.account, "subscription_schedules", row.schedule_id)),
            ("Description", row.description),
            ("Billing mode", row.billing_mode),
            ("Account", str(row.account)),
        ],
    )


def _more(row: Subscription) -> Facts:
    return Facts(title="Metadata", rows=list(without_secrets(row.metadata).items()))


def money(amount: Money) -> str:
    """An amount in a sentence."""
    return amount.format(display.locale())
