"""A month of a shop's money at the console: books, Stripe's lines, payouts, runs, and what does not agree."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Sum
from django.test import Client
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page

from billing.models import Entry, Invoice, InvoiceLine, InvoicePayment, LedgerAccount
from billing.services.ledger import entries
from billing.services.ledger.entries import Line
from config.base import domain_events
from config.base.actor import Actor, ActorKind
from config.base.models import StripeAccount, User
from payments.models import Payment
from reconciliation.models import (
    Discrepancy,
    DiscrepancyNote,
    MatchRule,
    Payout,
    Run,
    RunBalance,
    StatementLine,
    Tariff,
)
from reconciliation.services import policies, tile
from tests import factories
from tests.reconciliation.console.rows import make_discrepancy, make_line, make_payout, make_run

FIRST = datetime(2026, 10, 1, 9, 30, tzinfo=UTC)
RUN = "nightly run"
SALES = [
    ("Ada Okafor", 24_900), ("Bruno Keller", 6_400), ("Chiyo Tanaka", 12_000), ("Dara Nowak", 17_493),
    ("Elif Demir", 149_900), ("Félix Moreau", 8_500), ("Grace Hall", 5_000), ("Hugo Silva", 4_790),
    ("Ines Costa", 31_250), ("Jonas Weber", 990), ("Kaja Lind", 77_700), ("Mara López", 45_000), ("Nils Berg", 112_900),
]  # fmt: skip
INVOICED, UNDOCUMENTED = 3, 9
# Those from here on were sold in the month before.
BEFORE = 11
INVOICE = "in_1PkOrderOfDaraNowak"
LATEST = ("Liam Byrne", 18_840)


@dataclass(frozen=True)
class Books:
    """What staff look at."""

    page: Page
    user: User
    payout: Payout
    incomplete: Payout
    by_hand: Payout
    line: StatementLine
    run: Run
    amount: Discrepancy
    unknown: Discrepancy
    rule: MatchRule
    tariff: Tariff
    entry: Entry
    clearing: LedgerAccount

    def open(self, name: str, *args: object, query: str = "") -> Page:
        self.page.goto(settings.SITE_URL + reverse(name, args=args) + query)
        self.page.wait_for_load_state("networkidle")
        return self.page


def enter(context: BrowserContext, account: StripeAccount) -> Books:
    """Log a superuser in, after a month with its faults."""
    user = factories.make_user(name="Grace", is_superuser=True)
    sales = [_sale(account, number) for number in range(len(SALES))]
    _invoiced(*sales[INVOICED])
    payouts = [
        _payout(account, [*sales[:5], *sales[BEFORE:]], 9),
        _payout(account, sales[5:10], 16, missing=1_235),
        _by_hand(account),
    ]
    _failed(account)
    run = _run(account)
    _on_its_way(account, run)
    amount, unknown = _faults(account, run, sales, payouts[1], user)
    _measure(run)
    rule, tariff = _policies(account, Actor(ActorKind.STAFF, str(user.pk), str(user)))
    return Books(
        page=_page(context, user),
        user=user,
        payout=payouts[0],
        incomplete=payouts[1],
        by_hand=payouts[2],
        line=StatementLine.objects.filter(type="charge").order_by("pk")[3],
        run=run,
        amount=amount,
        unknown=unknown,
        rule=rule,
        tariff=tariff,
        entry=Entry.objects.filter(kind="received").order_by("pk")[4],
        clearing=LedgerAccount.objects.get(kind="stripe_clearing"),
    )


def _page(context: BrowserContext, user: User) -> Page:
    client = Client()
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": settings.SITE_URL}])
    return context.new_page()


def _day(number: int) -> datetime:
    return FIRST + timedelta(days=number, hours=number % 7, minutes=13 * number % 60)


def _book(account: StripeAccount, source: str, kind: str, on: date, *lines: Line) -> None:
    entity = account.legal_entity
    entries.post(legal_entity=entity, effective_on=on, source=source, kind=kind, by="reconciliation", lines=lines)


def _sale(account: StripeAccount, number: int) -> tuple[Payment, StatementLine]:
    """A payment, and Stripe's line of it: both sides meet in clearing."""
    name, amount = SALES[number]
    moment = _day(number - 25 if number >= BEFORE else number)
    kind = "customer_prepayments" if number == UNDOCUMENTED else "receivable"
    payment = _received(account, name, amount, moment, kind=kind, invoice=INVOICE if number == INVOICED else "")
    charge, fee = payment.latest_charge_id, amount * 15 // 1000 + 25
    line = make_line(
        account, amount_minor=amount, fee_minor=fee, source_id=charge, stripe_created_at=moment,
        description=f"Order {1040 + number}", is_posted=True,
    )  # fmt: skip
    _book(
        account, line.stripe_id, "charge", moment.date(),
        Line(kind="stripe_balance", amount_minor=amount - fee, currency="eur", account_id=account.pk),
        Line(kind="fees", amount_minor=fee, currency="eur"),
        Line(kind="stripe_clearing", amount_minor=-amount, currency="eur", account_id=account.pk, reference=charge),
    )  # fmt: skip
    return payment, line


