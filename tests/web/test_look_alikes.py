"""Names that look alike stand in tall-man letters and name what they are mistaken for."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest
from django.template import Context, Template

from pharmacy.web.look_alikes import TALL, mistaken_for, tall_man

LISTED = Path(os.environ.get("PHARMACY_REAL_DATA", "")) / "search" / "tall_man_lasa_names.csv"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Hydralazine hydrochloride 25 mg", "hydrALAZINE hydrochloride 25 mg"),
        ("PREDNISONE", "predniSONE"),
        ("Nifedipine ER and nicardipine", "NIFEdipine ER and niCARdipine"),
        ("Baclofen", "Baclofen"),
        ("Prednisonex", "Prednisonex"),
    ],
)
def test_listed_names_stand_in_tall_man_letters(written: str, shown: str) -> None:
    assert tall_man(written) == shown


def test_a_name_says_what_it_is_mistaken_for() -> None:
    assert mistaken_for("Hydroxyzine pamoate") == ("hydrALAZINE", "HYDROmorphone")
    assert mistaken_for("Prednisone", "prednisolone") == ()
    assert mistaken_for("Baclofen", "") == ()
    shown = Template("{% load look %}{% looks_like name %}").render(Context({"name": "Glipizide"}))
    assert "Looks like glyBURIDE, and is another medicine." in shown


@pytest.mark.skipif(not LISTED.is_file(), reason="the published lists are not at hand")
def test_every_name_of_the_published_list_is_known() -> None:
    with LISTED.open(encoding="utf-8", newline="") as text:
        rows = [row for row in csv.DictReader(text) if row["list"] == "FDA 2016"]
    assert {row["name"]: row["tall_man"] for row in rows} == TALL
