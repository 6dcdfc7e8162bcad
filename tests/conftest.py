"""Every test's ground: its environment first, then Django, then the plugins that bring up what a test asks for."""

import os

import django

from tests.environment import TOLD

os.environ.update(TOLD)
django.setup()

pytest_plugins = ["tests.plugins.databases", "tests.plugins.servers"]
