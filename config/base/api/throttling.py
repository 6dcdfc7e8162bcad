"""How many requests the API takes from a key, an address, and whoever guesses keys."""

from django.conf import settings
from rest_framework.request import Request

from config.base import client_address, throttle
from config.base.api.errors import TooManyRequests
from config.base.models import ApiKey


def of_address(request: Request) -> None:
    _check("address", client_address.neighbours(request))


def of_key(key: ApiKey) -> None:
    _check("key", key.public_id)


def of_failures(request: Request) -> None:
    """Counts a failed authentication."""
    _check("failed_authentication", client_address.neighbours(request))


def _check(name: str, who: str) -> None:
    wait_seconds = throttle.hit(f"api.{name}", who, throttle.Rate(*settings.API_RATES[name]))
    if wait_seconds is not None:
        raise TooManyRequests(wait_seconds)
