"""Money moves once, after a page that said what would happen, and only for whom it may."""

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.contrib.messages import get_messages
from django.test import Client

from config.base.actor import Actor
from config.base.models import ConfirmedAction, StripeAccount
from config.base.money import Money
from payments.models import Payment, Refund
from payments.services import customers, payments, refunds
from tests.plugins.stripe import LocalStripe

BY = Actor.system("test")
Login = Callable[..., Client]
FORM = {"amount": "5.00", "reason": "duplicate", "note": "Paid twice"}


@pytest.fixture
def paid(account: StripeAccount) -> Payment:
    return make(account)


@pytest.fixture
def reserved(account: StripeAccount) -> Payment:
    return make(account, capture_method="manual")


def make(account: StripeAccount, **more: Any) -> Payment:
    customer = customers.create(account=account, email="ada@example.com", name="Ada Payer", by=BY)
    return payments.create(
        account=account,
        amount=Money(1099, "eur"),
        customer=customer,
        payment_method="pm_card_visa",
        confirm=True,
        return_url="https://shop.example/thanks",
        by=BY,
        **more,
    )


def url(payment: Payment, action: str) -> str:
    return f"/admin/payments/payment/{payment.pk}/{action}/"


def confirmation(
    client: Client, payment: Payment, action: str = "refund", form: dict[str, str] = FORM
) -> dict[str, str]:
    """What the confirmation page would send."""
    page = client.post(url(payment, action), {**form, "step": "show"})
    assert page.status_code == 200
    return {**form, "step": "do", "seen": page.context["seen"]}


def told(response: Any) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def asked(sandbox: LocalStripe, path: str = "/v1/refunds") -> int:
    return len(sandbox.requests("POST", path))


def test_the_page_says_in_money_and_words_what_will_happen_and_does_nothing(
    login: Login, paid: Payment, sandbox: LocalStripe
) -> None:
    page = login("payments.refund_payment").post(url(paid, "refund"), {**FORM, "step": "show"})

    text = page.content.decode()
    assert "€5.00 go back to Visa" in text
    assert "Ada Payer (ada@example.com)" in text
    assert "€5.99 can still be refunded afterwards" in text
    assert asked(sandbox) == 0


def test_a_confirmed_refund_is_made_and_noted_with_its_reason(
    login: Login, paid: Payment, sandbox: LocalStripe
) -> None:
    ada = login("payments.refund_payment", "payments.view_payment")

    response = ada.post(url(paid, "refund"), confirmation(ada, paid))

    refund = Refund.objects.get()
    assert (refund.amount, refund.reason, refund.note) == (Money(500, "eur"), "duplicate", "Paid twice")
    assert refund.requested_by == "Ada"
    assert "€5.00 were refunded" in told(response)
    line = LogEntry.objects.get(changes__has_key="confirmed")
    assert line.actor
    assert line.actor.name == "Ada"
    assert line.additional_data["reason"] == "duplicate · Paid twice"


def test_a_form_sent_twice_refunds_once_and_says_so(login: Login, paid: Payment, sandbox: LocalStripe) -> None:
    ada = login("payments.refund_payment", "payments.view_payment")
    form = confirmation(ada, paid)

    ada.post(url(paid, "refund"), form)
    again = ada.post(url(paid, "refund"), form)

    assert "was done once" in told(again)
    assert Refund.objects.count() == asked(sandbox) == 1


def test_a_double_click_refunds_once(login: Login, paid: Payment, sandbox: LocalStripe) -> None:
    ada = login("payments.refund_payment", "payments.view_payment")
    form, start = confirmation(ada, paid), Barrier(2)

    def click() -> None:
        client = Client()
        client.cookies.update(ada.cookies)
        start.wait()
        client.post(url(paid, "refund"), form)

    clicks = [Thread(target=click) for _ in range(2)]
    for thread in clicks:
        thread.start()
    for thread in clicks:
        thread.join()

    assert Refund.objects.count() == asked(sandbox) == ConfirmedAction.objects.count() == 1


