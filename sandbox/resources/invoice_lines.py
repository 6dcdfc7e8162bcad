"""Lines of invoices: listed, and on drafts added, changed and removed, one by one or many at once.

Source: https://docs.stripe.com/api/invoice-line-item
"""

from sandbox import finding
from sandbox.billing import invoice_items, invoices, item_terms, lines
from sandbox.billing.invoice_rows import require_draft
from sandbox.calls import Call
from sandbox.errors import ApiError, InvalidParameters, resource_missing
from sandbox.json_types import Json
from sandbox.lists import page
from sandbox.metadata import merged
from sandbox.routing import Route
from sandbox.wholeness import or_nothing
from sandbox.world import World

_MOST_AT_ONCE = 250


def list_(world: World, call: Call) -> Json:
    """The lines in their order."""
    invoice = invoices.find(world, call.names["invoice"], param="invoice")
    return page(call, lines.of(world, invoice["id"]), noun="line_item")


def _draft(world: World, call: Call) -> Json:
    invoice = invoices.find(world, call.names["invoice"])
    require_draft(invoice)
    if len(call.params.get("lines", ())) > _MOST_AT_ONCE:
        raise InvalidParameters(f"You can pass at most {_MOST_AT_ONCE} lines at once.", param="lines")
    if "invoice_metadata" in call.params:
        invoice["metadata"] = merged(invoice["metadata"], call.params["invoice_metadata"])
    return invoice


def add(world: World, call: Call) -> Json:
    """Add lines, each from a price, an amount or an invoice item that waits."""
    invoice = _draft(world, call)
    for number, params in enumerate(call.params["lines"]):
        if params.get("invoice_item"):
            item = _waiting(world, invoice, params["invoice_item"], f"lines[{number}][invoice_item]")
        else:
            item = _new(world, invoice, params)
        invoices.take_item(world, invoice, item)
    return invoices.recompute(world, invoice)


def _waiting(world: World, invoice: Json, id_: str, param: str) -> Json:
    item = finding.one(world, "invoiceitem", id_, param=param, status=400)
    if item["invoice"] is not None or item["customer"] != invoice["customer"]:
        raise ApiError("The invoice item must be the customer's and be on no invoice yet.", param=param)
    return item


def _new(world: World, invoice: Json, params: Json) -> Json:
    item_terms.refuse_unsupported(params)
    terms = item_terms.priced(world, params, invoice["currency"])
    discounts = item_terms.redeemed(world, params, invoice["customer"], terms)
    item = invoice_items.item(
        world,
        customer=invoice["customer"],
        invoice=invoice["id"],
        description=item_terms.described(world, params, terms["price"]),
        period=item_terms.period(world, params),
        discountable=params.get("discountable", terms["amount"] >= 0),
        discounts=discounts,
        tax_rates=item_terms.tax_rates(world, params),
        metadata=item_terms.metadata(params),
        **terms,
    )
    item_terms.own(world, discounts, item["id"])
    return item


def _line(world: World, invoice: Json, id_: str) -> Json:
    row = world.store.find("line_item", id_)
    if row is None or row["invoice"] != invoice["id"]:
        raise resource_missing("line item", id_)
    return row


def update_many(world: World, call: Call) -> Json:
    """Change lines."""
    invoice = _draft(world, call)
    for params in call.params["lines"]:
        _change(world, _line(world, invoice, params["id"]), params)
    return invoices.recompute(world, invoice)


def update(world: World, call: Call) -> Json:
    """Change one line."""
    invoice = _draft(world, call)
    row = _line(world, invoice, call.id)
    _change(world, row, call.params)
    invoices.recompute(world, invoice)
    return row


def _change(world: World, row: Json, params: Json) -> None:
    item_terms.refuse_unsupported(params)
    if item_terms.is_priced(params) or params.keys() & {"quantity", "quantity_decimal"}:
        _reprice(world, row, params)
    if "description" in params:
        row["description"] = params["description"] or None
    if "period" in params:
        start, end = item_terms.period(world, params)
        row["period"] = {"end": end, "start": start}
    if "discountable" in params:
        row["discountable"] = params["discountable"]
    if "tax_rates" in params:
        lines.set_tax_rates(world, row, [rate["id"] for rate in item_terms.tax_rates(world, params)])
    if "discounts" in params:
        customer = invoices.find(world, row["invoice"])["customer"]
        row["discounts"] = item_terms.redeemed(world, params, customer, row)
    row["metadata"] = item_terms.metadata(params, row["metadata"])
    world.save(row)
    _keep_item(world, row)


def _reprice(world: World, row: Json, params: Json) -> None:
    given, price = dict(params), None
    if not item_terms.is_priced(given):
        given["unit_amount_decimal"] = row["pricing"]["unit_amount_decimal"]
        price = world.store.find("price", (row["pricing"]["price_details"] or {}).get("price"))
    terms = item_terms.priced(world, given, row["currency"])
    price = terms["price"] or price
    row["pricing"] = lines.pricing(price, terms["unit_amount_decimal"], terms["amount"], terms["quantity"])
    row |= {name: terms[name] for name in ("amount", "quantity", "quantity_decimal")}
    row["subtotal"] = row["amount"]


def _keep_item(world: World, row: Json) -> None:
    """The invoice item says what its line says."""
    item = world.store.find("invoiceitem", lines.item_of(row))
    if item is None:
        return
    same = ("amount", "description", "discountable", "discounts", "period", "pricing", "quantity", "quantity_decimal")
    item |= {name: row[name] for name in same}
    item["net_amount"] = None if item["discountable"] else item["amount"]
    item["tax_rates"] = [world.store.get("tax_rate", id_) for id_ in lines.tax_rates_of(world, row)]
    item["metadata"] = dict(row["metadata"])
    world.save(item)


def remove(world: World, call: Call) -> Json:
    """Take lines off; their items are deleted or wait for another invoice."""
    invoice = _draft(world, call)
    for params in call.params["lines"]:
        row = _line(world, invoice, params["id"])
        invoices.remove_line(world, invoice, row, delete_item=params["behavior"] == "delete")
    return invoices.recompute(world, invoice)


_ONE = "/v1/invoices/{invoice}"
ROUTES = [
    Route(method="GET", path=f"{_ONE}/lines", handler=list_, params="InvoiceListLinesParams"),
    Route(method="POST", path=f"{_ONE}/lines/{{id}}", handler=or_nothing(update), params="InvoiceLineItemUpdateParams"),
    Route(method="POST", path=f"{_ONE}/add_lines", handler=or_nothing(add), params="InvoiceAddLinesParams"),
    Route(
        method="POST", path=f"{_ONE}/update_lines", handler=or_nothing(update_many), params="InvoiceUpdateLinesParams"
    ),
    Route(method="POST", path=f"{_ONE}/remove_lines", handler=or_nothing(remove), params="InvoiceRemoveLinesParams"),
]
