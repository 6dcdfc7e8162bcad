"""What staff may do with an entry of the catalog: take it off the shelf, and put it back."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages

from billing.models import CatalogStatus, Coupon, Price, Product, PromotionCode
from billing.services import coupons, prices, products
from config.base.actor import Actor
from config.base.console.confirmation import ConfirmedView, Data, Outcome
from config.base.console.display import Tone
from payments.admin.payment_actions import IN_DOUBT
from payments.models import OutboundCall


class CatalogView(ConfirmedView[Any]):
    permission = "billing.manage_catalog"
    needs = CatalogStatus.ACTIVE
    done: str

    def refusal(self) -> str:
        return "" if self.row.status == self.needs else f"This is {self.row.status}; that cannot be done with it."

    def state(self) -> str:
        return str(self.row.status)

    def ask(self, by: Actor) -> OutboundCall:
        raise NotImplementedError

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        call = self.ask(by)
        in_doubt = call.status == OutboundCall.Status.SENT
        return Outcome(messages.WARNING, IN_DOUBT) if in_doubt else Outcome(messages.SUCCESS, self.done)


class _Archive(CatalogView):
    action = "archive"
    do_text = "Archive"
    tone = Tone.BAD
    done = "It is offered no more."

    def consequences(self, data: Data) -> Sequence[object]:
        return [
            f"{self.row} is offered no more, here and at Stripe.",
            "Subscriptions that have it go on unchanged, at the same price.",
            "It can be put back at any time.",
        ]


class _Restore(CatalogView):
    action = "restore"
    do_text = "Offer it again"
    needs = CatalogStatus.ARCHIVED
    done = "It is offered again."

    def consequences(self, data: Data) -> Sequence[object]:
        return [f"{self.row} is offered again, here and at Stripe. Nobody's subscription changes."]


class ArchiveProduct(_Archive, ConfirmedView[Product]):
    title = "Archive a product"

    def ask(self, by: Actor) -> OutboundCall:
        return products.archive(product=self.row, by=by)


class RestoreProduct(_Restore, ConfirmedView[Product]):
    title = "Offer a product again"

    def ask(self, by: Actor) -> OutboundCall:
        return products.restore(product=self.row, by=by)


class ArchivePrice(_Archive, ConfirmedView[Price]):
    title = "Archive a price"

    def ask(self, by: Actor) -> OutboundCall:
        return prices.archive(price=self.row, by=by)


class RestorePrice(_Restore, ConfirmedView[Price]):
    title = "Offer a price again"

    def ask(self, by: Actor) -> OutboundCall:
        return prices.restore(price=self.row, by=by)


class WithdrawCode(_Archive, ConfirmedView[PromotionCode]):
    title = "Withdraw a promotion code"

    def ask(self, by: Actor) -> OutboundCall:
        return coupons.withdraw_code(promotion_code=self.row, by=by)


class RestoreCode(_Restore, ConfirmedView[PromotionCode]):
    title = "Let a promotion code be redeemed again"

    def ask(self, by: Actor) -> OutboundCall:
        return coupons.restore_code(promotion_code=self.row, by=by)


class WithdrawCoupon(CatalogView, ConfirmedView[Coupon]):
    action = "withdraw"
    title = "Withdraw a coupon"
    do_text = "Withdraw for good"
    tone = Tone.BAD
    done = "It can be redeemed no more."

    def consequences(self, data: Data) -> Sequence[object]:
        codes = self.row.promotion_codes.filter(status=CatalogStatus.ACTIVE).count()
        return [
            f"{self.row} is deleted at Stripe: nobody can redeem it any more, nor its {codes} promotion codes.",
            "Discounts that customers have by now go on.",
            "This cannot be taken back; make a new coupon instead.",
        ]

    def ask(self, by: Actor) -> OutboundCall:
        return coupons.withdraw(coupon=self.row, by=by)


class TermsForm(forms.Form):
    grace_period_days = forms.IntegerField(
        min_value=0, max_value=365, widget=forms.NumberInput(attrs={"class": "cf-input"}),
        help_text="Days of access after a renewal that was not paid.",
    )  # fmt: skip
    renewal_notice_days = forms.IntegerField(
        min_value=0, max_value=60, widget=forms.NumberInput(attrs={"class": "cf-input"}),
        help_text="Days before a renewal that the customer is told. 0: never.",
    )  # fmt: skip
    requires_first_payment = forms.BooleanField(
        required=False, widget=forms.CheckboxInput(attrs={"class": "cf-check"}),
        label="A subscription is active only once its first invoice is paid",
    )  # fmt: skip


class ChangeTerms(ConfirmedView[Product]):
    action = "terms"
    permission = "billing.manage_catalog"
    title = "How subscriptions to this product behave"
    do_text = "Change"

    def state(self) -> str:
        return str(self._held())

    def form(self, data: Any = None) -> forms.Form:
        return TermsForm(data, initial=self._held())

    def _held(self) -> dict[str, Any]:
        return {name: getattr(self.row, name) for name in TermsForm.base_fields}

    def consequences(self, data: Data) -> Sequence[object]:
        first = "only once the first invoice is paid" if data["requires_first_payment"] else "at once, paid or not"
        grace, notice = data["grace_period_days"], data["renewal_notice_days"]
        return [
            f"New subscriptions are active {first}.",
            f"A renewal that was not paid ends access after {grace} days."
            if grace
            else "An unpaid renewal ends access.",
            f"Customers are told {notice} days before a renewal." if notice else "Nobody is told before a renewal.",
            "Stripe is not asked; no money moves.",
        ]

    def perform(self, data: Data, *, by: Actor) -> Outcome:
        products.set_terms(product=self.row, terms=products.Terms(**data), by=by)
        return Outcome(messages.SUCCESS, "Changed.")
