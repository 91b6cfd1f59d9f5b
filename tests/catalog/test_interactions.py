"""Substances taken together: what sources say, what they don't, and the same therapy twice."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.models.interaction import Interaction, InteractionRule, InteractionSource, SubstanceClass
from catalog.models.product import Substance, SubstanceName
from catalog.queries.interactions import among, between
from catalog.queries.substances import named
from catalog.rules.interactions import Severity, pair, pairs_between, worst

pytestmark = pytest.mark.django_db


def substance(name: str, **more: Any) -> Substance:
    """A substance by its name."""
    key = name.lower()
    return Substance.objects.create(key=key, slug=key.replace(" ", "-"), name=name, **more)


def source(key: str, *, rank: int = 50) -> InteractionSource:
    """A source that says things."""
    return InteractionSource.objects.create(
        key=key, title=key.upper(), address="https://example.org", licence="CC0", credit=key, rank=rank,
        as_of=date(2026, 1, 1), read_on=date(2026, 1, 2),
    )  # fmt: skip


def says(who: InteractionSource, one: Substance, two: Substance, severity: str, why: str = "why") -> None:
    """Have a source say something of a pair."""
    rule = InteractionRule.objects.create(
        source=who, key=f"{one}|{two}|{severity}", one=one.name, other=two.name, severity=severity, mechanism=why
    )
    first, second = pair(one.pk, two.pk)
    Interaction.objects.create(source=who, rule=rule, first_id=first, second_id=second)


def test_the_most_severe_comes_first_and_every_source_is_kept() -> None:
    a, b, c = substance("Alphadrug"), substance("Betadrug"), substance("Gammadrug")
    mild, hard = source("mild", rank=1), source("hard", rank=9)
    says(mild, a, b, "minor")
    says(hard, b, a, "contraindicated")
    says(mild, c, a, "major")
    report = between([c.pk, b.pk, a.pk])
    assert [(each.severity, {each.first.name, each.second.name}) for each in report.found] == [
        (Severity.CONTRAINDICATED, {"Alphadrug", "Betadrug"}),
        (Severity.MAJOR, {"Alphadrug", "Gammadrug"}),
    ]
    assert [said.source for said in report.found[0].statements] == ["hard", "mild"]


def test_a_pair_that_no_source_speaks_of_is_listed_and_not_called_safe() -> None:
    a, b = substance("Alphadrug"), substance("Betadrug")
    report = between([a.pk, b.pk])
    assert report.found == ()
    assert report.not_covered == (pair(a.pk, b.pk),)
    assert report.not_covered_names == [("Alphadrug", "Betadrug")]


def test_what_the_patient_takes_already_is_set_against_the_new_and_not_against_itself() -> None:
    a, b, c = substance("Alphadrug"), substance("Betadrug"), substance("Gammadrug")
    who = source("who")
    says(who, b, c, "major")
    says(who, a, c, "minor")
    report = between([a.pk], and_with=[b.pk, c.pk])
    assert [{each.first.name, each.second.name} for each in report.found] == [{"Alphadrug", "Gammadrug"}]
    assert report.not_covered == (pair(a.pk, b.pk),)


def test_a_load_is_seen_by_the_next_question() -> None:
    a, b = substance("Alphadrug"), substance("Betadrug")
    who = source("who")
    says(who, a, b, "minor")
    assert between([a.pk, b.pk]).found[0].severity == Severity.MINOR
    InteractionRule.objects.filter(source=who).update(severity="major")
    source("another")
    assert between([a.pk, b.pk]).found[0].severity == Severity.MAJOR


def test_one_statement_answers_whatever_the_number_of_substances() -> None:
    made = [substance(f"Drug{i}") for i in range(12)]
    who = source("who")
    says(who, made[0], made[1], "major")
    between([each.pk for each in made])
    with CaptureQueriesContext(
        connection,
    ) as asked:
        report = between([each.pk for each in made])
    assert len(asked) == 1
    assert len(report.found) + len(report.not_covered) == 12 * 11 // 2


def test_another_name_of_a_substance_carries_its_interactions() -> None:
    acid, salt, other = substance("Valproic acid"), substance("Divalproex"), substance("Lamotrigine")
    who = source("who")
    says(who, acid, other, "major")
    SubstanceName.objects.create(
        substance=acid, name="Divalproex", key="divalproex", kind="synonym", source="interactions"
    )
    assert between([salt.pk, other.pk]).found[0].severity == Severity.MAJOR
    assert [each.by for each in between([salt.pk, acid.pk]).duplicates] == ["substance"]


def test_the_same_therapy_twice_by_substance_by_atc_and_by_class() -> None:
    one = substance("Ibuprofen", atc_codes=["M01AE01"])
    two = substance("Naproxen", atc_codes=["M01AE02"])
    three, four = substance("Meloxicam"), substance("Diclofenac")
    for each in (three, four):
        SubstanceClass.objects.create(substance=each, name="Nonsteroidal Anti-inflammatory Drug", source="fda")
    report = between([one.pk, one.pk, two.pk, three.pk, four.pk])
    found = {(each.first.name, each.second.name, each.by, each.group) for each in report.duplicates}
    assert ("Ibuprofen", "Ibuprofen", "substance", "") in found
    assert ("Ibuprofen", "Naproxen", "atc4", "M01AE") in found
    assert ("Meloxicam", "Diclofenac", "class", "Nonsteroidal Anti-inflammatory Drug") in found
    assert between([substance("Unclassed").pk]).unclassed


def test_the_two_substances_of_one_medicine_are_not_set_against_each_other() -> None:
    a, b, c = substance("Alphadrug"), substance("Betadrug"), substance("Gammadrug")
    says(source("who"), a, b, "major")
    assert among([[a.pk, b.pk], [c.pk]]).found == ()
    assert len(among([[a.pk, b.pk], [b.pk]]).found) == 1


def test_people_write_strengths_salts_brands_and_combinations() -> None:
    baclofen, codeine, apap = substance("Baclofen"), substance("Codeine"), substance("Acetaminophen")
    SubstanceName.objects.create(substance=baclofen, name="Lioresal", key="lioresal", kind="brand", source="test")
    SubstanceName.objects.create(substance=apap, name="Paracétamol", key="paracetamol", kind="synonym", source="test")
    known = named(
        [
            "Lioresal 10mg",
            "baclofen tablets 10 mg twice daily",
            "PARACÉTAMOL 500 mg/codeine phosphate 8 mg",
            "Baclofin",
            "",
        ]
    )
    assert [ref.id for ref in known["Lioresal 10mg"]] == [baclofen.pk]
    assert [ref.id for ref in known["baclofen tablets 10 mg twice daily"]] == [baclofen.pk]
    assert {ref.id for ref in known["PARACÉTAMOL 500 mg/codeine phosphate 8 mg"]} == {apap.pk, codeine.pk}
    assert known["Baclofin"] == ()
    assert known[""] == ()


def test_a_name_that_means_two_substances_names_neither() -> None:
    for each in (substance("Alphadrug"), substance("Betadrug")):
        SubstanceName.objects.create(substance=each, name="Oldname", key="oldname", kind="brand", source="test")
    assert named(["Oldname"])["Oldname"] == ()


def test_pairs_and_levels() -> None:
    assert pairs_between([[3], [1, 2]], [3]) == [(1, 3), (2, 3)]
    assert worst([Severity.MINOR, Severity.MAJOR]) is Severity.MAJOR


def test_what_goes_beyond_the_most_is_said_to_be_unchecked(client: Client) -> None:
    listed = [f"nothing known {n}" for n in range(22)]

    page = client.post("/interactions/", {"medicine": listed}).content.decode()

    assert "“nothing known 20” was not checked" in page
    assert "“nothing known 21” was not checked" in page
    assert "At most 20 at a time." in page


def test_an_empty_list_is_answered_beside_its_field(client: Client) -> None:
    page = client.post("/interactions/", {"medicine": ["", " "]}).content.decode()

    assert "Write at least two medicines." in page
    assert 'aria-describedby="m1-wrong"' in page
    assert "Write at least two medicines." not in client.post("/interactions/", {"more": "1"}).content.decode()
    assert page.count("Open Pharmacy</title>") == 1
    assert "Open Pharmacy · Open Pharmacy" not in page


def test_the_same_medicine_twice_is_said_before_anything_else(client: Client) -> None:
    substance("Baclofen")

    page = client.post("/interactions/", {"medicine": ["Baclofen", "baclofen 10 mg"]}).content.decode()

    assert "Something may be on your list twice" in page
    assert "Nothing known to our sources" not in page
