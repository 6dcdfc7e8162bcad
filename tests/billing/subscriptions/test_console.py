"""Staff start, change, pause and end subscriptions; before each they read what it means in money."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from billing.models import Price, Quote, Subscription
from payments.models import Customer
from tests.billing.quotes.asking import DAY, at_stripe, balance, collected, running
from tests.plugins.stripe import LocalStripe

Login = Callable[..., Client]


@pytest.fixture
def staff(login: Login) -> Client:
    return login(role="support")


def url(subscription: Subscription, action: str = "change") -> str:
    return f"/admin/billing/subscription/{subscription.pk}/{action}/"


def shown(client: Client, where: str, form: dict[str, Any]) -> Any:
    return client.post(where, {**form, "step": "show"})


def done(client: Client, where: str, form: dict[str, Any]) -> Any:
    """Read the confirmation, and confirm it as the page would."""
    page = shown(client, where, form)
    assert page.status_code == 200, told(page)
    hidden = {field.html_name: field.value() for field in page.context["form"]}
    sent = {name: "" if value is None else value for name, value in hidden.items()}
    return client.post(where, {**sent, "step": "do", "seen": page.context["seen"]})


def told(response: Any) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def test_the_page_tells_everything_about_it(staff: Client, ada: Customer, basic: Price) -> None:
    subscription = running(ada, basic, quantity=3)

    text = staff.get(url(subscription)).content.decode()

    for expected in ("Studio × 3", "€29.00 monthly", "Change…", "Pause…", "Cancel…", "Visa", "Timeline"):
        assert expected in text, expected
    assert "Undo cancel" not in text
    assert "Clear flags" not in text


def test_the_list_is_found_by_customer_and_id(staff: Client, ada: Customer, basic: Price) -> None:
    subscription = running(ada, basic)

    for term in ("ada@example.com", subscription.public_id, str(subscription.stripe_id), "sub_nobody"):
        page = staff.get("/admin/billing/subscription/", {"q": term}).content.decode()
        assert ("Studio" in page) == (term != "sub_nobody"), term


def change(subscription: Subscription, **other: Any) -> dict[str, Any]:
    item = subscription.items.get(removed_at=None)
    price, quantity = other.pop("price", item.price_id), other.pop("quantity", item.quantity)
    return {f"price_{item.pk}": price, f"quantity_{item.pk}": quantity, "when": "now", **other}


def test_a_change_shows_its_price_and_then_costs_it(
    staff: Client, ada: Customer, basic: Price, pro: Price, sandbox: LocalStripe
) -> None:
    subscription = running(ada, basic)
    sandbox.advance(seconds=10 * DAY)
    form = change(subscription, price=pro.pk, reason="Wants more")

    text = shown(staff, url(subscription, "plan"), form).content.decode()
    quote = Quote.objects.get()
    assert f"To pay today: {quote.total_now}." in text
    assert at_stripe(sandbox, subscription) == [(basic.stripe_id, 1)]
    response = done(staff, url(subscription, "plan"), form)

    assert f"Collected: {quote.total_now}" in told(response)
    assert at_stripe(sandbox, subscription) == [(pro.stripe_id, 1)]
    assert collected(sandbox) == 2900 + quote.total_now_minor


def test_a_change_whose_price_is_gone_is_shown_again_at_the_new_one(
    staff: Client, ada: Customer, basic: Price, pro: Price, sandbox: LocalStripe
) -> None:
    subscription = running(ada, basic)
    page = shown(staff, url(subscription, "plan"), change(subscription, price=pro.pk))
    hidden = {field.html_name: field.value() or "" for field in page.context["form"]}
    sandbox.advance(seconds=16 * 60)

    response = staff.post(
        url(subscription, "plan"), {**hidden, "step": "do", "seen": page.context["seen"]}, follow=True
    )

    text = response.content.decode()
    assert "The price has changed meanwhile" in text
    assert "To pay today" in text
    assert collected(sandbox) == 2900


def test_a_change_of_nothing_is_told_above_the_form(staff: Client, ada: Customer, basic: Price) -> None:
    subscription = running(ada, basic)

    text = shown(staff, url(subscription, "plan"), change(subscription)).content.decode()

    assert "Nothing would change" in text


def test_a_cancellation_shows_what_is_given_back(
    staff: Client, ada: Customer, basic: Price, sandbox: LocalStripe
) -> None:
    subscription = running(ada, basic)
    sandbox.advance(seconds=10 * DAY)

    text = shown(staff, url(subscription, "cancel"), {"how": "credit"}).content.decode()
    assert "are credited to the customer&#x27;s balance" in text
    done(staff, url(subscription, "cancel"), {"how": "credit", "reason": "Asked for it"})

    subscription.refresh_from_db()
    assert subscription.status == "canceled"
    assert balance(sandbox, ada) < 0


def test_a_cancellation_at_the_end_is_undone(staff: Client, ada: Customer, basic: Price) -> None:
    subscription = running(ada, basic)

    done(staff, url(subscription, "cancel"), {"how": "period_end"})
    subscription.refresh_from_db()
    assert subscription.cancel_at_period_end or subscription.cancel_at
    done(staff, url(subscription, "undo_cancel"), {})

    subscription.refresh_from_db()
    assert not subscription.cancel_at_period_end
    assert subscription.cancel_at is None


def test_it_is_paused_and_resumed(staff: Client, ada: Customer, basic: Price) -> None:
    subscription = running(ada, basic)

    done(staff, url(subscription, "pause"), {"behavior": "void"})
    assert "Collection paused" in staff.get(url(subscription)).content.decode()
    done(staff, url(subscription, "resume"), {})

    subscription.refresh_from_db()
    assert subscription.pause_behavior == ""


def start(price: Price, **more: Any) -> dict[str, Any]:
    return {"price_1": price.pk, "quantity_1": 2, "collection": "charge_automatically",
            "at_trial_end": "create_invoice", **more}  # fmt: skip


def test_a_start_shows_its_first_invoice_and_collects_it(
    staff: Client, ada: Customer, basic: Price, sandbox: LocalStripe
) -> None:
    here = f"/admin/billing/subscription/start/{ada.pk}/"
    assert staff.get("/admin/billing/subscription/add/", {"customer": ada.pk}).headers["Location"] == here

    text = shown(staff, here, start(basic, collect_now="on")).content.decode()
    assert "The first invoice is €58.00." in text
    assert not Subscription.objects.exists()
    response = done(staff, here, start(basic, collect_now="on"))

    made = Subscription.objects.get()
    assert response.headers["Location"] == url(made)
    assert made.status == "active"
    assert collected(sandbox) == 5800


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"trial_days": 14}, "Nothing is collected during the trial of 14 days."),
        ({"collection": "send_invoice", "days_until_due": 14}, "The invoice is sent, and due within 14 days."),
        ({"anchor_day": 28}, "The first invoice is €"),
    ],
)
def test_each_way_to_start_says_what_is_collected(
    staff: Client, ada: Customer, basic: Price, more: dict[str, Any], expected: str
) -> None:
    page = shown(staff, f"/admin/billing/subscription/start/{ada.pk}/", start(basic, **more)).content.decode()

    assert expected in page
    assert "could not be asked" not in page


def test_a_start_that_does_not_fit_is_told_on_the_form(staff: Client, ada: Customer, basic: Price) -> None:
    page = shown(staff, f"/admin/billing/subscription/start/{ada.pk}/", start(basic, days_until_due=14))

    assert "Only invoices that are sent" in page.content.decode()


def test_a_customer_is_chosen_by_what_they_tell(staff: Client, ada: Customer) -> None:
    add = "/admin/billing/subscription/add/"

    assert staff.get(add).status_code == 200
    assert "There is no such customer" in staff.post(add, {"customer": "nobody"}).content.decode()
    assert staff.post(add, {"customer": "ADA@example.com"}).headers["Location"].endswith(f"/start/{ada.pk}/")


def test_what_comes_next_is_asked_of_stripe(staff: Client, ada: Customer, basic: Price) -> None:
    text = staff.get(url(running(ada, basic), "next")).content.decode()

    assert "€29.00" in text


@pytest.mark.parametrize("action", ["plan", "pause", "cancel", "undo_cancel", "payment_method", "clear_flags"])
def test_who_may_only_read_does_nothing(login: Login, ada: Customer, basic: Price, action: str) -> None:
    auditor = login(role="auditor", name="Grace")
    subscription = running(ada, basic)

    assert auditor.get(url(subscription)).status_code == 200
    assert auditor.get(url(subscription, action)).status_code == 403
    assert auditor.get("/admin/billing/subscription/add/").status_code == 403
