"""The company that the shop belongs to: it hears of what happened, and reconciles."""

from dataclasses import dataclass
from datetime import date

from config.base.actor import Actor
from config.base.models import StripeAccount
from payments.services import inbox_drain, poller, snapshots
from reconciliation.models import Discrepancy, Run, Tariff
from reconciliation.services import actions, runs
from tests.flows.faults.planting import Fault

BY = Actor.system("test")


@dataclass(frozen=True)
class Company:
    """Our side of the shop."""

    account: StripeAccount

    def hear(self) -> None:
        """All that Stripe tells of arrives, and is handled."""
        poller.fetch_missed(account=StripeAccount.objects.get(pk=self.account.pk))
        self.settle()

    def hear_of(self, *roots: tuple[str, str]) -> None:
        """Only these objects are heard of: (kind, Stripe's id)."""
        for kind, stripe_id in roots:
            snapshots.want(account=self.account, kind=kind, stripe_id=stripe_id)
        self.settle()

    def settle(self) -> None:
        while any(inbox_drain.drain(by=BY).values()):
            pass

    def reconcile(self) -> Run:
        run = runs.run(account=self.account, by=BY)
        assert run.status == Run.Status.FINISHED, run.error
        return run

    def work_off(self) -> None:
        """What a person does with everything that is open: fetched first, then decided by what the page offers."""
        for row in self._open():
            actions.fetch_again(discrepancy=row, by=BY)
        self.settle()
        self.reconcile()
        for row in self._open():
            _decide(row)
        self.reconcile()

    def unexplained(self) -> dict[str, int]:
        """By currency, at the last run; nothing may stand in suspense."""
        parts = list(Run.objects.latest("pk").balances.all())
        assert not any(part.suspense_minor for part in parts)
        return {part.currency: part.unexplained_minor for part in parts}

    def _open(self) -> list[Discrepancy]:
        return list(Discrepancy.objects.filter(status=Discrepancy.Status.OPEN).exclude(type=Discrepancy.Type.TIMING))

    def expect_fees(self) -> None:
        """The tariff of cards, of every balance that the shop has."""
        for currency, fixed in {"eur": 30, "usd": 30, "jpy": 0}.items():
            Tariff.objects.create(
                account=self.account, method="card", currency=currency, basis_points=290, fixed_minor=fixed,
                extra_basis_points=350, valid_from=date(2020, 1, 1),
            )  # fmt: skip


def _decide(row: Discrepancy) -> None:
    offered = actions.offered(row)
    if actions.BOOK in offered:
        actions.book(discrepancy=row, ledger_kind="fees", reason="A fee of Stripe's", by=BY)
    elif actions.BOOK_SALE in offered:
        actions.book_sale(discrepancy=row, reason="Sold at the counter", by=BY)
    else:
        actions.accept(discrepancy=row, reason="Looked at", by=BY)


def found() -> list[Fault]:
    """What is open, as faults are told."""
    rows = Discrepancy.objects.filter(status=Discrepancy.Status.OPEN)
    return sorted(Fault(row.type, row.object_id, row.amount_minor) for row in rows)
