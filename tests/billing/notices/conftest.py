"""A mail server for those who ask for one."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.billing.notices.post_office import Opened, PostOffice


@pytest.fixture
def post_office(settings: Any) -> Iterator[PostOffice]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    office = PostOffice()
    opened = Opened(office, port)
    opened.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.DEFAULT_FROM_EMAIL = "billing@counterfoil.test"
    yield office
    opened.stop()
