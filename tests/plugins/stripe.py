"""The local Stripe that the code under test talks to: one process a worker, empty at the start of each test."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import stripe

from config.base import clock
from config.base.models import LegalEntity, StripeAccount
from payments import gateway
from tests import environment
from tests.sandbox.server import ControlDoor, serve


@dataclass(frozen=True)
class LocalStripe(ControlDoor):
    """Its API by the SDK, with our key; its control door in words. Our clock follows its own at once."""

    def control(self, door: str, body: Mapping[str, Any] | None = None, **query: str) -> dict[str, Any]:
        told = super().control(door, body, **query)
        if body is not None:
            clock.follow()
        return told

    @property
    def client(self) -> stripe.StripeClient:
        return stripe.StripeClient(
            environment.SECRET_STRIPE_KEY, base_addresses={"api": self.url}, max_network_retries=0
        )

    def requests(self, method: str, path: str) -> list[dict[str, Any]]:
        """What was asked of it, oldest first."""
        return list(reversed(self.control("requests", path=path, method=method)["requests"]))

    def fail(self, method: str, path: str, kind: str, *, times: int = 1, **details: Any) -> None:
        """The next matching requests go wrong."""
        self.control("faults", {"method": method, "path": path, "kind": kind, "times": times, **details})

    def advance(self, *, seconds: int) -> None:
        """Let time pass at Stripe."""
        self.control("clock", {"advance_seconds": seconds})

    def deliver(self, **how: Any) -> None:
        """Change how webhooks are delivered, or deliver events again."""
        self.control("deliveries", how)


@pytest.fixture(scope="session")
def local_stripe() -> Iterator[LocalStripe]:
    with serve(port=environment.SANDBOX_PORT) as server:
        yield LocalStripe(server.url)


@pytest.fixture
def sandbox(local_stripe: LocalStripe) -> LocalStripe:
    """The local Stripe, empty, with nothing planned to go wrong and its clock at now."""
    local_stripe.control("reset", {})
    gateway.forget_outages()
    return local_stripe


@pytest.fixture
def account(db: None, sandbox: LocalStripe) -> StripeAccount:
    """Our row of the local Stripe's account."""
    entity = LegalEntity.objects.create(name="Ada Papers GmbH", country="DE", time_zone="Europe/Berlin", currency="eur")
    stripe_id = sandbox.client.v1.accounts.retrieve_current().id
    return StripeAccount.objects.create(
        legal_entity=entity, stripe_id=stripe_id, livemode=False, country="DE", default_currency="eur"
    )
