"""API keys: who may ask."""

import base64
import binascii
import re

from .config import Config
from .errors import ApiError

_SECRET = re.compile(r"(sk|rk)_test_\w{10,}")
_PUBLISHABLE = re.compile(r"pk_test_\w{10,}")
_ASK = "https://support.stripe.com/"


def _presented(authorization: str) -> str:
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""


def _masked(key: str) -> str:
    prefix = re.match(r"(sk|rk|pk)_(test|live)_", key)
    shown = prefix.group(0) if prefix else key[:2]
    return shown + "*" * max(4, len(key) - len(shown) - 4) + key[-4:]


def _unauthorized(message: str, code: str | None = None) -> ApiError:
    return ApiError(message, status=401, code=code, headers={"WWW-Authenticate": 'Bearer realm="Stripe"'})


def is_publishable(config: Config, authorization: str) -> bool:
    """Whether the request carries a publishable key; raises 401 unless its key is valid."""
    key = _presented(authorization)
    if not key:
        raise _unauthorized(
            "You did not provide an API key. You need to provide your API key in the Authorization"
            " header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See"
            f" https://stripe.com/docs/api#authentication for details, or we can help at {_ASK}."
        )
    if "_expired" in key:
        raise _unauthorized(f"Expired API Key provided: {_masked(key)}", "api_key_expired")
    if _matches(key, config.publishable_key, _PUBLISHABLE):
        return True
    if _matches(key, config.secret_key, _SECRET):
        return False
    raise _unauthorized(f"Invalid API Key provided: {_masked(key)}")


def _matches(key: str, only: str | None, shape: re.Pattern[str]) -> bool:
    return key == only if only else bool(shape.fullmatch(key))


def refuse_publishable() -> ApiError:
    """The call needs a secret key."""
    return ApiError(
        "This API call cannot be made with a publishable API key. Please use a secret API key. You"
        " can find a list of your API keys at https://dashboard.stripe.com/account/apikeys.",
        status=403,
        code="secret_key_required",
    )
