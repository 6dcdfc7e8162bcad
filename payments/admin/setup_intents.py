"""Setup intents: payment methods kept for later."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from config.base.console import display
from config.base.console.display import Tone
from config.base.console.model_admin import ReadOnlyAdmin
from config.base.console.pages import Facts, Notice, Page
from payments import declines
from payments.admin import links, search, words
from payments.models import Customer, SetupIntent


@admin.register(SetupIntent)
class SetupIntentAdmin(ReadOnlyAdmin[SetupIntent]):
    list_display = ("public_id", "status_shown", "customer_shown", "method_shown", "created_shown")
    list_select_related = ("customer", "payment_method")
    search_help_text = "Id, or the customer's id, e-mail or name"

    def matching(self, queryset: QuerySet[SetupIntent], term: str) -> QuerySet[SetupIntent]:
        if term.startswith("setup_"):
            return queryset.filter(public_id=term)
        if term.startswith("seti_"):
            return queryset.filter(stripe_id=term)
        customers = search.customers(Customer.objects.all(), term).values_list("pk", flat=True)
        return queryset.filter(customer_id__in=list(customers[: search.AT_MOST]))

    def page(self, request: HttpRequest, row: SetupIntent) -> Page:
        return Page(
            title=f"Setup intent {row.public_id}",
            labels=[words.status(row.status)],
            notices=_notices(row),
            main=[_facts(row)],
        )

    @admin.display(description="Status")
    def status_shown(self, intent: SetupIntent) -> SafeString:
        return words.status(intent.status)

    @admin.display(description="Customer")
    def customer_shown(self, intent: SetupIntent) -> str:
        return str(intent.customer or display.EMPTY)

    @admin.display(description="Method")
    def method_shown(self, intent: SetupIntent) -> str:
        return words.method(intent.payment_method) or display.EMPTY

    @admin.display(description="Created (UTC)")
    def created_shown(self, intent: SetupIntent) -> object:
        return display.when(intent.created_at)


def _notices(intent: SetupIntent) -> list[Notice]:
    if not (intent.failure_code or intent.decline_code):
        return []
    advice = declines.advice(intent.failure_code, intent.decline_code)
    return [Notice(title=f"The last try was declined: {advice.staff}", text=advice.customer, tone=Tone.BAD)]


def _facts(intent: SetupIntent) -> Facts:
    return Facts(
        title="Setup intent",
        rows=[
            ("Customer", links.to(intent.customer)),
            ("Payment method", links.to(intent.payment_method, words.method(intent.payment_method))),
            ("Usage", display.words(intent.usage)),
            ("Description", intent.description),
            ("Created", display.when(intent.created_at)),
            ("Setup intent", display.copied(intent.public_id)),
            ("At Stripe", links.at_stripe(intent.account, "setup_intents", intent.stripe_id)),
        ],
    )
