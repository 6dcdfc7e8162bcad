"""Payment methods: what may be shown of a card or bank account."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from config.base.console import display
from config.base.console.model_admin import ReadOnlyAdmin
from config.base.console.pages import Facts, Page, Table
from payments.admin import links, payment_rows, search, words
from payments.models import Customer, PaymentMethod

SHOWN = 20


@admin.register(PaymentMethod)
class PaymentMethodAdmin(ReadOnlyAdmin[PaymentMethod]):
    list_display = ("method_shown", "kind_shown", "status_shown", "customer_shown", "created_shown")
    list_select_related = ("customer",)
    search_help_text = "Id, last four digits, fingerprint, or the customer's id, e-mail or name"

    def matching(self, queryset: QuerySet[PaymentMethod], term: str) -> QuerySet[PaymentMethod]:
        if term.startswith("method_"):
            return queryset.filter(public_id=term)
        if term.startswith(("pm_", "card_", "src_", "ba_")):
            return queryset.filter(stripe_id=term)
        if term.isdecimal() and len(term) == 4:
            return queryset.filter(last4=term)
        if of_fingerprint := queryset.filter(fingerprint=term):
            return of_fingerprint
        customers = search.customers(Customer.objects.all(), term).values_list("pk", flat=True)
        return queryset.filter(customer_id__in=list(customers[: search.AT_MOST]))

    def page(self, request: HttpRequest, row: PaymentMethod) -> Page:
        return Page(
            title=words.method(row), labels=[words.status(row.status)], main=[_payments(row)], side=[_facts(row)]
        )

    @admin.display(description="Method")
    def method_shown(self, method: PaymentMethod) -> str:
        return words.method(method)

    @admin.display(description="Kind")
    def kind_shown(self, method: PaymentMethod) -> str:
        return display.words(method.kind)

    @admin.display(description="Status")
    def status_shown(self, method: PaymentMethod) -> SafeString:
        return words.status(method.status)

    @admin.display(description="Customer")
    def customer_shown(self, method: PaymentMethod) -> str:
        return str(method.customer or display.EMPTY)

    @admin.display(description="Seen first (UTC)")
    def created_shown(self, method: PaymentMethod) -> object:
        return display.when(method.created_at)


def _payments(method: PaymentMethod) -> Table:
    newest = method.payments.select_related("payment_method").order_by("-id")
    return payment_rows.table("Payments", newest[: payment_rows.SHOWN], search=method.public_id)


def _facts(method: PaymentMethod) -> Facts:
    return Facts(
        title="Payment method",
        rows=[
            ("Customer", links.to(method.customer)),
            ("Kind", display.words(method.kind)),
            ("Brand", display.words(method.brand)),
            ("Wallet", display.words(method.wallet)),
            ("Bank", method.bank_name),
            ("Ends in", method.last4),
            ("Expires", f"{method.exp_month:02}/{method.exp_year}" if method.exp_month else ""),
            ("Funding", method.funding),
            ("Issued in", method.country),
            ("Fingerprint", display.copied(method.fingerprint)),
            ("Billing name", method.billing_name),
            ("Billing e-mail", method.billing_email),
            ("Billing address", " ".join(filter(None, [method.billing_postal_code, method.billing_country]))),
            ("Detached", display.when(method.detached_at)),
            ("Payment method", display.copied(method.public_id)),
            ("At Stripe", display.copied(method.stripe_id)),
        ],
    )
