import time

import pytest
from django.core.cache import cache
from django_ratelimit.core import get_usage
from pytest_django.fixtures import Settings

from config.base import throttle
from config.base.throttle import Rate

HOUR = Rate(16, 3600)


@pytest.fixture(autouse=True)
def _fresh(redis_url: str) -> None:
    cache.clear()
    throttle.forget_failure()


def refused_after(name: str, rate: Rate, *, at_most: int = 100) -> int:
    """How many are let through before the first refusal."""
    return next(count for count in range(at_most) if throttle.hit(name, "ada", rate) is not None)


def broken_before(name: str, *, windows: int, step: int, rate: Rate) -> None:
    """As if the limit had last been broken so many windows ago, at that step."""
    counted = get_usage(None, group=name, key=lambda *_: "ada", rate=(1, rate.period_seconds))
    window_end = int(time.time()) + counted["time_left"] - windows * rate.period_seconds
    cache.set(f"throttle:{name}:ada", (window_end, step))


def test_so_many_pass_and_the_next_is_told_how_long_to_wait() -> None:
    assert refused_after("a", HOUR) == 16

    wait_seconds = throttle.hit("a", "ada", HOUR)
    assert wait_seconds is not None
    assert 0 < wait_seconds <= 3601
    assert throttle.hit("a", "bob", HOUR) is None
    assert throttle.hit("b", "ada", HOUR) is None


@pytest.mark.parametrize(("step", "limit"), [(0, 8), (1, 4), (2, 2), (3, 1), (4, 1), (9, 1)])
def test_each_window_broken_in_a_row_halves_the_next_ones_limit_down_to_a_sixteenth(step: int, limit: int) -> None:
    broken_before("a", windows=1, step=step, rate=HOUR)

    assert refused_after("a", HOUR) == limit


@pytest.mark.parametrize(("windows", "limit"), [(2, 4), (3, 8), (4, 16), (5, 16)])
def test_each_window_kept_doubles_it_again(windows: int, limit: int) -> None:
    broken_before("a", windows=windows, step=2, rate=HOUR)

    assert refused_after("a", HOUR) == limit


def test_the_limit_of_a_window_does_not_change_within_it() -> None:
    refused_after("a", HOUR)

    assert all(throttle.hit("a", "ada", HOUR) is not None for _ in range(40))


def test_a_second_broken_window_tightens_for_real() -> None:
    rate = Rate(4, 2)
    assert refused_after("a", rate) == 4
    wait_seconds = throttle.hit("a", "ada", rate)
    assert wait_seconds is not None
    time.sleep(wait_seconds)

    assert refused_after("a", rate) == 2


class TestWithoutACache:
    @pytest.fixture(autouse=True)
    def _gone(self, settings: Settings) -> None:
        gone = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
        settings.CACHES = {"default": gone}

    def test_nobody_is_refused(self) -> None:
        assert all(throttle.hit("a", "ada", Rate(1, 60)) is None for _ in range(5))

    def test_nobody_waits_for_it_twice(self) -> None:
        throttle.hit("a", "ada", HOUR)
        began = time.monotonic()
        for _ in range(1000):
            throttle.hit("a", "ada", HOUR)
        assert time.monotonic() - began < 0.1
