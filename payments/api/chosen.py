"""Objects that a body names by their ids."""

from rest_framework.request import Request

from config.base.api.authentication import api_key
from config.base.api.errors import FieldError, ValidationFailed
from payments.models import Customer
from payments.services import method_choice


def chosen_customer(request: Request, public_id: str) -> Customer:
    """The customer named; raises ValidationFailed for one that is not there."""
    customer = Customer.objects.filter(account=api_key(request).account, public_id=public_id).first()
    if customer is None:
        raise ValidationFailed([FieldError("customer", "not_found", "There is no such customer.")])
    return customer


def chosen_payment_method(request: Request, reference: str | None, customer: Customer | None) -> str:
    """Stripe's id of the payment method named, empty for none."""
    if not reference:
        return ""
    return method_choice.stripe_id(account=api_key(request).account, reference=reference, customer=customer)
