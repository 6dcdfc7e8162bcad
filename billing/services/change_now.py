"""A change that is made at once: made at Stripe, compared with its quote, then collected; or else undone.

Whoever comes after a crash reads what was asked and answered so far, and goes on the same way.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from billing.models import CatalogStatus, Invoice, Price, Quote
from billing.services import change_steps, plan_changes, quote_calls, subscription_wishes
from billing.services.change_steps import Calls, Step
from billing.services.subscription_terms import BY_INVOICE
from config.base.actor import Actor
from config.base.clock import real_now
from payments import gateway
from payments.models import OutboundCall
from payments.services import outbound, snapshots
from payments.stripe_fields import reference

EXPIRED = "quote_expired"
TOO_LATE = "nobody_waits"
NOT_UNDONE = "change_not_undone"
COLLECTED_OTHERWISE = "collected_other_than_quoted"
OF_A_CHANGE = "subscription_update"


def begin(quote: Quote, items: list[dict[str, Any]], *, by: Actor) -> OutboundCall:
    """The change itself, at the moment that was quoted. In the caller's transaction, on the locked subscription."""
    subscription = quote.subscription
    wish: dict[str, Any] = {
        "items": items,
        "proration_behavior": "always_invoice",
        "proration_date": int(quote.proration_date.timestamp()),
    }
    if subscription.collection_method != BY_INVOICE:
        wish["payment_behavior"] = "default_incomplete"
    return quote_calls.prepare(
        quote,
        quote_calls.CHANGE,
        subscription_wishes.path(subscription),
        wish,
        by=by,
        root_kind=subscription_wishes.ROOT,
        root_id=subscription.stripe_id or "",
        valid_for=outbound.ON_SESSION,
    )


def play(quote: Quote, *, by: Actor) -> bool:
    """Take the next step; whether there may be another."""
    calls = quote_calls.made(quote)
    answers = {call.status for call in calls.values()}
    if OutboundCall.Status.SENT in answers:
        return False
    change = calls[quote_calls.CHANGE]
    if change.status != OutboundCall.Status.ANSWERED:
        return _never_made(quote, change, by)
    invoice = _invoice(quote, change, by, anew=OutboundCall.Status.REFUSED in answers)
    return _Making(quote, invoice, calls, by).take(change_steps.following(quote, invoice, calls))


def _invoice(quote: Quote, change: OutboundCall, by: Actor, *, anew: bool) -> Invoice | None:
    """The invoice that the change made, as we know it by now; None when it made none."""
    stripe_id = quote.invoice_id or _named(quote, change)
    if not stripe_id:
        return None
    if stripe_id != quote.invoice_id:
        Quote.objects.filter(pk=quote.pk).update(invoice_id=stripe_id)
        quote.invoice_id, anew = stripe_id, True
    if anew:
        account = quote.subscription.account
        snapshots.refresh(snapshots.root_for(account=account, kind="invoice", stripe_id=stripe_id), by=by)
    return Invoice.objects.get(stripe_id=stripe_id)


def _named(quote: Quote, change: OutboundCall) -> str:
    """Told by the answer to the change; looked for in Stripe's list where that was lost."""
    if change.reply:
        latest = reference(change.reply, "latest_invoice")
        is_other = latest and latest != quote.before["latest_invoice"]
        return latest if is_other and _is_of_a_change(latest, change) else ""
    made_since = {
        "subscription": quote.subscription.stripe_id,
        "created": {"gte": int(quote.proration_date.timestamp())},
    }
    known = {quote.before["latest_invoice"], *quote.subscription.quotes.values_list("invoice_id", flat=True)}
    bodies = gateway.each("/v1/invoices", made_since, account=change.account.stripe_id)
    ours = [body["id"] for body in bodies if body["billing_reason"] == OF_A_CHANGE and body["id"] not in known]
    return ours[-1] if ours else ""


def _is_of_a_change(stripe_id: str, change: OutboundCall) -> bool:
    """Whether a change made this invoice: a renewal that came in between is nobody's to undo."""
    reason = Invoice.objects.filter(stripe_id=stripe_id).values_list("billing_reason", flat=True).first()
    if not reason:
        reason = gateway.get(f"/v1/invoices/{stripe_id}", account=change.account.stripe_id)["billing_reason"]
    return bool(reason == OF_A_CHANGE)


def _never_made(quote: Quote, change: OutboundCall, by: Actor) -> bool:
    """Stripe refused, or was never asked. If the subscription is another one by now, that is why."""
    is_other = plan_changes.state(quote.subscription) != quote.before
    code = EXPIRED if is_other else change.error_code or "rejected"
    status = Quote.Status.EXPIRED if is_other else Quote.Status.FAILED
    quote_calls.settle(quote, status, by=by, failure_code=code, failure_message=change.error_message)
    return False


