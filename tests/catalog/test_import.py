"""Importing the FDA directory: twice, broken off, broken rows; the whole of it where it is at hand."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from catalog.demo.load import load
from catalog.demo.sources import FILES
from catalog.imports import fda
from catalog.imports.fda import PACK_COLUMNS, PRODUCT_COLUMNS, FdaImport
from catalog.imports.files import BadFile, rows
from catalog.models.imports import ImportRefusal, ImportRun
from catalog.models.product import Pack, Price, Product, Supply
from catalog.models.search import SearchEntry
from catalog.models.stock import Lot
from catalog.queries.search import Ask, search
from tests.house import broken_rules

pytestmark = pytest.mark.django_db(transaction=True)

BACLOFEN = {
    "PRODUCTID": "0527-1330_a", "PRODUCTNDC": "0527-1330", "PRODUCTTYPENAME": "HUMAN PRESCRIPTION DRUG",
    "PROPRIETARYNAME": "Baclofen", "NONPROPRIETARYNAME": "baclofen", "DOSAGEFORMNAME": "TABLET", "ROUTENAME": "ORAL",
    "STARTMARKETINGDATE": "20070701", "MARKETINGCATEGORYNAME": "ANDA", "APPLICATIONNUMBER": "ANDA078220",
    "LABELERNAME": "Lannett Company, Inc.", "SUBSTANCENAME": "BACLOFEN", "ACTIVE_NUMERATOR_STRENGTH": "10",
    "ACTIVE_INGRED_UNIT": "mg/1", "NDC_EXCLUDE_FLAG": "N", "LISTING_RECORD_CERTIFIED_THROUGH": "20191231",
}  # fmt: skip
BOTTLE = {
    "PRODUCTNDC": "0527-1330", "NDCPACKAGECODE": "0527-1330-01", "SAMPLE_PACKAGE": "N",
    "PACKAGEDESCRIPTION": "100 TABLET in 1 BOTTLE (0527-1330-01) ", "STARTMARKETINGDATE": "20070701",
}  # fmt: skip


def table(path: Path, columns: tuple[str, ...], rows: list[Any]) -> Path:
    """A file as the FDA writes it: tabs, CRLF, Windows-1252. A row that is a text is written as it is."""
    lines = ["\t".join(columns)]
    lines += [row if isinstance(row, str) else "\t".join(row.get(name, "") for name in columns) for row in rows]
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode("cp1252"))
    return path


@pytest.fixture
def files(tmp_path: Path) -> Any:
    """Makes a pair of files from rows."""

    def make(products: list[Any], packs: list[Any], **more: Any) -> FdaImport:
        return FdaImport(
            table(tmp_path / "product.txt", PRODUCT_COLUMNS, products),
            table(tmp_path / "package.txt", PACK_COLUMNS, packs),
            **more,
        )

    return make


def test_a_second_import_of_the_same_files_changes_nothing(files: Any) -> None:
    first = files([BACLOFEN], [BOTTLE]).run()
    assert (first.of("products", "new"), first.of("packs", "new")) == (1, 1)
    before = list(Product.objects.values()) + list(Pack.objects.values()) + list(Supply.objects.values())
    second = files([BACLOFEN], [BOTTLE]).run()
    assert (second.of("products", "unchanged"), second.of("packs", "unchanged")) == (1, 1)
    assert second.of("products", "new") + second.of("products", "changed") + second.of("packs", "changed") == 0
    assert before == list(Product.objects.values()) + list(Pack.objects.values()) + list(Supply.objects.values())


def test_a_changed_row_changes_its_product_and_a_missing_one_is_withdrawn(files: Any) -> None:
    other = BACLOFEN | {"PRODUCTNDC": "0527-1337", "PRODUCTID": "0527-1337_a", "ACTIVE_NUMERATOR_STRENGTH": "20"}
    files([BACLOFEN, other], [BOTTLE]).run()
    report = files([BACLOFEN | {"LABELERNAME": "Somebody Else"}], [BOTTLE]).run()
    assert (report.of("products", "changed"), report.of("products", "withdrawn")) == (1, 1)
    assert Product.objects.get(source_key="0527-1330").labeler == "Somebody Else"
    assert Product.objects.get(source_key="0527-1337").withdrawn_at is not None
    assert not SearchEntry.objects.filter(product__source_key="0527-1337").exists()
    assert files([BACLOFEN, other], [BOTTLE]).run().of("products", "changed") == 2


def test_an_insulin_of_the_directory_travels_cold_and_a_tablet_does_not(files: Any) -> None:
    insulin = BACLOFEN | {"PRODUCTNDC": "0002-8315", "PRODUCTID": "i", "SUBSTANCENAME": "INSULIN HUMAN",
                          "NONPROPRIETARYNAME": "Insulin human", "ROUTENAME": "SUBCUTANEOUS"}  # fmt: skip
    vial = BOTTLE | {"PRODUCTNDC": "0002-8315", "NDCPACKAGECODE": "0002-8315-01",
                     "PACKAGEDESCRIPTION": "10 mL in 1 VIAL (0002-8315-01) "}  # fmt: skip
    files([insulin, BACLOFEN], [vial, BOTTLE]).run()
    assert dict(Pack.objects.values_list("source_key", "storage")) == {
        "0002-8315-01": "cold_2_8", "0527-1330-01": "ambient",
    }  # fmt: skip


def test_a_changed_class_ends_the_old_one(files: Any) -> None:
    files([BACLOFEN], [BOTTLE]).run()
    Supply.objects.update(valid_from="2020-01-01")
    files([BACLOFEN | {"DEASCHEDULE": "CIV"}], [BOTTLE]).run()
    assert list(Supply.objects.order_by("valid_from").values_list("supply_class", flat=True)) == [
        "prescription_only",
        "controlled",
    ]
    assert SearchEntry.objects.get().supply_class == "controlled"


def test_broken_rows_are_refused_with_their_line_and_the_rest_goes_on(files: Any) -> None:
    packs = [
        "too\tfew",
        BOTTLE | {"NDCPACKAGECODE": "0527-1330", "PACKAGEDESCRIPTION": "x"},
        BOTTLE | {"NDCPACKAGECODE": "0527-1330-02", "PACKAGEDESCRIPTION": "0 TABLET in 1 BOTTLE"},
        BOTTLE | {"NDCPACKAGECODE": "0527-9999-01", "PRODUCTNDC": "0527-9999"},
        BOTTLE,
        BOTTLE,
    ]
    report = files(["only\ttwo", BACLOFEN | {"PRODUCTNDC": "nonsense"}, BACLOFEN], packs).run()
    assert Product.objects.count() == Pack.objects.count() == 1
    assert [(each.file, each.line) for each in report.refused] == [
        ("products", 2), ("products", 3), ("packs", 2), ("packs", 3), ("packs", 4), ("packs", 5), ("packs", 7),
    ]  # fmt: skip
    assert ImportRefusal.objects.count() == 7


def test_two_listings_of_one_code_become_one_product_of_the_stricter_class(files: Any) -> None:
    again = BACLOFEN | {
        "PRODUCTID": "0527-1330_b",
        "DEASCHEDULE": "CIV",
        "LISTING_RECORD_CERTIFIED_THROUGH": "20181231",
    }
    report = files([again, BACLOFEN], [BOTTLE]).run()
    assert report.of("products", "merged") == 1
    assert Product.objects.count() == 1
    assert Supply.objects.get().supply_class == "controlled"


def test_a_listing_that_was_not_certified_is_shown_and_not_sold_with_the_reason(files: Any, client: Client) -> None:
    files([BACLOFEN], [BOTTLE]).run()
    files([BACLOFEN | {"NDC_EXCLUDE_FLAG": "E"}], [BOTTLE]).run()

    assert list(Supply.objects.values_list("supply_class", "rule")) == [("not_supplied", "us-listing-not-certified")]
    page = client.get(f"/products/{Product.objects.get().slug}/").content.decode()
    assert "Its maker did not certify its listing with the FDA again" in page
    assert "Rule us-listing-not-certified, from FDA National Drug Code directory" in page
    assert "Send a prescription" not in page


def test_an_old_listing_that_lapsed_takes_nothing_from_the_one_that_followed_it(files: Any) -> None:
    lapsed = BACLOFEN | {"PRODUCTID": "0527-1330_b", "NDC_EXCLUDE_FLAG": "E",
                         "LISTING_RECORD_CERTIFIED_THROUGH": "20171231"}  # fmt: skip
    files([lapsed, BACLOFEN], [BOTTLE]).run()
    assert Supply.objects.get().supply_class == "prescription_only"

    files([lapsed | {"DEASCHEDULE": "CIV"}, BACLOFEN], [BOTTLE]).run()
    assert Supply.objects.filter(valid_until=None).get().supply_class == "controlled"


def test_a_pack_that_left_the_directory_is_left_out(files: Any, tmp_path: Path) -> None:
    half = BOTTLE | {"NDCPACKAGECODE": "0527-1330-02", "PACKAGEDESCRIPTION": "50 TABLET in 1 BOTTLE (0527-1330-02) "}
    files([BACLOFEN], [BOTTLE, half]).run()
    again = files([BACLOFEN], [], most_withdrawn=100)
    table(again.packs, (*PACK_COLUMNS, "NDC_EXCLUDE_FLAG"),
          [BOTTLE | {"NDC_EXCLUDE_FLAG": "N"}, half | {"NDC_EXCLUDE_FLAG": "E"}])  # fmt: skip

    report = again.run()

    assert (report.of("packs", "left out"), report.of("packs", "withdrawn")) == (1, 1)
    assert list(Pack.objects.filter(withdrawn_at=None).values_list("source_key", flat=True)) == ["0527-1330-01"]


def test_release_that_lasts_makes_no_equals_of_listings_that_lapsed(files: Any) -> None:
    slow = BACLOFEN | {"DOSAGEFORMNAME": "TABLET, EXTENDED RELEASE", "NDC_EXCLUDE_FLAG": "E"}
    files([slow], [BOTTLE]).run()
    assert Product.objects.get().equivalence == ""


def test_an_import_that_was_broken_off_goes_on_where_it_was(files: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    products = [
        BACLOFEN | {"PRODUCTNDC": f"0527-{n}", "PRODUCTID": f"0527-{n}_a"} for n in range(1330, 1340)
    ]  # fmt: skip
    monkeypatch.setattr(fda, "BATCH", 3)
    merged: list[int] = []
    plain = fda.merge_products

    def stops(rows: Any, **more: Any) -> Any:
        merged.append(len(rows))
        if len(merged) == 3:
            raise KeyboardInterrupt
        return plain(rows, **more)

    monkeypatch.setattr(fda, "merge_products", stops)
    with pytest.raises(KeyboardInterrupt):
        files(products, [BOTTLE]).run()
    assert Product.objects.count() == 6
    monkeypatch.setattr(fda, "merge_products", plain)
    report = files(products, [BOTTLE]).run()
    assert report.resumed_at == "products, line 7"
    assert (report.of("products", "new"), Product.objects.count()) == (4, 10)
    assert ImportRun.objects.get().finished_at is not None


def test_files_that_were_stopped_half_way_begin_anew_after_others_were_taken_in(
    files: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = [BACLOFEN | {"PRODUCTNDC": f"0527-{n}", "PRODUCTID": f"{n}", "LABELERNAME": "Old"} for n in range(1330, 1336)]
    monkeypatch.setattr(fda, "BATCH", 3)
    plain = fda.FdaImport._import_packs

    def stops(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(fda.FdaImport, "_import_packs", stops)
    with pytest.raises(KeyboardInterrupt):
        files(old, [BOTTLE]).run()
    monkeypatch.setattr(fda.FdaImport, "_import_packs", plain)
    files([row | {"LABELERNAME": "New"} for row in old], [BOTTLE]).run()
    assert set(Product.objects.values_list("labeler", flat=True)) == {"New"}
    files(old, [BOTTLE]).run()
    assert set(Product.objects.values_list("labeler", flat=True)) == {"Old"}


def test_two_slow_medicines_of_one_strength_are_not_the_same_for_being_alike(files: Any) -> None:
    def key_of(**facts: str) -> str:
        row = BACLOFEN | {"SUBSTANCENAME": "BUPROPION HYDROCHLORIDE", "DOSAGEFORMNAME": "TABLET"} | facts
        files([row], []).run()
        return Product.objects.get().equivalence

    slow = {"DOSAGEFORMNAME": "TABLET, FILM COATED, EXTENDED RELEASE"}
    assert key_of() == key_of(DOSAGEFORMNAME="TABLET, FILM COATED") != ""
    assert key_of(**slow) == ""
    assert key_of() != key_of(DOSAGEFORMNAME="TABLET, FOR SUSPENSION")
    assert key_of(DOSAGEFORMNAME="TABLET, DELAYED RELEASE") != key_of(
        DOSAGEFORMNAME="TABLET, ORALLY DISINTEGRATING, DELAYED RELEASE"
    )
    otc = {"PRODUCTTYPENAME": "HUMAN OTC DRUG", "SUBSTANCENAME": "GUAIFENESIN"}
    assert key_of(**slow, **otc) != ""


def test_a_kit_holds_what_its_name_lists_or_nothing_that_is_known(files: Any) -> None:
    others = [BACLOFEN | {"PRODUCTNDC": f"0527-{n}", "PRODUCTID": f"{n}", "SUBSTANCENAME": name}
              for n, name in ((1001, "ACETAMINOPHEN"), (1002, "DOXYLAMINE SUCCINATE"))]  # fmt: skip
    kit = BACLOFEN | {"PRODUCTNDC": "0363-0555", "PRODUCTID": "k", "SUBSTANCENAME": "", "DOSAGEFORMNAME": "KIT",
                      "NONPROPRIETARYNAME": "Acetaminophen, Doxylamine Succinate and acetaminophen"}  # fmt: skip
    odd = kit | {"PRODUCTNDC": "0363-0556", "PRODUCTID": "o", "NONPROPRIETARYNAME": "Acetaminophen and surprises"}
    files([kit, odd, *others], []).run()
    held = Product.objects.get(source_key="0363-0555")
    assert set(held.substances.values_list("key", flat=True)) == {"acetaminophen", "doxylamine"}
    assert held.equivalence == ""
    assert not Product.objects.get(source_key="0363-0556").substances.exists()


def test_costs_that_come_with_the_directory_are_read_as_their_own_importer_reads_them(
    files: Any, tmp_path: Path
) -> None:
    lines = [{"n": "00527133001", "p": "0.03", "u": "EA"}, {"n": "00527133001", "p": "0.09", "u": "EA"},
             {"n": "527", "p": "1", "u": "EA"}]  # fmt: skip
    path = tmp_path / "nadac.json"
    path.write_text(json.dumps({"date": "2025-12-17", "d": {"BACLOFEN": {"l": lines}}}))
    report = files([BACLOFEN], [BOTTLE], nadac=path).run()
    assert Price.objects.get().acquisition_unit_micro == 30_000
    assert [(each.file, each.line, each.key) for each in report.refused] == [("costs", 3, "527")]


def test_a_dry_run_keeps_nothing_and_says_what_it_would_do(files: Any) -> None:
    report = files([BACLOFEN], [BOTTLE], dry_run=True).run()
    assert (report.of("products", "new"), report.of("packs", "new")) == (1, 1)
    assert not Product.objects.exists()
    assert not ImportRun.objects.exists()


def test_gzipped_files_and_letters_beyond_ascii_are_read(files: Any, tmp_path: Path) -> None:
    job = files([BACLOFEN | {"LABELERNAME": "Laboratoires Pérouse"}], [BOTTLE])
    packed = tmp_path / "product.txt.gz"
    packed.write_bytes(gzip.compress(job.products.read_bytes()))
    FdaImport(packed, job.packs).run()
    assert Product.objects.get().labeler == "Laboratoires Pérouse"


def test_a_directory_in_other_letters_is_read_whichever_line_they_stand_on(files: Any) -> None:
    others = [BACLOFEN | {"PRODUCTNDC": f"0527-{n}", "PRODUCTID": f"{n}"} for n in range(2000, 9900)]
    for letters in ("utf-8", "cp1252"):
        job = files([*others, BACLOFEN | {"LABELERNAME": "Laboratoires Pérouse"}], [BOTTLE], dry_run=True)
        text = job.products.read_bytes().decode("cp1252")
        job.products.write_bytes(text.encode(letters))
        assert job.products.stat().st_size > 1 << 20, "the accent stands beyond the first block"
        last = [row for _, row in rows(job.products, needs=("LABELERNAME",))][-1]
        assert isinstance(last, dict)
        assert last["LABELERNAME"] == "Laboratoires Pérouse"


def test_a_file_of_another_kind_is_refused_in_words(files: Any, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("a,b,c\n1,2,3\n")
    with pytest.raises(BadFile, match="lacks"):
        FdaImport(other, other).run()
    with pytest.raises(CommandError, match="lacks"):
        call_command("import_catalog", "fda-ndc", str(other), str(other))
    with pytest.raises(CommandError, match="not a file"):
        call_command("import_catalog", "fda-ndc", "/nowhere", str(other))


def test_the_demonstration_has_what_it_promises_and_loads_twice_alike() -> None:
    load()
    counts = Product.objects.count(), Pack.objects.count(), Price.objects.count(), Lot.objects.count()
    assert counts[1] >= 2_000
    load()
    assert counts == (Product.objects.count(), Pack.objects.count(), Price.objects.count(), Lot.objects.count())
    for name in ("baclofen", "cyclobenzaprine", "methocarbamol", "orphenadrine", "Lioresal", "Flexeril", "Amrix",
                 "Robaxin", "Norflex", "Tylenol", "Advil"):  # fmt: skip
        assert search(Ask("US", text=name)).hits, name
    assert Lot.objects.filter(number="DEMO-SOON").exists()
    assert Lot.objects.filter(number="DEMO-EXPIRED").exists()
    assert Lot.objects.filter(number="DEMO-HELD", state="held").exists()
    assert broken_rules() == {}
    assert sum(path.stat().st_size for path in FILES.iterdir()) <= 2_000_000
