"""`/api/v1/products` and `/api/v1/prices`: what a storefront offers."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api import catalog_examples
from billing.api.catalog_bodies import PriceBody, PriceQuery, ProductBody, ProductQuery
from billing.models import CatalogStatus, Price, Product
from config.base.api import queries
from config.base.api.authentication import api_key
from config.base.api.pagination import PARAMETERS, CursorPages
from config.base.api.schema import MISSING, Answer, operation
from config.base.api.views import ApiViewSet
from payments.api.asking import mine

_PRICE_LOOKUPS = {
    "product": "product__public_id",
    "status": "status",
    "currency": "currency",
    "type": "type",
    "lookup_key": "lookup_key",
}
_HIDDEN = (CatalogStatus.UNKNOWN, CatalogStatus.REJECTED)


class Products(ApiViewSet):
    resource = "products"
    pagination_class = CursorPages

    @operation(
        "products_list",
        "Products, newest first",
        query=ProductQuery,
        answers=[Answer(200, ProductBody(many=True), catalog_examples.PRODUCT)],
    )
    def list(self, request: Request) -> Response:
        wanted = queries.read(request, ProductQuery, beside=PARAMETERS)
        return _page(request, _products(request).filter(**wanted), ProductBody)

    @operation(
        "products_retrieve",
        "One product",
        answers=[Answer(200, ProductBody, catalog_examples.PRODUCT)],
        refusals=MISSING,
    )
    def retrieve(self, request: Request, id: str) -> Response:
        return Response(ProductBody(mine(request, _products(request), id)).data)


class Prices(ApiViewSet):
    resource = "prices"
    pagination_class = CursorPages

    @operation(
        "prices_list",
        "Prices, newest first",
        query=PriceQuery,
        answers=[Answer(200, PriceBody(many=True), catalog_examples.PRICE)],
    )
    def list(self, request: Request) -> Response:
        wanted = queries.read(request, PriceQuery, beside=PARAMETERS)
        found = {_PRICE_LOOKUPS[name]: value for name, value in wanted.items()}
        return _page(request, _prices(request).filter(**found), PriceBody)

    @operation(
        "prices_retrieve",
        "One price",
        answers=[Answer(200, PriceBody, catalog_examples.PRICE)],
        refusals=MISSING,
    )
    def retrieve(self, request: Request, id: str) -> Response:
        return Response(PriceBody(mine(request, _prices(request), id)).data)


def _products(request: Request) -> QuerySet[Product]:
    return Product.objects.filter(account=api_key(request).account).exclude(status__in=_HIDDEN)


def _prices(request: Request) -> QuerySet[Price]:
    rows = Price.objects.filter(account=api_key(request).account).exclude(status__in=_HIDDEN)
    return rows.select_related("product").prefetch_related("currencies")


def _page(request: Request, rows: QuerySet[Any], shape: Any) -> Response:
    pages = CursorPages()
    return pages.get_paginated_response(shape(pages.paginate_queryset(rows, request), many=True).data)
