"""Lines that Stripe told of once and lists no more: the books take them back, and take them again if they return."""

import pytest

from billing.models import LedgerAccount
from billing.services.ledger import balances
from config.base import clock
from config.base.models import StripeAccount
from reconciliation.services import posting
from tests.reconciliation.matching.side_by_side import a_sale, change

pytestmark = pytest.mark.django_db


def held(account: StripeAccount) -> int:
    kind = LedgerAccount.Kind.STRIPE_BALANCE
    return balances.of(kind, "eur", legal_entity=account.legal_entity, account=account).minor


def test_a_lost_line_is_taken_back_and_booked_again_when_it_returns() -> None:
    payment, line = a_sale()
    account = payment.account
    change(line, is_posted=False)
    assert (posting.post(account, by="test"), held(account)) == (1, 1042)

    change(line, missing_since=clock.now(), is_posted=False)
    assert (posting.post(account, by="test"), held(account)) == (1, 0)
    assert posting.post(account, by="test") == 0

    change(line, missing_since=None, is_posted=False)
    assert (posting.post(account, by="test"), held(account)) == (1, 1042)
