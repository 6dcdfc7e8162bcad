"""What billing adds to a customer's page: subscriptions, invoices, credit notes, balance, e-mails, the whole story."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join

from billing.admin import billing_words, catalog_words
from billing.models import BillingProfile, CreditNote, Discount, Invoice, Notice, Subscription
from config.base import clock
from config.base.console import display
from config.base.console.additions import Additions
from config.base.console.pages import Button, Facts, Table, Timeline
from config.base.models import User
from config.base.money import Money
from payments.admin import links, timeline
from payments.models import Customer

SHOWN = 20
STORY = 30


def additions(request: HttpRequest, customer: Customer) -> Additions:
    """Everything that is billed, before what was paid; the story at the end."""
    subscriptions = list(_subscriptions(customer)[:SHOWN])
    invoices = list(customer.invoices.order_by("-created_at", "-id")[:SHOWN])
    return Additions(
        buttons=list(_buttons(request, customer)),
        main=[_subscription_table(subscriptions), _invoice_table(customer, invoices)],
        last=[*_more(customer), _story(customer, subscriptions, invoices)],
        side=[_billing(customer)],
    )


def _subscriptions(customer: Customer) -> QuerySet[Subscription]:
    rows = Subscription.objects.filter(customer=customer).prefetch_related("items__price__product")
    return rows.order_by("-created_at", "-id")


def _buttons(request: HttpRequest, customer: Customer) -> Iterator[Button]:
    user = request.user
    if customer.parked_at or not customer.stripe_id or not isinstance(user, User):
        return
    given = f"?customer={customer.pk}"
    if user.has_perm("billing.start_subscription"):
        yield Button(text="New subscription…", url=reverse("admin:billing_subscription_add") + given)
    if user.has_perm("billing.draft_invoice"):
        yield Button(text="New invoice…", url=reverse("admin:billing_invoice_add") + given)


def _subscription_table(subscriptions: list[Subscription]) -> Table:
    rows = [
        [
            links.to(row, _plan(row)),
            format_html_join(" ", "{}", ((label,) for label in billing_words.subscription_labels(row))),
            display.when(_period_end(row)),
        ]
        for row in subscriptions
    ]
    headers = ["Subscription", "Status", "Paid for until (UTC)"]
    return Table(title="Subscriptions", headers=headers, rows=rows, empty="No subscriptions.")


def _plan(subscription: Subscription) -> str:
    """`Studio × 3, Support`."""
    items = [item for item in subscription.items.all() if item.removed_at is None]
    named = [f"{item.price.product}{f' × {item.quantity}' if (item.quantity or 1) > 1 else ''}" for item in items]
    return ", ".join(named) or subscription.public_id


def _period_end(subscription: Subscription) -> datetime | None:
    ends = [item.current_period_end for item in subscription.items.all() if item.current_period_end]
    return min(ends) if ends and subscription.status not in Subscription.TERMINAL else None


def _invoice_table(customer: Customer, invoices: list[Invoice]) -> Table:
    now = clock.now()
    rows = [
        [
            links.to(row, row.number or "Draft"),
            display.money(row.total),
            display.money_unless_zero(row.remaining),
            format_html_join(" ", "{}", ((label,) for label in billing_words.invoice_labels(row, at=now))),
            display.when(row.finalized_at or row.created_at),
        ]
        for row in invoices
    ]
    every = f"{reverse('admin:billing_invoice_changelist')}?q={customer.public_id}"
    return Table(
        title="Invoices",
        headers=["Number", "Total", "Open", "Status", "Issued (UTC)"],
        rows=rows,
        empty="No invoices.",
        more_url=every if len(rows) >= SHOWN else "",
    )


def _more(customer: Customer) -> Iterator[Table]:
    credited = CreditNote.objects.filter(invoice__customer=customer).select_related("invoice").order_by("-id")[:SHOWN]
    if credited:
        yield Table(
            title="Credit notes",
            headers=["Number", "Total", "Of invoice", "Status", "Issued (UTC)"],
            rows=[
                [
                    links.to(note, note.number or note.public_id),
                    display.money(note.total),
                    links.to(note.invoice),
                    billing_words.status(note.status),
                    display.when(note.effective_at or note.created_at),
                ]
                for note in credited
            ],
        )
    mails = Notice.objects.filter(customer=customer).order_by("-created_at")[:SHOWN]
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


def _billing(customer: Customer) -> Facts:
    profile = BillingProfile.objects.filter(customer=customer).first()
    balance = Money(profile.balance_minor, customer.currency) if profile and customer.currency else None
    discounts = Discount.objects.filter(customer=customer, subscription=None, invoice=None, removed_at=None)
    named = [catalog_words.reduction(each.coupon) for each in discounts.select_related("coupon") if each.coupon]
    return Facts(
        title="Billing",
        rows=[
            ("Balance", _balance(balance) if balance else ""),
            ("Discount", ", ".join(named)),
            ("Tax", {"exempt": "exempt", "reverse": "reverse charge"}.get(profile.tax_exempt if profile else "", "")),
            ("Stripe's numbers begin with", profile.invoice_prefix if profile else ""),
        ],
    )


def _balance(balance: Money) -> str:
    """A negative balance is the customer's credit."""
    if balance.minor < 0:
        return f"{(-balance).format(display.locale())} credit: reduces the next invoice"
    return f"{balance.format(display.locale())} owed: raises the next invoice" if balance.minor else "nothing"


def _story(customer: Customer, subscriptions: list[Subscription], invoices: list[Invoice]) -> Timeline:
    payments = customer.payments.order_by("-created_at").values_list("public_id", flat=True)[:SHOWN]
    hanging = [*(row.public_id for row in subscriptions), *(row.public_id for row in invoices), *payments]
    return timeline.of(customer, public_ids=[customer.public_id, *hanging], roots=[customer.stripe_id], newest=STORY)
