"""`manage.py stripe_setup`: one right endpoint, its secret shown once and kept nowhere, everything imported once."""

from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from itertools import islice

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from djstripe.models import WebhookEndpoint

from config.base.actor import Actor
from config.base.models import LegalEntity, StripeAccount
from payments import event_table
from payments.models import Customer, ImportCursor, OutboundCall, Payment, PaymentMethod, SetupIntent
from payments.services import accounts, customers, stripe_import
from tests.plugins.stripe import LocalStripe

TEST = Actor.system("test")
URL = "http://testserver/webhooks/stripe/"


def setup(*arguments: str) -> str:
    told = StringIO()
    call_command("stripe_setup", *arguments, stdout=told)
    return told.getvalue()


def endpoints(sandbox: LocalStripe) -> list[tuple[str, str | None, list[str]]]:
    found = sandbox.client.v1.webhook_endpoints.list().data
    return [(body.status, body.api_version, body.enabled_events) for body in found]


OURS = ("enabled", settings.STRIPE_API_VERSION, event_table.enabled_types())


def test_the_endpoint_is_made_once_and_its_secret_kept_nowhere(account: StripeAccount, sandbox: LocalStripe) -> None:
    first, second = setup("--no-import"), setup("--no-import")

    assert endpoints(sandbox) == [OURS]
    secret = next(line for line in first.splitlines() if line.startswith("whsec_"))
    assert "whsec_" not in second
    call = OutboundCall.objects.get()
    assert (call.action, call.subject_id, call.status) == ("webhook_endpoint.create", account.public_id, "answered")
    assert secret not in str(call.reply)
    mirrored = WebhookEndpoint.objects.get()
    assert (mirrored.url, mirrored.status) == (URL, "enabled")
    assert secret not in str(vars(mirrored))
    assert sandbox.client.v1.webhook_endpoints.list().data[0].url == URL


def test_an_endpoint_of_another_version_is_replaced_and_disabled(account: StripeAccount, sandbox: LocalStripe) -> None:
    sandbox.client.v1.webhook_endpoints.create({"url": URL, "enabled_events": ["charge.succeeded"]})
    elsewhere = "https://elsewhere.example/hook"
    sandbox.client.v1.webhook_endpoints.create({"url": elsewhere, "enabled_events": ["*"]})

    told = setup("--no-import")

    ours, other, old = endpoints(sandbox)
    assert ours == OURS
    assert other == ("enabled", None, ["*"])
    assert old == ("disabled", None, ["charge.succeeded"])
    assert "disabled" in told


@pytest.mark.parametrize("wrong", [{"enabled_events": ["charge.succeeded"]}, {"disabled": True}])
def test_an_endpoint_that_strayed_is_brought_up_to_date(
    account: StripeAccount, sandbox: LocalStripe, wrong: dict[str, object]
) -> None:
    setup("--no-import")
    made = sandbox.client.v1.webhook_endpoints.list().data[0]
    sandbox.client.v1.webhook_endpoints.update(made.id, wrong)  # type: ignore[arg-type]

    told = setup("--no-import", "--url", URL)

    assert endpoints(sandbox) == [OURS]
    assert "whsec_" not in told


@pytest.mark.parametrize("fault", ["drop_before", "drop_after"])
def test_a_lost_answer_leaves_one_endpoint_and_its_secret(
    account: StripeAccount, sandbox: LocalStripe, fault: str
) -> None:
    sandbox.fail("POST", "/v1/webhook_endpoints", fault, times=3)

    with pytest.raises(CommandError, match="Run this command again"):
        setup("--no-import")
    told = setup("--no-import")

    assert endpoints(sandbox) == [OURS]
    assert "\nwhsec_" in told
    assert OutboundCall.objects.get().status == "answered"


def test_the_account_is_introduced_once(db: None, sandbox: LocalStripe) -> None:
    first, second = accounts.current(), accounts.current()

    assert first == second
    assert (first.livemode, first.stripe_id) == (False, sandbox.client.v1.accounts.retrieve_current().id)
    assert LegalEntity.objects.count() == 1
    assert first.legal_entity.currency == first.default_currency
    assert len(sandbox.requests("GET", "/v1/account")) == 2


def test_many_who_ask_at_once_introduce_one_account(db: None, sandbox: LocalStripe) -> None:
    def introduced(_: int) -> int:
        try:
            return accounts.current().pk
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=6) as threads:
        assert len(set(threads.map(introduced, range(6)))) == 1

    assert (StripeAccount.objects.count(), LegalEntity.objects.count()) == (1, 1)


def make_history(sandbox: LocalStripe) -> None:
    """An account that was used without us."""
    stripe = sandbox.client.v1
    for number in range(3):
        stripe.customers.create({"email": f"customer{number}@example.com"})
    ada = stripe.customers.create({"email": "ada@example.com"})
    card = stripe.payment_methods.attach("pm_card_visa", {"customer": ada.id})
    stripe.customers.update(ada.id, {"invoice_settings": {"default_payment_method": card.id}})
    stripe.payment_intents.create(
        {
            "amount": 1099,
            "currency": "eur",
            "customer": ada.id,
            "payment_method": card.id,
            "confirm": True,
            "return_url": "https://shop.example/back",
        }
    )
    stripe.setup_intents.create({"customer": ada.id})


def counts() -> list[int]:
    return [model.objects.count() for model in (Customer, PaymentMethod, Payment, SetupIntent)]


def test_what_the_account_had_is_imported_once(account: StripeAccount, sandbox: LocalStripe) -> None:
    make_history(sandbox)

    first, asked = setup(), len(sandbox.requests("GET", "/v1/customers"))
    second = setup()

    ada = Customer.objects.get(email="ada@example.com")
    assert counts() == [4, 1, 1, 1]
    assert ada.default_payment_method == PaymentMethod.objects.get(customer=ada)
    assert Payment.objects.get().customer == ada
    assert Payment.objects.get().status == "succeeded"
    assert "customer: 4 imported." in first
    assert "customer: 4 imported." in second
    assert len(sandbox.requests("GET", "/v1/customers")) == asked
    assert not OutboundCall.objects.exclude(subject_type="webhook_endpoint").exists()


def test_an_interrupted_import_goes_on_where_it_was(account: StripeAccount, sandbox: LocalStripe) -> None:
    make_history(sandbox)

    list(islice(stripe_import.run(account=account, by=TEST), 1))
    assert ImportCursor.objects.get().read == 4
    *_, last = stripe_import.run(account=account, by=TEST)

    assert counts() == [4, 1, 1, 1]
    assert (last.kind, last.is_done) == ("credit_note", True)
    assert ImportCursor.objects.filter(finished_at=None).count() == 0
    starts = [request["params"].get("starting_after") for request in sandbox.requests("GET", "/v1/customers")]
    assert starts == [None, ImportCursor.objects.get(kind="customer").after]


def test_the_import_leaves_alone_what_is_known(account: StripeAccount, sandbox: LocalStripe) -> None:
    make_history(sandbox)
    ours = customers.create(account=account, by=TEST, email="bob@example.com")

    setup()

    assert Customer.objects.filter(email="bob@example.com").get() == ours
    assert Customer.objects.count() == 5
