"""How running subscriptions are taxed: anew when a customer's address or a rule has changed."""

from collections.abc import Iterator

import structlog
from django.conf import settings

from billing.models import Subscription
from billing.services import subscription_wishes, tax, tax_exemptions
from billing.services.tax import RuleBook, TaxDecision
from config.base.actor import Actor
from config.base.errors import DomainError
from payments.failures import JsonObject
from payments.stripe_fields import nested

SET_TAX = "subscription.set_tax"
SWEEP = Actor.system("keep_taxes")
_RUNNING = (
    Subscription.Status.TRIALING,
    Subscription.Status.ACTIVE,
    Subscription.Status.PAST_DUE,
    Subscription.Status.UNPAID,
)

log = structlog.get_logger(__name__)


def keep(*, by: Actor = SWEEP) -> int:
    """Bring every running subscription to the rate of its customer's place of today; how many were changed.

    One that cannot be told or changed is left as it is until the next time, and holds up no other. Only our own table
    of places needs this: Stripe Tax looks by itself, and without a tax service nothing here is ours to change.
    """
    if settings.TAX_CALCULATION_SERVICE != tax.RATES:
        return 0
    return sum(_bring(subscription, by) for subscription in _outdated())


def shows(body: JsonObject, params: JsonObject) -> bool:
    """Whether the subscription is taxed as it was asked."""
    rates = [rate if isinstance(rate, str) else rate["id"] for rate in body.get("default_tax_rates") or []]
    wanted = params["automatic_tax"]["enabled"]
    return rates == (params["default_tax_rates"] or []) and bool(nested(body, "automatic_tax").get("enabled")) == wanted


def _outdated() -> Iterator[Subscription]:
    books: dict[int, RuleBook] = {}
    running = Subscription.objects.filter(status__in=_RUNNING).order_by("pk")
    related = running.select_related("customer__account__legal_entity", "customer__billing_profile")
    for subscription in related.prefetch_related("customer__tax_ids").iterator(chunk_size=500):
        customer = subscription.customer
        if customer.account_id not in books:
            books[customer.account_id] = RuleBook(customer.account)
        decision = tax.for_customer(account=customer.account, customer=customer, rules=books[customer.account_id])
        if not decision.waiting_for and (
            _differs(subscription, decision) or tax_exemptions.is_outdated(customer, decision)
        ):
            yield subscription


def _differs(subscription: Subscription, decision: TaxDecision) -> bool:
    is_taxed = (tuple(subscription.tax_rate_ids), subscription.automatic_tax)
    return is_taxed != (decision.tax_rates, decision.automatic_tax)


def _bring(subscription: Subscription, by: Actor) -> bool:
    try:
        decision = tax_exemptions.settle(customer=subscription.customer, by=by)
        if not _differs(subscription, decision):
            return True
        wish = {
            "default_tax_rates": list(decision.tax_rates) or "",
            "automatic_tax": {"enabled": decision.automatic_tax},
        }
        subscription_wishes.ask(
            subscription, SET_TAX, wish, allowed=_RUNNING, by=by, reason="tax of today", may_be_scheduled=True
        )
    except DomainError as refusal:
        log.warning("tax not brought up to date", subscription=subscription.public_id, reason=refusal.code)
        return False
    return True
