"""Stock dj-stripe: its own webhook view in a project as `startproject` makes it, on our database and keys.

Connections to the database are kept, as ours are: its best case.
"""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.stock.urls"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
