"""The seller's colour as a style sheet of its own, so that pages need no inline style."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from config.base.brand_colors import NIGHT, WHITE, Color, readable, text_on
from config.base.models import LegalEntity


def address(entity: LegalEntity) -> str:
    """Where the style sheet of this seller's colour is; it never changes behind an address."""
    return reverse("brand", args=[str(Color.parse(entity.brand_color))[1:]])


@require_safe
@cache_control(public=True, max_age=365 * 24 * 3600, immutable=True)
def style_sheet(_request: HttpRequest, color: str) -> HttpResponse:
    brand = Color.parse(f"#{color}")
    day, night = readable(brand, on=WHITE), readable(brand, on=NIGHT)
    text = (
        f":root{{--brand:{brand};--on-brand:{text_on(brand)};--brand-ink:{day}}}\n"
        f"@media (prefers-color-scheme: dark){{:root{{--brand-ink:{night}}}}}\n"
    )
    return HttpResponse(text, content_type="text/css; charset=utf-8")