def _received(
    account: StripeAccount, name: str, amount: int, moment: datetime, *, kind: str = "receivable", invoice: str = ""
) -> Payment:
    customer = factories.make_customer(
        account=account, name=name, email=f"{name.split(maxsplit=1)[0].lower()}@example.com"
    )
    payment = factories.make_payment(customer=customer, amount_minor=amount, created_at=moment, succeeded_at=moment)
    charge = payment.latest_charge_id
    _book(
        account, str(payment.stripe_id), "received", moment.date(),
        Line(kind="stripe_clearing", amount_minor=amount, currency="eur", account_id=account.pk, reference=charge),
        Line(kind=kind, amount_minor=-amount, currency="eur", customer_id=customer.pk,
             document=invoice or str(payment.stripe_id)),
    )  # fmt: skip
    event = factories.stripe_id("evt")
    domain_events.append(payment, type="payment.succeeded", by=Actor.system("inbox"), source=event)
    return payment


def _on_its_way(account: StripeAccount, run: Run) -> None:
    """Stripe lists no line of it yet."""
    name, amount = LATEST
    payment = _received(account, name, amount, _day(20))
    make_discrepancy(
        account, run=run, type="timing", object_id=payment.latest_charge_id, amount_minor=-amount, theirs={},
        expected_on=date(2026, 10, 23),
    )  # fmt: skip


def _invoiced(payment: Payment, line: StatementLine) -> None:
    """The payment pays an invoice of one line."""
    assert payment.customer
    assert payment.stripe_id
    moment, amount, tax = line.stripe_created_at, payment.amount_minor, 2_793
    invoice = Invoice.objects.create(
        account=payment.account, customer=payment.customer, stripe_id=INVOICE, status="paid", number="2026-00042",
        currency="eur", collection_method="charge_automatically", created_at=moment, finalized_at=moment,
        paid_at=moment, subtotal_minor=amount - tax, tax_minor=tax, total_minor=amount, amount_due_minor=amount,
        amount_paid_minor=amount,
    )  # fmt: skip
    InvoiceLine.objects.create(
        invoice=invoice, stripe_id=factories.stripe_id("il"), position=0, description="Notebooks, a box of 30",
        amount_minor=amount - tax, subtotal_minor=amount - tax, tax_minor=tax, currency="eur", period_start=moment,
        period_end=moment,
    )  # fmt: skip
    InvoicePayment.objects.create(
        invoice=invoice, payment=payment, payment_intent_id=payment.stripe_id, stripe_id=factories.stripe_id("inpay"),
        type="payment_intent", status="paid", currency="eur", amount_requested_minor=amount, amount_paid_minor=amount,
        paid_at=moment,
    )  # fmt: skip


def _payout(account: StripeAccount, sales: list[tuple[Payment, StatementLine]], day: int, missing: int = 0) -> Payout:
    lines = [line for _, line in sales]
    amount = sum(line.net_minor for line in lines) + missing
    moment = _day(day)
    payout = make_payout(account, amount_minor=amount, stripe_created_at=moment, trace_id=f"LCR{day:06}")
    own = make_line(
        account, type="payout", amount_minor=-amount, fee_minor=0, source_id=payout.stripe_id, payout=payout,
        stripe_created_at=moment, description="STRIPE PAYOUT", is_posted=True,
    )  # fmt: skip
    Payout.objects.filter(pk=payout.pk).update(balance_transaction_id=own.stripe_id)
    StatementLine.objects.filter(pk__in=[line.pk for line in lines]).update(payout=payout)
    for kind, source, debit, credit in (
        ("payout", own.stripe_id, "in_transit", "stripe_balance"), ("paid", payout.stripe_id, "bank", "in_transit")
    ):  # fmt: skip
        _book(account, source, kind, moment.date(), *_sides(account, payout.stripe_id, debit, credit, amount))
    payout.refresh_from_db()
    return payout


