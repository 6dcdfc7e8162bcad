"""System checks: one API version, keys where they belong, and nothing to remark on in production."""

import os
import subprocess
import sys

import pytest
from django.core.management import call_command
from pytest_django import Settings

from config import env
from payments import checks

LIVE = "sk_live_" + "x" * 24
TEST = "sk_test_" + "x" * 24
PRODUCTION = {
    "SECRET_KEY": "3jX0vE8dQmZr5tB1wLk7uYpC4sHnA9fGqT2eVbKxMzWdRoIy6U",
    "SITE_URL": "https://pay.example.com",
    "DATABASE_URL": "postgres://x:y@127.0.0.1:1/x",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "STRIPE_SECRET_KEY": LIVE,
    "STRIPE_PUBLISHABLE_KEY": LIVE.replace("sk_", "pk_"),
    "STRIPE_WEBHOOK_SECRET": "whsec_x",
    "TRUSTED_PROXIES": "10.0.0.0/8",
}


def manage(*arguments: str, told: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", *arguments]
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **told}
    return subprocess.run(command, env=environment, cwd=env.ROOT, capture_output=True, text=True, check=False)


def test_production_leaves_nothing_to_remark_on() -> None:
    done = manage("check", "--deploy", "--fail-level", "WARNING", told=PRODUCTION)

    assert (done.returncode, done.stdout) == (0, "System check identified no issues (0 silenced).\n"), done.stderr


@pytest.mark.parametrize(
    ("told", "complaint"),
    [
        ({"DEBUG": "1"}, "STRIPE_SECRET_KEY: a live key while DEBUG or STRIPE_API_BASE is set"),
        ({"STRIPE_API_BASE": "http://127.0.0.1:12111"}, "a live key while DEBUG or STRIPE_API_BASE is set"),
        ({"STRIPE_SECRET_KEY": TEST}, "STRIPE_SECRET_KEY: a test key in production"),
        ({"STRIPE_SECRET_KEY": LIVE.replace("sk_", "rk_"), "DEBUG": "1"}, "a live key while DEBUG"),
    ],
)
def test_a_key_in_the_wrong_place_ends_the_process(told: dict[str, str], complaint: str) -> None:
    done = manage("check", told=PRODUCTION | told)

    assert done.returncode == 1
    assert complaint in done.stderr
    assert LIVE not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_rehearsal_with_test_keys_is_allowed_when_it_is_meant() -> None:
    told = {"STRIPE_SECRET_KEY": TEST, "STRIPE_PUBLISHABLE_KEY": TEST.replace("sk_", "pk_"), "ALLOW_TEST_KEYS": "1"}

    assert manage("check", told=PRODUCTION | told).returncode == 0


def test_two_api_versions_are_an_error(settings: Settings) -> None:
    call_command("check", "--tag", "stripe")
    assert checks.one_api_version() == []

    settings.STRIPE_API_VERSION = "2025-01-27.acacia"

    assert [error.id for error in checks.one_api_version()] == ["payments.E001"]
