"""Who does something: staff, an API key, a customer, Stripe, or the system itself."""

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    STAFF = "staff"
    API_KEY = "api_key"
    CUSTOMER = "customer"
    STRIPE = "stripe"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks, for audit lines, domain events and outbound calls.

    `id`: our id of that person, key or customer (staff: the user's pk as text), `label`: for people to read,
    `request_id`: the HTTP request in which it happens, if any; it joins logs, outbound calls and API replies.
    """

    kind: ActorKind
    id: str = ""
    label: str = ""
    request_id: str = ""

    def __str__(self) -> str:
        return self.label or f"{self.kind}:{self.id}".rstrip(":")

    @classmethod
    def system(cls, name: str, *, request_id: str = "") -> "Actor":
        return cls(ActorKind.SYSTEM, name, name, request_id)


STRIPE = Actor(ActorKind.STRIPE, "stripe", "Stripe")
