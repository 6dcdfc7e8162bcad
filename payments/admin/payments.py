"""The list of payments."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from config.base.console import display
from config.base.console.display import Tone
from config.base.console.filters import DayRangeFilter
from config.base.console.keyset import KeysetChangeList
from config.base.console.model_admin import ReadOnlyAdmin
from config.base.console.pages import Page
from config.base.money import Money
from payments.admin import dispute_rows, payment_page, payment_rows, search, words
from payments.admin.filters import AccountFilter, AttentionFilter, CurrencyFilter, of_one_account
from payments.admin.payment_actions import CancelView, CaptureView, ClearFlagsView, RefreshView, RefundView
from payments.models import Payment
from payments.services import doubts

if TYPE_CHECKING:
    from django.contrib.admin import ChoicesFieldListFilter as ChoicesRadioFilter
else:
    from unfold.contrib.filters.admin import ChoicesRadioFilter

TOTALS_OF_AT_MOST = 10_000
_SUMS = """
    SELECT currency, count(*), sum(amount_received_minor), sum(amount_refunded_minor)
    FROM ({rows}) AS found GROUP BY 1 ORDER BY 1
"""


class PaymentChangeList(KeysetChangeList):
    """Payments of one account with sums by currency, as long as that is a small piece of work."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self._mark_doubts()
        self.totals, self.totals_note = self._totals()

    def _mark_doubts(self) -> None:
        in_doubt, disputed = doubts.among(self.result_list), dispute_rows.among(self.result_list)
        for payment in self.result_list:
            payment.dispute = disputed.get(payment.pk)
            payment.is_in_doubt = payment.public_id in in_doubt and payment.status != Payment.Status.UNKNOWN

    def _totals(self) -> tuple[list[dict[str, object]], str]:
        too_many = f"Sums are shown for up to {TOTALS_OF_AT_MOST:,} payments; narrow the list, by days for example."
        if not self.result_list:
            return [], ""
        if self.estimate > TOTALS_OF_AT_MOST:
            return [], too_many
        found = _sums(self.queryset)
        return ([], too_many) if sum(count for _, count, *_ in found) > TOTALS_OF_AT_MOST else (_shown(found), "")


def _sums(queryset: QuerySet[Payment]) -> list[tuple[str, int, int, int]]:
    """(currency, payments, received, refunded) of at most TOTALS_OF_AT_MOST + 1 rows, however many there are."""
    columns = (
        queryset.order_by().select_related(None).values("currency", "amount_received_minor", "amount_refunded_minor")
    )
    rows, values = columns[: TOTALS_OF_AT_MOST + 1].query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_SUMS.format(rows=rows), values)
        return [tuple(row) for row in cursor.fetchall()]


def _shown(sums: list[tuple[str, int, int, int]]) -> list[dict[str, object]]:
    return [
        {
            "count": count,
            "received": display.money(Money(int(received), currency)),
            "refunded": display.money_unless_zero(Money(int(refunded), currency)),
            "left": display.money(Money(int(received) - int(refunded), currency)),
        }
        for currency, count, received, refunded in sums
    ]


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin[Payment]):
    """Newest first; nothing here reads more than a page of payments."""

    keyset = ("-created_at", "-id")
    list_display = (
        "amount_shown",
        "status_shown",
        "refunded_shown",
        "customer_shown",
        "for_shown",
        "method_shown",
        "created_shown",
    )
    list_display_links = ("amount_shown",)
    list_select_related = ("customer", "payment_method")
    list_filter = (
        AccountFilter,
        AttentionFilter,
        ("created_at", DayRangeFilter),
        ("status", ChoicesRadioFilter),
        CurrencyFilter,
    )
    list_after_template = "admin/payments/totals.html"
    search_help_text = "Id, e-mail, name, amount or last four digits"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetChangeList]:
        return PaymentChangeList

    def narrowed(self, request: HttpRequest, queryset: QuerySet[Payment]) -> QuerySet[Payment]:
        return of_one_account(request, queryset)

    def matching(self, queryset: QuerySet[Payment], term: str) -> QuerySet[Payment]:
        return search.payments(queryset, term)

    def page(self, request: HttpRequest, row: Payment) -> Page:
        return payment_page.page(request, row)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Payment | None:
        """By our primary key, as the admin does, or by the payment's public id."""
        rows = self.get_queryset(request).select_related("account", "customer", "payment_method", "pay_link")
        if object_id.isdecimal():
            return rows.filter(pk=int(object_id)).first()
        return rows.filter(public_id=object_id).first()

    def get_urls(self) -> list[URLPattern]:
        views = (CaptureView, RefundView, CancelView, RefreshView, ClearFlagsView)
        actions = [
            path(
                f"<path:object_id>/{view.action}/",
                self.admin_site.admin_view(view.as_view(model_admin=self)),
                name=f"payments_payment_{view.action}",
            )
            for view in views
        ]
        return [*actions, *super().get_urls()]

    @admin.display(description="Amount")
    def amount_shown(self, payment: Payment) -> SafeString:
        return display.money(payment.amount)

    @admin.display(description="Status")
    def status_shown(self, payment: Payment) -> SafeString:
        in_doubt = display.label("In doubt", Tone.WARN) if getattr(payment, "is_in_doubt", False) else ""
        return payment_rows.statuses(payment, in_doubt, dispute_rows.label(getattr(payment, "dispute", None)))

    @admin.display(description="Refunded")
    def refunded_shown(self, payment: Payment) -> SafeString:
        return display.money_unless_zero(payment.refunded)

    @admin.display(description="Customer")
    def customer_shown(self, payment: Payment) -> str:
        return str(payment.customer) if payment.customer else display.EMPTY

    @admin.display(description="For")
    def for_shown(self, payment: Payment) -> str:
        return Truncator(payment.description).chars(30) or display.EMPTY

    @admin.display(description="Method")
    def method_shown(self, payment: Payment) -> str:
        return words.method(payment.payment_method) or display.EMPTY

    @admin.display(description="Created (UTC)")
    def created_shown(self, payment: Payment) -> object:
        return display.when(payment.created_at)
