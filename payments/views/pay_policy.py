"""What a browser may load on the payment page: our own files, and what Stripe's script needs."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from csp.constants import SELF
from django.conf import settings

_STRIPE_HOST = "js.stripe.com"
_SCRIPTS = ("https://js.stripe.com", "https://*.js.stripe.com")

# Source: https://docs.stripe.com/security/guide#content-security-policy
_OF_STRIPE: Mapping[str, tuple[str, ...]] = {
    "script-src": (*_SCRIPTS, "https://maps.googleapis.com"),
    "frame-src": (*_SCRIPTS, "https://hooks.stripe.com", "https://m.stripe.network"),
    "connect-src": (
        "https://api.stripe.com",
        "https://m.stripe.com",
        "https://r.stripe.com",
        "https://maps.googleapis.com",
    ),
    "img-src": ("https://*.stripe.com",),
}


def directives() -> dict[str, list[str]]:
    """The page's own directives, which replace the site's of the same name: no inline script or style at all."""
    sources = _sources(settings.STRIPE_JS_URL)
    return {
        "script-src": [SELF, *sources["script-src"]],
        "style-src": [SELF],
        "frame-src": [*sources["frame-src"]],
        "connect-src": [SELF, *sources["connect-src"]],
        "img-src": [SELF, "data:", *sources["img-src"]],
    }


def _sources(script_url: str) -> Mapping[str, tuple[str, ...]]:
    """Stripe's documented origins; another script's own origin, which then serves its frames and its API too."""
    parts = urlsplit(script_url)
    if parts.hostname == _STRIPE_HOST:
        return _OF_STRIPE
    return dict.fromkeys(_OF_STRIPE, (f"{parts.scheme}://{parts.netloc}",))
