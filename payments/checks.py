"""System checks: one API version for the SDK's types, for dj-stripe and for every request."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from payments import gateway, mirror


def one_api_version(**_: Any) -> list[CheckMessage]:
    """Objects change their shape between versions: who reads another one reads nonsense."""
    found = {
        "payments.E001": ("The stripe package", gateway.SDK_API_VERSION, "Install the one whose types are pinned."),
        "payments.E002": ("dj-stripe", mirror.api_version(), "It reads STRIPE_API_VERSION, like everything here."),
    }
    pinned = settings.STRIPE_API_VERSION
    return [
        Error(f"{who} speaks Stripe's API version {version}; STRIPE_API_VERSION is {pinned}.", hint=hint, id=number)
        for number, (who, version, hint) in found.items()
        if version != pinned
    ]
