"""Stripe's form encoding, read back: `items[0][price]=x` is a list of maps."""

import re
from collections.abc import Iterable
from typing import Any

KEY_PARTS = re.compile(r"[^\[\]]+|(?<=\[)(?=\])")


def nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The nested parameters that form pairs spell out; values stay strings."""
    root: dict[str, Any] = {}
    for key, value in pairs:
        *parents, last = KEY_PARTS.findall(key)
        node = root
        for part in parents:
            node = node.setdefault(part, {})
        node[last or str(len(node))] = value
    return {key: _with_lists(value) for key, value in root.items()}


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    children = {key: _with_lists(child) for key, child in value.items()}
    if children and all(key.isdecimal() for key in children):
        return [children[key] for key in sorted(children, key=int)]
    return children
