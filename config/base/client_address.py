"""The address a request came from: only trusted proxies may say that it was another than their own."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest


def of(request: HttpRequest) -> str:
    """The nearest address that is no trusted proxy's, read from the right of X-Forwarded-For."""
    peer: str = request.META.get("REMOTE_ADDR", "")
    address = str(_parse(peer) or peer)
    hops = request.headers.get("X-Forwarded-For", "").split(",")
    while _is_trusted(address) and hops:
        claimed = _parse(hops.pop())
        if claimed is None:
            return address
        address = str(claimed)
    return address


def neighbours(request: HttpRequest) -> str:
    """Who is counted as one: the address, or the /64 of an IPv6 address, which one subscriber has to himself."""
    address = of(request)
    parsed = _parse(address)
    if isinstance(parsed, IPv6Address):
        return str(IPv6Network((int(parsed) >> 64 << 64, 64)))
    return address


def _is_trusted(address: str) -> bool:
    parsed = _parse(address)
    return parsed is not None and any(parsed in network for network in settings.TRUSTED_PROXIES)


def _parse(address: str) -> IPv4Address | IPv6Address | None:
    """An IPv4 address that a dual-stack socket wrapped into IPv6 is itself again."""
    try:
        parsed = ip_address(address.strip())
    except ValueError:
        return None
    return getattr(parsed, "ipv4_mapped", None) or parsed
