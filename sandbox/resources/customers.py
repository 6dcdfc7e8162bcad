"""Customers."""

from sandbox import finding, instruments, methods, search, texts
from sandbox.billing import balance, subscription_endings
from sandbox.billing.subscription_rows import has_ended
from sandbox.calls import Call
from sandbox.details import address
from sandbox.errors import ApiError, InvalidParameters, resource_missing
from sandbox.json_types import Json
from sandbox.lists import created_matches, equals, page
from sandbox.metadata import merged
from sandbox.routing import Route
from sandbox.world import World

from . import payment_methods, tax_ids

_TEXTS = ("business_name", "description", "email", "individual_name", "name", "phone")
_VALUES = ("invoice_prefix", "next_invoice_sequence", "preferred_locales", "tax_exempt")
_NOT_HERE = ("cash_balance", "source", "default_source", "tax", "validate")


def _shipping(given: Json | str) -> Json | None:
    if isinstance(given, str):
        return None
    return {
        "address": address(given.get("address")),
        "name": given.get("name"),
        "phone": given.get("phone") or None,
    }


def _check(params: Json) -> None:
    for name in _NOT_HERE:
        if name in params:
            raise InvalidParameters(
                f"The local Stripe does not support the parameter {name} yet.",
                code="parameter_unknown",
                param=name,
            )
    texts.check_email(params, "email")


def _apply(world: World, row: Json, params: Json) -> None:
    _check(params)
    row |= {name: params[name] or None for name in _TEXTS if name in params}
    row |= {name: params[name] for name in _VALUES if name in params}
    row["tax_exempt"] = row["tax_exempt"] or "none"
    if "balance" in params:
        balance.set_to(world, row, params["balance"])
    if "address" in params:
        row["address"] = address(params["address"])
    if "shipping" in params:
        row["shipping"] = _shipping(params["shipping"])
    if "invoice_settings" in params:
        _apply_invoice_settings(world, row, params["invoice_settings"])
    row["metadata"] = merged(row["metadata"], params.get("metadata"))


def _apply_invoice_settings(world: World, row: Json, given: Json) -> None:
    settings = row["invoice_settings"]
    if "default_payment_method" in given:
        settings["default_payment_method"] = _default_method(world, row, given)
    if "custom_fields" in given:
        settings["custom_fields"] = given["custom_fields"] or None
    if "footer" in given:
        settings["footer"] = given["footer"] or None
    if "rendering_options" in given:
        options = given["rendering_options"] or None
        settings["rendering_options"] = options and {
            "amount_tax_display": options.get("amount_tax_display") or None,
            "template": options.get("template"),
        }


def _default_method(world: World, row: Json, given: Json) -> str | None:
    id_: str = given["default_payment_method"]
    if not id_:
        return None
    param = "invoice_settings[default_payment_method]"
    method = world.store.find("payment_method", id_)
    if method is None:
        raise resource_missing("PaymentMethod", id_, param=param)
    if method["customer"] != row["id"]:
        raise ApiError(
            f"The customer does not have a payment method with the ID {id_}. The payment method"
            " must be attached to the customer.",
            code="resource_missing",
            param=param,
        )
    return id_


def _test_clock(world: World, params: Json) -> str | None:
    id_: str | None = params.get("test_clock")
    if id_:
        finding.one(world, "test_helpers.test_clock", id_, param="test_clock")
    return id_


def create(world: World, call: Call) -> Json:
    """A customer, perhaps with a payment method and tax ids."""
    params = call.params
    row: Json = {
        "id": world.ids.new("cus"),
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": world.clock.now(),
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": None,
        "invoice_prefix": world.ids.text(8).upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": {},
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": _test_clock(world, params),
    }
    settings = params.pop("invoice_settings", {})
    wished_default = settings.pop("default_payment_method", None)
    _apply(world, row, {**params, "invoice_settings": settings})
    given = params.get("payment_method")
    method = payment_methods.ready_to_attach(world, given, None) if given else None
    world.save(row)
    _with_method(world, row, method, wished_default)
    for tax_id in params.get("tax_id_data", ()):
        tax_ids.add(world, row, tax_id["type"], tax_id["value"])
    return row


def _with_method(world: World, row: Json, method: Json | None, wished_default: str | None) -> None:
    """Announce the customer and attach the payment method, which may be the default as well."""
    if method is not None:
        methods.attach_to(world, method, row["id"], announce=False)
    if wished_default:
        named = method["id"] if method and wished_default.startswith("pm_card") else wished_default
        _apply_invoice_settings(world, row, {"default_payment_method": named})
        world.save(row)
    world.emit("customer.created", row)
    if method is not None:
        world.emit("payment_method.attached", method)


def retrieve(world: World, call: Call) -> Json:
    """The customer; a deleted one says so."""
    row = world.store.find("customer", call.id)
    if row is None:
        raise resource_missing("customer", call.id)
    return row


def update(world: World, call: Call) -> Json:
    """The customer with what was given changed."""
    row = finding.customer(world, call.id)
    _apply(world, row, call.params)
    return world.changed("customer.updated", row)


def delete(world: World, call: Call) -> Json:
    """Delete for good, subscriptions ended, payment methods detached; the id stays known as deleted."""
    row = finding.customer(world, call.id)
    for subscription in world.store.children("subscription", "customer", row["id"]):
        if not has_ended(subscription):
            subscription_endings.end(world, subscription, reason="cancellation_requested")
    for method in world.store.children("payment_method", "customer", row["id"]):
        method["customer"] = None
        world.save(method)
        instruments.mark(world, method["id"], spent=True)
    world.emit("customer.deleted", row)
    gone: Json = {"id": row["id"], "object": "customer", "deleted": True}
    world.save(gone)
    return gone


def list_(world: World, call: Call) -> Json:
    """Customers, newest first; filters: email, created."""
    created, same = created_matches(call), equals(call, "email")
    return page(
        call,
        world.store.newest_first("customer"),
        noun="customer",
        keep=lambda row: created(row) and same(row),
    )


def search_(world: World, call: Call) -> Json:
    """Customers that match a query."""
    fields = ("created", "email", "metadata", "name", "phone")
    return search.page(call, world.store.newest_first("customer"), fields=fields)


_ONE = "/v1/customers/{id}"
ROUTES = [
    Route(method="POST", path="/v1/customers", handler=create, params="CustomerCreateParams"),
    Route(method="GET", path="/v1/customers", handler=list_, params="CustomerListParams"),
    Route(method="GET", path="/v1/customers/search", handler=search_, params="CustomerSearchParams"),
    Route(method="GET", path=_ONE, handler=retrieve),
    Route(method="POST", path=_ONE, handler=update, params="CustomerUpdateParams"),
    Route(method="DELETE", path=_ONE, handler=delete),
]
