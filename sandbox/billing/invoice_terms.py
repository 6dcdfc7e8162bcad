"""What parameters say of an invoice: how it is collected, what is printed on it, discounts and tax.

Source: https://docs.stripe.com/api/invoices/update
"""

from collections.abc import Callable
from typing import Any

from sandbox import texts
from sandbox.details import address
from sandbox.errors import ApiError, InvalidParameters, resource_missing
from sandbox.json_types import Json
from sandbox.metadata import merged
from sandbox.world import World

from . import discounts, invoice_shape, item_terms, numbers, taxes

_DAY = 86400
_NOT_HERE = (
    "account_tax_ids", "application_fee_amount", "customer_account", "default_source", "on_behalf_of",
    "shipping_cost", "transfer_data",
)  # fmt: skip
_TEXTS = ("description", "footer", "statement_descriptor")
_LONGEST_FIELD, _LONGEST_VALUE, _MOST_FIELDS = 40, 140, 4
_LONGEST_NUMBER = 26
# What a finalized invoice still lets change.
EDITABLE_WHEN_FINAL = frozenset(
    ["auto_advance", "default_payment_method", "expand", "metadata", "payment_settings", "statement_descriptor"]
)


def refuse_unsupported(params: Json) -> None:
    """What Stripe knows and this sandbox does not do is refused, never ignored."""
    item_terms.refuse_unsupported(params, _NOT_HERE)
    issuer = params.get("issuer") or {}
    if issuer.get("account"):
        raise InvalidParameters("The local Stripe has one account only.", param="issuer[account]")


def apply(world: World, row: Json, params: Json) -> None:
    """Put on the draft what was given; raises 400 for what cannot be."""
    refuse_unsupported(params)
    texts.check_descriptor(params, "statement_descriptor")
    row |= {name: params[name] or None for name in _TEXTS if name in params}
    _apply_collection(row, params)
    for name, read in _READERS.items():
        if name in params:
            row[name] = read(world, row, params[name])
    if row["automatic_tax"]["enabled"] and row["default_tax_rates"]:
        raise InvalidParameters("You cannot set tax rates when automatic tax is enabled.", param="default_tax_rates")
    apply_payment_settings(row, params)
    row["metadata"] = merged(row["metadata"], params.get("metadata"))


def _apply_collection(row: Json, params: Json) -> None:
    row["collection_method"] = params.get("collection_method", row["collection_method"])
    given = [name for name in ("days_until_due", "due_date") if params.get(name)]
    if len(given) > 1:
        raise InvalidParameters(
            "You may only specify one of these parameters: due_date, days_until_due.",
            code="parameters_exclusive",
            param="due_date",
        )
    if row["collection_method"] == "charge_automatically":
        if given:
            raise ApiError(
                "You can only specify 'due_date' or 'days_until_due' if invoice collection method is 'send_invoice'.",
                param=given[0],
            )
        row["due_date"] = None
        return
    if "due_date" in given:
        row["due_date"] = params["due_date"]
    elif "days_until_due" in params:
        row["due_date"] = row["created"] + int(params["days_until_due"]) * _DAY
    if row["due_date"] is None:
        raise ApiError(
            "If invoice collection method is 'send_invoice', you must specify 'due_date' or 'days_until_due'."
        )


def _custom_fields(given: list[Json] | str) -> list[Json] | None:
    if not given or isinstance(given, str):
        return None
    if len(given) > _MOST_FIELDS:
        raise InvalidParameters(f"You can pass at most {_MOST_FIELDS} custom fields.", param="custom_fields")
    for number, each in enumerate(given):
        if len(each["name"]) > _LONGEST_FIELD or len(each["value"]) > _LONGEST_VALUE:
            raise InvalidParameters(
                f"A custom field's name has at most {_LONGEST_FIELD} characters, its value {_LONGEST_VALUE}.",
                param=f"custom_fields[{number}]",
            )
    return [{"name": each["name"], "value": each["value"]} for each in given]


def _number(world: World, row: Json, given: str) -> str | None:
    """A number of one's own, which no other invoice has."""
    if not given:
        numbers.free(world, row)
        return None
    if len(given) > _LONGEST_NUMBER:
        raise InvalidParameters(f"An invoice number has at most {_LONGEST_NUMBER} characters.", param="number")
    numbers.free(world, row)
    numbers.take(world, row, given)
    return given


def _method(world: World, row: Json, given: str) -> str | None:
    if not given:
        return None
    method = world.store.find("payment_method", given)
    if method is None:
        raise resource_missing("PaymentMethod", given, param="default_payment_method")
    if method["customer"] != row["customer"]:
        raise ApiError(
            f"The customer does not have a payment method with the ID {given}. The payment method must be attached to"
            " the customer.",
            code="resource_missing",
            param="default_payment_method",
        )
    return given


# What a parameter becomes on the draft.
_READERS: dict[str, Callable[[World, Json, Any], Any]] = {
    "automatic_tax": lambda _world, _row, given: invoice_shape.automatic_tax(given),
    "custom_fields": lambda _world, _row, given: _custom_fields(given),
    "default_payment_method": _method,
    "default_tax_rates": lambda world, _row, given: taxes.rates(world, given),
    "effective_at": lambda _world, _row, given: given or None,
    "issuer": lambda _world, _row, given: {"type": given["type"]},
    "number": _number,
    "rendering": lambda _world, _row, given: invoice_shape.rendering(given),
    "shipping_details": lambda _world, _row, given: _shipping(given),
}


def _shipping(given: Json | str) -> Json | None:
    if isinstance(given, str):
        return None
    return {"address": address(given.get("address")), "name": given.get("name"), "phone": given.get("phone") or None}


def apply_payment_settings(row: Json, params: Json) -> None:
    """Which payment methods the invoice takes, and how."""
    given = params.get("payment_settings")
    if not given:
        return
    if given.get("default_mandate"):
        item_terms.refuse_unsupported(
            {"payment_settings[default_mandate]": True}, ["payment_settings[default_mandate]"]
        )
    settings = row["payment_settings"] = dict(row["payment_settings"])
    if "payment_method_types" in given:
        settings["payment_method_types"] = given["payment_method_types"] or None
    if "payment_method_options" in given:
        settings["payment_method_options"] = given["payment_method_options"] or None


def redeem(world: World, row: Json, params: Json) -> None:
    """The discounts of the invoice as a whole."""
    if "discounts" in params:
        row["discounts"] = discounts.attach(
            world,
            params["discounts"] or [],
            customer=row["customer"],
            currency=row["currency"],
            amount=row["subtotal"] or None,
            invoice=row["id"],
        )


def apply_final(world: World, row: Json, params: Json) -> None:
    """Put on a final invoice what it still lets change."""
    texts.check_descriptor(params, "statement_descriptor")
    if "statement_descriptor" in params:
        row["statement_descriptor"] = params["statement_descriptor"] or None
    if "default_payment_method" in params:
        row["default_payment_method"] = _method(world, row, params["default_payment_method"])
    apply_payment_settings(row, params)
    row["metadata"] = merged(row["metadata"], params.get("metadata"))
