"""The door to Stripe: the only module that imports `stripe`. It knows paths and parameters, no nouns of ours.

Callers hold no transaction open. Source for retries: https://docs.stripe.com/error-low-level,
https://docs.stripe.com/rate-limits
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any, NoReturn

import stripe
import structlog
from circuitbreaker import CircuitBreaker
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from payments.failures import CALM, PENDING, InDoubt, JsonObject, NeverLeft, Refused, StripeFailure, refusal_kind

CONNECT_TIMEOUT_SECONDS = 3
READ_TIMEOUT_SECONDS = 20
TRIES = 3
SDK_API_VERSION = stripe.api_version
FAILURES_BEFORE_OPEN = 5
OPEN_SECONDS = 10

_CLIENT_SECRET = re.compile(r'("client_secret"\s*:\s*)"[^"]*"')
_SECRET_IN_ADDRESS = re.compile(r'(client_secret=)[^&#"\\\s]+')  # banks' pages in `next_action` carry one
log = structlog.get_logger(__name__)


class NetworkInTransaction(RuntimeError):
    """A bug of ours: Stripe was about to be called while a transaction was open."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Stripe's answer to a call that it carried out."""

    status: int
    body: JsonObject
    request_id: str
    replayed: bool
    date: str


def get(path: str, params: Mapping[str, Any] | None = None, *, account: str) -> JsonObject:
    """The object at `path`, as Stripe has it now; raises StripeFailure."""
    return _call("get", path, params or {}, account=account).body


def server_time(*, account: str) -> datetime:
    """What Stripe's clock says, to the second: the Date header of an answer; raises StripeFailure."""
    return parsedate_to_datetime(_call("get", "/v1/account", {}, account=account).date)


def post(path: str, params: Mapping[str, Any], *, account: str, idempotency_key: str) -> Reply:
    """Ask Stripe for a change. The call's row with this key is committed before; raises StripeFailure."""
    return _call("post", path, params, account=account, idempotency_key=idempotency_key)


def delete(path: str, params: Mapping[str, Any], *, account: str, idempotency_key: str) -> Reply:
    """Ask Stripe to delete; as `post`."""
    return _call("delete", path, params, account=account, idempotency_key=idempotency_key)


def pages(path: str, params: Mapping[str, Any], *, account: str) -> Iterator[list[JsonObject]]:
    """The pages of a list, newest first, each one request, until Stripe has no more."""
    cursor: dict[str, str] = {}
    while True:
        page = get(path, {"limit": 100, **params, **cursor}, account=account)
        yield page["data"]
        if not page["has_more"] or not page["data"]:
            return
        cursor = {"starting_after": page["data"][-1]["id"]}


def each(path: str, params: Mapping[str, Any], *, account: str) -> Iterator[JsonObject]:
    """The objects of a list, newest first, over all its pages."""
    for page in pages(path, params, account=account):
        yield from page


def without_secrets(text: str) -> str:
    """JSON text with every client secret blanked, in addresses too."""
    return _SECRET_IN_ADDRESS.sub(r"\1", _CLIENT_SECRET.sub(r'\1""', text))


def is_open(account: str) -> bool:
    """Whether calls for this account fail at once, because the last ones did not get through."""
    return bool(_breaker(account).opened)


def forget_outages() -> None:
    """Close every circuit: the next call goes out."""
    _breaker.cache_clear()


def forget_client() -> None:
    """Read the key and address from settings again at the next call."""
    _client.cache_clear()


def verify_signature(*, payload: bytes, header: str, secrets: Sequence[str], tolerance_seconds: int) -> bool:
    """Whether one of our endpoint secrets signed this webhook within the tolerance, on the real clock.

    Source: https://docs.stripe.com/webhooks/signature
    """
    if not header.isascii():  # the SDK compares only ASCII, and raises something else
        return False
    text = payload.decode("utf-8", errors="replace")
    for secret in secrets:
        try:
            stripe.WebhookSignature.verify_header(text, header, secret, tolerance_seconds)
        except stripe.SignatureVerificationError:
            continue
        return True
    return False


