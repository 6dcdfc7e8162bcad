"""Requests whose process was killed before it kept its answer, for tests."""

import hashlib
import json
from typing import Any

from config.base.models import ApiKey, IdempotentRequest
from payments.models import OutboundCall

UNREACHED = "rate_limit_429"  # after three of them Stripe was not asked


def died() -> None:
    """The last request was killed when it had its answer and had not kept it."""
    IdempotentRequest.objects.update(status_code=None, body="", content_type="", answered_at=None)


def died_asking(call: OutboundCall, path: str, body: dict[str, Any], key: str) -> None:
    """The request that made this call was killed after it, and would have let its key go."""
    IdempotentRequest.objects.create(
        api_key=ApiKey.objects.get(),
        method="POST",
        path=f"/api/v1{path}",
        key=key,
        body_sha256=hashlib.sha256(json.dumps([body, {}], sort_keys=True).encode()).hexdigest(),
        request_id=call.request_id,
    )
