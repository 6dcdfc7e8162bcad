"""The address a request came from: only trusted proxies may say that it was another than their own."""

from ipaddress import IPv4Address, IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest


def of(request: HttpRequest) -> str:
    """The nearest address that is no trusted proxy's, read from the right of X-Forwarded-For."""
    address: str = request.META.get("REMOTE_ADDR", "")
    hops = request.headers.get("X-Forwarded-For", "").split(",")
    while _is_trusted(address) and hops:
        claimed = _parse(hops.pop())
        if claimed is None:
            return address
        address = str(claimed)
    return address


def _is_trusted(address: str) -> bool:
    parsed = _parse(address)
    return parsed is not None and any(parsed in network for network in settings.TRUSTED_PROXIES)


def _parse(address: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(address.strip())
    except ValueError:
        return None
