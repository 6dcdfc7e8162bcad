"""Mandates: a customer's leave to debit a bank account."""

from . import instruments
from .calls import Call
from .errors import ApiError, resource_missing
from .json_types import Json
from .world import World

NEEDED_FOR = frozenset({"us_bank_account", "sepa_debit", "bacs_debit"})


def _acceptance(world: World, call: Call | None, given: Json | None) -> Json:
    accepted = dict((given or {}).get("customer_acceptance") or {"type": "online"})
    kind = accepted["type"]
    result: Json = {"accepted_at": accepted.get("accepted_at", world.clock.now()), "type": kind}
    if kind == "offline":
        result["offline"] = {}
        return result
    online = accepted.get("online") or {}
    result["online"] = {
        "ip_address": online.get("ip_address") or (call.client_ip if call else None),
        "user_agent": online.get("user_agent") or (call.user_agent if call else None),
    }
    return result


def _details(world: World, method: Json) -> Json:
    reference = world.ids.text(16).upper()
    url = f"https://payments.stripe.com/mandate/{reference}"
    if method["type"] == "sepa_debit":
        return {"sepa_debit": {"reference": reference, "url": url}, "type": "sepa_debit"}
    if method["type"] == "bacs_debit":
        refused = instruments.bank_behind(world, method["id"]).mandate_refused
        bacs = {
            "network_status": "refused" if refused else "accepted",
            "reference": reference,
            "revocation_reason": None,
            "url": url,
        }
        return {"bacs_debit": bacs, "type": "bacs_debit"}
    return {"type": "us_bank_account", "us_bank_account": {}}


def accept(world: World, method: Json, call: Call | None, given: Json | None, *, single: Json | None) -> Json:
    """A new mandate; ``single`` is the amount and currency of a mandate for one payment."""
    refused = method["type"] == "bacs_debit" and instruments.bank_behind(world, method["id"]).mandate_refused
    row: Json = {
        "id": world.ids.new("mandate"),
        "object": "mandate",
        "customer_acceptance": _acceptance(world, call, given),
        "livemode": False,
        "payment_method": method["id"],
        "payment_method_details": _details(world, method),
        "status": "inactive" if refused else "active",
        "type": "single_use" if single else "multi_use",
    }
    row["single_use" if single else "multi_use"] = single or {}
    world.save(row)
    return row


def find(world: World, id_: str) -> Json:
    """The mandate; raises resource_missing."""
    row = world.store.find("mandate", id_)
    if row is None:
        raise resource_missing("mandate", id_, param="mandate")
    return row


def for_payment(world: World, method: Json, call: Call | None, params: Json, single: Json) -> Json:
    """The mandate under which this payment debits the account; raises 400 without one."""
    if params.get("mandate"):
        return find(world, params["mandate"])
    if params.get("mandate_data"):
        once = None if params.get("setup_future_usage") else single
        return accept(world, method, call, params["mandate_data"], single=once)
    known = [
        row
        for row in world.store.children("mandate", "payment_method", method["id"])
        if row["type"] == "multi_use" and row["status"] == "active"
    ]
    if known:
        return known[-1]
    if call is not None and call.with_publishable_key:
        return accept(world, method, call, None, single=single)
    raise ApiError(
        f"This PaymentIntent requires a mandate, but no existing mandate was found. Ensure that"
        f" PaymentMethod {method['id']} was set up for future use, or provide `mandate_data`.",
        code="payment_intent_mandate_invalid",
        param="mandate_data",
    )
