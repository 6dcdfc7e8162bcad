"""Idempotency keys of API v1: the first answer to a key is the answer for 24 hours.

Nothing is kept of a request that never began: refused parameters, 401, 409 and 429. A 500 is kept.
Source: https://docs.stripe.com/api/idempotent_requests
"""

import hashlib
from dataclasses import dataclass

from .errors import ApiError
from .json_types import Json
from .world import World

LIFETIME_SECONDS = 86400
MAX_LENGTH = 255
NOT_KEPT = frozenset({401, 409, 429})


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the first request was answered."""

    status: int
    body: str
    request_id: str


class InProgress(set[str]):
    """Keys whose first request is still running."""


def begin(world: World, running: InProgress, key: str, path: str, raw: str) -> Answer | None:
    """The earlier answer to this key, or None: then the caller runs it and calls ``finish``.

    Raises 400 idempotency_error when the key was used for something else, 409 while it runs.
    """
    if len(key) > MAX_LENGTH:
        raise ApiError(
            f"Idempotency keys can be at most {MAX_LENGTH} characters long.",
            type="idempotency_error",
        )
    row = _remembered(world, key)
    if row is not None:
        _refuse_mismatch(row, key, path, raw)
    if key in running:
        raise ApiError(
            "There is currently another in-progress request using this Idempotent Key (that"
            " probably means you submitted twice, and the other request is still going through):"
            f" {key}. Please try again later.",
            status=409,
            code="idempotency_key_in_use",
        )
    if row is None:
        running.add(key)
        return None
    return Answer(status=row["status"], body=row["body"], request_id=row["request_id"])


def _remembered(world: World, key: str) -> Json | None:
    row = world.store.find("_idempotency", key)
    if row is not None and row["created"] + LIFETIME_SECONDS <= world.clock.now():
        world.store.delete(row)
        return None
    return row


def _refuse_mismatch(row: Json, key: str, path: str, raw: str) -> None:
    suffix = f" Try using a key other than '{key}' if you meant to execute a different request."
    if row["path"] != path:
        raise ApiError(
            "Keys for idempotent requests can only be used for the same endpoint they were first"
            f" used for ('{path}' vs '{row['path']}').{suffix}",
            type="idempotency_error",
        )
    if row["fingerprint"] != _fingerprint(raw):
        raise ApiError(
            "Keys for idempotent requests can only be used with the same parameters they were first"
            f" used with.{suffix}",
            type="idempotency_error",
        )


def _fingerprint(raw: str) -> str:
    return hashlib.sha256(raw.encode()).hexdigest()


def finish(world: World, key: str, path: str, raw: str, answer: Answer) -> None:
    """Keep the first answer."""
    world.save(
        {
            "object": "_idempotency",
            "id": key,
            "path": path,
            "fingerprint": _fingerprint(raw),
            "status": answer.status,
            "body": answer.body,
            "request_id": answer.request_id,
            "created": world.clock.now(),
        }
    )
