"""A shop in front of a sandbox, and the few steps that many facts share."""

from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

from tests.contract.calling import Caller, Json, Reply
from tests.sandbox.server import PUBLISHABLE_KEY, SECRET_KEY, Server

A_MOMENT, A_DAY = 60, 24 * 60 * 60


class Shop(Caller):
    """Asks the sandbox, and moves its outside world."""

    def __init__(self, server: Server) -> None:
        super().__init__(url=server.url, key=SECRET_KEY)
        self.server = server

    def as_browser(self, path: str, **params: Any) -> Reply:
        """A POST with the publishable key, as Stripe.js makes it."""
        return self.ask("POST", path, params, {"Authorization": f"Bearer {PUBLISHABLE_KEY}"})

    def card(self, number: str, **params: Any) -> Json:
        """A payment method of a card number, made in the browser."""
        card = {"number": number, "exp_month": 12, "exp_year": 2040, "cvc": "123"}
        return self.as_browser("/v1/payment_methods", type="card", card=card, **params).ok

    def customer(self, **params: Any) -> str:
        return str(self.post("/v1/customers", **params).ok["id"])

    def saved(self, payment_method: str) -> tuple[str, str]:
        """A customer with a payment method attached."""
        customer = self.customer()
        attached = self.post(f"/v1/payment_methods/{payment_method}/attach", customer=customer).ok
        return customer, str(attached["id"])

    def intent(self, payment_method: str | None = None, kind: str = "card", **params: Any) -> Reply:
        """A payment intent of 10.99, in dollars unless told otherwise."""
        given = {"amount": 1099, "currency": "usd", "payment_method_types": [kind]} | params
        return self.post("/v1/payment_intents", payment_method=payment_method, **given)

    def pay(self, payment_method: str, kind: str = "card", **params: Any) -> Reply:
        """Create and confirm at once, the customer being there."""
        return self.intent(payment_method, kind, **{"confirm": True, **params})

    def debit(self, payment_method: str, kind: str, currency: str) -> Json:
        """A bank debit under way, with the customer's mandate."""
        acceptance = {"type": "offline"}
        mandate = {"customer_acceptance": acceptance}
        return self.pay(payment_method, kind, currency=currency, mandate_data=mandate).ok

    def charge(self, intent: Json) -> Json:
        return self.get(f"/v1/charges/{intent['latest_charge']}").ok

    def again(self, thing: Json) -> Json:
        """The object as it is now."""
        paths = {
            "payment_intent": "payment_intents",
            "setup_intent": "setup_intents",
            "payment_method": "payment_methods",
        }
        return self.get(f"/v1/{paths.get(thing['object'], thing['object'] + 's')}/{thing['id']}").ok

    def paid(self, payment_method: str = "pm_card_visa", **params: Any) -> Json:
        """A payment that succeeded and was captured."""
        intent = self.pay(payment_method, **params).ok
        self.wait(A_MOMENT)
        return self.again(intent)

    def wait(self, seconds: int) -> None:
        """Let the sandbox's time pass, with all that is due meanwhile."""
        self.server.control("clock", {"advance_seconds": seconds})

    def authenticate(self, intent: Json, outcome: str = "complete") -> Json:
        """The customer at the bank's page."""
        form = urlencode({"client_secret": intent["client_secret"], "outcome": outcome}).encode()
        urlopen(f"{self.server.url}/_sandbox/3ds/{intent['id']}?frame=1", form, timeout=30).close()  # noqa: S310
        return self.again(intent)

    def events(self, object_id: str, *types: str) -> list[Json]:
        """Events about an object, oldest first."""
        found = self.get("/v1/events", limit=100, **({"types": list(types)} if types else {})).ok["data"]
        return [event for event in reversed(found) if event["data"]["object"].get("id") == object_id]

    def event_types(self, *object_ids: str) -> list[str]:
        found = self.get("/v1/events", limit=100).ok["data"]
        return [event["type"] for event in reversed(found) if event["data"]["object"].get("id") in object_ids]
