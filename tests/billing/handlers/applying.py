"""Snapshots applied as the drain does: in one transaction, through every state handler that the table names."""

from typing import Any

from auditlog.models import LogEntry
from django.db import transaction

from config.base.actor import STRIPE
from config.base.models import DomainEvent, StripeAccount
from payments import event_table
from payments.failures import JsonObject
from payments.models import Root


def apply(account: StripeAccount, *bodies: JsonObject, source: str = "") -> None:
    for body in bodies:
        with transaction.atomic():
            for dotted in event_table.root_rule(body["object"]).state:
                event_table.handler(dotted)(account=account, body=body, by=STRIPE, source=source)


def stories(object_type: str = "") -> list[str]:
    """What was told, in order."""
    told = DomainEvent.objects.order_by("id")
    if object_type:
        told = told.filter(object_type=object_type)
    return list(told.values_list("type", flat=True))


def wanted() -> list[str]:
    """The ids of the roots that are to be fetched."""
    return sorted(Root.objects.filter(wanted_at__isnull=False).values_list("stripe_id", flat=True))


def everything_told() -> tuple[Any, ...]:
    """Changes when anything is told, moved or asked for."""
    return (
        DomainEvent.objects.count(),
        LogEntry.objects.count(),
        sum(Root.objects.values_list("snapshot_no", flat=True)),
    )
