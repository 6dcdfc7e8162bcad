"""The explicit list: each column of each typed table, and where it stands in Stripe's object; or why it does not.

Written by itself, not by the handlers: it says again, in its own words, what they must have written.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.db.models import Model, Q

from billing import models as billing
from payments import models as payments
from payments.failures import JsonObject
from reconciliation import models as reconciliation

Reader = Callable[[JsonObject], Any]

OURS = "ours; Stripe does not know it"
SEEN = "what was seen on the way, not what is"
WISH = "of a wish of ours; nothing was asked for here"
WHEN_SEEN = "the moment at which we learned of it"
_ROW = {"id": OURS, "account": OURS, "created_at": OURS, "public_id": OURS}
_WISHED = {"failure_code": WISH, "failure_message": WISH}


@dataclass(frozen=True)
class Table:
    """A typed table: its columns by look-up, what is left out of the comparison and why, and the rows in it.

    `key`: the column that names the object. `standing`: the rows that Stripe still has.
    """

    model: type[Model]
    columns: Mapping[str, Reader]
    left_out: Mapping[str, str]
    key: str = "stripe_id"
    standing: Q = field(default_factory=Q)


@dataclass(frozen=True)
class Part:
    """Rows that stand inside an object of another kind: `objects` finds them there, `within` names the owner.

    Parts without an id of Stripe's are compared as a whole, in their order.
    """

    table: Table
    within: str
    objects: Callable[[JsonObject], Sequence[JsonObject]]


@dataclass(frozen=True)
class Kind:
    """A kind of objects: how all of them are listed, its table, and the tables of its parts."""

    name: str
    path: str
    table: Table
    expand: Sequence[str] = ()
    params: Mapping[str, str] = field(default_factory=dict)
    parts: Sequence[Part] = ()


def at(path: str, otherwise: Any = None) -> Reader:
    """The value at a path; `otherwise` where it is null or absent on the way."""

    def read(body: JsonObject) -> Any:
        value: Any = body
        for step in path.split("."):
            value = value.get(step) if isinstance(value, dict) else None
        return otherwise if value is None else value

    return read


def word(path: str) -> Reader:
    return at(path, "")


def named(path: str, otherwise: Any = None) -> Reader:
    """The id at a path, of an object that may be expanded."""
    read = at(path)

    def name(body: JsonObject) -> Any:
        value = read(body)
        return (value.get("id") if isinstance(value, dict) else value) or otherwise

    return name


def exact(path: str) -> Reader:
    read = at(path)
    return lambda body: None if read(body) is None else Decimal(str(read(body)))


def summed(path: str) -> Reader:
    read = at(path, [])
    return lambda body: sum(each["amount"] for each in read(body))


def held(path: str) -> Callable[[JsonObject], Sequence[JsonObject]]:
    read = at(path, [])
    return lambda body: list(read(body))


def always(value: Any) -> Reader:
    return lambda _: value


def in_catalog(body: JsonObject) -> str:
    return "active" if body.get("active", True) else "archived"


def _metadata(body: JsonObject) -> JsonObject:
    return {key: value for key, value in (body.get("metadata") or {}).items() if key != "counterfoil_id"}


_OBJECT: Mapping[str, Reader] = {"stripe_created_at": at("created"), "metadata": _metadata}

PRODUCT = Table(
    billing.Product,
    {
        **_OBJECT,
        "status": in_catalog,
        "name": word("name"),
        "description": word("description"),
        "unit_label": word("unit_label"),
        "tax_code": word("tax_code"),
        "statement_descriptor": word("statement_descriptor"),
    },
    {**_ROW, **_WISHED, "grace_period_days": OURS, "requires_first_payment": OURS, "renewal_notice_days": OURS},
)
_PER_UNIT: Mapping[str, Reader] = {
    "unit_amount_minor": at("unit_amount"),
    "unit_amount_decimal": exact("unit_amount_decimal"),
    "tiers": at("tiers", []),
    "tax_behavior": word("tax_behavior"),
}
PRICE = Table(
    billing.Price,
    {
        **_OBJECT,
        **_PER_UNIT,
        "status": in_catalog,
        "product__stripe_id": named("product"),
        "type": at("type"),
        "nickname": word("nickname"),
        "lookup_key": word("lookup_key"),
        "currency": at("currency"),
        "billing_scheme": at("billing_scheme"),
        "tiers_mode": word("tiers_mode"),
        "transform_divide_by": at("transform_quantity.divide_by"),
        "transform_round": word("transform_quantity.round"),
        "interval": word("recurring.interval"),
        "interval_count": at("recurring.interval_count", 0),
        "usage_type": word("recurring.usage_type"),
        "trial_period_days": at("recurring.trial_period_days"),
    },
    {**_ROW, **_WISHED},
)


def _other_currencies(body: JsonObject) -> Sequence[JsonObject]:
    options = body.get("currency_options") or {}
    return [{**option, "code": code} for code, option in sorted(options.items()) if code != body["currency"]]


PRICE_CURRENCY = Table(
    billing.PriceCurrency, {**_PER_UNIT, "currency": at("code")}, {"id": OURS, "price": "the owner"}, key=""
)


def _amounts_off(body: JsonObject) -> dict[str, int]:
    options = body.get("currency_options") or {}
    return {code: option["amount_off"] for code, option in options.items() if code != body["currency"]}


COUPON = Table(
    billing.Coupon,
    {
        **_OBJECT,
        "status": always("active"),
        "name": word("name"),
        "percent_off": exact("percent_off"),
        "amount_off_minor": at("amount_off"),
        "currency": word("currency"),
        "amounts_off": _amounts_off,
        "duration": at("duration"),
        "duration_in_months": at("duration_in_months"),
        "max_redemptions": at("max_redemptions"),
        "times_redeemed": at("times_redeemed"),
        "redeem_by": at("redeem_by"),
        "is_valid": at("valid"),
        "product_ids": at("applies_to.products", []),
    },
    {**_ROW, **_WISHED},
)
PROMOTION_CODE = Table(
    billing.PromotionCode,
    {
        **_OBJECT,
        "status": in_catalog,
        "coupon__stripe_id": named("promotion.coupon"),
        "customer__stripe_id": named("customer"),
        "code": at("code"),
        "expires_at": at("expires_at"),
        "max_redemptions": at("max_redemptions"),
        "times_redeemed": at("times_redeemed"),
        "first_time_transaction": at("restrictions.first_time_transaction"),
        "minimum_amount_minor": at("restrictions.minimum_amount"),
        "minimum_amount_currency": word("restrictions.minimum_amount_currency"),
    },
    {**_ROW, **_WISHED},
)
TAX_RATE = Table(
    billing.TaxRate,
    {
        **_OBJECT,
        "status": in_catalog,
        "display_name": at("display_name"),
        "description": word("description"),
        "percentage": exact("percentage"),
        "is_inclusive": at("inclusive"),
        "country": word("country"),
        "state": word("state"),
        "jurisdiction": word("jurisdiction"),
        "tax_type": word("tax_type"),
    },
    {**_ROW, **_WISHED},
)
DISCOUNT = Table(
    billing.Discount,
    {
        "customer__stripe_id": named("customer"),
        "subscription__stripe_id": named("subscription"),
        "invoice__stripe_id": named("invoice"),
        "coupon__stripe_id": named("source.coupon"),
        "promotion_code__stripe_id": named("promotion_code"),
        "starts_at": at("start"),
        "ends_at": at("end"),
    },
    {"id": OURS, "account": OURS, "removed_at": WHEN_SEEN},
    standing=Q(removed_at=None),
)
CUSTOMER = Table(
    payments.Customer,
    {
        **_OBJECT,
        "status": always("active"),
        "email": word("email"),
        "name": word("name"),
        "phone": word("phone"),
        "address_line1": word("address.line1"),
        "address_line2": word("address.line2"),
        "address_city": word("address.city"),
        "address_state": word("address.state"),
        "address_postal_code": word("address.postal_code"),
        "address_country": word("address.country"),
        "currency": word("currency"),
        "preferred_locale": lambda body: ([*(body.get("preferred_locales") or []), ""])[0],
        "description": word("description"),
        "default_payment_method__stripe_id": named("invoice_settings.default_payment_method"),
    },
    {**_ROW, "parked_at": SEEN, "parked_reason": SEEN, "archived_at": OURS},
)
BILLING_PROFILE = Table(
    billing.BillingProfile,
    {
        "balance_minor": at("balance"),
        "tax_exempt": at("tax_exempt", "none"),
        "invoice_prefix": word("invoice_prefix"),
    },
    {"id": OURS, "customer": "the owner"},
    key="",
)
TAX_ID = Table(
    payments.CustomerTaxId,
    {
        "type": at("type"),
        "value": at("value"),
        "country": word("country"),
        "verification_status": word("verification.status"),
    },
    {"id": OURS, "customer": "the owner", "deleted_at": WHEN_SEEN},
    standing=Q(deleted_at=None),
)


def _of_kind(name: str, otherwise: Any = "") -> Reader:
    return lambda body: at(f"{body['type']}.{name}", otherwise)(body)


PAYMENT_METHOD = Table(
    payments.PaymentMethod,
    {
        "stripe_created_at": at("created"),
        "status": lambda body: "attached" if body["customer"] else "not attached",
        "kind": at("type"),
        "brand": _of_kind("brand"),
        "wallet": _of_kind("wallet.type"),
        "bank_name": _of_kind("bank_name"),
        "last4": _of_kind("last4"),
        "exp_month": _of_kind("exp_month", None),
        "exp_year": _of_kind("exp_year", None),
        "funding": _of_kind("funding"),
        "country": _of_kind("country"),
        "fingerprint": _of_kind("fingerprint"),
        "billing_name": word("billing_details.name"),
        "billing_email": word("billing_details.email"),
        "billing_postal_code": word("billing_details.address.postal_code"),
        "billing_country": word("billing_details.address.country"),
    },
    {**_ROW, "customer": "a detached one keeps its last", "detached_at": WHEN_SEEN},
)
PAYMENT = Table(
    payments.Payment,
    {
        **_OBJECT,
        "status": at("status"),
        "customer__stripe_id": named("customer"),
        "latest_charge_id": named("latest_charge", ""),
        "capture_method": at("capture_method"),
        "currency": at("currency"),
        "amount_minor": at("amount"),
        "amount_capturable_minor": at("amount_capturable", 0),
        "amount_received_minor": at("amount_received", 0),
        "amount_refunded_minor": at("latest_charge.amount_refunded", 0),
        "failure_code": word("last_payment_error.code"),
        "decline_code": word("last_payment_error.decline_code"),
        "failure_message": word("last_payment_error.message"),
        "cancellation_reason": word("cancellation_reason"),
        "receipt_url": word("latest_charge.receipt_url"),
        "description": word("description"),
        "canceled_at": at("canceled_at"),
        "succeeded_at": lambda body: body["latest_charge"]["created"] if body["status"] == "succeeded" else None,
    },
    {
        **_ROW,
        "payment_method": "stays after a try that Stripe took off the intent",
        "off_session": OURS,
        "client_secret": "never compared",
        "flags": SEEN,
        "capture_before": "only cards that wait for capture have it",
    },
)
REFUND = Table(
    payments.Refund,
    {
        **_OBJECT,
        "status": at("status"),
        "amount_minor": at("amount"),
        "currency": at("currency"),
        "reason": word("reason"),
        "failure_code": word("failure_reason"),
        "payment__stripe_id": named("payment_intent"),
    },
    {**_ROW, "note": OURS, "failure_message": "in our words", "requested_by": OURS},
)


def _moved(sign: int) -> Reader:
    """What the lines of a dispute took (-1) or gave back (1), without a sign."""
    read = at("balance_transactions", [])
    return lambda body: sum(abs(line["amount"]) for line in read(body) if line["amount"] * sign > 0)


def _moved_at(sign: int, which: Callable[[list[int]], int]) -> Reader:
    read = at("balance_transactions", [])

    def moment(body: JsonObject) -> int | None:
        moments = [line["created"] for line in read(body) if line["amount"] * sign > 0]
        return which(moments) if moments else None

    return moment


DISPUTE = Table(
    payments.Dispute,
    {
        "stripe_created_at": at("created"),
        "status": at("status"),
        "payment__stripe_id": named("payment_intent"),
        "payment_intent_id": named("payment_intent", ""),
        "charge_id": named("charge"),
        "reason": word("reason"),
        "network_reason_code": word("payment_method_details.card.network_reason_code"),
        "amount_minor": at("amount"),
        "currency": at("currency"),
        "is_charge_refundable": at("is_charge_refundable"),
        "evidence_due_by": at("evidence_details.due_by"),
        "has_evidence": at("evidence_details.has_evidence"),
        "is_past_due": at("evidence_details.past_due"),
        "submission_count": at("evidence_details.submission_count"),
        "settlement_currency": lambda body: next((each["currency"] for each in body["balance_transactions"]), ""),
        "withdrawn_minor": _moved(-1),
        "reinstated_minor": _moved(1),
        "fee_minor": lambda body: sum(each["fee"] for each in body["balance_transactions"]),
        "withdrawn_at": _moved_at(-1, min),
        "reinstated_at": _moved_at(1, max),
    },
    {**_ROW, "closed_at": WHEN_SEEN},
)
PAYOUT = Table(
    reconciliation.Payout,
    {
        **_OBJECT,
        "status": at("status"),
        "amount_minor": at("amount"),
        "currency": at("currency"),
        "is_automatic": at("automatic"),
        "method": at("method"),
        "type": at("type"),
        "arrival_date": at("arrival_date"),
        "description": word("description"),
        "statement_descriptor": word("statement_descriptor"),
        "trace_id": word("trace_id.value"),
        "reconciliation_status": at("reconciliation_status"),
        "balance_transaction_id": named("balance_transaction", ""),
        "failure_balance_transaction_id": named("failure_balance_transaction", ""),
        "failure_code": word("failure_code"),
        "failure_message": word("failure_message"),
        "original_payout_id": named("original_payout", ""),
        "reversed_by_id": named("reversed_by", ""),
    },
    {**_ROW, "lines_read_at": SEEN},
)
ATTEMPT = Table(
    payments.PaymentAttempt,
    {
        "payment__stripe_id": named("payment_intent"),
        "payment_method__stripe_id": named("payment_method"),
        "outcome": at("status"),
        "amount_minor": at("amount"),
        "failure_code": word("failure_code"),
        "failure_message": word("failure_message"),
        "network_status": word("outcome.network_status"),
        "risk_level": word("outcome.risk_level"),
        "attempted_at": at("created"),
    },
    {"id": OURS, "public_id": OURS, "decline_code": "in our words", "method_label": "in our words"},
    key="source",
)
ITEM = Table(
    billing.SubscriptionItem,
    {
        "stripe_created_at": at("created"),
        "metadata": _metadata,
        "price__stripe_id": named("price"),
        "quantity": at("quantity"),
        "current_period_start": at("current_period_start"),
        "current_period_end": at("current_period_end"),
    },
    {"id": OURS, "public_id": OURS, "subscription": "the owner", "removed_at": WHEN_SEEN},
    standing=Q(removed_at=None),
)
SUBSCRIPTION = Table(
    billing.Subscription,
    {
        **_OBJECT,
        "status": at("status"),
        "customer__stripe_id": named("customer"),
        "collection_method": at("collection_method"),
        "currency": at("currency"),
        "days_until_due": at("days_until_due"),
        "default_payment_method__stripe_id": named("default_payment_method"),
        "billing_mode": word("billing_mode.type"),
        "billing_cycle_anchor": at("billing_cycle_anchor"),
        "start_date": at("start_date"),
        "trial_start": at("trial_start"),
        "trial_end": at("trial_end"),
        "cancel_at": at("cancel_at"),
        "cancel_at_period_end": at("cancel_at_period_end"),
        "canceled_at": at("canceled_at"),
        "ended_at": at("ended_at"),
        "cancellation_reason": word("cancellation_details.reason"),
        "cancellation_comment": word("cancellation_details.comment"),
        "pause_behavior": word("pause_collection.behavior"),
        "pause_resumes_at": at("pause_collection.resumes_at"),
        "latest_invoice_id": named("latest_invoice", ""),
        "schedule_id": named("schedule", ""),
        "pending_update": at("pending_update"),
        "automatic_tax": at("automatic_tax.enabled"),
        "tax_rate_ids": lambda body: [rate["id"] for rate in body["default_tax_rates"] or []],
        "description": word("description"),
    },
    {**_ROW, **_WISHED, "flags": SEEN},
)
SCHEDULE = Table(
    billing.SubscriptionSchedule,
    {
        **_OBJECT,
        "status": at("status"),
        "subscription__stripe_id": lambda body: named("subscription")(body) or named("released_subscription")(body),
        "end_behavior": word("end_behavior"),
        "phases": at("phases"),
    },
    _ROW,
)


def _details(line: JsonObject) -> JsonObject:
    parent = line.get("parent") or {}
    return parent.get("subscription_item_details") or parent.get("invoice_item_details") or {}


LINE = Table(
    billing.InvoiceLine,
    {
        "description": word("description"),
        "quantity": at("quantity"),
        "unit_amount_decimal": exact("pricing.unit_amount_decimal"),
        "amount_minor": at("amount"),
        "subtotal_minor": at("subtotal"),
        "discount_minor": summed("discount_amounts"),
        "discount_amounts": lambda line: [
            {"discount": named("discount")(part), "amount": part["amount"]} for part in line["discount_amounts"] or []
        ],
        "tax_minor": summed("taxes"),
        "currency": at("currency"),
        "period_start": at("period.start"),
        "period_end": at("period.end"),
        "price_id": named("pricing.price_details.price", ""),
        "product_id": word("pricing.price_details.product"),
        "subscription_id": lambda line: _details(line).get("subscription") or named("subscription", "")(line),
        "subscription_item_id": word("parent.subscription_item_details.subscription_item"),
        "invoice_item_id": lambda line: _details(line).get("invoice_item") or "",
        "is_proration": lambda line: bool(_details(line).get("proration")),
        "is_discountable": at("discountable"),
    },
    {
        "id": OURS,
        "invoice": "the owner",
        "position": "compared by the order of the rows",
        "is_metered": "of its price, compared there",
        "is_duplicate": "a verdict of ours, compared by hand",
        "counts": "a verdict of ours, compared by hand",
        "removed_at": WHEN_SEEN,
    },
    standing=Q(removed_at=None),
)
TAX = Table(
    billing.InvoiceTax,
    {
        "line__stripe_id": at("line"),
        "tax_rate_id": word("tax_rate_details.tax_rate"),
        "amount_minor": at("amount"),
        "taxable_minor": at("taxable_amount"),
        "is_inclusive": lambda tax: tax["tax_behavior"] == "inclusive",
        "reason": word("taxability_reason"),
    },
    {"id": OURS, "invoice": "the owner", "position": "compared by the order of the rows"},
    key="",
)


def _taxes(invoice: JsonObject) -> Sequence[JsonObject]:
    of_lines = [{**tax, "line": line["id"]} for line in invoice["lines"]["data"] for tax in line["taxes"] or []]
    return [*of_lines, *(invoice["total_taxes"] or [])]


INVOICE_PAYMENT = Table(
    billing.InvoicePayment,
    {
        "payment__stripe_id": named("payment.payment_intent"),
        "payment_intent_id": named("payment.payment_intent", ""),
        "type": at("payment.type"),
        "status": at("status"),
        "is_default": at("is_default"),
        "currency": at("currency"),
        "amount_requested_minor": at("amount_requested"),
        "amount_paid_minor": at("amount_paid"),
        "paid_at": at("status_transitions.paid_at"),
        "canceled_at": at("status_transitions.canceled_at"),
    },
    {"id": OURS, "invoice": "the owner"},
)
INVOICE = Table(
    billing.Invoice,
    {
        **_OBJECT,
        "status": at("status"),
        "customer__stripe_id": named("customer"),
        "subscription__stripe_id": named("parent.subscription_details.subscription"),
        "from_invoice__stripe_id": named("from_invoice.invoice"),
        "number": word("number"),
        "currency": at("currency"),
        "collection_method": at("collection_method"),
        "billing_reason": word("billing_reason"),
        "auto_advance": at("auto_advance", False),
        "attempt_count": at("attempt_count"),
        "next_payment_attempt": at("next_payment_attempt"),
        "automatic_tax_status": word("automatic_tax.status"),
        "finalization_error": word("last_finalization_error.message"),
        "description": word("description"),
        "footer": word("footer"),
        "custom_fields": at("custom_fields", []),
        "due_date": at("due_date"),
        "period_start": at("period_start"),
        "period_end": at("period_end"),
        "subtotal_minor": at("subtotal"),
        "discount_minor": summed("total_discount_amounts"),
        "tax_minor": summed("total_taxes"),
        "total_minor": at("total"),
        "starting_balance_minor": at("starting_balance"),
        "ending_balance_minor": at("ending_balance"),
        "amount_due_minor": at("amount_due"),
        "amount_paid_minor": at("amount_paid"),
        "amount_paid_off_stripe_minor": at("amount_paid_off_stripe", 0),
        "amount_remaining_minor": at("amount_remaining"),
        "amount_overpaid_minor": at("amount_overpaid", 0),
        "pre_payment_credit_minor": at("pre_payment_credit_notes_amount"),
        "post_payment_credit_minor": at("post_payment_credit_notes_amount"),
        "hosted_invoice_url": word("hosted_invoice_url"),
        "finalized_at": at("status_transitions.finalized_at"),
        "paid_at": at("status_transitions.paid_at"),
        "voided_at": at("status_transitions.voided_at"),
        "marked_uncollectible_at": at("status_transitions.marked_uncollectible_at"),
    },
    {
        **_ROW,
        **_WISHED,
        "flags": SEEN,
        "purchase_order": OURS,
        "days_until_due": "terms of a draft of ours",
        "wanted": WISH,
        "wanted_at": WISH,
        "waits_for": WISH,
    },
    standing=~Q(status="deleted"),
)
CREDIT_LINE = Table(
    billing.CreditNoteLine,
    {
        "invoice_line__stripe_id": at("invoice_line_item"),
        "description": word("description"),
        "quantity": at("quantity"),
        "amount_minor": at("amount"),
        "discount_minor": at("discount_amount"),
        "tax_minor": summed("taxes"),
    },
    {"id": OURS, "credit_note": "the owner", "position": "compared by the order of the rows"},
)


def _refunded(body: JsonObject) -> int:
    return sum(part["amount_refunded"] for part in body["refunds"])


CREDIT_NOTE = Table(
    billing.CreditNote,
    {
        **_OBJECT,
        "status": at("status"),
        "invoice__stripe_id": named("invoice"),
        "number": word("number"),
        "type": at("type"),
        "reason": word("reason"),
        "memo": word("memo"),
        "currency": at("currency"),
        "subtotal_minor": at("subtotal"),
        "discount_minor": at("discount_amount"),
        "tax_minor": summed("total_taxes"),
        "total_minor": at("total"),
        "pre_payment_minor": at("pre_payment_amount"),
        "post_payment_minor": at("post_payment_amount"),
        "refund_minor": _refunded,
        "credit_minor": lambda body: body["post_payment_amount"] - _refunded(body) - (body["out_of_band_amount"] or 0),
        "out_of_band_minor": at("out_of_band_amount", 0),
        "refund_ids": lambda body: [named("refund")(part) for part in body["refunds"]],
        "effective_at": at("effective_at"),
        "voided_at": at("voided_at"),
    },
    {**_ROW, **_WISHED, "note": OURS, "requested_by": OURS},
)


def _own_discounts(body: JsonObject) -> Sequence[JsonObject]:
    """Those whose owner is this very object: an invoice carries its subscription's and customer's too."""
    kind, carried = body["object"], held("discounts")(body)
    return [each for each in carried if each[kind] == body["id"] and not (kind == "subscription" and each["invoice"])]


KINDS = (
    Kind("product", "/v1/products", PRODUCT),
    Kind(
        "price",
        "/v1/prices",
        PRICE,
        expand=("tiers", "currency_options.tiers"),
        parts=(Part(PRICE_CURRENCY, "price", _other_currencies),),
    ),
    Kind("coupon", "/v1/coupons", COUPON, expand=("applies_to", "currency_options")),
    Kind("promotion_code", "/v1/promotion_codes", PROMOTION_CODE),
    Kind("tax_rate", "/v1/tax_rates", TAX_RATE),
    Kind(
        "customer",
        "/v1/customers",
        CUSTOMER,
        expand=("tax_ids",),
        parts=(
            Part(BILLING_PROFILE, "customer", lambda body: [body]),
            Part(TAX_ID, "customer", held("tax_ids.data")),
            Part(
                replace(DISCOUNT, standing=Q(removed_at=None, subscription=None, invoice=None)),
                "customer",
                lambda body: [body["discount"]] if body.get("discount") else [],
            ),
        ),
    ),
    Kind(
        "subscription",
        "/v1/subscriptions",
        SUBSCRIPTION,
        expand=("discounts",),
        params={"status": "all"},
        parts=(
            Part(ITEM, "subscription", held("items.data")),
            Part(
                replace(DISCOUNT, standing=Q(removed_at=None, invoice=None, subscription__isnull=False)),
                "subscription",
                _own_discounts,
            ),
        ),
    ),
    Kind("subscription_schedule", "/v1/subscription_schedules", SCHEDULE),
    Kind("payment_intent", "/v1/payment_intents", PAYMENT, expand=("latest_charge",)),
    Kind("charge", "/v1/charges", ATTEMPT),
    Kind("refund", "/v1/refunds", REFUND),
    Kind("dispute", "/v1/disputes", DISPUTE),
    Kind("payout", "/v1/payouts", PAYOUT),
    Kind(
        "invoice",
        "/v1/invoices",
        INVOICE,
        expand=("payments", "discounts"),
        parts=(
            Part(LINE, "invoice", held("lines.data")),
            Part(TAX, "invoice", _taxes),
            Part(INVOICE_PAYMENT, "invoice", held("payments.data")),
            Part(replace(DISCOUNT, standing=Q(removed_at=None, invoice__isnull=False)), "invoice", _own_discounts),
        ),
    ),
    Kind(
        "credit_note",
        "/v1/credit_notes",
        CREDIT_NOTE,
        parts=(Part(CREDIT_LINE, "credit_note", held("lines.data")),),
    ),
)
# Stripe lists them by their customer only.
METHODS = Kind("payment_method", "/v1/payment_methods", PAYMENT_METHOD)
