"""A payment's page tells its story in order, with every payload and no secret, and says what to do."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from config.base import clock
from config.base.models import ConfirmedAction, IdempotentRequest, User
from payments.models import Payment
from tests import factories


def page(client: Client, payment: Payment) -> str:
    response = client.get(f"/admin/payments/payment/{payment.pk}/change/")
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def storied(db: None) -> Payment:
    """A payment that was asked for by the API, called for, told of, declined, paid and refunded, a minute each."""
    start = clock.now() - timedelta(hours=1)
    minutes = [start + timedelta(minutes=number) for number in range(9)]
    customer = factories.make_customer(name="Ada Payer", email="ada@example.com")
    payment = factories.make_payment(customer=customer, created_at=start, client_secret="pi_1_secret_never_shown")
    key = factories.make_api_key()
    IdempotentRequest.objects.create(
        api_key=key, method="POST", path="/api/v1/payments", key="order-1", body_sha256="", request_id="req_api",
        status_code=201, body='{"id": "pay_1", "client_secret": "pi_1_secret_never_shown"}', created_at=minutes[0],
    )  # fmt: skip
    factories.make_outbound_call(
        payment, request_id="req_api", created_at=minutes[1], actor_kind="api_key", actor_label="web shop",
        params={"amount": 1099}, reply={"id": payment.stripe_id, "client_secret": "pi_1_secret_never_shown"},
    )  # fmt: skip
    factories.make_domain_event(payment, created_at=minutes[2], data={"amount": 1099, "currency": "eur"})
    factories.make_inbox_event(
        root_id=payment.stripe_id, type="payment_intent.created", received_at=minutes[3], stripe_created_at=minutes[2]
    )
    factories.make_attempt(payment, outcome="failed", decline_code="stolen_card", attempted_at=minutes[4])
    factories.make_attempt(payment, attempted_at=minutes[5])
    ConfirmedAction.objects.create(
        action="refund", object_id=payment.public_id, sequence=1, user=factories.make_user(name="Grace"),
        summary="€5.00 go back.", reason="duplicate", outcome="Done.", succeeded=True, created_at=minutes[6],
    )  # fmt: skip
    refund = factories.make_refund(payment, amount_minor=500, created_at=minutes[7], requested_by="Grace")
    factories.make_outbound_call(refund, action="refund.create", path="/v1/refunds", created_at=minutes[8])
    return payment


def test_the_timeline_tells_everything_in_order_with_its_actor(boss: Client, storied: Payment) -> None:
    text = page(boss, storied)

    kinds = re.findall(r'cf-entry-kind">([^<]+)<', text)
    assert kinds == [
        "API call", "Stripe call", "Event", "Webhook", "Attempt", "Attempt", "Staff action", "Refund", "Stripe call",
    ]  # fmt: skip
    assert "by API key web shop" in text
    assert "by Grace" in text
    assert "“duplicate”" in text


def test_payloads_are_one_click_away_without_secrets(boss: Client, storied: Payment) -> None:
    text = page(boss, storied)

    assert text.count("<details") >= 6
    assert "&quot;amount&quot;: 1099" in text
    assert "never_shown" not in text


def test_the_top_says_who_how_much_and_what_is_left(boss: Client, storied: Payment) -> None:
    text = page(boss, storied)

    for told in ("€10.99", "Ada Payer", "ada@example.com", "€5.99", "Succeeded", storied.public_id, storied.stripe_id):
        assert str(told) in text


def test_a_decline_says_what_to_say_and_what_to_do(boss: Client) -> None:
    declined = factories.make_payment(
        status="requires_payment_method", failure_code="card_declined", decline_code="insufficient_funds"
    )

    text = page(boss, declined)

    assert "Not enough money on the card or account." in text
    assert "They can try again later." in text


def test_flags_and_doubt_are_explained_with_the_next_safe_step(boss: Client) -> None:
    payment = factories.make_payment(flags=["amount_changed", "unheard_of"])
    refund = factories.make_refund(payment, status="unknown", amount_minor=100)
    factories.make_outbound_call(refund, action="refund.create", status="sent")

    text = page(boss, payment)

    assert "The amount at Stripe is not the one that was asked" in text
    assert "Unheard of: a rule was broken" in text
    assert "Stripe has not answered the refund yet" in text
    assert "Do not ask for it again" in text


@pytest.mark.parametrize(
    ("statuses", "label", "advice", "is_refused"),
    [
        (["needs_response"], "Disputed", "It cannot be refunded", True),
        (["under_review"], "Disputed", "which decides", True),
        (["lost"], "Dispute lost", "It cannot be refunded", True),
        (["lost", "warning_needs_response"], "Dispute lost", "It cannot be refunded", True),
        (["won"], "Dispute won", "gives the money back", False),
        (["warning_needs_response"], "Inquiry", "before its deadline", False),
        (["warning_closed"], "", "Warning closed", False),
    ],
)
def test_a_dispute_is_seen_at_once_and_before_a_refund(
    boss: Client, statuses: list[str], label: str, advice: str, is_refused: bool
) -> None:
    payment = factories.make_payment()
    for status in statuses:
        factories.make_dispute(payment, status=status)

    text, listed = page(boss, payment), boss.get("/admin/payments/payment/").content.decode()
    where = f"/admin/payments/payment/{payment.pk}/refund/"
    asked = boss.post(where, {"amount": "1", "note": "n", "step": "show"}, follow=True).content.decode()

    assert (f">{label}<" in text) and (f">{label}<" in listed) if label else "Inquiry" not in text + listed
    assert advice in text
    assert (where in text) is not is_refused
    assert ("Stripe refunds nothing: they would be paid twice" in asked) is is_refused


def test_a_failed_refund_says_why_and_what_now(boss: Client) -> None:
    refund = factories.make_refund(factories.make_payment(), status="failed", failure_message="expired card")

    text = page(boss, refund.payment)

    assert "failed: Expired card" in text
    assert "Ask the customer where else to send it" in text


@pytest.mark.parametrize(
    ("status", "step"),
    [
        ("requires_payment_method", "Nobody has paid yet"),
        ("requires_action", "must confirm with their bank"),
        ("processing", "The bank is working on it"),
        ("requires_capture", "Reserved, and not yet taken"),
    ],
)
def test_an_open_payment_says_what_comes_next(boss: Client, status: str, step: str) -> None:
    assert step in page(boss, factories.make_payment(status=status))


def test_the_customers_other_payments_stand_beside(boss: Client) -> None:
    customer = factories.make_customer()
    payment = factories.make_payment(customer=customer)
    other = factories.make_payment(customer=customer, description="Desk lamp", amount_refunded_minor=100)

    text = page(boss, payment)

    assert f"/admin/payments/payment/{other.pk}/change/" in text
    assert "Desk lamp" in text
    assert "Partly refunded" in text


def test_an_open_payment_page_is_sent_again_by_mail(boss: Client) -> None:
    payment = factories.make_payment(
        status="requires_action", customer=factories.make_customer(email="ada+1@example.com")
    )
    factories.make_pay_link(payment)

    text = page(boss, payment)

    assert re.search(r'href="mailto:ada%2B1%40example.com\?subject=[^"]+&amp;body=http[^"]+%2Fpay%2F', text)


def test_less_captured_than_asked_is_marked(boss: Client) -> None:
    assert "Partly captured" in page(boss, factories.make_payment(amount_minor=1099, amount_received_minor=1000))


def test_a_refund_that_a_webhook_confirmed_is_no_longer_in_doubt(boss: Client) -> None:
    refund = factories.make_refund(factories.make_payment(), status="succeeded", amount_minor=100)
    factories.make_outbound_call(refund, action="refund.create", status="sent")

    listed = boss.get("/admin/payments/payment/").content.decode()

    assert ">In doubt<" not in page(boss, refund.payment) + listed


def test_text_of_customers_cannot_become_markup(boss: Client) -> None:
    customer = factories.make_customer(name="<script>alert(1)</script>", email='"><img src=x>@example.com')
    payment = factories.make_payment(customer=customer, description="<b>bold</b>", metadata={"x": "</pre><script>"})
    factories.make_attempt(payment, method_label="<i>", failure_message="<u>")

    for address in (f"{payment.pk}/change/", "", f"{payment.pk}/refund/"):
        text = boss.get(f"/admin/payments/payment/{address}").content.decode()
        assert not [
            tag for tag in ("<script>alert", "<img src=x", "<b>bold", "</pre><script>", "<i>", "<u>") if tag in text
        ]


@pytest.mark.parametrize(
    ("livemode", "path"), [(True, "acct_factory/payments/"), (False, "acct_factory/test/payments/")]
)
def test_the_link_leads_to_stripes_dashboard_in_the_right_mode(boss: Client, livemode: bool, path: str) -> None:
    payment = factories.make_payment(account=factories.make_account(livemode=livemode))

    with override_settings(STRIPE_API_BASE=""):
        text = page(boss, payment)

    assert f"https://dashboard.stripe.com/{path}{payment.stripe_id}" in text


def test_a_page_asks_the_same_few_questions_however_long_the_story(boss: Client, storied: Payment) -> None:
    page(boss, storied)
    with CaptureQueriesContext(connection) as short:
        page(boss, storied)
    for _ in range(30):
        factories.make_outbound_call(storied)
        factories.make_inbox_event(root_id=storied.stripe_id)
        factories.make_attempt(storied)
        factories.make_domain_event(storied)
    with CaptureQueriesContext(connection) as long:
        page(boss, storied)

    assert len(long) == len(short) <= 25


def test_a_payment_is_also_found_at_its_public_id(boss: Client, shop: object) -> None:
    payment = factories.make_payment()

    assert boss.get(f"/admin/payments/payment/{payment.public_id}/change/").status_code == 200
    assert boss.get("/admin/payments/payment/pay_nobody/change/").status_code == 302


def test_support_sees_only_what_support_may_do(login, shop: object) -> None:
    payment = factories.make_payment(status="requires_capture")
    paid = factories.make_payment()
    support = login(role="support")

    assert "Capture…" not in page(support, payment)
    assert "Refund…" in page(support, paid)
    assert User.objects.filter(groups__name="support").exists()
