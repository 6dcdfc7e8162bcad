"""Keys, scopes, rates, and the answers that every address gives alike."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO

import pytest
import requests
from django.conf import settings as django_settings
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from config.base import api_keys, clock, throttle
from config.base.actor import Actor
from config.base.models import ApiKey, StripeAccount
from tests.payments.api.client import Storefront
from tests.plugins.stripe import LocalStripe

GOOD = {"amount": 1099, "currency": "eur"}
STAFF = Actor.system("test")


def problem(answer: requests.Response) -> tuple[int, str]:
    """Status and code of an answer that is a problem in every respect."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == answer.status_code
    assert body["type"] == f"http://testserver/api/problems/{body['code']}"
    assert body["request_id"] == answer.headers["Request-Id"]
    assert body["title"]
    assert body["detail"]
    return answer.status_code, body["code"]


class TestKeys:
    @pytest.mark.parametrize("header", ["", "Bearer", "Bearer ck_wrong", "Basic abc", "Bearer a b", "ck_wrong"])
    def test_without_a_valid_one_nothing_is_answered(self, shop: Storefront, header: str) -> None:
        answer = requests.get(f"{shop.url}/api/v1/payments", headers={"Authorization": header}, timeout=10)

        assert problem(answer) == (401, "unauthenticated")
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="api"'

    def test_only_the_hash_is_kept(self, account: StripeAccount) -> None:
        key, secret = api_keys.create(account=account, name="shop", scopes=["*"])

        assert secret.startswith("ck_")
        assert len(secret) == 46
        kept = ApiKey.objects.filter(pk=key.pk).values().get()
        assert secret not in str(kept)
        assert kept["last_four"] == secret[-4:]

    def test_a_revoked_one_ends_at_once(self, shop: Storefront) -> None:
        key = ApiKey.objects.get()
        assert api_keys.revoke(key=key, by=STAFF)
        assert not api_keys.revoke(key=key, by=STAFF)

        assert problem(shop.get("/payments")) == (401, "unauthenticated")

    def test_the_last_use_is_noted_once_a_minute(self, shop: Storefront, sandbox: LocalStripe) -> None:
        shop.get("/payments")
        first = ApiKey.objects.get().last_used_at
        shop.get("/payments")
        assert ApiKey.objects.get().last_used_at == first
        sandbox.advance(seconds=61)
        shop.get("/payments")

        last = ApiKey.objects.get().last_used_at
        assert first is not None
        assert last is not None
        assert last - first >= timedelta(seconds=60)
        assert last <= clock.now()

    @pytest.mark.parametrize(
        ("scope", "reads", "writes"),
        [("*", 200, 201), ("payments:*", 200, 201), ("payments:read", 200, 403), ("payments:write", 403, 201),
         ("customers:*", 403, 403)],
    )  # fmt: skip
    def test_scopes_say_what_a_key_may(
        self, storefront: Callable[..., Storefront], sandbox: LocalStripe, scope: str, reads: int, writes: int
    ) -> None:
        shop = storefront(scope)

        assert shop.get("/payments").status_code == reads
        assert shop.post("/payments", GOOD).status_code == writes
        assert len(sandbox.requests("POST", "/v1/payment_intents")) == (writes == 201)

    def test_a_missing_scope_is_named(self, storefront: Callable[..., Storefront]) -> None:
        answer = storefront("payments:read").post("/payments", GOOD)

        assert problem(answer) == (403, "missing_scope")
        assert "payments:write" in answer.json()["detail"]


class TestTheCommand:
    def test_prints_a_key_alone_on_the_last_line(self, account: StripeAccount, live_server: LiveServer) -> None:
        out = StringIO()

        call_command(
            "create_api_key", name="shop", scopes="payments:read, payments:write", stdout=out, stderr=StringIO()
        )

        secret = out.getvalue().splitlines()[-1]
        assert Storefront(live_server.url, secret).get("/payments").status_code == 200
        assert ApiKey.objects.get().scopes == ["payments:read", "payments:write"]

    @pytest.mark.parametrize("scopes", ["payments:refund", "unicorns:read", "payments", "", "payments:read,**"])
    def test_refuses_scopes_that_mean_nothing(self, account: StripeAccount, scopes: str) -> None:
        with pytest.raises(CommandError, match="payments:read"):
            call_command("create_api_key", name="shop", scopes=scopes)

        assert not ApiKey.objects.exists()

    def test_says_what_to_do_before_there_is_an_account(self, db: None) -> None:
        with pytest.raises(CommandError, match="stripe_setup"):
            call_command("create_api_key", name="shop", scopes="*")


