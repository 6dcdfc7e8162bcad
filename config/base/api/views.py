"""What every address of the API does before and after its own work."""

from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from typing import Any, ClassVar

import structlog
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import SAFE_METHODS, AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet

from config.base import card_numbers
from config.base.api import idempotency, throttling
from config.base.api.authentication import api_key
from config.base.api.catalog import described
from config.base.api.errors import CardNumberRefused, LengthRequired, Unauthenticated, UnknownAddress
from config.base.api.parsers import StrictJson
from config.base.errors import NotFound

log = structlog.get_logger(__name__)


class ApiViewSet(ViewSet):
    """One noun of the API; `resource` is the word of its scopes.

    In this order: rate of the address, key, scope, rate of the key, body, card numbers, Idempotency-Key.
    """

    resource: ClassVar[str]
    parser_classes = (StrictJson,)
    renderer_classes = (JSONRenderer,)
    http_method_names = ("get", "head", "post", "patch")

    def perform_authentication(self, request: Request) -> None:
        throttling.of_address(request)
        try:
            api_key(request)
        except Unauthenticated:
            throttling.of_failures(request)
            raise

    def check_throttles(self, request: Request) -> None:
        throttling.of_key(api_key(request))

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if "Transfer-Encoding" in request.headers and not request.headers.get("Content-Length"):
            raise LengthRequired
        refuse_card_numbers(request, kwargs)
        if request.method not in SAFE_METHODS:
            self._run_once(request)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Nobody between us and the storefront keeps an answer: client secrets and customers are in them."""
        response.headers.setdefault("Cache-Control", "no-store")
        return super().finalize_response(request, response, *args, **kwargs)

    def recall(self, request_id: str) -> Response | None:
        """See `config.base.api.idempotency.Memory`; for views that ask nothing of Stripe."""
        return None

    def took_effect(self, request_id: str) -> bool:
        return False

    def _run_once(self, request: Request) -> None:
        """`dispatch` calls the handler that it finds on the instance: this one guards it by its Idempotency-Key."""
        name = (request.method or "").lower()
        if handler := getattr(self, name, None):
            setattr(self, name, partial(self._once, handler))

    def _once(self, handler: Any, request: Request, *args: Any, **kwargs: Any) -> Any:
        return idempotency.once(request, partial(handler, request, *args, **kwargs), self)


class Nothing(APIView):
    """Every address below /api/ that nothing else serves."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    renderer_classes = (JSONRenderer,)
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise UnknownAddress


class ProblemTypes(APIView):
    """What a problem's `type` leads to."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    renderer_classes = (JSONRenderer,)

    @extend_schema(exclude=True)
    def get(self, request: Request, code: str) -> Response:
        for problem in described():
            if problem.code == code:
                return Response(asdict(problem))
        raise NotFound("There is no such problem.")


def refuse_card_numbers(request: Request, path_values: dict[str, Any]) -> None:
    """Raises CardNumberRefused; what was found is told to nobody, the logs least of all."""
    for place, value in _told(request, path_values):
        if card_numbers.in_value(value):
            log.warning("card number refused", place=place)
            raise CardNumberRefused


def _told(request: Request, path_values: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    yield "query", dict(request.query_params.lists())
    yield "address", path_values
    yield "Idempotency-Key", request.headers.get(idempotency.HEADER, "")
    yield "body", request.data
