"""Interactions from their sources: shipped files, files of one's own, broken files; and the pages that show them."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from catalog.imports.files import BadFile
from catalog.imports.interactions import ansm, load
from catalog.imports.interactions.ansm import Thesaurus
from catalog.imports.interactions.load import InteractionsImport
from catalog.imports.interactions.merging import strongest
from catalog.imports.interactions.phrases import Phrases, phrase_key
from catalog.imports.interactions.said import Said, Spellings, Unmatched
from catalog.management.commands.measure_interactions import read as read_list
from catalog.models.interaction import Interaction, InteractionRule, InteractionSource
from catalog.models.product import Product, Substance
from catalog.queries.interaction_recall import Names, recall
from catalog.queries.interactions import between
from catalog.queries.substances import named
from catalog.rules.interactions import RANK, Severity
from pharmacy.keys import public
from tests.shop.catalog import a_pack, baclofen, ibuprofen, stocked

INDEX = [
    {"substance": "citalopram", "drug_classes": ["torsadogènes"]},
    {"substance": "sotalol", "drug_classes": ["torsadogènes"]},
    {"substance": "amiodarone", "drug_classes": ["torsadogènes"]},
    {"substance": "warfarine", "drug_classes": []},
]


def entry(one: str, other: str, *levels: tuple[str, str], why: str = "Pourquoi.") -> dict[str, Any]:
    """An entry of the thesaurus."""
    return {
        "main_drug": one, "plus_drug": other, "between_main_and_plus_drug": "", "interaction_mechanism": why,
        "severity_levels": [{"level": level, "info": info} for level, info in levels],
    }  # fmt: skip


def read(*entries: dict[str, Any]) -> list[Said | Unmatched]:
    """What a thesaurus of these entries says."""
    return list(Thesaurus(INDEX, Spellings(), Phrases()).said(list(entries)))


def test_a_level_for_named_substances_holds_for_them_alone() -> None:
    said = read(
        entry(
            "TORSADOGÈNES", "TORSADOGÈNES",
            ("CONTRE-INDICATION", ": - avec le citalopram"),
            ("Association DECONSEILLEE", ": - avec les autres médicaments"),
        )
    )  # fmt: skip
    pairs = {pair: each.severity for each in said if isinstance(each, Said) for pair in each.pairs}
    assert pairs == {
        ("amiodarone", "citalopram"): Severity.CONTRAINDICATED,
        ("citalopram", "sotalol"): Severity.CONTRAINDICATED,
        ("amiodarone", "sotalol"): Severity.MAJOR,
    }


def test_a_stricter_level_that_stands_among_a_levels_words_holds_for_whom_it_names() -> None:
    said = read(
        entry("WARFARINE", "TORSADOGÈNES", ("Association DECONSEILLEE", "Contre-indication :- avec le citalopram."))
    )
    pairs = {pair: each.severity for each in said if isinstance(each, Said) for pair in each.pairs}
    assert pairs == {
        ("amiodarone", "warfarin"): Severity.MAJOR,
        ("citalopram", "warfarin"): Severity.CONTRAINDICATED,
        ("sotalol", "warfarin"): Severity.MAJOR,
    }


def test_a_level_that_depends_on_the_dose_is_the_most_severe_and_carries_the_sources_words() -> None:
    (said,) = read(
        entry(
            "WARFARINE", "AMIODARONE",
            ("Précaution d'emploi", "à faible dose"), ("CONTRE-INDICATION", "à forte dose"),
        )
    )  # fmt: skip
    assert isinstance(said, Said)
    assert said.severity == Severity.CONTRAINDICATED
    assert "à faible dose" in said.original
    assert said.original_language == "fr"
    assert said.management == "Do not take these together. Ask a pharmacist or doctor before taking either."


def test_what_an_entry_excepts_is_left_out_and_what_it_cannot_match_is_said() -> None:
    said = read(
        entry("WARFARINE", "TORSADOGÈNES", ("CONTRE-INDICATION", "sauf avec le sotalol")),
        entry("WARFARINE", "LATEX", ("CONTRE-INDICATION", "")),
        {"main_drug": None},
    )
    pairs = {pair for each in said if isinstance(each, Said) for pair in each.pairs}
    assert pairs == {("amiodarone", "warfarin"), ("citalopram", "warfarin")}
    assert [(each.line, each.name) for each in said if isinstance(each, Unmatched)] == [(2, "LATEX"), (3, "")]


def test_texts_that_nobody_translated_are_counted_by_level_a_text_once() -> None:
    thesaurus, known = Thesaurus(INDEX, Spellings(), Phrases()), "Augmentation du risque hémorragique."
    entries = [
        entry("WARFARINE", "AMIODARONE", ("CONTRE-INDICATION", "Jamais traduit."), why="Non plus."),
        entry("WARFARINE", "SOTALOL", ("CONTRE-INDICATION", "jamais tra duit"), why=known),
        entry("WARFARINE", "CITALOPRAM", ("A prendre en compte", ""), why=known),
    ]
    assert len(list(thesaurus.said(entries))) == 3
    assert {level: len(texts) for level, texts in thesaurus.left.items() if texts} == {Severity.CONTRAINDICATED: 2}


def test_a_french_text_has_one_translation_and_is_never_translated_by_nothing() -> None:
    lines = (load.FILES / "phrases.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines]
    assert all(len(row) == 2 and all(each == each.strip() != "" for each in row) for row in rows)
    assert len({phrase_key(french) for french, _ in rows}) == len(rows)
    assert lines[1:] == sorted(lines[1:])


def test_of_two_statements_of_a_source_on_a_pair_the_more_severe_then_the_more_specific_is_quoted() -> None:
    pair = frozenset({("a", "b")})
    broad = Said("broad", "A", "B", Severity.MAJOR, pair)
    narrow = Said("narrow", "A", "B", Severity.MAJOR, pair, is_specific=True)
    mild = Said("mild", "A", "B", Severity.MINOR, pair, is_specific=True)
    assert strongest([mild, broad, narrow]) == {("a", "b"): "narrow"}


def test_names_in_french_with_salts_and_old_ones_are_one_substance() -> None:
    key = Spellings().key
    assert key("acide valproïque") == key("Divalproex sodium") == key("VALPROATE SODIUM") == "valproic acid"
    assert key("millepertuis") == "st johns wort"
    assert key("Péthidine") == key("Meperidine_Hydrochloride") == "meperidine"


@pytest.mark.parametrize(
    ("one", "other", "why", "what"),
    [
        (
            "ANTIVITAMINES K",
            "MILLEPERTUIS",
            "St John’s wort makes the body clear it faster",
            "do not stop St John’s wort",
        ),
        ("ACIDE ACETYLSALICYLIQUE", "ANTICOAGULANTS ORAUX", "Bleeding becomes more likely", "1 g of aspirin or more"),
    ],
)
def test_well_known_pairs_are_told_in_english_and_the_source_keeps_its_words(
    one: str, other: str, why: str, what: str
) -> None:
    thesaurus = Thesaurus(ansm.read_index(load.INDEX), Spellings(), Phrases())
    entries = [
        each for each in ansm.read_thesaurus(load.THESAURUS) if (each["main_drug"], each["plus_drug"]) == (one, other)
    ]
    said = [each for each in thesaurus.said(entries) if isinstance(each, Said)]
    worst = min(said, key=lambda each: RANK[each.severity])
    assert why in worst.mechanism
    assert what in worst.management
    assert worst.original_language == "fr"


@pytest.fixture
def shipped() -> None:
    """The shipped sources, loaded."""
    InteractionsImport().run()


@pytest.mark.django_db
def test_what_ships_loads_once_and_again_changes_nothing() -> None:
    first = InteractionsImport(dry_run=True).run()
    assert [note.split(":")[0] for note in first.notes] == ["Texts still in French, by level"]
    assert first.of("pairs", "new") > 40_000
    assert not Interaction.objects.exists()
    assert not Substance.objects.exists()
    loaded = InteractionsImport().run()
    assert loaded.of("pairs", "new") == first.of("pairs", "new")
    assert len(loaded.refused) < 20
    assert all(each.reason for each in loaded.refused)
    assert InteractionsImport().run().of("sources", "unchanged") == 3
    InteractionSource.objects.update(digest="")
    again = InteractionsImport().run()
    assert [again.of(what, kind) for what in ("statements", "pairs") for kind in ("new", "changed", "withdrawn")] == [
        0
    ] * 6
    assert not InteractionRule.objects.filter(source__key="us-labels", verified=True, address="").exists()
    assert not InteractionRule.objects.filter(management="").exists()
    ids = {
        ref.name: ref.id
        for refs in named(["Baclofen 10 mg", "tizanidine", "cipro", "St. John's wort"]).values()
        for ref in refs
    }
    assert ids.keys() >= {"Baclofen", "Tizanidine", "St johns wort"}


@pytest.mark.django_db
def test_a_newer_thesaurus_changes_only_what_changed(tmp_path: Path) -> None:
    index, thesaurus = tmp_path / "index.json", tmp_path / "thesaurus.json.gz"
    index.write_text(json.dumps(INDEX))
    entries = [
        entry("WARFARINE", "AMIODARONE", ("CONTRE-INDICATION", "")),
        entry("WARFARINE", "SOTALOL", ("CONTRE-INDICATION", "")),
    ]
    thesaurus.write_bytes(gzip.compress(json.dumps(entries).encode()))
    InteractionsImport([index, thesaurus]).run()
    entries[0]["severity_levels"][0]["level"] = "A prendre en compte"
    entries[1] = entry("CITALOPRAM", "SOTALOL", ("CONTRE-INDICATION", ""))
    thesaurus.write_bytes(gzip.compress(json.dumps(entries).encode()))
    report = InteractionsImport([index, thesaurus]).run()
    assert [report.of("pairs", kind) for kind in ("new", "changed", "withdrawn")] == [1, 0, 1]
    ids = [named([name])[name][0].id for name in ("warfarin", "amiodarone")]
    statements = between(ids).found[0].statements
    assert [each.severity for each in statements if each.source == "ansm-2020"] == [Severity.MINOR]


@pytest.mark.django_db
def test_a_list_of_pairs_that_was_cut_takes_no_warning_away(tmp_path: Path, shipped: None) -> None:
    before = Interaction.objects.count()
    path = tmp_path / "pairs.csv"
    path.write_text("drug1,object,drug2,precipitant,severity,uri,label\n1,warfarin,2,sotalol,Critical\n")
    with pytest.raises(BadFile, match=r"of 2,\d+ pairs"):
        InteractionsImport([path]).run()
    assert Interaction.objects.count() == before
    report = InteractionsImport([path], most_withdrawn=100).run()
    assert report.of("pairs", "withdrawn") > 2_000


@pytest.mark.django_db
@pytest.mark.parametrize("content", [b"", b"{}", b"\x1f\x8bnot gzip", b'[{"main_drug": "A"', b"drug1,object\nx,y\n"])
def test_a_file_that_is_none_of_the_shapes_changes_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(BadFile):
        InteractionsImport([path]).run()
    assert not InteractionSource.objects.exists()
    with pytest.raises(CommandError):
        call_command("import_catalog", "interactions", str(path))


@pytest.mark.django_db
def test_check_interactions_answers_a_list_that_came_by_post(client: Client, shipped: None) -> None:
    assert client.get("/interactions/").status_code == 200
    answer = client.post(
        "/interactions/", {"medicine": ["Ibuprofen 200 mg", "warfarin", "nosuchmedicine", "baclofen", ""]}
    )
    page = answer.content.decode()
    assert "Ibuprofen with Warfarin" in page
    assert "“nosuchmedicine” was not checked" in page
    assert re.search(r"Not known to this table.*Baclofen \+ Ibuprofen", page, re.DOTALL)
    assert "no interaction" not in page.replace("Never read that as “no interaction”", "").lower()
    assert "no-store" in answer["Cache-Control"]
    more = client.post("/interactions/", {"medicine": ["Ibuprofen"], "more": "1"}).content.decode()
    assert 'value="Ibuprofen"' in more
    assert 'id="answer"' not in more
    assert (
        "<b>"
        not in client.post("/interactions/", {"medicine": ["<b>x</b>", "\x00", "a" * 9000]})
        .content.decode()
        .split('id="list"')[1]
    )


@pytest.mark.django_db
def test_the_product_page_and_the_basket_warn_of_what_is_in_the_basket(client: Client, shipped: None) -> None:
    first, second = ibuprofen(refresh=True), a_pack("Naproxen", strength="220 mg", refresh=True)
    stocked(second)
    client.post("/basket/", {"pack": str(first.public_id)})
    page = client.get(f"/products/{second.product.slug}/").content.decode()
    assert "With what is in your basket" in page
    assert "Ibuprofen with Naproxen" in page or "same class" in page
    client.post("/basket/", {"pack": str(second.public_id)})
    basket = client.get("/basket/").content.decode()
    assert "Before you order: these together" in basket


@pytest.mark.django_db
def test_a_kit_that_lists_no_substances_is_said_to_be_unchecked(client: Client, shipped: None) -> None:
    first, kit = ibuprofen(refresh=True), a_pack("Day and night", strength="", form="KIT", refresh=True)
    kit.product.ingredients.all().delete()
    stocked(kit)
    for pack in (first, kit):
        client.post("/basket/", {"pack": str(pack.public_id)})
    said = "lists no substances, so nothing could be checked"
    assert said in client.get("/basket/").content.decode()
    assert said in client.get(f"/products/{kit.product.slug}/").content.decode()


@pytest.mark.django_db
def test_partners_ask_for_interactions_of_products(acme: str, shipped: None) -> None:
    client = Client()

    def get(query: str) -> Any:
        return client.get(f"/api/v1/interactions?{query}", headers={"Authorization": f"Bearer {acme}"})

    ids = [
        public("prd", Product.objects.get(pk=pack.product_id).public_id)
        for pack in (ibuprofen(), baclofen(), a_pack("Warfarin", strength="5 mg", supply="prescription_only"))
    ]
    answer = get("&".join(f"product={id}" for id in ids))
    assert answer.status_code == 200
    (found,) = answer.json()["data"]
    assert found["severity"] == "major"
    assert set(found["products"]) == {ids[0], ids[2]}
    assert set(found["substances"]) == {"Ibuprofen", "Warfarin"}
    assert found["source"].startswith("US product labels")
    uncovered = [set(each["substances"]) for each in answer.json()["not_covered"]]
    assert uncovered == [{"Ibuprofen", "Baclofen"}, {"Baclofen", "Warfarin"}]
    assert get(f"product={ids[0]}").status_code == 400
    unknown = get(f"product={ids[0]}&product=prd_nothing&other=1")
    assert unknown.status_code == 400
    assert {each["pointer"] for each in unknown.json()["errors"]} == {"/product/1", "/other"}


REAL = Path(os.environ.get("PHARMACY_REAL_DATA", Path(__file__).parents[3] / "shared" / "data")) / "interactions"


@pytest.mark.django_db
@pytest.mark.skipif(not (REAL / "pddi_onc_high_priority.csv.gz").is_file(), reason="needs PHARMACY_REAL_DATA")
def test_every_high_priority_pair_that_the_catalogue_can_hold_is_found(shipped: None) -> None:
    pairs = read_list(REAL / "pddi_onc_high_priority.csv.gz", "")[""]
    names = Names(name for pair in pairs for name in pair)
    found = recall(pairs, names)
    assert found.held > 1_100
    assert found.missed == []
    assert found.severe == found.held, "a pair of this list is never shown as less than major"
    lines = io.StringIO()
    call_command("measure_interactions", str(REAL), stdout=lines)
    assert "ONC high priority" in lines.getvalue()
