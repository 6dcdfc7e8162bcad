"""How long the long flows are: random orders of events, days of a company whose reconciliation is killed."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--replay-orders", type=int, default=3, help="random orders of a year's events to replay")
    parser.addoption("--killed-days", type=int, default=60, help="days on which the reconciliation is killed")


@pytest.fixture
def killed_days(pytestconfig: pytest.Config) -> int:
    days: int = pytestconfig.getoption("--killed-days")
    return days


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "replay_order" in metafunc.fixturenames:
        metafunc.parametrize("replay_order", range(metafunc.config.getoption("--replay-orders")))
