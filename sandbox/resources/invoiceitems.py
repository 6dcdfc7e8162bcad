"""Invoice items.

Source: https://docs.stripe.com/api/invoiceitems
"""

from sandbox import finding, money
from sandbox.billing import invoice_items, invoices, item_terms, lines
from sandbox.calls import Call
from sandbox.errors import ApiError, missing
from sandbox.json_types import Json
from sandbox.lists import created_matches, page
from sandbox.routing import Route
from sandbox.wholeness import or_nothing
from sandbox.world import World

_DEAD = "Can't delete an invoice item that is attached to an invoice that is no longer editable"


def create(world: World, call: Call) -> Json:
    """An item that waits for the next invoice, or is on a draft at once."""
    params = call.params
    item_terms.refuse_unsupported(params)
    invoice = _draft(world, params)
    customer = _customer(world, params, invoice)
    currency = money.currency(params["currency"]) if "currency" in params else None
    wanted = invoice["currency"] if invoice else currency
    terms = item_terms.priced(world, params, wanted)
    if currency not in (None, terms["currency"]):
        raise ApiError(
            f"The currency of the invoice item ({currency}) must be that of the invoice ({wanted}).", param="currency"
        )
    discounts = item_terms.redeemed(world, params, customer["id"], terms)
    row = invoice_items.item(
        world,
        customer=customer["id"],
        description=item_terms.described(world, params, terms["price"]),
        period=item_terms.period(world, params),
        discountable=params.get("discountable", terms["amount"] >= 0),
        discounts=discounts,
        tax_rates=item_terms.tax_rates(world, params),
        metadata=item_terms.metadata(params),
        subscription=_subscription(world, params),
        **terms,
    )
    item_terms.own(world, discounts, row["id"])
    if invoice is not None:
        invoices.take_item(world, invoice, row)
        invoices.recompute(world, invoice)
    return row


def _draft(world: World, params: Json) -> Json | None:
    if not params.get("invoice"):
        return None
    invoice = invoices.find(world, params["invoice"], param="invoice")
    if invoice["status"] != "draft":
        raise ApiError("Invalid invoice: This invoice is no longer editable", code="invoice_not_editable")
    return invoice


def _customer(world: World, params: Json, invoice: Json | None) -> Json:
    given = params.get("customer") or (invoice or {}).get("customer")
    if not given:
        raise missing("customer")
    customer = finding.customer(world, given, param="customer")
    if invoice is not None and invoice["customer"] != customer["id"]:
        raise ApiError("The customer of the invoice item must be the customer of its invoice.", param="customer")
    return customer


def _subscription(world: World, params: Json) -> str | None:
    if not params.get("subscription"):
        return None
    return str(finding.one(world, "subscription", params["subscription"], param="subscription", status=400)["id"])


def retrieve(world: World, call: Call) -> Json:
    """The invoice item."""
    return finding.one(world, "invoiceitem", call.id, param="id")


def update(world: World, call: Call) -> Json:
    """Change what waits, or stands on a draft."""
    row, params = retrieve(world, call), call.params
    item_terms.refuse_unsupported(params)
    invoice = _editable(world, row, "This invoice item is attached to an invoice that is no longer editable")
    if item_terms.is_priced(params) or params.keys() & {"quantity", "quantity_decimal"}:
        _reprice(world, call, row)
    if "description" in params:
        row["description"] = params["description"] or None
    if "period" in params:
        start, end = item_terms.period(world, params)
        row["period"] = {"end": end, "start": start}
    if "discountable" in params:
        row["discountable"] = params["discountable"]
        row["net_amount"] = None if row["discountable"] else row["amount"]
    if "tax_rates" in params:
        row["tax_rates"] = item_terms.tax_rates(world, params)
    if "discounts" in params:
        row["discounts"] = item_terms.redeemed(world, params, row["customer"], row)
        item_terms.own(world, row["discounts"], row["id"])
    row["metadata"] = item_terms.metadata(params, row["metadata"])
    world.save(row)
    if invoice is not None:
        _renew_line(world, invoice, row)
    return row


def _reprice(world: World, call: Call, row: Json) -> None:
    given = dict(call.params)
    if not item_terms.is_priced(given):
        details = row["pricing"]["price_details"]
        given["unit_amount_decimal"] = row["pricing"]["unit_amount_decimal"]
        price = world.store.find("price", details["price"]) if details else None
        terms = item_terms.priced(world, given, row["currency"]) | {"price": price}
    else:
        terms = item_terms.priced(world, given, row["currency"])
    row["pricing"] = lines.pricing(terms["price"], terms["unit_amount_decimal"], terms["amount"], terms["quantity"])
    row |= {name: terms[name] for name in ("amount", "quantity", "quantity_decimal")}
    row["net_amount"] = None if row["discountable"] else row["amount"]


def _renew_line(world: World, invoice: Json, row: Json) -> None:
    """The line on the draft says what the item says."""
    for line in lines.of(world, invoice["id"]):
        if lines.item_of(line) == row["id"]:
            fresh = invoice_items.line_of(world, row, invoice["id"])
            world.save(line | fresh | {"id": line["id"]})
            lines.set_tax_rates(world, line, [rate["id"] for rate in row["tax_rates"]])
    invoices.recompute(world, invoice)


def _editable(world: World, row: Json, refusal: str) -> Json | None:
    """The draft that the item stands on, if any; raises 400 where it is no draft any more."""
    if row["invoice"] is None:
        return None
    invoice = world.store.find("invoice", row["invoice"])
    if invoice is None or invoice["status"] != "draft":
        raise ApiError(refusal)
    return invoice


def delete(world: World, call: Call) -> Json:
    """Delete an item that no final invoice holds."""
    row = retrieve(world, call)
    invoice = _editable(world, row, _DEAD)
    for line in lines.of(world, invoice["id"]) if invoice else ():
        if lines.item_of(line) == row["id"]:
            world.store.delete(line)
    world.store.delete(row)
    world.emit("invoiceitem.deleted", row)
    if invoice is not None:
        invoices.recompute(world, invoice)
    return {"id": row["id"], "object": "invoiceitem", "deleted": True}


def list_(world: World, call: Call) -> Json:
    """Invoice items, newest first; filters: customer, invoice, pending, created."""
    created, params = created_matches(call), call.params
    for name in ("invoice", "customer"):
        if name in params:
            rows = list(reversed(world.store.children("invoiceitem", name, params[name])))
            break
    else:
        rows = list(world.store.newest_first("invoiceitem"))

    def keep(row: Json) -> bool:
        same = all(row[name] == params[name] for name in ("customer", "invoice") if name in params)
        waits = row["invoice"] is None
        return created(row) and same and ("pending" not in params or params["pending"] == waits)

    return page(call, rows, noun="invoiceitem", keep=keep)


_ONE = "/v1/invoiceitems/{id}"
ROUTES = [
    Route(method="POST", path="/v1/invoiceitems", handler=or_nothing(create), params="InvoiceItemCreateParams"),
    Route(method="GET", path="/v1/invoiceitems", handler=list_, params="InvoiceItemListParams"),
    Route(method="GET", path=_ONE, handler=retrieve),
    Route(method="POST", path=_ONE, handler=or_nothing(update), params="InvoiceItemUpdateParams"),
    Route(method="DELETE", path=_ONE, handler=or_nothing(delete)),
]
