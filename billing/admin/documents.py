"""Documents as they were issued: looked up and downloaded, never changed."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from billing.admin import billing_words
from billing.models import Document, Notice
from billing.services import document_links, documents
from config.base.console import display
from config.base.console.model_admin import ReadOnlyAdmin
from config.base.console.pages import Button, Facts, Page, Table
from config.base.pdf_response import pdf_response
from payments.admin import links

if TYPE_CHECKING:
    from django.contrib.admin import ChoicesFieldListFilter as ChoicesRadioFilter
else:
    from unfold.contrib.filters.admin import ChoicesRadioFilter

SHOWN = 20


@admin.register(Document)
class DocumentAdmin(ReadOnlyAdmin[Document]):
    """Lists read no bytes of the PDFs."""

    list_display = ("name_shown", "kind_shown", "of_shown", "customer_shown", "locale", "issued_shown")
    list_filter = (("kind", ChoicesRadioFilter),)
    search_help_text = "Number of an invoice or credit note, or an id of theirs, of the payment or the document"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Document]:
        rows = super().get_queryset(request).defer("content")
        return rows.select_related("invoice__customer", "credit_note__invoice__customer", "payment__customer")

    def matching(self, queryset: QuerySet[Document], term: str) -> QuerySet[Document]:
        numbered = Q(invoice__number=term) | Q(credit_note__number=term)
        named = Q(invoice__public_id=term) | Q(credit_note__public_id=term) | Q(payment__public_id=term)
        return queryset.filter(numbered | named | Q(public_id=term))

    def page(self, request: HttpRequest, row: Document) -> Page:
        download = reverse("admin:billing_document_download", args=[row.pk])
        return Page(
            title=documents.filename(row),
            headline=documents.filename(row),
            subtitle=row.get_kind_display(),
            buttons=[Button(text="Open the PDF", url=download)],
            main=[_notices(row)],
            side=[_facts(row)],
        )

    def get_urls(self) -> list[URLPattern]:
        download = self.admin_site.admin_view(self.download)
        return [path("<int:pk>/download/", download, name="billing_document_download"), *super().get_urls()]

    def download(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The stored bytes, for those who may see documents."""
        row = Document.objects.filter(pk=pk).first()
        if row is None or not self.has_view_permission(request, row):
            raise Http404
        return pdf_response(bytes(row.content), name=documents.filename(row))

    @admin.display(description="File")
    def name_shown(self, row: Document) -> str:
        return documents.filename(row)

    @admin.display(description="Kind")
    def kind_shown(self, row: Document) -> str:
        return row.get_kind_display()

    @admin.display(description="Of")
    def of_shown(self, row: Document) -> SafeString | str:
        return links.to(row.invoice or row.credit_note or row.payment)

    @admin.display(description="Customer")
    def customer_shown(self, row: Document) -> SafeString | str:
        return links.to(documents.customer_of(row)) or display.EMPTY

    @admin.display(description="Issued (UTC)")
    def issued_shown(self, row: Document) -> object:
        return display.when(row.issued_at)


def _notices(row: Document) -> Table:
    subject = row.invoice or row.credit_note or row.payment
    told = Notice.objects.filter(subject_id=subject.public_id).order_by("-pk")[:SHOWN] if subject else []
    rows = [
        [
            links.to(each, each.get_message_display().capitalize()),
            billing_words.status(each.status),
            display.when(each.sent_at),
        ]
        for each in told
    ]
    return Table(title="E-mails", headers=["E-mail", "Status", "Sent (UTC)"], rows=rows)


def _facts(row: Document) -> Facts:
    return Facts(
        title="Document",
        rows=[
            ("Of", links.to(row.invoice or row.credit_note or row.payment)),
            ("Customer", links.to(documents.customer_of(row))),
            ("Link for the customer", display.copied(document_links.to_download(row))),
            ("Good for", f"{document_links.DOWNLOADABLE_FOR.days} days"),
            ("Issued", display.when(row.issued_at)),
            ("Template", row.template),
            ("Locale", row.locale),
            ("SHA-256", display.copied(row.sha256)),
            ("Document", display.copied(row.public_id)),
        ],
    )
