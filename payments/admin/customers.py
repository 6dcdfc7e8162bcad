"""Customers: who they are, what they paid with and for, and whether they may be billed."""

from collections.abc import Iterator, Sequence

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from config.base.actor import Actor
from config.base.console import additions, display
from config.base.console.confirmation import ConfirmedView, Data, Outcome
from config.base.console.display import Tone
from config.base.console.filters import DayRangeFilter
from config.base.console.model_admin import ReadOnlyAdmin
from config.base.console.pages import Button, Documents, Facts, Notice, Page, Payload, Table
from config.base.models import User
from payments.admin import dispute_rows, links, payment_rows, search, words
from payments.admin.filters import AccountFilter, of_one_account
from payments.models import Customer, Dispute
from payments.services import parking as service

SHOWN = 20


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=500,
        widget=forms.Textarea(attrs={"class": "cf-input", "rows": 3}),
        help_text="Colleagues and the API show it.",
    )


class CustomerView(ConfirmedView[Customer]):
    permission = "payments.park_customer"
    form_class = ReasonForm

    def state(self) -> str:
        return str(self.row.parked_at)


class ParkView(CustomerView):
    action = "park"
    title = "Park a customer"
    do_text = "Park"
    tone = Tone.BAD

    def refusal(self) -> str:
        return "The customer is parked already." if self.row.parked_at else ""

    def consequences(self, data: Data) -> Sequence[object]:
        return [
            f"No new payment is made for {self.row} until somebody lets them go on.",
            "Payments under way, captures and refunds go on.",
        ]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        if not service.park(customer=self.row, reason=data["reason"], by=by):
            return Outcome(messages.WARNING, "Somebody parked the customer already.")
        return Outcome(messages.SUCCESS, "The customer is parked.")


class UnparkView(CustomerView):
    action = "unpark"
    title = "Let a parked customer go on"
    do_text = "Let them go on"

    def refusal(self) -> str:
        return "" if self.row.parked_at else "The customer is not parked."

    def consequences(self, data: Data) -> Sequence[object]:
        return [f"{self.row} can be billed again. They were parked because: {self.row.parked_reason}"]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        if not service.unpark(customer=self.row, reason=data["reason"], by=by):
            return Outcome(messages.WARNING, "Somebody let the customer go on already.")
        return Outcome(messages.SUCCESS, "The customer can be billed again.")


@admin.register(Customer)
class CustomerAdmin(ReadOnlyAdmin[Customer]):
    keyset = ("-created_at", "-id")
    list_display = ("name_shown", "email_shown", "status_shown", "created_shown")
    list_filter = (AccountFilter, ("created_at", DayRangeFilter))
    search_help_text = "Id, name, or the beginning of an e-mail"

    def narrowed(self, request: HttpRequest, queryset: QuerySet[Customer]) -> QuerySet[Customer]:
        return of_one_account(request, queryset)

    def matching(self, queryset: QuerySet[Customer], term: str) -> QuerySet[Customer]:
        return search.customers(queryset, term)

    def get_urls(self) -> list[URLPattern]:
        actions = [
            path(
                f"<path:object_id>/{view.action}/",
                self.admin_site.admin_view(view.as_view(model_admin=self)),
                name=f"payments_customer_{view.action}",
            )
            for view in (ParkView, UnparkView)
        ]
        return [*actions, *super().get_urls()]

    def page(self, request: HttpRequest, row: Customer) -> Page:
        own = Page(
            title=str(row),
            labels=[words.status(row.status), *([display.label("Parked", Tone.WARN)] if row.parked_at else [])],
            subtitle=row.email if row.name else "",
            notices=list(_notices(row)),
            buttons=list(_buttons(request, row)),
            main=[_payments(row), *_disputes(row), _methods(row)],
            side=[_facts(row), _address(row), _tax_ids(row), _metadata(row)],
        )
        return additions.to(own, "customer", request, row)

    @admin.display(description="Name")
    def name_shown(self, customer: Customer) -> str:
        return customer.name or customer.email or customer.public_id

    @admin.display(description="E-mail")
    def email_shown(self, customer: Customer) -> str:
        return customer.email or display.EMPTY

    @admin.display(description="Status")
    def status_shown(self, customer: Customer) -> SafeString:
        return display.label("Parked", Tone.WARN) if customer.parked_at else words.status(customer.status)

    @admin.display(description="Created (UTC)")
    def created_shown(self, customer: Customer) -> object:
        return display.when(customer.created_at)


