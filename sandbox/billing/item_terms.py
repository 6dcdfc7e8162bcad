"""What a parameter says of an invoice item or a line: its price or amount, quantity, period, discounts, tax.

Sources: https://docs.stripe.com/api/invoiceitems/create, https://docs.stripe.com/api/invoice-line-item/bulk
"""

from collections.abc import Iterable
from decimal import Decimal

from sandbox import finding
from sandbox.errors import ApiError, InvalidParameters, missing
from sandbox.json_types import Json
from sandbox.metadata import merged
from sandbox.world import World

from . import discounts, price_terms, pricing, product_terms, rounding, taxes

_PRICED_BY = ("amount", "pricing", "price_data", "unit_amount_decimal")
_NOT_HERE = ("customer_account", "tax_amounts", "tax_behavior", "tax_code")


def refuse_unsupported(params: Json, names: Iterable[str] = _NOT_HERE) -> None:
    """What Stripe knows and this sandbox does not do is refused, never ignored."""
    for name in names:
        if params.get(name):
            raise InvalidParameters(
                f"The local Stripe does not support the parameter {name} yet.", code="parameter_unknown", param=name
            )


def is_priced(params: Json) -> bool:
    """Whether the parameters name a price or an amount."""
    return any(name in params for name in _PRICED_BY)


def priced(world: World, params: Json, currency: str | None) -> Json:
    """Amount, currency, price, unit and quantity of an item; raises 400 where they contradict each other."""
    given = [name for name in _PRICED_BY if name in params]
    if not given:
        raise missing("amount")
    if len(given) > 1:
        raise InvalidParameters(
            f"You may only specify one of these parameters: {', '.join(given)}.",
            code="parameters_exclusive",
            param=given[0],
        )
    quantity = _quantity(params)
    if "amount" in params:
        if quantity != 1:
            raise InvalidParameters("You cannot pass `quantity` with `amount`.", param="quantity")
        return _terms(_currency(currency), params["amount"], None, None, quantity)
    if "unit_amount_decimal" in params:
        unit = _plain(params["unit_amount_decimal"])
        return _terms(_currency(currency), rounding.half_up(Decimal(unit) * quantity), None, unit, quantity)
    price = _price(world, params)
    code = currency or price["currency"]
    unit = pricing.option(world, price, code)["unit_amount_decimal"]
    amount = (
        pricing.total(world, price, int(quantity), code)
        if quantity == int(quantity)
        else rounding.half_up(Decimal(unit) * quantity)
    )
    return _terms(code, amount, price, unit, quantity)


def _plain(text: object) -> str:
    return f"{Decimal(str(text)).normalize():f}"


def _terms(currency: str, amount: int, price: Json | None, unit: str | None, quantity: Decimal) -> Json:
    return {
        "currency": currency,
        "amount": amount,
        "price": price,
        "unit_amount_decimal": unit,
        "quantity": int(quantity),
        "quantity_decimal": _plain(quantity),
    }


def _currency(currency: str | None) -> str:
    if currency is None:
        raise missing("currency")
    return currency


def _quantity(params: Json) -> Decimal:
    if "quantity" in params and "quantity_decimal" in params:
        raise InvalidParameters(
            "You may only specify one of these parameters: quantity, quantity_decimal.",
            code="parameters_exclusive",
            param="quantity",
        )
    quantity = Decimal(str(params.get("quantity_decimal", params.get("quantity", 1))))
    if quantity < 0:
        raise InvalidParameters("Invalid non-negative integer", code="parameter_invalid_integer", param="quantity")
    return quantity


def _price(world: World, params: Json) -> Json:
    if "price_data" in params:
        return _inline(world, dict(params["price_data"]))
    id_ = (params["pricing"] or {}).get("price")
    if not id_:
        raise missing("pricing[price]")
    price = finding.one(world, "price", id_, param="pricing[price]", status=400)
    if not price["active"]:
        raise ApiError(
            "The price specified is inactive. This field only accepts active prices.", param="pricing[price]"
        )
    if price["type"] == "recurring":
        raise ApiError(
            "The price specified is set to `type=recurring` but this field only accepts prices with `type=one_time`.",
            param="pricing[price]",
        )
    if price["billing_scheme"] == "tiered":
        raise InvalidParameters(
            "The local Stripe does not support tiered prices on invoice items yet.", param="pricing[price]"
        )
    return price


def _inline(world: World, data: Json) -> Json:
    """A price made on the way, which nobody can choose afterwards."""
    wanted = data.pop("product_data", None)
    if wanted:
        data["product"] = product_terms.make(world, wanted)["id"]
    return price_terms.make(world, {**data, "active": False})


def described(world: World, params: Json, price: Json | None) -> str | None:
    """The description given, else the name of what is sold."""
    if params.get("description"):
        return str(params["description"])
    return str(world.store.get("product", price["product"])["name"]) if price else None


def period(world: World, params: Json) -> tuple[int, int]:
    """The period given, else this moment; raises 400 where it ends before it starts."""
    given = params.get("period")
    if not given:
        return world.clock.now(), world.clock.now()
    if given["end"] < given["start"]:
        raise InvalidParameters("The period's end must not be before its start.", param="period[end]")
    return given["start"], given["end"]


def tax_rates(world: World, params: Json) -> list[Json]:
    """The tax rates that were named."""
    return taxes.rates(world, params.get("tax_rates"))


def redeemed(world: World, params: Json, customer: str, terms: Json) -> list[str]:
    """The discounts of the item itself."""
    return discounts.attach(
        world, params.get("discounts"), customer=customer, currency=terms["currency"], amount=terms["amount"]
    )


def own(world: World, ids: list[str], item: str) -> None:
    """The discounts belong to this invoice item."""
    for id_ in ids:
        discount = world.store.get("discount", id_)
        discount["invoice_item"] = item
        world.save(discount)


def metadata(params: Json, current: Json | None = None) -> Json:
    """Metadata after this request."""
    return merged(current or {}, params.get("metadata"))
