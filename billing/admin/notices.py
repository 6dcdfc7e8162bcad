"""E-mails to customers: what was sent, what waits, what was given up and why."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from billing.admin import billing_words
from billing.models import Notice
from billing.services import notice_mail, notices
from config.base.actor import Actor
from config.base.console import display, pages
from config.base.console.confirmation import ConfirmedView, Data, Outcome
from config.base.console.display import Tone
from config.base.console.model_admin import ReadOnlyAdmin
from config.base.console.pages import Button, Facts, Page, Table
from config.base.models import ConfirmedAction, User
from payments.admin import links, search
from payments.models import Customer

if TYPE_CHECKING:
    from django.contrib.admin import ChoicesFieldListFilter as ChoicesRadioFilter
else:
    from unfold.contrib.filters.admin import ChoicesRadioFilter


class ResendForm(forms.Form):
    reason = forms.CharField(
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"class": "cf-input", "rows": 2}),
        help_text="Why, in our words. Stays here.",
    )


class ResendView(ConfirmedView[Notice]):
    action = "resend"
    permission = "billing.resend_notice"
    title = "Send the e-mail again"
    do_text = "Send"
    form_class = ResendForm

    def refusal(self) -> str:
        return "It waits to be sent already." if self.row.status == Notice.Status.WAITING else ""

    def facts(self) -> Sequence[object]:
        return [f"Its status is “{self.row.status}”. {self.row.last_error}".strip()]

    def consequences(self, data: Data) -> Sequence[object]:
        to = self.row.customer.email
        if not to:
            return ["Nothing will be sent: the customer has no e-mail address."]
        what = self.row.get_message_display().capitalize()
        return [
            f"“{what}” goes to {to}, as true as it is then.",
            "A document that was issued goes with it unchanged.",
        ]

    def state(self) -> str:
        return f"{self.row.status} {self.row.tries} {self.row.customer.email}"

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        if notices.resend(notice=self.row, by=by, reason=data.get("reason", "")):
            return Outcome(messages.SUCCESS, "It will be sent within seconds.")
        return Outcome(messages.WARNING, "Somebody was faster. Look again.")


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin[Notice]):
    list_display = ("message_shown", "status_shown", "customer_shown", "about_shown", "sent_shown", "created_shown")
    list_select_related = ("customer",)
    list_filter = (("status", ChoicesRadioFilter), ("message", ChoicesRadioFilter))
    search_help_text = "Id of an e-mail or of what it tells of, or a customer's id, e-mail or name"

    def matching(self, queryset: QuerySet[Notice], term: str) -> QuerySet[Notice]:
        if term.startswith("notice_"):
            return queryset.filter(public_id=term)
        if "_" in term and not term.startswith("cus") and "@" not in term:
            return queryset.filter(subject_id=term)
        found = search.customers(Customer.objects.all(), term).values_list("pk", flat=True)
        return queryset.filter(customer__in=list(found[: search.AT_MOST]))

    def page(self, request: HttpRequest, row: Notice) -> Page:
        return Page(
            title=row.get_message_display().capitalize(),
            headline=row.get_message_display().capitalize(),
            labels=[billing_words.status(row.status)],
            subtitle=f"to {row.customer}",
            notices=list(_notices(row)),
            buttons=list(_buttons(request, row)),
            main=[_facts(row), _again(row)],
            side=[_ids(row)],
        )

    def get_urls(self) -> list[URLPattern]:
        resend = self.admin_site.admin_view(ResendView.as_view(model_admin=self))
        return [path("<path:object_id>/resend/", resend, name="billing_notice_resend"), *super().get_urls()]

    @admin.display(description="E-mail")
    def message_shown(self, row: Notice) -> str:
        return row.get_message_display().capitalize()

    @admin.display(description="Status")
    def status_shown(self, row: Notice) -> SafeString:
        return billing_words.status(row.status)

    @admin.display(description="Customer")
    def customer_shown(self, row: Notice) -> SafeString | str:
        return links.to(row.customer)

    @admin.display(description="About")
    def about_shown(self, row: Notice) -> object:
        return row.subject_type.replace("_", " ")

    @admin.display(description="Sent (UTC)")
    def sent_shown(self, row: Notice) -> object:
        return display.when(row.sent_at) or display.EMPTY

    @admin.display(description="Asked for (UTC)")
    def created_shown(self, row: Notice) -> object:
        return display.when(row.created_at)


def _notices(row: Notice) -> Iterator[pages.Notice]:
    if row.status == Notice.Status.FAILED:
        yield pages.Notice(title="It was given up", text=row.last_error, tone=Tone.BAD)
    elif row.status == Notice.Status.SKIPPED:
        yield pages.Notice(title="It was not sent", text=row.last_error, tone=Tone.WARN)
    elif row.last_error:
        yield pages.Notice(title=f"Not taken yet, after {row.tries} tries", text=row.last_error, tone=Tone.WARN)


def _buttons(request: HttpRequest, row: Notice) -> Iterator[Button]:
    user = request.user
    may = isinstance(user, User) and user.has_perm("billing.resend_notice")
    if may and row.status != Notice.Status.WAITING:
        yield Button(text="Send again…", tone=Tone.BUSY, url=reverse("admin:billing_notice_resend", args=[row.pk]))


def _facts(row: Notice) -> Facts:
    waits = row.status == Notice.Status.WAITING
    return Facts(
        title="E-mail",
        rows=[
            ("Customer", links.to(row.customer)),
            ("Address", row.customer.email or "none"),
            ("About", links.to(notices.subject_of(row))),
            ("Occasion", row.occasion),
            ("Document", links.to(row.document, "PDF") if row.document else ""),
            ("Sent", display.when(row.sent_at)),
            ("Tries", row.tries),
            ("Next try", display.when(row.next_try_at) if waits else ""),
            ("Asked for", display.when(row.created_at)),
        ],
    )


def _ids(row: Notice) -> Facts:
    return Facts(
        title="Ids",
        rows=[("E-mail", display.copied(row.public_id)), ("Message-ID", display.copied(notice_mail.message_id(row)))],
    )


def _again(row: Notice) -> Table:
    """Who had it sent again, and why."""
    done = ConfirmedAction.objects.filter(object_id=row.public_id).select_related("user").order_by("-pk")
    rows = [[str(each.user), each.reason, display.when(each.created_at)] for each in done]
    return Table(title="Sent again", headers=["By", "Why", "When (UTC)"], rows=rows, empty="Never by hand.")
