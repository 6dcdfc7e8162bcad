"""Addresses that browsers are sent to: http and https alone, never `javascript:`."""

from urllib.parse import urlsplit

LONGEST = 2000


def is_safe(address: str) -> bool:
    """Whether it is absolute, names a host and nobody's password, and every browser reads it as we do."""
    if len(address) > LONGEST or not address.isprintable() or "\\" in address or any(map(str.isspace, address)):
        return False
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None