def test_a_colleague_who_was_faster_is_named_and_nothing_more_is_refunded(
    login: Login, paid: Payment, sandbox: LocalStripe
) -> None:
    ada = login("payments.refund_payment", "payments.view_payment")
    grace = login("payments.refund_payment", "payments.view_payment", name="Grace")
    mine, theirs = confirmation(grace, paid), confirmation(ada, paid)

    ada.post(url(paid, "refund"), theirs)
    late = grace.post(url(paid, "refund"), mine)

    assert "Ada was faster" in late.content.decode()
    assert asked(sandbox) == 1
    grace.post(url(paid, "refund"), {**mine, "seen": late.context["seen"]})
    assert asked(sandbox) == 2  # having read it, they may


def test_what_changed_since_the_page_was_read_is_shown_before_it_is_done(
    login: Login, paid: Payment, sandbox: LocalStripe
) -> None:
    ada = login("payments.refund_payment", "payments.view_payment")
    form = confirmation(ada, paid)
    refunds.create(payment=paid, amount=Money(100, "eur"), by=BY)

    page = ada.post(url(paid, "refund"), form)

    assert "Something has changed" in page.content.decode()
    assert Refund.objects.count() == 1


def test_a_refund_above_what_is_left_is_refused_on_the_form(login: Login, paid: Payment, sandbox: LocalStripe) -> None:
    page = login("payments.refund_payment").post(url(paid, "refund"), {**FORM, "amount": "11.00", "step": "show"})

    assert "at most €10.99" in page.content.decode()
    assert asked(sandbox) == 0


@pytest.mark.parametrize("amount", ["", "0", "-1", "abc", "1.999", "5 usd", "1e3", "\u0661"])
def test_amounts_that_are_none_are_refused(login: Login, paid: Payment, sandbox: LocalStripe, amount: str) -> None:
    page = login("payments.refund_payment").post(
        url(paid, "refund"), {**FORM, "amount": amount, "step": "do", "seen": "x"}
    )

    assert page.status_code == 200
    assert asked(sandbox) == 0


def test_a_refund_without_any_reason_is_refused(login: Login, paid: Payment) -> None:
    page = login("payments.refund_payment").post(
        url(paid, "refund"), {"amount": "5", "reason": "", "note": "", "step": "show"}
    )

    assert "Say why" in page.content.decode()


@pytest.mark.parametrize("seen", ["", "forged", "WzEsIngiXQ:1abc:xyz"])
def test_a_forged_confirmation_does_nothing(login: Login, paid: Payment, sandbox: LocalStripe, seen: str) -> None:
    page = login("payments.refund_payment").post(url(paid, "refund"), {**FORM, "step": "do", "seen": seen})

    assert "open for too long" in page.content.decode()
    assert asked(sandbox) == 0


def test_a_colleagues_confirmation_is_nobody_elses(login: Login, paid: Payment, sandbox: LocalStripe) -> None:
    form = confirmation(login("payments.refund_payment"), paid)

    login("payments.refund_payment", name="Grace").post(url(paid, "refund"), form)

    assert asked(sandbox) == 0


def test_without_the_permission_nothing_is_shown_or_done(login: Login, paid: Payment, sandbox: LocalStripe) -> None:
    somebody = login(role="auditor")
    for action in ("refund", "capture", "cancel", "refresh"):
        assert somebody.get(url(paid, action)).status_code == 403
        assert somebody.post(url(paid, action), {**FORM, "step": "do"}).status_code == 403
    assert "Refund…" not in somebody.get(f"/admin/payments/payment/{paid.pk}/change/").content.decode()


def test_without_a_csrf_token_nothing_is_done(login: Login, paid: Payment, sandbox: LocalStripe) -> None:
    strict = login("payments.refund_payment", checks_csrf=True)

    assert strict.post(url(paid, "refund"), {**FORM, "step": "do"}).status_code == 403


