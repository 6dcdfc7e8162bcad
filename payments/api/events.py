"""`/api/v1/events`: what happened, in order."""

from typing import Any

from django.db.models import BigIntegerField, F, Func, Q, QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from config.base.api import pagination, queries
from config.base.api.authentication import api_key
from config.base.api.errors import InvalidCursor
from config.base.api.queries import Query
from config.base.api.schema import Answer, operation
from config.base.api.views import ApiViewSet
from config.base.models import DomainEvent
from payments.api import examples


class OldestRunning(Func):
    """The oldest transaction that may still be writing: behind it nothing can appear any more."""

    template = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
    output_field = BigIntegerField()


class EventQuery(Query):
    after = serializers.CharField(required=False, max_length=64, help_text="id of the last event that you have seen")
    type = serializers.CharField(required=False, max_length=64)
    object_id = serializers.CharField(required=False, max_length=40)


class ActorBody(serializers.Serializer[DomainEvent]):
    kind = serializers.CharField(source="actor_kind")
    id = serializers.CharField(source="actor_id")
    label = serializers.CharField(source="actor_label")  # type: ignore[assignment]


class EventBody(serializers.ModelSerializer[DomainEvent]):
    id = serializers.CharField(source="public_id")
    data = serializers.DictField()  # type: ignore[assignment]
    actor = ActorBody(source="*")

    class Meta:
        model = DomainEvent
        fields = (
            "id", "type", "object_type", "object_id", "sequence", "data", "actor", "request_id", "created_at",
        )  # fmt: skip


class EventPages(pagination.CursorPages):
    """The same shape, oldest first: `after` stands where other lists have their cursor."""

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [each for each in super().get_schema_operation_parameters(view) if each["name"] != "cursor"]


class Events(ApiViewSet):
    resource = "events"
    pagination_class = EventPages

    @operation(
        "events_list",
        "What happened, oldest first",
        about="Ask again with the last id that you have seen: nothing is skipped, nothing comes twice. `sequence` "
        "numbers the events of one object.",
        query=EventQuery,
        answers=[Answer(200, EventBody(many=True), examples.EVENT)],
        refusals=[InvalidCursor()],
    )
    def list(self, request: Request) -> Response:
        wanted = queries.read(request, EventQuery, beside=("limit",))
        size = pagination.limit(request)
        events = list(_feed(request, wanted)[: size + 1])
        page = events[:size]
        following = page[-1].public_id if len(events) > size else None
        address = request.build_absolute_uri()
        return Response(
            {
                "data": EventBody(page, many=True).data,
                "next": replace_query_param(address, "after", following) if following else None,
                "previous": None,
            }
        )


def _feed(request: Request, wanted: dict[str, Any]) -> QuerySet[DomainEvent]:
    """In the order of their transactions, up to the oldest that is still running: none commits behind a reader."""
    events = DomainEvent.objects.filter(account=api_key(request).account)
    if after := wanted.pop("after", None):
        seen = events.filter(public_id=after).first()
        if seen is None:
            raise InvalidCursor("There is no such event.")
        here = Q(transaction_id=seen.transaction_id, pk__gt=seen.pk)
        events = events.filter(
            here | Q(transaction_id__gt=seen.transaction_id), transaction_id__gte=seen.transaction_id
        )
    settled = events.filter(transaction_id__lt=OldestRunning(), **wanted)
    return settled.order_by(F("transaction_id"), F("id"))
