"""The list of invoices, and the ways to write, send, collect and credit them."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from billing.admin import billing_words, invoice_page, invoice_search
from billing.admin.credit_note_form import CreditNoteView
from billing.admin.draft_editor import Editor
from billing.admin.invoice_actions import VIEWS, InvoiceView
from billing.admin.subscription_start import CustomerForm
from billing.models import Invoice
from config.base import clock
from config.base.console import display
from config.base.console.filters import DayRangeFilter
from config.base.console.model_admin import ReadOnlyAdmin
from config.base.console.pages import Page
from config.base.models import User
from config.base.money import Money
from payments.admin.filters import AccountFilter, of_one_account
from payments.models import Customer

if TYPE_CHECKING:
    from django.contrib.admin import ChoicesFieldListFilter as ChoicesRadioFilter
else:
    from unfold.contrib.filters.admin import ChoicesRadioFilter


_VIEWS: tuple[type[InvoiceView], ...] = (*VIEWS, CreditNoteView)


class AttentionFilter(admin.SimpleListFilter):
    """Invoices that wait for somebody."""

    title = "attention"
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("flagged", "Flagged"),
            ("overdue", "Overdue"),
            ("waits", "Waits for tax or number"),
            ("ours", "Draft that Stripe does not know"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Invoice]) -> QuerySet[Invoice]:
        wanted = {
            "flagged": ~Q(flags=[]),
            "overdue": Q(status=Invoice.Status.OPEN, due_date__lt=clock.now()),
            "waits": ~Q(wanted=""),
            "ours": Q(status=Invoice.Status.DRAFT, stripe_id=None),
        }
        return queryset.filter(wanted[self.value() or ""]) if self.value() in wanted else queryset


@admin.register(Invoice)
class InvoiceAdmin(ReadOnlyAdmin[Invoice]):
    """Newest first; nothing here reads more than a page of invoices."""

    keyset = ("-created_at", "-id")
    list_display = (
        "number_shown",
        "total_shown",
        "open_shown",
        "status_shown",
        "customer_shown",
        "due_shown",
        "created_shown",
    )
    list_display_links = ("number_shown",)
    list_select_related = ("customer",)
    list_filter = (
        AccountFilter,
        AttentionFilter,
        ("created_at", DayRangeFilter),
        ("status", ChoicesRadioFilter),
        "currency",
    )
    search_help_text = "Number, any id, e-mail, name, or exact amount"

    def narrowed(self, request: HttpRequest, queryset: QuerySet[Invoice]) -> QuerySet[Invoice]:
        return of_one_account(request, queryset)

    def matching(self, queryset: QuerySet[Invoice], term: str) -> QuerySet[Invoice]:
        return queryset.filter(invoice_search.condition(term))

    def page(self, request: HttpRequest, row: Invoice) -> Page:
        return invoice_page.page(request, row)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Invoice | None:
        """By our primary key, as the admin does, or by the invoice's public id."""
        rows = Invoice.objects.select_related(
            "account__legal_entity", "customer__account__legal_entity", "customer__default_payment_method",
            "subscription__default_payment_method", "from_invoice",
        )  # fmt: skip
        wanted = Q(pk=int(object_id)) if object_id.isdecimal() else Q(public_id=object_id)
        return rows.filter(wanted).first()

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return isinstance(request.user, User) and request.user.has_perm("billing.draft_invoice")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """For whom; then the editor."""
        if not self.has_add_permission(request):
            return HttpResponse("You may not make this.", status=403, content_type="text/plain")
        given = request.GET.get("customer", "")
        if given.isdecimal():
            return self._editor(request, _customer(int(given)), None)
        form = CustomerForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            return HttpResponseRedirect(f"?customer={form.cleaned_data['customer'].pk}")
        context = {
            **self.admin_site.each_context(request),
            "title": "New invoice",
            "opts": self.opts,
            "form": form,
            "do_text": "Go on",
            "back_url": reverse("admin:billing_invoice_changelist"),
        }
        return TemplateResponse(request, "admin/make.html", context)

    def edit_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The editor of a draft that Stripe does not know."""
        if not self.has_add_permission(request):
            return HttpResponse("You may not change this.", status=403, content_type="text/plain")
        invoice = self.get_object(request, object_id)
        if invoice is None:
            raise Http404
        if invoice.stripe_id or invoice.status != Invoice.Status.DRAFT:
            return HttpResponseRedirect(reverse("admin:billing_invoice_change", args=[invoice.pk]))
        return self._editor(request, invoice.customer, invoice)

    def get_urls(self) -> list[URLPattern]:
        actions = [
            path(
                f"<path:object_id>/{view.action}/",
                self.admin_site.admin_view(view.as_view(model_admin=self)),
                name=f"billing_invoice_{view.action}",
            )
            for view in _VIEWS
        ]
        edit = path("<path:object_id>/edit/", self.admin_site.admin_view(self.edit_view), name="billing_invoice_edit")
        return [*actions, edit, *super().get_urls()]

    def _editor(self, request: HttpRequest, customer: Customer, invoice: Invoice | None) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts}
        return Editor(request, customer, invoice, context).respond()

    @admin.display(description="Number")
    def number_shown(self, invoice: Invoice) -> str:
        return invoice.number or "Draft"

    @admin.display(description="Total")
    def total_shown(self, invoice: Invoice) -> SafeString:
        return display.money(invoice.total) if invoice.stripe_id else display.money_unless_zero(invoice.total)

    @admin.display(description="Open")
    def open_shown(self, invoice: Invoice) -> SafeString:
        is_owed = invoice.status in {Invoice.Status.OPEN, Invoice.Status.UNCOLLECTIBLE}
        return display.money_unless_zero(invoice.remaining if is_owed else Money(0, invoice.currency))

    @admin.display(description="Status")
    def status_shown(self, invoice: Invoice) -> SafeString:
        labels = billing_words.invoice_labels(invoice, at=clock.now())
        return format_html_join(" ", "{}", ((label,) for label in labels))

    @admin.display(description="Customer")
    def customer_shown(self, invoice: Invoice) -> str:
        return str(invoice.customer)

    @admin.display(description="Due (UTC)")
    def due_shown(self, invoice: Invoice) -> object:
        return display.when(invoice.due_date) or display.EMPTY

    @admin.display(description="Created (UTC)")
    def created_shown(self, invoice: Invoice) -> object:
        return display.when(invoice.created_at)


def _customer(pk: int) -> Customer:
    rows = Customer.objects.select_related("account__legal_entity").filter(status=Customer.Status.ACTIVE, pk=pk)
    customer = rows.first()
    if customer is None:
        raise Http404
    return customer
