"""Invoices: made, changed, finalized, paid, ended.

Source: https://docs.stripe.com/api/invoices
"""

from sandbox import finding, money, search
from sandbox.billing import endings, invoice_payments, invoice_terms, invoices, revisions
from sandbox.calls import Call
from sandbox.errors import ApiError, InvalidParameters, missing
from sandbox.json_types import Json
from sandbox.lists import created_matches, equals, page
from sandbox.routing import Route
from sandbox.wholeness import or_nothing
from sandbox.world import World


def create(world: World, call: Call) -> Json:
    """A draft: empty, with what waits for the customer, or as a revision of another invoice."""
    params = call.params
    invoice_terms.refuse_unsupported(params)
    if params.get("from_invoice"):
        return revisions.create(world, params)
    if not params.get("customer"):
        raise missing("customer")
    customer = finding.customer(world, params["customer"], param="customer")
    subscription = _subscription(world, params)
    includes = params.get("pending_invoice_items_behavior") == "include" or subscription is not None
    given = params.get("currency") or (subscription or {}).get("currency") or customer["currency"]
    row = invoices.draft(
        world,
        customer=customer,
        currency=money.currency(given or world.config.currency),
        billing_reason="manual",
        auto_advance=False,
        pending_items=includes,
        subscription=subscription["id"] if subscription else None,
        prepare=lambda draft: _apply(world, draft, params),
    )
    if includes and not row["lines"]["data"]:
        raise _nothing_to_invoice(subscription)
    return row


def _apply(world: World, row: Json, params: Json) -> None:
    invoice_terms.apply(world, row, params)
    invoice_terms.redeem(world, row, params)
    row["auto_advance"] = params.get("auto_advance", row["auto_advance"])
    _schedule(world, row, params)


def _schedule(world: World, row: Json, params: Json) -> None:
    if params.get("automatically_finalizes_at"):
        if params["automatically_finalizes_at"] <= world.clock.now():
            raise InvalidParameters(
                "`automatically_finalizes_at` must be in the future.", param="automatically_finalizes_at"
            )
        row["automatically_finalizes_at"], row["auto_advance"] = params["automatically_finalizes_at"], True


def _subscription(world: World, params: Json) -> Json | None:
    if not params.get("subscription"):
        return None
    return finding.one(world, "subscription", params["subscription"], param="subscription", status=400)


def _nothing_to_invoice(subscription: Json | None) -> ApiError:
    noun = "subscription" if subscription else "customer"
    return ApiError(f"Nothing to invoice for {noun}", code=f"invoice_no_{noun}_line_items", param=noun)


def retrieve(world: World, call: Call) -> Json:
    """The invoice."""
    return invoices.find(world, call.id)


def update(world: World, call: Call) -> Json:
    """Change a draft; of a final invoice only what no longer matters to its money."""
    row, params = retrieve(world, call), call.params
    if row["status"] != "draft":
        return _update_final(world, row, params)
    _apply(world, row, params)
    if params.keys() & {"auto_advance", "automatically_finalizes_at"}:
        invoices.set_auto_advance(world, row, row["auto_advance"])
    return invoices.recompute(world, row)


def _update_final(world: World, row: Json, params: Json) -> Json:
    for name in params:
        if name not in invoice_terms.EDITABLE_WHEN_FINAL:
            raise ApiError("Finalized invoices can't be updated in this way", param=name)
    known = {name: value for name, value in params.items() if name != "auto_advance"}
    invoice_terms.apply_final(world, row, known)
    invoices.announce(world, row)
    if params.get("auto_advance", row["auto_advance"]) != row["auto_advance"]:
        invoices.set_auto_advance(world, row, params["auto_advance"])
    return row


def delete(world: World, call: Call) -> Json:
    """Delete a one-off draft."""
    return invoices.delete(world, retrieve(world, call))


def finalize(world: World, call: Call) -> Json:
    """Make it final; with ``auto_advance`` it is collected or sent by itself."""
    row = retrieve(world, call)
    if row["status"] == "draft" and "auto_advance" in call.params:
        row["auto_advance"] = call.params["auto_advance"]
    invoices.finalize(world, row)
    if row["status"] == "open" and row["auto_advance"]:
        invoices.go_on_later(world, row)
    return row


