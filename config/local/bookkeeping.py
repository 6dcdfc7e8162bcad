"""What the company's bookkeeper does in the console: says what to expect, and works off what does not agree."""

import os
import re
from dataclasses import dataclass

from config.local import doors, oddities, places, services
from config.local.browser import Browser, Page
from config.local.stage import Stage

QUEUE = "/admin/reconciliation/discrepancy/"
_FOUND = re.compile(r"^  (?P<type>.+): (?P<about>\w+) \S", re.MULTILINE)
SETTLED = "Both sides agree. It opens again"
BUSY, TRIES = "A reconciliation is running", 10
# What is done about each type, and what is filled in.
DEEDS: dict[str, tuple[str, dict[str, str]]] = {
    "missing here": ("fetch_again", {}),
    "orphan refund": ("fetch_again", {}),
    "missing at Stripe": ("accept", {"reason": "Stripe: the bank took it back before it settled"}),
    "duplicate": ("accept", {"reason": "Stripe: listed twice, goes back within ten days"}),
    "fee against the tariff": ("accept", {"reason": "A premium card from abroad"}),
    "exchange difference": ("accept", {"reason": "Rounding of that day's rate"}),
    "payment without a document": ("book_sale", {"reason": "A sale at the counter"}),
    "unknown line type": ("book", {"ledger_kind": "bank", "reason": "Our own top-up"}),
}


@dataclass(frozen=True)
class Finding:
    """A discrepancy as `reconcile` lists it."""

    type: str
    about: str


def signed_in(scene: Stage) -> Browser:
    """Staff at the console."""
    browser = Browser(scene.site_url)
    browser.submit(browser.open("/admin/"), "password", username=scene.staff_email, password=scene.staff_password)
    return browser


def set_up(scene: Stage) -> None:
    """What Stripe takes of a card payment, and that the shop's counter sells without invoices."""
    staff = signed_in(scene)
    tariff = staff.open("/admin/reconciliation/tariff/add/")
    cards = {"method": "card", "currency": "eur", "valid_from": "2020-01-01", "basis_points": "290"}
    more = {"fixed_minor": "30", "extra_basis_points": "350", "reason": "Our contract with Stripe"}
    staff.submit(tariff, "valid_from", **cards, **more)
    rule = staff.open("/admin/reconciliation/matchrule/add/")
    sales = {"name": "Sales at the counter", "action": "book_payment", "ledger_kind": "revenue"}
    staff.submit(rule, "name", **sales, reason="A small sale needs no invoice")


def run(scene: Stage) -> None:
    """A run from the console, as on any morning; it is waited for."""
    staff = signed_in(scene)
    started = staff.submit(staff.open("/admin/reconciliation/run/add/"), "from_date").url
    doors.until("a run", lambda: {"page": staff.open(started).text}, lambda seen: "Unexplained:" in seen["page"])


def recognize() -> None:
    """What was earned in months that are over, which no hour has come for while the clock was moved."""
    services.manage("recognize_revenue", env=os.environ)


def reconcile() -> tuple[int, str]:
    """`manage.py reconcile` as a person would run it: its exit code, 0 or 2, and what it said."""
    code, said = services.outcome("reconcile", env=os.environ)
    for _ in range(TRIES):
        if code in {0, 2} or BUSY not in said:
            break
        code, said = services.outcome("reconcile", env=os.environ)
    if code in {0, 2}:
        return code, said
    raise places.Unusable(f"reconcile ended with {code}:\n{said}")


def findings(said: str) -> list[Finding]:
    """What `reconcile` listed."""
    return [Finding(found["type"], found["about"]) for found in _FOUND.finditer(said)]


def advise(scene: Stage, found: list[Finding]) -> None:
    """Leave a comment at each: what a person should do."""
    staff = signed_in(scene)
    for finding in found:
        if finding.type in oddities.ADVICE:
            _act(staff, _page_of(staff, finding), "comment", text=oddities.ADVICE[finding.type])


def work_off(scene: Stage, found: list[Finding]) -> None:
    """Do about each what its type asks for, unless it has settled with an earlier one; raises places.Unusable."""
    staff = signed_in(scene)
    for finding in found:
        deed, filled = DEEDS[finding.type]
        page = _page_of(staff, finding)
        if SETTLED not in staff.open(page).text:
            _act(staff, page, deed, **filled)
            run(scene)


def _page_of(staff: Browser, finding: Finding) -> str:
    listed = staff.open(f"{QUEUE}?q={finding.about}")
    link = re.search(rf"{QUEUE}[^/\"]+/change/", listed.text)
    if not link:
        raise places.Unusable(f"{finding.type} {finding.about} is not in the queue")
    return link.group()


def _act(staff: Browser, page: str, deed: str, **filled: str) -> Page:
    """One of the actions that the discrepancy's page offers, behind its confirmation."""
    link = re.search(rf'"([^"]+/{deed}/)"', staff.open(page).text)
    if not link:
        raise places.Unusable(f"{page} does not offer {deed}")
    asked = staff.open(link.group(1))
    if filled:
        asked = staff.submit(asked, next(iter(filled)), **filled, step="show")
    return staff.submit(asked, "seen", step="do")
