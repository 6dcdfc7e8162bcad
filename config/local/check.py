"""The main job, driven through HTTP as its people drive it, each step printed with its outcome.

The storefront asks for a payment, the customer pays, Stripe posts a signed webhook, staff see the story and refund a
part; then bad luck: a declined card, a lost answer, a webhook that never arrives; then what is billed: a subscription,
its change at a quoted price, an invoice with its PDF, a credit note; then the books: what does not agree is found
and worked off in the console, until nothing is unexplained.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from config.local import bookkeeping, doors, places, services
from config.local.bookkeeping import Finding
from config.local.browser import Browser
from config.local.doors import Door, Json
from config.local.stage import Stage

AMOUNT, REFUND = 2599, 1000
UNDISTURBED: Json = {"pause": False, "duplicate": 1, "shuffle": None, "drop": 0.0}
T = TypeVar("T")


def run(scene: Stage) -> bool:
    """Whether every step did what it should; each is printed with its outcome."""
    try:
        drive(Scene(scene))
    except places.Unusable as reason:
        print(f"  FAILED  {reason}", flush=True)
        return False
    return True


@dataclass
class Scene:
    """The people of the main job and the doors that they use."""

    stage: Stage
    shop: Door = field(init=False)
    stripe: Door = field(init=False)
    payer: Browser = field(init=False)
    staff: Browser = field(init=False)

    def __post_init__(self) -> None:
        self.shop, self.stripe = doors.storefront(self.stage), doors.outside_world(self.stage)
        self.payer, self.staff = Browser(self.stage.site_url), Browser(self.stage.site_url)

    def look(self, payment: Json) -> Json:
        return self.shop.get(f"/api/v1/payments/{payment['id']}")

    def wait(self, payment: Json, **wanted: object) -> Json:
        """The payment, once it has what is wanted of it."""
        return doors.until(
            str(wanted), lambda: self.look(payment), lambda seen: all(seen[k] == v for k, v in wanted.items())
        )


def drive(scene: Scene) -> None:
    scene.stripe.post("/_sandbox/deliveries", UNDISTURBED)
    told("the installation finds itself in order", find_in_order)
    customer = told("the storefront registers a customer", lambda: register(scene))
    payment = told("it asks for a payment and gets a page to send the customer to", lambda: ask(scene, customer))
    told("the payment page shows it", lambda: visit(scene, payment))
    told("the customer pays; Stripe's signed webhook tells us", lambda: pay(scene, payment))
    told("staff see its whole story in the console", lambda: read_story(scene, payment))
    told("staff refund a part of it, behind a confirmation", lambda: refund_by_staff(scene, payment))
    told("a declined card leaves a payment with its reason", lambda: decline(scene, customer))
    told("an answer lost after Stripe acted charges once", lambda: lose_an_answer(scene, customer))
    told("a webhook that never arrived is found and repaired", lambda: lose_a_webhook(scene, customer))
    subscription = told("a subscription begins; its first invoice is paid", lambda: subscribe(scene, customer))
    told("more seats cost what was quoted", lambda: upgrade(scene, subscription))
    invoice = told("an invoice is written, made binding and paid", lambda: bill(scene, customer))
    told("its PDF opens", lambda: open_paper(scene, invoice))
    told("a credit note gives a part back", lambda: credit(scene, invoice))
    found = told("what does not agree is found: reconcile exits 2", lambda: find(scene))
    told(f"staff work off all {len(found)} in the console", lambda: bookkeeping.work_off(scene.stage, found))
    told("nothing is unexplained: reconcile exits 0", explain)
    told("the books hold", command("verify_ledger"))


def told(what: str, do: Callable[[], T]) -> T:
    began = time.monotonic()
    done = do()
    print(f"  ok      {what} ({time.monotonic() - began:.1f} s)", flush=True)
    return done


def register(scene: Scene) -> Json:
    return scene.shop.post("/api/v1/customers", {"email": "check@example.com", "name": "Kim Check"})


def ask(scene: Scene, customer: Json, **more: object) -> Json:
    wanted = {"customer": customer["id"], "amount": AMOUNT, "currency": "eur", "description": "Check"}
    return scene.shop.post("/api/v1/payments", wanted | more)


def visit(scene: Scene, payment: Json) -> None:
    page = scene.payer.open(payment["pay_url"])
    expect("the amount on the page", "25.99" in page.text)


def pay(scene: Scene, payment: Json) -> None:
    """What the page's script does: confirm with the publishable key and the intent's client secret."""
    confirm(scene, payment)
    scene.wait(payment, status="succeeded", amount_received=AMOUNT)
    attempts = scene.stripe.get("/_sandbox/deliveries")["attempts"]
    expect("a webhook that we acknowledged", any(attempt["status"] == 200 for attempt in attempts))


def confirm(scene: Scene, payment: Json) -> None:
    key = {"Authorization": f"Bearer {scene.stage.stripe_publishable_key}"}
    Browser(scene.stage.sandbox_url, key).open(
        f"/v1/payment_intents/{payment['stripe_id']}/confirm",
        {
            "client_secret": payment["client_secret"],
            "return_url": payment["pay_url"],
            "payment_method_data[type]": "card",
            "payment_method_data[card][token]": "tok_visa",
        },
    )


def read_story(scene: Scene, payment: Json) -> None:
    scene.staff = bookkeeping.signed_in(scene.stage)
    found = scene.staff.open(f"/admin/payments/payment/?q={payment['stripe_id']}")
    expect("the payment in the console's search", "25.99" in found.text and "Kim Check" in found.text)
    page = scene.staff.open(f"/admin/payments/payment/{payment['id']}/change/")
    for what in ("payment.create", "payment_intent.succeeded", payment["stripe_id"]):
        expect(f"{what} in the payment's story", what in page.text)


def refund_by_staff(scene: Scene, payment: Json) -> None:
    address = f"/admin/payments/payment/{payment['id']}/refund/"
    shown = scene.staff.submit(
        scene.staff.open(address), "amount", amount="10.00", reason="requested_by_customer", step="show"
    )
    expect("what will happen, in money", "10.00" in shown.text)
    scene.staff.submit(shown, "seen", step="do")
    scene.wait(payment, amount_refunded=REFUND)
    listed = scene.shop.get(f"/api/v1/payments/{payment['id']}/refunds")
    expect("one refund", [row["amount"] for row in listed["data"]] == [REFUND])


def decline(scene: Scene, customer: Json) -> None:
    declined = ask(scene, customer, payment_method="pm_card_visa_chargeDeclinedInsufficientFunds", confirm=True)
    expect("the decline code", declined["decline_code"] == "insufficient_funds")
    expect("that nothing was received", declined["amount_received"] == 0)


def lose_an_answer(scene: Scene, customer: Json) -> None:
    path = "/v1/payment_intents"
    scene.stripe.post("/_sandbox/faults", {"method": "POST", "path": path, "kind": "drop_after", "times": 1})
    payment = scene.wait(ask(scene, customer, payment_method="pm_card_visa", confirm=True), status="succeeded")
    asked = scene.stripe.get(f"/_sandbox/requests?method=POST&path={path}")["requests"]
    keys = [request["idempotency_key"] for request in asked]
    expect("the same key twice", keys[0] == keys[1] and len(set(keys)) < len(keys))
    expect("one charge", payment["amount_received"] == AMOUNT)


def lose_a_webhook(scene: Scene, customer: Json) -> None:
    payment = ask(scene, customer)
    scene.stripe.post("/_sandbox/deliveries", {"drop": 1.0})
    try:
        confirm(scene, payment)
        scene.stripe.post("/_sandbox/deliveries", {"drain": True})
        expect("that we have not heard of it", scene.look(payment)["status"] != "succeeded")
    finally:
        scene.stripe.post("/_sandbox/deliveries", {"drop": 0.0})
    command("fetch_missed_events")()
    scene.wait(payment, status="succeeded", amount_received=AMOUNT)


def subscribe(scene: Scene, customer: Json) -> Json:
    method = scene.shop.post("/api/v1/payment-methods/pm_card_visa/attach", {"customer": customer["id"]})
    scene.shop.post(f"/api/v1/payment-methods/{method['id']}/set-default")
    [price] = scene.shop.get("/api/v1/prices?lookup_key=seats")["data"]
    wanted = {"customer": customer["id"], "items": [{"price": price["id"], "quantity": 2}], "confirm": True}
    made = scene.shop.post("/api/v1/subscriptions", wanted)
    path = f"/api/v1/subscriptions/{made['id']}"
    begun = doors.until("active", lambda: scene.shop.get(path), lambda seen: bool(seen["status"] == "active"))
    access = scene.shop.get(f"/api/v1/customers/{customer['id']}/access")
    expect("that the customer is let in", access["allowed"] is True)
    return begun


def upgrade(scene: Scene, subscription: Json) -> None:
    path = f"/api/v1/subscriptions/{subscription['id']}"
    quote = scene.shop.post(f"{path}/preview", {"quantity": 7})
    changed = scene.shop.post(f"{path}/change", {"quote": quote["quote"]})
    expect("seven seats", [item["quantity"] for item in changed["items"]] == [7])
    newest = scene.shop.get(f"/api/v1/invoices?subscription={subscription['id']}&limit=1")["data"][0]
    expect("an invoice of the quoted sum", (newest["status"], newest["total"]) == ("paid", quote["total_now"]))


def bill(scene: Scene, customer: Json) -> Json:
    lines = [{"description": "Letterpress cards", "quantity": 3, "amount": 1290}]
    wanted = {"customer": customer["id"], "currency": "eur", "lines": lines, "days_until_due": 14}
    path = f"/api/v1/invoices/{scene.shop.post('/api/v1/invoices', wanted)['id']}"
    expect("a number", bool(scene.shop.post(f"{path}/finalize")["number"]))
    scene.shop.post(f"{path}/pay")
    return doors.until("paid", lambda: scene.shop.get(path), lambda seen: bool(seen["status"] == "paid"))


def open_paper(scene: Scene, invoice: Json) -> None:
    paper = scene.shop.fetch(f"/api/v1/invoices/{invoice['id']}/pdf")
    expect("a PDF", paper.startswith(b"%PDF-") and b"%%EOF" in paper[-32:])


def credit(scene: Scene, invoice: Json) -> None:
    wanted = {"amount": 1290, "reason": "product_unsatisfactory"}
    note = scene.shop.post(f"/api/v1/invoices/{invoice['id']}/credit-notes", wanted)
    expect("a credit note that refunds", (note["total"], note["refunded"]) == (1290, 1290))


def find(scene: Scene) -> list[Finding]:
    """One more than the story has left, so that there is something to find however often this is run."""
    top_up = {"type": "topup", "amount": 7500, "currency": "eur", "description": "Top-up from Sparkasse"}
    scene.stripe.post("/_sandbox/balance_transactions", top_up)
    code, said = bookkeeping.reconcile()
    found = bookkeeping.findings(said)
    for finding in found:
        print(f"          {finding.type}: {finding.about}", flush=True)
    expect("exit code 2 and a finding", code == 2 and bool(found))
    return found


def explain() -> None:
    code, said = bookkeeping.reconcile()
    expect(f"exit code 0 in\n{said}", code == 0)


def find_in_order() -> None:
    """Worker and beat of a demo that goes on where it was give their first sign of life after some seconds."""

    def look() -> Json:
        code, said = services.outcome("doctor", env=os.environ)
        return {"code": code, "said": said}

    doors.until("doctor", look, lambda seen: seen["code"] == 0, seconds=90)


def command(name: str) -> Callable[[], str]:
    """A management command as a person would run it here, without further environment."""
    return lambda: services.manage(name, env=os.environ)


def expect(what: str, holds: bool) -> None:
    if not holds:
        raise places.Unusable(f"missing: {what}")
