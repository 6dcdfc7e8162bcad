"""What the API itself refuses, before any service is asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from config.base.errors import DomainError


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with one field; `field` is a path such as `lines.0.amount`, empty for the whole body."""

    field: str
    code: str
    detail: str


class ApiError(DomainError):
    """`retry_after_seconds` goes into `Retry-After`, `headers` beside it."""

    default_detail: ClassVar[str] = ""
    retry_after_seconds: int | None = None

    def __init__(self, detail: str = "", *, param: str | None = None) -> None:
        super().__init__(detail or self.default_detail, param=param)
        self.headers: dict[str, str] = {}


class ValidationFailed(ApiError):
    """Fields are missing, unknown or malformed; `errors` names each."""

    code = "validation_error"
    title = "The request is not valid"
    default_detail = "See errors for each field at fault."

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__()
        self.errors = list(errors)


class MalformedJson(ApiError):
    """The body cannot be read as JSON."""

    code = "malformed_json"
    title = "The body is not JSON"
    default_detail = "Send a JSON object in UTF-8, without NaN, without a name twice, at most 32 levels deep."


class InvalidCursor(ApiError):
    """The cursor was not taken from an answer of this list."""

    code = "invalid_cursor"
    title = "The cursor is not one of this list"
    default_detail = "Follow the addresses in next and previous as they are."


class CardNumberRefused(ApiError):
    """Card numbers belong to Stripe's fields alone; this one was neither stored nor logged."""

    code = "card_number_refused"
    title = "A card number is not accepted here"
    default_detail = "Something in this request looks like a card number. Nothing was stored. Remove it and try again."


class BadRequest(ApiError):
    """The request is broken below the level of fields: its host, its encoding."""

    code = "bad_request"
    title = "The request cannot be understood"
    default_detail = "The request cannot be understood."


class Unauthenticated(ApiError):
    """The key is missing, unknown or revoked."""

    code = "unauthenticated"
    status = 401
    title = "A valid API key is needed"
    default_detail = "Send a valid key: Authorization: Bearer <key>."

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.headers["WWW-Authenticate"] = 'Bearer realm="api"'


class MissingScope(ApiError):
    """The key is good and not meant for this."""

    code = "missing_scope"
    status = 403
    title = "The API key may not do this"


class UnknownAddress(ApiError):
    """Nothing is served at this path."""

    code = "unknown_address"
    status = 404
    title = "There is nothing at this address"
    default_detail = "See /api/docs/ for the addresses that exist."


class MethodNotAllowed(ApiError):
    """The path exists, with other methods; `Allow` lists them."""

    code = "method_not_allowed"
    status = 405
    title = "This method is not allowed here"


class NotAcceptable(ApiError):
    """`Accept` leaves no format that is served."""

    code = "not_acceptable"
    status = 406
    title = "Only JSON is served"
    default_detail = "Accept application/json."


class RequestInProgress(ApiError):
    """The first request with this Idempotency-Key is still running; ask again in a moment."""

    code = "request_in_progress"
    status = 409
    title = "The first request with this Idempotency-Key is still running"
    default_detail = "Try again in a moment with the same key to get its answer."
    retry_after_seconds = 1


class LengthRequired(ApiError):
    """A body of unannounced length would be read as none."""

    code = "length_required"
    status = 411
    title = "Content-Length is needed"
    default_detail = "Send Content-Length; chunked bodies are not accepted."


class RequestTooLarge(ApiError):
    """The body is larger than any sensible request."""

    code = "request_too_large"
    status = 413
    title = "The body is too large"


class UnsupportedMediaType(ApiError):
    """The body's Content-Type is not JSON."""

    code = "unsupported_media_type"
    status = 415
    title = "Only JSON is accepted"
    default_detail = "Send Content-Type: application/json."


class IdempotencyKeyReused(ApiError):
    """The key came before with another body."""

    code = "idempotency_key_reused"
    status = 422
    title = "This Idempotency-Key came with another body before"
    default_detail = "Use a new key for a new request."


class IdempotencyKeyTooLong(ApiError):
    """Idempotency keys have at most 255 characters."""

    code = "idempotency_key_too_long"
    title = "The Idempotency-Key is too long"
    default_detail = "Use at most 255 characters."


class TooManyRequests(ApiError):
    """The key or the address sent too many; `Retry-After` says when to go on. The limit tightens if it is ignored."""

    code = "too_many_requests"
    status = 429
    title = "Too many requests"

    def __init__(self, retry_after_seconds: int = 1) -> None:
        super().__init__(f"Wait {retry_after_seconds} seconds; the limit halves for whoever keeps breaking it.")
        self.retry_after_seconds = retry_after_seconds


class InternalError(ApiError):
    """Something is wrong on this side; it was recorded under the request's id."""

    code = "internal_error"
    status = 500
    title = "Something went wrong on our side"
    default_detail = "It was recorded. Ask with the request id."
