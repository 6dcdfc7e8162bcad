"""The editor of a draft: terms and as many lines as wanted, in one form that needs no script."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse

from billing.admin import catalog_words
from billing.admin.draft_forms import (
    MORE_ROWS,
    LineForm,
    LineFormSet,
    TermsForm,
    initial_line,
    initial_terms,
    offered_prices,
)
from billing.models import Invoice, Price
from billing.services import drafts
from billing.services.draft_terms import MOST_LINES, Line, Terms
from config.base.console.confirmation import actor
from config.base.errors import DomainError
from config.base.ids import public_id
from config.base.models import ConfirmedAction
from payments.admin import links
from payments.models import Customer

TOTAL = "lines-TOTAL_FORMS"


@dataclass
class Editor:
    """One showing of the form, for a new draft of a customer or for one that is there."""

    request: HttpRequest
    customer: Customer
    invoice: Invoice | None = None
    context: dict[str, Any] = field(default_factory=dict)

    def respond(self) -> HttpResponse:
        """The form, or the way to the draft that it made."""
        self.prices = offered_prices(self.customer)
        self.lines = drafts.lines_of(self.invoice) if self.invoice else []
        if self.request.method != "POST":
            return self._show(self._terms_form(None), self._rows(None))
        data = self.request.POST.copy()
        if data.get("step") == "more":
            return self._show(self._terms_form(data), self._rows(_with_more_rows(data)))
        terms, rows = self._terms_form(data), self._rows(data)
        if terms.is_valid() and rows.is_valid():
            saved = self._save(terms, rows)
            if saved is not None:
                return saved
        return self._show(terms, rows)

    def _save(self, terms: TermsForm, rows: Any) -> HttpResponse | None:
        standing = list(rows.standing())
        kept = {line.id: line for line in self.lines}
        lines = [form.line(kept.get(form.cleaned_data["id"])) for form in standing]
        try:
            invoice = self._write(terms, lines)
        except DomainError as error:
            _place(error, terms, standing)
            return None
        if invoice is None:
            messages.info(self.request, "You have sent this already; it was made once.")
            return HttpResponseRedirect("..")
        messages.success(self.request, "The draft is saved. Stripe hears of it when you send it.")
        return HttpResponseRedirect(links.url(invoice))

    def _write(self, terms: TermsForm, lines: Sequence[Line]) -> Invoice | None:
        by = actor(self.request)
        if self.invoice:
            wanted = terms.terms(dict(self.invoice.metadata))
            seen = self.request.POST.get("seen", "")
            return drafts.change(invoice=self.invoice, terms=wanted, lines=lines, seen=seen, by=by)
        currency = terms.cleaned_data["currency"]
        with transaction.atomic():
            if not self._is_first():
                return None
            return drafts.create(customer=self.customer, currency=currency, terms=terms.terms({}), lines=lines, by=by)

    def _is_first(self) -> bool:
        """Whether this form, as it was shown, is sent for the first time."""
        by = actor(self.request)
        try:
            with transaction.atomic():
                ConfirmedAction.objects.create(
                    action="write_draft", object_id=self.request.POST.get("once", "")[:40], sequence=1,
                    user_id=int(by.id), summary=f"New invoice for {self.customer.public_id}",
                    request_id=by.request_id,
                )  # fmt: skip
        except IntegrityError:
            return False
        return True

    def _terms_form(self, data: Any) -> TermsForm:
        return TermsForm(data, customer=self.customer, is_new=self.invoice is None, initial=self._initial())

    def _initial(self) -> dict[str, Any]:
        default = self.customer.account.default_currency or "eur"
        currency = self.invoice.currency if self.invoice else self.customer.currency or default
        terms = drafts.terms_of(self.invoice) if self.invoice else Terms(days_until_due=drafts.DAYS_UNTIL_DUE)
        return initial_terms(terms, currency=currency, zone=self.customer.account.legal_entity.time_zone)

    def _rows(self, data: Any) -> Any:
        currency = (
            self.invoice.currency if self.invoice else (data or {}).get("currency") or self._initial()["currency"]
        )
        return LineFormSet(
            data,
            prefix="lines",
            initial=[initial_line(line, currency) for line in self.lines],
            form_kwargs={"currency": currency, "prices": self.prices},
        )

    def _show(self, terms: TermsForm, rows: Any) -> TemplateResponse:
        context = {
            **self.context,
            "title": "Edit the draft" if self.invoice else "New invoice",
            "customer": self.customer,
            "form": terms,
            "rows": rows,
            "prices": _named(self.prices),
            "more_rows": MORE_ROWS,
            "once": self.request.POST.get("once") or public_id("form"),
            "seen": self.request.POST.get("seen") or (drafts.version(self.invoice) if self.invoice else ""),
            "back_url": links.url(self.invoice or self.customer),
        }
        return TemplateResponse(self.request, "admin/billing/draft.html", context)


def _with_more_rows(data: QueryDict) -> QueryDict:
    count = data.get(TOTAL, "0")
    data[TOTAL] = str(min(int(count) + MORE_ROWS, MOST_LINES)) if count.isdecimal() else "0"
    return data


def _named(prices: dict[str, Price]) -> list[tuple[str, str]]:
    rows = {price.public_id: price for price in prices.values()}
    return [(name, f"{price.product}: {catalog_words.amount(price)} {price.nickname}") for name, price in rows.items()]


_ROW_FIELDS = {"amount": "amount", "description": "description", "quantity": "quantity", "price": "price"}
_TERM_FIELDS = {"due_date": "due_on", "discounts": "coupon"}


def _place(error: DomainError, terms: TermsForm, standing: list[LineForm]) -> None:
    """The refusal at the field that it names."""
    words = f"{error.title}. {error.detail}"
    noun, *rest = (error.param or "").split(".")
    if noun == "lines" and rest and int(rest[0]) < len(standing):
        named = _ROW_FIELDS.get(rest[1]) if len(rest) > 1 else None
        standing[int(rest[0])].add_error(named, error.detail)
        return
    name = _TERM_FIELDS.get(noun, noun)
    terms.add_error(name if name in terms.fields else None, words)
