"""Ways round the gate that a hurried or clever author would find: each is refused, with its place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from catalog.rules.guide_must_say import DUTIES
from catalog.rules.guide_shape import Figure
from catalog.rules.guides import gate
from tests.catalog.guide_texts import TODAY, a_draft, plain, said
from tests.catalog.test_guide_gate import codes, the


@pytest.mark.parametrize(("text", "code"), [
    ("Johnson et al. (2020) proved it.", "et-al-without-identifier"),
    ("It helps. Available at:", "empty-reference"),
    ("It helps 4 out of 5 people.", "figure-outside-claim"),
    ("Drowsiness: 17%.", "figure-outside-claim"),
    ("Use our coupon.", "advertising"),
])  # fmt: skip
@pytest.mark.parametrize("place", ["summary", "note"])
def test_what_can_name_no_source_may_say_nothing_that_needs_one(place: str, text: str, code: str) -> None:
    assert the(code, replace(a_draft(), **{place: text})) == ("", 0)


def test_a_heading_can_name_no_source_either() -> None:
    draft = a_draft()
    sections = tuple(replace(s, heading="35% get drowsy") if s.key == "driving" else s for s in draft.sections)

    assert the("figure-outside-claim", replace(draft, sections=sections)) == ("driving", 0)


def test_a_guide_in_a_language_that_the_gate_cannot_read_is_refused() -> None:
    assert the("language-not-read", replace(a_draft(), language="de")) == ("", 0)


@pytest.mark.parametrize("duty", DUTIES["baclofen"], ids=lambda duty: duty.what)
def test_silence_about_what_has_hurt_people_is_refused(duty) -> None:
    draft = a_draft(**{duty.section: (said("contraindication", "Ask your doctor about it."),)})

    found = [f for f in gate(draft, on=TODAY) if f.code == "duty-not-told" and duty.what in f.sentence]

    assert [(f.section, f.rule) for f in found] == [(duty.section, "R-802")]


def test_a_duty_told_without_a_source_is_not_told() -> None:
    draft = a_draft(
        who_must_not=(said("contraindication", "An allergy."), plain("Tell us about epilepsy or an ulcer."))
    )

    assert the("duty-not-told", draft) == ("who_must_not", 0)


@pytest.mark.parametrize("text", [
    "Cyclobenzaprine relieves spasticity without making you sleepy.",
    "Not only pain: methocarbamol also eases spasticity.",
    "Orphenadrine is not a sedative, it loosens spastic legs.",
    "Only cyclobenzaprine is for spasticity.",
])  # fmt: skip
def test_a_no_of_another_kind_does_not_hide_a_wrong_equivalence(text: str) -> None:
    assert the("contradicts-label", a_draft(compared=(said("comparison", text),))) == ("compared", 1)


@pytest.mark.parametrize("text", [
    "Cyclobenzaprine has not been found to work in spasticity.", "Orphenadrine is no substitute in spasticity.",
    "Methocarbamol has one use, and spasticity is not among it.",
])  # fmt: skip
def test_a_no_that_denies_it_passes(text: str) -> None:
    assert gate(a_draft(compared=(said("comparison", text),)), on=TODAY) == []


@pytest.mark.parametrize("text", ["If they are not awake, give charcoal.", "When it is not a seizure, use lavage."])
def test_a_no_elsewhere_in_the_sentence_does_not_excuse_hospital_treatment(text: str) -> None:
    assert the("hospital-treatment", a_draft(overdose=(plain("Call first."), said("safety_net", text)))) == (
        "overdose",
        2,
    )


def test_hospital_treatment_is_refused_wherever_it_stands() -> None:
    draft = a_draft(side_effects=(said("adverse_effect", "For too much, charcoal is given."), plain("Tell us.")))

    assert the("hospital-treatment", draft) == ("side_effects", 1)


def test_a_side_effect_says_how_often_it_comes_or_that_nobody_knows() -> None:
    bare = said("adverse_effect", "It tires people.")

    assert the("frequency-not-told", a_draft(side_effects=(bare, plain("Tell us.")))) == ("side_effects", 0)
    known = said("adverse_effect", "It tires 6% of people.", Figure("tiredness", "6", "%"))
    silent = said("adverse_effect", "It tires people; how often, the label does not say.")
    assert "frequency-not-told" not in codes(a_draft(side_effects=(known, plain("Tell us."))))
    assert "frequency-not-told" not in codes(a_draft(side_effects=(silent, plain("Tell us."))))


@pytest.mark.parametrize("text", [
    "It is safe in pregnancy.", "It is harmless.", "It has no side effects.", "It works best at night.",
    "It helps against cramps.", "It is very effective.",
])  # fmt: skip
def test_a_promise_dressed_as_a_plain_sentence_is_refused(text: str) -> None:
    draft = a_draft(pregnancy=(*a_draft().section("pregnancy").claims, plain(f"{text} Ask us.")))

    assert the("claim-without-source", draft) == ("pregnancy", 2)


@pytest.mark.parametrize("text", [
    "The National Health Research Institute found that most get well.",
    "The World Health Organization estimates ~35%.",
    "It was published in the Medical Research Journal.",
])  # fmt: skip
def test_an_institute_or_a_journal_is_no_address(text: str) -> None:
    assert the("unnamed-study", a_draft(what_for=(said("indication", text, Figure("well", "35", "%")),))) == (
        "what_for",
        1,
    )
