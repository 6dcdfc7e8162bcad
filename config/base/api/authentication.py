"""`Authorization: Bearer <key>`."""

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from config.base import api_keys
from config.base.actor import Actor, ActorKind
from config.base.api import problems
from config.base.api.errors import Unauthenticated
from config.base.models import ApiKey


class ApiKeyAuthentication(BaseAuthentication):
    """Puts the ApiKey at `request.auth`. There is no user: a storefront is not a person."""

    def authenticate(self, request: Request) -> tuple[None, ApiKey] | None:
        header = get_authorization_header(request).split()
        if not header:
            return None
        if len(header) != 2 or header[0].lower() != b"bearer":
            raise Unauthenticated
        key = api_keys.authenticate(header[1].decode("latin-1"))
        if key is None:
            raise Unauthenticated("This API key is unknown or was revoked.")
        return None, key


def api_key(request: Request) -> ApiKey:
    """The key that asks; raises Unauthenticated."""
    if isinstance(request.auth, ApiKey):
        return request.auth
    raise Unauthenticated


def actor(request: Request) -> Actor:
    """Who asks, with the id that joins this request to all that it does."""
    key = api_key(request)
    return Actor(ActorKind.API_KEY, key.public_id, key.name, problems.request_id(request))
