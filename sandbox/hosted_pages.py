"""Pages that Stripe would host: a receipt, and the place to prove a bank account by its microdeposits."""

from html import escape

from aiohttp import web

from .browser.pages import page
from .control import API, WORLD
from .errors import ApiError
from .json_types import Json
from .microdeposits import verify
from .money import display

_PAGE = """<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>{title}</title>
    <link rel="icon" href="/_sandbox/static/icon.svg">
    <link rel="stylesheet" href="/_sandbox/static/three_d_secure.css">
  </head>
  <body>
    <main aria-labelledby="title">
      <header><span>{place}</span><b>Local Stripe</b></header>
      <h1 id="title">{title}</h1>
      {content}
    </main>
  </body>
</html>
"""
_FORM = """
<p>Two small deposits were sent to the account, with a code in their description. In this sandbox the code is
<b>SM11AA</b>; SM33CC means too many attempts, SM44DD too late.</p>
<p role="alert">{problem}</p>
<form method="post">
  <label>Code <input name="descriptor_code" required maxlength="6" autocomplete="off"></label>
  <button>Verify the account</button>
</form>
"""


def html(title: str, content: str, *, place: str) -> web.Response:
    """A page with a heading and what stands below it."""
    return page(_PAGE.format(title=title, content=content, place=place), framed=False, posts_to="'self'")


def _facts(charge: Json) -> str:
    details = charge["payment_method_details"]
    kind = details["type"]
    rows = {
        "Paid": display(charge["amount_captured"], charge["currency"]),
        "Refunded": display(charge["amount_refunded"], charge["currency"]),
        "With": f"{details[kind].get('brand') or kind.replace('_', ' ')} ending in {details[kind]['last4']}",
        "For": charge["description"] or "—",
        "Charge": charge["id"],
    }
    return "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in rows.items())


async def receipt(request: web.Request) -> web.StreamResponse:
    """The receipt of a charge that was paid."""
    charge = request.app[WORLD].store.find("charge", request.match_info["charge"])
    if charge is None or not charge["captured"]:
        raise web.HTTPNotFound(text="No such receipt.")
    return html("Receipt", f"<dl>{_facts(charge)}</dl>", place="Receipt")


async def ask_for_code(_request: web.Request) -> web.StreamResponse:
    """The form for the code beside the microdeposits."""
    return html("Verify your bank account", _FORM.format(problem=""), place="Bank account")


async def take_code(request: web.Request) -> web.StreamResponse:
    """The customer's code: right, wrong, or the end of it."""
    code = str((await request.post()).get("descriptor_code", ""))
    world, id_ = request.app[WORLD], request.match_info["intent"]
    kind = "setup_intent" if id_.startswith("seti_") else "payment_intent"
    world.begin()
    intent = world.store.find(kind, id_)
    if intent is None:
        raise web.HTTPNotFound(text="No such intent.")
    try:
        verify(world, intent, {"descriptor_code": code})
    except ApiError as refusal:
        answer = html("Verify your bank account", _FORM.format(problem=escape(str(refusal))), place="Bank account")
    else:
        said = f"<p>The account is verified; the status is now {escape(intent['status'])}.</p>"
        answer = html("Account verified", said, place="Bank account")
    world.store.flush()
    request.app[API].dispatcher.collect()
    return answer


ROUTES = [
    web.get("/_sandbox/receipts/{charge}", receipt),
    web.get("/_sandbox/microdeposits/{intent}", ask_for_code),
    web.post("/_sandbox/microdeposits/{intent}", take_code),
]
