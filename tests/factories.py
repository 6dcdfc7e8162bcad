"""Rows made directly, for tests and benchmarks that need no Stripe: plain functions, every value can be named."""

import hashlib
import itertools
import json
from datetime import timedelta
from typing import Any

from django.db import connection

from config.base import clock
from config.base.ids import public_id
from config.base.models import ApiKey, DomainEvent, LegalEntity, StripeAccount, User
from payments.models import (
    Customer,
    Dispute,
    InboxEvent,
    OutboundCall,
    PayLink,
    Payment,
    PaymentAttempt,
    PaymentMethod,
    Refund,
    SetupIntent,
)

_numbers = itertools.count(1)


def stripe_id(prefix: str) -> str:
    """An id as Stripe makes them, never the same."""
    return public_id(prefix)


def make_user(*, email: str = "", is_superuser: bool = False, **fields: Any) -> User:
    """Somebody on the staff; give groups or permissions afterwards."""
    email = email or f"staff{next(_numbers)}@counterfoil.test"
    return User.objects.create(email=email, is_staff=True, is_superuser=is_superuser, **fields)


def make_account(**fields: Any) -> StripeAccount:
    """The Stripe account of a legal entity, in test mode; the same one when it is there already."""
    values = {"stripe_id": "acct_factory", "livemode": False, **fields}
    known = StripeAccount.objects.filter(stripe_id=values["stripe_id"], livemode=values["livemode"]).first()
    if known:
        return known
    entity = LegalEntity.objects.create(name="Counterfoil Ltd", country="DE", currency="eur")
    return StripeAccount.objects.create(
        **{"legal_entity": entity, "country": "DE", "default_currency": "eur", "display_name": "Counterfoil", **values}
    )


def make_api_key(**fields: Any) -> ApiKey:
    """A key whose secret nobody knows."""
    number = next(_numbers)
    values = {
        "account": fields.get("account") or make_account(),
        "name": "web shop",
        "secret_sha256": hashlib.sha256(f"secret{number}".encode()).hexdigest(),
        "last_four": f"{number:04}",
        "scopes": ["*"],
        **fields,
    }
    return ApiKey.objects.create(**values)


def make_customer(**fields: Any) -> Customer:
    number = next(_numbers)
    values = {
        "account": fields.get("account") or make_account(),
        "stripe_id": stripe_id("cus"),
        "status": Customer.Status.ACTIVE,
        "name": f"Customer {number}",
        "email": f"customer{number}@example.com",
        **fields,
    }
    return Customer.objects.create(**values)


def make_payment_method(**fields: Any) -> PaymentMethod:
    customer = fields.get("customer")
    values = {
        "account": customer.account if customer else make_account(),
        "stripe_id": stripe_id("pm"),
        "status": PaymentMethod.Status.ATTACHED if customer else PaymentMethod.Status.UNATTACHED,
        "kind": "card",
        "brand": "visa",
        "last4": "4242",
        "exp_month": 12,
        "exp_year": 2034,
        "funding": "credit",
        "fingerprint": "fingerprint4242",
        **fields,
    }
    return PaymentMethod.objects.create(**values)


def make_payment(**fields: Any) -> Payment:
    """A payment of 10.99 € that succeeded, unless told otherwise."""
    status = fields.get("status", Payment.Status.SUCCEEDED)
    amount = fields.get("amount_minor", 1099)
    customer = fields.get("customer")
    is_made = status not in {Payment.Status.UNKNOWN, Payment.Status.REJECTED}
    has_money = status == Payment.Status.SUCCEEDED
    is_reserved = status == Payment.Status.REQUIRES_CAPTURE
    values = {
        "account": customer.account if customer else make_account(),
        "stripe_id": stripe_id("pi") if is_made else None,
        "latest_charge_id": stripe_id("ch") if has_money or is_reserved else "",
        "status": status,
        "currency": "eur",
        "amount_minor": amount,
        "amount_received_minor": amount if has_money else 0,
        "amount_capturable_minor": amount if is_reserved else 0,
        **fields,
    }
    return Payment.objects.create(**values)


