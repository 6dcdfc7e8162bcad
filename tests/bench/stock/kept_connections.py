"""Stock dj-stripe again, but on database connections that are kept, as ours are."""

from tests.bench.stock.settings import *  # noqa: F403
from tests.bench.stock.settings import DATABASES

DATABASES["default"] |= {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
