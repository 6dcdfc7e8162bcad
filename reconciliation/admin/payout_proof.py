"""Whether payouts are proven by their lines."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils.safestring import SafeString

from config.base.console import display
from config.base.console.display import Tone
from config.base.console.pages import Notice
from config.base.money import Money
from reconciliation.admin import words
from reconciliation.models import Payout, StatementLine


@dataclass(frozen=True, slots=True)
class Proof:
    """What the lines of a payout add up to. The payout's own line is none of what it consists of."""

    payout: Payout
    count: int
    gross_minor: int
    fee_minor: int
    net_minor: int

    @property
    def missing(self) -> Money:
        return Money(self.payout.amount_minor - self.net_minor, self.payout.currency)

    @property
    def label(self) -> SafeString:
        if not self.payout.is_automatic:
            return display.label("Balance only", Tone.QUIET, title="Proven as part of Stripe's balance")
        if self.payout.lines_read_at is None:
            return display.label("Not read yet", Tone.BUSY)
        if self.missing.minor:
            return display.label("Not complete", Tone.BAD, title=f"{words.difference(self.missing)} are missing")
        return display.label("Proven", Tone.GOOD, title="Its lines sum to it")

    @property
    def notice(self) -> Notice:
        if not self.payout.is_automatic:
            text = (
                "Stripe does not say which lines a payout by hand or an instant one consists of. It is proven with "
                "the balance: what stood there before, and all lines, less all payouts, is what Stripe says it holds."
            )
            return Notice(title="Proven as balance only", text=text, tone=Tone.QUIET)
        if self.payout.lines_read_at is None:
            return Notice(text="Its lines are not read yet; Stripe lists them when it is completed.", tone=Tone.BUSY)
        amount = self.payout.amount.format(display.locale())
        lines = "1 line adds" if self.count == 1 else f"{self.count:,} lines add"
        if self.missing.minor:
            net = Money(self.net_minor, self.payout.currency).format(display.locale())
            missing = words.difference(self.missing)
            text = f"{lines} up to {net}, and {amount} were paid out: {missing} are missing."
            return Notice(title="Lines sum to the payout: no", text=text, tone=Tone.BAD)
        text = f"{lines} up to {amount}, exactly."
        return Notice(title="Lines sum to the payout: yes", text=text, tone=Tone.GOOD)


def of(payouts: Iterable[Payout]) -> dict[int, Proof]:
    """The proof of each payout, in one statement."""
    rows = {payout.pk: payout for payout in payouts}
    sums = (
        own_lines()
        .filter(payout__in=rows)
        .values_list("payout")
        .annotate(Count("pk"), Sum("amount_minor"), Sum("fee_minor"), Sum("net_minor"))
        .order_by()
    )
    found = {key: tuple(map(int, values)) for key, *values in sums}
    return {key: Proof(payout, *found.get(key, (0, 0, 0, 0))) for key, payout in rows.items()}


def own_lines() -> QuerySet[StatementLine]:
    """Lines that payouts consist of."""
    is_itself = Q(source_id=F("payout__stripe_id")) | Q(stripe_id=F("payout__balance_transaction_id"))
    return StatementLine.objects.filter(missing_since=None).exclude(is_itself)
