"""Prices; a price is made and archived, and never changes."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from billing.admin import catalog_words
from billing.admin.catalog_actions import ArchivePrice, RestorePrice
from billing.admin.catalog_forms import PriceForm
from billing.models import CatalogStatus, Price
from billing.services import prices
from config.base.actor import Actor
from config.base.console import display
from config.base.console.making import MakingAdmin
from config.base.console.pages import Block, Button, Facts, Page, Table
from config.base.models import User
from payments.admin import links
from payments.admin.filters import AccountFilter, of_one_account


@admin.register(Price)
class PriceAdmin(MakingAdmin[Price]):
    keyset = ("-created_at", "-id")
    list_display = ("amount_shown", "product", "rhythm_shown", "nickname", "status_shown")
    list_filter = (AccountFilter, "status", "type")
    list_select_related = ("product",)
    search_help_text = "Id, lookup key, or the beginning of a product's name"
    making = "make_price"
    make_title = "New price"
    make_text = "Make the price"
    make_permission = "billing.manage_catalog"
    make_form = PriceForm

    def narrowed(self, request: HttpRequest, queryset: QuerySet[Price]) -> QuerySet[Price]:
        return of_one_account(request, queryset)

    def matching(self, queryset: QuerySet[Price], term: str) -> QuerySet[Price]:
        if term.startswith("price_"):
            return queryset.filter(public_id=term) | queryset.filter(stripe_id=term)
        return queryset.filter(lookup_key=term) | queryset.filter(product__name__istartswith=term)

    def make(self, data: dict[str, Any], *, by: Actor) -> Price:
        return prices.create(
            product=data["product"],
            currency=data["currency"],
            amount=data["amount"],
            other_currencies=data["others"],
            tiers_mode=data["tiers_mode"],
            interval=data["interval"],
            interval_count=data["interval_count"] or 1,
            divide_by=data["divide_by"],
            tax_behavior=data["tax_behavior"],
            nickname=data["nickname"],
            lookup_key=data["lookup_key"],
            by=by,
        )

    def get_urls(self) -> list[URLPattern]:
        actions = [
            path(
                f"<path:object_id>/{view.action}/",
                self.admin_site.admin_view(view.as_view(model_admin=self)),
                name=f"billing_price_{view.action}",
            )
            for view in (ArchivePrice, RestorePrice)
        ]
        return [*actions, *super().get_urls()]

    def page(self, request: HttpRequest, row: Price) -> Page:
        return Page(
            title=f"{row.product}: {catalog_words.amount(row)} {catalog_words.rhythm(row)}",
            headline=catalog_words.amount(row),
            labels=[catalog_words.status(row.status)],
            subtitle=f"{row.product}, {catalog_words.rhythm(row)}",
            buttons=_buttons(request, row),
            main=_tables(row),
            side=[_facts(row)],
        )

    @admin.display(description="Amount")
    def amount_shown(self, price: Price) -> str:
        return catalog_words.amount(price)

    @admin.display(description="Rhythm")
    def rhythm_shown(self, price: Price) -> str:
        return catalog_words.rhythm(price)

    @admin.display(description="Status")
    def status_shown(self, price: Price) -> SafeString:
        return catalog_words.status(price.status)


def _buttons(request: HttpRequest, price: Price) -> list[Button]:
    action = {CatalogStatus.ACTIVE: ("archive", "Archive…"), CatalogStatus.ARCHIVED: ("restore", "Offer again…")}
    may = isinstance(request.user, User) and request.user.has_perm("billing.manage_catalog")
    if not may or price.status not in action:
        return []
    name, text = action[CatalogStatus(price.status)]
    return [Button(text=text, url=reverse(f"admin:billing_price_{name}", args=[price.pk]))]


def _tables(price: Price) -> list[Block]:
    others = list(price.currencies.order_by("currency"))
    tables: list[Block] = []
    if price.tiers:
        tables.append(_tiers(f"Tiers, {price.tiers_mode}", price.tiers, price.currency))
    if others and not price.tiers:
        rows = [
            [other.currency.upper(), catalog_words.each(other.unit_amount_decimal, other.currency)] for other in others
        ]
        tables.append(Table(title="In further currencies", headers=["Currency", "Amount"], rows=rows))
    tables += [
        _tiers(f"Tiers in {other.currency.upper()}", other.tiers, other.currency) for other in others if other.tiers
    ]
    return tables


def _tiers(title: str, tiers: list[dict[str, Any]], currency: str) -> Table:
    rows = [list(catalog_words.tier(step, currency)) for step in tiers]
    return Table(title=title, headers=["Pieces", "Each", "At once"], rows=rows)


def _facts(price: Price) -> Facts:
    packs = f"{price.transform_divide_by}, rounded {price.transform_round}" if price.transform_divide_by else ""
    tax = {"exclusive": "is added", "inclusive": "is contained"}.get(price.tax_behavior, "")
    return Facts(
        title="Price",
        rows=[
            ("Product", links.to(price.product)),
            ("For colleagues", price.nickname),
            ("Storefront's word", price.lookup_key),
            ("Sold in packs of", packs),
            ("Tax", tax),
            ("Usage", price.usage_type),
            ("Why not made", price.failure_message),
            ("Price", display.copied(price.public_id)),
            ("At Stripe", links.at_stripe(price.account, "prices", price.stripe_id)),
            ("Created", display.when(price.created_at)),
        ],
    )