def test_a_refund_without_an_answer_is_told_as_doubt(login: Login, paid: Payment, sandbox: LocalStripe) -> None:
    ada = login("payments.refund_payment", "payments.view_payment")
    form = confirmation(ada, paid)
    sandbox.fail("POST", "/v1/refunds", "drop_after", times=3)

    response = ada.post(url(paid, "refund"), form)

    assert "Stripe has not answered" in told(response)
    page = ada.get(f"/admin/payments/payment/{paid.pk}/change/").content.decode()
    assert "Stripe has not answered the refund yet" in page
    assert Refund.objects.get().status == Refund.Status.UNKNOWN


def test_a_refusal_by_stripe_is_told_as_it_is(login: Login, paid: Payment, sandbox: LocalStripe) -> None:
    ada = login("payments.refund_payment", "payments.view_payment")
    form = confirmation(ada, paid)
    sandbox.client.v1.refunds.create({"payment_intent": paid.stripe_id or ""})  # in Stripe's dashboard, unseen here

    response = ada.post(url(paid, "refund"), form)

    assert "refused" in told(response).lower()
    assert not ConfirmedAction.objects.get().succeeded


def test_part_of_a_reserved_amount_is_captured_and_the_rest_released(
    login: Login, reserved: Payment, sandbox: LocalStripe
) -> None:
    ada = login("payments.capture_payment", "payments.view_payment")
    page = ada.post(url(reserved, "capture"), {"amount": "4,00", "step": "show"})
    assert "€6.99 are released" in page.content.decode()

    response = ada.post(url(reserved, "capture"), {"amount": "4,00", "step": "do", "seen": page.context["seen"]})

    reserved.refresh_from_db()
    assert (reserved.status, reserved.received) == ("succeeded", Money(400, "eur"))
    assert "€4.00 were captured" in told(response)


def test_a_reserved_payment_is_canceled_with_its_reason(login: Login, reserved: Payment, sandbox: LocalStripe) -> None:
    ada = login("payments.cancel_payment", "payments.view_payment")

    ada.post(url(reserved, "cancel"), confirmation(ada, reserved, "cancel", {"reason": "abandoned"}))

    reserved.refresh_from_db()
    assert (reserved.status, reserved.cancellation_reason) == ("canceled", "abandoned")


def test_what_cannot_be_done_is_said_instead_of_asked(login: Login, paid: Payment, sandbox: LocalStripe) -> None:
    ada = login("payments.cancel_payment", "payments.capture_payment", "payments.view_payment")

    assert "cannot be canceled" in told(ada.get(url(paid, "cancel")))
    assert "Nothing is reserved" in told(ada.get(url(paid, "capture")))


def test_a_refund_made_at_stripe_is_there_after_a_refresh(login: Login, paid: Payment, sandbox: LocalStripe) -> None:
    ada = login("payments.refresh_payment", "payments.view_payment")
    sandbox.client.v1.refunds.create({"payment_intent": paid.stripe_id or "", "amount": 300})

    ada.post(url(paid, "refresh"), {"step": "do", "seen": ada.get(url(paid, "refresh")).context["seen"]})

    paid.refresh_from_db()
    assert paid.refunded == Money(300, "eur")


def test_finance_clears_a_flag_with_a_reason(login: Login, paid: Payment) -> None:
    Payment.objects.filter(pk=paid.pk).update(flags=["amount_changed"])
    boss, form = login("payments.clear_flags_payment"), {"reason": "Compared with the order: it was changed by phone."}

    boss.post(url(paid, "clear_flags"), confirmation(boss, paid, "clear_flags", form))

    assert Payment.objects.get(pk=paid.pk).flags == []
    assert "Nothing is flagged" in told(boss.get(url(paid, "clear_flags")))


def test_a_card_number_in_a_note_is_refused_and_kept_nowhere(login: Login, paid: Payment, sandbox: LocalStripe) -> None:
    finance = login(role="finance")
    form = {**FORM, "note": "She reads out 4242 4242 4242 4242"}

    page = finance.post(url(paid, "refund"), form)
    finance.post(url(paid, "refund"), {**confirmation(finance, paid), **form})

    assert "looks like a card number" in page.content.decode()
    assert asked(sandbox) == 0
    assert not ConfirmedAction.objects.exists()
