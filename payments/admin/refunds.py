"""Refunds; they are made on the payment's page."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from config.base.console import display
from config.base.console.display import Tone
from config.base.console.filters import DayRangeFilter
from config.base.console.model_admin import ReadOnlyAdmin
from config.base.console.pages import Facts, Notice, Page, Table
from payments.admin import links, search, words
from payments.admin.filters import AccountFilter, of_one_account
from payments.models import OutboundCall, Payment, Refund

if TYPE_CHECKING:
    from django.contrib.admin import ChoicesFieldListFilter as ChoicesRadioFilter
else:
    from unfold.contrib.filters.admin import ChoicesRadioFilter


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin[Refund]):
    keyset = ("-created_at", "-id")
    list_display = ("amount_shown", "status_shown", "reason_shown", "by_shown", "payment", "created_shown")
    list_filter = (AccountFilter, ("created_at", DayRangeFilter), ("status", ChoicesRadioFilter))
    list_select_related = ("payment",)
    search_help_text = "Any id, e-mail, name, or the payment's amount"

    def narrowed(self, request: HttpRequest, queryset: QuerySet[Refund]) -> QuerySet[Refund]:
        return of_one_account(request, queryset)

    def matching(self, queryset: QuerySet[Refund], term: str) -> QuerySet[Refund]:
        if term.startswith("refund_"):
            return queryset.filter(public_id=term)
        if term.startswith(("re_", "pyr_")):
            return queryset.filter(stripe_id=term)
        paid = search.payments(Payment.objects.all(), term).order_by("-pk").values_list("pk", flat=True)
        return queryset.filter(payment_id__in=list(paid[: search.AT_MOST]))

    def page(self, request: HttpRequest, row: Refund) -> Page:
        return Page(
            title=f"Refund {row.public_id}",
            headline=row.amount.format(display.locale()),
            labels=[words.status(row.status)],
            subtitle=f"Refund of a payment of {row.payment.amount.format(display.locale())}",
            notices=_notices(row),
            main=[_calls(row)],
            side=[_facts(row)],
        )

    @admin.display(description="Amount")
    def amount_shown(self, refund: Refund) -> SafeString:
        return display.money(refund.amount)

    @admin.display(description="Status")
    def status_shown(self, refund: Refund) -> SafeString:
        return words.status(refund.status)

    @admin.display(description="Reason")
    def reason_shown(self, refund: Refund) -> str:
        return refund.note or display.words(refund.reason) or display.EMPTY

    @admin.display(description="By")
    def by_shown(self, refund: Refund) -> str:
        return refund.requested_by or display.EMPTY

    @admin.display(description="Created (UTC)")
    def created_shown(self, refund: Refund) -> object:
        return display.when(refund.created_at)


def _notices(refund: Refund) -> list[Notice]:
    if refund.status == Refund.Status.UNKNOWN:
        text = "It may have been made, or not; it settles by itself. Do not refund again."
        return [Notice(title="Stripe has not answered yet", text=text)]
    if refund.status in Refund.VOID:
        text = refund.failure_message or refund.failure_code or "No money moved."
        return [Notice(title=f"The refund {display.words(refund.status).lower()}", text=text, tone=Tone.BAD)]
    return []


def _calls(refund: Refund) -> Table:
    calls = OutboundCall.objects.filter(subject_id=refund.public_id).order_by("-id")[:20]
    rows = [
        [display.when(call.created_at), links.to(call), words.status(call.status), call.actor_label] for call in calls
    ]
    return Table(
        title="Calls to Stripe",
        headers=["When", "Call", "Status", "By"],
        rows=rows,
        empty="None: it was made in Stripe's dashboard.",
    )


def _facts(refund: Refund) -> Facts:
    return Facts(
        title="Refund",
        rows=[
            ("Payment", links.to(refund.payment)),
            ("Reason", display.words(refund.reason)),
            ("Note", refund.note),
            ("Asked by", refund.requested_by),
            ("Failure", " ".join(filter(None, [refund.failure_code, refund.failure_message]))),
            ("Created", display.when(refund.created_at)),
            ("Refund", display.code(refund.public_id)),
            ("At Stripe", display.code(refund.stripe_id or "")),
        ],
    )
