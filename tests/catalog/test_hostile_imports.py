"""Files that are cut, mixed up, doubled, in the wrong letters or meant to hurt: a report, and nothing half-loaded."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from catalog.imports import files, own
from catalog.imports.fda import PACK_COLUMNS, PRODUCT_COLUMNS, FdaImport
from catalog.imports.files import LONGEST_LINE, BadFile
from catalog.imports.interactions.load import InteractionsImport
from catalog.imports.job import Import
from catalog.imports.labels import LabelImport
from catalog.imports.markup import records
from catalog.imports.names import NamesImport
from catalog.management.commands.import_catalog import SOURCES
from catalog.models.imports import StagedRow
from catalog.models.interaction import Interaction, InteractionRule
from catalog.models.label import Label
from catalog.models.product import Pack, Price, Product, Substance, SubstanceName
from catalog.models.rating import EquivalenceRating
from tests.catalog import lists
from tests.catalog.test_import import BACLOFEN, BOTTLE, table
from tests.catalog.test_interaction_sources import INDEX, entry
from tests.catalog.test_label_texts import RAW, SET_ID, SPL

pytestmark = pytest.mark.django_db
OPTIONS = {"as_of": "2026-11-01", "most_withdrawn": 20, "list": ""}


def take(source: str, paths: list[Path]) -> Any:
    return Import(SOURCES[source](paths, OPTIONS), refresh=False).run()


def loaded() -> tuple[int, ...]:
    return tuple(each.objects.count() for each in (Product, Pack, Price, EquivalenceRating))


def shortened(text: bytes) -> bytes:
    return text[: len(text) * 2 // 3]


def as_utf16(text: bytes) -> bytes:
    return text.decode("latin-1").encode("utf-16")


def with_nuls(text: bytes) -> bytes:
    return text.replace(b"e", b"\0")


def one_long_line(text: bytes) -> bytes:
    return text + b"x" * (LONGEST_LINE * 2) + b"\n"


def noise(text: bytes) -> bytes:
    return bytes((n * 97 + 13) % 256 for n in range(4_000))


def nothing(text: bytes) -> bytes:
    return b""


def cut_gzip(text: bytes) -> bytes:
    return gzip.compress(text)[:-9]


def extra_columns(text: bytes) -> bytes:
    return text.replace(b"\n", b"\tmore\t,more\n")


def in_latin1(text: bytes) -> bytes:
    return text.replace(b"ofe", b"of\xe9").replace(b"ne", b"n\xe9")


DAMAGES = [shortened, as_utf16, with_nuls, one_long_line, noise, nothing, cut_gzip, extra_columns, in_latin1]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda each: str(each.__name__))
@pytest.mark.parametrize("source", sorted(SOURCES))
def test_a_damaged_file_is_reported_and_leaves_what_was_there(
    source: str, damage: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    paths = lists.make(source, tmp_path)
    take(source, paths)
    before = loaded()
    for path in paths:
        path.write_bytes(damage(path.read_bytes()))
    try:
        report = take(source, paths)
    except BadFile:
        assert loaded() == before
    else:
        assert all(each.reason for each in report.refused)
        assert not StagedRow.objects.exists()


def some_names(place: Path) -> Callable[[], Any]:
    Substance.objects.get_or_create(key="baclofen", defaults={"slug": "baclofen", "name": "Baclofen"})
    path = place / "names.csv"
    path.write_text("variant,canonical,is_brand\nLioresal,baclofen,True\nBaclofene,baclofen,False\n")
    return NamesImport([path]).run


def some_labels(place: Path) -> Callable[[], Any]:
    path = place / "labels.jsonl"
    path.write_text(
        "".join(json.dumps({**RAW, "set_id": f"00c6c924-ddfd-4a75-afd7-{n:012d}"}) + "\n" for n in range(3))
    )
    return LabelImport("openfda-labels", [path], refresh=False).run


def an_spl(place: Path) -> Callable[[], Any]:
    path = place / "label.xml"
    path.write_text(SPL.format(dtd="", text="Take one tablet.", id=SET_ID), encoding="utf-8")
    return LabelImport("spl", [path], refresh=False).run


def some_interactions(place: Path) -> Callable[[], Any]:
    (place / "index.json").write_text(json.dumps(INDEX))
    (place / "thesaurus.json").write_text(json.dumps([entry("WARFARINE", "AMIODARONE", ("CONTRE-INDICATION", ""))]))
    (place / "pairs.csv").write_text(
        "drug1,object,drug2,precipitant,severity,uri,label\n1,warfarin,2,sotalol,Critical,http://x/1,x\n"
    )
    return InteractionsImport(sorted(place.iterdir())).run


def a_directory(place: Path) -> Callable[[], Any]:
    products = table(place / "product.txt", PRODUCT_COLUMNS, [BACLOFEN])
    packs = table(place / "package.txt", PACK_COLUMNS, [BOTTLE])
    return FdaImport(products, packs, refresh=False).run


OTHERS = [some_names, some_labels, an_spl, some_interactions, a_directory]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("damage", DAMAGES, ids=lambda each: str(each.__name__))
@pytest.mark.parametrize("made", OTHERS, ids=lambda each: str(each.__name__))
def test_damaged_files_of_the_other_importers_end_in_words_too(
    made: Callable[[Path], Callable[[], Any]], damage: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    run = made(tmp_path)
    run()
    kept = (Product, Pack, Label, SubstanceName, InteractionRule, Interaction)
    before = [each.objects.count() for each in kept]
    for path in tmp_path.iterdir():
        path.write_bytes(damage(path.read_bytes()))
    try:
        report = run()
    except BadFile:
        assert [each.objects.count() for each in kept] == before
    else:
        assert all(each.reason for each in report.refused)


@pytest.mark.parametrize("source", ["bdpm", "csv", "drugsfda", "ema", "unii"])
def test_the_order_of_rows_and_doubled_rows_make_no_difference(source: str, tmp_path: Path) -> None:
    paths = lists.make(source, tmp_path)
    take(source, paths)
    before = loaded()
    for path in paths:
        lines = path.read_bytes().splitlines(keepends=True)
        head, body = ([], lines) if source == "bdpm" else (lines[:1], lines[1:])
        path.write_bytes(b"".join([*head, *(each.rstrip(b"\r\n") + b"\r\n" for each in [*reversed(body), *body])]))
    report = take(source, paths)
    assert loaded() == before
    assert not any(n for k, n in report.counts.items() if k.endswith((".new", ".changed", ".withdrawn"))), report.counts


BOMB = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><LOOKUP><NM>&c;</NM></LOOKUP>"""
OUTSIDE = (
    """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><LOOKUP><NM>&e;</NM></LOOKUP>"""
)
REMOTE = """<!DOCTYPE LOOKUP SYSTEM "http://localhost:1/x.dtd"><LOOKUP/>"""
DEEP = "<LOOKUP>" + "<a>" * 5_000
LONG = f"<LOOKUP><INFO><NM>{'x' * 200_000}</NM></INFO></LOOKUP>"
OTHER = "<HTML/>"


