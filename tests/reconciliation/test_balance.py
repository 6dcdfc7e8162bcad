"""Money that comes while a run reads is no gap in Stripe's balance."""

import pytest

from config.base.models import StripeAccount
from reconciliation.models import Discrepancy, Run
from reconciliation.services import posting, reading, runs
from tests.flows.faults import shop
from tests.flows.faults.company import BY, Company
from tests.plugins.stripe import LocalStripe


@pytest.mark.django_db
def test_a_charge_between_the_lines_and_the_balance_is_read_too(account: StripeAccount, sandbox: LocalStripe) -> None:
    company, sold = Company(account), shop.opened(sandbox)
    sold.sell("eur", 4900)
    sandbox.advance(seconds=60)
    company.hear()
    run = Run.objects.create(account=account, by="test")
    reading.read(run)
    posting.post(account, by=BY)
    sold.sell("eur", 5100)
    sandbox.advance(seconds=60)
    company.hear()
    Run.objects.filter(pk=run.pk).update(step=Run.Step.MATCH)

    finished = runs.run(account=account, by=BY)

    assert finished.pk == run.pk
    assert not Discrepancy.objects.exclude(type=Discrepancy.Type.TIMING).exists()
    assert not any(part.unexplained_minor for part in finished.balances.all())
