"""What a check did not look at is never clear, and one finding never hides another. No database."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from prescriptions.rules.answers import wants_words
from prescriptions.rules.checks import RULES
from prescriptions.rules.checks.outcome import Outcome, Rule
from prescriptions.rules.facts import Facts, Ingredient, Supplied, Told
from prescriptions.rules.told import medicines, not_understood
from tests.prescriptions.test_rules import ASKED, BACLOFEN, MARTA, SOUND, TODAY, WRITTEN

CYCLO = Ingredient("Cyclobenzaprine", ("Cyclobenzaprine", "Flexeril"), "10 mg/1", ("M03BX08",))
PHENELZINE = Ingredient("Phenelzine", ("Phenelzine", "Nardil"), "15 mg/1", ("N06AF03",))
METHOTREXATE = Ingredient("Methotrexate", ("Methotrexate",), "2.5 mg/1")
AMOXICILLIN = Ingredient("Amoxicillin", ("Amoxicillin",), "500 mg/1")


def ran(rule: str, facts: Facts) -> Outcome:
    """One check, run."""
    return next(one for one in RULES if one.id == rule).run(facts)


def weights(outcome: Outcome) -> dict[str, str]:
    """Alert codes with their weights."""
    return {alert.code: alert.severity for alert in outcome.alerts}


def of(
    *parts: Ingredient, dose: str = "1 tablet three times a day", units: int = 21, form: str = "Tablet TABLET"
) -> Facts:
    """Marta is asked about a medicine of these substances."""
    asked = replace(ASKED, ingredients=parts, dose_text=dose, units=Decimal(units), form=form)
    return replace(SOUND, requested=asked, prescribed=replace(WRITTEN, dose_text=dose, substance=parts[0].name))


def supplied(*parts: Ingredient, days_ago: int, units: int, dose: str, item: str = "an earlier item") -> Supplied:
    """What she had from the house so many days ago."""
    return Supplied(parts, Decimal(units), TODAY - dt.timedelta(days=days_ago), dose, item)


@pytest.mark.parametrize(
    ("dose", "codes"),
    [
        ("1 tablet daily", {"more_often_than_weekly": "contraindicated"}),  # 17.5 mg a week, and it can kill
        ("2 tablets twice a day", {"more_often_than_weekly": "contraindicated", "above_maximum": "contraindicated"}),
        ("8 tablets once weekly", {}),
        ("12 tablets once weekly", {}),
        ("13 tablets once weekly", {"above_maximum": "contraindicated"}),
    ],
)
def test_methotrexate_is_taken_once_a_week(dose: str, codes: dict[str, str]) -> None:
    assert weights(ran("dose", of(METHOTREXATE, dose=dose))) == codes


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ("penicilin", "did_not_run"),  # one letter is missing
        ("Penicillin as a child, and I swelled", "ran_with_alerts"),
        ("Penicillin, amoxycillinn", "ran_with_alerts"),
        ("something with A", "did_not_run"),
        ("cats, hay fever; dust mites", "ran_clear"),
        ("codeine: nausea", "ran_clear"),
        ("a rash from something years ago", "did_not_run"),
    ],
)
def test_an_allergy_that_nobody_recognised_is_never_clear(told: str, state: str) -> None:
    facts = replace(of(AMOXICILLIN), patient=replace(MARTA, allergies=told))

    assert ran("allergy", facts).state == state


def test_what_was_not_recognised_stands_beside_what_was_found() -> None:
    facts = replace(of(AMOXICILLIN), patient=replace(MARTA, allergies="Penicillin, amoxycillinn"))

    assert weights(ran("allergy", facts)) == {"allergy_group": "contraindicated", "not_recognised": "serious"}


def test_a_brand_told_as_an_allergy_counts_for_its_group() -> None:
    sulfamethoxazole = Ingredient("Sulfamethoxazole", ("Sulfamethoxazole",), "400 mg/1")
    celecoxib = Ingredient("Celecoxib", ("Celecoxib",), "200 mg/1")
    facts = replace(
        of(celecoxib), patient=replace(MARTA, allergies="Bactrim"),
        allergies_told=(Told("Bactrim", (sulfamethoxazole,)),),
    )  # fmt: skip

    assert weights(ran("allergy", facts)) == {"allergy_group": "contraindicated"}
    assert ran("allergy", replace(facts, allergies_told=())).state == "did_not_run"


def test_a_pack_without_listed_substances_is_never_free_of_an_allergy() -> None:
    facts = replace(SOUND, requested=replace(ASKED, ingredients=()))

    assert ran("allergy", facts).why == "no_substance_listed"


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ("fits", "ran_with_alerts"),
        ("Epileptic since childhood", "ran_with_alerts"),
        ("seizures", "ran_with_alerts"),
        ("high blood pressure, type 2 diabetes", "ran_clear"),
        ("epilepsie", "did_not_run"),
        ("high blood pressure, zzyx", "did_not_run"),
    ],
)
def test_a_condition_is_known_by_many_words_and_an_unknown_word_is_not_clear(told: str, state: str) -> None:
    facts = replace(SOUND, patient=replace(MARTA, conditions=told))

    assert ran("conditions", facts).state == state


@pytest.mark.parametrize("told", ["phenelzine, stopped last week", "used to take MAOIs", "Linezolid until Tuesday"])
def test_a_mao_inhibitor_counts_after_it_was_stopped(told: str) -> None:
    facts = replace(of(CYCLO), patient=replace(MARTA, medicines=told))

    assert weights(ran("interactions", facts))["warned_medicine"] == "contraindicated"


@pytest.mark.parametrize(("ended", "found"), [(1, True), (14, True), (15, False)])
def test_a_mao_inhibitor_that_was_supplied_here_counts_for_fourteen_days_more(ended: int, found: bool) -> None:
    had = supplied(PHENELZINE, days_ago=28 + ended - 1, units=84, dose="1 tablet three times a day")

    assert ("warned_medicine" in weights(ran("interactions", replace(of(CYCLO), supplies=(had,))))) is found


def test_a_mao_inhibitor_is_warned_of_while_the_other_is_taken() -> None:
    had = supplied(CYCLO, days_ago=3, units=21, dose="1 tablet three times a day")
    told = (Told("Flexeril 10 mg", (CYCLO,)),)
    for facts in (replace(of(PHENELZINE), supplies=(had,)), replace(of(PHENELZINE), medicines_told=told)):
        assert weights(ran("interactions", facts))["warned_medicine"] == "contraindicated"


@pytest.mark.parametrize("other", ["Gabapentin", "Oxycodone", "Diazepam", "Tizanidine"])
def test_two_medicines_that_make_drowsy_are_told_of_whichever_is_asked_for(other: str) -> None:
    taken = Ingredient(other, (other,), "10 mg/1")
    told = (Told(other, (taken,)),)

    assert (
        weights(ran("interactions", replace(of(CYCLO), medicines_told=told, patient=replace(MARTA, medicines=other))))[
            "warned_medicine"
        ]
        == "caution"
    )
    back = replace(of(taken), medicines_told=(Told("Flexeril", (CYCLO,)),))
    assert weights(ran("interactions", back))["warned_medicine"] == "caution"


def test_a_medicine_is_not_warned_of_itself() -> None:
    rizatriptan = Ingredient("Rizatriptan", ("Rizatriptan",), "10 mg/1")
    facts = replace(of(rizatriptan), patient=replace(MARTA, medicines="rizatriptan"))

    assert "warned_medicine" not in weights(ran("interactions", facts))


def test_the_patients_own_list_counts_as_the_same_medicine_and_the_same_group() -> None:
    naproxen = Ingredient("Naproxen", ("Naproxen",), "500 mg/1", ("M01AE02",))
    ibuprofen = Ingredient("Ibuprofen", ("Ibuprofen", "Advil"), "", ("M01AE01",))
    facts = replace(of(naproxen), medicines_told=(Told("Advil", (ibuprofen,)), Told("naproxen 250 mg", (naproxen,))))

    assert weights(ran("same-medicine-twice", facts)) == {"same_substance_told": "caution", "same_group": "caution"}


def test_a_dose_above_the_limit_is_not_hidden_by_another_that_cannot_be_counted() -> None:
    counter = replace(ASKED, id="r2", dose_text="")  # bought without a prescription: nobody wrote how much
    facts = replace(of(BACLOFEN, dose="3 tablets three times a day"), other_lines=(counter,))

    assert weights(ran("dose", facts)) == {"above_maximum": "contraindicated", "other_dose_not_read": "serious"}
    assert ran("dose", replace(of(BACLOFEN), other_lines=(counter,))).why == "other_dose_not_read"


def test_two_lines_of_one_substance_are_summed() -> None:
    other = replace(ASKED, id="r2", dose_text="2 tablets three times a day")
    facts = replace(of(BACLOFEN, dose="1 tablet three times a day"), other_lines=(other,))

    assert weights(ran("dose", facts)) == {"above_maximum": "contraindicated"}  # 30 + 60 = 90 mg


def test_one_substance_of_a_combination_never_hides_the_other() -> None:
    unknown = Ingredient("Nobodyknowsit", ("Nobodyknowsit",), "5 mg/1")
    above = of(BACLOFEN, unknown, dose="3 tablets three times a day")
    epileptic = replace(of(BACLOFEN, unknown), patient=replace(MARTA, conditions="epilepsy"))
    fenofibrate = Ingredient("Fenofibrate", ("Fenofibrate",), "54 mg/1")
    dialysed = replace(of(fenofibrate, unknown), patient=replace(MARTA, kidney="dialysis"))
    nursing = replace(
        of(fenofibrate, unknown), patient=replace(MARTA, breastfeeding="yes", born_on=dt.date(1990, 1, 1))
    )

    for rule, facts in (("dose", above), ("conditions", epileptic), ("kidney", dialysed), ("breastfeeding", nursing)):
        assert weights(ran(rule, facts))["no_rule"] == "serious", rule


@pytest.mark.parametrize(
    ("strength", "dose", "why"),
    [
        ("10 mg/1", "5 ml three times a day", "strength_not_read"),
        ("5 mg/5mL", "2 tablets three times a day", "strength_not_read"),
        ("5 mg/5mL", "2 three times a day", "strength_not_read"),  # two of what?
        ("5 mg/5mL", "10 ml three times a day", ""),
    ],
)
def test_a_dose_is_counted_in_what_the_strength_is_of(strength: str, dose: str, why: str) -> None:
    assert ran("dose", of(replace(BACLOFEN, strength=strength), dose=dose)).why == why


@pytest.mark.parametrize(
    ("name", "strength", "form", "dose", "state"),
    [
        ("Celecoxib", "300 mg/1", "Capsule", "1 capsule twice daily", "ran_with_alerts"),  # 600 mg: a first day only
        ("Celecoxib", "200 mg/1", "Capsule", "1 capsule twice daily", "ran_clear"),
        ("Glipizide", "10 mg/1", "Tablet TABLET, FILM COATED, EXTENDED RELEASE", "2 tablets daily", "did_not_run"),
        ("Glipizide", "10 mg/1", "Tablet TABLET", "2 tablets twice daily", "ran_clear"),
        ("Oxybutynin", "5 mg/1", "Tablet TABLET", "2 tablets three times a day", "did_not_run"),
        ("Venlafaxine", "225 mg/1", "Tablet TABLET, EXTENDED RELEASE", "1 tablet daily", "did_not_run"),
        ("Fenofibrate", "200 mg/1", "Capsule CAPSULE", "1 capsule daily", "did_not_run"),
    ],
)
def test_a_limit_is_of_the_form_its_label_is_of(name: str, strength: str, form: str, dose: str, state: str) -> None:
    facts = of(Ingredient(name, (name,), strength), dose=dose, form=form)

    assert ran("dose", facts).state == state


def test_the_elderly_have_their_own_limit() -> None:
    zolpidem = of(Ingredient("Zolpidem", ("Zolpidem",), "10 mg/1"), dose="1 tablet at night")
    old = replace(zolpidem, patient=replace(MARTA, born_on=dt.date(1950, 1, 1)))

    assert ran("dose", zolpidem).state == "ran_clear"
    assert weights(ran("dose", old)) == {"above_maximum": "serious"}


def test_a_use_that_goes_on_without_a_break_counts_as_one() -> None:
    before = supplied(CYCLO, days_ago=15, units=42, dose="1 tablet three times a day")  # 14 days, used up yesterday
    again = of(CYCLO, units=42)

    assert ran("dose", again).state == "ran_clear"
    assert weights(ran("dose", replace(again, supplies=(before,)))) == {"too_long": "caution"}
    assert ran("dose", replace(again, supplies=(replace(before, on=TODAY - dt.timedelta(40)),))).state == "ran_clear"


def test_what_was_bought_without_a_prescription_is_no_earlier_supply_on_one() -> None:
    bought = supplied(BACLOFEN, days_ago=1, units=90, dose="", item="")

    assert ran("refill", replace(SOUND, supplies=(bought,))).state == "ran_clear"
    assert weights(ran("same-medicine-twice", replace(SOUND, supplies=(bought,)))) == {
        "same_substance_running": "serious"
    }


def test_whoever_can_be_pregnant_is_asked() -> None:
    asked = replace(SOUND, patient=replace(MARTA, born_on=dt.date(1990, 1, 1), pregnancy="", breastfeeding=""))
    for rule in ("pregnancy", "breastfeeding"):
        outcome = ran(rule, asked)
        assert (outcome.state, outcome.waits) == ("did_not_run", None)


def test_pieces_that_say_how_and_when_are_understood() -> None:
    assert not_understood("Penicillin: rash, swelling of the face in 1999", lambda piece: "Penicillin" in piece) == []
    assert not_understood("Penicillin; a rash; Zyxx", lambda piece: "Penicillin" in piece) == ["Zyxx"]
    assert not_understood("a rash", lambda piece: False) == ["a rash"]


def test_more_than_twice_a_limit_weighs_as_a_contraindication() -> None:
    amlodipine = Ingredient("Amlodipine", ("Amlodipine",), "10 mg/1")

    assert weights(ran("dose", of(amlodipine, dose="2 tablets daily"))) == {"above_maximum": "serious"}
    assert weights(ran("dose", of(amlodipine, dose="3 tablets daily"))) == {"above_maximum": "contraindicated"}


@pytest.mark.parametrize(
    ("told", "listed"),
    [
        ("Vitamin D 1,000 units, once a day; aspirin 75 mg", ["Vitamin D 1,000 units", "aspirin 75 mg"]),
        ("Diazepam 5 mg, at night\nIron", ["Diazepam 5 mg", "Iron"]),
        ("lithium, 400", ["lithium"]),
        ("ibuprofen,paracetamol", ["ibuprofen", "paracetamol"]),
        ("ibuprofen, a tablet for sleep", ["ibuprofen", "a tablet for sleep"]),
        ("two tablets daily", ["two tablets daily"]),
    ],
)
def test_how_a_medicine_is_taken_is_no_medicine(told: str, listed: list[str]) -> None:
    assert medicines(told) == listed


def test_a_time_without_a_supply_hides_no_stockpile() -> None:
    """30 days half a year ago, then nothing, then twice 30 days this week: 57 in hand, not less than none."""
    dose = "1 tablet three times a day"
    gone = [supplied(BACLOFEN, days_ago=ago, units=90, dose=dose) for ago in (170, 4, 3)]

    assert weights(ran("refill", replace(SOUND, supplies=tuple(gone)))) == {
        "too_early": "serious",
        "stockpile": "serious",
    }
    assert weights(ran("refill", replace(SOUND, supplies=tuple(gone[:2])))) == {"too_early": "serious"}


@pytest.mark.parametrize(
    ("answer", "severity", "code", "words"),
    [
        ("known_and_tolerated", "serious", "interaction", False),
        ("known_and_tolerated", "serious", "other_strength", True),
        ("known_and_tolerated", "serious", "above_maximum", True),
        ("known_and_tolerated", "serious", "too_early", True),
        ("seen", "caution", "gap", False),
        ("travel_or_loss", "serious", "too_early", True),
        ("no such answer", "caution", "gap", True),
    ],
)
def test_a_grave_alert_is_not_answered_by_a_click(answer: str, severity: str, code: str, words: bool) -> None:
    assert wants_words(answer, severity, code) is words


class Watched:
    """Facts that remember what was asked of them."""

    def __init__(self, facts: Facts) -> None:
        self._facts, self.asked = facts, set[str]()

    def __getattr__(self, name: str) -> object:
        self.asked.add(name)
        return getattr(self._facts, name)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_check_keeps_everything_it_looked_at(rule: Rule) -> None:
    """R-004: what is not in `reads` is not hashed, and its change would pass unnoticed before a signature."""
    had = supplied(BACLOFEN, CYCLO, days_ago=3, units=90, dose="1 tablet three times a day")
    told = (Told("Advil", (CYCLO,)), Told("zzyx"))
    person = replace(MARTA, pregnancy="yes", kidney="dialysis", liver="severe", conditions="epilepsy", allergies="zzyx")
    rich = replace(
        of(BACLOFEN, METHOTREXATE), supplies=(had,), medicines_told=told, allergies_told=told, patient=person,
        other_lines=(replace(ASKED, id="r2"),),
    )  # fmt: skip
    for facts in (SOUND, rich, replace(rich, prescribed=None, patient=None, together=None)):
        watched = Watched(facts)
        rule.run(watched)  # type: ignore[arg-type]
        assert watched.asked <= {*rule.reads, "today"}, rule.id
