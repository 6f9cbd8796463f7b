"""Photos that checks upload: drawn, so that they are small and nobody's.

Each has four fields of one colour, one in each quarter, so that a picture made of it
shows which way up it is. Pillow takes 50 ms to import, so only who draws pays for it.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

Colour = str
"""A name of `_COLOURS`."""

_COLOURS = {
    "red": (220, 30, 30),
    "green": (20, 150, 40),
    "blue": (30, 40, 200),
    "yellow": (240, 220, 40),
    "white": (255, 255, 255),
    "black": (0, 0, 0),
}
FIELDS: tuple[Colour, ...] = ("red", "green", "blue", "yellow")
"""Above from left to right, then below."""
_ORIENTATION = 0x0112
# What was done to the picture that a camera stores, for each value of the EXIF tag
# Orientation: the inverse of what a viewer does to show it.
_STORED = {
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_90",
    7: "TRANSVERSE",
    8: "ROTATE_270",
}


@dataclass(frozen=True)
class Photo:
    """A file, and what somebody sees who looks at it."""

    body: bytes
    size: tuple[int, int]
    """Width and height as seen, in pixels."""
    fields: tuple[Colour, ...] = FIELDS


@dataclass(frozen=True)
class Seen:
    """What a browser shows of a picture."""

    size: tuple[int, int]
    fields: tuple[Colour, ...]
    format: str
    """As Pillow calls it: `JPEG`."""
    mode: str
    """`RGB`, `L` for grey, `CMYK`."""


def photo(
    size: tuple[int, int],
    fields: Sequence[Colour] = FIELDS,
    *,
    orientation: int = 1,
    mode: str = "RGB",
) -> Photo:
    """A JPEG; `orientation` is the EXIF tag's, with the pixels stored accordingly."""
    from PIL import Image

    picture = _drawn(size, fields).convert(mode)
    exif = Image.Exif()
    if orientation != 1:
        exif[_ORIENTATION] = orientation
        picture = picture.transpose(Image.Transpose[_STORED[orientation]])
    return Photo(_saved(picture, "JPEG", quality=85, exif=exif), size, tuple(fields))


def transparent(size: tuple[int, int], *, palette: bool = False) -> Photo:
    """A PNG whose last field is transparent, and black below that.

    Whoever looks at it on a white page sees white there.
    """
    from PIL import Image

    picture = _drawn(size, ("red", "green", "blue", "black"))
    seen = ("red", "green", "blue", "white")
    if palette:
        few = picture.quantize(8)
        hole = few.getpixel((size[0] - 1, size[1] - 1))
        return Photo(_saved(few, "PNG", transparency=hole), size, seen)
    mask = Image.new("L", size, 255)
    mask.paste(0, _quarters(size)[3])
    picture.putalpha(mask)
    return Photo(_saved(picture, "PNG"), size, seen)


def bomb() -> bytes:
    """A PNG of a few bytes that says it has 10,000 million pixels."""
    from zlib import crc32

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IEND", b"")


def seen(body: bytes) -> Seen | None:
    """What a browser shows of a file, turned as its EXIF says; None of no picture."""
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(body)) as picture:
            kind, mode = str(picture.format), picture.mode
            shown = ImageOps.exif_transpose(picture).convert("RGB")
    except OSError:
        return None
    fields = tuple(
        _named(shown, ((left + right) // 2, (above + below) // 2))
        for left, above, right, below in _quarters(shown.size)
    )
    return Seen(shown.size, fields, kind, mode)


def _drawn(size: tuple[int, int], fields: Sequence[Colour]) -> Image.Image:
    from PIL import Image

    picture = Image.new("RGB", size)
    for field, quarter in zip(fields, _quarters(size), strict=True):
        picture.paste(_COLOURS[field], quarter)
    return picture


def _quarters(size: tuple[int, int]) -> list[tuple[int, int, int, int]]:
    """Left, upper, right and lower edge of each field."""
    width, height = size
    middle, centre = max(1, width // 2), max(1, height // 2)
    return [
        (left, above, right, below)
        for above, below in ((0, centre), (height - centre, height))
        for left, right in ((0, middle), (width - middle, width))
    ]


def _saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    memory = io.BytesIO()
    picture.save(memory, kind, **options)
    return memory.getvalue()


def _named(picture: Image.Image, at: tuple[int, int]) -> Colour:
    """The colour that a pixel is nearest to: JPEG and CMYK change it a little."""
    pixel = picture.getpixel(at)
    assert isinstance(pixel, tuple)

    def distance(name: Colour) -> float:
        pairs = zip(pixel, _COLOURS[name], strict=True)
        return sum((one - other) ** 2 for one, other in pairs)

    return min(_COLOURS, key=distance)