def make_attempt(payment: Payment, **fields: Any) -> PaymentAttempt:
    values = {
        "payment": payment,
        "source": stripe_id("ch"),
        "outcome": PaymentAttempt.Outcome.SUCCEEDED,
        "amount_minor": payment.amount_minor,
        "method_label": "Visa •••• 4242",
        "attempted_at": clock.now(),
        **fields,
    }
    return PaymentAttempt.objects.create(**values)


def make_refund(payment: Payment, **fields: Any) -> Refund:
    """A refund of all of it that succeeded, unless told otherwise; the payment's own sum is left alone."""
    status = fields.get("status", Refund.Status.SUCCEEDED)
    is_made = status not in {Refund.Status.UNKNOWN, Refund.Status.REJECTED}
    values = {
        "account": payment.account,
        "payment": payment,
        "stripe_id": stripe_id("re") if is_made else None,
        "status": status,
        "amount_minor": payment.amount_minor,
        "currency": payment.currency,
        "reason": Refund.Reason.REQUESTED_BY_CUSTOMER,
        **fields,
    }
    return Refund.objects.create(**values)


def make_dispute(payment: Payment | None, **fields: Any) -> Dispute:
    """A dispute about all of a payment that waits for an answer and has taken no money yet, unless told otherwise."""
    values = {
        "account": payment.account if payment else None,
        "payment": payment,
        "charge_id": (payment and payment.latest_charge_id) or stripe_id("ch"),
        "stripe_id": stripe_id("du"),
        "status": Dispute.Status.NEEDS_RESPONSE,
        "reason": "fraudulent",
        "amount_minor": payment.amount_minor if payment else 1099,
        "currency": payment.currency if payment else "eur",
        "evidence_due_by": clock.now() + timedelta(days=5),
        "stripe_created_at": clock.now(),
        **fields,
    }
    return Dispute.objects.create(**values)


def make_pay_link(payment: Payment, **fields: Any) -> PayLink:
    lines = [{"description": "Notebook", "quantity": 1, "amount": payment.amount_minor}]
    return PayLink.objects.create(**{"payment": payment, "title": "Order 1001", "lines": lines, **fields})


def make_setup_intent(**fields: Any) -> SetupIntent:
    values = {
        "account": fields.get("account") or make_account(),
        "stripe_id": stripe_id("seti"),
        "status": SetupIntent.Status.SUCCEEDED,
        **fields,
    }
    return SetupIntent.objects.create(**values)


def make_inbox_event(**fields: Any) -> InboxEvent:
    """An event about a payment intent, handled unless told otherwise."""
    name = fields.get("type", "payment_intent.succeeded")
    event_id = fields.get("stripe_id") or stripe_id("evt")
    root_id = fields.get("root_id") or stripe_id("pi")
    told = {"id": event_id, "object": "event", "type": name, "created": int(clock.now().timestamp()), "livemode": False}
    body = json.dumps({**told, "data": {"object": {"id": root_id, "payment_intent": root_id}}})
    values = {
        "account": make_account(),
        "stripe_id": event_id,
        "type": name,
        "livemode": False,
        "api_version": "2026-08-26.dahlia",
        "stripe_created_at": clock.now(),
        "root_kind": "payment_intent",
        "root_id": root_id,
        "body": body,
        "body_sha256": hashlib.sha256(body.encode()).hexdigest(),
        "source": InboxEvent.Source.WEBHOOK,
        "status": InboxEvent.Status.HANDLED,
        **fields,
    }
    return InboxEvent.objects.create(**values)


def make_outbound_call(subject: Payment | Refund | Customer, **fields: Any) -> OutboundCall:
    """A call about `subject` that Stripe answered, unless told otherwise."""
    now = clock.now()
    values = {
        "account": subject.account,
        "action": "payment.create",
        "subject_type": subject._meta.model_name,
        "subject_id": subject.public_id,
        "method": "POST",
        "path": "/v1/payment_intents",
        "params": {},
        "api_version": "2026-08-26.dahlia",
        "idempotency_key": f"counterfoil-{public_id('call')}",
        "root_kind": "payment_intent",
        "status": OutboundCall.Status.ANSWERED,
        "sent_at": now,
        "valid_until": now + timedelta(hours=1),
        "next_check_at": now + timedelta(minutes=1),
        "request_id": public_id("req"),
        "stripe_request_id": stripe_id("req"),
        "actor_kind": "staff",
        "actor_label": "Ada",
        **fields,
    }
    return OutboundCall.objects.create(**values)


