"""Staff at the console, logged in, with and without permissions."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client

from config.base.console import roles
from config.base.models import StripeAccount
from tests import factories

Login = Callable[..., Client]


@pytest.fixture
def login(db: None) -> Login:
    """Log somebody in by role or by permissions (`payments.refund_payment`); CSRF is checked when asked for."""

    def log_in(*permissions: str, role: str = "", name: str = "Ada", checks_csrf: bool = False) -> Client:
        user = factories.make_user(name=name, email=f"{name.lower()}@counterfoil.test")
        if role:
            roles.create()
            user.groups.add(Group.objects.get(name=role))
        for label in permissions:
            app, _, codename = label.partition(".")
            user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
        client = Client(enforce_csrf_checks=checks_csrf)
        client.force_login(user)
        return client

    return log_in


@pytest.fixture
def boss(db: None) -> Client:
    """A superuser: even they cannot change what is read-only."""
    client = Client()
    client.force_login(factories.make_user(name="Grace", is_superuser=True))
    return client


@pytest.fixture
def shop(db: None) -> StripeAccount:
    """The account of rows made without a Stripe."""
    return factories.make_account()
