"""Pages with their security headers; none runs a script or a style that is not a file of ours."""

from pathlib import Path

from aiohttp import web

STATIC = Path(__file__).parent / "static"
_SELF_ONLY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'"
)


def page(html: str, *, framed: bool, posts_to: str = "'none'") -> web.Response:
    """An HTML page; `framed` lets other sites show it, `posts_to` is where its forms may lead."""
    ancestors = "http: https:" if framed else "'none'"
    policy = f"{_SELF_ONLY}; form-action {posts_to}; frame-ancestors {ancestors}"
    headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return web.Response(text=html, content_type="text/html", headers=headers)


def static_page(name: str, *, framed: bool) -> web.Response:
    """One of the pages that are files."""
    return page((STATIC / name).read_text(), framed=framed)
