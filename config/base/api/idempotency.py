"""`Idempotency-Key`: the first answer again, whatever happened to the process that gave it."""

import hashlib
import json
from collections.abc import Callable
from typing import Any, Protocol

from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseBase
from rest_framework.exceptions import APIException
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from config.base import idempotency
from config.base.api import problems
from config.base.api.authentication import api_key
from config.base.api.errors import IdempotencyKeyReused, IdempotencyKeyTooLong, RequestInProgress
from config.base.errors import DomainError
from config.base.idempotency import Asking, RequestLost
from config.base.models import IdempotentRequest

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
LONGEST_KEY = 255
POLL_SECONDS = 2

Run = Callable[[], Response]


class Memory(Protocol):
    """What a view remembers of a request by its id: from what was asked of Stripe, reading only our own rows."""

    def recall(self, request_id: str) -> Response | None:
        """The answer that the request would have given; None if it asked nothing. Raises DomainError."""

    def took_effect(self, request_id: str) -> bool:
        """Whether Stripe did, may have done or refused something for this request."""


def once(request: Request, run: Run, memory: Memory) -> HttpResponseBase:
    """Run the request unless its key was used before; raises DomainError."""
    key = request.headers.get(HEADER, "")
    if not key:
        return run()
    if len(key) > LONGEST_KEY:
        raise IdempotencyKeyTooLong
    asking = Asking(
        api_key=api_key(request),
        method=request.method or "",
        path=request.path,
        key=key,
        body_sha256=_fingerprint(request),
        request_id=problems.request_id(request),
    )
    with idempotency.sole_runner(asking) as is_sole:
        record = idempotency.find(asking)
        if record is not None:
            return _again(asking, record, memory, is_sole=is_sole)
        if is_sole and (record := idempotency.begin(asking)) is not None:
            return _first(record, run, memory)
        raise RequestInProgress


def _fingerprint(request: Request) -> str:
    said = json.dumps([request.data, request.query_params.dict()], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def _first(record: IdempotentRequest, run: Run, memory: Memory) -> HttpResponse:
    try:
        answer = _rendered(run())
    except (DomainError, APIException, Http404) as refusal:
        if not memory.took_effect(record.request_id):
            idempotency.release(record)
            raise
        answer = _refusal(refusal, record)
    _keep(record, answer)
    return answer


def _again(asking: Asking, record: IdempotentRequest, memory: Memory, *, is_sole: bool) -> HttpResponse:
    if record.body_sha256 != asking.body_sha256:
        raise IdempotencyKeyReused
    if record.status_code is not None:
        return _replay(record)
    if not is_sole:
        raise RequestInProgress
    return _after_death(record, memory)


def _after_death(record: IdempotentRequest, memory: Memory) -> HttpResponse:
    """Nobody runs it and it has no answer: its process died. The row's lock keeps it from asking anything now."""
    with transaction.atomic():
        record = IdempotentRequest.objects.select_for_update().get(pk=record.pk)
        if record.status_code is not None:
            return _replay(record)
        answer = _recalled(record, memory)
        if answer.status_code == 503 and not memory.took_effect(record.request_id):
            idempotency.release(record)
        else:
            _keep(record, answer)
    answer[REPLAYED] = "true"
    return answer


def _recalled(record: IdempotentRequest, memory: Memory) -> HttpResponse:
    try:
        answer = memory.recall(record.request_id)
    except DomainError as refusal:
        return _refusal(refusal, record)
    return _rendered(answer) if answer else _refusal(RequestLost(), record)


def _replay(record: IdempotentRequest) -> HttpResponse:
    answer = _http(record.body, status=record.status_code or 200, content_type=record.content_type)
    answer[REPLAYED] = "true"
    return answer


def _refusal(exception: Exception, record: IdempotentRequest) -> HttpResponse:
    error = problems.translated(exception)
    if error is None:
        raise exception
    return problems.response(error, request_id=record.request_id)


def _rendered(answer: Response) -> HttpResponse:
    text: Any = JSONRenderer().render(answer.data) if answer.data is not None else b""
    return _http(text.decode(), status=answer.status_code, content_type="application/json")


def _http(body: str, *, status: int, content_type: str) -> HttpResponse:
    answer = HttpResponse(body, status=status, content_type=content_type)
    if status == 202:
        answer["Retry-After"] = str(POLL_SECONDS)
    return answer


def _keep(record: IdempotentRequest, answer: HttpResponse) -> None:
    idempotency.keep(
        record,
        status_code=answer.status_code,
        content_type=answer["Content-Type"],
        body=answer.content.decode(),
    )
