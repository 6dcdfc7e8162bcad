"""Storefront keys: 256 random bits, shown once; only their hash is kept."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta

from config.base import audit, clock
from config.base.actor import Actor
from config.base.ids import ALPHABET
from config.base.models import ApiKey, StripeAccount

PREFIX = "ck_"
RANDOM_LENGTH = 43
USE_IS_NOTED_EVERY = timedelta(minutes=1)


def create(*, account: StripeAccount, name: str, scopes: Sequence[str]) -> tuple[ApiKey, str]:
    """A new key and its secret, which cannot be shown again."""
    secret = PREFIX + "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_LENGTH))
    key = ApiKey.objects.create(
        account=account,
        name=name,
        secret_sha256=_hash(secret),
        last_four=secret[-4:],
        scopes=list(scopes),
    )
    return key, secret


def authenticate(secret: str) -> ApiKey | None:
    """The key of this secret unless it was revoked. A look-up by hash tells nothing about other secrets by its time."""
    if not secret.startswith(PREFIX):
        return None
    keys = ApiKey.objects.select_related("account__legal_entity")
    key = keys.filter(secret_sha256=_hash(secret), revoked_at=None).first()
    if key is not None:
        _note_use(key)
    return key


def revoke(*, key: ApiKey, by: Actor) -> bool:
    """End the key at once; False if it had ended already."""
    now = clock.now()
    if not ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now):
        return False
    key.revoked_at = now
    audit.record(key, changes={"revoked_at": [None, now.isoformat()]}, by=by)
    return True


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _note_use(key: ApiKey) -> None:
    now = clock.now()
    if key.last_used_at is None or key.last_used_at <= now - USE_IS_NOTED_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
        key.last_used_at = now
