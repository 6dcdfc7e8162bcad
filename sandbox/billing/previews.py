"""Invoices that could be: the real change is made, the invoice taken, and everything taken back.

Source: https://docs.stripe.com/api/invoices/create_preview
"""

import json
from contextlib import AbstractContextManager

from sandbox.errors import ApiError, InvalidParameters
from sandbox.json_types import Json
from sandbox.world import World

from . import (
    discounts,
    invoice_items,
    lines,
    prorations,
    renewals,
    subscription_bills,
    subscription_changes,
    subscription_rows,
    subscriptions,
    taxes,
)
from .invoices import draft, recompute

_NOT_HERE = (
    "customer_account",
    "customer_details",
    "issuer",
    "on_behalf_of",
    "schedule_details",
    "preview_mode",
)
_DETAILS_NOT_HERE = ("billing_schedules", "start_date")


def preview(world: World, params: Json) -> Json:
    """The invoice that the parameters would make; nothing of it stays."""
    _refuse_unsupported(params)
    known = params.get("subscription")
    subscription = subscription_rows.find(world, known, param="subscription") if known else None
    customer = params.get("customer") or (subscription or {}).get("customer")
    if not customer:
        raise ApiError("You must provide one of `customer`, `subscription` or `schedule`.", param="customer")
    try:
        with _time_of(world, customer):
            return _shown(world, _make(world, params, subscription, customer))
    finally:
        _take_back(world)


def upcoming(world: World, due: Json) -> None:
    """Some days before a renewal, its invoice is told of: event invoice.upcoming."""
    subscription = world.store.find("subscription", due["subject"])
    if subscription is None or subscription_rows.has_ended(subscription):
        return
    world.store.flush()
    try:
        invoice = _renewal(world, subscription)
        shown = _shown(world, invoice) if invoice else None
    finally:
        _take_back(world)
    if shown is not None:
        world.emit("invoice.upcoming", shown)


def _time_of(world: World, customer: str) -> AbstractContextManager[None]:
    return world.time_of(world.store.find("customer", customer))


def _take_back(world: World) -> None:
    world.rollback()
    world.store.undo_unsaved()


def _refuse_unsupported(params: Json) -> None:
    details = params.get("subscription_details") or {}
    given = [name for name in _NOT_HERE if name in params]
    given += [f"subscription_details[{name}]" for name in _DETAILS_NOT_HERE if name in details]
    if params.get("preview_mode") == "next":
        given.remove("preview_mode")
    if given:
        raise InvalidParameters(
            f"The local Stripe does not support the parameter {given[0]} yet.", code="parameter_unknown", param=given[0]
        )


def _make(world: World, params: Json, subscription: Json | None, customer: str) -> Json:
    details = dict(params.get("subscription_details") or {})
    if "schedule" in params and subscription is None:
        schedule = world.store.find("subscription_schedule", params["schedule"])
        subscription = world.store.find("subscription", (schedule or {}).get("subscription"))
    if subscription is None and details.get("items"):
        return _start(world, params, details, customer)
    if subscription is None:
        return _one_off(world, params, customer)
    _wait(world, params, customer, subscription)
    if details.pop("cancel_now", False):
        return _cancellation(world, subscription, details)
    made = _changed(world, subscription, params, details)
    invoice = made or _renewal(world, subscription)
    if invoice is None:
        raise ApiError("No upcoming invoices for customer: " + customer, status=404, code="invoice_upcoming_none")
    return _discounted(world, invoice, params)


def _start(world: World, params: Json, details: Json, customer: str) -> Json:
    """What a new subscription would bill first."""
    wanted = {"customer": customer, "items": details["items"], "payment_behavior": "default_incomplete"}
    taken = ("billing_cycle_anchor", "billing_mode", "cancel_at", "default_tax_rates", "proration_behavior")
    wanted |= {name: details[name] for name in (*taken, "trial_end") if name in details}
    wanted |= {name: params[name] for name in ("automatic_tax", "currency", "discounts") if name in params}
    subscription = subscriptions.create(world, wanted)
    return world.store.get("invoice", subscription["latest_invoice"])


