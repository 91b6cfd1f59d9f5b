"""A prescription as a customer photographs it: drawn here, nobody's."""

from __future__ import annotations

import datetime as dt
import io

from PIL import Image, ImageDraw, ImageFont


def a_prescription(patient: str, medicine: str = "Baclofen 10 mg tablets", *, issued: dt.date | None = None) -> bytes:
    """A JPEG of a paper prescription."""
    issued = issued or dt.date.today() - dt.timedelta(3)
    picture = Image.new("RGB", (1000, 1300), "#e9e4d8")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((50, 50, 950, 1250), fill="#fdfcf8", outline="#8a8577", width=2)
    large, plain = ImageFont.load_default(44), ImageFont.load_default(30)
    pen.text((100, 100), "Riverside Family Practice", fill="#23302c", font=large)
    pen.text(
        (100, 165), "40 Court Street, Newark NJ 07102    +1 555 0142", fill="#444", font=ImageFont.load_default(26)
    )
    pen.line((100, 220, 900, 220), fill="#23302c", width=3)
    rows = (f"Patient:  {patient}", "Born:  2 May 1984", f"Date:  {issued:%d %B %Y}", "", medicine,
            "1 tablet three times a day", "Quantity:  90", "Refills:  2")  # fmt: skip
    pen.text((100, 420), "Rx", fill="#23302c", font=ImageFont.load_default(90))
    for at, row in enumerate(rows):
        pen.text((100 if at < 3 else 240, 260 + at * 52 + (0 if at < 3 else 20)), row, fill="#1d2b52", font=plain)
    pen.line((500, 1050, 900, 1050), fill="#555", width=2)
    pen.line([(530 + 12 * n, 1030 - (n * 37) % 60) for n in range(24)], fill="#1d2b52", width=4)
    pen.text((500, 1065), "Dr. Ivy Demo, NPI 1000000004", fill="#444", font=plain)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    return out.getvalue()
