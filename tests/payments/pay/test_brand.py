"""A seller may choose any colour; payers can read the page whatever it is."""

import re

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from config.base.brand_colors import NIGHT, WHITE, Color
from config.base.models import LegalEntity
from payments.views import brand

parts = st.integers(0, 255)


def test_contrast_is_what_wcag_says():
    assert Color.parse("#ffffff").contrast(Color.parse("#000000")) == pytest.approx(21)
    assert Color.parse("#777777").contrast(Color.parse("#ffffff")) == pytest.approx(4.48, abs=0.01)


@settings(deadline=None)
@given(st.builds(Color, parts, parts, parts))
def test_every_colour_can_be_read_by_day_and_by_night(color):
    css = brand.style_sheet(_get(), str(color)[1:]).content.decode()

    ground, text, day, night = (Color.parse(found) for found in re.findall("#[0-9a-f]{6}", css))
    assert ground == color
    assert ground.contrast(text) >= 4.5
    assert day.contrast(WHITE) >= 4.5
    assert night.contrast(NIGHT) >= 4.5


def _get():
    return Client().request().wsgi_request


@pytest.mark.parametrize("text", ["", "red", "#12345", "#1234567", "url(x)", "#12345g"])
def test_what_is_no_colour_becomes_ours(text):
    assert brand.address(LegalEntity(brand_color=text)) == "/pay/brand/3b5bdb.css"
    assert "#3b5bdb" in Client().get("/pay/brand/x;}body{.css").content.decode()
