"""What Stripe would bill: asked of it each time, never reckoned here. A preview changes nothing at Stripe."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from billing.models import Subscription
from billing.services import subscription_terms, tax
from billing.services.subscription_terms import Item, Terms
from config.base import clock
from config.base.ids import public_id
from config.base.models import StripeAccount
from config.base.money import Money
from payments import gateway
from payments.failures import JsonObject, Refused
from payments.models import Customer
from payments.stripe_fields import moment, nested, reference, text

PATH = "/v1/invoices/create_preview"
NOTHING_COMES = "invoice_upcoming_none"
AT_ONCE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the invoice that would be made; amounts in minor units, before tax that is added."""

    description: str
    amount: int
    currency: str
    quantity: int | None
    period_start: str
    period_end: str
    is_proration: bool
    price: str

    def to_json(self) -> JsonObject:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Preview:
    """An invoice that does not exist: `total` may be negative, `due` is what of it would be collected."""

    lines: tuple[Line, ...]
    total: Money
    due: Money
    made_at: datetime | None

    @property
    def sums(self) -> tuple[int, int]:
        return self.total.minor, self.due.minor


def of_change(subscription: Subscription, items: Sequence[dict[str, Any]], *, at: datetime) -> Preview:
    """What a change of items would bill at once, prorated as of `at`. Raises StripeFailure."""
    details = {"items": list(items), "proration_behavior": "always_invoice", "proration_date": int(at.timestamp())}
    preview = _ask(subscription, details)
    return preview if _begins(preview, at) else nothing(subscription.currency)


def _begins(preview: Preview, at: datetime) -> bool:
    """Whether it is for this moment. A change that bills nothing at once is previewed by the next renewal's invoice."""
    starts = (datetime.fromisoformat(line.period_start) for line in preview.lines if line.period_start)
    return any(abs(start - at) < AT_ONCE for start in starts)


def of_start(customer: Customer, items: Sequence[Item], terms: Terms) -> Preview:
    """What the first invoice of a new subscription would be. Raises StripeFailure, TaxUndecided."""
    wish = subscription_terms.params(customer, items, terms, currency="")
    taxed = dict(tax.for_customer(account=customer.account, customer=customer).params)
    details: JsonObject = {"items": wish["items"], "billing_mode": wish["billing_mode"], **_moments(terms)}
    if rates := taxed.pop("default_tax_rates", None):
        details["default_tax_rates"] = rates
    asked: JsonObject = {"customer": customer.stripe_id, "subscription_details": details, **taxed}
    if discounts := wish.get("discounts"):
        asked["discounts"] = discounts
    return _invoice(customer.account, asked, currency=terms.currency or items[0].price.currency)


def _moments(terms: Terms) -> JsonObject:
    """When it would begin to be billed, in the moments that a preview takes."""
    now = clock.now()
    moments = {
        "trial_end": terms.trial_end or (now + timedelta(days=terms.trial_days) if terms.trial_days else None),
        "start_date": terms.backdated_to,
        "billing_cycle_anchor": subscription_terms.next_anchor(terms.anchor_day, now) if terms.anchor_day else None,
    }
    return {name: int(moment.timestamp()) for name, moment in moments.items() if moment}


def of_next(subscription: Subscription, items: Sequence[dict[str, Any]] = ()) -> Preview:
    """What the next renewal would bill, after a change of items if there is one. Raises StripeFailure."""
    return _ask(subscription, {"items": list(items), "proration_behavior": "none"} if items else {})


def of_cancel(subscription: Subscription, *, prorated: bool) -> Preview:
    """What canceling now would bill, or credit where the rest is prorated. Raises StripeFailure."""
    return _ask(subscription, {"cancel_now": True, "proration_behavior": "always_invoice" if prorated else "none"})


def _ask(subscription: Subscription, details: JsonObject) -> Preview:
    wish: JsonObject = {"subscription": subscription.stripe_id}
    if details:
        wish["subscription_details"] = details
    return _invoice(subscription.account, wish, currency=subscription.currency)


def _invoice(account: StripeAccount, wish: JsonObject, *, currency: str) -> Preview:
    key = public_id("preview")
    try:
        return read(gateway.post(PATH, wish, account=account.stripe_id, idempotency_key=key).body)
    except Refused as refusal:
        if refusal.stripe_code != NOTHING_COMES:
            raise
        return nothing(currency)


def nothing(currency: str) -> Preview:
    """Nothing would be billed."""
    return Preview((), Money(0, currency), Money(0, currency), None)


def read(body: JsonObject) -> Preview:
    """Stripe's invoice as a preview."""
    currency = body["currency"]
    return Preview(
        tuple(_line(line) for line in nested(body, "lines").get("data", [])),
        Money(body["total"], currency),
        Money(body["amount_due"], currency),
        moment(body.get("next_payment_attempt") or body.get("period_end")),
    )


def _line(body: JsonObject) -> Line:
    parent = nested(body, "parent")
    details = nested(parent, "subscription_item_details") or nested(parent, "invoice_item_details")
    period = nested(body, "period")
    return Line(
        description=text(body, "description"),
        amount=body["amount"],
        currency=body["currency"],
        quantity=body.get("quantity"),
        period_start=_iso(period.get("start")),
        period_end=_iso(period.get("end")),
        is_proration=bool(details.get("proration")),
        price=reference(nested(nested(body, "pricing"), "price_details"), "price"),
    )


def _iso(seconds: int | None) -> str:
    at = moment(seconds)
    return at.isoformat() if at else ""
