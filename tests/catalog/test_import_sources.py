"""Every source: taken in, again without a change, changed by an update where it differs, sold only where stated."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from catalog.imports import job, own
from catalog.imports.files import BadFile, unpacked
from catalog.imports.job import Import
from catalog.imports.report import Report
from catalog.management.commands.import_catalog import SOURCES
from catalog.models.imports import ImportRun, StagedRow
from catalog.models.product import Pack, PackCode, Price, Product, ProductSubstance, Substance, SubstanceName, Supply
from catalog.models.rating import EquivalenceRating, Medium
from tests.catalog import lists

pytestmark = pytest.mark.django_db


def take(source: str, files: list[Path], **more: Any) -> Report:
    options = {"as_of": "", "most_withdrawn": 20, "list": ""} | more
    dry_run = options.pop("dry_run", False)
    return Import(SOURCES[source](files, options), refresh=False, dry_run=dry_run).run()


def everything() -> list[Any]:
    return [list(each.objects.order_by("pk").values()) for each in (Product, Pack, PackCode, Price, Supply,
            SubstanceName, Substance, EquivalenceRating, Medium)]  # fmt: skip


@pytest.mark.parametrize("source", sorted(SOURCES))
def test_a_second_import_changes_nothing_and_a_dry_run_keeps_nothing(source: str, tmp_path: Path) -> None:
    files = lists.make(source, tmp_path)
    before = everything()
    dry = take(source, files, dry_run=True)
    assert everything() == before
    assert not ImportRun.objects.filter(source=source).exists()
    first = take(source, files)
    assert not first.refused, first.refused
    assert sum(number for kind, number in first.counts.items() if kind.endswith((".new", ".changed"))) > 0
    assert {k: n for k, n in first.counts.items() if n} == {k: n for k, n in dry.counts.items() if n}
    kept = everything()
    again = take(source, files)
    assert everything() == kept
    assert not any(n for k, n in again.counts.items() if k.endswith((".new", ".changed", ".withdrawn"))), again.counts
    assert not StagedRow.objects.exists()


def test_the_french_list_gives_class_price_code_and_groups(tmp_path: Path) -> None:
    lists.make("unii", tmp_path)
    take("bdpm", lists.make("bdpm", tmp_path))
    listed, open_, ended = (Product.objects.get(source_key=key) for key in ("60002283", "60002504", "60009999"))
    assert list(Supply.objects.order_by("product__source_key").values_list("country", "supply_class", "rule")) == [
        ("FR", "prescription_only", "fr-list"),
        ("FR", "not_supplied", "fr-nothing-said"),
        ("FR", "not_supplied", "fr-authorisation-ended"),
    ]
    assert (listed.form, listed.strength, ended.market_status) == ("Tablet", "1 mg", "withdrawn")
    assert open_.substances.get().key == "ranitidine"
    assert open_.strength == "150 mg", "of a salt and its therapeutic part the part counts"
    pack = Pack.objects.get(product=listed)
    assert (str(pack.size), pack.unit, pack.codes.get().code) == ("90.0000", "tablet", "3400949497706")
    price = Price.objects.get(pack=pack)
    assert (price.amount_minor, price.acquisition_minor, price.fee_minor, price.currency) == (
        112106,
        112004,
        102,
        "EUR",
    )
    assert {(r.product.source_key, r.group, r.code) for r in EquivalenceRating.objects.all()} == {
        ("60002283", "7", "originator"), ("60002504", "", "other dose"),
    }  # fmt: skip


def test_a_foreign_name_of_a_known_substance_is_that_substance(tmp_path: Path) -> None:
    known = Substance.objects.create(key="acetaminophen", slug="acetaminophen", name="Acetaminophen")
    SubstanceName.objects.create(substance=known, name="Paracétamol", key="paracetamol", kind="synonym", source="x")
    take("csv", lists.make("csv", tmp_path))
    assert ProductSubstance.objects.get(product__source_key="para-500").substance == known


def test_the_drug_file_rates_what_it_finds_without_doubt(tmp_path: Path) -> None:
    files = lists.make("drugsfda", tmp_path)
    report = take("drugsfda", files)
    found = {(r.product.source_key, r.code, r.status, bool(r.group)) for r in EquivalenceRating.objects.all()}
    assert found == {
        ("1-1", "AB", "prescription", True), ("2-2", "AB", "prescription", True),  # 10 mg of two makers
        ("2-3", "BX", "prescription", False), ("3-1", "", "discontinued", False),
    }  # fmt: skip
    assert EquivalenceRating.objects.filter(code="AB").values("group").distinct().count() == 1
    assert "1 listings" in report.notes[0]
    text = files[0].parent / "TE.txt"
    text.write_text(text.read_text().replace("\tBX", "\tAB"))
    assert take("drugsfda", files).of("ratings", "new") == 1, "a rating under another group"


@pytest.mark.django_db(transaction=True)
def test_a_new_cost_begins_a_price_only_where_it_changed(tmp_path: Path) -> None:
    files = lists.make("nadac", tmp_path)
    take("nadac", files)
    assert Price.objects.get().acquisition_unit_micro == 33_510
    files[0].write_text(files[0].read_text().replace("0.03351", "0.04"))
    report = take("nadac", files)
    assert report.of("prices", "changed") == 1
    assert [p.acquisition_unit_micro for p in Price.objects.order_by("valid_from")] == [33_510, 40_000]
    table = tmp_path / "nadac.csv"
    table.write_text(
        "NDC Description,NDC,NADAC Per Unit,Effective Date,Pricing Unit,As of Date\r\n"
        "BACLOFEN 10 MG TABLET,00527133001,0.0512,12/17/2025,EA,12/24/2025\r\n"
        "BACLOFEN 10 MG TABLET,00527133001,0.0500,12/10/2025,EA,12/17/2025\r\n"
        "BACLOFEN,527133001,0.1,12/10/2025,EA,12/24/2025\r\nX,00527133002,-1,12/10/2025,EA,12/24/2025\r\n"
    )
    report = take("nadac", [table])
    assert (report.of("prices", "left out"), report.of("prices", "refused")) == (1, 2)
    price = Price.objects.get(valid_until=None)
    assert (price.acquisition_unit_micro, price.source) == (51_200, "CMS NADAC of 2025-12-24")


def test_the_european_report_sells_nothing_and_keeps_what_people_decided(tmp_path: Path) -> None:
    files = lists.make("ema", tmp_path)
    report = take("ema", files)
    assert (report.of("products", "new"), report.of("products", "left out")) == (3, 2)
    good, suspended = (Product.objects.get(source_key=f"EMEA/H/C/00000{n}") for n in (1, 2))
    assert not Supply.objects.filter(product=good).exists()
    assert (suspended.market_status, Supply.objects.get(product=suspended).rule) == ("suspended", "eu-suspended")
    assert SubstanceName.objects.get().name == "Oldname"
    Supply.objects.create(product=good, country="NL", supply_class="prescription_only", rule="ours", source="us",
                          valid_from="2026-01-01")  # fmt: skip
    lists.make("ema", tmp_path, maker="Another Holder")
    assert take("ema", files).of("products", "changed") == 1
    assert Supply.objects.get(product=good).supply_class == "prescription_only"
    lists.make("ema", tmp_path, maker="Another Holder", status="Withdrawn")
    take("ema", files)
    now = Supply.objects.get(product=good, valid_until=None)
    assert (now.supply_class, now.rule) == ("not_supplied", "eu-withdrawn")


@pytest.mark.django_db(transaction=True)
def test_a_release_of_the_british_dictionary_and_the_next(tmp_path: Path) -> None:
    files = lists.make("dmd", tmp_path)
    take("dmd", files)
    free, pom, special = Product.objects.order_by("source_key")
    assert [Supply.objects.get(product=each).supply_class for each in (free, pom, special)] == [
        "general_sale", "prescription_only", "not_supplied",
    ]  # fmt: skip
    assert free.equivalence == special.equivalence
    assert (pom.form, pom.route, pom.strength, pom.excipients) == (
        "Gel",
        "Cutaneous",
        "23.2 mg/g",
        ["Propylene glycol"],
    )
    pack = Pack.objects.get(product=pom)
    assert (pack.description, pack.codes.get(system="gtin").code) == ("100 g", "05051562033802")
    assert Price.objects.get(pack=pack).acquisition_minor == 485
    lists.make("dmd", tmp_path, price="500")
    report = take("dmd", files)
    assert (report.of("prices", "changed"), report.of("packs", "changed"), report.of("products", "changed")) == (
        1,
        0,
        0,
    )


def test_ones_own_list_is_sold_only_with_a_class_and_who_says_so(tmp_path: Path) -> None:
    path = lists.make("csv", tmp_path)[0]
    take("csv", [path])
    assert Supply.objects.get(product__source_key="para-500").source == "its registration, read 2026-11-01"
    assert PackCode.objects.get(system="pzn").code == "01234562"
    assert Pack.objects.get(source_key="plasters-20-box").shelf_life_days == 1095
    rows = path.read_text().replace('"its registration, read 2026-11-01"', "")
    path.write_text(rows)
    report = take("csv", [path])
    assert [(each.line, each.reason) for each in report.refused] == [
        (3, "supply_source: who says that this is its class?")
    ]


@pytest.mark.parametrize(
    ("column", "cell", "why"),
    [
        ("code", "01234563", "check digit"), ("pack_size", "many", "not a number"), ("pack_size", "NaN", "range"),
        ("supply_class", "free", "one of"),
        ("supply_country", "Holland", "two capital"), ("kind", "toy", "one of"),
        ("atc", "PAIN", "ATC"), ("shelf", "attic", "shelf"), ("storage", "warm", "one of"),
        ("unit_cost", "x", "number"),
        ("currency", "euro", "capital"), ("picture", "javascript:alert(1)", "https"), ("max_per_order", "0", "whole"),
        ("product_code", "a b", "letters"), ("name", "", "characters"), ("weight_g", "-3", "whole"),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_refused_by_its_column(tmp_path: Path, column: str, cell: str, why: str) -> None:
    row = dict(zip(own.COLUMNS, own.EXAMPLES[1], strict=True)) | {column: cell}
    path = lists.own_csv(tmp_path, [own.EXAMPLES[0], tuple(row.values())])
    report = take("csv", [path])
    assert [each.line for each in report.refused] == [3]
    assert why in report.refused[0].reason
    assert Product.objects.count() == 1


def test_names_and_codes_go_to_substances_we_have_and_to_no_other(tmp_path: Path) -> None:
    files = lists.make("unii", tmp_path)
    take("unii", files)
    assert Substance.objects.get(key="baclofen").unii == "H789N3FKE8"
    assert set(SubstanceName.objects.values_list("substance__key", "name")) == {("baclofen", "Baclofène")}
    take("rxnorm", lists.make("rxnorm", tmp_path))
    assert Substance.objects.get(key="baclofen").rxcui == "1292"
    assert SubstanceName.objects.get(kind="brand").name == "Lioresal"


def test_a_stopped_import_goes_on_and_until_then_nothing_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "BATCH", 2)
    files = lists.make("bdpm", tmp_path)
    source = SOURCES["bdpm"](files, {"as_of": "", "most_withdrawn": 20})
    whole = type(source).rows

    def stops(self: Any) -> Any:
        for number, each in enumerate(whole(self)):
            if number == 5:
                raise KeyboardInterrupt
            yield each

    monkeypatch.setattr(type(source), "rows", stops)
    with pytest.raises(KeyboardInterrupt):
        Import(source, refresh=False).run()
    assert (Product.objects.count(), StagedRow.objects.count()) == (0, 4)
    monkeypatch.setattr(type(source), "rows", whole)
    report = take("bdpm", files)
    assert (report.resumed_at, report.of("products", "new"), report.of("packs", "new")) == ("row 5", 3, 2)
    assert not StagedRow.objects.exists()


def test_a_zip_a_folder_and_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = lists.make("bdpm", tmp_path)
    with zipfile.ZipFile(tmp_path / "fr.zip", "w") as archive:
        for path in files:
            archive.write(path, f"../../{path.name}")
    (tmp_path / "out").mkdir()
    found = unpacked([tmp_path / "fr.zip"], tmp_path / "out")
    assert {path.parent for path in found} == {tmp_path / "out"}
    call_command("import_catalog", "bdpm", str(files[0].parent), "--dry-run")
    assert "Dry run" in capsys.readouterr().out
    call_command("import_catalog", "csv", "--template")
    assert capsys.readouterr().out.startswith("product_code,name,maker")


def test_files_that_lack_most_of_what_is_listed_are_taken_for_cut(tmp_path: Path) -> None:
    rows = [(f"p{n}", f"Thing {n}", *own.EXAMPLES[0][2:15], f"k{n}", "20", "plaster", "", "", *own.EXAMPLES[0][20:])
            for n in range(40)]  # fmt: skip
    take("csv", [lists.own_csv(tmp_path, rows)])
    assert Product.objects.count() == 40
    cut = lists.own_csv(tmp_path, rows[:10])
    with pytest.raises(BadFile, match=r"lack 30 of 40 products .*--most-withdrawn 100"):
        take("csv", [cut])
    assert not Product.objects.exclude(withdrawn_at=None).exists()
    assert take("csv", [cut], most_withdrawn=100).of("products", "withdrawn") == 30
    packed = tmp_path / "own.csv.gz"
    packed.write_bytes(gzip.compress(lists.own_csv(tmp_path, rows).read_bytes())[:-20])
    with pytest.raises(BadFile, match="cut off"):
        take("csv", [packed])
    assert json.dumps(dict(ImportRun.objects.latest("pk").counts))
