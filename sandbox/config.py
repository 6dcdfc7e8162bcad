"""What a person may set before the start: command line first, then SANDBOX_* variables."""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

API_VERSION = "2026-08-26.dahlia"
INTERVALS = ("daily", "weekly", "monthly", "manual")
ACCOUNT_ID = "acct_1SandboxLocalStripe"


@dataclass(frozen=True, kw_only=True)
class Config:
    """One running sandbox. Seconds are the sandbox's own unless the name says otherwise."""

    host: str = "127.0.0.1"
    port: int = 12111
    store: Path | None = None
    secret_key: str | None = None
    publishable_key: str | None = None
    country: str = "US"
    currency: str = "usd"
    seed: str | None = None
    start_days_ago: int = 0
    payouts: str = "manual"
    settle: tuple[tuple[str, str, str], ...] = ()
    capture_delay_seconds: int = 1
    debit_delay_seconds: int = 3
    refund_delay_seconds: int = 5
    webhook_retry_seconds: tuple[float, ...] = (60, 1800, 7200)
    webhook_timeout_seconds: float = 20
    webhook_concurrency: int = 8
    requests_per_second: int = 0
    raw_card_data: bool = False

    @property
    def url(self) -> str:
        """Where the sandbox's own pages are reached."""
        return f"http://{self.host}:{self.port}"


def _seconds(text: str) -> tuple[float, ...]:
    return tuple(float(part) for part in text.split(",") if part.strip())


def _interval(text: str) -> str:
    if text not in INTERVALS:
        raise ValueError(text)
    return text


def _pairs(text: str) -> tuple[tuple[str, str, str], ...]:
    """Currencies and rates: ``usd/eur=0.92,gbp/eur=1.17``."""
    found = (part.lower().replace("=", "/").split("/") for part in text.split(",") if part.strip())
    return tuple((code.strip(), to.strip(), rate.strip()) for code, to, rate in found)


def _yes(text: str) -> bool:
    return text.lower() in ("1", "true", "yes")


def _parser(env: dict[str, str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    default = Config()

    def option(name: str, kind: type | object, fallback: object, explain: str) -> None:
        variable = "SANDBOX_" + name.upper().replace("-", "_")
        parser.add_argument(
            f"--{name}",
            type=kind,  # type: ignore[arg-type]
            default=env.get(variable, fallback),
            help=f"{explain} ({variable})",
        )

    option("host", str, default.host, "address to listen on")
    option("port", int, default.port, "port to listen on; 0 takes a free one")
    option("store", Path, None, "folder of the SQLite file; without it nothing survives")
    option("secret-key", str, None, "accept this secret key only; otherwise any sk_test_…")
    option("publishable-key", str, None, "accept this publishable key only")
    option("country", str, default.country, "country of the account")
    option("currency", str, default.currency, "default currency of the account")
    option("seed", str, None, "make ids the same on every run")
    option("start-days-ago", int, 0, "an empty sandbox begins so long ago; its clock can then be moved up to now")
    option("payouts", _interval, "manual", "an empty sandbox pays out daily, weekly, monthly, or by hand: manual")
    option("settle", _pairs, "", "currencies an empty sandbox settles in another one, e.g. usd/eur=0.92")
    option("capture-delay-seconds", int, default.capture_delay_seconds, "automatic_async capture")
    option("debit-delay-seconds", int, default.debit_delay_seconds, "bank debits settle after")
    option("refund-delay-seconds", int, default.refund_delay_seconds, "pending refunds move after")
    option("webhook-retry-seconds", _seconds, "60,1800,7200", "pauses before each retry, comma-separated")
    option("webhook-timeout-seconds", float, default.webhook_timeout_seconds, "an endpoint may take")
    option("webhook-concurrency", int, default.webhook_concurrency, "deliveries under way at once")
    option("raw-card-data", _yes, "no", "let secret keys send card numbers, as Stripe does on request")
    option("requests-per-second", int, 0, "answer 429 above this rate; 0 is no limit")
    return parser


def from_arguments(argv: Sequence[str] | None = None) -> Config:
    """The configuration for this process."""
    values = vars(_parser(dict(os.environ)).parse_args(argv))
    return Config(**values)
