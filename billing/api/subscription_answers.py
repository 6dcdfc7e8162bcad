"""What the views of subscriptions have in common: how the row is found, shown, and told after a call."""

from typing import Any, ClassVar

from django.db.models import Prefetch, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.quote_bodies import QuoteBody
from billing.api.subscription_bodies import SubscriptionBody
from billing.models import Quote, Subscription, SubscriptionItem
from billing.services import quotes, subscription_wishes, subscriptions, tax_exemptions
from billing.services.quotes import QuoteExpired
from config.base.api.authentication import api_key
from config.base.api.idempotency import POLL_SECONDS
from payments.api.asking import AskingViewSet, mine
from payments.models import OutboundCall

_ITEMS = Prefetch("items", SubscriptionItem.objects.select_related("price__product"))
SHOWN = Subscription.objects.select_related(
    "customer__account__legal_entity", "customer__default_payment_method", "default_payment_method", "account"
).prefetch_related(_ITEMS)


class SubscriptionViews(AskingViewSet):
    """A call for a subscription, or for a quote of it, is answered with the subscription."""

    resource = "subscriptions"
    prepares: ClassVar[frozenset[str]] = frozenset({tax_exemptions.SET})

    def recall(self, request_id: str) -> Response | None:
        """A change is many calls: what became of it stands on its quote. A start is told by its creation."""
        calls = self.calls_of(request_id)
        quote = Quote.objects.filter(public_id__in=calls.filter(subject_type="quote").values("subject_id")).first()
        if quote and quote.status != Quote.Status.OPEN:  # an open one was never looked at by Stripe
            return self.answer_of(quote)
        told = calls.filter(action=subscriptions.CREATE).first() or calls.last()
        return self.answer_to(told) if told else None

    def answer_of(self, quote: Quote) -> Response:
        """200 changed, 202 under way; raises what became of a quote that is neither."""
        try:
            quotes.verdict(quote)
        except QuoteExpired as expired:
            raise with_price(expired) from None
        is_under_way = quote.status == Quote.Status.CONFIRMING
        row = SHOWN.get(pk=quote.subscription_id)
        headers = {"Retry-After": str(POLL_SECONDS)} if is_under_way else None
        return Response(self.body_of(row), status=202 if is_under_way else 200, headers=headers)

    def subject_of(self, call: OutboundCall) -> Subscription:
        """The subscription itself, or the one that the quote is of."""
        by = "quotes__public_id" if call.subject_type == "quote" else "public_id"
        return SHOWN.get(**{by: call.subject_id})

    def body_of(self, row: Subscription) -> dict[str, Any]:
        return dict(SubscriptionBody(row, context=context([row])).data)


def with_price(expired: QuoteExpired) -> QuoteExpired:
    """The problem with the new quote in it."""
    if expired.quote:
        expired.members = {"quote": dict(QuoteBody(expired.quote).data)}
    return expired


def found(request: Request, public_id: str) -> Subscription:
    """The subscription with this id in the key's account; raises NotFound."""
    subscription: Subscription = mine(request, SHOWN, public_id)
    return subscription


def rows(request: Request) -> QuerySet[Subscription]:
    return SHOWN.filter(account=api_key(request).account)


def context(page: list[Subscription]) -> dict[str, Any]:
    return {"doubts": subscription_wishes.doubts_among(page)}