def _sides(account: StripeAccount, reference: str, debit: str, credit: str, amount: int) -> list[Line]:
    return [
        Line(kind=kind, amount_minor=minor, currency="eur", account_id=account.pk, reference=reference)
        for kind, minor in ((debit, amount), (credit, -amount))
    ]


def _by_hand(account: StripeAccount) -> Payout:
    moment = _day(18)
    payout = make_payout(
        account, is_automatic=False, method="instant", amount_minor=20_000, stripe_created_at=moment, type="card"
    )
    make_line(
        account, type="payout", amount_minor=-20_000, fee_minor=200, source_id=payout.stripe_id,
        stripe_created_at=moment, description="Instant payout", is_posted=True,
    )  # fmt: skip
    return payout


def _failed(account: StripeAccount) -> None:
    make_payout(
        account, status=Payout.Status.FAILED, amount_minor=31_250, stripe_created_at=_day(20), lines_read_at=None,
        failure_code="account_closed", failure_message="The bank account has been closed.",
    )  # fmt: skip


def _run(account: StripeAccount) -> Run:
    """Three nights: the last one found something."""
    for night in (18, 19):
        start = FIRST + timedelta(days=night, hours=18, minutes=30)
        make_run(account, started_at=start, lines_read=14, lines_new=2, entries_posted=2, balances={"eur": {}})
    start = FIRST + timedelta(days=20, hours=18, minutes=30)
    return make_run(
        account, started_at=start, lines_read=21, lines_new=6, lines_changed=1, entries_posted=5,
        discrepancies_found=7, discrepancies_settled=1, balances={},
    )  # fmt: skip


def _measure(run: Run) -> None:
    """What is unexplained of all that, as a run reckons it."""
    held = StatementLine.objects.values_list("currency").annotate(net=Sum("net_minor")).order_by()
    RunBalance.objects.bulk_create(tile.measure(run, dict(held)))


def _faults(
    account: StripeAccount, run: Run, sales: list[tuple[Payment, StatementLine]], payout: Payout, user: User
) -> tuple[Discrepancy, Discrepancy]:
    def fault(kind: str, object_id: str, minor: int, days: int, **fields: Any) -> Discrepancy:
        opened = run.started_at - timedelta(days=days)
        return make_discrepancy(
            account, run=run, type=kind, object_id=object_id, amount_minor=minor, opened_at=opened, **fields
        )

    network = make_line(
        account, type="network_cost", amount_minor=-870, fee_minor=0, stripe_created_at=_day(19),
        description="Interchange and scheme fees, September", reporting_category="network_cost",
    )  # fmt: skip
    paid, line = sales[6]
    _book(
        account, line.stripe_id, "charge:2", _day(8).date(),
        Line(kind="stripe_balance", amount_minor=300, currency="eur", account_id=account.pk),
        Line(kind="stripe_clearing", amount_minor=-300, currency="eur", account_id=account.pk,
             reference=paid.latest_charge_id),
    )  # fmt: skip
    StatementLine.objects.filter(pk=line.pk).update(amount_minor=5_300, net_minor=5_200)
    amount = fault(
        "amount", paid.latest_charge_id, 300, 2, assignee=user,
        theirs={"id": line.stripe_id, "amount": 5_300, "fee": 100, "net": 5_200, "currency": "eur",
                "status": "available", "date": "2026-10-07T15:48:00+00:00", "type": "charge"},
        ours={"id": paid.public_id, "amount": 5_000, "currency": "eur", "status": "succeeded",
              "date": "2026-10-07T15:48:00+00:00"},
    )  # fmt: skip
    DiscrepancyNote.objects.create(
        discrepancy=amount, kind="comment", by="Grace", text="The shop says that a gift wrap was added by phone."
    )
    unknown = fault(
        "unknown_line_type", network.stripe_id, -870, 1, ours={},
        theirs={"id": network.stripe_id, "amount": -870, "currency": "eur", "type": "network_cost",
                "status": "available", "date": "2026-10-20"},
    )  # fmt: skip
    whole, net = {"id": payout.stripe_id, "amount": payout.amount_minor}, payout.amount_minor - 1_235
    fault("payout_not_complete", payout.stripe_id, -1_235, 4, theirs=whole, ours={"id": payout.public_id, "net": net})
    fault("orphan_refund", factories.stripe_id("re"), -1_790, 1, ours={})
    fault("missing_here", factories.stripe_id("ch"), 2_490, 0, ours={})
    fault("fee", sales[4][0].latest_charge_id, 131, 3)
    fault("prepayment", str(sales[UNDOCUMENTED][0].stripe_id), 990, 5)
    fault("exchange_difference", factories.stripe_id("ch"), 1, 6, status="accepted", rule="Rounding of conversions")
    return amount, unknown