@pytest.mark.parametrize(
    ("text", "why"),
    [(BOMB, "entity"), (OUTSIDE, "entity"), (REMOTE, "document type"), (DEEP, "deeper"), (LONG, "a text of over"),
     (OTHER, "not <LOOKUP>"), ("<LOOKUP><INFO>", "not whole XML"), ("<LOOKUP>\xa0&nbsp;</LOOKUP>", "not whole XML")],
    ids=["bomb", "outside", "remote", "deep", "long", "other", "cut", "entity"],
)  # fmt: skip
def test_hostile_xml_is_refused_before_anything_is_taken_in(text: str, why: str, tmp_path: Path) -> None:
    path = tmp_path / "f_lookup2_1.xml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadFile, match=why):
        list(records(path, root="LOOKUP", tags={"INFO"}))
    paths = lists.make("dmd", tmp_path)
    target = next(each for each in paths if "lookup" in each.name)
    target.write_text(text, encoding="utf-8")
    with pytest.raises(BadFile):
        take("dmd", paths)
    assert loaded() == (0, 0, 0, 0)


def test_a_formula_is_text_and_an_open_quote_refuses_the_file(tmp_path: Path) -> None:
    formula = '=HYPERLINK(""http://x"";""y"")'
    path = lists.own_csv(tmp_path, [("f-1", formula, *own.EXAMPLES[0][2:18], "", "", *own.EXAMPLES[0][20:])])
    take("csv", [path])
    assert Product.objects.get().name == formula.replace('""', '"')
    path.write_text(path.read_text() + '"open,' + "x," * 200_000)
    with pytest.raises(BadFile, match="line"):
        take("csv", [path])
    assert Product.objects.count() == 1


def test_memory_stays_bounded_over_a_file_without_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "long.txt.gz"
    with gzip.open(path, "wb") as out:
        out.write(b"A\tB\n")
        for _ in range(60):
            out.write(b"z" * (1 << 20))
    tracemalloc.start()
    found = list(files.rows(path, needs=("A", "B")))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == [(2, files.TOO_LONG)]
    assert peak < 20 << 20


def test_a_bomb_of_an_archive_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGEST_FILE", 1 << 20)
    path = tmp_path / "own.csv.gz"
    path.write_bytes(gzip.compress(b"\n" * (4 << 20)))
    with pytest.raises(BadFile, match="unpacks to more"):
        take("csv", [path])


@pytest.mark.django_db(transaction=True)
def test_a_cut_directory_withdraws_nothing(tmp_path: Path) -> None:
    listed = [BACLOFEN | {"PRODUCTNDC": f"0527-{n}", "PRODUCTID": f"{n}"} for n in range(1300, 1340)]
    packs = [BOTTLE | {"PRODUCTNDC": f"0527-{n}", "NDCPACKAGECODE": f"0527-{n}-01"} for n in range(1300, 1340)]
    products = table(tmp_path / "product.txt", PRODUCT_COLUMNS, listed)
    bottles = table(tmp_path / "package.txt", PACK_COLUMNS, packs)
    FdaImport(products, bottles, refresh=False).run()
    bottles.write_bytes(shortened(bottles.read_bytes()))
    with pytest.raises(BadFile, match="of 40 packs"):
        FdaImport(products, bottles, refresh=False).run()
    products.write_bytes(shortened(products.read_bytes()))
    with pytest.raises(BadFile, match="of 40 products"):
        FdaImport(products, bottles, refresh=False).run()
    assert not Product.objects.exclude(withdrawn_at=None).exists()
    assert not Pack.objects.exclude(withdrawn_at=None).exists()
