"""The letterhead editor: what stands on documents and e-mails, the logo, and a preview."""

import base64
from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from billing.models import Letterhead
from billing.services import letterheads, logos
from billing.services.letterheads import Wording
from config.base import card_numbers, uploads
from config.base.console.confirmation import actor
from config.base.console.display import Tone
from config.base.console.model_admin import ReadOnlyAdmin
from config.base.console.pages import Button, Facts, Notice, Page
from config.base.errors import DomainError
from config.base.models import LegalEntity
from config.base.pdf_response import pdf_response

PERMISSION = "billing.change_letterhead"


def _several_lines(rows: int, help_text: str) -> forms.CharField:
    area = forms.Textarea(attrs={"class": "cf-input", "rows": rows})
    return forms.CharField(required=False, max_length=2000, widget=area, help_text=help_text)


class WordingForm(forms.Form):
    address = _several_lines(4, "As it stands on documents, line by line.")
    tax_ids = _several_lines(2, "One a line, such as VAT DE123456789.")
    footer = _several_lines(3, "Bank details, register, directors: at the foot of every page.")
    payment_terms = _several_lines(2, "At the end of invoices.")
    reply_to = forms.EmailField(
        required=False,
        label="Answers to e-mails go to",
        widget=forms.EmailInput(attrs={"class": "cf-input"}),
        help_text="Else they go to the legal entity's support address.",
    )

    def clean(self) -> dict[str, Any]:
        for name in [name for name, value in self.cleaned_data.items() if card_numbers.in_value(value)]:
            self.add_error(name, "This looks like a card number. It must not stand on documents.")
        return self.cleaned_data


class LogoForm(forms.Form):
    logo = forms.FileField(
        required=False,
        widget=forms.FileInput(attrs={"class": "cf-input", "accept": "image/png"}),
        help_text=f"A PNG of at most {logos.MAXIMUM_BYTES // 1024} KB and {logos.LONGEST_SIDE} pixels a side. "
        "Transparent ones look well in dark e-mails too.",
    )
    remove = forms.BooleanField(
        required=False,
        label="No logo: show the name instead",
        widget=forms.CheckboxInput(attrs={"class": "cf-check"}),
    )

    def clean(self) -> dict[str, Any]:
        if bool(self.cleaned_data.get("logo")) == bool(self.cleaned_data.get("remove")) and not self.errors:
            self.add_error("logo", "Choose a file that is small enough, or no logo.")
        return self.cleaned_data


