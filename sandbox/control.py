"""The control door: what the outside world does to Stripe. Never part of Stripe's API."""

from aiohttp import web

from . import account, faults, money_doors, opening, three_d_secure
from .api import Api
from .billing import discounts
from .door import API, WORLD, Answer, body_of, doing, happened
from .errors import ApiError
from .json_types import Json
from .resources import webhook_endpoints
from .world import World

__all__ = ["API", "WORLD", "add_routes"]
_DRAIN_SECONDS = 30.0
_DAY = 86400


async def get_requests(request: web.Request) -> web.Response:
    """What was asked, newest first; filters: path, prefix, method, limit."""
    log = request.app[API].requests
    query = request.query
    path = query.get("path")
    found = log.select(path=path, prefix=query.get("prefix"), method=query.get("method"))
    return web.json_response(log.report(found, int(query.get("limit", "1000"))))


async def clear_requests(request: web.Request) -> web.Response:
    """Forget what was asked."""
    request.app[API].requests.clear()
    return web.json_response({"total": 0})


async def get_faults(request: web.Request) -> web.Response:
    """Faults that still wait for a request."""
    return web.json_response({"faults": request.app[API].faults.report()})


async def post_faults(request: web.Request) -> web.Response:
    """Plan one fault."""
    try:
        fault = faults.from_json(await body_of(request))
    except (TypeError, ValueError) as error:
        return web.json_response({"error": str(error)}, status=400)
    request.app[API].faults.append(fault)
    return await get_faults(request)


async def clear_faults(request: web.Request) -> web.Response:
    """Plan nothing."""
    request.app[API].faults.clear()
    return await get_faults(request)


async def get_deliveries(request: web.Request) -> web.Response:
    """How webhooks are delivered, what waits, what was attempted."""
    return web.json_response(request.app[API].dispatcher.report())


async def post_deliveries(request: web.Request) -> web.Response:
    """Change the manner, deliver events again, or wait until all pending ones were attempted."""
    body, api = await body_of(request), request.app[API]
    times = max(1, int(body.get("duplicate", 1)))
    if "events" in body:
        missing = _again(api, body, times)
        if missing:
            return web.json_response({"error": f"No such event: {missing}"}, status=404)
    else:
        api.dispatcher.configure(body)
    report: Json = {}
    if body.get("drain"):
        seconds = float(body.get("timeout_seconds", _DRAIN_SECONDS))
        report["drained"] = await api.dispatcher.drain(seconds)
    api.world.store.flush()
    return web.json_response({**api.dispatcher.report(), **report})


def _again(api: Api, body: Json, times: int) -> str | None:
    events = [api.world.store.find("event", id_) for id_ in body["events"]]
    for id_, event in zip(body["events"], events, strict=True):
        if event is None:
            return str(id_)
    for event in filter(None, events):
        api.dispatcher.again(event, times, body.get("endpoint"))
    return None


async def get_clock(request: web.Request) -> web.Response:
    """The sandbox's time and how far it is from real time."""
    world = request.app[WORLD]
    return web.json_response(
        {
            "now": world.clock.now(),
            "offset_seconds": world.clock.offset_seconds,
            "next_due": world.next_due(),
        }
    )


async def post_clock(request: web.Request) -> web.Response:
    """Move time forward; what was due meanwhile happens."""
    body, world = await body_of(request), request.app[WORLD]
    seconds = body.get("advance_seconds")
    if not isinstance(seconds, int) or isinstance(seconds, bool) or seconds < 0:
        return web.json_response({"error": "advance_seconds must be an integer, 0 or more"}, status=400)
    done = world.advance(seconds)
    request.app[API].dispatcher.collect()
    answer: Json = {
        "now": world.clock.now(),
        "offset_seconds": world.clock.offset_seconds,
        "happened": done,
    }
    return web.json_response(answer)


async def get_state(request: web.Request) -> web.Response:
    """Counts of objects, the clock and what is pending."""
    world, api = request.app[WORLD], request.app[API]
    return web.json_response(
        {
            "objects": world.store.counts(),
            "now": world.clock.now(),
            "offset_seconds": world.clock.offset_seconds,
            "next_due": world.next_due(),
            "due": world.store.count("_due"),
            "pending_deliveries": api.dispatcher.pending(),
            "requests": api.requests.total,
            "faults": api.faults.report(),
        }
    )


async def post_reset(request: web.Request) -> web.Response:
    """Forget everything, webhook endpoints too."""
    world, api = request.app[WORLD], request.app[API]
    world.reset()
    opening.begin(world)
    api.clear()
    api.dispatcher.clear()
    return web.json_response({"reset": True})


