"""Coupons and promotion codes: made, and withdrawn."""

from datetime import UTC
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from billing.admin import catalog_words
from billing.admin.catalog_actions import RestoreCode, WithdrawCode, WithdrawCoupon
from billing.admin.catalog_forms import CouponForm, PromotionCodeForm, money
from billing.models import CatalogStatus, Coupon, Product, PromotionCode
from billing.services import coupons
from billing.services.catalog import InvalidCatalogEntry
from config.base.actor import Actor
from config.base.console import display
from config.base.console.making import MakingAdmin
from config.base.console.pages import Button, Facts, Page, Table
from config.base.models import User
from config.base.money import Money
from payments.admin import links
from payments.admin.filters import AccountFilter, of_one_account

SHOWN = 50


@admin.register(Coupon)
class CouponAdmin(MakingAdmin[Coupon]):
    keyset = ("-created_at", "-id")
    list_display = ("__str__", "reduction_shown", "redeemed_shown", "status_shown", "created_shown")
    list_filter = (AccountFilter, "status", "duration")
    search_help_text = "Id, or the beginning of a name"
    making = "make_coupon"
    make_title = "New coupon"
    make_text = "Make the coupon"
    make_permission = "billing.manage_catalog"
    make_form = CouponForm

    def narrowed(self, request: HttpRequest, queryset: QuerySet[Coupon]) -> QuerySet[Coupon]:
        return of_one_account(request, queryset)

    def matching(self, queryset: QuerySet[Coupon], term: str) -> QuerySet[Coupon]:
        by_id = queryset.filter(public_id=term) | queryset.filter(stripe_id=term)
        return by_id | queryset.filter(name__istartswith=term)

    def make(self, data: dict[str, Any], *, by: Actor) -> Coupon:
        return coupons.create(
            account=data["account"],
            name=data["name"],
            percent_off=data["percent_off"],
            amount_off=_money(data["amount_off"], data["currency"], param="amount_off"),
            duration=data["duration"],
            duration_in_months=data["duration_in_months"],
            max_redemptions=data["max_redemptions"],
            redeem_by=_utc(data["redeem_by"]),
            products=list(data["products"]),
            by=by,
        )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(WithdrawCoupon.as_view(model_admin=self))
        return [path("<path:object_id>/withdraw/", view, name="billing_coupon_withdraw"), *super().get_urls()]

    def page(self, request: HttpRequest, row: Coupon) -> Page:
        buttons = []
        if row.status == CatalogStatus.ACTIVE and _may(request):
            new = f"{reverse('admin:billing_promotioncode_add')}?coupon={row.pk}"
            buttons = [
                Button(text="New promotion code…", url=new),
                Button(text="Withdraw…", url=reverse("admin:billing_coupon_withdraw", args=[row.pk])),
            ]
        return Page(
            title=str(row),
            headline=f"{catalog_words.reduction(row)}, {catalog_words.duration(row)}",
            labels=[catalog_words.status(row.status)],
            buttons=buttons,
            main=[_codes(row)],
            side=[_facts(row)],
        )

    @admin.display(description="Reduction")
    def reduction_shown(self, coupon: Coupon) -> str:
        return f"{catalog_words.reduction(coupon)}, {catalog_words.duration(coupon)}"

    @admin.display(description="Redeemed")
    def redeemed_shown(self, coupon: Coupon) -> str:
        return _redeemed(coupon)

    @admin.display(description="Status")
    def status_shown(self, coupon: Coupon) -> SafeString:
        return catalog_words.status(coupon.status)

    @admin.display(description="Created (UTC)")
    def created_shown(self, coupon: Coupon) -> object:
        return display.when(coupon.created_at)


