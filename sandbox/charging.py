"""Charges: made, declined, settled, captured, reversed."""

from copy import deepcopy

from . import books, instruments, settling, tariff
from .card_table import Decline, TestCard
from .json_types import Json
from .world import World

AUTHORIZATION_SECONDS = 7 * 86400
_NON_CARD = "payment"


def blank(world: World, intent: Json, method: Json) -> Json:
    """A charge of the intent's amount, before anybody answered."""
    prefix = "ch" if method["type"] == "card" else "py"
    id_ = world.ids.new(prefix)
    return {
        "id": id_,
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": deepcopy(method["billing_details"]),
        "calculated_statement_descriptor": intent["statement_descriptor"] or "SANDBOX",
        "captured": False,
        "created": world.clock.now(),
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "on_behalf_of": None,
        "outcome": None,
        "paid": False,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": None,
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": deepcopy(intent["shipping"]),
        "source": None,
        "source_transfer": None,
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": "pending",
        "transfer_data": None,
        "transfer_group": intent["transfer_group"],
    }


def card_details(world: World, intent: Json, method: Json, *, authenticated: str | None) -> Json:
    """``charge.payment_method_details`` of a card."""
    card, test = method["card"], instruments.card_behind(world, method["id"])
    address = method["billing_details"]["address"]
    card_hash: Json = {
        "amount_authorized": intent["amount"],
        "authorization_code": world.ids.digits(6),
        "brand": card["brand"],
        "checks": {
            "address_line1_check": test.line1_check if address["line1"] else None,
            "address_postal_code_check": test.postal_code_check if address["postal_code"] else None,
            "cvc_check": _cvc_check(card, test),
        },
        "country": card["country"],
        "exp_month": card["exp_month"],
        "exp_year": card["exp_year"],
        "extended_authorization": {"status": "disabled"},
        "fingerprint": card["fingerprint"],
        "funding": card["funding"],
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "last4": card["last4"],
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": card["networks"]["preferred"] or card["brand"],
        "network_token": {"used": False},
        "network_transaction_id": world.ids.digits(15),
        "overcapture": {
            "maximum_amount_capturable": intent["amount"],
            "status": "unavailable",
        },
        "regulated_status": "unregulated",
        "three_d_secure": three_d_secure(world, authenticated),
        "transaction_link_id": None,
        "wallet": None,
    }
    if intent["capture_method"] == "manual":
        card_hash["capture_before"] = world.clock.now() + AUTHORIZATION_SECONDS
    return {"card": card_hash, "type": "card"}


def _cvc_check(card: Json, test: TestCard) -> str | None:
    check: str | None = card["checks"]["cvc_check"]
    return test.cvc_check if check or test.cvc_check != "pass" else None


def three_d_secure(world: World, flow: str | None) -> Json | None:
    """The record of an authentication: ``challenge`` or ``frictionless``; None without one."""
    if flow is None:
        return None
    return {
        "authentication_flow": flow,
        "electronic_commerce_indicator": "05",
        "exemption_indicator": None,
        "exemption_indicator_applied": None,
        "result": "authenticated",
        "result_reason": None,
        "transaction_id": world.ids.text(36),
        "version": "2.2.0",
    }


def bank_details(world: World, method: Json, mandate: str | None) -> Json:
    """``charge.payment_method_details`` of a bank debit."""
    kind, bank = method["type"], method[method["type"]]
    wanted = {
        "us_bank_account": (
            "account_holder_type", "account_type", "bank_name", "fingerprint", "last4",
            "routing_number",
        ),
        "sepa_debit": ("bank_code", "branch_code", "country", "fingerprint", "last4"),
        "bacs_debit": ("fingerprint", "last4", "sort_code"),
    }[kind]  # fmt: skip
    details: Json = {name: bank[name] for name in wanted}
    details |= {"expected_debit_date": None, "mandate": mandate}
    if kind == "us_bank_account":
        details["payment_reference"] = world.ids.digits(15)
    return {kind: details, "type": kind}


def outcome_of(card: TestCard | None, *, decline: Decline | None = None) -> Json:
    """``charge.outcome``."""
    risk = card.risk if card else "normal"
    score = {"normal": 20, "elevated": 65, "highest": 90}[risk]
    scored: Json = {"risk_level": risk if card else "not_assessed"}
    if card:
        scored["risk_score"] = score
    if decline is None:
        return {
            "advice_code": None,
            "network_advice_code": None,
            "network_decline_code": None,
            "network_status": "approved_by_network",
            "reason": None,
            "seller_message": "Payment complete.",
            "type": "authorized",
            **scored,
        }
    return {
        "advice_code": decline.advice_code,
        "network_advice_code": None,
        "network_decline_code": decline.network_decline_code or None,
        "network_status": "not_sent_to_network" if decline.blocked else "declined_by_network",
        "reason": _reason(decline),
        "seller_message": decline.seller_message,
        "type": "blocked" if decline.blocked else "issuer_declined",
        **scored,
    }


def _reason(decline: Decline) -> str:
    if decline.blocked:
        return "highest_risk_level"
    return decline.decline_code or decline.code


def receipt(world: World, charge: Json) -> str:
    """Where the receipt is shown."""
    return f"{world.base_url}/_sandbox/receipts/{charge['id']}"


def settle(world: World, charge: Json) -> Json:
    """The money arrives in the balance; returns the balance transaction."""
    kind = charge["payment_method_details"]["type"]
    bypass, country = False, None
    if kind == "card":
        test = instruments.card_behind(world, charge["payment_method"])
        bypass, country = test.bypass_pending, test.country
    moved = settling.settled(world, charge["amount_captured"], charge["currency"])
    row = books.post(
        world,
        type_="charge" if kind == "card" else _NON_CARD,
        moved=moved,
        source=charge["id"],
        description=charge["description"],
        fees=_fees(world, moved, kind, country),
        available_on=None if bypass or not settling.waits(world, kind) else settling.available_on(world, kind),
    )
    charge["balance_transaction"] = row["id"]
    return row


def _fees(world: World, moved: settling.Settled, kind: str, country: str | None) -> list[tuple[int, str]]:
    fee = tariff.for_charge(world, moved.amount, moved.currency, kind, country)
    converting = tariff.for_conversion(moved.amount, moved.currency) if moved.rate is not None else 0
    return [(fee, books.PROCESSING), (converting, books.CONVERSION)]


def settle_late(world: World, due: Json) -> None:
    """The asynchronous capture of an automatic payment is done."""
    charge = world.store.get("charge", due["subject"])
    if charge["balance_transaction"] is None:
        settle(world, charge)
        world.changed("charge.updated", charge)


def mark_captured(world: World, charge: Json, amount: int) -> None:
    """The charge holds what was captured; the rest of the authorization just ends."""
    charge["captured"] = True
    charge["amount_captured"] = amount
    charge["receipt_url"] = receipt(world, charge)
