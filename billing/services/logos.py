"""Logos: PNG alone, and of a PNG only what draws it.

SVG is refused: it may carry scripts and links, browsers run them, and no mail program shows it anyway.
"""

import struct
import zlib
from collections.abc import Iterator

LONGEST_SIDE = 2000
MAXIMUM_BYTES = 256 * 1024
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEPT = {b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"sRGB", b"IDAT", b"IEND"}
_HEAD = struct.Struct(">I4s")
_HEADER = struct.Struct(">IIBBBBB")
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # a pixel, by colour type: grey, RGB, palette, grey and alpha, RGBA


class NoPicture(ValueError):
    """Why a file cannot be a logo; the words are for staff."""


def cleaned(content: bytes) -> bytes:
    """The PNG without text, profiles and what may hide behind its end; raises NoPicture."""
    if len(content) > MAXIMUM_BYTES:
        raise NoPicture(f"The file is larger than {MAXIMUM_BYTES // 1024} KB.")
    if not content.startswith(_SIGNATURE):
        raise NoPicture("Choose a PNG file.")
    chunks = list(_chunks(content))
    names = [name for name, _ in chunks]
    if not names or names[0] != b"IHDR" or names[-1] != b"IEND" or b"IDAT" not in names:
        raise NoPicture("The file is not a whole PNG.")
    _refuse_undrawable(chunks[0][1], b"".join(body for name, body in chunks if name == b"IDAT"))
    return _SIGNATURE + b"".join(_packed(name, body) for name, body in chunks if name in _KEPT)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Names and bodies up to the end of the picture."""
    at = len(_SIGNATURE)
    while at + _HEAD.size + 4 <= len(content):
        length, name = _HEAD.unpack_from(content, at)
        body = content[at + _HEAD.size : at + _HEAD.size + length]
        check = content[at + _HEAD.size + length : at + _HEAD.size + length + 4]
        if len(body) != length or check != struct.pack(">I", zlib.crc32(name + body)):
            raise NoPicture("The file is damaged.")
        yield name, body
        if name == b"IEND":
            return
        at += _HEAD.size + length + 4


def _refuse_undrawable(header: bytes, packed: bytes) -> None:
    """Read the pixels, and no more than the header promises: a few bytes may unpack to gigabytes."""
    width, height, depth, kind, _, _, interlaced = _HEADER.unpack(header) if len(header) == _HEADER.size else (0,) * 7
    if not (0 < width <= LONGEST_SIDE and 0 < height <= LONGEST_SIDE):
        raise NoPicture(f"The picture must be at most {LONGEST_SIDE} pixels wide and high.")
    if interlaced:
        raise NoPicture("Save the picture without interlacing.")
    expected = height * (1 + (width * depth * _SAMPLES.get(kind, 0) + 7) // 8)
    try:
        unpacking = zlib.decompressobj()
        pixels = unpacking.decompress(packed, expected + 1)
    except zlib.error:
        raise NoPicture("The file is damaged.") from None
    if len(pixels) != expected:
        raise NoPicture("The file is damaged.")


def _packed(name: bytes, body: bytes) -> bytes:
    return _HEAD.pack(len(body), name) + body + struct.pack(">I", zlib.crc32(name + body))
