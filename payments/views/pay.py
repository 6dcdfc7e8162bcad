"""The hosted payment page. Whoever has the link may see and pay it; what they see is our own row."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps

from csp.decorators import csp_replace
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from config.base import client_address, clock, languages, throttle
from config.base.actor import Actor, ActorKind
from config.base.clock import real_now
from config.base.errors import NotFound
from config.base.throttle import Rate
from payments.failures import StripeFailure
from payments.models import PayLink, Payment
from payments.services import pay_links, payments
from payments.services.snapshots import OvertakenTooOften
from payments.views import pay_outcome, pay_policy, pay_presentation

RATE = Rate(limit=240, period_seconds=60)
RECENT = timedelta(seconds=3)

_RETURN_PARAMETERS = {"payment_intent", "payment_intent_client_secret", "redirect_status"}
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    # Wallets and banks open windows of their own and must be able to report back.
    "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
}


def for_link(
    view: Callable[[HttpRequest, PayLink], HttpResponseBase],
) -> Callable[[HttpRequest, str], HttpResponseBase]:
    """Give the view its link: not to who asks too often, and with the same 404 for every wrong token."""

    @wraps(view)
    def guarded(request: HttpRequest, token: str) -> HttpResponseBase:
        wait_seconds = throttle.hit("pay_page", client_address.neighbours(request), RATE)
        if wait_seconds is not None:
            return _too_many(request, wait_seconds)
        try:
            link = pay_links.for_token(token)
        except NotFound as error:
            raise Http404(error.detail) from None
        response = view(request, link)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return guarded


@require_safe
@for_link
def page(request: HttpRequest, link: PayLink) -> HttpResponseBase:
    if _RETURN_PARAMETERS & request.GET.keys():
        return _back_from_bank(request, link)
    locale = languages.locale_of(request)
    outcome = pay_outcome.of(link, locale=locale)
    context = pay_presentation.context(link, outcome, locale=locale)
    draw = csp_replace(pay_policy.directives())(lambda request: render(request, "pay/page.html", context))
    return draw(request)


@require_safe
@for_link
def status(request: HttpRequest, link: PayLink) -> HttpResponseBase:
    """Where the payment stands, read from Stripe first where that may have changed.

    `?news`: the browser saw something happen, so what was read a moment ago will not do.
    """
    is_fresh = _refresh(request, link, even_if_recent="news" in request.GET)
    return JsonResponse({**_answer(request, link), "is_fresh": is_fresh})


# The link is the right to pay; there is no session, so no cookie that another site could misuse.
@csrf_exempt
@require_POST
@for_link
def begin(request: HttpRequest, link: PayLink) -> HttpResponseBase:
    """Asked by the page just before it confirms: is there still something to pay? Notes the accepted terms."""
    answer = _answer(request, link)
    if answer["payable"] and link.terms_url:
        if request.POST.get("terms") != "accepted":
            return JsonResponse({**answer, "payable": False}, status=400)
        pay_links.accept_terms(link, at=clock.now(), by=_payer(request, link))
    return JsonResponse(answer)


def _too_many(request: HttpRequest, wait_seconds: int) -> HttpResponseBase:
    response = render(request, "429.html", status=429)
    response["Retry-After"] = str(wait_seconds)
    return response


def _answer(request: HttpRequest, link: PayLink) -> dict[str, object]:
    locale = languages.locale_of(request)
    return pay_presentation.status(link, pay_outcome.of(link, locale=locale))


def _back_from_bank(request: HttpRequest, link: PayLink) -> HttpResponseBase:
    """Believe nothing in the address: read the payment, and leave the secret out of the history."""
    is_fresh = _refresh(request, link, even_if_recent=True)
    return HttpResponseRedirect(request.path if is_fresh else f"{request.path}#news")


def _refresh(request: HttpRequest, link: PayLink, *, even_if_recent: bool) -> bool:
    """Read the payment from Stripe if it can change; False when that was needed and could not be done."""
    payment = link.payment
    if payment.status in Payment.TERMINAL or not payment.stripe_id:
        return True
    root = payments.root(payment)
    if not even_if_recent and root and root.fetched_at and real_now() - root.fetched_at < RECENT:
        return True
    try:
        payments.refresh(payment=payment, by=_payer(request, link))
    except (StripeFailure, OvertakenTooOften):
        return False
    return True


def _payer(request: HttpRequest, link: PayLink) -> Actor:
    return Actor(ActorKind.CUSTOMER, link.public_id, "payer", getattr(request, "request_id", ""))
