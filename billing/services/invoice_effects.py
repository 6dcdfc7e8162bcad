"""How a wish about an invoice or a credit note shows in what Stripe has: (body, params) -> bool."""

from payments.failures import JsonObject
from payments.stripe_fields import nested, our_id


def is_finalized(body: JsonObject, _: JsonObject) -> bool:
    return body.get("status") not in {"draft", None}


def is_paid(body: JsonObject, _: JsonObject) -> bool:
    return body.get("status") == "paid"


def is_void(body: JsonObject, _: JsonObject) -> bool:
    return body.get("status") == "void"


def is_uncollectible(body: JsonObject, _: JsonObject) -> bool:
    return body.get("status") == "uncollectible"


def has_lines(body: JsonObject, params: JsonObject) -> bool:
    """Every line that was sent stands on the invoice, known by our label."""
    standing = {our_id(line) for line in nested(body, "lines").get("data", [])}
    return all(our_id(line) in standing for line in params["lines"])
