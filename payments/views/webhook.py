"""`POST /webhooks/stripe/`: verify the signature, store the event, answer. No other work, and no cache."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

import structlog
from django.conf import settings
from django.db import Error as DatabaseFailure
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from config.base import client_address, throttle
from config.base.api import problems
from config.base.api.errors import InternalError, TooManyRequests
from config.base.errors import DomainError
from payments import gateway, tasks
from payments.models import InboxEvent
from payments.services import inbox, webhook_refusals

FAILURES = throttle.Rate(limit=20, period_seconds=60)
log = structlog.get_logger(__name__)


class PayloadTooLarge(DomainError):
    code = "payload_too_large"
    status = 413
    title = "The body is too large"


class AddressNotAllowed(DomainError):
    code = "address_not_allowed"
    status = 403
    title = "Webhooks are not taken from this address"


class InvalidSignature(DomainError):
    code = "invalid_signature"
    title = "The signature does not fit"


class TooManyFailures(TooManyRequests):
    """An address whose signatures keep failing is slowed down; it is not counted among the refused."""

    code = "too_many_failures"
    title = "Too many webhooks without a valid signature"


@csrf_exempt
@require_POST
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """200 once the event is stored, also when it was before; anything else makes Stripe try again."""
    try:
        _check_size(request)
        _check_address(request)
        _check_signature(request)
        is_new = inbox.receive(request.body, source=InboxEvent.Source.WEBHOOK)
    except DomainError as refusal:
        return _refuse(request, refusal)
    except DatabaseFailure:
        log.exception("an event could not be stored")
        return _problem(request, InternalError("The event was not stored."))
    if is_new:
        tasks.nudge()
    return JsonResponse({"received": True})


def _check_size(request: HttpRequest) -> None:
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.STRIPE_WEBHOOK_MAX_BYTES:
        raise PayloadTooLarge(f"Events are at most {settings.STRIPE_WEBHOOK_MAX_BYTES} bytes.")


def _check_address(request: HttpRequest) -> None:
    allowed = settings.STRIPE_WEBHOOK_ADDRESSES
    if allowed and not _is_among(allowed, client_address.of(request)):
        raise AddressNotAllowed("Only Stripe's addresses may post here.")


def _is_among(networks: Sequence[IPv4Network | IPv6Network], address: str) -> bool:
    """Behind a unix socket without a trusted proxy the address is unknown, and so not among them."""
    return bool(address) and any(ip_address(address) in network for network in networks)


def _check_signature(request: HttpRequest) -> None:
    """On the real clock: a signature is no rule of ours. Only an address that fails is counted."""
    if gateway.verify_signature(
        payload=request.body,
        header=request.headers.get("Stripe-Signature", ""),
        secrets=settings.STRIPE_WEBHOOK_SECRETS,
        tolerance_seconds=settings.STRIPE_WEBHOOK_TOLERANCE_SECONDS,
    ):
        return
    wait_seconds = throttle.hit("webhook-signature", client_address.neighbours(request), FAILURES)
    if wait_seconds is not None:
        raise TooManyFailures(wait_seconds)
    raise InvalidSignature("No secret of ours signed this body within the last five minutes.")


def _refuse(request: HttpRequest, refusal: DomainError) -> HttpResponse:
    if not isinstance(refusal, TooManyFailures):
        webhook_refusals.note(refusal.code, address=client_address.of(request))
    return _problem(request, refusal)


def _problem(request: HttpRequest, error: DomainError) -> HttpResponse:
    return problems.response(error, request_id=problems.request_id(request))
