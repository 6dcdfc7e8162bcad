"""Prorations of a subscription: what is given back for what was billed, and charged for what replaces it.

Flexible billing gives back what was billed; classic billing what would be billed at the present price.
Source: https://docs.stripe.com/billing/subscriptions/billing-mode
"""

from dataclasses import replace

from sandbox.json_types import Json
from sandbox.world import World

from . import invoice_items, item_lines, lines, proration
from .proration import Basis
from .subscription_rows import basis_of, beside, is_trialing, items_of, note_billed


def change(world: World, subscription: Json, before: Json, at: int) -> int:
    """Invoice items for what differs between two states of the items; returns how many. A trial has none.

    ``before`` is the subscription as it was.
    """
    old = {item["id"]: item for item in items_of(before)}
    new = {item["id"]: item for item in items_of(subscription)}
    changed = [id_ for id_ in {**old, **new} if _terms(old.get(id_)) != _terms(new.get(id_))]
    if is_trialing(world, before) or not changed:
        return 0
    old_net = item_lines.net_amounts(world, before, list(old.values()))
    new_net = item_lines.net_amounts(world, subscription, list(new.values()))
    made, known = 0, beside(world, subscription)
    for id_ in changed:
        basis = _basis(before, known, old.get(id_), old_net.get(id_, 0))
        if id_ in new:
            made += _charge(world, subscription, known, new[id_], new_net[id_], at)
        if basis is not None:
            made += give_back(world, subscription, old[id_], basis, at)
    world.save(known)
    return made


def _terms(item: Json | None) -> object:
    return item and (item["price"]["id"], item["quantity"])


def _basis(subscription: Json, known: Json, item: Json | None, net: int) -> Basis | None:
    """What was billed for the item, as its billing mode sees it."""
    if item is None:
        return None
    billed = basis_of(known, item)
    if subscription["billing_mode"]["type"] == "flexible" or billed is None:
        return billed
    whole = item_lines.whole_period(subscription, item)
    return Basis(
        amount=net,
        start=whole[0],
        end=whole[1],
        until=item["current_period_end"],
        line=billed.line,
        invoice_item=billed.invoice_item,
    )


def all_unused(world: World, subscription: Json, at: int) -> int:
    """Give back the rest of every item from a moment on; returns how many invoice items that made."""
    items, known = items_of(subscription), beside(world, subscription)
    if is_trialing(world, subscription):
        return 0
    net = item_lines.net_amounts(world, subscription, items)
    found = ((item, _basis(subscription, known, item, net[item["id"]])) for item in items)
    return sum(give_back(world, subscription, item, basis, at) for item, basis in found if basis is not None)


def give_back(world: World, subscription: Json, item: Json, basis: Basis, at: int) -> int:
    """The credit for what was billed and is not used."""
    if basis.until <= at:
        return 0
    _invoice_item(
        world,
        subscription,
        item,
        amount=proration.credited(basis, at),
        words=f"Unused time on {_what(world, item)} after {item_lines.day(at)}",
        period=(at, basis.until),
        credited=_credited(world, basis),
    )
    return 1


def _charge(world: World, subscription: Json, known: Json, item: Json, net: int, at: int) -> int:
    until, whole = item["current_period_end"], item_lines.whole_period(subscription, item)
    if until <= at:
        return 0
    row = _invoice_item(
        world,
        subscription,
        item,
        amount=proration.charged(net, whole, (at, until)),
        words=f"Remaining time on {_what(world, item)} after {item_lines.day(at)}",
        period=(at, until),
        credited=None,
    )
    basis = Basis(amount=net, start=whole[0], end=whole[1], until=until, invoice_item=row["id"])
    note_billed(known, item["id"], basis, anew=False)
    return 1


def more_time(world: World, subscription: Json, start: int, end: int) -> int:
    """Charge every item for time that its period gained at its end."""
    known, made = beside(world, subscription), 0
    net = item_lines.net_amounts(world, subscription, items_of(subscription))
    for item in items_of(subscription):
        whole = item_lines.whole_period(subscription, item)
        amount = proration.charged(net[item["id"]], whole, (start, end))
        words = f"Remaining time on {_what(world, item)} after {item_lines.day(start)}"
        row = _invoice_item(world, subscription, item, amount=amount, words=words, period=(start, end), credited=None)
        basis = Basis(amount=net[item["id"]], start=whole[0], end=whole[1], until=end, invoice_item=row["id"])
        note_billed(known, item["id"], basis, anew=False)
        made += 1
    world.save(known)
    return made


def less_time(world: World, subscription: Json, item: Json, end: int) -> int:
    """Give back what was billed of the item after its new end."""
    known = beside(world, subscription)
    net = item_lines.net_amounts(world, subscription, [item])
    basis = _basis(subscription, known, item, net[item["id"]])
    if basis is None:
        return 0
    made = give_back(world, subscription, item, basis, end)
    note_billed(known, item["id"], replace(basis, until=end), anew=False)
    world.save(known)
    return made


def _what(world: World, item: Json) -> str:
    name = item_lines.product_name(world, item)
    return name if item["quantity"] == 1 else f"{item['quantity']} × {name}"


def _credited(world: World, basis: Basis) -> Json | None:
    line = world.store.find("line_item", basis.line)
    item = world.store.find("invoiceitem", basis.invoice_item)
    if item and not item["invoice"]:
        return {"invoice_item": item["id"], "invoice_line_item_details": None, "type": "invoice_item"}
    if item:
        rows = world.store.children("line_item", "invoice", item["invoice"])
        line = next((row for row in rows if lines.item_of(row) == item["id"]), None)
    if line is None:
        return None
    details = {"invoice": line["invoice"], "invoice_line_items": [line["id"]]}
    return {"invoice_item": None, "invoice_line_item_details": details, "type": "invoice_line_items"}


def _invoice_item(
    world: World,
    subscription: Json,
    item: Json,
    *,
    amount: int,
    words: str,
    period: tuple[int, int],
    credited: Json | None,
) -> Json:
    return invoice_items.item(
        world,
        customer=subscription["customer"],
        currency=subscription["currency"],
        amount=amount,
        description=words,
        period=period,
        price=item["price"],
        quantity=item["quantity"],
        discountable=False,
        tax_rates=list(item["tax_rates"]),
        metadata=dict(subscription["metadata"]),
        subscription=subscription["id"],
        subscription_item=item["id"],
        proration=True,
        proration_details={"credited_items": credited, "discount_amounts": []},
    )
