"""Stripe's error envelope and the refusals that many resources share."""

from .json_types import Json

_DOC_URL = "https://stripe.com/docs/error-codes/"


class ApiError(Exception):
    """An answer that is not 200: what Stripe would put under ``error``."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        type: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        headers: dict[str, str] | None = None,
        **more: object,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}
        self.body: Json = {"message": message, "type": type}
        if code:
            self.body["code"] = code
            self.body["doc_url"] = _DOC_URL + code.replace("_", "-")
        if param:
            self.body["param"] = param
        self.body.update(more)

    def envelope(self, request_id: str, account: str) -> Json:
        """The body of the answer."""
        log = f"https://dashboard.stripe.com/{account}/test/workbench/logs?object={request_id}"
        return {"error": dict(sorted({**self.body, "request_log_url": log}.items()))}


class InvalidParameters(ApiError):
    """Refused before anything ran, so that an idempotency key keeps nothing of it."""


def resource_missing(noun: str, id_: str, *, param: str = "id", status: int | None = None) -> ApiError:
    """No such object: 404 where the path names it, 400 where a parameter does."""
    found_by_path = param in ("id", "intent")
    return ApiError(
        f"No such {noun}: '{id_}'",
        status=status or (404 if found_by_path else 400),
        code="resource_missing",
        param=param,
    )


def missing(param: str) -> ApiError:
    """A parameter that this call needs was not given."""
    return InvalidParameters(f"Missing required param: {param}.", code="parameter_missing", param=param)


def empty(param: str) -> ApiError:
    """An empty value where nothing can be unset."""
    return InvalidParameters(
        f"You passed an empty string for '{param}'. We assume empty values are an attempt to unset"
        f" a parameter; however '{param}' cannot be unset. You should remove '{param}' from your"
        " request or supply a non-empty value.",
        code="parameter_invalid_empty",
        param=param,
    )