def _policies(account: StripeAccount, by: Actor) -> tuple[MatchRule, Tariff]:
    rounding = {
        "account": account, "name": "Rounding of conversions", "action": "allow_difference",
        "discrepancy_type": "exchange_difference", "tolerance_minor": 2, "currency": "eur", "priority": 10,
    }  # fmt: skip
    network = {
        "account": account, "name": "Costs of the card networks", "action": "book_line", "line_type": "network_cost",
        "ledger_kind": "fees", "priority": 20,
    }  # fmt: skip
    card = {
        "account": account, "method": "card", "currency": "eur", "valid_from": date(2026, 1, 1), "basis_points": 150,
        "fixed_minor": 25, "extra_basis_points": 175,
    }  # fmt: skip
    sepa = {
        "account": account, "method": "sepa_debit", "currency": "eur", "valid_from": date(2026, 1, 1),
        "basis_points": 0, "fixed_minor": 35,
    }  # fmt: skip
    policies.write(MatchRule(), rounding, by=by)
    rule = policies.write(MatchRule(), network, by=by)
    policies.write(Tariff(), sepa, by=by)
    return rule, policies.write(Tariff(), card, by=by)


def _at(name: str, row: str, app: str = "reconciliation") -> Callable[[Books], Page]:
    """The page of one of what staff look at."""
    return lambda books: books.open(f"admin:{app}_{name}", getattr(books, row).pk)


def _confirmed(books: Books, action: str) -> Page:
    """What would happen."""
    page = books.open(f"admin:reconciliation_discrepancy_{action}", books.amount.pk)
    page.get_by_label("Reason").fill("The shop says that a gift wrap was added by phone.")
    page.get_by_role("button", name="Go on").click()
    page.wait_for_load_state("networkidle")
    return page


SCENES: dict[str, Callable[[Books], Page]] = {
    "console-dashboard": lambda books: books.open("admin:index"),
    "console-unexplained": lambda books: books.open(
        "admin:reconciliation_runbalance_change", books.run.balances.get(currency="eur").pk
    ),
    "console-explain": lambda books: books.open("admin:reconciliation_explain", books.line.source_id),
    "console-explain-payout": lambda books: books.open("admin:reconciliation_explain", books.payout.stripe_id),
    "console-discrepancies": lambda books: books.open("admin:reconciliation_discrepancy_changelist"),
    "console-discrepancy": _at("discrepancy_change", "amount"),
    "console-discrepancy-unknown-line": _at("discrepancy_change", "unknown"),
    "console-discrepancy-accept": lambda books: _confirmed(books, "accept"),
    "console-discrepancy-link": _at("discrepancy_link", "amount"),
    "console-discrepancy-comment": _at("discrepancy_comment", "amount"),
    "console-payouts": lambda books: books.open("admin:reconciliation_payout_changelist"),
    "console-payout": _at("payout_change", "payout"),
    "console-payout-not-complete": _at("payout_change", "incomplete"),
    "console-payout-by-hand": _at("payout_change", "by_hand"),
    "console-statement-lines": lambda books: books.open("admin:reconciliation_statementline_changelist"),
    "console-statement-line": _at("statementline_change", "line"),
    "console-runs": lambda books: books.open("admin:reconciliation_run_changelist"),
    "console-run": _at("run_change", "run"),
    "console-run-start": lambda books: books.open("admin:reconciliation_run_add"),
    "console-rules": lambda books: books.open("admin:reconciliation_matchrule_changelist"),
    "console-rule": _at("matchrule_change", "rule"),
    "console-rule-edit": _at("matchrule_edit", "rule"),
    "console-tariffs": lambda books: books.open("admin:reconciliation_tariff_changelist"),
    "console-tariff": _at("tariff_change", "tariff"),
    "console-ledger": lambda books: books.open("admin:billing_ledgeraccount_changelist"),
    "console-ledger-account": _at("ledgeraccount_change", "clearing", "billing"),
    "console-postings": lambda books: books.open(
        "admin:billing_posting_changelist", query=f"?ledger={books.clearing.pk}"
    ),
    "console-entries": lambda books: books.open("admin:billing_entry_changelist"),
    "console-entry": _at("entry_change", "entry", "billing"),
}
