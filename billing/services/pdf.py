"""Paper to PDF: for archives (PDF/A-2a) and for screen readers (PDF/UA-1), the same bytes for the same paper.

The template reads the paper as data, so nothing that a customer or a colleague wrote is ever read as markup. It finds
no other file, no system font and no network.
"""

import json
import struct
from base64 import b64encode
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

import typst
from django.conf import settings

from billing.services.paper import Paper

NAME = "paper"
VERSION = 1
TEMPLATE = f"{NAME} {VERSION}"
_FOLDER = "documents"
# Full-width signs of Japanese amounts and periods, which our fonts have in their usual width.
_NEAREST = {0xFFE5: "\u00a5", 0xFF5E: "\u301c"}
_STANDARDS = ["ua-1", "a-2a"]


class Unprintable(ValueError):
    """The paper cannot be set. Our own template is proven by tests, and logos when they are chosen."""


def render(paper: Paper, *, logo: bytes | None = None) -> bytes:
    """The paper as a PDF; raises Unprintable.

    The standards forbid characters that no font has, such as an emoji in a name: a paper with one is set without them.
    """
    text = json.dumps(asdict(paper), ensure_ascii=False).translate(_NEAREST)
    sources = {"main": _template(), "paper.json": text.encode("utf-8", "replace")}
    if logo:
        sources["logo.svg"] = _framed(logo)
    try:
        return _compiled(sources, paper.moment, _STANDARDS)
    except typst.TypstError:
        try:
            return _compiled(sources, paper.moment, [])
        except typst.TypstError as error:
            raise Unprintable(error.message) from error


def _framed(logo: bytes) -> bytes:
    """The PNG in an SVG of its size: sources are text."""
    width, height = struct.unpack_from(">II", logo, 16)
    picture = f'<image width="{width}" height="{height}" href="data:image/png;base64,{b64encode(logo).decode()}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">{picture}</svg>'.encode()


def _compiled(sources: dict[str, bytes], moment: int, standards: list[str]) -> bytes:
    made = typst.compile(  # type: ignore[call-overload]
        sources, format="pdf", font_paths=_fonts(), pdf_standards=standards, timestamp=moment
    )
    return bytes(made)


@lru_cache(maxsize=1)
def _template() -> bytes:
    return (_folder() / f"{NAME}.typ").read_bytes()


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(_folder() / "fonts")])


def _folder() -> Path:
    return Path(settings.TEMPLATES[0]["DIRS"][0]) / _FOLDER
