"""Six faults of each type, three at Stripe and three in our tables: the run finds exactly those, and they can be
worked off until nothing is unexplained.
"""

import pytest

from billing.services.ledger import entries
from config.base import clock
from config.base.models import StripeAccount
from reconciliation.models import Discrepancy
from tests.flows.faults import at_stripe, by_sql, shop
from tests.flows.faults.company import Company, found
from tests.flows.faults.planting import Fault, Ground
from tests.plugins.stripe import LocalStripe


def on_the_way(played: shop.Shop) -> list[Fault]:
    """Payouts that are still to arrive, as every day has them."""
    sent = played.v1.payouts.list({"limit": 100, "status": "in_transit"}).data
    return sorted(Fault("timing", payout.id, payout.amount) for payout in sent)


@pytest.mark.django_db
def test_exactly_what_was_planted_is_found(account: StripeAccount, sandbox: LocalStripe, database_url: str) -> None:
    company, played = Company(account), shop.opened(sandbox)
    company.expect_fees()
    shop.live(played, company.hear)
    company.reconcile()
    assert found() == on_the_way(played)
    shop.live_a_busy_day(played)
    sandbox.advance(seconds=3600)
    company.hear()

    old, busy = range(2, 6), range(played.day, played.day + 1)
    faults = by_sql.plant(Ground(played, old), database_url) + at_stripe.plant(Ground(played, busy))
    played.pass_day()
    faults += at_stripe.plant_in_payouts(Ground(played, busy))
    played.pass_day()
    faults += at_stripe.plant_timing(Ground(played, busy))
    company.hear_of(*(("payment_intent", sale.intent) for sale in played.sales[-3:]))
    company.hear_of(*(("invoice", sale.invoice) for sale in played.sales[-3:]))
    faults += by_sql.plant_timing(Ground(played, range(2)), database_url)
    company.reconcile()

    assert found() == sorted(faults + on_the_way(played))
    company.work_off()

    assert [fault for fault in found() if fault.type != "timing"] == []
    assert company.unexplained() == {"chf": 0, "eur": 0, "jpy": 0, "usd": 0}
    today = entries.day_of(clock.now(), account.legal_entity)
    waiting = Discrepancy.objects.filter(status=Discrepancy.Status.OPEN)
    assert all(row.expected_on and row.expected_on > today for row in waiting)
