"""A key is shown once; no other page of the console shows a secret."""

import re

import pytest
from django.apps import apps
from django.test import Client

from config.base import api_keys
from config.base.console.payloads import readable
from config.base.models import ApiKey
from tests import factories

URL = "/admin/base/apikey/"


def test_a_new_key_is_shown_once_and_works(boss: Client, shop: object) -> None:
    page = boss.post(
        f"{URL}add/", {"account": factories.make_account().pk, "name": "web shop", "scopes": ["payments:read"]}
    )

    key = ApiKey.objects.get()
    secret = re.search(r'value="(ck_[^"]+)"', page.content.decode())
    assert secret
    assert api_keys.authenticate(secret[1]) == key
    assert key.scopes == ["payments:read"]
    assert "no-store" in page["Cache-Control"]
    for again in (URL, f"{URL}{key.pk}/change/"):
        assert secret[1] not in boss.get(again).content.decode()
        assert key.secret_sha256 not in boss.get(again).content.decode()


def test_a_revoked_key_stops_working_after_the_confirmation(boss: Client, shop: object) -> None:
    key, secret = api_keys.create(account=factories.make_account(), name="web shop", scopes=["*"])
    page = boss.get(f"{URL}{key.pk}/revoke/")
    assert api_keys.authenticate(secret) == key

    boss.post(f"{URL}{key.pk}/revoke/", {"step": "do", "seen": page.context["seen"]})

    assert api_keys.authenticate(secret) is None


def test_keys_are_made_and_revoked_only_by_whom_it_may(login, shop: object) -> None:
    key = factories.make_api_key()
    finance = login(role="finance")

    assert finance.post(f"{URL}add/", {"name": "x", "scopes": ["*"]}).status_code == 403
    assert finance.get(f"{URL}{key.pk}/revoke/").status_code == 403
    assert ApiKey.objects.count() == 1


def test_the_mirrors_keys_and_webhook_secrets_are_not_shown(boss: Client, db: None) -> None:
    mirror = apps.get_app_config("djstripe")
    keys = mirror.get_model("APIKey")._default_manager
    key = keys.create(type="secret", secret="sk_test_never_shown", livemode=False)
    endpoint = mirror.get_model("WebhookEndpoint")._default_manager.create(
        id="we_1", url="https://shop.example/", secret="whsec_never_shown", enabled_events=["*"], status="enabled",
        api_version="2026-08-26", livemode=False, stripe_data={"id": "we_1", "secret": "whsec_never_shown"},
    )  # fmt: skip

    for row in (key, endpoint):
        base = f"/admin/djstripe/{row._meta.model_name}/"
        for address in (base, f"{base}{row.pk}/change/"):
            page = boss.get(address)
            assert page.status_code == 200
            assert "never_shown" not in page.content.decode()


@pytest.mark.parametrize("name", ["client_secret", "secret", "api_key", "password", "Authorization", "webhook_secret"])
def test_payloads_lose_secrets_wherever_they_stand(name: str) -> None:
    text = readable({"data": [{"object": {name: "never_shown", "amount": 1099}}]})

    assert "never_shown" not in text
    assert "1099" in text


def test_payloads_that_fit_no_page_are_shown_all_the_same() -> None:
    assert "\\ud800" in readable('{"name": "\\ud800"}')
    assert readable('{"a": ' * 900 + "1" + "}" * 900) == "Nested too deep to be shown."
    assert readable("[" * 100_000) == "Nested too deep to be shown."