def make_domain_event(subject: Payment | Refund | Customer, **fields: Any) -> DomainEvent:
    count = DomainEvent.objects.filter(object_id=subject.public_id).count()
    values = {
        "account": subject.account,
        "type": f"{subject._meta.model_name}.created",
        "object_type": subject._meta.model_name,
        "object_id": subject.public_id,
        "sequence": count + 1,
        "actor_kind": "system",
        **fields,
    }
    return DomainEvent.objects.create(**values)


# Ids whose 22 characters are made from a number: unique, and known to whoever knows the number.
_SUFFIX = "lpad(n::text, 22, '0')"
_BULK = (
    f"""
    INSERT INTO payments_customer (
        public_id, account_id, stripe_id, status, email, name, phone, address_line1, address_line2, address_city,
        address_state, address_postal_code, address_country, currency, preferred_locale, description, metadata,
        parked_reason, created_at)
    SELECT 'cust_' || {_SUFFIX}, %(account)s, 'cus_' || {_SUFFIX}, 'active', 'payer' || n || '@example.com',
        'Payer ' || n, '', '', '', '', '', '', '', '', '', '', '{{}}', '', now() - n * interval '1 minute'
    FROM generate_series(1, %(customers)s) AS n
    """,  # noqa: S608
    """
    INSERT INTO payments_paymentmethod (
        public_id, account_id, customer_id, stripe_id, status, kind, brand, wallet, bank_name, last4, exp_month,
        exp_year, funding, country, fingerprint, billing_name, billing_email, billing_postal_code, billing_country,
        created_at)
    SELECT 'method_' || substr(public_id, 6), account_id, id, 'pm_' || substr(public_id, 6), 'attached', 'card',
        'visa', '', '', '4242', 12, 2034, 'credit', 'DE', public_id, '', '', '', '', created_at
    FROM payments_customer
    """,
    f"""
    INSERT INTO payments_payment (
        public_id, account_id, customer_id, payment_method_id, stripe_id, latest_charge_id, status, capture_method,
        off_session, currency, amount_minor, amount_capturable_minor, amount_received_minor, amount_refunded_minor,
        failure_code, decline_code, failure_message, cancellation_reason, receipt_url, description,
        metadata, client_secret, flags, created_at)
    SELECT 'pay_' || {_SUFFIX}, %(account)s, method.customer_id, method.id, 'pi_' || {_SUFFIX}, 'ch_' || {_SUFFIX},
        CASE WHEN n %% 20 = 0 THEN 'requires_payment_method' WHEN n %% 50 = 1 THEN 'canceled' ELSE 'succeeded' END,
        'automatic_async', false, (ARRAY['eur', 'eur', 'usd', 'gbp', 'jpy'])[1 + n %% 5],
        100 + (n::bigint * 7919) %% 99900, 0,
        CASE WHEN n %% 20 = 0 OR n %% 50 = 1 THEN 0 ELSE 100 + (n::bigint * 7919) %% 99900 END, 0,
        '', '', '', '', '', '', '{{}}', '',
        CASE WHEN n %% 10000 = 0 THEN ARRAY['amount_changed'] ELSE ARRAY[]::varchar[] END,
        now() - n * interval '10 seconds'
    FROM generate_series(1, %(payments)s) AS n
    JOIN (SELECT id, customer_id, row_number() OVER (ORDER BY id) AS place FROM payments_paymentmethod) AS method
      ON method.place = 1 + n %% %(customers)s
    """,  # noqa: S608
)


def make_many_payments(payments: int, *, customers: int = 0) -> StripeAccount:
    """`payments` payments of `customers` customers (a fifth as many), in seconds: PostgreSQL makes them itself.

    The n-th has the ids `pay_…n`, `pi_…n`, `ch_…n` and is 10 seconds older than the one before it.
    """
    account = make_account()
    values = {"account": account.pk, "payments": payments, "customers": customers or max(payments // 5, 1)}
    with connection.cursor() as cursor:
        for statement in _BULK:
            cursor.execute(statement, values)
        cursor.execute("ANALYZE payments_customer, payments_paymentmethod, payments_payment")
    return account


def numbered(prefix: str, number: int) -> str:
    """The id of the n-th row that `make_many_payments` made."""
    return f"{prefix}_{number:022}"