class TestProblems:
    def test_an_unknown_address(self, shop: Storefront) -> None:
        for path in (
            "/api/",
            "/api/v1/",
            "/api/v1/nothing",
            "/api/v1/payments/",
            "/api/v2/payments",
            "/api/v1/payments/%20",
        ):
            assert problem(requests.get(shop.url + path, timeout=10)) == (404, "unknown_address")

    def test_a_wrong_method(self, shop: Storefront) -> None:
        answer = shop.call("DELETE", "/payments")

        assert problem(answer) == (405, "method_not_allowed")
        assert answer.headers["Allow"] == "GET, HEAD, POST"

    def test_a_format_that_is_not_served(self, shop: Storefront) -> None:
        answer = shop.call("GET", "/payments", headers={"Accept": "text/xml"})

        assert problem(answer) == (406, "not_acceptable")

    def test_a_foreign_host(self, shop: Storefront) -> None:
        answer = shop.call("GET", "/payments", headers={"Host": "evil.example.com"})

        assert problem(answer) == (400, "bad_request")

    def test_what_nobody_foresaw_shows_nothing_of_our_insides(self, shop: Storefront) -> None:
        with renamed_table("payments_payment"):
            answer = shop.get("/payments")

        assert problem(answer) == (500, "internal_error")
        assert "payments_payment" not in answer.text
        assert "Traceback" not in answer.text

    def test_a_problems_type_leads_to_its_meaning(self, shop: Storefront) -> None:
        answer = requests.get(f"{shop.url}/api/problems/card_number_refused", timeout=10)

        assert answer.status_code == 200
        assert answer.json()["status"] == 400
        assert problem(requests.get(f"{shop.url}/api/problems/nothing", timeout=10)) == (404, "not_found")


class TestRates:
    @pytest.fixture(autouse=True)
    def _low(self, settings: Settings, redis_url: str) -> None:
        settings.API_RATES = {"address": (8, 3600), "key": (5, 3600), "failed_authentication": (3, 3600)}
        cache.clear()

    def test_a_key_has_its_rate(self, shop: Storefront, storefront: Callable[..., Storefront]) -> None:
        codes = [shop.get("/events").status_code for _ in range(6)]

        assert codes == [200] * 5 + [429]
        assert storefront("*").get("/events").status_code == 200

    def test_an_address_has_its_rate_and_is_told_when_to_go_on(self, storefront: Callable[..., Storefront]) -> None:
        answers = [storefront("*").get("/events") for _ in range(9)]

        assert [answer.status_code for answer in answers] == [200] * 8 + [429]
        assert problem(answers[-1]) == (429, "too_many_requests")
        assert 0 < int(answers[-1].headers["Retry-After"]) <= 3601

    def test_guessing_keys_is_stopped_sooner(self, shop: Storefront) -> None:
        guess = Storefront(shop.url, "ck_guess")

        assert [guess.get("/events").status_code for _ in range(5)] == [401, 401, 401, 429, 429]

    def test_without_a_cache_nobody_is_refused(self, shop: Storefront, settings: Settings) -> None:
        settings.CACHES = {"default": {**django_settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}

        assert [shop.get("/events").status_code for _ in range(12)] == [200] * 12
        throttle.forget_failure()


class TestBrowsers:
    def test_only_configured_origins_may_call(self, shop: Storefront, settings: Settings) -> None:
        settings.CORS_ALLOWED_ORIGINS = ["https://shop.example.com"]

        friend = preflight(shop, "https://shop.example.com")
        stranger = preflight(shop, "https://evil.example.com")

        assert friend.headers["Access-Control-Allow-Origin"] == "https://shop.example.com"
        assert "idempotency-key" in friend.headers["Access-Control-Allow-Headers"]
        assert "Access-Control-Allow-Origin" not in stranger.headers
        shown = shop.call("GET", "/events", headers={"Origin": "https://shop.example.com"})
        assert "Idempotent-Replayed" in shown.headers["Access-Control-Expose-Headers"]


@contextmanager
def renamed_table(name: str) -> Iterator[None]:
    """The table is away for a while."""
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER TABLE "{name}" RENAME TO "away"')
    yield
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER TABLE "away" RENAME TO "{name}"')


def preflight(shop: Storefront, origin: str) -> requests.Response:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,idempotency-key",
    }
    return requests.options(f"{shop.url}/api/v1/payments", headers=headers, timeout=10)


def test_no_cache_keeps_an_answer(shop: Storefront) -> None:
    assert shop.get("/payments").headers["Cache-Control"] == "no-store"
    assert shop.get("/payments/pay_nobody").headers["Cache-Control"] == "no-store"
    assert requests.get(f"{shop.url}/api/v1/payments", timeout=10).headers["Cache-Control"] == "no-store"
