"""The environment: who wins, what is refused, and in which words."""

import re
from pathlib import Path

import pytest

from config import env

PRODUCTION = {
    "SECRET_KEY": "s" * 50,
    "SITE_URL": "https://billing.example.com/",
    "DATABASE_URL": "postgres://ada:secret@db:5432/books",
    "REDIS_URL": "redis://cache:6379/0",
    "STRIPE_SECRET_KEY": "sk_live_123",
}
DEMO = "DATABASE_URL='postgres://demo@127.0.0.1:5555/demo'\nSTRIPE_API_BASE='http://127.0.0.1:12111'\n"


def read(root: Path, **told: str) -> env.Environment:
    return env.read(told, root)


def faults(root: Path, **told: str) -> list[str]:
    with pytest.raises(env.BadEnvironment) as refused:
        read(root, **told)
    return str(refused.value).splitlines()


def write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def test_production_is_read_as_told(tmp_path):
    environment = read(tmp_path, **PRODUCTION)

    assert not environment.debug
    assert environment.site_url == "https://billing.example.com"
    assert environment.is_https
    assert environment.allowed_hosts == ("billing.example.com",)
    assert environment.database["NAME"] == "books"


def test_production_without_its_needs_refuses_to_start_and_names_each(tmp_path):
    named = [line.partition(":")[0] for line in faults(tmp_path)]

    assert named == ["SECRET_KEY", "SITE_URL", "DATABASE_URL", "REDIS_URL"]


def test_development_needs_nothing(tmp_path):
    assert read(tmp_path, DEBUG="1").debug


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "perhaps"),
        ("DATABASE_URL", "sqlite:///books.db"),
        ("SITE_URL", "billing.example.com"),
        ("STRIPE_API_BASE", "localhost:12111"),
        ("TRUSTED_PROXIES", "10.0.0.300"),
        ("BOOKS_START", "yesterday"),
        ("TAX_CALCULATION_SERVICE", "abacus"),
        ("EMAIL_URL", "pigeon://loft"),
        ("ALLOW_TEST_KEYS", "maybe"),
    ],
)
def test_a_bad_value_is_one_line_that_names_it_and_does_not_repeat_it(tmp_path, name, value):
    told = {"DEBUG": "1"} | {name: value}

    lines = [line for line in faults(tmp_path, **told) if line.startswith(f"{name}: ")]

    assert len(lines) == 1
    assert value not in lines[0]


def test_no_secret_shows_when_the_environment_is_printed(tmp_path):
    shown = repr(read(tmp_path, **PRODUCTION, STRIPE_WEBHOOK_SECRET="whsec_1,whsec_2", METRICS_TOKEN="token_1"))

    for secret in (PRODUCTION["SECRET_KEY"], "secret@db", "sk_live_123", "whsec_1", "token_1", "cache:6379"):
        assert secret not in shown


@pytest.mark.parametrize("name", ["STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY"])
@pytest.mark.parametrize("trial", [{"DEBUG": "1"}, {"STRIPE_API_BASE": "http://127.0.0.1:12111"}])
@pytest.mark.parametrize("key", ["sk_live_1", "rk_live_1"])
def test_a_live_key_is_refused_where_money_must_not_move(tmp_path, name, trial, key):
    lines = faults(tmp_path, **(PRODUCTION | {"STRIPE_SECRET_KEY": ""} | trial | {name: key}))

    assert lines == [f"{name}: a live key while DEBUG or STRIPE_API_BASE is set; use a test key."]


def test_a_test_key_in_production_needs_to_be_allowed(tmp_path):
    told = PRODUCTION | {"STRIPE_SECRET_KEY": "sk_test_1"}

    assert faults(tmp_path, **told)[0].startswith("STRIPE_SECRET_KEY: a test key in production")
    assert read(tmp_path, **told, ALLOW_TEST_KEYS="1").allow_test_keys


def test_the_process_wins_over_the_file(tmp_path):
    write(tmp_path / ".env", "DEBUG=1\nBOOKS_START=2026-01-01\nMETRICS_TOKEN=from-file\n")

    environment = read(tmp_path, BOOKS_START="2026-02-02", METRICS_TOKEN="")

    assert environment.debug
    assert str(environment.books_start) == "2026-02-02"
    assert environment.metrics_token == ""


def test_a_command_beside_a_running_demo_works_on_its_data(tmp_path):
    write(
        tmp_path / ".local" / "env", DEMO + "SECRET_KEY=k\nSITE_URL=http://127.0.0.1:8000\nREDIS_URL=redis://:p@h/0\n"
    )

    environment = read(tmp_path)

    assert environment.database["NAME"] == "demo"
    assert environment.stripe_api_base == "http://127.0.0.1:12111"


@pytest.mark.parametrize("url", [PRODUCTION["DATABASE_URL"], "postgres://demo@127.0.0.1:5555/demo"])
def test_a_demo_never_speaks_into_production(tmp_path, url):
    write(tmp_path / ".local" / "env", DEMO)

    assert read(tmp_path, **(PRODUCTION | {"DATABASE_URL": url})).stripe_api_base == ""


def test_a_demo_never_speaks_for_another_database(tmp_path):
    write(tmp_path / ".local" / "env", DEMO)
    write(tmp_path / ".env", "".join(f"{name}={value}\n" for name, value in PRODUCTION.items()))

    assert read(tmp_path).stripe_api_base == ""
    assert read(tmp_path, DEBUG="1", STRIPE_SECRET_KEY="").stripe_api_base == ""


def test_the_example_explains_every_name_that_is_read_and_no_other() -> None:
    asked = Asked()
    env.parse(env.Source(asked))

    explained = set(re.findall(r"^([A-Z_]+)=", (env.ROOT / ".env.example").read_text(), re.MULTILINE))
    assert explained == asked.names | {"STRIPE_CONTRACT_KEY"}


class Asked(dict[str, str]):
    """An empty environment that notes what is looked up in it."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def get(self, name: str, default: str = "") -> str:  # type: ignore[override]
        self.names.add(name)
        return default
