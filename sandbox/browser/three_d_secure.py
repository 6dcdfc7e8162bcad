"""The bank's page, where a customer says that it is really them: in a frame, or by itself.

https://docs.stripe.com/payments/3d-secure
"""

from html import escape
from string import Template
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from aiohttp import web

from sandbox.browser.pages import STATIC, page
from sandbox.control import API, WORLD
from sandbox.json_types import Json
from sandbox.money import display
from sandbox.three_d_secure import NotWaiting, complete, return_url, waiting

_TEMPLATE = Template((STATIC / "three_d_secure.html").read_text())
_OVER = "<p>There is nothing to authenticate here any more.</p>"
_BUTTONS = """
<form method="post">
  <button name="outcome" value="complete">Complete authentication</button>
  <button name="outcome" value="fail">Fail authentication</button>
</form>
"""


def _facts(intent: Json) -> str:
    rows = {"Intent": intent["id"]}
    if "amount" in intent:
        rows["Amount"] = f"{display(intent['amount'], intent['currency'])} ({intent['currency']})"
    return "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows.items())


def _page(request: web.Request, content: str, *, outcome: str = "", leads_to: str | None = None) -> web.Response:
    framed = "frame" in request.query
    html = _TEMPLATE.substitute(framed=str(framed).lower(), outcome=escape(outcome), content=content)
    # A form's answer may redirect to the shop, which the policy counts as the form's own target.
    shop = urlsplit(leads_to) if leads_to else None
    posts_to = f"'self' {shop.scheme}://{shop.netloc}" if shop else "'self'"
    return page(html, framed=framed, posts_to=posts_to)


async def show(request: web.Request) -> web.StreamResponse:
    """Ask the customer."""
    try:
        intent = waiting(request.app[WORLD], request.match_info["intent"])
    except NotWaiting:
        return _page(request, _OVER)
    return _page(request, f"<dl>{_facts(intent)}</dl>{_BUTTONS}", leads_to=return_url(intent))


async def decide(request: web.Request) -> web.StreamResponse:
    """The customer's answer: the intent goes on, the browser back to the shop."""
    world, id_ = request.app[WORLD], request.match_info["intent"]
    outcome = str((await request.post()).get("outcome"))
    try:
        leads_to = return_url(waiting(world, id_))
        intent = complete(world, id_, outcome == "complete")
    except NotWaiting:
        return _page(request, _OVER, outcome=outcome)
    request.app[API].dispatcher.collect()
    if leads_to and "frame" not in request.query:
        raise web.HTTPSeeOther(_with_outcome(leads_to, intent))
    return _page(request, _OVER, outcome=outcome)


def _with_outcome(url: str, intent: Json) -> str:
    """The shop's return URL with what Stripe adds to it."""
    noun = intent["object"]
    status = {"requires_payment_method": "failed", "processing": "pending"}.get(intent["status"], "succeeded")
    added = {noun: intent["id"], f"{noun}_client_secret": intent["client_secret"], "redirect_status": status}
    parts = urlsplit(url)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *added.items()])
    return urlunsplit(parts._replace(query=query))


ROUTES = [
    web.get("/_sandbox/3ds/{intent}", show),
    web.post("/_sandbox/3ds/{intent}", decide),
]
