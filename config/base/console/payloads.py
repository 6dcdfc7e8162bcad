"""Payloads as people read them: indented, without secrets."""

import json
import re
from typing import Any

_SECRET = re.compile(r"secret|password|authorization|api_key|private_key|\btoken\b", re.IGNORECASE)
BLANKED = "•••"
TOO_DEEP = "Nested too deep to be shown."


def readable(payload: object) -> str:
    """JSON (parsed or text) on several lines with every secret blanked; other text as it is."""
    if isinstance(payload, str):
        try:
            payload = json.loads(payload)
        except ValueError:
            return str(payload)
        except RecursionError:
            return TOO_DEEP
    try:
        text = json.dumps(without_secrets(payload), indent=2, ensure_ascii=False, default=str)
    except RecursionError:
        return TOO_DEEP
    return text.encode(errors="backslashreplace").decode()  # half a surrogate pair fits into JSON, not into a page


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
