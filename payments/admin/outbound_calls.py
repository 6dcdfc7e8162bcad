"""Calls to Stripe: what exactly was asked, with which key, what came back."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from config.base.console import display
from config.base.console.display import Tone
from config.base.console.model_admin import ReadOnlyAdmin
from config.base.console.pages import Documents, Facts, Notice, Page, Payload
from payments.admin import links, words
from payments.models import OutboundCall

if TYPE_CHECKING:
    from django.contrib.admin import ChoicesFieldListFilter as ChoicesRadioFilter
else:
    from unfold.contrib.filters.admin import ChoicesRadioFilter


@admin.register(OutboundCall)
class OutboundCallAdmin(ReadOnlyAdmin[OutboundCall]):
    list_display = ("action", "status_shown", "subject_shown", "error_shown", "by_shown", "created_shown")
    list_filter = (("status", ChoicesRadioFilter),)
    search_help_text = "Id of the call, its object or request, or our key"

    def matching(self, queryset: QuerySet[OutboundCall], term: str) -> QuerySet[OutboundCall]:
        if term.startswith("call_"):
            return queryset.filter(public_id=term)
        if term.startswith("req_"):
            return queryset.filter(Q(request_id=term) | Q(stripe_request_id=term))
        return queryset.filter(Q(subject_id=term) | Q(idempotency_key=term))

    def page(self, request: HttpRequest, row: OutboundCall) -> Page:
        answer = [Payload("Stripe's answer", row.reply)] if row.reply else []
        return Page(
            title=f"Call {row.public_id}",
            labels=[words.status(row.status)],
            subtitle=f"{row.method} {row.path}",
            notices=_notices(row),
            main=[Documents(title="What was said", payloads=[Payload("Parameters", row.params), *answer])],
            side=[_facts(row)],
        )

    @admin.display(description="Status")
    def status_shown(self, call: OutboundCall) -> SafeString:
        return words.status(call.status)

    @admin.display(description="For")
    def subject_shown(self, call: OutboundCall) -> object:
        return display.code(call.subject_id)

    @admin.display(description="Error")
    def error_shown(self, call: OutboundCall) -> str:
        return call.error_code or display.EMPTY

    @admin.display(description="By")
    def by_shown(self, call: OutboundCall) -> str:
        return words.actor(call.actor_kind, call.actor_label)

    @admin.display(description="Created (UTC)")
    def created_shown(self, call: OutboundCall) -> object:
        return display.when(call.created_at)


def _notices(call: OutboundCall) -> list[Notice]:
    if call.status == OutboundCall.Status.SENT:
        text = f"It is looked into by itself, next at {call.next_check_at:%H:%M:%S} UTC."
        return [Notice(title="On its way to Stripe, or in doubt", text=text)]
    if call.error_message:
        return [Notice(title=call.error_code, text=call.error_message, tone=Tone.BAD)]
    return []


def _facts(call: OutboundCall) -> Facts:
    return Facts(
        title="Call",
        rows=[
            ("For", links.by_id(call.subject_id)),
            ("Asked by", words.actor(call.actor_kind, call.actor_label)),
            ("Our request", display.copied(call.request_id)),
            ("Our key", display.copied(call.idempotency_key)),
            ("API version", call.api_version),
            ("Object at Stripe", display.copied(call.root_id)),
            ("Sent", display.when(call.sent_at)),
            ("Given up after", display.when(call.valid_until)),
            ("Tries", call.tries),
            ("HTTP status", call.http_status),
            ("Stripe's request", display.copied(call.stripe_request_id)),
            ("Settled by", display.words(call.resolved_by)),
            ("Finished", display.when(call.finished_at)),
            ("Call", display.copied(call.public_id)),
        ],
    )
