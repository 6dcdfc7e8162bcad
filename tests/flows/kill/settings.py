"""The project's settings on a database connection that can kill its process."""

from config.settings import *  # noqa: F403
from config.settings import DATABASES

DATABASES["default"]["ENGINE"] = "tests.flows.kill.backend"
