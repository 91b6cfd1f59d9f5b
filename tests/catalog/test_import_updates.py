"""A later list on top of a loaded one: what changed changes, what is no longer said ends; a cut one is refused."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.urls import reverse

from catalog.actions.search import refresh_due
from catalog.imports import own, staging
from catalog.imports.files import BadFile
from catalog.models.product import Pack, Price, Product, Supply
from catalog.models.rating import EquivalenceRating
from catalog.models.search import SearchEntry
from catalog.queries.selling import sellable
from pharmacy.clock import db_now
from tests.catalog import lists
from tests.catalog.test_import_sources import take
from tests.shop.catalog import the_sites

pytestmark = pytest.mark.django_db


@pytest.mark.django_db(transaction=True)
def test_a_later_list_of_the_same_costs_begins_no_new_price(tmp_path: Path) -> None:
    files = lists.make("nadac", tmp_path)
    take("nadac", files)
    before = list(Price.objects.values())
    files[0].write_text(files[0].read_text().replace("2025-12-17", "2025-12-24"))
    report = take("nadac", files)
    assert (report.of("prices", "unchanged"), report.of("prices", "changed")) == (1, 0)
    assert list(Price.objects.values()) == before


@pytest.mark.django_db(transaction=True)
def test_a_price_that_its_list_no_longer_states_ends(tmp_path: Path) -> None:
    files = lists.make("bdpm", tmp_path)
    take("bdpm", files)
    ours = Price.objects.create(pack=Pack.objects.get(source_key="3400933208639"), currency="EUR", amount_minor=100,
                                acquisition_minor=100, margin_minor=0, fee_minor=0, acquisition_unit_micro=1,
                                source="set by hand", valid_from=db_now())  # fmt: skip
    packs = next(each for each in files if "CIP" in each.name)
    packs.write_bytes(packs.read_bytes().replace(b"1 120,04\t1 121,06\t1,02", b"\t\t"))
    report = take("bdpm", files)
    assert (report.of("prices", "withdrawn"), report.of("packs", "changed")) == (1, 0)
    assert list(Price.objects.filter(valid_until=None)) == [ours]
    packs.write_bytes(packs.read_bytes().replace(b"100%\t\t\t", b"100%\tfree\t\t"))
    report = take("bdpm", files)
    assert [(each.file, each.line) for each in report.refused] == [("prices", 1)]
    assert Pack.objects.get(source_key="3400949497706").withdrawn_at is None


@pytest.mark.django_db(transaction=True)
def test_a_blank_cost_in_a_later_file_of_ones_own_list_ends_the_running_price(tmp_path: Path) -> None:
    plasters, paracetamol = own.EXAMPLES
    cost = own.COLUMNS.index("unit_cost")
    take("csv", [lists.own_csv(tmp_path, [plasters, paracetamol])])
    pack = Pack.objects.get(source_key="para-500-20")
    in_dollars = (*paracetamol[: cost - 1], "USD", "0.03", *paracetamol[cost + 1 :])

    report = take("csv", [lists.own_csv(tmp_path, [plasters, (*paracetamol[:cost], "", *paracetamol[cost + 1 :])])])

    assert (report.of("prices", "withdrawn"), report.of("prices", "unchanged")) == (1, 1)
    assert not Price.objects.filter(pack=pack, valid_until=None).exists()
    assert Price.objects.filter(pack=pack).count() == 1, "history is kept"
    the_sites()
    refresh_due()
    assert SearchEntry.objects.get(product=pack.product, market="NL").price_minor is None
    offered = sellable([pack.pk], country="NL", region="", currency="EUR", is_test=False)
    assert offered[pack.pk].blocked == "no-price"

    report = take("csv", [lists.own_csv(tmp_path, [plasters, paracetamol, in_dollars])])
    assert (report.of("prices", "new"), report.of("prices", "withdrawn")) == (2, 0)
    report = take("csv", [lists.own_csv(tmp_path, [plasters, in_dollars])])
    assert (report.of("prices", "withdrawn"), report.of("prices", "unchanged")) == (1, 2)
    assert Price.objects.get(pack=pack, valid_until=None).currency == "USD"


@pytest.mark.django_db(transaction=True)
def test_a_list_without_a_column_of_costs_says_nothing_about_prices(tmp_path: Path) -> None:
    path = lists.own_csv(tmp_path, [own.EXAMPLES[0]])
    take("csv", [path])
    price = Price.objects.get()
    path.write_text(
        "product_code,name,kind,pack_code,pack_size,pack_unit\r\n"
        "plasters-20,Fabric plasters,device,plasters-20-box,20,plaster\r\n"
    )
    report = take("csv", [path])
    assert report.of("prices", "withdrawn") == 0
    assert list(Price.objects.filter(valid_until=None)) == [price]


def test_a_revoked_french_pack_and_an_invalid_or_discontinued_british_one_are_not_marketed(tmp_path: Path) -> None:
    french = lists.make("bdpm", tmp_path)
    packs = next(each for each in french if "CIP" in each.name)
    active, revoked = "Présentation active".encode("latin-1"), "Présentation abrogée".encode("latin-1")
    packs.write_bytes(packs.read_bytes().replace(active, revoked, 1).replace(b"19/09/2011", b"unknown"))
    take("bdpm", french)
    ends = dict(Pack.objects.filter(source="bdpm").values_list("source_key", "marketed_until"))
    assert ends == {"3400949497706": dt.date(1970, 1, 1), "3400933208639": None}

    british = lists.make("dmd", tmp_path)
    take("dmd", british)
    boxes = next(each for each in british if "ampp" in each.name)
    boxes.write_text(
        boxes.read_text()
        .replace("<APPID>1714711000001106</APPID><NM>", "<APPID>1714711000001106</APPID><INVALID>1</INVALID><NM>")
        .replace("<APPID>22479911000001108</APPID><NM>", "<APPID>22479911000001108</APPID><DISCCD>0001</DISCCD><NM>")
    )
    report = take("dmd", british)
    assert (report.of("packs", "left out"), report.of("packs", "withdrawn"), report.of("packs", "changed")) == (1, 1, 1)
    assert Pack.objects.get(source_key="1714711000001106").withdrawn_at is not None
    assert Pack.objects.get(source_key="22479911000001108").marketed_until == dt.date(1970, 1, 1)


def test_a_condition_that_cannot_be_read_sells_nothing_and_is_reported(tmp_path: Path) -> None:
    files = lists.make("bdpm", tmp_path)
    conditions = next(each for each in files if "CPD" in each.name)
    conditions.write_bytes(conditions.read_bytes() + b"60002283\tstup\xe9fiants\tmore\tand more\n")
    report = take("bdpm", files)
    assert [(each.file, each.line, each.key) for each in report.refused] == [("conditions", 2, "60002283")]
    found = Supply.objects.get(product__source_key="60002283")
    assert (found.supply_class, found.rule) == ("not_supplied", "fr-unreadable")


def test_ratings_that_lack_most_of_what_is_rated_are_taken_for_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = lists.make("drugsfda", tmp_path)
    take("drugsfda", files)
    monkeypatch.setattr(staging, "FEW", 2)
    before = list(EquivalenceRating.objects.values())
    products = files[0].parent / "Products.txt"
    products.write_bytes(b"".join(products.read_bytes().splitlines(keepends=True)[:2]))
    with pytest.raises(BadFile, match="of 4 ratings"):
        take("drugsfda", files)
    assert list(EquivalenceRating.objects.values()) == before
    assert take("drugsfda", files, most_withdrawn=100).of("ratings", "withdrawn") == 3


def test_codes_that_read_alike_in_an_address_keep_apart_and_have_pages(tmp_path: Path) -> None:
    codes = ("Ab/1", "ab-1", "AB#1", "a.b/1")
    rows = [(code, *own.EXAMPLES[0][1:15], f"pack-{n}", "20", "plaster", "", "", *own.EXAMPLES[0][20:])
            for n, code in enumerate(codes)]  # fmt: skip
    rows.append(
        ("x" * 40, "Long name " * 30, "A maker of the longest name there is", *rows[0][3:15], "pack-9", *rows[0][16:])
    )
    report = take("csv", [lists.own_csv(tmp_path, rows)], list="sixteen-letters-")
    assert (report.of("products", "new"), report.of("products", "refused")) == (5, 0), report.refused
    for slug in Product.objects.values_list("slug", flat=True):
        assert reverse("product", args=[slug])
