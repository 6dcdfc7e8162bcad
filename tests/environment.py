"""What the code under test is told: everything, so that neither the shell nor a .env changes a test.

Loaded by `-p` before pytest-django reads the settings: a worker would otherwise read what its parent was told.
"""

import os

from config.local import places, processes, redis

# Kept for the workers, who inherit what the first process wrote over it: the server to make databases on, or none.
DATABASE_SERVER = os.environ.setdefault("TEST_DATABASE_SERVER", os.environ.get("DATABASE_URL", ""))
REDIS = redis.new_address()
SANDBOX_PORT = processes.free_port()

WEBHOOK_SECRET = "whsec_" + "t" * 32
SECRET_STRIPE_KEY = "sk_test_" + "t" * 32
PUBLISHABLE_STRIPE_KEY = "pk_test_" + "t" * 32

TOLD = {
    "XDG_CONFIG_HOME": str(places.LOCAL / "config"),
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "DEBUG": "",
    "SECRET_KEY": "for-tests-" + "t" * 50,
    "SECRET_KEY_FALLBACKS": "",
    "SITE_URL": "http://testserver",
    "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
    "CORS_ALLOWED_ORIGINS": "",
    "TRUSTED_PROXIES": "",
    "DATABASE_URL": "postgres://127.0.0.1:1/this_test_did_not_ask_for_a_database",
    "REDIS_URL": REDIS.url,
    "STRIPE_SECRET_KEY": SECRET_STRIPE_KEY,
    "STRIPE_PUBLISHABLE_KEY": PUBLISHABLE_STRIPE_KEY,
    "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
    "STRIPE_WEBHOOK_ADDRESSES": "",
    "STRIPE_API_BASE": f"http://127.0.0.1:{SANDBOX_PORT}",
    "STRIPE_JS_URL": f"http://127.0.0.1:{SANDBOX_PORT}/stripe.js",
    "TAX_CALCULATION_SERVICE": "none",
    "STRIPE_CONNECT_CLIENT_ID": "",
    "BOOKS_START": "",
    "ALLOW_TEST_KEYS": "1",
    "METRICS_TOKEN": "metrics-token-of-the-tests",
    "EMAIL_URL": "memory://",
    "SENTRY_DSN": "",
}

os.environ.update(TOLD)