@dataclass(frozen=True, slots=True)
class _Making:
    """A change under way: each step says whether another one may follow."""

    quote: Quote
    invoice: Invoice | None
    calls: Calls
    by: Actor

    def take(self, step: Step) -> bool:
        return self._steps[step](self)

    def wait(self) -> bool:
        return False

    def accept(self) -> bool:
        flag = "" if change_steps.holds(self.quote, self.invoice) else COLLECTED_OTHERWISE
        return self._settle(Quote.Status.ACCEPTED, flag=flag, failure_code="", failure_message="")

    def pay(self) -> bool:
        left = self.calls[quote_calls.CHANGE].valid_until - real_now()
        return self._of_invoice(quote_calls.PAY, "pay", {}, valid_for=left)

    def expire(self) -> bool:
        return quote_calls.give_up(self.quote, code=EXPIRED, message="The price has changed since it was quoted.")

    def decline(self) -> bool:
        pay = self.calls[quote_calls.PAY]
        return quote_calls.give_up(self.quote, code=pay.error_code, message=pay.error_message)

    def give_up(self) -> bool:
        message = "It was not finished while somebody waited for it, so nothing was collected."
        return quote_calls.give_up(self.quote, code=TOO_LATE, message=message)

    def finalize(self) -> bool:
        return self._of_invoice(quote_calls.FINALIZE, "finalize", {"auto_advance": False})

    def void(self) -> bool:
        return self._of_invoice(quote_calls.VOID, "void", {})

    def give_back(self) -> bool:
        """Undo what a paid invoice of nothing did to the balance: Stripe voids no paid invoice."""
        customer = self.quote.subscription.customer.stripe_id or ""
        wish = {
            "amount": change_steps.to_give_back(self.invoice) if self.invoice else 0,
            "currency": self.quote.currency,
            "description": f"Undoes invoice {self.quote.invoice_id}",
        }
        path = f"/v1/customers/{customer}/balance_transactions"
        return self._ask(
            quote_calls.GIVE_BACK, path, wish, root_kind="customer", root_id=customer, replies_with_root=False
        )

    def restore(self) -> bool:
        subscription = self.quote.subscription
        subscription.refresh_from_db()
        held = {item.stripe_id: item.price.stripe_id or "" for item in plan_changes.items_of(subscription)}
        items = plan_changes.restoring(held, self.quote.before)
        if archived := self._archived(items):
            return self._offer(archived, True)
        wish: dict[str, Any] = {"items": items, "proration_behavior": "none"}
        wish |= plan_changes.old_period(subscription, self.quote.before)
        root_id = subscription.stripe_id or ""
        path = subscription_wishes.path(subscription)
        return self._ask(quote_calls.RESTORE, path, wish, root_kind=subscription_wishes.ROOT, root_id=root_id)

    def settle(self) -> bool:
        is_expired = self.quote.failure_code == EXPIRED
        return self._end(Quote.Status.EXPIRED if is_expired else Quote.Status.FAILED)

    def show_staff(self) -> bool:
        """Stripe refuses the undo."""
        return self._end(Quote.Status.FAILED, flag=NOT_UNDONE)

    def _archived(self, items: list[dict[str, Any]]) -> Price | None:
        """A price that is to come back and is not sold any more: Stripe takes only those that are."""
        named = [item["price"] for item in items if "price" in item]
        closed = Price.objects.filter(stripe_id__in=named).exclude(status=CatalogStatus.ACTIVE)
        return next(
            (price for price in closed.order_by("pk") if quote_calls.offer(price, True) not in self.calls), None
        )

    def _offered(self) -> Price | None:
        """A price that was offered again for the undo, and still is."""
        opened = [action.rpartition(".")[2] for action in self.calls if action.startswith(quote_calls.OFFER)]
        rows = Price.objects.filter(pk__in=opened).order_by("pk")
        return next((price for price in rows if quote_calls.offer(price, False) not in self.calls), None)

    def _offer(self, price: Price, is_active: bool) -> bool:
        path, root_id = f"/v1/prices/{price.stripe_id}", price.stripe_id or ""
        action = quote_calls.offer(price, is_active)
        return self._ask(action, path, {"active": is_active}, root_kind="price", root_id=root_id)

    def _end(self, status: str, **also: Any) -> bool:
        """Where a price was offered again for the undo, it is archived again first."""
        offered = self._offered()
        return self._offer(offered, False) if offered else self._settle(status, **also)

    def _settle(self, status: str, **also: Any) -> bool:
        quote_calls.settle(self.quote, status, by=self.by, **also)
        return False

    def _of_invoice(self, action: str, verb: str, wish: dict[str, Any], **more: Any) -> bool:
        root_id = self.quote.invoice_id
        return self._ask(action, f"/v1/invoices/{root_id}/{verb}", wish, root_kind="invoice", root_id=root_id, **more)

    def _ask(self, action: str, path: str, wish: dict[str, Any], **more: Any) -> bool:
        return quote_calls.once(self.quote, action, path, wish, by=self.by, **more)

    _steps: ClassVar[dict[Step, Callable[["_Making"], bool]]] = {
        Step.WAIT: wait,
        Step.ACCEPT: accept,
        Step.PAY: pay,
        Step.EXPIRE: expire,
        Step.DECLINE: decline,
        Step.TOO_LATE: give_up,
        Step.FINALIZE: finalize,
        Step.VOID: void,
        Step.GIVE_BACK: give_back,
        Step.RESTORE: restore,
        Step.SETTLE: settle,
        Step.STUCK: show_staff,
    }