@admin.register(Letterhead)
class LetterheadAdmin(ReadOnlyAdmin[Letterhead]):
    """One of each legal entity. Documents that are issued keep the letterhead that they were issued on."""

    list_display = ("entity_shown", "has_logo_shown", "reply_to")
    list_select_related = ("legal_entity",)
    search_help_text = "Beginning of the name"

    def matching(self, queryset: QuerySet[Letterhead], term: str) -> QuerySet[Letterhead]:
        return queryset.filter(legal_entity__name__istartswith=term)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Every legal entity has one to write on, without asking for it first."""
        for entity in LegalEntity.objects.filter(letterhead=None):
            Letterhead.objects.get_or_create(legal_entity=entity)
        return super().changelist_view(request, extra_context)

    def page(self, request: HttpRequest, row: Letterhead) -> Page:
        return Page(
            title=str(row.legal_entity),
            headline=str(row.legal_entity),
            notices=[Notice(text="Changes are for documents to come; issued ones stay as they are.", tone=Tone.QUIET)],
            buttons=list(self._buttons(request, row)),
            main=[_texts(row)],
            side=[_looks(row)],
        )

    def get_urls(self) -> list[URLPattern]:
        site = self.admin_site
        own = [
            path("<int:pk>/preview/", site.admin_view(self.preview), name="billing_letterhead_preview"),
            path("<int:pk>/write/", site.admin_view(self.write), name="billing_letterhead_write"),
            path(
                "<int:pk>/logo/",
                uploads.takes_one_small_file(site.admin_view(self.set_logo)),
                name="billing_letterhead_logo",
            ),
        ]
        return [*own, *super().get_urls()]

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A sample invoice on the letterhead of today."""
        row = self._row(request, pk, may_change=False)
        return pdf_response(letterheads.preview(row.legal_entity), name="sample.pdf")

    def write(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The texts."""
        row = self._row(request, pk)
        now = {name: getattr(row, name) for name in WordingForm.base_fields}
        form = WordingForm(request.POST if request.method == "POST" else None, initial=now)
        if request.method == "POST" and form.is_valid():
            letterheads.write(entity=row.legal_entity, wording=Wording(**form.cleaned_data), by=actor(request))
            return self._done(request, row, "Written. Documents to come look like this.")
        return self._form(request, row, form, "Write the letterhead")

    def set_logo(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The logo, or none."""
        row = self._row(request, pk)
        form = LogoForm(request.POST, request.FILES) if request.method == "POST" else LogoForm()
        if request.method == "POST" and form.is_valid():
            try:
                self._take(row, form, request)
                return self._done(request, row, "The logo is set. Look at the preview.")
            except DomainError as error:
                form.add_error("logo", f"{error.title}. {error.detail}")
        return self._form(request, row, form, "Choose the logo")

    @admin.display(description="Legal entity")
    def entity_shown(self, row: Letterhead) -> str:
        return str(row.legal_entity)

    @admin.display(description="Logo")
    def has_logo_shown(self, row: Letterhead) -> str:
        return "Yes" if row.logo else "No"

    def _take(self, row: Letterhead, form: LogoForm, request: HttpRequest) -> None:
        chosen = form.cleaned_data["logo"]
        if chosen:
            letterheads.set_logo(entity=row.legal_entity, content=chosen.read(), by=actor(request))
        else:
            letterheads.remove_logo(entity=row.legal_entity, by=actor(request))

    def _buttons(self, request: HttpRequest, row: Letterhead) -> Iterator[Button]:
        yield Button(text="Preview", url=reverse("admin:billing_letterhead_preview", args=[row.pk]))
        if _may_change(request):
            yield Button(text="Write…", tone=Tone.BUSY, url=reverse("admin:billing_letterhead_write", args=[row.pk]))
            yield Button(text="Logo…", url=reverse("admin:billing_letterhead_logo", args=[row.pk]))

    def _row(self, request: HttpRequest, pk: int, *, may_change: bool = True) -> Letterhead:
        row = Letterhead.objects.select_related("legal_entity").filter(pk=pk).first()
        if row is None or not self.has_view_permission(request, row):
            raise Http404
        if may_change and not _may_change(request):
            raise PermissionDenied
        return row

    def _done(self, request: HttpRequest, row: Letterhead, text: str) -> HttpResponse:
        messages.success(request, text)
        return HttpResponseRedirect(self._url(row))

    def _form(self, request: HttpRequest, row: Letterhead, form: forms.Form, title: str) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "form": form,
            "do_text": "Save",
            "back_url": self._url(row),
        }
        return TemplateResponse(request, "admin/make.html", context)

    def _url(self, row: Letterhead) -> str:
        return reverse("admin:billing_letterhead_change", args=[row.pk])


def _may_change(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "has_perm")(PERMISSION))  # noqa: B009


def _texts(row: Letterhead) -> Facts:
    return Facts(
        title="On documents and e-mails",
        rows=[
            ("Address", _lines(row.address)),
            ("Tax ids", _lines(row.tax_ids)),
            ("Footer", _lines(row.footer)),
            ("Payment terms", _lines(row.payment_terms)),
            ("Answers go to", row.reply_to or row.legal_entity.support_email),
        ],
    )


def _looks(row: Letterhead) -> Facts:
    return Facts(
        title="Looks",
        rows=[("Logo", _picture(row) or "none: the name stands there"), ("Colour", row.legal_entity.brand_color)],
    )


def _picture(row: Letterhead) -> SafeString | str:
    logo = letterheads.logo_of(row)
    source = base64.b64encode(logo).decode() if logo else ""
    return format_html('<img class="cf-logo" alt="Logo" src="data:image/png;base64,{}">', source) if logo else ""


def _lines(text: str) -> SafeString | str:
    return format_html('<span class="cf-lines">{}</span>', text) if text else ""