def _one_off(world: World, params: Json, customer: str) -> Json:
    """What the customer's waiting items, and those given, would come to."""
    owner = world.store.get("customer", customer)
    currency = params.get("currency") or owner["currency"]
    _wait(world, params, customer, None)
    waiting = [row for row in world.store.children("invoiceitem", "customer", customer) if row["invoice"] is None]
    if not waiting:
        raise ApiError("No upcoming invoices for customer: " + customer, status=404, code="invoice_upcoming_none")
    invoice = draft(
        world,
        customer=owner,
        currency=currency or waiting[0]["currency"],
        billing_reason="upcoming",
        auto_advance=False,
        automatic_tax=params.get("automatic_tax"),
        pending_items=True,
    )
    return _discounted(world, invoice, params)


def _wait(world: World, params: Json, customer: str, subscription: Json | None) -> None:
    """The invoice items that the parameters add wait for the invoice."""
    now = world.clock.now()
    for wish in params.get("invoice_items") or []:
        period = wish.get("period") or {"start": now, "end": now}
        unit, quantity = wish.get("unit_amount"), wish.get("quantity", 1)
        invoice_items.item(
            world,
            customer=customer,
            currency=wish.get("currency") or (subscription or {}).get("currency") or params.get("currency") or "usd",
            amount=wish["amount"] if "amount" in wish else (unit or 0) * quantity,
            description=wish.get("description"),
            period=(period["start"], period["end"]),
            quantity=quantity,
            discountable=wish.get("discountable", True),
            tax_rates=taxes.rates(world, wish.get("tax_rates") or []),
            metadata=dict(wish.get("metadata") or {}),
        )


def _changed(world: World, subscription: Json, params: Json, details: Json) -> Json | None:
    """The invoice that a change would make at once, if it makes one."""
    details.pop("billing_mode", None)
    details.pop("resume_at", None)
    if "automatic_tax" in params:
        details["automatic_tax"] = params["automatic_tax"]
    if not details:
        return None
    subscription_changes.ensure_changeable(subscription, details)
    how = subscription_changes.manner(world, subscription, details)
    made = subscription_changes.make(world, subscription, details, how)
    world.save(subscription)
    return made


def _renewal(world: World, subscription: Json) -> Json | None:
    """The next invoice, as it would be made when the period ends."""
    ends = min(item["current_period_end"] for item in subscription_rows.items_of(subscription))
    with world.clock.at(max(ends, world.clock.now()), world.clock.test_clock):
        world.react("subscription_period_ends", subscription)
        invoice = None if subscription_rows.has_ended(subscription) else renewals.renew(world, subscription)
        if invoice is None and subscription_rows.has_ended(subscription):
            invoice = _last(world, subscription)
    return invoice


def _last(world: World, subscription: Json) -> Json | None:
    """A subscription that ends bills what waits."""
    items = invoice_items.pending(world, subscription["customer"], subscription["currency"], subscription["id"])
    if not list(items):
        return None
    now = world.clock.now()
    return subscription_bills.draft(world, subscription, "subscription_cycle", lines=(), period=(now, now))


def _cancellation(world: World, subscription: Json, details: Json) -> Json:
    """What ending it now would bill or give back."""
    how = subscription_changes.manner(world, subscription, details)
    if how.proration != "none":
        prorations.all_unused(world, subscription, how.at)
    now = world.clock.now()
    return subscription_bills.draft(
        world, subscription, "subscription_update", lines=(), period=(now, now), proration_date=how.at
    )


def _discounted(world: World, invoice: Json, params: Json) -> Json:
    if "discounts" in params:
        invoice["discounts"] = discounts.attach(
            world, params["discounts"] or [], customer=invoice["customer"], currency=invoice["currency"]
        )
        recompute(world, invoice)
    return invoice


def _shown(world: World, invoice: Json) -> Json:
    """The invoice as a preview shows it: a draft with all its lines, under ids that nothing can be found by."""
    rows = lines.of(world, invoice["id"])
    shown: Json = json.loads(json.dumps(invoice))
    id_ = f"upcoming_{invoice['id']}"
    data = [{**row, "id": f"il_tmp_{row['id'].removeprefix('il_')}", "invoice": id_} for row in rows]
    is_start = invoice["billing_reason"] == "subscription_create"
    return shown | {
        "id": id_,
        "billing_reason": "subscription_create" if is_start else "upcoming",
        "status": "draft",
        "number": None,
        "effective_at": None,
        "hosted_invoice_url": None,
        "invoice_pdf": None,
        "ending_balance": None,
        "status_transitions": dict.fromkeys(("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at")),
        "lines": {
            "object": "list",
            "data": json.loads(json.dumps(data)),
            "has_more": False,
            "total_count": len(data),
            "url": "/v1/invoices/upcoming/lines",
        },
    }