def pay(world: World, call: Call) -> Json:
    """Collect now, or note that it was paid elsewhere; a draft is finalized first."""
    row, params = retrieve(world, call), call.params
    for name in ("forgive", "source"):
        if params.get(name):
            raise InvalidParameters(
                f"The local Stripe does not support the parameter {name} yet.", code="parameter_unknown", param=name
            )
    if row["status"] == "paid":
        raise ApiError("Invoice is already paid")
    if row["status"] == "void":
        raise ApiError("This invoice is void and can't be paid.")
    if row["status"] == "draft":
        invoices.finalize(world, row)
    if row["status"] == "paid":
        return row
    if params.get("paid_out_of_band"):
        return invoices.pay_out_of_band(world, row)
    return invoices.pay(
        world,
        row,
        off_session=params.get("off_session", True),
        payment_method=params.get("payment_method"),
        mandate=params.get("mandate") or None,
        call=call,
    )


def send(world: World, call: Call) -> Json:
    """Send it to the customer."""
    return invoices.send(world, retrieve(world, call))


def void(world: World, call: Call) -> Json:
    """Take it back."""
    return invoices.void(world, retrieve(world, call))


def mark_uncollectible(world: World, call: Call) -> Json:
    """Give the debt up."""
    return invoices.mark_uncollectible(world, retrieve(world, call))


def attach_payment(world: World, call: Call) -> Json:
    """Let a payment intent of the customer's pay towards the invoice."""
    row, params = retrieve(world, call), call.params
    if not params.get("payment_intent"):
        raise missing("payment_intent")
    intent = finding.one(world, "payment_intent", params["payment_intent"], param="payment_intent", status=400)
    if row["status"] not in ("open", "uncollectible"):
        raise ApiError("You can only attach payments to open invoices.")
    if invoice_payments.of_intent(world, intent) is not None:
        raise ApiError("This PaymentIntent is already attached to an invoice.", param="payment_intent")
    if (intent["customer"], intent["currency"]) != (row["customer"], row["currency"]) or intent["status"] == "canceled":
        raise ApiError(
            "The PaymentIntent must have the invoice's customer and currency, and not be canceled.",
            param="payment_intent",
        )
    attached = invoice_payments.link(world, row, intent, intent["amount"], is_default=False)
    if intent["status"] == "succeeded":
        invoice_payments.settle(world, attached, intent["amount_received"])
        endings.receive(world, row, intent["amount_received"])
    return row


def list_(world: World, call: Call) -> Json:
    """Invoices, newest first; filters: customer, subscription, status, collection_method, created, due_date."""
    params = call.params
    created, due = created_matches(call), created_matches(call, "due_date")
    same = equals(call, "collection_method", "customer", "status")
    if "subscription" in params:
        field = "parent.subscription_details.subscription"
        rows = list(reversed(world.store.children("invoice", field, params["subscription"])))
    elif "customer" in params:
        rows = list(reversed(world.store.children("invoice", "customer", params["customer"])))
    else:
        rows = list(world.store.newest_first("invoice"))

    def keep(row: Json) -> bool:
        is_due = "due_date" not in params or (row["due_date"] is not None and due(row))
        return created(row) and same(row) and is_due

    return page(call, rows, noun="invoice", keep=keep)


def search_(world: World, call: Call) -> Json:
    """Invoices that match a query."""
    fields = (
        "created",
        "currency",
        "customer",
        "last_finalization_error_code",
        "metadata",
        "number",
        "status",
        "subscription",
        "total",
    )
    return search.page(call, world.store.newest_first("invoice"), fields=fields)


_ONE = "/v1/invoices/{id}"
ROUTES = [
    Route(method="POST", path="/v1/invoices", handler=or_nothing(create), params="InvoiceCreateParams"),
    Route(method="GET", path="/v1/invoices", handler=list_, params="InvoiceListParams"),
    Route(method="GET", path="/v1/invoices/search", handler=search_, params="InvoiceSearchParams"),
    Route(method="GET", path=_ONE, handler=retrieve),
    Route(method="POST", path=_ONE, handler=or_nothing(update), params="InvoiceUpdateParams"),
    Route(method="DELETE", path=_ONE, handler=delete),
    Route(method="POST", path=f"{_ONE}/finalize", handler=finalize, params="InvoiceFinalizeInvoiceParams"),
    Route(method="POST", path=f"{_ONE}/pay", handler=pay, params="InvoicePayParams"),
    Route(method="POST", path=f"{_ONE}/send", handler=send),
    Route(method="POST", path=f"{_ONE}/void", handler=void),
    Route(method="POST", path=f"{_ONE}/mark_uncollectible", handler=mark_uncollectible),
    Route(
        method="POST",
        path=f"{_ONE}/attach_payment",
        handler=or_nothing(attach_payment),
        params="InvoiceAttachPaymentParams",
    ),
]
