"""The way of one request through the API: key, version, limits, idempotency, work, answer."""

import asyncio
import json
import logging
import time
from urllib.parse import parse_qsl

from aiohttp import web

from . import expansion, form, frozen_time, idempotency, parameters
from .calls import Call
from .config import API_VERSION
from .deliveries import Dispatcher
from .errors import ApiError, InvalidParameters
from .faults import Fault, Faults
from .idempotency import Answer, InProgress
from .json_types import Json
from .keys import is_publishable, refuse_publishable
from .limits import RateLimit, lock_timeout, rate_limited
from .request_log import Entry, RequestLog
from .routing import Route, Router
from .world import World

_log = logging.getLogger("sandbox")
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, PUT, PATCH, POST, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, Stripe-Version,"
    " Stripe-Account, X-Stripe-Client-User-Agent",
    "Access-Control-Expose-Headers": "Request-Id, Stripe-Manage-Version, Stripe-Version,"
    " X-Stripe-External-Auth-Required, X-Stripe-Privileged-Session-Required",
    "Access-Control-Max-Age": "300",
}


def _dumps(body: Json) -> str:
    return json.dumps(body, separators=(",", ":"))


class Api:
    """Answers everything below /v1."""

    def __init__(self, world: World, router: Router, dispatcher: Dispatcher) -> None:
        self.world = world
        self.router = router
        self.dispatcher = dispatcher
        self.faults = Faults()
        self.requests = RequestLog()
        self._limit = RateLimit(world.config.requests_per_second)
        self._running = InProgress()

    def clear(self) -> None:
        """Forget what was asked and what was planned."""
        self.faults.clear()
        self.requests.clear()
        self._running.clear()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one request, with whatever fault waits for it."""
        if request.method == "OPTIONS":
            return web.Response(status=204, headers=_CORS)
        started = time.perf_counter()
        raw = request.query_string if request.method == "GET" else await _body(request)
        entry = self._note(request, raw)
        fault = self.faults.take(request.method, request.path)
        entry.fault = fault.kind if fault else None
        if fault and fault.kind == "drop_before":
            return _drop(request)
        answer, headers = await self._answer(request, raw, entry, fault)
        entry.status, entry.milliseconds = answer.status, (time.perf_counter() - started) * 1000
        self.dispatcher.collect()
        if fault and fault.kind == "drop_after":
            return _drop(request)
        return web.Response(
            status=answer.status,
            text=answer.body,
            content_type="application/json",
            headers={**_CORS, **headers},
        )

    def _note(self, request: web.Request, raw: str) -> Entry:
        entry = Entry(
            id=self.world.ids.new("req"),
            method=request.method,
            path=request.path,
            created=self.world.clock.precise(),
            idempotency_key=request.headers.get("Idempotency-Key"),
            api_version=request.headers.get("Stripe-Version"),
            params=form.decode(parse_qsl(raw, keep_blank_values=True)),
        )
        self.requests.add(entry)
        return entry

    async def _answer(
        self, request: web.Request, raw: str, entry: Entry, fault: Fault | None
    ) -> tuple[Answer, dict[str, str]]:
        headers = {"Request-Id": entry.id, "Stripe-Version": API_VERSION}
        key = entry.idempotency_key if request.method == "POST" else None
        if key:
            headers |= {"Idempotency-Key": key, "Original-Request": entry.id}
        try:
            route, call = self._admit(request, entry, fault)
            earlier = self._begin(key, entry, raw)
            if earlier is not None:
                entry.replayed = True
                headers |= {
                    "Idempotent-Replayed": "true",
                    "Original-Request": earlier.request_id,
                }
                return earlier, headers
        except ApiError as error:
            return self._refusal(error, entry), headers | error.headers
        try:
            if fault and fault.kind == "slow":
                await asyncio.sleep(fault.seconds)
            answer, more = self._work(route, call, entry, key, raw, fault)
        finally:
            if key:
                self._running.discard(key)
        return answer, headers | more

    def _admit(self, request: web.Request, entry: Entry, fault: Fault | None) -> tuple[Route, Call]:
        publishable = is_publishable(self.world.config, request.headers.get("Authorization", ""))
        _check_version(entry.api_version)
        _check_account(request.headers.get("Stripe-Account"), self.world.account_id)
        self._limit.check()
        if fault and fault.kind == "rate_limit_429":
            raise rate_limited("global-rate")
        if fault and fault.kind == "lock_timeout":
            raise lock_timeout()
        route, names = self.router.match(request.method, request.path)
        if publishable and not route.public:
            raise refuse_publishable()
        return route, Call(
            method=request.method,
            path=request.path,
            request_id=entry.id,
            names=names,
            idempotency_key=entry.idempotency_key,
            with_publishable_key=publishable,
            client_ip=request.remote or "127.0.0.1",
            host=request.host,
            user_agent=request.headers.get("User-Agent", ""),
        )

    def _begin(self, key: str | None, entry: Entry, raw: str) -> Answer | None:
        if not key:
            return None
        return idempotency.begin(self.world, self._running, key, entry.path, raw)

    def _work(
        self, route: Route, call: Call, entry: Entry, key: str | None, raw: str, fault: Fault | None
    ) -> tuple[Answer, dict[str, str]]:
        """Run the handler and keep the answer with its effects in one write."""
        headers: dict[str, str] = {}
        keep = bool(key)
        self.world.begin(call.request_id, call.idempotency_key)
        try:
            answer = self._run(route, call, entry, fault)
        except ApiError as error:
            self.world.store.undo_unsaved()
            answer, headers = self._refusal(error, entry), error.headers
            keep = keep and not isinstance(error, InvalidParameters)
            keep = keep and error.status not in idempotency.NOT_KEPT
        except Exception:  # noqa: BLE001 - the boundary: a mistake of ours is logged and answered as a 500
            _log.exception("%s %s failed", call.method, call.path)
            self.world.rollback()
            answer = self._refusal(_internal(), entry)
        if keep and key:
            idempotency.finish(self.world, key, call.path, raw, answer)
        self.world.store.flush()
        return answer, headers

    def _run(self, route: Route, call: Call, entry: Entry, fault: Fault | None) -> Answer:
        if fault and fault.kind == "error_500" and not fault.after:
            raise _internal()
        given = dict(entry.params)
        if route.public and "client_secret" in given:
            call.client_secret = str(given.pop("client_secret"))
        call.params = parameters.read(route.params, given)
        paths = call.params.pop("expand", [])
        self.world.base_url = f"http://{call.host}" if call.host else self.world.config.url
        with frozen_time.of_call(self.world, call):
            answer = self._expanded(route.handler(self.world, call), paths)
        if fault and fault.kind == "error_500":
            raise _internal()
        return Answer(status=200, body=_dumps(answer), request_id=entry.id)

    def _expanded(self, answer: Json, paths: list[str]) -> Json:
        """Stripe refuses a bad ``expand`` before it does anything, so what was done is taken back."""
        try:
            return expansion.apply(self.world.store, answer, paths)
        except InvalidParameters:
            self.world.rollback()
            raise

    def _refusal(self, error: ApiError, entry: Entry) -> Answer:
        entry.error_code = error.body.get("code") or error.body["type"]
        body = error.envelope(entry.id, self.world.account_id)
        return Answer(status=error.status, body=_dumps(body), request_id=entry.id)


async def _body(request: web.Request) -> str:
    text = await request.text()
    return "&".join(part for part in (request.query_string, text) if part)


def _drop(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


def _internal() -> ApiError:
    return ApiError(
        "An unknown error occurred. If this persists, please contact us at https://support.stripe.com/.",
        status=500,
        type="api_error",
    )


def _check_account(account: str | None, ours: str) -> None:
    if account in (None, "", ours):
        return
    raise ApiError(
        f"The provided key does not have access to account '{account}' (or that account does not exist). Application"
        " access may have been revoked.",
        status=403,
        code="account_invalid",
    )


def _check_version(version: str | None) -> None:
    if version in (None, "", API_VERSION):
        return
    raise ApiError(
        f"Invalid Stripe API version: {version}. You may have mistyped the version, or may be"
        " attempting to use a preview version. This local Stripe speaks"
        f" {API_VERSION} only.",
    )
