"""Refunds; they are made on the payment's page."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from config.base.console import additions, display
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
    list_display = ("amount_shown", "status_shown", "customer_shown", "reason_shown", "by_shown", "created_shown")
    list_filter = (AccountFilter, ("created_at", DayRangeFilter), ("status", ChoicesRadioFilter))
    list_select_related = ("payment__customer", "payment__payment_method")
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
        own = Page(
            title=f"Refund {row.public_id}",
            headline=row.amount.format(display.locale()),
            labels=[words.status(row.status)],
            subtitle=f"Refund of a payment of {row.payment.amount.format(display.locale())}",
            notices=_notices(row),
            main=[_calls(row)],
            side=[_facts(row)],
        )
        return additions.to(own, "refund", request, row)

    @admin.display(description="Amount")
    def amount_shown(self, refund: Refund) -> SafeString:
        return display.money(refund.amount)

    @admin.display(description="Status")
    def status_shown(self, refund: Refund) -> SafeString:
        return words.status(refund.status)

    @admin.display(description="Customer")
    def customer_shown(self, refund: Refund) -> str:
        return str(refund.payment.customer or display.EMPTY)

    @admin.display(description="Reason")
    def reason_shown(self, refund: Refund) -> str:
        return refund.note or display.words(refund.reason) or display.EMPTY

    @admin.display(description="By")
    def by_shown(self, refund: Refund) -> str:
        return words.asked_by(refund.requested_by)

    @admin.display(description="Created (UTC)")
    def created_shown(self, refund: Refund) -> object:
        return display.when(refund.created_at)


def _notices(refund: Refund) -> list[Notice]:
    if refund.status == Refund.Status.UNKNOWN:
        text = "It may have been made, or not; it settles by itself. Do not refund again."
        return [Notice(title="Stripe has not answered yet", text=text)]
    step = words.REFUND_STEPS.get(refund.status, "")
    if refund.status in Refund.VOID:
        why = display.words(refund.failure_message or refund.failure_code)
        title = f"The refund {display.words(refund.status).lower()}" + (f": {why}" if why else "")
        return [Notice(title=title, text=step or "No money moved.", tone=Tone.BAD)]
    tone = Tone.GOOD if refund.status == Refund.Status.SUCCEEDED else Tone.BUSY
    return [Notice(text=step, tone=tone)] if step else []


def _calls(refund: Refund) -> Table:
    calls = OutboundCall.objects.filter(subject_id=refund.public_id).order_by("-id")[:20]
    rows = [
        [
            display.when(call.created_at),
            links.to(call),
            words.status(call.status),
            words.actor(call.actor_kind, call.actor_label),
        ]
        for call in calls
    ]
    return Table(
        title="Calls to Stripe",
        headers=["When (UTC)", "Call", "Status", "By"],
        rows=rows,
        empty="None: it was made in Stripe's dashboard.",
    )


def _facts(refund: Refund) -> Facts:
    return Facts(
        title="Refund",
        rows=[
            ("Payment", links.to(refund.payment, refund.payment.amount.format(display.locale()))),
            ("Customer", links.to(refund.payment.customer)),
            ("Goes to", words.method(refund.payment.payment_method)),
            ("Reason", display.words(refund.reason)),
            ("Note", refund.note),
            ("Asked by", words.asked_by(refund.requested_by)),
            ("Failure", display.code(refund.failure_code)),
            ("Created", display.when(refund.created_at)),
            ("Refund", display.copied(refund.public_id)),
            ("At Stripe", display.copied(refund.stripe_id or "")),
        ],
    )
