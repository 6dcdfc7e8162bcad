"""`/api/v1/subscriptions`: started, shown, paused, ended."""

from collections.abc import Callable
from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from billing.api import chosen, subscription_examples
from billing.api.subscription_answers import SubscriptionViews, context, found, rows
from billing.api.subscription_bodies import (
    CancellationInput,
    PauseInput,
    PaymentMethodInput,
    ReasonInput,
    SubscriptionBody,
    SubscriptionInList,
    SubscriptionInput,
    SubscriptionQuery,
)
from billing.models import Subscription
from billing.services import cancellations, first_payment, schedules, subscriptions
from billing.services.cancellations import Rest
from billing.services.subscription_terms import InvalidSubscription, PriceNotUsable, Terms
from billing.services.subscription_wishes import ChangeInProgress, SubscriptionNotChangeable
from config.base.api import queries
from config.base.api.authentication import actor
from config.base.api.pagination import PARAMETERS, CursorPages
from config.base.api.schema import MISSING, Answer, operation
from payments.api.chosen import chosen_customer, chosen_payment_method
from payments.failures import CALM, NeverLeft
from payments.models import Customer
from payments.services.payments import ActionInDoubt

Handler = Callable[..., Response]
DOUBT = "Stripe has not answered: poll the subscription, it settles by itself."
UNREACHABLE = NeverLeft(CALM)
WISHES = [
    UNREACHABLE,
    SubscriptionNotChangeable("The subscription is canceled; this is not possible."),
    ActionInDoubt("Stripe has not answered an earlier request for this subscription. It settles by itself."),
    ChangeInProgress("A change of this subscription is being made. Try again in a moment."),
    *MISSING,
]
_LOOKUPS = {
    "customer": "customer__public_id",
    "status": "status",
    "created_after": "created_at__gt",
    "created_before": "created_at__lt",
}


def _wish(
    name: str, summary: str, request: Any, example: dict[str, Any], *, about: str = ""
) -> Callable[[Handler], Handler]:
    """How a wish about a subscription is described."""
    return operation(
        f"subscriptions_{name}",
        summary,
        about=about,
        request=request,
        request_example=example,
        answers=[
            Answer(200, SubscriptionBody, subscription_examples.SUBSCRIPTION),
            Answer(202, SubscriptionBody, subscription_examples.IN_DOUBT, DOUBT),
        ],
        refusals=WISHES,
        writes=True,
    )


