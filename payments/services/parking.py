"""Parked customers: one in an illegal state is billed no more until staff have looked; the others go on."""

from datetime import datetime

from django.db import transaction

from config.base import audit, clock, domain_events
from config.base.actor import Actor
from config.base.errors import DomainError, IllegalState
from payments.models import Customer


class CustomerParked(IllegalState):
    code = "customer_parked"
    title = "The customer is parked"


class ParkingReasonMissing(DomainError):
    code = "reason_missing"
    title = "Say why"


def ensure_may_be_billed(customer: Customer) -> None:
    """Raises CustomerParked with the reason, which staff wrote."""
    if customer.parked_at:
        raise CustomerParked(
            f"This customer is parked and cannot be billed: {customer.parked_reason}", param="customer"
        )


def park(*, customer: Customer, reason: str, by: Actor) -> bool:
    """Bill this customer no more until staff let it go on; False if it was parked already."""
    if not reason.strip():
        raise ParkingReasonMissing("Say why the customer is parked; colleagues will read it.", param="reason")
    return _move(customer, at=clock.now(), because=reason, by=by, audit_reason=reason)


def unpark(*, customer: Customer, by: Actor, reason: str = "") -> bool:
    """Let a parked customer go on; False if it was not parked."""
    return _move(customer, at=None, because="", by=by, audit_reason=reason)


def _move(customer: Customer, *, at: datetime | None, because: str, by: Actor, audit_reason: str) -> bool:
    parks = at is not None
    with transaction.atomic():
        waiting = Customer.objects.filter(pk=customer.pk, parked_at__isnull=parks)
        if not waiting.update(parked_at=at, parked_reason=because):
            return False
        audit.record(customer, changes={"parked": [not parks, parks]}, by=by, reason=audit_reason)
        name = "customer.parked" if parks else "customer.unparked"
        domain_events.append(customer, type=name, by=by, data={"status": customer.status})
    customer.parked_at, customer.parked_reason = at, because
    return True
