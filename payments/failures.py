"""What can go wrong between us and Stripe, in three kinds that callers must tell apart.

NeverLeft: nothing reached Stripe. InDoubt: it may have acted, or not. Refused: it answered that it did not
(a card decline is such an answer, and carries the intent).
Source: https://docs.stripe.com/error-handling, https://docs.stripe.com/error-low-level
"""

from typing import Any, ClassVar

from config.base.errors import DomainError

JsonObject = dict[str, Any]

PENDING = "The payment service has not answered yet. Please do not pay again; the outcome will show here."
CALM = "The payment service cannot be reached at the moment. Nothing was charged. Please try again in a few minutes."


class StripeFailure(DomainError):
    """`detail` may be shown to customers, `staff` only to staff; `retry` says whether the same call may help."""

    retry: ClassVar[bool] = False

    def __init__(self, detail: str, *, staff: str = "", param: str | None = None) -> None:
        super().__init__(detail, param=param)
        self.staff = staff or detail


class NeverLeft(StripeFailure):
    """Stripe was not reached: no connection, or the circuit is open after repeated failures."""

    code = "stripe_unavailable"
    status = 503
    title = "Stripe cannot be reached"
    retry = True


class InDoubt(StripeFailure):
    """The request left and no answer came, or Stripe answered 5xx: it may have acted."""

    code = "stripe_in_doubt"
    status = 503
    title = "Stripe has not answered"
    retry = True


class Refused(StripeFailure):
    """Stripe answered 4xx. `body` is its error object, without secrets. `shown` stands for words meant for staff."""

    code = "stripe_refused"
    title = "Stripe refused the request"
    shown: ClassVar[str] = ""

    def __init__(
        self, detail: str, *, http_status: int, body: JsonObject, request_id: str = "", staff: str = ""
    ) -> None:
        super().__init__(self.shown or detail, staff=staff or detail, param=body.get("param"))
        self.http_status = http_status
        self.body = body
        self.request_id = request_id

    @property
    def stripe_code(self) -> str:
        return self.body.get("code") or ""

    @property
    def decline_code(self) -> str:
        return self.body.get("decline_code") or ""


class CardDeclined(Refused):
    """402: the payment was tried and did not go through; the error carries the intent."""

    code = "card_declined"
    status = 402
    title = "The payment was declined"


class ObjectMissing(Refused):
    """Stripe knows no such object (or it was deleted)."""

    code = "stripe_object_missing"
    title = "Stripe does not know this object"


class RateLimited(Refused):
    """429 after all retries: Stripe did nothing."""

    code = "stripe_rate_limited"
    status = 503
    title = "Too many requests at Stripe"
    shown = CALM
    retry = True


class Misconfigured(Refused):
    """401 or 403: our key is wrong or may not do this; staff must act."""

    code = "stripe_misconfigured"
    status = 503
    title = "The connection to Stripe is not set up correctly"
    shown = CALM


def refusal_kind(http_status: int, body: JsonObject) -> type[Refused]:
    """What an answer of 4xx means."""
    if http_status == 402:
        return CardDeclined
    if http_status in {401, 403}:
        return Misconfigured
    if http_status == 429:
        return RateLimited
    if http_status == 404 or body.get("code") == "resource_missing":
        return ObjectMissing
    return Refused
