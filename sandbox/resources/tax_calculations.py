"""Stripe Tax: calculations and the account's settings.

Sources: https://docs.stripe.com/api/tax/calculations, https://docs.stripe.com/api/tax/settings
"""

from sandbox import account, finding, money
from sandbox.billing import tax_calculations, taxes
from sandbox.calls import Call
from sandbox.details import address
from sandbox.errors import ApiError, InvalidParameters, missing, resource_missing
from sandbox.json_types import Json
from sandbox.lists import page
from sandbox.routing import Route
from sandbox.world import World

_GENERAL_SERVICE = "txcd_10000000"
_NOT_HERE = ("ship_from_details", "shipping_cost")


def create(world: World, call: Call) -> Json:
    """The tax on some lines for a customer who is somewhere."""
    params = call.params
    for name in _NOT_HERE:
        if name in params:
            raise InvalidParameters(
                f"The local Stripe does not support the parameter {name} yet.", code="parameter_unknown", param=name
            )
    params["currency"] = money.currency(params["currency"])
    lines = [_line(world, given, number, params["currency"]) for number, given in enumerate(params["line_items"], 1)]
    return tax_calculations.make(world, params, _customer_details(world, params), lines)


def _line(world: World, given: Json, number: int, currency: str) -> Json:
    if given.get("product"):
        finding.one(world, "product", given["product"], param=f"line_items[{number - 1}][product]", status=400)
    behavior = given.get("tax_behavior")
    inclusive = taxes.is_inclusive(world, behavior, currency)
    return {
        "amount": given["amount"],
        "currency": currency,
        "discount_amounts": [],
        "metadata": given.get("metadata"),
        "product": given.get("product"),
        "quantity": given.get("quantity", 1),
        "reference": given.get("reference") or f"L{number}",
        "tax_behavior": "inclusive" if inclusive else "exclusive",
        "tax_code": given.get("tax_code") or _GENERAL_SERVICE,
    }


def _customer_details(world: World, params: Json) -> Json:
    given = params.get("customer_details")
    if params.get("customer"):
        if given:
            raise InvalidParameters(
                "You may only specify one of these parameters: customer, customer_details.",
                code="parameters_exclusive",
                param="customer",
            )
        return _known(world, finding.customer(world, params["customer"], param="customer"))
    if not given:
        raise missing("customer_details")
    return {
        "address": address(given.get("address")),
        "address_source": given.get("address_source"),
        "ip_address": given.get("ip_address"),
        "tax_ids": given.get("tax_ids") or [],
        "taxability_override": given.get("taxability_override", "none"),
    }


def _known(world: World, customer: Json) -> Json:
    place = taxes.location(customer)
    tax_ids = world.store.children("tax_id", "customer", customer["id"])
    overrides = {"exempt": "customer_exempt", "reverse": "reverse_charge"}
    return {
        "address": place or None,
        "address_source": "billing" if place is customer["address"] else "shipping",
        "ip_address": None,
        "tax_ids": [{"type": row["type"], "value": row["value"]} for row in tax_ids],
        "taxability_override": overrides.get(customer["tax_exempt"], "none"),
    }


def _find(world: World, call: Call) -> Json:
    row = world.store.find("tax.calculation", call.id)
    if row is None or row["expires_at"] <= world.clock.now():
        raise resource_missing("tax calculation", call.id)
    return row


def retrieve(world: World, call: Call) -> Json:
    """The calculation, for 90 days."""
    return _find(world, call)


def line_items(world: World, call: Call) -> Json:
    """Its lines."""
    rows: list[Json] = world.store.get("_more", _find(world, call)["id"])["line_items"]["data"]
    return page(call, rows, noun="tax calculation line item")


def settings(world: World, _call: Call) -> Json:
    """Where the account is, and what prices say of tax that do not say it themselves."""
    defaults = world.settings.get("tax_defaults") or {}
    office = world.settings.get("tax_head_office") or address({"country": account.of(world)["country"]})
    return {
        "object": "tax.settings",
        "defaults": {
            "provider": "stripe",
            "tax_behavior": defaults.get("tax_behavior"),
            "tax_code": defaults.get("tax_code", _GENERAL_SERVICE),
        },
        "head_office": {"address": office},
        "livemode": False,
        "status": "active",
        "status_details": {"active": {}},
    }


def update_settings(world: World, call: Call) -> Json:
    """Change them."""
    params = call.params
    if "defaults" in params:
        world.set(tax_defaults={**(world.settings.get("tax_defaults") or {}), **params["defaults"]})
    if "head_office" in params:
        if not params["head_office"]["address"].get("country"):
            raise ApiError("The head office needs a country.", param="head_office[address][country]")
        world.set(tax_head_office=address(params["head_office"]["address"]))
    answer = settings(world, call)
    world.emit("tax.settings.updated", answer)
    return answer


_ONE = "/v1/tax/calculations/{id}"
ROUTES = [
    Route(method="POST", path="/v1/tax/calculations", handler=create, params="tax.CalculationCreateParams"),
    Route(method="GET", path=_ONE, handler=retrieve),
    Route(method="GET", path=f"{_ONE}/line_items", handler=line_items, params="tax.CalculationListLineItemsParams"),
    Route(method="GET", path="/v1/tax/settings", handler=settings),
    Route(method="POST", path="/v1/tax/settings", handler=update_settings, params="tax.SettingsUpdateParams"),
]
