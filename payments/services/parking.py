"""Parked customers: one in an illegal state is billed no more until staff have looked; the others go on."""

from config.base.errors import IllegalState
from payments.models import Customer


class CustomerParked(IllegalState):
    code = "customer_parked"
    title = "The customer is parked"


def ensure_may_be_billed(customer: Customer) -> None:
    """Raises CustomerParked with the reason, which staff wrote."""
    if customer.parked_at:
        raise CustomerParked(f"This customer is parked and cannot be billed: {customer.parked_reason}", param="customer")
