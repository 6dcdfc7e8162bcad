"""What the payment page's template and its script are given."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from config.base.money import Money
from payments.models import PayLink
from payments.services import pay_links
from payments.views import brand, pay_outcome
from payments.views.pay_outcome import Outcome, State


def status(link: PayLink, outcome: Outcome) -> dict[str, Any]:
    """The outcome as the script reads it."""
    receipt = link.payment.receipt_url
    return {
        "state": outcome.state,
        "tone": outcome.tone,
        "title": outcome.title,
        "text": outcome.text,
        "payable": outcome.payable,
        "poll_seconds": outcome.poll_seconds,
        "receipt_url": receipt if receipt.startswith(("https://", "http://")) else "",
    }


def context(link: PayLink, outcome: Outcome, *, locale: str) -> dict[str, Any]:
    payment = link.payment
    seller = payment.account.legal_entity
    return {
        "link": link,
        "payment": payment,
        "seller": seller,
        "brand_css": brand.address(seller),
        "amount": payment.amount.format(locale),
        "lines": [{**line, "amount": Money(line["amount"], payment.currency).format(locale)} for line in link.lines],
        "outcome": outcome,
        "receipt_url": status(link, outcome)["receipt_url"],
        "script_data": {**status(link, outcome), **_for_script(link, payable=outcome.payable)},
    }


def _for_script(link: PayLink, *, payable: bool) -> dict[str, Any]:
    """The client secret leaves only while there is something to pay."""
    token = pay_links.token(link)
    return {
        "stripe_js_url": settings.STRIPE_JS_URL,
        "publishable_key": settings.STRIPE_PUBLISHABLE_KEY,
        "client_secret": link.payment.client_secret if payable else "",
        "language": get_language() or "en",
        "seller": link.payment.account.legal_entity.name,
        "collects_billing_address": link.collects_billing_address,
        "page_url": pay_links.url(link),
        "status_url": reverse("pay_status", args=[token]),
        "begin_url": reverse("pay_begin", args=[token]),
        "words": _words(),
    }


def _words() -> dict[str, dict[str, str]]:
    """What only the browser can notice, in the page's language."""
    doubt_title, doubt_text = pay_outcome.words(State.IN_DOUBT)
    return {
        "busy": {"title": _("One moment…"), "text": ""},
        "in_doubt": {"title": doubt_title, "text": doubt_text},
        "not_loaded": {
            "title": _("The payment form cannot be loaded"),
            "text": _("Nothing was charged. Please check your connection and load this page again."),
        },
        "not_sent": {
            "title": _("No connection"),
            "text": _("Nothing was charged. Please check your connection and try again."),
        },
        "not_done": {
            "title": _("The payment did not go through"),
            "text": _("Nothing was charged. Please try again, or pay another way."),
        },
    }
