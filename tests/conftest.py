"""Every test's ground: its environment first, then Django, then the plugins that bring up what a test asks for."""

import django
from django.conf import settings

django.setup()
settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}

pytest_plugins = [
    "tests.plugins.databases",
    "tests.plugins.servers",
    "tests.plugins.stripe",
    "tests.plugins.pay_links",
    "tests.plugins.tables",
    "tests.plugins.contract",
    "tests.plugins.behaviours",
    "tests.plugins.replay",
]