def _call(
    method: str, path: str, params: Mapping[str, Any], *, account: str, idempotency_key: str | None = None
) -> Reply:
    if connection.in_atomic_block:
        raise NetworkInTransaction(f"{method} {path} inside a transaction")
    breaker = _breaker(account)
    if breaker.opened:
        raise NeverLeft(CALM, staff=f"The circuit to Stripe is open for {breaker.open_remaining:.0f} more seconds.")
    options: dict[str, Any] = {"idempotency_key": idempotency_key} if idempotency_key else {}
    attempt = _Attempt(lambda: _client().raw_request(method, path, **{**params, **options}), is_read=method == "get")
    response = breaker.call(attempt.until_answered)
    return Reply(
        status=response.code,
        body=response.data,
        request_id=response.headers.get("Request-Id", ""),
        replayed=response.headers.get("Idempotent-Replayed") == "true",
        date=response.headers.get("Date", ""),
    )


_NOT_CARRIED_OUT = {401, 403, 429}


class _Attempt:
    """One call with its retries: it never left only if none of its tries did."""

    def __init__(self, send: Callable[[], Any], *, is_read: bool) -> None:
        self._send = send
        self._is_read = is_read
        self._may_have_left = False

    def until_answered(self) -> Any:
        retrying = Retrying(
            stop=stop_after_attempt(TRIES),
            wait=wait_exponential_jitter(multiplier=0.3, max=3, jitter=0.3),
            retry=retry_if_exception(self._is_worth_a_retry),
            reraise=True,
        )
        try:
            return retrying(self._once)
        except Refused as refusal:
            if refusal.http_status == 409 or (self._may_have_left and refusal.http_status in _NOT_CARRIED_OUT):
                raise InDoubt(PENDING, staff=refusal.staff) from refusal
            raise

    def _once(self) -> Any:
        try:
            return self._send()
        except stripe.APIConnectionError as error:
            if not _refused_to_connect(error):
                self._may_have_left = True
            log.warning("stripe connection failed", reason=type(error.__cause__).__name__)
            kind = InDoubt if self._may_have_left else NeverLeft
            raise kind(CALM if kind is NeverLeft else PENDING, staff=str(error.__cause__)) from error
        except stripe.StripeError as error:
            _translate(error)

    def _is_worth_a_retry(self, error: BaseException) -> bool:
        """Connection errors, 409 and 429. A change's 5xx is stored with its key: asking again repeats the answer."""
        if isinstance(error, Refused):
            return error.http_status in {409, 429}
        if isinstance(error, InDoubt):
            return self._is_read or isinstance(error.__cause__, stripe.APIConnectionError)
        return isinstance(error, NeverLeft)


def _refused_to_connect(error: stripe.APIConnectionError) -> bool:
    reason = getattr(error.__cause__, "args", (None,))[0] if error.__cause__ else None
    return isinstance(getattr(reason, "reason", reason), NewConnectionError | ConnectTimeoutError)


def _translate(error: stripe.StripeError) -> NoReturn:
    """Only Stripe's own word is a refusal: half an answer, or somebody's between us, leaves doubt."""
    status = error.http_status or 0
    body = error.json_body.get("error") if isinstance(error.json_body, dict) else None
    if not 400 <= status < 500 or not isinstance(body, dict):
        raise InDoubt(PENDING, staff=f"Stripe answered {status}: {error.user_message or error}"[:500]) from error
    raise refusal_kind(status, body)(
        body.get("message") or "Stripe refused the request.",
        http_status=status,
        body=body,
        request_id=error.request_id or "",
    ) from error


def _counts_as_outage(kind: type[BaseException], _: BaseException) -> bool:
    return issubclass(kind, StripeFailure) and not issubclass(kind, Refused)


@lru_cache(maxsize=64)
def _breaker(account: str) -> CircuitBreaker:
    return CircuitBreaker(FAILURES_BEFORE_OPEN, OPEN_SECONDS, _counts_as_outage, f"stripe {account}")


@lru_cache(maxsize=1)
def _client() -> stripe.StripeClient:
    if not settings.STRIPE_SECRET_KEY:
        raise ImproperlyConfigured("STRIPE_SECRET_KEY is not set.")
    stripe.set_app_info("Counterfoil")
    stripe.enable_telemetry = False  # it would also write a file into the home folder
    return stripe.StripeClient(
        settings.STRIPE_SECRET_KEY,
        stripe_version=settings.STRIPE_API_VERSION,
        base_addresses={"api": settings.STRIPE_API_BASE} if settings.STRIPE_API_BASE else {},
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=(CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS)),
    )
