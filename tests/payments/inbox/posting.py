"""Posting webhooks as Stripe does, and making events that it never made."""

import hashlib
import hmac
import itertools
import json
import time
from typing import Any

from django.test import Client

from tests import environment
from tests.plugins.stripe import LocalStripe

Json = dict[str, Any]
Answer = Any
PATH = "/webhooks/stripe/"
_numbers = itertools.count(1)
_client = Client(raise_request_exception=False)


def event(type: str = "customer.created", *, object_id: str = "cus_ada", **fields: Any) -> Json:
    """An event; its object is a customer unless `data` says otherwise."""
    return {
        "id": f"evt_{next(_numbers):06}",
        "object": "event",
        "api_version": "2026-08-26.dahlia",
        "created": int(time.time()),
        "data": {"object": {"id": object_id, "object": "customer"}},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": "req_1", "idempotency_key": "counterfoil-call-1"},
        "type": type,
    } | fields


def body(content: Json | bytes) -> bytes:
    return content if isinstance(content, bytes) else json.dumps(content).encode()


def signature(payload: bytes, *, secret: str = environment.WEBHOOK_SECRET, age_seconds: int = 0) -> str:
    timestamp = int(time.time()) - age_seconds
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + payload, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


def post(
    content: Json | bytes, *, secret: str = environment.WEBHOOK_SECRET, age_seconds: int = 0, **meta: str
) -> Answer:
    """Post it, signed, through the whole of our middleware."""
    payload = body(content)
    signed = signature(payload, secret=secret, age_seconds=age_seconds)
    return post_raw(payload, signed, **meta)


def post_raw(payload: bytes, header: str, **meta: str) -> Answer:
    signed = {"HTTP_STRIPE_SIGNATURE": header, **meta}
    return _client.generic("POST", PATH, payload, "application/json", **signed)  # type: ignore[arg-type]


def events_of(sandbox: LocalStripe, **filters: Any) -> list[Json]:
    """The events that the local Stripe lists, oldest first."""
    listed = sandbox.client.raw_request("get", "/v1/events", **{"limit": 100, **filters}).data
    return list(reversed(listed["data"]))
