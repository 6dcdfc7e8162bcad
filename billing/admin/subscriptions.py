"""The list of subscriptions, and the ways to start, change and end them."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from billing.admin import billing_words, subscription_page
from billing.admin.subscription_actions import VIEWS, SubscriptionView
from billing.admin.subscription_change import ChangeView
from billing.admin.subscription_start import CustomerForm, StartView
from billing.models import Subscription, SubscriptionItem
from billing.services import previews
from config.base.console import display
from config.base.console.filters import DayRangeFilter
from config.base.console.model_admin import ReadOnlyAdmin
from config.base.console.pages import Button, Facts, Page, Table
from config.base.errors import DomainError
from config.base.models import User
from config.base.money import Money
from payments.admin import search
from payments.admin.filters import AccountFilter, of_one_account
from payments.models import Customer

if TYPE_CHECKING:
    from django.contrib.admin import ChoicesFieldListFilter as ChoicesRadioFilter
else:
    from unfold.contrib.filters.admin import ChoicesRadioFilter

_VIEWS: tuple[type[SubscriptionView], ...] = (*VIEWS, ChangeView)
_ITEMS = Prefetch("items", SubscriptionItem.objects.filter(removed_at=None).select_related("price__product"))


class AttentionFilter(admin.SimpleListFilter):
    """Subscriptions that wait for somebody, or soon end."""

    title = "attention"
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("flagged", "Flagged"), ("paused", "Collection paused"), ("ends", "Ends with its period")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Subscription]) -> QuerySet[Subscription]:
        wanted = {
            "flagged": ~Q(flags=[]),
            "paused": ~Q(pause_behavior=""),
            "ends": Q(cancel_at_period_end=True) & ~Q(status__in=Subscription.TERMINAL),
        }
        return queryset.filter(wanted[self.value() or ""]) if self.value() in wanted else queryset


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnlyAdmin[Subscription]):
    """Newest first."""

    keyset = ("-created_at", "-id")
    list_display = ("plan_shown", "status_shown", "customer_shown", "until_shown", "created_shown")
    list_display_links = ("plan_shown",)
    list_select_related = ("customer",)
    list_filter = (AccountFilter, AttentionFilter, ("created_at", DayRangeFilter), ("status", ChoicesRadioFilter))
    search_help_text = "Id, e-mail or name of the customer"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Subscription]:
        return super().get_queryset(request).prefetch_related(_ITEMS)

    def narrowed(self, request: HttpRequest, queryset: QuerySet[Subscription]) -> QuerySet[Subscription]:
        return of_one_account(request, queryset)

    def matching(self, queryset: QuerySet[Subscription], term: str) -> QuerySet[Subscription]:
        if term.startswith("sub_"):
            return queryset.filter(Q(public_id=term) | Q(stripe_id=term))
        if term.startswith("quote_"):
            return queryset.filter(quotes__public_id=term)
        found = search.customers(Customer.objects.all(), term).values_list("pk", flat=True)[: search.AT_MOST]
        return queryset.filter(customer__in=list(found))

    def page(self, request: HttpRequest, row: Subscription) -> Page:
        return subscription_page.page(request, row)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Subscription | None:
        """By our primary key, as the admin does, or by the subscription's public id."""
        rows = Subscription.objects.select_related(
            "account", "customer__account__legal_entity", "customer__default_payment_method", "default_payment_method"
        )
        wanted = Q(pk=int(object_id)) if object_id.isdecimal() else Q(public_id=object_id)
        return rows.filter(wanted).first()

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return isinstance(request.user, User) and request.user.has_perm("billing.start_subscription")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """For whom; then on to the customer's own form."""
        if not self.has_add_permission(request):
            return HttpResponse("You may not make this.", status=403, content_type="text/plain")
        given = request.GET.get("customer", "")
        if given.isdecimal():
            return HttpResponseRedirect(reverse("admin:billing_subscription_start", args=[int(given)]))
        form = CustomerForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            customer = form.cleaned_data["customer"]
            return HttpResponseRedirect(reverse("admin:billing_subscription_start", args=[customer.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": "Start a subscription",
            "opts": self.opts,
            "form": form,
            "do_text": "Go on",
            "back_url": reverse("admin:billing_subscription_changelist"),
        }
        return TemplateResponse(request, "admin/make.html", context)

    def get_urls(self) -> list[URLPattern]:
        actions = [
            path(
                f"<path:object_id>/{view.action}/",
                self.admin_site.admin_view(view.as_view(model_admin=self)),
                name=f"billing_subscription_{view.action}",
            )
            for view in _VIEWS
        ]
        following = path(
            "<path:object_id>/next/", self.admin_site.admin_view(self.next_view), name="billing_subscription_next"
        )
        starting = path("start/<int:object_id>/", self.admin_site.admin_view(self.start_view),
                        name="billing_subscription_start")  # fmt: skip
        return [starting, *actions, following, *super().get_urls()]

    def start_view(self, request: HttpRequest, object_id: int) -> Any:
        """Behind the customer's confirmation: what is decided stands on the customer."""
        customers = self.admin_site.get_model_admin(Customer)
        return StartView.as_view(model_admin=customers)(request, object_id=str(object_id))

    def next_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What Stripe would bill next, asked of it now."""
        row = self.get_object(request, object_id)
        if row is None or not self.has_view_permission(request, row):
            return HttpResponse("This page cannot be read.", status=403, content_type="text/plain")
        context = {**self.admin_site.each_context(request), "title": "What comes next", "opts": self.opts}
        return TemplateResponse(request, "admin/page.html", {**context, "page": _next_page(row)})

    @admin.display(description="Plan")
    def plan_shown(self, row: Subscription) -> str:
        return subscription_page.plan(list(row.items.all())) or row.public_id

    @admin.display(description="Status")
    def status_shown(self, row: Subscription) -> SafeString:
        return format_html_join(" ", "{}", ((label,) for label in billing_words.subscription_labels(row)))

    @admin.display(description="Customer")
    def customer_shown(self, row: Subscription) -> str:
        return str(row.customer)

    @admin.display(description="Paid for until (UTC)")
    def until_shown(self, row: Subscription) -> object:
        ends = [item.current_period_end for item in row.items.all() if item.current_period_end]
        return display.when(min(ends)) if ends and row.status not in Subscription.TERMINAL else display.EMPTY

    @admin.display(description="Created (UTC)")
    def created_shown(self, row: Subscription) -> object:
        return display.when(row.created_at)


def _next_page(row: Subscription) -> Page:
    back = Button(text="Back to the subscription", url=reverse("admin:billing_subscription_change", args=[row.pk]))
    try:
        preview = previews.of_next(row)
    except DomainError as error:
        return Page(title="What comes next", subtitle=error.detail, buttons=[back])
    lines = Table(
        title="The next invoice, if nothing changes",
        headers=["Description", "Quantity", "Amount"],
        rows=[[line.description, line.quantity or "", display.money(Money(line.amount, line.currency))]
              for line in preview.lines],
        empty="Nothing is billed next.",
    )  # fmt: skip
    sums = Facts(
        title="Together",
        rows=[
            ("Total", display.money(preview.total)),
            ("To be collected", display.money(preview.due)),
            ("When (UTC)", display.when(preview.made_at)),
        ],
    )
    return Page(title="What comes next", subtitle=str(row.customer), buttons=[back], main=[lines], side=[sums])
