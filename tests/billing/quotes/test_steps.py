"""Which step follows: played against every outcome that Stripe, the bank and crashes can bring."""

from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from billing.models import Invoice, Quote
from billing.services import change_steps, quote_calls
from billing.services.change_now import EXPIRED
from billing.services.change_steps import Step
from config.base.clock import real_now
from payments.models import OutboundCall

AMOUNTS = st.integers(-5000, 5000)
MOST_STEPS = 12


@dataclass
class World:
    """Stripe, the customer's bank and our own calls, as far as a change concerns them."""

    quote: Quote
    invoice: Invoice | None
    pay_outcome: str
    refuses_void: bool
    is_awaited: bool
    calls: dict[str, OutboundCall] = field(default_factory=dict)
    has_new_items: bool = True
    collected: int = 0
    balance: int = 0
    outcome: str = ""

    def play(self) -> None:
        """Take the steps that are chosen, until somebody has to wait or it is over."""
        self._call(quote_calls.CHANGE, waits=self.is_awaited)
        self._use_balance()
        for _ in range(MOST_STEPS):
            step = change_steps.following(self.quote, self.invoice, self.calls)
            if step is Step.WAIT:
                return
            getattr(self, step.value)()
            if self.outcome:
                return
        raise AssertionError("it never ended")

    def accept(self) -> None:
        self.outcome = "accepted"

    def pay(self) -> None:
        assert self.is_awaited
        status, code = {
            "paid": ("answered", ""),
            "declined": ("refused", "insufficient_funds"),
            "asks": ("refused", "authentication_required"),
        }[self.pay_outcome]
        self._call(quote_calls.PAY, status=status, code=code)
        if status == "answered" and self.invoice:
            self._collect(self.invoice)

    def expire(self) -> None:
        self.quote.failure_code = EXPIRED

    def decline(self) -> None:
        self.quote.failure_code = "insufficient_funds"

    def too_late(self) -> None:
        self.quote.failure_code = "nobody_waits"

    def finalize(self) -> None:
        self._call(quote_calls.FINALIZE)
        made = self._invoice
        made.status = Invoice.Status.OPEN if made.amount_due_minor else Invoice.Status.PAID
        made.ending_balance_minor = min(made.total_minor + made.starting_balance_minor, 0)
        self._use_balance()

    def void(self) -> None:
        if self.refuses_void:  # it was paid in the same moment
            self._call(quote_calls.VOID, status="refused")
            self._collect(self._invoice)
        else:
            self._call(quote_calls.VOID)
            self._invoice.status = Invoice.Status.VOID
            self.balance = 0

    def give_back(self) -> None:
        self._call(quote_calls.GIVE_BACK)
        self.balance += change_steps.to_give_back(self._invoice)

    def restore(self) -> None:
        self._call(quote_calls.RESTORE)
        self.has_new_items = False

    def settle(self) -> None:
        self.outcome = "expired" if self.quote.failure_code == EXPIRED else "failed"

    def stuck(self) -> None:
        self.outcome = "stuck"

    @property
    def _invoice(self) -> Invoice:
        assert self.invoice
        return self.invoice

    def _use_balance(self) -> None:
        """What finalizing does to the customer's balance."""
        if self.invoice and self.invoice.ending_balance_minor is not None:
            self.balance += self.invoice.ending_balance_minor - self.invoice.starting_balance_minor

    def _collect(self, invoice: Invoice) -> None:
        self.collected += invoice.amount_due_minor
        invoice.status, invoice.amount_paid_minor = Invoice.Status.PAID, invoice.amount_due_minor

    def _call(self, action: str, *, status: str = "answered", code: str = "", waits: bool = True) -> None:
        assert action not in self.calls, f"{action} was asked twice"
        until = real_now() + timedelta(minutes=5 if waits else -5)
        self.calls[action] = OutboundCall(
            action=action, status=status, error_code=code, valid_until=until, sent_at=real_now()
        )


def invoice(total: int, starting: int, *, collection: str = "charge_automatically") -> Invoice:
    """As Stripe finalizes it: the balance is applied, and what is due to nobody is paid at once."""
    due = max(total + starting, 0)
    is_sent = collection == "send_invoice"
    settled = Invoice.Status.DRAFT if is_sent else Invoice.Status.OPEN if due else Invoice.Status.PAID
    return Invoice(
        currency="eur",
        status=settled,
        collection_method=collection,
        total_minor=total,
        amount_due_minor=due,
        starting_balance_minor=starting,
        ending_balance_minor=None if is_sent else min(total + starting, 0),
    )


def quoted(total: int, due: int) -> Quote:
    return Quote(currency="eur", total_now_minor=total, due_now_minor=due, status=Quote.Status.CONFIRMING)


worlds = st.builds(
    lambda total, starting, off, pay, refuses, awaited, collection: World(
        quoted(total + off, max(total + off + starting, 0)),
        invoice(total, starting, collection=collection),
        pay,
        refuses,
        awaited,
    ),
    AMOUNTS,
    st.integers(-3000, 0),
    st.sampled_from([0, 0, 1, -1, 500]),
    st.sampled_from(["paid", "declined", "asks"]),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["charge_automatically", "charge_automatically", "send_invoice"]),
)


@given(worlds)
def test_what_is_collected_is_what_was_quoted_or_nothing(world: World) -> None:
    is_true = change_steps.holds(world.quote, world.invoice)

    world.play()

    if world.outcome == "accepted" and is_true:
        assert world.has_new_items
    if world.collected and not world.refuses_void:
        assert is_true
        assert world.collected == world.quote.due_now_minor
    if world.outcome in {"expired", "failed"}:
        assert (world.has_new_items, world.collected, world.balance) == (False, 0, 0)


@given(worlds)
def test_only_a_bank_that_asks_the_customer_leaves_it_open(world: World) -> None:
    world.play()

    assert world.outcome or world.pay_outcome == "asks"


@given(worlds)
def test_nothing_is_collected_when_nobody_waits_for_it_any_more(world: World) -> None:
    world.is_awaited = False

    world.play()

    assert quote_calls.PAY not in world.calls


@given(AMOUNTS, st.integers(-3000, 0), st.sampled_from([-1, 1]))
def test_one_minor_unit_beside_the_quote_is_not_paid(total: int, starting: int, off: int) -> None:
    made = invoice(total, starting)
    quote = quoted(total + off, made.amount_due_minor)

    assert not change_steps.holds(quote, made)


def test_a_lower_balance_is_not_collected_instead() -> None:
    """The total is as quoted; what is due of it is not, because somebody used the customer's credit meanwhile."""
    assert not change_steps.holds(quoted(1000, 400), invoice(1000, 0))


def test_what_is_too_small_to_charge_is_as_quoted() -> None:
    rolled = invoice(30, 0)
    rolled.amount_due_minor, rolled.status = 0, Invoice.Status.PAID

    assert change_steps.holds(quoted(30, 30), rolled)


def test_a_change_that_costs_nothing_needs_no_invoice() -> None:
    assert change_steps.holds(quoted(0, 0), None)
    assert not change_steps.holds(quoted(1, 1), None)


def test_an_undo_that_stripe_refuses_is_shown_to_staff() -> None:
    world = World(quoted(500, 500), invoice(1000, 0), "paid", refuses_void=False, is_awaited=True)
    world.quote.failure_code = EXPIRED
    world.calls[quote_calls.VOID] = OutboundCall(status="refused")

    assert change_steps.following(world.quote, world.invoice, world.calls) is Step.STUCK
