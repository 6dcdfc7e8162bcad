"""What the views that ask something of Stripe have in common: a call tells what came of it, now and after a crash."""

from typing import Any, ClassVar

from django.db.models import Model, Q, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from config.base.api.authentication import api_key
from config.base.api.idempotency import POLL_SECONDS
from config.base.api.views import ApiViewSet
from config.base.errors import NotFound
from payments.models import OutboundCall
from payments.services import outbound

UNDONE = Q(status=OutboundCall.Status.REJECTED) | Q(status=OutboundCall.Status.REFUSED, http_status__in=[401, 403, 429])


class AskingViewSet(ApiViewSet):
    """Answers from the outbound call: the view that made it and the one that finds it later say the same."""

    creates: ClassVar[frozenset[str]] = frozenset()
    prepares: ClassVar[frozenset[str]] = frozenset()
    """Actions that only make ready what was asked: made again, they change nothing."""

    def recall(self, request_id: str) -> Response | None:
        call = self.calls_of(request_id).last()
        return self.answer_to(call) if call else None

    def took_effect(self, request_id: str) -> bool:
        return self.calls_of(request_id).exclude(UNDONE).exists()

    def calls_of(self, request_id: str) -> QuerySet[OutboundCall]:
        """What the request asked of Stripe, oldest first."""
        calls = OutboundCall.objects.filter(request_id=request_id).exclude(action__in=self.prepares)
        return calls.select_related("account").order_by("id")

    def answer_to(self, call: OutboundCall) -> Response:
        """201 made, 200 done, 202 in doubt; raises StripeFailure when it was refused or never left."""
        row = self.subject_of(call)
        is_in_doubt = call.status == OutboundCall.Status.SENT
        if not is_in_doubt and not self.stands(row, call) and (failure := outbound.failure(call)):
            raise failure
        done = 201 if call.action in self.creates else 200
        headers = {"Retry-After": str(POLL_SECONDS)} if is_in_doubt else None
        return Response(self.body_of(row), status=202 if is_in_doubt else done, headers=headers)

    def subject_of(self, call: OutboundCall) -> Any:
        """The row that the call is for."""
        raise NotImplementedError

    def body_of(self, row: Any) -> dict[str, Any]:
        """The row as it is shown after the call."""
        raise NotImplementedError

    def stands(self, row: Any, call: OutboundCall) -> bool:
        """Whether the row exists at Stripe in spite of a refused call: a declined payment does."""
        return False


def latest_call(request: Request) -> OutboundCall:
    """The call that this request has just made."""
    return OutboundCall.objects.filter(request_id=_id(request)).select_related("account").latest("id")


def mine(request: Request, rows: QuerySet[Any], public_id: str) -> Any:
    """The row with this id in the key's account; raises NotFound."""
    row: Model | None = rows.filter(account=api_key(request).account, public_id=public_id).first()
    if row is None:
        raise NotFound("There is no such object.")
    return row


def _id(request: Request) -> str:
    return str(getattr(request, "request_id", ""))
