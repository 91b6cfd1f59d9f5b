"""A prescription as a customer photographs it: drawn here, nobody's."""

from __future__ import annotations

import datetime as dt
import io
import random

from PIL import Image, ImageDraw, ImageFont

_INKS = ("#0e5a48", "#7a2230", "#22406e", "#8a5a12")


def a_prescription(patient: str, medicine: str = "Baclofen 10 mg tablets", *, issued: dt.date | None = None) -> bytes:
    """A JPEG of a paper prescription; every patient's practice has its own form."""
    issued = issued or dt.date.today() - dt.timedelta(3)
    own = random.Random(patient)
    picture = Image.new("RGB", (1000, 1300), own.choice(("#e9e4d8", "#5b6266", "#b39b7c", "#2f3a3a")))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((own.randint(20, 60), own.randint(20, 80), 960, 1250), fill="#fdfcf8", outline="#8a8577", width=2)
    for _ in range(3):  # a letterhead nobody else has
        left, top = own.randint(560, 860), own.randint(90, 190)
        pen.rectangle((left, top, left + own.randint(20, 70), top + own.randint(15, 60)), fill=own.choice(_INKS))
    street = f"{own.randint(2, 98)} Court Street, Newark NJ 07102    +1 555 0142"
    pen.text((100, 100), "Riverside Family Practice", fill="#23302c", font=ImageFont.load_default(38))
    pen.text((100, 165), street, fill="#444", font=ImageFont.load_default(26))
    pen.line((100, 220, 900, 220), fill="#23302c", width=3)
    down = own.randint(0, 120)
    for at, row in enumerate((f"Patient:  {patient}", "Born:  2 May 1984", f"Date:  {issued:%d %B %Y}")):
        pen.text((100, 250 + at * 50), row, fill="#1d2b52", font=ImageFont.load_default(30))
    pen.text((100, 440 + down), "Rx", fill="#23302c", font=ImageFont.load_default(90))
    for at, row in enumerate((medicine, "1 tablet three times a day", "Quantity:  90", "Refills:  2")):
        pen.text((260, 450 + down + at * 56), row, fill="#1d2b52", font=ImageFont.load_default(34))
    pen.line((500, 1050, 900, 1050), fill="#555", width=2)
    pen.line([(530 + 12 * n, 1040 - own.randint(0, 90)) for n in range(24)], fill="#1d2b52", width=4)
    pen.text((500, 1065), "Dr. Ivy Demo, NPI 1000000004", fill="#444", font=ImageFont.load_default(26))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    return out.getvalue()
