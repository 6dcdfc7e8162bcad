"""What befalls a company's money in a year beside its sales: at its bank, at Stripe, and by staff in the Dashboard."""

from typing import Any

from tests.flows.company_year import DAY, Company, Story, customer, newest_invoice

SCHEDULE = {"interval": "daily"}
SETTLED = {"settle": {"gbp": "eur"}, "rates": {"gbp/eur": "1.17"}}


def _charge_of(company: Company, name: str, *, oldest: bool = False) -> Any:
    """The newest, or oldest, of the customer's charges that nobody disputed or gave back of."""
    charges = company.client.v1.charges.list({"customer": company.customers[name], "limit": 100}).data
    untouched = [each for each in charges if each.paid and not each.amount_refunded and not each.disputed]
    return untouched[-1 if oldest else 0]


def _bill(company: Company, name: str, amount: int, currency: str = "eur") -> str:
    """An invoice over one line, made binding; its id."""
    v1 = company.client.v1
    invoice = v1.invoices.create(
        {
            "customer": company.customers[name],
            "currency": currency,
            "auto_advance": False,
            "pending_invoice_items_behavior": "exclude",
        }
    ).id
    v1.invoices.add_lines(invoice, {"lines": [{"description": "A day's work", "amount": amount}]})
    v1.invoices.finalize_invoice(invoice)
    return str(invoice)


def _paid_before_it_was_billed(company: Company) -> None:
    """One payment of its own kind: first the money, then the document that takes it."""
    v1 = company.client.v1
    pat = customer(company, "pat")
    intent = v1.payment_intents.create(
        {
            "amount": 24000,
            "currency": "eur",
            "customer": pat,
            "payment_method": "pm_card_visa",
            "confirm": True,
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        }
    )
    v1.invoices.attach_payment(_bill(company, "pat", 24000), {"payment_intent": intent.id})


def _pounds(company: Company) -> None:
    """Pounds settle in euros, each sale at the rate of its moment."""
    customer(company, "quin")
    for amount, rate in ((30000, "1.17"), (7777, "1.1425"), (9999, "1.1984")):
        company.door.control("account", {"rates": {"gbp/eur": rate}})
        company.client.v1.invoices.pay(_bill(company, "quin", amount, "gbp"))


def _pounds_go_back(company: Company) -> None:
    """At the rate of a later day, by a credit note; and a part at Stripe."""
    v1 = company.client.v1
    company.door.control("account", {"rates": {"gbp/eur": "1.2031"}})
    paid = newest_invoice(company, "quin", "paid")
    v1.credit_notes.create({"invoice": paid, "amount": 9999, "refund_amount": 9999})
    company.door.control("refunds", {"charge": _charge_of(company, "quin").id, "amount": 1234})


def _refunded_at_stripe(company: Company) -> None:
    """In the Dashboard, without a credit note: a part, and more than was captured."""
    company.door.control("refunds", {"charge": _charge_of(company, "ada").id, "amount": 700})
    kay = _charge_of(company, "kay")
    company.door.control("refunds", {"charge": kay.id, "amount": kay.amount_captured + 300})


def _refund_comes_back(company: Company) -> None:
    """Staff give back what the bank cannot take."""
    refund = company.door.control("refunds", {"charge": _charge_of(company, "mia").id, "amount": 900})
    company.door.control("refunds", {"fail": refund["id"]})


def _dispute(company: Company, name: str, reason: str) -> None:
    """With evidence that the bank thinks about for a long time."""
    charge = _charge_of(company, name, oldest=True)
    opened = company.door.control("disputes", {"charge": charge.id, "reason": reason})
    company.client.v1.disputes.update(opened["id"], {"evidence": {"uncategorized_text": "It was delivered."}})


def _disputed(company: Company) -> None:
    for name, reason in {"bruno": "fraudulent", "dara": "general", "chiyo": "unrecognized", "quin": "general"}.items():
        _dispute(company, name, reason)


