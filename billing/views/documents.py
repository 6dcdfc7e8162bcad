"""What customers reach from their e-mails and documents, by a signed address: a PDF, and the way to pay."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from billing.models import Invoice
from billing.services import document_links, documents, invoice_links
from config.base.actor import Actor, ActorKind
from config.base.errors import DomainError, NotFound
from config.base.pdf_response import pdf_response
from payments.services import pay_links


@require_safe
@never_cache
def document(request: HttpRequest, token: str) -> HttpResponse:
    """The PDF itself."""
    try:
        found = document_links.document_for(token)
    except NotFound as error:
        return _message(request, "This link does not work any more", error.detail, status=404)
    return pdf_response(bytes(found.content), name=documents.filename(found))


@require_safe
@never_cache
def pay_invoice(request: HttpRequest, token: str) -> HttpResponse:
    """To the payment page of the invoice, as it is to be paid today; or why nothing is to pay."""
    try:
        invoice = document_links.invoice_for(token)
    except NotFound as error:
        return _message(request, "This link does not work", error.detail, status=404)
    if invoice.status in _SETTLED:
        return _message(request, *_SETTLED[Invoice.Status(invoice.status)])
    try:
        link = invoice_links.of(invoice=invoice, by=_customer(invoice))
    except DomainError:
        return _elsewhere(request, invoice)
    return HttpResponseRedirect(pay_links.url(link))


_SETTLED = {
    Invoice.Status.PAID: ("This invoice is paid", "Thank you. There is nothing more to do."),
    Invoice.Status.VOID: ("Nothing to pay", "This invoice was taken back. Nobody owes it."),
}


def _elsewhere(request: HttpRequest, invoice: Invoice) -> HttpResponse:
    """Stripe's own page, where ours cannot take the payment."""
    if invoice.hosted_invoice_url.startswith("https://"):
        return HttpResponseRedirect(invoice.hosted_invoice_url)
    return _message(
        request, "This invoice cannot be paid here right now", "Try again in a few minutes, or answer our e-mail."
    )


def _message(request: HttpRequest, heading: str, text: str, *, status: int = 200) -> HttpResponse:
    return TemplateResponse(request, "base/message.html", {"heading": heading, "text": text}, status=status)


def _customer(invoice: Invoice) -> Actor:
    customer = invoice.customer
    return Actor(ActorKind.CUSTOMER, customer.public_id, customer.public_id)
