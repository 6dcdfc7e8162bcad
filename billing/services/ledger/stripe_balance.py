"""What Stripe says it holds for us. Source: https://docs.stripe.com/api/balance"""

from collections import Counter

from config.base.models import StripeAccount
from payments import gateway


def read(account: StripeAccount) -> Counter[str]:
    """Available and pending together, now, in minor units by currency; raises StripeFailure."""
    balance = gateway.get("/v1/balance", account=account.stripe_id)
    held: Counter[str] = Counter()
    for part in (*balance["available"], *balance["pending"]):
        held[part["currency"]] += part["amount"]
    return held
