"""The postings of an account, each with what the account held after it."""

from typing import Any

from django.contrib import admin
from django.db.models import F, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from billing.admin import ledger_words
from billing.admin.list_filters import LegalEntityFilter, MenuFilter, TypedFilter, of_one_entity
from billing.models import LedgerAccount, Posting
from config.base.console import display
from config.base.console.filters import DayRangeFilter
from config.base.console.keyset import KeysetChangeList
from config.base.console.model_admin import ReadOnlyAdmin
from config.base.console.places import Places
from payments.admin import links
from payments.admin import search as payment_search
from payments.models import Customer

CUSTOMERS = 200


class AccountFilter(MenuFilter):
    title = "account"
    parameter_name = "ledger"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = of_one_entity(request, LedgerAccount.objects.select_related("account"), field="legal_entity")
        known = sorted(rows, key=lambda row: (row.currency, ledger_words.ORDER.get(row.kind, 99), row.pk))
        several = LedgerAccount.objects.values("account").distinct().count() > 2
        return [(str(row.pk), _choice(row, names_account=several)) for row in known]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Posting]) -> QuerySet[Posting]:
        return queryset.filter(account=int(self.value())) if self.value().isdecimal() else queryset


def _choice(row: LedgerAccount, *, names_account: bool) -> str:
    name = ledger_words.account(row)
    return f"{name} · {row.account}" if names_account and row.account else name


class CustomerFilter(TypedFilter):
    title = "customer"
    parameter_name = "customer"
    placeholder = "E-mail, name or id"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Posting]) -> QuerySet[Posting]:
        if not self.value():
            return queryset
        found = payment_search.customers(Customer.objects.all(), self.value()).order_by("pk")
        return queryset.filter(customer__in=list(found.values_list("pk", flat=True)[:CUSTOMERS]))


class ReferenceFilter(TypedFilter):
    title = "reference or document"
    parameter_name = "reference"
    placeholder = "ch_…, re_…, in_…, po_…"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Posting]) -> QuerySet[Posting]:
        wanted = self.value()
        return queryset.filter(Q(reference=wanted) | Q(document=wanted)) if wanted else queryset


class PostingChangeList(KeysetChangeList):
    """Postings by the day they belong to; of one account, each with what stood there after it."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows = self.result_list
        self.places = Places([word for row in rows for word in (row.reference, row.document, row.entry.source)])
        self.is_of_one_account = request.GET.get(AccountFilter.parameter_name, "").isdecimal()
        held = self._held(request, rows[0]) if rows and self.is_of_one_account else 0
        for row in rows:
            row.places, row.held = self.places, held if self.is_of_one_account else None
            held -= row.amount_minor

    def _held(self, request: HttpRequest, newest: Any) -> int:
        """What the account held after `newest`: of the customer or reference that is asked for, over all days."""
        days = next((spec for spec in self.filter_specs if isinstance(spec, DayRangeFilter)), None)
        all_days = self.get_queryset(request, list(days.expected_parameters()) if days else None)
        until = Q(day__lt=newest.day) | Q(day=newest.day, pk__lte=newest.pk)
        is_last = not self.newer_url and not (days and days.used_parameters)
        return int((all_days if is_last else all_days.filter(until)).aggregate(held=Sum("amount_minor"))["held"] or 0)


@admin.register(Posting)
class PostingAdmin(ReadOnlyAdmin[Posting]):
    """Each leads to its entry: a posting is half of a sentence."""

    keyset = ("-day", "-id")
    list_display = (
        "day_shown",
        "told_shown",
        "account_shown",
        "customer_shown",
        "reference_shown",
        "debit_shown",
        "credit_shown",
        "held_shown",
    )
    list_display_links = ("day_shown",)
    list_per_page = 50
    list_select_related = ("entry", "account", "customer")
    list_filter = (
        LegalEntityFilter,
        AccountFilter,
        ("entry__effective_date", DayRangeFilter),
        CustomerFilter,
        ReferenceFilter,
    )
    search_help_text = "Any id that stands in the books"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetChangeList]:
        return PostingChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Posting]:
        return super().get_queryset(request).annotate(day=F("entry__effective_date"))

    def narrowed(self, request: HttpRequest, queryset: QuerySet[Posting]) -> QuerySet[Posting]:
        return of_one_entity(request, queryset, field="entry__legal_entity")

    def matching(self, queryset: QuerySet[Posting], term: str) -> QuerySet[Posting]:
        if term.startswith(("cus_", "cust_")):
            return queryset.filter(Q(customer__stripe_id=term) | Q(customer__public_id=term))
        by_entry = Q(entry__source=term) | Q(entry__public_id=term)
        return queryset.filter(Q(reference=term) | Q(document=term) | Q(line=term) | by_entry)

    def rendered(self, request: HttpRequest, row: Posting) -> HttpResponse:
        return redirect(links.url(row.entry))

    @admin.display(description="Day")
    def day_shown(self, row: Posting) -> SafeString:
        return ledger_words.day(row.entry.effective_date)

    @admin.display(description="What")
    def told_shown(self, row: Posting) -> str:
        return ledger_words.told(row.entry.kind)

    @admin.display(description="Account")
    def account_shown(self, row: Posting) -> str:
        return ledger_words.account(row.account)

    @admin.display(description="Customer")
    def customer_shown(self, row: Posting) -> str:
        return str(row.customer or display.EMPTY)

    @admin.display(description="Belongs to")
    def reference_shown(self, row: Any) -> SafeString | str:
        places: Places = row.places
        return places.brief(row.document or row.reference or row.entry.source)

    @admin.display(description="Debit")
    def debit_shown(self, row: Posting) -> SafeString:
        return ledger_words.debit(row.amount_minor, row.account.currency)

    @admin.display(description="Credit")
    def credit_shown(self, row: Posting) -> SafeString:
        return ledger_words.credit(row.amount_minor, row.account.currency)

    @admin.display(description="Balance")
    def held_shown(self, row: Any) -> SafeString | str:
        return display.EMPTY if row.held is None else ledger_words.balance(row.held, row.account.currency)


def postings_url(account: LedgerAccount, **more: str) -> str:
    """The list of an account's postings."""
    whose = {LegalEntityFilter.parameter_name: str(account.legal_entity_id)}
    asked = urlencode({**whose, AccountFilter.parameter_name: str(account.pk), **more})
    return f"{reverse('admin:billing_posting_changelist')}?{asked}"
