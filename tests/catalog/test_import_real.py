"""The whole FDA directory, where it is at hand: read, classed, taken in, found."""

from __future__ import annotations

import gzip
import os
from collections import defaultdict
from collections.abc import Iterator
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
@pytest.mark.skipif("PHARMACY_REAL_DATA" not in os.environ, reason="takes minutes: set PHARMACY_REAL_DATA")
def test_the_whole_directory_is_taken_in_and_can_be_found() -> None:
    folder = REAL / "us-fda"
    report = FdaImport(folder / "ndc_product.txt.gz", folder / "ndc_package.txt.gz").run()
    assert report.of("products", "read") == 123_269
    assert report.of("packs", "read") == 234_207
    assert Product.objects.count() == 121_672
    assert report.of("packs", "refused") < 100
    assert search(Ask("US", text="baclofin")).instead == "baclofen"


def lines_of(name: str) -> Iterator[tuple[str, str]]:
    """The first column and the whole of each line of a file of the directory."""
    with gzip.open(REAL / "us-fda" / name, "rt", encoding="latin-1") as file:
        for line in file:
            yield line.split("\t", 1)[0], line


def append(path: Path, line: str) -> None:
    """Write a line at the end of a file."""
    with path.open("a", encoding="latin-1") as file:
        file.write(line)


@pytest.mark.slow
@pytest.mark.skipif(not (REAL / "us-fda").is_dir(), reason="the whole directory is not at hand")
def test_every_twentieth_product_of_the_directory_is_taken_in_and_can_be_found(tmp_path: Path) -> None:
    products, packs = tmp_path / "ndc_product.txt", tmp_path / "ndc_package.txt"
    kept: set[str] = set()
    for number, (key, line) in enumerate(lines_of("ndc_product.txt.gz")):
        if number % 20 == 0 or key == "PRODUCTID" or "\tbaclofen\t" in line.lower():
            kept.add(key)
            append(products, line)
    for key, line in lines_of("ndc_package.txt.gz"):
        if key in kept or key == "PRODUCTID":
            append(packs, line)

    report = FdaImport(products, packs).run()

    assert report.of("products", "read") > 6_000
    assert Product.objects.count() > 6_000
    assert report.of("packs", "refused") < 20
    assert search(Ask("US", text="baclofin")).instead == "baclofen"
