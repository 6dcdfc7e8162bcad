"""An audit line's changes in words."""

from typing import Any

from auditlog.models import LogEntry


def in_words(line: LogEntry) -> str:
    """`status: active → deleted; …`; values stand as they were noted."""
    moved = [_change(name, change) for name, change in (line.changes or {}).items()]
    return "; ".join(moved) or str(line.get_action_display())


def _change(name: str, change: Any) -> str:
    if isinstance(change, dict):
        return f"{name}: {change.get('operation')} {', '.join(map(str, change.get('objects', [])))}"
    before, after = change if isinstance(change, list) and len(change) == 2 else ("", change)
    return f"{name}: {before} → {after}" if before not in {"", None} else f"{name}: {after}"
