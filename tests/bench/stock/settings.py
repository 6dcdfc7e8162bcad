"""Stock dj-stripe behind our middleware, on our connections: only the address of its own webhook view is added."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.stock.urls"
