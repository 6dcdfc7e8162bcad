"""How many random orders of events the replay tries."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--replay-orders", type=int, default=3, help="random orders of a year's events to replay")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "replay_order" in metafunc.fixturenames:
        metafunc.parametrize("replay_order", range(metafunc.config.getoption("--replay-orders")))
