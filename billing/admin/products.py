"""Products and their prices."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from billing.admin import catalog_words
from billing.admin.catalog_actions import ArchiveProduct, ChangeTerms, RestoreProduct
from billing.admin.catalog_forms import ProductForm
from billing.models import CatalogStatus, Price, Product
from billing.services import products
from config.base.actor import Actor
from config.base.console import display
from config.base.console.making import MakingAdmin
from config.base.console.pages import Button, Facts, Page, Table
from config.base.models import User
from payments.admin import links
from payments.admin.filters import AccountFilter, of_one_account

SHOWN = 50


@admin.register(Product)
class ProductAdmin(MakingAdmin[Product]):
    keyset = ("-created_at", "-id")
    list_display = ("name", "status_shown", "prices_shown", "created_shown")
    list_filter = (AccountFilter, "status")
    search_help_text = "Id, or the beginning of a name"
    making = "make_product"
    make_title = "New product"
    make_text = "Make the product"
    make_permission = "billing.manage_catalog"
    make_form = ProductForm

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        return super().get_queryset(request).prefetch_related("prices")

    def narrowed(self, request: HttpRequest, queryset: QuerySet[Product]) -> QuerySet[Product]:
        return of_one_account(request, queryset)

    def matching(self, queryset: QuerySet[Product], term: str) -> QuerySet[Product]:
        if term.startswith("prod_"):
            return queryset.filter(public_id=term) | queryset.filter(stripe_id=term)
        return queryset.filter(name__istartswith=term)

    def make(self, data: dict[str, Any], *, by: Actor) -> Product:
        return products.create(**data, by=by)

    def get_urls(self) -> list[URLPattern]:
        actions = [
            path(
                f"<path:object_id>/{view.action}/",
                self.admin_site.admin_view(view.as_view(model_admin=self)),
                name=f"billing_product_{view.action}",
            )
            for view in (ArchiveProduct, RestoreProduct, ChangeTerms)
        ]
        return [*actions, *super().get_urls()]

    def page(self, request: HttpRequest, row: Product) -> Page:
        return Page(
            title=row.name,
            labels=[catalog_words.status(row.status)],
            subtitle=row.description,
            buttons=_buttons(request, row),
            main=[_prices(row)],
            side=[_facts(row), _terms(row)],
        )

    @admin.display(description="Status")
    def status_shown(self, product: Product) -> SafeString:
        return catalog_words.status(product.status)

    @admin.display(description="Prices")
    def prices_shown(self, product: Product) -> str:
        offered = [price for price in product.prices.all() if price.status == CatalogStatus.ACTIVE]
        shown = ", ".join(f"{catalog_words.amount(price)} {catalog_words.rhythm(price)}" for price in offered[:3])
        return f"{shown}, …" if len(offered) > 3 else shown or display.EMPTY

    @admin.display(description="Created (UTC)")
    def created_shown(self, product: Product) -> object:
        return display.when(product.created_at)


def _buttons(request: HttpRequest, product: Product) -> list[Button]:
    if not isinstance(request.user, User) or not request.user.has_perm("billing.manage_catalog"):
        return []
    found = [Button(text="Subscriptions behave…", url=reverse("admin:billing_product_terms", args=[product.pk]))]
    if product.status == CatalogStatus.ACTIVE:
        new = f"{reverse('admin:billing_price_add')}?product={product.pk}"
        found.insert(0, Button(text="New price…", url=new))
        found.append(Button(text="Archive…", url=reverse("admin:billing_product_archive", args=[product.pk])))
    elif product.status == CatalogStatus.ARCHIVED:
        found.append(Button(text="Offer again…", url=reverse("admin:billing_product_restore", args=[product.pk])))
    return found


def _prices(product: Product) -> Table:
    return Table(
        title="Prices",
        headers=["Amount", "Rhythm", "Name", "Also in", "Status"],
        rows=[_price(price) for price in product.prices.prefetch_related("currencies").order_by("-id")[:SHOWN]],
        empty="No prices yet: it cannot be sold.",
    )


def _price(price: Price) -> list[object]:
    others = ", ".join(sorted(other.currency.upper() for other in price.currencies.all()))
    return [
        links.to(price, catalog_words.amount(price)),
        catalog_words.rhythm(price),
        price.nickname,
        others or display.EMPTY,
        catalog_words.status(price.status),
    ]


def _facts(product: Product) -> Facts:
    return Facts(
        title="Product",
        rows=[
            ("One piece is a", product.unit_label),
            ("Tax code", product.tax_code),
            ("Bank statement", product.statement_descriptor),
            ("Why not made", product.failure_message),
            ("Product", display.copied(product.public_id)),
            ("At Stripe", links.at_stripe(product.account, "products", product.stripe_id)),
            ("Created", display.when(product.created_at)),
        ],
    )


def _terms(product: Product) -> Facts:
    first = "once the first invoice is paid" if product.requires_first_payment else "at once"
    return Facts(
        title="Subscriptions to it",
        rows=[
            ("Active", first),
            ("Grace period", f"{product.grace_period_days} days"),
            ("Renewal notice", f"{product.renewal_notice_days} days before" if product.renewal_notice_days else "none"),
        ],
    )