class Subscriptions(SubscriptionViews):
    creates: ClassVar[frozenset[str]] = frozenset({subscriptions.CREATE})
    pagination_class = CursorPages

    @operation(
        "subscriptions_create",
        "Start a subscription",
        about="It is `incomplete` until its first invoice is paid: with `confirm` the saved payment method is tried at "
        "once; without, give `client_secret` to Stripe.js. A decline leaves it incomplete; after 23 hours it expires.",
        request=SubscriptionInput,
        request_example=subscription_examples.ASKED,
        answers=[
            Answer(201, SubscriptionBody, subscription_examples.STARTED),
            Answer(202, SubscriptionBody, subscription_examples.START_IN_DOUBT, DOUBT),
        ],
        refusals=[
            UNREACHABLE,
            InvalidSubscription("Say within how many days an invoice is due.", param="days_until_due"),
            PriceNotUsable("The price price_8sWfGa0JYyVbRz3mQk5xTn is not sold any more.", param="items.0.price"),
        ],
        writes=True,
    )
    def create(self, request: Request) -> Response:
        asked = SubscriptionInput(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        customer = chosen_customer(request, wanted["customer"])
        subscription = subscriptions.start(
            customer=customer,
            items=chosen.items(request, wanted["items"]),
            terms=_terms(request, customer, wanted),
            reason=wanted["reason"],
            by=actor(request),
        )
        if subscription.status == Subscription.Status.INCOMPLETE:
            bring = first_payment.collect if wanted["confirm"] else first_payment.read
            bring(subscription=subscription, by=actor(request))
        return self.answer_to(subscriptions.last_call(subscription))

    @operation(
        "subscriptions_list",
        "Subscriptions, newest first",
        query=SubscriptionQuery,
        answers=[Answer(200, SubscriptionInList(many=True), subscription_examples.LISTED)],
    )
    def list(self, request: Request) -> Response:
        wanted = queries.read(request, SubscriptionQuery, beside=PARAMETERS)
        pages = CursorPages()
        matching = rows(request).filter(**{_LOOKUPS[name]: value for name, value in wanted.items()})
        page = pages.paginate_queryset(matching, request)
        return pages.get_paginated_response(SubscriptionInList(page, many=True, context=context(page)).data)

    @operation(
        "subscriptions_retrieve",
        "One subscription",
        answers=[Answer(200, SubscriptionBody, subscription_examples.SUBSCRIPTION)],
        refusals=MISSING,
    )
    def retrieve(self, request: Request, id: str) -> Response:
        return Response(self.body_of(found(request, id)))

    @_wish(
        "pause",
        "Collect nothing for now",
        PauseInput,
        {"behavior": "void", "resumes_at": "2026-12-21T00:00:00Z"},
        about="`void`: invoices are voided, the customer is not let in. `keep_as_draft`: they are kept, to be "
        "collected later. `mark_uncollectible`: the service is given away.",
    )
    def pause(self, request: Request, id: str) -> Response:
        asked = _read(PauseInput, request)
        return self.answer_to(subscriptions.pause(subscription=found(request, id), by=actor(request), **asked))

    @_wish("resume", "Go on after a pause", ReasonInput, {"reason": "Back from holidays"})
    def resume(self, request: Request, id: str) -> Response:
        asked = _read(ReasonInput, request)
        return self.answer_to(subscriptions.resume(subscription=found(request, id), by=actor(request), **asked))

    @_wish(
        "cancel",
        "End a subscription, now or with its period",
        CancellationInput,
        {"when": "now", "rest": "credit", "comment": "Moves abroad"},
        about="`rest` is what becomes of what is paid for and not used when it ends now: kept, credited to the "
        "customer's balance, or refunded.",
    )
    def cancel(self, request: Request, id: str) -> Response:
        asked = _read(CancellationInput, request)
        when, rest = asked.pop("when"), Rest(asked.pop("rest"))
        subscription, by = found(request, id), actor(request)
        if when == "period_end":
            call = subscriptions.cancel_at_period_end(subscription=subscription, by=by, **asked)
        else:
            call = cancellations.cancel(subscription=subscription, rest=rest, by=by, **asked)
        return self.answer_to(call)

    @_wish("undo_cancel", "Take a cancellation back that has not come yet", ReasonInput, {"reason": "Stays after all"})
    def undo_cancel(self, request: Request, id: str) -> Response:
        asked = _read(ReasonInput, request)
        return self.answer_to(subscriptions.undo_cancel(subscription=found(request, id), by=actor(request), **asked))

    @_wish("undo_change", "Take a planned change back", ReasonInput, {"reason": "Keeps the larger plan"})
    def undo_change(self, request: Request, id: str) -> Response:
        asked = _read(ReasonInput, request)
        return self.answer_to(schedules.release(subscription=found(request, id), by=actor(request), **asked))

    @_wish(
        "set_payment_method",
        "Collect from another payment method",
        PaymentMethodInput,
        {"payment_method": "method_5xTn8sWfGa0JYyVbRz3mQk"},
    )
    def set_payment_method(self, request: Request, id: str) -> Response:
        asked, subscription = _read(PaymentMethodInput, request), found(request, id)
        method = chosen_payment_method(request, asked["payment_method"], subscription.customer)
        return self.answer_to(
            subscriptions.set_payment_method(
                subscription=subscription, payment_method=method, reason=asked["reason"], by=actor(request)
            )
        )


def _read(kind: Any, request: Request) -> dict[str, Any]:
    asked = kind(data=request.data)
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)


def _terms(request: Request, customer: Customer, wanted: dict[str, Any]) -> Terms:
    return Terms(
        currency=wanted["currency"],
        collection_method=wanted["collection_method"],
        days_until_due=wanted["days_until_due"],
        payment_method=chosen_payment_method(request, wanted.get("payment_method"), customer),
        trial_days=wanted["trial_days"],
        trial_end=wanted["trial_end"],
        trial_end_behavior=wanted["trial_end_behavior"],
        coupon=chosen.coupon(request, wanted.get("coupon")),
        promotion_code=chosen.promotion_code(request, wanted.get("promotion_code")),
        backdated_to=wanted["backdated_to"],
        anchor_day=wanted["anchor_day"],
        bills_in_arrears=wanted["bill_in"] == "arrears",
        description=wanted["description"],
        metadata=wanted["metadata"],
    )
