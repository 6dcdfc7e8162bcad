"""`/api/v1/subscriptions/{id}/preview` and `/change`: the price first, then the change at that price or not at all."""

from rest_framework.request import Request
from rest_framework.response import Response

from billing.api import chosen, subscription_examples
from billing.api.quote_bodies import ChangeInput, PreviewInput, QuoteBody
from billing.api.subscription_answers import SubscriptionViews, found, with_price
from billing.api.subscription_bodies import SubscriptionBody
from billing.api.subscriptions import DOUBT, UNREACHABLE
from billing.models import Quote
from billing.services import quotes
from billing.services.plan_changes import NothingChanges
from billing.services.quotes import ChangeFailed, QuoteExpired
from billing.services.subscription_wishes import ChangeInProgress, ChangeScheduled, SubscriptionNotChangeable
from config.base.api.authentication import actor
from config.base.api.errors import FieldError, ValidationFailed
from config.base.api.schema import MISSING, Answer, operation

_EXPIRED = QuoteExpired(None)
_EXPIRED.members = {"quote": subscription_examples.QUOTE}


class SubscriptionChanges(SubscriptionViews):
    @operation(
        "subscriptions_preview",
        "What a change would cost, held for 15 minutes",
        about="Nothing changes. Give `quote` to `/change` to make the change at exactly this price.",
        request=PreviewInput,
        request_example={"quantity": 5},
        answers=[Answer(200, QuoteBody, subscription_examples.QUOTE)],
        refusals=[
            UNREACHABLE,
            NothingChanges("The subscription is like this already.", param="items"),
            SubscriptionNotChangeable("The subscription is canceled; this is not possible."),
            ChangeInProgress("A change of this subscription is being made. Try again in a moment."),
            ChangeScheduled("A change is planned for the end of the period. Take it back first."),
            *MISSING,
        ],
        writes=True,
    )
    def preview(self, request: Request, id: str) -> Response:
        subscription = found(request, id)
        asked = PreviewInput(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        quote = quotes.make(
            subscription=subscription,
            change=chosen.changes(request, subscription, wanted),
            when=wanted["when"],
            reason=wanted["reason"],
            by=actor(request),
        )
        return Response(QuoteBody(quote).data)

    @operation(
        "subscriptions_change",
        "Make a change at its quoted price",
        about="What is collected is what was quoted, or nothing. `quote_expired` carries the new price in `quote`; "
        "`change_failed` says why the payment did not go through. 202: Stripe has not answered, or the customer's bank "
        "asks them to confirm with `client_secret` within 15 minutes; else the change is undone.",
        request=ChangeInput,
        request_example={"quote": subscription_examples.QUOTE["quote"]},
        answers=[
            Answer(200, SubscriptionBody, subscription_examples.CHANGED),
            Answer(202, SubscriptionBody, subscription_examples.CHANGE_IN_DOUBT, DOUBT),
        ],
        refusals=[
            UNREACHABLE,
            _EXPIRED,
            ChangeFailed("Your card was declined."),
            ChangeInProgress("A change of this subscription is being made. Try again in a moment."),
            *MISSING,
        ],
        writes=True,
    )
    def change(self, request: Request, id: str) -> Response:
        subscription = found(request, id)
        asked = ChangeInput(data=request.data)
        asked.is_valid(raise_exception=True)
        quote = Quote.objects.filter(subscription=subscription, public_id=asked.validated_data["quote"]).first()
        if quote is None:
            raise ValidationFailed([FieldError("quote", "not_found", "This subscription has no such quote.")])
        quote.subscription = subscription
        try:
            return self.answer_of(quotes.confirm(quote=quote, by=actor(request)))
        except QuoteExpired as expired:
            raise with_price(expired) from None
