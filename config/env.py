"""The typed environment: what the process was told, else `.env`, else what the demo left in `.local/env`."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import dj_database_url
import dj_email_url
from dotenv import dotenv_values

ROOT = Path(__file__).resolve().parent.parent
STRIPE_JS = "https://js.stripe.com/dahlia/stripe.js"
TAX_SERVICES = ("stripe_tax", "rates", "none")
LIVE = ("sk_live_", "rk_live_", "pk_live_")
TEST = ("sk_test_", "rk_test_", "pk_test_")

Network = IPv4Network | IPv6Network
T = TypeVar("T")


class BadEnvironment(SystemExit):
    """Ends the process with one line for each variable that is wrong."""


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Every setting that differs between two installations; `.env.example` explains each."""

    debug: bool
    secret_key: str = field(repr=False)
    secret_key_fallbacks: tuple[str, ...] = field(repr=False)
    site_url: str
    allowed_hosts: tuple[str, ...]
    cors_allowed_origins: tuple[str, ...]
    trusted_proxies: tuple[Network, ...]
    database: Mapping[str, Any] = field(repr=False)
    redis_url: str = field(repr=False)
    stripe_secret_key: str = field(repr=False)
    stripe_publishable_key: str
    stripe_webhook_secrets: tuple[str, ...] = field(repr=False)
    stripe_webhook_addresses: tuple[Network, ...]
    stripe_connect_client_id: str
    stripe_api_base: str
    stripe_js_url: str
    tax_calculation_service: str
    books_start: date | None
    allow_test_keys: bool
    metrics_token: str = field(repr=False)
    email: Mapping[str, Any] = field(repr=False)
    sentry_dsn: str = field(repr=False)

    @property
    def is_https(self) -> bool:
        return self.site_url.startswith("https://")


@dataclass(frozen=True)
class Source:
    """Hands out values by name and remembers what was wrong with them."""

    values: Mapping[str, str]
    faults: list[str] = field(default_factory=list)

    def get(self, name: str, parse: Callable[[str], T], default: T, wanted: str) -> T:
        if not (value := self.values.get(name, "").strip()):
            return default
        try:
            return parse(value)
        except (ValueError, KeyError):
            self.faults.append(f"{name}: {wanted}.")
            return default

    def text(self, name: str, default: str = "") -> str:
        return self.get(name, str, default, "")

    def flag(self, name: str) -> bool:
        return self.get(name, parse_flag, False, "say 1 or 0")

    def words(self, name: str) -> tuple[str, ...]:
        return self.get(name, parse_words, (), "")

    def networks(self, name: str) -> tuple[Network, ...]:
        wanted = "list addresses or networks, like 10.0.0.0/8, between commas"
        return self.get(name, lambda value: tuple(map(ip_network, parse_words(value))), (), wanted)

    def url(self, name: str, default: str = "") -> str:
        return self.get(name, parse_url, default, "give an address that starts with https:// or http://")

    def require(self, *names: str) -> None:
        self.faults.extend(
            f"{name}: production needs it; .env.example explains it." for name in names if not self.text(name)
        )


def read(told: Mapping[str, str] = os.environ, root: Path = ROOT) -> Environment:
    """The environment of this process, checked as a whole; raises BadEnvironment."""
    source = Source(merged(told, root))
    environment = parse(source)
    if not environment.debug:
        source.require("SECRET_KEY", "SITE_URL", "DATABASE_URL", "REDIS_URL")
    if faults := [*source.faults, *misplaced_keys(environment)]:
        raise BadEnvironment("\n".join(faults))
    return environment


def merged(told: Mapping[str, str], root: Path) -> dict[str, str]:
    """What the process was told, over `.env`, over the demo's; the demo's only beside the demo's database."""
    mine = from_file(root / ".env") | dict(told)
    demo = from_file(root / ".local" / "env")
    is_production = told.get("DATABASE_URL") and not told.get("DEBUG")
    is_elsewhere = mine.get("DATABASE_URL") not in {None, "", demo.get("DATABASE_URL")}
    return mine if is_production or is_elsewhere else demo | mine