async def post_webhook_secret(request: web.Request) -> web.Response:
    """Roll the secret of an endpoint; old ones sign on for ``overlap_seconds`` (at most a day)."""
    body, world = await body_of(request), request.app[WORLD]
    endpoints = list(world.store.all("webhook_endpoint"))
    wanted = str(body.get("endpoint") or (endpoints[-1]["id"] if endpoints else ""))
    if world.store.find("webhook_endpoint", wanted) is None:
        return web.json_response({"error": "endpoint must name a webhook endpoint"}, status=400)
    overlap = min(_DAY, max(0, int(body.get("overlap_seconds", _DAY))))
    secret = webhook_endpoints.roll_secret(world, wanted, overlap)
    return happened(request, {"endpoint": wanted, "secret": secret, "overlap_seconds": overlap})


async def get_account(request: web.Request) -> web.Response:
    """The account with its settings."""
    return happened(request, account.of(request.app[WORLD]))


def set_account(world: World, body: Json) -> Json:
    """Settings of the account.

    ``debit_negative_balances`` false lets refunds wait for money; ``raw_card_data`` true lets a secret key send card
    numbers; ``tax_service_down`` true lets Stripe Tax fail; ``invoice_retry_days`` says how many days after a failed
    collection the next one is tried; ``subscription_after_retries`` is cancel, unpaid or past_due;
    ``upcoming_invoice_days`` is how long before a renewal it is told of; ``payout_schedule`` pays out by itself;
    ``settle`` and ``rates`` let charges of one currency settle in another.
    """
    world.set(**{name: bool(body[name]) for name in ("raw_card_data", "tax_service_down") if name in body})
    if "invoice_retry_days" in body:
        world.set(invoice_retry_days=[int(days) for days in body["invoice_retry_days"]])
    if body.get("subscription_after_retries") in ("cancel", "unpaid", "past_due"):
        world.set(subscription_after_retries=body["subscription_after_retries"])
    if "upcoming_invoice_days" in body:
        world.set(upcoming_invoice_days=int(body["upcoming_invoice_days"]))
    money_doors.account(world, body)
    row = account.of(world)
    if "debit_negative_balances" in body:
        wanted = bool(body["debit_negative_balances"])
        row["settings"]["payouts"]["debit_negative_balances"] = wanted
    return world.changed("account.updated", row)


async def post_three_d_secure(request: web.Request) -> web.Response:
    """The customer passes 3-D Secure (``succeed`` true) or fails it: ``intent``, ``succeed``."""
    body, world = await body_of(request), request.app[WORLD]
    try:
        intent = three_d_secure.complete(world, str(body.get("intent")), bool(body.get("succeed", True)))
    except three_d_secure.NotWaiting:
        return web.json_response({"error": "intent waits for no authentication"}, status=400)
    return happened(request, intent)


async def post_discounts(request: web.Request) -> web.Response:
    """Staff give a customer a discount in the Dashboard: ``customer``, ``coupon``."""
    body, world = await body_of(request), request.app[WORLD]
    customer = world.store.find("customer", body.get("customer"))
    if customer is None or customer.get("deleted"):
        return web.json_response({"error": "customer must name a customer"}, status=400)
    world.begin()
    try:
        return happened(request, discounts.give(world, customer, str(body.get("coupon"))))
    except ApiError as error:
        world.rollback()
        return web.json_response({"error": str(error)}, status=400)


def add_routes(app: web.Application) -> None:
    """Open the door."""
    table: list[tuple[str, str, Answer]] = [
        ("GET", "requests", get_requests),
        ("DELETE", "requests", clear_requests),
        ("GET", "faults", get_faults),
        ("POST", "faults", post_faults),
        ("DELETE", "faults", clear_faults),
        ("GET", "deliveries", get_deliveries),
        ("POST", "deliveries", post_deliveries),
        ("GET", "clock", get_clock),
        ("POST", "clock", post_clock),
        ("GET", "state", get_state),
        ("POST", "discounts", post_discounts),
        ("POST", "webhook_secret", post_webhook_secret),
        ("GET", "account", get_account),
        ("POST", "account", doing(set_account)),
        ("POST", "3ds", post_three_d_secure),
        ("POST", "reset", post_reset),
        *(("POST", name, doing(work)) for name, work in money_doors.DOORS.items()),
    ]
    for method, name, answer in table:
        app.router.add_route(method, f"/_sandbox/{name}", answer)
