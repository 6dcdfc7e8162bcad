"""What a body names of the catalog and of a subscription, by ids."""

from typing import Any

from rest_framework.request import Request

from billing.models import Coupon, Price, PromotionCode, Subscription, SubscriptionItem
from billing.services import plan_changes
from billing.services.plan_changes import InvalidChange, ItemChange
from billing.services.subscription_terms import Item
from config.base.api.authentication import api_key
from config.base.api.errors import FieldError, ValidationFailed


def items(request: Request, wanted: list[dict[str, Any]]) -> list[Item]:
    """The prices named, with their quantities; raises ValidationFailed for one that is not there."""
    prices = _prices(request, [(f"items.{n}.price", entry["price"]) for n, entry in enumerate(wanted)])
    return [Item(prices[entry["price"]], entry["quantity"]) for entry in wanted]


def changes(request: Request, subscription: Subscription, wanted: dict[str, Any]) -> list[ItemChange]:
    """The items named, with what becomes of them; raises ValidationFailed, InvalidChange."""
    held = plan_changes.items_of(subscription)
    entries = wanted["items"] or _of_only_item(held, wanted)
    named = [(f"items.{n}.price", entry["price"]) for n, entry in enumerate(entries) if entry.get("price")]
    prices = _prices(request, named)
    return [
        ItemChange(
            item=_item(held, entry.get("id"), field=f"items.{n}.id"),
            price=prices.get(entry.get("price") or ""),
            quantity=entry["quantity"],
            is_removed=entry["remove"],
        )
        for n, entry in enumerate(entries)
    ]


def coupon(request: Request, public_id: str | None) -> Coupon | None:
    return _one(Coupon, request, public_id, field="coupon") if public_id else None


def promotion_code(request: Request, public_id: str | None) -> PromotionCode | None:
    return _one(PromotionCode, request, public_id, field="promotion_code") if public_id else None


def _of_only_item(held: list[SubscriptionItem], wanted: dict[str, Any]) -> list[dict[str, Any]]:
    if not wanted.get("price") and wanted["quantity"] is None:
        return []
    if len(held) != 1:
        raise InvalidChange("The subscription has several items: say with `items` which one to change.", param="items")
    return [{"id": held[0].public_id, "price": wanted.get("price"), "quantity": wanted["quantity"], "remove": False}]


def _item(held: list[SubscriptionItem], named: str | None, *, field: str) -> SubscriptionItem | None:
    if not named:
        return None
    for item in held:
        if named in {item.public_id, item.stripe_id}:
            return item
    raise ValidationFailed([FieldError(field, "not_found", "The subscription has no such item.")])


def _prices(request: Request, named: list[tuple[str, str]]) -> dict[str, Price]:
    rows = Price.objects.filter(account=api_key(request).account, public_id__in=[name for _, name in named])
    found = {price.public_id: price for price in rows.select_related("product").prefetch_related("currencies")}
    if missing := [field for field, name in named if name not in found]:
        raise ValidationFailed([FieldError(field, "not_found", "There is no such price.") for field in missing])
    return found


def _one(model: Any, request: Request, public_id: str, *, field: str) -> Any:
    row = model.objects.filter(account=api_key(request).account, public_id=public_id, status="active").first()
    if row is None:
        raise ValidationFailed([FieldError(field, "not_found", f"There is no such {field.replace('_', ' ')}.")])
    return row


def prices_of_lines(request: Request, lines: list[dict[str, Any]]) -> dict[str, Price]:
    """The prices that an invoice's lines name, by id; raises ValidationFailed for one that is not there."""
    return _prices(request, [(f"lines.{n}.price", line["price"]) for n, line in enumerate(lines) if line["price"]])


def discounts(request: Request, wanted: list[dict[str, Any]]) -> list[Coupon | PromotionCode]:
    """The coupons and promotion codes named; raises ValidationFailed for one that is not there, or not one thing."""
    for position, entry in enumerate(wanted):
        if bool(entry["coupon"]) == bool(entry["promotion_code"]):
            text = "Give a coupon, or a promotion code."
            raise ValidationFailed([FieldError(f"discounts.{position}", "contradiction", text)])
    found = [coupon(request, entry["coupon"]) or promotion_code(request, entry["promotion_code"]) for entry in wanted]
    return [one for one in found if one]
