"""Subscriptions as the API takes and shows them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from billing.models import Quote, Subscription, SubscriptionItem
from billing.services import first_payment, subscriptions
from billing.services.cancellations import Rest
from billing.services.subscription_terms import AUTOMATIC, BY_INVOICE, MOST_ITEMS
from config.base.api.fields import CurrencyCode, Metadata, Strict, StrictFlag, StrictText, WholeNumber
from config.base.api.queries import Query
from payments.api.shapes import Doubtful, Moment, Reference, Word

_FEEDBACK = (
    "customer_service", "low_quality", "missing_features", "other", "switched_service", "too_complex",
    "too_expensive", "unused",
)  # fmt: skip


class ItemInput(Strict):
    price = StrictText(max_length=40)
    quantity = WholeNumber(required=False, allow_null=True, default=None, help_text="none for metered prices")


class SubscriptionInput(Strict):
    customer = StrictText(max_length=40)
    items: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=ItemInput(), min_length=1, max_length=MOST_ITEMS
    )
    currency = CurrencyCode(required=False, default="", help_text="the customer's or the price's, if left out")
    collection_method = serializers.ChoiceField([AUTOMATIC, BY_INVOICE], default=AUTOMATIC)
    days_until_due = WholeNumber(required=False, allow_null=True, default=None)
    payment_method = StrictText(max_length=255, required=False, allow_null=True, help_text="our id or Stripe's")
    confirm = StrictFlag(default=False, help_text="collect the first invoice at once with the saved method")
    trial_days = WholeNumber(required=False, allow_null=True, default=None)
    trial_end = serializers.DateTimeField(required=False, allow_null=True, default=None)
    trial_end_behavior = serializers.ChoiceField(
        ["create_invoice", "cancel", "pause"],
        default="create_invoice",
        help_text="at the trial's end without a payment method",
    )
    coupon = StrictText(max_length=40, required=False, allow_null=True)
    promotion_code = StrictText(max_length=40, required=False, allow_null=True, help_text="its id")
    backdated_to = serializers.DateTimeField(required=False, allow_null=True, default=None)
    anchor_day = WholeNumber(required=False, allow_null=True, default=None, help_text="day of the month it renews on")
    bill_in = serializers.ChoiceField(["advance", "arrears"], default="advance", help_text="arrears: metered prices")
    description = StrictText(max_length=500, required=False, allow_blank=True, default="")
    metadata = Metadata(default=dict)
    reason = StrictText(max_length=500, required=False, allow_blank=True, default="", help_text="stays here")


class ReasonInput(Strict):
    reason = StrictText(max_length=500, required=False, allow_blank=True, default="", help_text="stays here")


class PauseInput(ReasonInput):
    behavior = serializers.ChoiceField(subscriptions.PAUSE_BEHAVIORS, default="void")
    resumes_at = serializers.DateTimeField(required=False, allow_null=True, default=None)


class CancellationInput(ReasonInput):
    when = serializers.ChoiceField(Quote.When.choices, default=Quote.When.NOW)
    rest = serializers.ChoiceField(
        [(rest.value, rest.value) for rest in Rest], default=Rest.KEEP.value, help_text="of what is paid and not used"
    )
    comment = StrictText(max_length=1000, required=False, allow_blank=True, default="", help_text="goes to Stripe")
    feedback = serializers.ChoiceField(_FEEDBACK, required=False, default="")


class PaymentMethodInput(ReasonInput):
    payment_method = StrictText(max_length=255, help_text="our id or Stripe's")


class SubscriptionQuery(Query):
    customer = serializers.CharField(required=False, max_length=40)
    status = serializers.ChoiceField(Subscription.Status.choices, required=False)
    created_after = serializers.DateTimeField(required=False, help_text="later than this moment")
    created_before = serializers.DateTimeField(required=False, help_text="earlier than this moment")


class ItemBody(serializers.ModelSerializer[SubscriptionItem]):
    id = serializers.CharField(source="public_id")
    price = Reference("price")
    product = Word(source="price.product.public_id")

    class Meta:
        model = SubscriptionItem
        fields = ("id", "stripe_id", "price", "product", "quantity", "current_period_start", "current_period_end")


class PauseBody(serializers.Serializer[Any]):
    """Nothing is collected for now."""

    behavior = serializers.CharField()
    resumes_at = Moment(allow_null=True)


class SubscriptionInList(serializers.ModelSerializer[Subscription]):
    id = serializers.CharField(source="public_id")
    stripe_id = Word()
    status = serializers.CharField(help_text="Stripe's; unknown while it has not answered, rejected if never made")
    customer = Reference("customer")
    payment_method = Reference("default_payment_method")
    items = serializers.SerializerMethodField()
    paused = serializers.SerializerMethodField(help_text="of its collection")
    has_planned_change = serializers.SerializerMethodField(help_text="at the end of the period")
    cancellation_reason = Word()
    description = Word()
    metadata = serializers.DictField(child=serializers.CharField())
    failure_code = Word()
    failure_message = Word()
    in_doubt = serializers.SerializerMethodField()

    class Meta:
        model = Subscription
        fields: tuple[str, ...] = (
            "id", "stripe_id", "status", "customer", "items", "currency", "collection_method", "days_until_due",
            "payment_method", "start_date", "billing_cycle_anchor", "trial_start", "trial_end", "cancel_at",
            "cancel_at_period_end", "canceled_at", "ended_at", "cancellation_reason", "paused", "has_planned_change",
            "description", "metadata", "failure_code", "failure_message", "in_doubt", "created_at",
        )  # fmt: skip

    @extend_schema_field(ItemBody(many=True))
    def get_items(self, subscription: Subscription) -> Any:
        return ItemBody([item for item in subscription.items.all() if item.removed_at is None], many=True).data

    @extend_schema_field(PauseBody(allow_null=True))
    def get_paused(self, subscription: Subscription) -> Any:
        if not subscription.pause_behavior:
            return None
        paused = {"behavior": subscription.pause_behavior, "resumes_at": subscription.pause_resumes_at}
        return PauseBody(paused).data

    @extend_schema_field({"type": "boolean"})
    def get_has_planned_change(self, subscription: Subscription) -> bool:
        return bool(subscription.schedule_id)

    @extend_schema_field(Doubtful(allow_null=True))
    def get_in_doubt(self, subscription: Subscription) -> Any:
        doubt = self.context["doubts"].get(subscription.public_id)
        return Doubtful(doubt).data if doubt else None


class SubscriptionBody(SubscriptionInList):
    client_secret = serializers.SerializerMethodField(
        help_text="of the payment that it waits for, for Stripe.js in the payer's browser; never in lists"
    )

    class Meta(SubscriptionInList.Meta):
        fields = (*SubscriptionInList.Meta.fields, "client_secret")

    @extend_schema_field({"type": "string", "nullable": True})
    def get_client_secret(self, subscription: Subscription) -> str | None:
        payment = first_payment.waiting(subscription)
        return (payment.client_secret or None) if payment else None


class AccessBody(serializers.Serializer[Any]):
    """May this customer use it, until when, and why."""

    allowed = serializers.BooleanField()
    until = Moment(allow_null=True, help_text="as far as it is known; of one that is over: when it ended")
    reason = serializers.CharField(help_text="a word that never changes")
    detail = serializers.CharField(source="words")
    subscription = Reference("subscription")
