"""The family of errors: named after the fact, with a code that never changes.

Services raise; views translate to `application/problem+json` (API), a message (console) or words (portal).
"""

from typing import ClassVar


class DomainError(Exception):
    """Something a caller asked for cannot be, and why.

    `code` is stable and public, `status` its HTTP status, `detail` says what to do (safe to show to the caller),
    `param` names the field at fault, if one is.
    """

    code: ClassVar[str] = "invalid_request"
    status: ClassVar[int] = 400
    title: ClassVar[str] = "The request cannot be carried out"

    def __init__(self, detail: str, *, param: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.param = param


class InvalidAmount(DomainError):
    code = "invalid_amount"
    title = "The amount cannot be used"


class UnknownCurrency(DomainError):
    code = "unknown_currency"
    title = "The currency is unknown"


class NotFound(DomainError):
    code = "not_found"
    status = 404
    title = "There is no such object"


class IllegalState(DomainError):
    code = "illegal_state"
    status = 409
    title = "The object's state does not allow this"


class Forbidden(DomainError):
    code = "forbidden"
    status = 403
    title = "This is not allowed"
