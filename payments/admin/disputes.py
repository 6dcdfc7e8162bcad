"""Disputes: what a bank asks or takes back, by when to answer, and what became of it. Answered at Stripe for now."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from config.base.console import additions, display
from config.base.console.filters import DayRangeFilter
from config.base.console.model_admin import ReadOnlyAdmin
from config.base.console.pages import Facts, Page
from payments.admin import dispute_rows, links, search, timeline, words
from payments.admin.filters import AccountFilter, DisputeFilter, of_one_account
from payments.models import Dispute, Payment

if TYPE_CHECKING:
    from django.contrib.admin import ChoicesFieldListFilter as ChoicesRadioFilter
else:
    from unfold.contrib.filters.admin import ChoicesRadioFilter


@admin.register(Dispute)
class DisputeAdmin(ReadOnlyAdmin[Dispute]):
    keyset = ("-stripe_created_at", "-id")
    list_display = ("amount_shown", "status_shown", "customer_shown", "reason_shown", "due_shown", "opened_shown")
    list_filter = (
        AccountFilter,
        DisputeFilter,
        ("stripe_created_at", DayRangeFilter),
        ("status", ChoicesRadioFilter),
    )
    list_select_related = ("payment__customer",)
    search_help_text = "Any id, the customer's e-mail or name, or the payment's amount"

    def narrowed(self, request: HttpRequest, queryset: QuerySet[Dispute]) -> QuerySet[Dispute]:
        return of_one_account(request, queryset)

    def matching(self, queryset: QuerySet[Dispute], term: str) -> QuerySet[Dispute]:
        if term.startswith("dsp_"):
            return queryset.filter(public_id=term)
        if term.startswith(("du_", "dp_")):
            return queryset.filter(stripe_id=term)
        if term.startswith(("ch_", "py_")):
            return queryset.filter(charge_id=term)
        paid = search.payments(Payment.objects.all(), term).order_by("-pk").values_list("pk", flat=True)
        return queryset.filter(payment_id__in=list(paid[: search.AT_MOST]))

    def page(self, request: HttpRequest, row: Dispute) -> Page:
        own = Page(
            title=f"Dispute {row.public_id}",
            headline=row.amount.format(display.locale()),
            labels=[dispute_rows.status(row)],
            subtitle=_subtitle(row),
            notices=[dispute_rows.notice(row)],
            main=[timeline.of(row, public_ids=[row.public_id], roots=[row.stripe_id])],
            side=[_money(row), _evidence(row), _facts(row)],
        )
        return additions.to(own, "dispute", request, row)

    @admin.display(description="Amount")
    def amount_shown(self, dispute: Dispute) -> SafeString:
        return display.money(dispute.amount)

    @admin.display(description="Status")
    def status_shown(self, dispute: Dispute) -> str:
        return dispute_rows.status(dispute)

    @admin.display(description="Customer")
    def customer_shown(self, dispute: Dispute) -> str:
        return str((dispute.payment and dispute.payment.customer) or display.EMPTY)

    @admin.display(description="Reason")
    def reason_shown(self, dispute: Dispute) -> str:
        return display.words(dispute.reason)

    @admin.display(description="Answer by (UTC)")
    def due_shown(self, dispute: Dispute) -> object:
        return dispute_rows.due(dispute) or display.EMPTY

    @admin.display(description="Opened (UTC)")
    def opened_shown(self, dispute: Dispute) -> object:
        return display.when(dispute.stripe_created_at)


def _subtitle(dispute: Dispute) -> str:
    kind = "Inquiry" if dispute.is_inquiry else "Dispute"
    if dispute.payment is None:
        return f"{kind} about {dispute.charge_id}, which is no payment of ours"
    return f"{kind} about a payment of {dispute.payment.amount.format(display.locale())}"


def _money(dispute: Dispute) -> Facts:
    return Facts(
        title="Money",
        rows=[
            ("Disputed", display.money(dispute.amount)),
            ("Taken by the bank", dispute_rows.settled(dispute, dispute.withdrawn_minor)),
            ("Taken", display.when(dispute.withdrawn_at)),
            ("Given back", dispute_rows.settled(dispute, dispute.reinstated_minor)),
            ("Last given back", display.when(dispute.reinstated_at)),
            ("Stripe's fee", dispute_rows.settled(dispute, dispute.fee_minor)),
            ("Can be refunded", "No" if dispute.forbids_refund else "Yes"),
        ],
    )


def _evidence(dispute: Dispute) -> Facts:
    return Facts(
        title="Evidence",
        rows=[
            ("Answer by", dispute_rows.due(dispute)),
            ("Too late", "Yes: the deadline has passed" if dispute.is_past_due else ""),
            ("Saved", "Yes" if dispute.has_evidence else "Nothing yet"),
            ("Sent to the bank", f"{dispute.submission_count} times" if dispute.submission_count else "Not yet"),
        ],
    )


def _facts(dispute: Dispute) -> Facts:
    payment = dispute.payment
    return Facts(
        title="Dispute",
        rows=[
            ("Payment", links.to(payment, payment.amount.format(display.locale())) if payment else ""),
            ("Customer", links.to(payment.customer) if payment else ""),
            ("Paid with", words.method(payment.payment_method) if payment else ""),
            ("Reason", display.words(dispute.reason)),
            ("The network's code", display.code(dispute.network_reason_code)),
            ("Opened", display.when(dispute.stripe_created_at)),
            ("Closed", display.when(dispute.closed_at)),
            ("Dispute", display.copied(dispute.public_id)),
            ("At Stripe", links.at_stripe(dispute.account, "disputes", dispute.stripe_id)),
            ("Charge", display.copied(dispute.charge_id)),
            ("Account", str(dispute.account)),
        ],
    )