def _notices(customer: Customer) -> Iterator[Notice]:
    if customer.parked_at:
        since = f"Parked since {customer.parked_at:%d %b %Y, %H:%M} UTC: no new payments are made"
        yield Notice(title=since, text=customer.parked_reason)
    if customer.archived_at or customer.status == Customer.Status.DELETED:
        yield Notice(text="Deleted at Stripe; kept here with all that was paid.", tone=Tone.QUIET)


def _buttons(request: HttpRequest, customer: Customer) -> Iterator[Button]:
    if isinstance(request.user, User) and request.user.has_perm("payments.park_customer"):
        action, text = ("unpark", "Let them go on…") if customer.parked_at else ("park", "Park…")
        yield Button(text=text, url=reverse(f"admin:payments_customer_{action}", args=[customer.pk]))


def _payments(customer: Customer) -> Table:
    newest = customer.payments.select_related("payment_method").order_by("-created_at", "-id")
    return payment_rows.table("Payments", newest[: payment_rows.SHOWN], search=customer.public_id)


def _disputes(customer: Customer) -> Iterator[Table]:
    newest = Dispute.objects.filter(payment__customer=customer).order_by("-stripe_created_at", "-id")[:SHOWN]
    if newest:
        yield dispute_rows.table("Disputes", newest)


def _methods(customer: Customer) -> Table:
    methods = customer.payment_methods.order_by("-id")[:SHOWN]
    default = customer.default_payment_method_id
    rows = [
        [
            links.to(method, words.method(method)),
            display.words(method.kind),
            f"{method.exp_month:02}/{method.exp_year}" if method.exp_month else "",
            words.status(method.status),
            "Default" if method.pk == default else "",
        ]
        for method in methods
    ]
    return Table(
        title="Payment methods",
        headers=["Method", "Kind", "Expires", "Status", ""],
        rows=rows,
        empty="No payment methods are kept.",
    )


def _facts(customer: Customer) -> Facts:
    return Facts(
        title="Customer",
        rows=[
            ("E-mail", customer.email),
            ("Phone", customer.phone),
            ("Language", customer.preferred_locale),
            ("Currency", customer.currency.upper()),
            ("Description", customer.description),
            ("Customer", display.copied(customer.public_id)),
            ("At Stripe", links.at_stripe(customer.account, "customers", customer.stripe_id)),
            ("Created", display.when(customer.created_at)),
            ("Account", str(customer.account)),
        ],
    )


def _address(customer: Customer) -> Facts:
    return Facts(
        title="Billing address",
        rows=[
            ("Street", ", ".join(filter(None, [customer.address_line1, customer.address_line2]))),
            ("City", " ".join(filter(None, [customer.address_postal_code, customer.address_city]))),
            ("State", customer.address_state),
            ("Country", customer.address_country),
        ],
    )


def _tax_ids(customer: Customer) -> Facts:
    known = customer.tax_ids.filter(deleted_at=None)[:SHOWN]
    rows = [(tax.type, f"{tax.value} {tax.verification_status}") for tax in known]
    return Facts(title="Tax ids", rows=rows)


def _metadata(customer: Customer) -> Documents | Facts:
    if not customer.metadata:
        return Facts(title="Metadata", rows=[])
    return Documents(title="Metadata", payloads=[Payload("Show", customer.metadata)])