def _decide(company: Company, name: str, status: str, **more: Any) -> None:
    for dispute in company.client.v1.disputes.list({"limit": 100, "expand": ["data.charge"]}).data:
        charge: Any = dispute.charge
        if charge.customer == company.customers[name] and dispute.status == "under_review":
            company.door.control("disputes", {"close": dispute.id, "status": status, **more})


def _lost_months_later(company: Company) -> None:
    _decide(company, "bruno", "lost")
    _decide(company, "chiyo", "lost")


def _won(company: Company) -> None:
    """Once Stripe keeps its fee, once it gives it back, in pounds."""
    _decide(company, "dara", "won")
    _decide(company, "quin", "won", fee_refunded=True)


def _asked_about(company: Company) -> None:
    """The bank asks and no money moves; a full refund ends it."""
    charge = _charge_of(company, "bruno")
    company.door.control("disputes", {"charge": charge.id, "inquiry": True})
    company.door.control("refunds", {"charge": charge.id})


def _newest_payout(company: Company, *, sign: int) -> str:
    payouts = company.client.v1.payouts.list({"limit": 100}).data
    fitting = (each for each in payouts if each.currency == "eur" and each.automatic and each.status != "failed")
    return next(each.id for each in fitting if each.amount * sign > 0)


def _payout_fails(company: Company) -> None:
    """Whether it had arrived or not; its money goes out again with the next."""
    company.door.control("payouts", {"fail": _newest_payout(company, sign=1), "code": "account_closed"})


def _debit_fails(company: Company) -> None:
    """What Stripe drew from the bank below zero, the bank takes back."""
    company.door.control("payouts", {"fail": _newest_payout(company, sign=-1)})


def _sale(company: Company) -> None:
    company.client.v1.invoices.pay(_bill(company, "pat", 41000))


def _less_than_nothing(company: Company) -> None:
    """The yen of a year go back when none are there: Stripe draws them from the bank."""
    charges = company.client.v1.charges.list({"customer": company.customers["olga"], "limit": 100}).data
    for charge in charges[:2]:
        company.door.control("refunds", {"charge": charge.id})


def _no_payouts(company: Company) -> None:
    """The schedule is stopped; money comes in."""
    company.door.control("account", {"payout_schedule": {"interval": "manual"}})
    _sale(company)


def _paid_out_by_hand(company: Company) -> None:
    """Parts that Stripe does not itemise, one of them at once; the rest goes with the schedule again."""
    company.door.control("payouts", {"currency": "eur", "amount": 10000, "method": "instant"})
    company.client.v1.payouts.create({"currency": "eur", "amount": 7000})
    company.door.control("account", {"payout_schedule": SCHEDULE})


def _fees(company: Company) -> None:
    """Stripe bills its own services, gives some of it back both ways, and one line appears two days late."""
    for type_, amount, more in (
        ("stripe_fee", -450, {}),
        ("stripe_fee", 120, {}),
        ("adjustment", 80, {"reporting_category": "fee"}),
        ("tax_fee", -86, {}),
        ("stripe_fee", -275, {"created": company.door.control("clock")["now"] - 2 * DAY}),
    ):
        line = {"type": type_, "amount": amount, "currency": "eur", "description": "Billing", **more}
        company.door.control("balance_transactions", line)


def _held_back(company: Company) -> None:
    company.door.control(
        "balance_transactions", {"type": "payout_minimum_balance_hold", "amount": -2000, "currency": "eur"}
    )


def _let_go(company: Company) -> None:
    company.door.control(
        "balance_transactions", {"type": "payout_minimum_balance_release", "amount": 2000, "currency": "eur"}
    )


BAD_LUCK: Story = [
    (8, _paid_before_it_was_billed),
    (12, _fees),
    (15, _pounds),
    (34, _refunded_at_stripe),
    (36, _disputed),
    (37, _payout_fails),
    (41, _pounds_go_back),
    (66, _held_back),
    (68, _let_go),
    (70, _debit_fails),
    (90, _no_payouts),
    (94, _paid_out_by_hand),
    (101, _won),
    (140, _refund_comes_back),
    (150, _sale),
    (153, _payout_fails),
    (190, _lost_months_later),
    (230, _asked_about),
    (262, _less_than_nothing),
    (263, _fees),
]
