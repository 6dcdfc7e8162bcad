"""The customer's balance: negative is a credit that the next invoice takes, positive is a debit that it adds.

Source: https://docs.stripe.com/billing/customer/balance
"""

from sandbox.errors import ApiError
from sandbox.json_types import Json
from sandbox.world import World


def change(world: World, customer: Json, amount: int, type_: str, **more: str | Json | None) -> Json:
    """Add ``amount`` to the balance and tell of the customer; returns the transaction.

    ``more`` is currency, and what ``enter`` takes besides.
    """
    row = enter(world, customer, amount, type_, **more)  # type: ignore[arg-type]
    world.changed("customer.updated", customer)
    return row


def set_to(world: World, customer: Json, wanted: int) -> None:
    """Make the balance so much; the caller saves the customer."""
    if wanted != customer["balance"]:
        currency = customer["currency"] or world.config.currency
        enter(world, customer, wanted - customer["balance"], "adjustment", currency=currency)


def enter(
    world: World,
    customer: Json,
    amount: int,
    type_: str,
    *,
    currency: str,
    invoice: str | None = None,
    credit_note: str | None = None,
    description: str | None = None,
    metadata: Json | None = None,
) -> Json:
    """Add ``amount`` to the balance, the customer being saved by the caller; returns the transaction."""
    if customer["currency"] not in (None, currency) and customer["balance"]:
        raise ApiError(
            f"The customer's balance is in {customer['currency']}; it cannot be changed in {currency}.",
            param="currency",
        )
    customer["currency"] = customer["currency"] or currency
    customer["balance"] += amount
    row: Json = {
        "id": world.ids.new("cbtxn"),
        "object": "customer_balance_transaction",
        "amount": amount,
        "checkout_session": None,
        "created": world.clock.now(),
        "credit_note": credit_note,
        "currency": currency,
        "customer": customer["id"],
        "customer_account": None,
        "description": description,
        "ending_balance": customer["balance"],
        "invoice": invoice,
        "livemode": False,
        "metadata": metadata or {},
        "type": type_,
    }
    world.save(row)
    return row
