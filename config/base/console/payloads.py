"""Payloads as people read them: indented, without secrets."""

import json
import re
from typing import Any

_SECRET = re.compile(r"secret|password|authorization|api_key|private_key|\btoken\b", re.IGNORECASE)
BLANKED = "•••"


def readable(payload: object) -> str:
    """JSON (parsed or text) on several lines with every secret blanked; other text as it is."""
    if isinstance(payload, str):
        try:
            payload = json.loads(payload)
        except ValueError:
            return str(payload)
    return json.dumps(without_secrets(payload), indent=2, ensure_ascii=False, default=str)


def without_secrets(payload: object) -> Any:
    if isinstance(payload, dict):
        return {key: _blanked(key, value) for key, value in payload.items()}
    if isinstance(payload, list):
        return [without_secrets(item) for item in payload]
    return payload


def _blanked(key: str, value: object) -> Any:
    if isinstance(value, str) and value and _SECRET.search(key):
        return BLANKED
    return without_secrets(value)
