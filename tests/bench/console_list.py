"""Makes payments and times requests to their lists, a JSON line each: `python -m tests.bench.console_list 1000000`."""

import json
import sys
import time
from collections.abc import Iterator

import django

django.setup()

# Django must be set up before its models can be imported.
from django.test import Client, override_settings  # noqa: E402
from django.urls import include, path  # noqa: E402
from unfold.admin import ModelAdmin  # noqa: E402
from unfold.sites import UnfoldAdminSite  # noqa: E402

from payments.models import Payment  # noqa: E402
from tests import factories  # noqa: E402

ROUNDS = 5


class DefaultAdmin(ModelAdmin):  # type: ignore[misc]
    """What somebody writes first."""

    list_display = ("public_id", "status", "amount_minor", "currency", "customer", "created_at")
    list_filter = ("status", "currency")
    date_hierarchy = "created_at"
    search_fields = ("public_id", "stripe_id", "customer__email")
    ordering = ("-created_at",)


default = UnfoldAdminSite("default")
default.register(Payment, DefaultAdmin)
urlpatterns = [path("default/", default.urls), path("", include("config.urls"))]


def requests(count: int) -> Iterator[tuple[str, str, str]]:
    """(side, what is asked for, address)"""
    middle = Payment.objects.get(public_id=factories.numbered("pay", count // 2))
    known = factories.numbered("pay", count * 3 // 4)
    position = f"{middle.created_at.isoformat()}_{middle.pk}".replace("+", "%2B")
    console, plain = "/admin/payments/payment/", "/default/payments/payment/"
    yield "console", "page", console
    yield "console", "a page in the middle", f"{console}?older_than={position}"
    yield "console", "search by id", f"{console}?q={known}"
    yield "console", "search by e-mail", f"{console}?q=payer{count // 8}@example.com"
    yield "console", "search by amount", f"{console}?q=10.99"
    yield "default admin", "page", plain
    yield "default admin", "search by id", f"{plain}?q={known}"


def milliseconds(client: Client, address: str) -> float:
    started = time.perf_counter()
    assert client.get(address).status_code == 200, address
    return (time.perf_counter() - started) * 1000


def main(count: int) -> None:
    factories.make_many_payments(count)
    client = Client()
    client.force_login(factories.make_user(is_superuser=True))
    with override_settings(ROOT_URLCONF=__name__):
        for side, request, address in requests(count):
            milliseconds(client, address)
            print(json.dumps([side, request, *(milliseconds(client, address) for _ in range(ROUNDS))]), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
