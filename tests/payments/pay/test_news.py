"""The page believes our own row, read from Stripe when it may be old; nothing a browser says."""

from urllib.parse import urlencode

from django.test import Client

from config.base.clock import real_now
from payments.models import Root
from payments.services import pay_links
from payments.services.pay_links import LinkDetails
from payments.views import pay

INTENTS = "/v1/payment_intents"


def age(link) -> None:
    """The last look at Stripe was a while ago."""
    Root.objects.filter(stripe_id=link.payment.stripe_id).update(fetched_at=real_now() - 2 * pay.RECENT)


def confirm_in_browser(sandbox, link, method="pm_card_visa") -> None:
    """What Stripe.js does, without a webhook to tell us."""
    sandbox.client.v1.payment_intents.confirm(
        link.payment.stripe_id, {"payment_method": method, "return_url": pay_links.url(link)}
    )


def reads(sandbox, link) -> int:
    return len(sandbox.requests("GET", f"{INTENTS}/{link.payment.stripe_id}"))


def test_a_late_webhook_does_not_make_the_page_wrong(make_link, sandbox, client):
    link = make_link()
    confirm_in_browser(sandbox, link)
    age(link)

    assert client.get(f"{pay_links.url(link)}status").json()["state"] == "paid"
    link.payment.refresh_from_db()
    assert link.payment.status == "succeeded"


def test_stripe_is_not_asked_more_often_than_every_few_seconds(make_link, sandbox, client):
    link = make_link()
    age(link)

    for _ in range(5):
        client.get(f"{pay_links.url(link)}status")

    assert reads(sandbox, link) == 1


def test_news_from_the_browser_is_looked_at_at_once(make_link, sandbox, client):
    link = make_link()
    client.get(f"{pay_links.url(link)}status?news=1")
    confirm_in_browser(sandbox, link)

    assert client.get(f"{pay_links.url(link)}status?news=1").json()["state"] == "paid"


def test_what_can_change_no_more_is_not_asked_for(make_link, sandbox, client):
    link = make_link("pm_card_visa")
    before = reads(sandbox, link)

    client.get(f"{pay_links.url(link)}status?news=1")

    assert reads(sandbox, link) == before


def test_without_stripe_the_page_says_what_it_knew_and_that_it_is_old(make_link, sandbox, client):
    link = make_link()
    sandbox.fail("GET", f"{INTENTS}/{link.payment.stripe_id}", "error_500", times=9)

    answer = client.get(f"{pay_links.url(link)}status?news=1").json()

    assert (answer["state"], answer["is_fresh"]) == ("open", False)


def test_a_forged_return_from_the_bank_pays_nothing(make_link, client):
    link = make_link()
    forged = {"payment_intent": link.payment.stripe_id, "redirect_status": "succeeded"}

    response = client.get(f"{pay_links.url(link)}?{urlencode(forged)}")

    assert response.status_code == 302
    assert client.get(f"{pay_links.url(link)}status").json()["state"] == "open"


def test_a_true_return_from_the_bank_is_read_and_leaves_no_secret_in_the_address(make_link, sandbox, client):
    link = make_link()
    confirm_in_browser(sandbox, link)
    secret = {"payment_intent_client_secret": link.payment.client_secret, "redirect_status": "failed"}

    response = client.get(f"{pay_links.url(link)}?{urlencode(secret)}")

    assert response["Location"] == f"/pay/{pay_links.token(link)}/"
    link.payment.refresh_from_db()
    assert link.payment.status == "succeeded"


def test_a_return_while_stripe_is_away_is_looked_at_by_the_page_itself(make_link, sandbox, client):
    link = make_link()
    sandbox.fail("GET", f"{INTENTS}/{link.payment.stripe_id}", "error_500", times=9)

    response = client.get(f"{pay_links.url(link)}?redirect_status=succeeded")

    assert response["Location"].endswith("/#news")


def begin(link, **body):
    return Client(enforce_csrf_checks=True).post(f"{pay_links.url(link)}begin", body)


def test_an_open_payment_may_begin(make_link):
    assert begin(make_link()).json()["payable"] is True


def test_a_paid_payment_may_not_begin_again(make_link):
    answer = begin(make_link("pm_card_visa")).json()

    assert (answer["state"], answer["payable"]) == ("paid", False)


def test_without_the_terms_nobody_begins(make_link):
    link = make_link(details=LinkDetails(terms_url="https://shop.example/terms"))

    refused = begin(link)
    link.refresh_from_db()
    assert (refused.status_code, refused.json()["payable"]) == (400, False)
    assert link.terms_accepted_at is None

    assert begin(link, terms="accepted").json()["payable"] is True
    link.refresh_from_db()
    assert link.terms_accepted_at


def test_beginning_is_a_post(make_link, client):
    assert client.get(f"{pay_links.url(make_link())}begin").status_code == 405
