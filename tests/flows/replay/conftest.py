from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from config.base.models import LegalEntity, StripeAccount
from tests.flows import company_year
from tests.flows.replay import corners as small_world
from tests.flows.replay.frozen import frozen
from tests.flows.replay.worlds import World, played


@pytest.fixture(scope="session")
def year() -> Iterator[World]:
    """A year of a small company, played once."""
    with played(company_year.play) as world:
        yield world


@pytest.fixture(scope="session")
def corners() -> Iterator[World]:
    """A small world with a row for every table."""
    with played(small_world.play) as world:
        yield world


@pytest.fixture
def fresh(db: None, year: World) -> Iterator[StripeAccount]:
    """A database that knows nothing of the year, and a Stripe in which it has happened."""
    with _fresh(year) as account:
        yield account


@pytest.fixture
def fresh_corners(db: None, corners: World) -> Iterator[StripeAccount]:
    """The same for the small world."""
    with _fresh(corners) as account:
        yield account


@contextmanager
def _fresh(world: World) -> Iterator[StripeAccount]:
    with frozen(world):
        entity = LegalEntity.objects.create(name="Ada Papers GmbH", country="DE", currency="eur")
        yield StripeAccount.objects.create(
            legal_entity=entity,
            stripe_id=world.account,
            livemode=False,
            country="DE",
            default_currency="eur",
            created_at=datetime.fromtimestamp(world.began_at, UTC),
        )
