"""What most tests ask of the sandbox, with everything that Stripe wants filled in."""

from typing import Any

import stripe

# The package declares most fields as perhaps absent; a test that reads one means that it is there.
Client = Any
Object = Any
RETURN_URL = "https://shop.example/return"
OFFLINE = {"customer_acceptance": {"type": "offline"}}


def pay(client: Client, **more: Any) -> Object:
    """A payment intent that is confirmed at once: 10.99 USD by a good card unless told otherwise."""
    params = {
        "amount": 1099, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True,
        "return_url": RETURN_URL, **more,
    }  # fmt: skip
    return client.v1.payment_intents.create({k: v for k, v in params.items() if v is not None})


def refused(client: Client, **more: Any) -> stripe.CardError:
    """The decline of a payment that must not succeed."""
    try:
        intent = pay(client, **more)
    except stripe.CardError as error:
        return error
    raise AssertionError(f"not declined: {intent.status}")


def error_of(error: stripe.StripeError) -> dict[str, Any]:
    """What stands under ``error`` in the answer."""
    body: Any = error.json_body
    return dict(body["error"])
