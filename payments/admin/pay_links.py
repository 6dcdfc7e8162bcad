"""Pay links: what the hosted payment page shows."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from config.base import clock
from config.base.console import display
from config.base.console.display import Tone
from config.base.console.model_admin import ReadOnlyAdmin
from config.base.console.pages import Facts, Page, Table
from config.base.money import Money
from payments.admin import links, search, words
from payments.models import PayLink, Payment
from payments.services import pay_links


@admin.register(PayLink)
class PayLinkAdmin(ReadOnlyAdmin[PayLink]):
    list_display = ("title_shown", "amount_shown", "status_shown", "ends_shown", "created_shown")
    list_select_related = ("payment",)
    search_help_text = "Any id, e-mail, name or amount of the payment"

    def matching(self, queryset: QuerySet[PayLink], term: str) -> QuerySet[PayLink]:
        if term.startswith("link_"):
            return queryset.filter(public_id=term)
        paid = search.payments(Payment.objects.all(), term).order_by("-pk").values_list("pk", flat=True)
        return queryset.filter(payment_id__in=list(paid[: search.AT_MOST]))

    def page(self, request: HttpRequest, row: PayLink) -> Page:
        return Page(
            title=row.title or row.public_id,
            headline=row.payment.amount.format(display.locale()),
            labels=[words.status(row.payment.status)],
            subtitle=row.title,
            main=[_lines(row)],
            side=[_facts(row)],
        )

    @admin.display(description="Title")
    def title_shown(self, link: PayLink) -> str:
        return link.title or link.public_id

    @admin.display(description="Amount")
    def amount_shown(self, link: PayLink) -> SafeString:
        return display.money(link.payment.amount)

    @admin.display(description="Payment")
    def status_shown(self, link: PayLink) -> SafeString:
        is_open = link.payment.status not in Payment.TERMINAL
        if is_open and pay_links.is_expired(link, at=clock.now()):
            return display.label("Expired", Tone.BAD)
        return words.status(link.payment.status)

    @admin.display(description="Ends (UTC)")
    def ends_shown(self, link: PayLink) -> object:
        return display.when(link.expires_at) or display.EMPTY

    @admin.display(description="Created (UTC)")
    def created_shown(self, link: PayLink) -> object:
        return display.when(link.created_at)


def _lines(link: PayLink) -> Table:
    rows = [
        [
            line.get("description", ""),
            line.get("quantity", 1),
            display.money(Money(line["amount"], link.payment.currency)) if "amount" in line else "",
        ]
        for line in link.lines
    ]
    return Table(title="Lines", headers=["What", "Pieces", "Amount"], rows=rows, empty="The page shows no lines.")


def _facts(link: PayLink) -> Facts:
    return Facts(
        title="Payment page",
        rows=[
            ("Payment", links.to(link.payment)),
            ("Address", display.link(pay_links.url(link), "Open", external=True)),
            ("Sends back to", link.return_url),
            ("Terms", link.terms_url),
            ("Terms accepted", display.when(link.terms_accepted_at)),
            ("Asks for the billing address", "Yes" if link.collects_billing_address else ""),
            ("Ends", display.when(link.expires_at)),
            ("Created", display.when(link.created_at)),
            ("Pay link", display.copied(link.public_id)),
        ],
    )
