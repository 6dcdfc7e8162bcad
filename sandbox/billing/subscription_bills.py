"""Invoices of subscriptions: for new periods, for changes, for trials; and how they are paid at once.

Sources: https://docs.stripe.com/billing/invoices/subscription, https://docs.stripe.com/billing/subscriptions/overview
"""

from collections.abc import Iterable

from sandbox.calls import Call
from sandbox.errors import ApiError
from sandbox.json_types import Json
from sandbox.world import World

from . import collection, discounts, invoice_payments, invoices, item_lines
from . import lines as line_rows
from .proration import Basis
from .subscription_rows import beside, customer_of, note_billed

_NO_METHOD = (
    "This customer has no attached payment source or default payment method. Please consider adding a default payment"
    " method. For more information, visit https://stripe.com/docs/billing/subscriptions/payment-methods-setting"
    "#payment-method-priority."
)


def draft(
    world: World,
    subscription: Json,
    reason: str,
    *,
    lines: Iterable[Json],
    period: tuple[int, int],
    proration_date: int | None = None,
    auto_advance: bool = True,
) -> Json:
    """A draft for the subscription with what waits for it; it is the latest invoice from now on."""
    drop_ended_discounts(world, subscription)
    settings = subscription["invoice_settings"]
    more: Json = {name: settings[name] for name in ("custom_fields", "footer", "description") if settings.get(name)}
    invoice = invoices.draft(
        world,
        customer=customer_of(world, subscription),
        currency=subscription["currency"],
        billing_reason=reason,
        lines=lines,
        parent=invoices.subscription_parent(subscription["id"], dict(subscription["metadata"]), proration_date),
        collection_method=subscription["collection_method"],
        days_until_due=subscription["days_until_due"],
        auto_advance=auto_advance,
        period=period,
        discounts=list(subscription["discounts"]),
        default_tax_rates=subscription["default_tax_rates"],
        automatic_tax=subscription["automatic_tax"],
        pending_items=True,
        subscription=subscription["id"],
        payment_settings=_payment_settings(subscription),
        **more,
    )
    subscription["latest_invoice"] = invoice["id"]
    _use_up(world, subscription, invoice)
    return invoice


def _payment_settings(subscription: Json) -> Json:
    given = subscription["payment_settings"]
    return {
        "default_mandate": None,
        "payment_method_options": given["payment_method_options"],
        "payment_method_types": given["payment_method_types"],
    }


def drop_ended_discounts(world: World, subscription: Json) -> None:
    """Discounts whose time is over are no longer the subscription's."""
    now = world.clock.now()
    active = {row["id"] for row in discounts.active(world, subscription["discounts"], now)}
    for id_ in subscription["discounts"]:
        if id_ not in active:
            discounts.end(world, id_)
    subscription["discounts"] = [id_ for id_ in subscription["discounts"] if id_ in active]


def _use_up(world: World, subscription: Json, invoice: Json) -> None:
    """A discount that applies once goes with the first invoice that it takes something off."""
    for each in invoice["total_discount_amounts"]:
        row = world.store.get("discount", each["discount"])
        coupon = discounts.coupon_of(world, row)
        if coupon["duration"] == "once" and each["amount"] and row["id"] in subscription["discounts"]:
            subscription["discounts"] = [id_ for id_ in subscription["discounts"] if id_ != row["id"]]
            discounts.end(world, row["id"])


def note(world: World, subscription: Json, invoice: Json) -> None:
    """Remember what was billed for each item's new period, after discounts."""
    known, sums = beside(world, subscription), dict[str, Json]()
    for row in line_rows.of(world, invoice["id"]):
        details = row["parent"]["subscription_item_details"]
        if details is None or details["proration"]:
            continue
        net = row["amount"] - sum(each["amount"] for each in row["discount_amounts"])
        entry = sums.setdefault(details["subscription_item"], {"amount": 0, "line": row})
        entry["amount"] += net
    for item, entry in sums.items():
        period = entry["line"]["period"]
        note_billed(
            known,
            item,
            Basis(
                amount=entry["amount"],
                start=period["start"],
                end=period["end"],
                until=period["end"],
                line=entry["line"]["id"],
            ),
            anew=True,
        )
    world.save(known)


def period_lines(world: World, subscription: Json, items: Iterable[Json]) -> list[Json]:
    """The lines of these items for their current periods."""
    return [row for item in items for row in item_lines.for_period(world, subscription, item)]


def ensure_can_pay(world: World, subscription: Json, invoice: Json) -> None:
    """Raise 400 where there is nothing to pay with."""
    is_charged = subscription["collection_method"] == "charge_automatically" and invoice["amount_due"] > 0
    if is_charged and collection.method_for(world, invoice) is None:
        raise ApiError(_NO_METHOD, code="resource_missing")


def settle_now(
    world: World, invoice: Json, *, behavior: str, off_session: bool, call: Call | None = None
) -> ApiError | None:
    """Finalize, and collect where that is done by itself; returns why it could not be paid.

    ``default_incomplete`` leaves the payment to be confirmed; what waits for its customer is not paid either.
    """
    if invoice["collection_method"] == "send_invoice":
        return None
    invoices.finalize(world, invoice)
    if invoice["status"] != "open" or behavior == "default_incomplete":
        return None
    try:
        invoices.pay(world, invoice, off_session=off_session, payment_method=None, mandate=None, call=call)
    except ApiError as error:
        return error
    return None


def waits_for_payment(world: World, invoice: Json) -> bool:
    """Whether the invoice is open and no payment of it is on its way."""
    if invoice["status"] != "open":
        return False
    intent = invoice_payments.default_intent(world, invoice)
    return intent is None or intent["status"] != "processing"


def refusal(error: ApiError) -> ApiError:
    """What ``error_if_incomplete`` raises: the bank's answer, or that the customer has to do something."""
    if error.body.get("code") != "invoice_payment_intent_requires_action":
        error.status = 402 if error.body["type"] == "card_error" else error.status
        return error
    return ApiError(
        "Payment for this subscription requires additional user action before it can be completed successfully. Payment"
        " can be completed using the PaymentIntent associated with `subscription.latest_invoice`. For more details see:"
        " https://stripe.com/docs/billing/subscriptions/overview#requires-action",
        status=402,
        type="card_error",
        code="subscription_payment_intent_requires_action",
    )