def from_file(path: Path) -> dict[str, str]:
    return {name: value for name, value in dotenv_values(path).items() if value}


def parse(source: Source) -> Environment:
    site_url = source.url("SITE_URL", "http://127.0.0.1:8000")
    return Environment(
        debug=source.flag("DEBUG"),
        secret_key=source.text("SECRET_KEY", "for-development-only"),
        secret_key_fallbacks=source.words("SECRET_KEY_FALLBACKS"),
        site_url=site_url,
        allowed_hosts=source.words("ALLOWED_HOSTS") or (urlsplit(site_url).hostname or "",),
        cors_allowed_origins=source.words("CORS_ALLOWED_ORIGINS"),
        trusted_proxies=source.networks("TRUSTED_PROXIES"),
        database=source.get(
            "DATABASE_URL", parse_database, NO_DATABASE, "give postgres://user:password@host:port/name"
        ),
        redis_url=source.text("REDIS_URL", "redis://127.0.0.1:6379/0"),
        stripe_secret_key=source.text("STRIPE_SECRET_KEY"),
        stripe_publishable_key=source.text("STRIPE_PUBLISHABLE_KEY"),
        stripe_webhook_secrets=source.words("STRIPE_WEBHOOK_SECRET"),
        stripe_webhook_addresses=source.networks("STRIPE_WEBHOOK_ADDRESSES"),
        stripe_connect_client_id=source.text("STRIPE_CONNECT_CLIENT_ID"),
        stripe_api_base=source.url("STRIPE_API_BASE"),
        stripe_js_url=source.url("STRIPE_JS_URL", STRIPE_JS),
        tax_calculation_service=source.get(
            "TAX_CALCULATION_SERVICE", parse_tax_service, "none", f"say one of {', '.join(TAX_SERVICES)}"
        ),
        books_start=source.get("BOOKS_START", date.fromisoformat, None, "give a day, like 2026-01-31"),
        allow_test_keys=source.flag("ALLOW_TEST_KEYS"),
        metrics_token=source.text("METRICS_TOKEN"),
        email=source.get("EMAIL_URL", parse_email, CONSOLE, "give smtp+tls://user:password@host:port or console://"),
        sentry_dsn=source.text("SENTRY_DSN"),
    )


def misplaced_keys(environment: Environment) -> list[str]:
    """Money may move only when it is meant to: live keys nowhere but in production, test keys not there."""
    is_trial = environment.debug or bool(environment.stripe_api_base)
    is_serious = not environment.debug and not environment.allow_test_keys
    keys = {
        "STRIPE_SECRET_KEY": environment.stripe_secret_key,
        "STRIPE_PUBLISHABLE_KEY": environment.stripe_publishable_key,
    }
    live = [name for name, key in keys.items() if key.startswith(LIVE) and is_trial]
    test = [name for name, key in keys.items() if key.startswith(TEST) and is_serious]
    return [
        *(f"{name}: a live key while DEBUG or STRIPE_API_BASE is set; use a test key." for name in live),
        *(f"{name}: a test key in production; use a live key, or ALLOW_TEST_KEYS=1 to rehearse." for name in test),
    ]


def parse_flag(value: str) -> bool:
    return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[value.lower()]


def parse_words(value: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in value.split(",") if word.strip())


def parse_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(value)
    return value.rstrip("/")


def parse_database(value: str) -> Mapping[str, Any]:
    if urlsplit(value).scheme not in {"postgres", "postgresql"}:
        raise ValueError(value)
    return dict(dj_database_url.parse(value))


def parse_email(value: str) -> Mapping[str, Any]:
    config: dict[str, Any] = dj_email_url.parse(value)
    if "EMAIL_BACKEND" not in config:
        raise ValueError(value)
    return config


def parse_tax_service(value: str) -> str:
    return TAX_SERVICES[TAX_SERVICES.index(value)]


# In development the commands that need no database work without one: lint, makemigrations, collectstatic.
NO_DATABASE = parse_database("postgres://127.0.0.1:1/DATABASE_URL_is_not_set")
CONSOLE = parse_email("console://")
