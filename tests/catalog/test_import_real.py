"""The whole FDA directory, where it is at hand: read, classed, taken in, found."""

from __future__ import annotations

import os
from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest

from catalog.imports.fda import PRODUCT_COLUMNS, FdaImport
from catalog.imports.fda_rows import classed
from catalog.imports.files import rows
from catalog.models.product import Product
from catalog.queries.search import Ask, search
from catalog.rules.names import moiety

pytestmark = pytest.mark.django_db(transaction=True)

REAL = Path(os.environ.get("PHARMACY_REAL_DATA", Path(__file__).parents[3] / "shared" / "data"))


@pytest.mark.slow
@pytest.mark.skipif(not (REAL / "us-fda").is_dir(), reason="the whole directory is not at hand")
def test_a_schedule_that_a_listing_leaves_out_sets_nothing_free() -> None:
    scheduled: dict[str, list[bool]] = defaultdict(list)
    sold: dict[str, str] = {}
    for _, row in rows(REAL / "us-fda" / "ndc_product.txt.gz", needs=PRODUCT_COLUMNS):
        assert isinstance(row, dict)
        moieties = {moiety(each) for each in row["SUBSTANCENAME"].split(";") if each.strip()}
        if len(moieties) == 1:
            scheduled[min(moieties)].append(bool(row["DEASCHEDULE"].strip()))
        if classed(row, on=date(2019, 5, 1)).supply_class.can_be_asked_for:
            sold |= dict.fromkeys(moieties, row["PRODUCTNDC"])
    mostly = {name for name, said in scheduled.items() if len(said) > 1 and sum(said) * 2 >= len(said)}
    assert len(mostly) > 50
    assert {name: sold[name] for name in mostly if name in sold} == {}


@pytest.mark.slow
@pytest.mark.skipif(not (REAL / "us-fda").is_dir(), reason="the whole directory is not at hand")
def test_the_whole_directory_is_taken_in_and_can_be_found() -> None:
    folder = REAL / "us-fda"
    report = FdaImport(folder / "ndc_product.txt.gz", folder / "ndc_package.txt.gz").run()
    assert report.of("products", "read") == 123_269
    assert report.of("packs", "read") == 234_207
    assert Product.objects.count() == 121_672
    assert report.of("packs", "refused") < 100
    assert search(Ask("US", text="baclofin")).instead == "baclofen"
