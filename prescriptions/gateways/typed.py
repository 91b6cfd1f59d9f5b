"""A prescription that was typed on our page, drawn as a sheet: it goes the way of every other file."""

from __future__ import annotations

import io
import textwrap

WIDTH, HEIGHT, MARGIN, LETTER = 1240, 1754, 110, 34
PER_LINE = 58


def sheet(lines: list[str]) -> bytes:
    """A PNG of A4 at 150 dpi with the lines as they were typed, broken to fit; never more than one page."""
    from PIL import Image, ImageDraw

    page = Image.new("RGB", (WIDTH, HEIGHT), "white")
    pen = ImageDraw.Draw(page)
    at = MARGIN
    for part in [part for line in lines for part in (textwrap.wrap(line, PER_LINE) or [""])]:
        if at > HEIGHT - MARGIN:
            break
        pen.text((MARGIN, at), part, fill=(25, 25, 30), font_size=LETTER)
        at += int(LETTER * 1.6)
    out = io.BytesIO()
    page.save(out, "PNG")
    return out.getvalue()
