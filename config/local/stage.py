"""What the demo's processes and its story are told: addresses, keys and log-ins, the same after every restart."""

import json
import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from config.local import places, postgres

FILE = places.LOCAL / "stage.json"
ENV_FILE = places.LOCAL / "env"
STRIPE_STORE = places.LOCAL / "sandbox"


@dataclass(kw_only=True)
class Stage:
    """One demo. `is_played` says that its story is in the database; the webhook secret and API key come with it."""

    port: int
    sandbox_port: int
    secret_key: str = field(default_factory=lambda: secrets.token_urlsafe(50))
    stripe_secret_key: str = field(default_factory=lambda: f"sk_test_{secrets.token_hex(24)}")
    stripe_publishable_key: str = field(default_factory=lambda: f"pk_test_{secrets.token_hex(24)}")
    metrics_token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    staff_email: str = "staff@counterfoil.example"
    staff_password: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    webhook_secret: str = ""
    api_key: str = ""
    is_played: bool = False

    @property
    def site_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def sandbox_url(self) -> str:
        return f"http://127.0.0.1:{self.sandbox_port}"

    def environment(self, *, database_url: str, redis_url: str) -> dict[str, str]:
        """What the processes of the demo are told; it runs as production does, with a Stripe of its own."""
        return {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DEBUG": "",
            "SECRET_KEY": self.secret_key,
            "SITE_URL": self.site_url,
            "ALLOWED_HOSTS": "127.0.0.1,localhost",
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "STRIPE_API_BASE": self.sandbox_url,
            "STRIPE_JS_URL": f"{self.sandbox_url}/stripe.js",
            "STRIPE_SECRET_KEY": self.stripe_secret_key,
            "STRIPE_PUBLISHABLE_KEY": self.stripe_publishable_key,
            "STRIPE_WEBHOOK_SECRET": self.webhook_secret,
            "ALLOW_TEST_KEYS": "1",
            "METRICS_TOKEN": self.metrics_token,
            "EMAIL_URL": f"file:///{places.LOCAL / 'mails'}?_default_from_email=billing@counterfoil.example",
        }


def recall() -> Stage:
    """The stage of last time, or a new one; `PORT` and `SANDBOX_PORT` choose where."""
    ports = {"port": chosen_port("PORT", 8000), "sandbox_port": chosen_port("SANDBOX_PORT", 12111)}
    told = json.loads(FILE.read_text()) if FILE.exists() else {}
    return Stage(**(told | ports))


def save(stage: Stage) -> None:
    postgres.write_private(FILE, json.dumps(asdict(stage), indent=2))


def write_environment(values: Mapping[str, str]) -> None:
    """Let `manage.py` in this folder work on the demo's data."""
    postgres.write_private(ENV_FILE, "".join(f"{name}='{value}'\n" for name, value in values.items()))


def forget() -> None:
    """Another demo begins: new keys, and a local Stripe that knows nothing."""
    FILE.unlink(missing_ok=True)
    shutil.rmtree(STRIPE_STORE, ignore_errors=True)


def chosen_port(name: str, default: int) -> int:
    text = os.environ.get(name) or str(default)
    if not (text.isdigit() and 0 < int(text) < 65536):
        raise places.Unusable(f"{name}: give a port number, like {default}.")
    return int(text)
