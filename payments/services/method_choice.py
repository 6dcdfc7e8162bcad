"""Which payment method is meant: named by our id or Stripe's, and never another customer's."""

from django.db.models import Q

from config.base.errors import DomainError
from config.base.models import StripeAccount
from payments.models import Customer, PaymentMethod

STRIPES_OWN = ("pm_", "card_", "ba_", "src_")


class UnknownPaymentMethod(DomainError):
    """Neither our id nor one of Stripe's form."""

    code = "unknown_payment_method"
    title = "There is no such payment method"

    def __init__(self) -> None:
        super().__init__("Give our id (method_…) or Stripe's (pm_…).", param="payment_method")


class PaymentMethodOfAnotherCustomer(DomainError):
    """A kept payment method pays for its own customer only."""

    code = "payment_method_of_another_customer"
    title = "The payment method belongs to another customer"

    def __init__(self) -> None:
        super().__init__("Name the customer whose payment method this is.", param="payment_method")


def stripe_id(*, account: StripeAccount, reference: str, customer: Customer | None) -> str:
    """Stripe's id of the method meant; one that we have not heard of yet is for Stripe to judge."""
    methods = PaymentMethod.objects.filter(account=account)
    method = methods.filter(Q(public_id=reference) | Q(stripe_id=reference)).first()
    if method is None:
        if not reference.startswith(STRIPES_OWN):
            raise UnknownPaymentMethod
        return reference
    if method.customer_id and method.customer_id != (customer.pk if customer else None):
        raise PaymentMethodOfAnotherCustomer
    return method.stripe_id
