"""Who owes the tax, told to Stripe on the customer before anything is billed."""

from django.db import transaction

from billing.models import BillingProfile
from billing.services import tax
from billing.services.tax import TaxDecision, TaxUndecided
from config.base.actor import Actor
from payments.models import Customer, OutboundCall
from payments.services import outbound

SET = "customer.set_tax_exempt"


def settle(*, customer: Customer, by: Actor) -> TaxDecision:
    """How the customer is taxed, with Stripe knowing of reverse charge; raises TaxUndecided, StripeFailure.

    Outside any transaction. A customer whom staff made exempt at Stripe stays so.
    """
    decision = tax.for_customer(account=customer.account, customer=customer)
    if decision.waiting_for:
        raise TaxUndecided(decision.waiting_for)
    if is_outdated(customer, decision):
        _set(customer, decision.tax_exempt, by)
    return decision


def is_outdated(customer: Customer, decision: TaxDecision) -> bool:
    """Whether Stripe must be told who owes the tax."""
    held: BillingProfile | None = getattr(customer, "billing_profile", None)
    standing = held.tax_exempt if held else BillingProfile.TaxExempt.NONE
    return bool(decision.tax_exempt) and standing not in {decision.tax_exempt, BillingProfile.TaxExempt.EXEMPT}


def _set(customer: Customer, wanted: str, by: Actor) -> None:
    with transaction.atomic():
        call = outbound.prepare(
            account=customer.account,
            action=SET,
            subject=customer,
            path=f"/v1/customers/{customer.stripe_id}",
            params={"tax_exempt": wanted},
            by=by,
            root_kind="customer",
            root_id=customer.stripe_id or "",
        )
    outbound.send_or_raise(call, by=by)
    if call.status == OutboundCall.Status.SENT:
        raise TaxUndecided("Stripe has not answered who owes the tax. Try again shortly.")