@admin.register(PromotionCode)
class PromotionCodeAdmin(MakingAdmin[PromotionCode]):
    keyset = ("-created_at", "-id")
    list_display = ("code", "coupon_shown", "redeemed_shown", "expires_shown", "status_shown")
    list_filter = (AccountFilter, "status")
    list_select_related = ("coupon",)
    search_help_text = "Code or id"
    making = "make_promotion_code"
    make_title = "New promotion code"
    make_text = "Make the code"
    make_permission = "billing.manage_catalog"
    make_form = PromotionCodeForm

    def narrowed(self, request: HttpRequest, queryset: QuerySet[PromotionCode]) -> QuerySet[PromotionCode]:
        return of_one_account(request, queryset)

    def matching(self, queryset: QuerySet[PromotionCode], term: str) -> QuerySet[PromotionCode]:
        return queryset.filter(public_id=term) | queryset.filter(stripe_id=term) | queryset.filter(code__iexact=term)

    def make(self, data: dict[str, Any], *, by: Actor) -> PromotionCode:
        return coupons.create_code(
            coupon=data["coupon"],
            code=data["code"],
            max_redemptions=data["max_redemptions"],
            expires_at=_utc(data["expires_at"]),
            first_time_transaction=data["first_time_transaction"],
            minimum_amount=_money(data["minimum_amount"], data["coupon"].currency, param="minimum_amount"),
            by=by,
        )

    def get_urls(self) -> list[URLPattern]:
        actions = [
            path(
                f"<path:object_id>/{view.action}/",
                self.admin_site.admin_view(view.as_view(model_admin=self)),
                name=f"billing_promotioncode_{view.action}",
            )
            for view in (WithdrawCode, RestoreCode)
        ]
        return [*actions, *super().get_urls()]

    def page(self, request: HttpRequest, row: PromotionCode) -> Page:
        action = {CatalogStatus.ACTIVE: ("archive", "Withdraw…"), CatalogStatus.ARCHIVED: ("restore", "Allow again…")}
        buttons = []
        if row.status in action and _may(request):
            name, text = action[CatalogStatus(row.status)]
            buttons = [Button(text=text, url=reverse(f"admin:billing_promotioncode_{name}", args=[row.pk]))]
        return Page(
            title=row.code,
            headline=row.code,
            labels=[catalog_words.status(row.status)],
            subtitle=f"{catalog_words.reduction(row.coupon)}, {catalog_words.duration(row.coupon)}",
            buttons=buttons,
            main=[_code_facts(row)],
        )

    @admin.display(description="Coupon")
    def coupon_shown(self, code: PromotionCode) -> str:
        return f"{catalog_words.reduction(code.coupon)}, {catalog_words.duration(code.coupon)}"

    @admin.display(description="Redeemed")
    def redeemed_shown(self, code: PromotionCode) -> str:
        return _redeemed(code)

    @admin.display(description="Expires (UTC)")
    def expires_shown(self, code: PromotionCode) -> object:
        return display.when(code.expires_at) or display.EMPTY

    @admin.display(description="Status")
    def status_shown(self, code: PromotionCode) -> SafeString:
        return catalog_words.status(code.status)


def _may(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.has_perm("billing.manage_catalog")


def _utc(moment: Any) -> Any:
    return moment.replace(tzinfo=UTC) if moment else None


def _money(written: str, currency: str, *, param: str) -> Money | None:
    if not written.strip():
        return None
    try:
        return Money(*money(written, currency))
    except ValidationError as error:
        raise InvalidCatalogEntry(error.messages[0], param=param) from None


def _redeemed(row: Coupon | PromotionCode) -> str:
    return f"{row.times_redeemed} of {row.max_redemptions}" if row.max_redemptions else str(row.times_redeemed)


def _codes(coupon: Coupon) -> Table:
    rows = [
        [links.to(code, code.code), _redeemed(code), display.when(code.expires_at), catalog_words.status(code.status)]
        for code in coupon.promotion_codes.order_by("-id")[:SHOWN]
    ]
    return Table(
        title="Promotion codes",
        headers=["Code", "Redeemed", "Expires (UTC)", "Status"],
        rows=rows,
        empty="None: staff give it by hand.",
    )


def _facts(coupon: Coupon) -> Facts:
    products = Product.objects.filter(account=coupon.account, stripe_id__in=coupon.product_ids)
    others = [Money(minor, code).format(display.locale()) for code, minor in sorted(coupon.amounts_off.items())]
    return Facts(
        title="Coupon",
        rows=[
            ("Also", ", ".join(others)),
            ("For", ", ".join(str(product) for product in products) or "all products"),
            ("Redeemed", _redeemed(coupon)),
            ("Can be redeemed until", display.when(coupon.redeem_by)),
            ("Can still be redeemed", "yes" if coupon.is_valid else "no"),
            ("Why not made", coupon.failure_message),
            ("Coupon", display.copied(coupon.public_id)),
            ("At Stripe", links.at_stripe(coupon.account, "coupons", coupon.stripe_id)),
            ("Created", display.when(coupon.created_at)),
        ],
    )


def _code_facts(code: PromotionCode) -> Facts:
    minimum = Money(code.minimum_amount_minor, code.minimum_amount_currency) if code.minimum_amount_minor else None
    return Facts(
        title="Promotion code",
        rows=[
            ("Coupon", links.to(code.coupon)),
            ("Only for", links.to(code.customer)),
            ("Redeemed", _redeemed(code)),
            ("Expires", display.when(code.expires_at)),
            ("For first purchases only", "yes" if code.first_time_transaction else ""),
            ("Minimum", minimum.format(display.locale()) if minimum else ""),
            ("Why not made", code.failure_message),
            ("Code", display.copied(code.public_id)),
            ("At Stripe", links.at_stripe(code.account, "promotion_codes", code.stripe_id)),
        ],
    )
