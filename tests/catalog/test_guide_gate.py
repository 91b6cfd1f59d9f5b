"""The publish gate refuses each defect of the guide that must never be published, and says where and why."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from catalog.rules.guide_diff import changes
from catalog.rules.guide_shape import REQUIRED, Cite, Claim, Draft, Figure
from catalog.rules.guide_sources import address_of, is_address, is_doi, is_isbn, is_pmid, is_set_id
from catalog.rules.guides import gate, latest_review
from tests.catalog.guide_texts import LABEL, TODAY, a_draft, plain, said, with_source


def codes(draft: Draft) -> set[str]:
    return {fault.code for fault in gate(draft, on=TODAY)}


def the(code: str, draft: Draft) -> tuple[str, int]:
    """Where the fault of that code is said to be."""
    found = [fault for fault in gate(draft, on=TODAY) if fault.code == code]
    assert found, f"{code} is not among {codes(draft)}"
    assert all(fault.sentence and fault.rule.startswith("R-") for fault in found)
    return found[0].section, found[0].claim


def test_a_guide_without_defects_passes() -> None:
    assert gate(a_draft(), on=TODAY) == []


# 1. References that lead nowhere.
@pytest.mark.parametrize("text", [
    "It helps many people. Available at:", "It helps (source:", "It helps (source: )", "DOI: ", "See: .",
])  # fmt: skip
def test_a_reference_followed_by_nothing_is_refused(text: str) -> None:
    assert the("empty-reference", a_draft(what_for=(said("indication", text),))) == ("what_for", 1)


def test_a_claim_without_a_source_is_refused() -> None:
    assert the("claim-without-source", a_draft(what_for=(Claim("indication", "It eases cramps."),))) == ("what_for", 1)


@pytest.mark.parametrize("text", [
    "It relieves pain.", "Take 20 mg.", "It is stronger than others.", "It helps 1 in 3 people.",
    "Eight weeks: 40% felt it.",
])  # fmt: skip
def test_a_claim_dressed_as_a_plain_sentence_is_refused(text: str) -> None:
    draft = a_draft(side_effects=(said("adverse_effect", "It tires people."), plain(f"{text} Ask us.")))

    assert the("claim-without-source", draft) == ("side_effects", 2)


def test_a_source_nobody_can_find_is_refused() -> None:
    bare = with_source(a_draft(), set_id="")

    assert "source-without-identifier" in codes(bare)
    assert "source-without-publisher" in codes(with_source(a_draft(), publisher=" "))
    assert "source-without-year" in codes(with_source(a_draft(), year=None))
    assert "source-without-year" in codes(with_source(a_draft(), year=2031))
    assert "source-without-title" in codes(with_source(a_draft(), title=""))
    assert "source-not-read" in codes(with_source(a_draft(), read_on=None))
    assert "source-read-tomorrow" in codes(with_source(a_draft(), read_on=TODAY + dt.timedelta(1)))
    assert "identifier-malformed" in codes(with_source(a_draft(), set_id="the FDA label"))


def test_a_label_that_is_not_loaded_is_refused_only_where_labels_are() -> None:
    draft = a_draft()

    assert [f.code for f in gate(draft, on=TODAY, known_set_ids=set())] == ["label-unknown"]
    assert gate(draft, on=TODAY, known_set_ids={LABEL.set_id}) == []


def test_a_citation_of_nothing_and_a_source_nobody_cites_are_refused() -> None:
    draft = a_draft(what_for=(Claim("indication", "It eases spasticity.", (Cite("ghost"),)),))

    assert the("cites-nothing", draft) == ("what_for", 1)
    unused = replace(a_draft(), sources=(*a_draft().sources, replace(LABEL, key="more")))
    assert [fault.source for fault in gate(unused, on=TODAY)] == ["more"]


def test_a_label_is_cited_with_its_section() -> None:
    draft = a_draft(what_for=(said("indication", "It eases spasticity.", where=""),))

    assert the("label-without-section", draft) == ("what_for", 1)


# 2. Studies nobody can identify, and figures that contradict each other.
@pytest.mark.parametrize(("text", "code"), [
    ("Johnson et al. (2020) found SMD -1.38.", "et-al-without-identifier"),
    ("Smith (2018) saw it in 17%.", "unnamed-study"),
    ("A study conducted by Pharmaceuticals saw it.", "unnamed-study"),
    ("According to the National Health Research Institute it works in most.", "unnamed-study"),
    ("According to the Journal of Medical Research it works.", "unnamed-study"),
    ("Studies show that it works.", "unnamed-study"),
])  # fmt: skip
def test_a_study_without_an_identifier_is_refused(text: str, code: str) -> None:
    claim = said("statistic", text, Figure("effect", "17", "%"))

    assert the(code, a_draft(what_for=(claim,))) == ("what_for", 1)


def test_et_al_in_a_source_is_refused_unless_it_has_an_identifier() -> None:
    assert "et-al-without-identifier" in codes(with_source(a_draft(), authors="Johnson et al."))
    assert gate(with_source(a_draft(), authors="Johnson et al.", doi="10.1000/xyz123"), on=TODAY) == []


@pytest.mark.parametrize("kind", ["statistic", "comparison", "adverse_effect"])
def test_figures_and_comparisons_need_a_study_or_a_label(kind: str) -> None:
    claim = said(kind, "Drowsiness came to 35% of people.", Figure("drowsiness", "35", "%"), source="web", where="")
    draft = a_draft(side_effects=(claim, plain("Tell us.")))

    assert the("needs-primary-source", draft) == ("side_effects", 1)


def test_contradicting_figures_are_refused_whatever_word_names_the_effect() -> None:
    one = said("adverse_effect", "Sedation came to 17% of people.", Figure("sedation", "17", "%"))
    other = said("safety_net", "Do not drive: drowsiness came to 35%.", Figure("drowsiness", "35", "%"))
    draft = a_draft(side_effects=(one, plain("Tell us.")), driving=(other,))

    assert the("contradicting-figures", draft) == ("driving", 1)
    sentence = next(f.sentence for f in gate(draft, on=TODAY) if f.code == "contradicting-figures")
    assert "35" in sentence
    assert "17" in sentence


def test_a_share_without_a_key_is_refused_because_contradictions_could_hide() -> None:
    draft = a_draft(side_effects=(said("adverse_effect", "It tires 17% of people."), plain("Tell us.")))

    assert the("figure-without-key", draft) == ("side_effects", 1)


# 3. Unsafe omissions.
@pytest.mark.parametrize("key", list(REQUIRED))
def test_every_required_section_must_be_there(key: str) -> None:
    assert the("section-missing", a_draft(**{key: ()})) == (key, 0)


def test_a_guide_to_baclofen_that_is_silent_about_withdrawal_is_refused() -> None:
    draft = a_draft(stopping=(said("safety_net", "Ask your doctor before you stop."),))

    assert the("withdrawal-not-told", draft)[0] == "stopping"


def test_withdrawal_told_without_a_source_is_not_told() -> None:
    assert "withdrawal-not-told" in codes(a_draft(stopping=(plain("Never stop it suddenly. Ask us."),)))


def test_as_needed_use_without_a_word_of_withdrawal_is_refused() -> None:
    draft = a_draft(what_for=(said("indication", "It may be taken as needed (prn) for cramps."),))

    assert the("as-needed-without-withdrawal", draft) == ("what_for", 1)


def test_a_dose_without_the_most_in_a_day_is_refused() -> None:
    draft = a_draft(how_to_take=(said("dose", "Begin with 5 mg.", Figure("first_dose", "5", "mg")),))

    assert the("maximum-not-told", draft)[0] == "how_to_take"


def test_silence_about_the_kidneys_is_refused_for_what_leaves_through_them() -> None:
    draft = a_draft(kidney_liver=(said("safety_net", "The liver does not matter here."),))

    assert the("kidneys-not-told", draft)[0] == "kidney_liver"


def test_who_must_not_take_it_is_a_contraindication_and_side_effects_say_what_to_do() -> None:
    assert "contraindications-not-told" in codes(a_draft(who_must_not=(said("safety_net", "Be careful."),)))
    assert "no-what-to-do" in codes(a_draft(side_effects=(said("adverse_effect", "It tires people."),)))


def test_a_section_for_which_nothing_was_found_says_so_and_whom_to_ask() -> None:
    assert the("silence-not-said", a_draft(missed_dose=(plain("Ask a pharmacist."),)))[0] == "missed_dose"
    assert the("no-safe-sentence", a_draft(storage=(plain("We found no source."),)))[0] == "storage"
    assert the("section-without-claim", a_draft(driving=(plain("Ask a pharmacist."),)))[0] == "driving"


@pytest.mark.parametrize("text", [
    "Its drowsiness can be an advantage at night.", "A benefit is that it makes you sleepy and causes sedation.",
])  # fmt: skip
def test_a_danger_sold_as_an_advantage_is_refused(text: str) -> None:
    draft = a_draft(side_effects=(said("adverse_effect", text), plain("Tell us.")))

    assert the("danger-as-advantage", draft) == ("side_effects", 1)


# 4. Wrong equivalence.
@pytest.mark.parametrize("text", [
    "Cyclobenzaprine is comparable to baclofen in relieving muscle spasticity.",
    "Methocarbamol eases spasticity too.", "For spastic legs orphenadrine is another choice.",
])  # fmt: skip
def test_what_contradicts_a_label_is_refused(text: str) -> None:
    assert the("contradicts-label", a_draft(compared=(said("comparison", text),))) == ("compared", 1)


def test_a_guide_to_cyclobenzaprine_may_not_promise_relief_of_spasticity() -> None:
    draft = replace(a_draft(), substances=("cyclobenzaprine",))

    assert the("contradicts-label", draft) == ("", 0)  # the summary
    assert "contradicts-label" in {f.code for f in gate(draft, on=TODAY) if f.section == "what_for"}


def test_what_a_label_says_it_is_not_for_may_be_said() -> None:
    text = "Cyclobenzaprine has not been found to work in spasticity."

    assert gate(a_draft(compared=(said("comparison", text),)), on=TODAY) == []


# 5. Hospital treatment told to lay readers; whom to call stands first.
@pytest.mark.parametrize("text", [
    "The stomach is emptied by lavage.", "Give activated charcoal.", "Seizures are treated with benzodiazepines.",
    "Make them vomit.", "Dialysis removes it.",
])  # fmt: skip
def test_hospital_treatment_is_refused(text: str) -> None:
    draft = a_draft(overdose=(plain("Call first."), said("safety_net", text)))

    assert the("hospital-treatment", draft) == ("overdose", 2)


def test_whom_to_call_stands_first() -> None:
    draft = a_draft(overdose=(said("safety_net", "Signs are coma and seizures."), plain("Call the poison centre.")))

    assert the("call-not-first", draft) == ("overdose", 1)


# 6. Advertising a prescription medicine.
@pytest.mark.parametrize(("text", "code"), [
    ("Use our coupon.", "advertising"), ("Order it online today.", "advertising"),
    ("20% off this week.", "advertising"),
    ("Now only $12 a month.", "price-typed-in"), ("It costs 9 euros.", "price-typed-in"),
])  # fmt: skip
def test_advertising_and_typed_in_prices_are_refused_beside_a_prescription_medicine(text: str, code: str) -> None:
    draft = a_draft(help_paying=(said("cost", text, Figure("off", "20", "%")),))

    assert the(code, draft) == ("help_paying", 1)
    assert code not in codes(replace(draft, prescription_only=False))


# Identifiers.
def test_identifiers_are_checked_by_their_form_and_check_digit() -> None:
    assert is_doi("10.1016/j.pmrj.2017.08.441")
    assert not is_doi("doi:10.1016/x")
    assert is_pmid("28867665")
    assert not is_pmid("0123")
    assert is_isbn("978-0-306-40615-7")
    assert is_isbn("0-306-40615-2")
    assert not is_isbn("978-0-306-40615-8")
    assert is_address("https://www.nhs.uk/medicines/baclofen/")
    assert not any(
        map(is_address, ("http://www.nhs.uk/", "https://localhost/", "javascript:alert(1)", "https://a b.org"))
    )
    assert is_set_id(LABEL.set_id)
    assert address_of(LABEL).endswith(LABEL.set_id)


def test_the_next_review_is_at_most_two_years_away() -> None:
    assert latest_review(dt.date(2026, 11, 24)) == dt.date(2028, 11, 24)
    assert latest_review(dt.date(2028, 2, 29)) == dt.date(2030, 2, 28)


def test_a_diff_names_what_came_went_and_changed() -> None:
    before = a_draft()
    after = a_draft(
        storage=(plain("We found no source for this. Ask us."),), driving=(), more=(said("mechanism", "More."),)
    )

    found = {change.key: change for change in changes(before, after)}

    assert found["driving"].state == "gone"
    assert found["more"].state == "new"
    assert found["storage"].state == "changed"
    assert [line.sign for line in found["storage"].lines] == [" ", "-", "+"]
    assert "what_for" not in found
