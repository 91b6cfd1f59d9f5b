"""The gate's arithmetic: how much is left, until when, what the clock says, what matches what. No database."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prescriptions.rules import uploads, words
from prescriptions.rules.checks import RULES, rules_for
from prescriptions.rules.clinical import Clinical
from prescriptions.rules.clock import due, tone
from prescriptions.rules.facts import (
    Facts,
    Ingredient,
    Interaction,
    Paper,
    PatientTold,
    Prescribed,
    PrescribedBy,
    Requested,
    SamePaper,
    Together,
)
from prescriptions.rules.quantities import left_in_all, left_now, ordered, packs_that_fit, repeats_used
from prescriptions.rules.reasons import BY_CODE, coarse
from prescriptions.rules.seen import fingerprint
from prescriptions.rules.similar import looks_the_same
from prescriptions.rules.validity import valid_until
from tests.prescriptions.clinical import shipped

CARE = "caution"
AGAINST = "contraindicated"
TODAY = dt.date(2026, 11, 24)
BACLOFEN = Ingredient("Baclofen", ("Baclofen", "BACLOFEN", "Lioresal"), "10 mg/1")
ASKED = Requested(
    "r1", "prescription_only", (BACLOFEN,), Decimal(90), Decimal(90), route="ORAL", form="Tablet TABLET", country="US",
    class_now="prescription_only", dose_text="1 tablet three times a day",
)  # fmt: skip
WRITTEN = Prescribed(
    substance="baclofen", strength="10 mg", dose_text="1 tablet three times a day", quantity=Decimal(90), repeats=2,
    supplied=Decimal(0), issued_on=dt.date(2026, 11, 12), valid_until=dt.date(2027, 11, 11), validity_rule="us",
    is_revoked=False,
)  # fmt: skip
MARTA = PatientTold(
    dt.date(1968, 3, 4), "Penicillin: rash", "none", sex="female", conditions="none", pregnancy="no",
    breastfeeding="no", kidney="healthy", liver="healthy",
)  # fmt: skip
INES = PrescribedBy("Ines Okonjo", "1993999998", TODAY, "NPI register")
SOUND = Facts(
    TODAY, ASKED, WRITTEN, MARTA, (Paper("ready", 0, 0, of_another_patient=False),), prescriber=INES,
    together=Together(version="1"), clinical=shipped(),
)  # fmt: skip
FENOFIBRATE = replace(ASKED, ingredients=(Ingredient("Fenofibrate", ("Fenofibrate",), "54 mg/1"),))
FOUND = (Interaction("major", "Baclofen", "Tizanidine", "Together they make one drowsy.", "a source"),)
_WARNED = next(one for one in shipped().warnings if one.topic == "kidney" and one.substance == "fenofibrate")
TWO_ROWS = replace(shipped(), warnings=(replace(_WARNED, severity="caution", match=("egfr<60",)), _WARNED))


def outcome(rule: str, facts: Facts) -> tuple[str, list[str]]:
    """(state, severities) of one check."""
    found = next(one for one in RULES if one.id == rule).run(facts)
    return found.state, [alert.severity for alert in found.alerts]


@pytest.mark.parametrize(
    ("supplied", "left"), [(0, 90), (30, 60), (89, 1), (90, 90), (180, 90), (200, 70), (269, 1), (270, 0)]
)
def test_what_is_left_now_ends_with_the_present_repeat(supplied: int, left: int) -> None:
    assert left_now(Decimal(90), 2, Decimal(supplied)) == left


@given(
    quantity=st.decimals(min_value="0.1", max_value=1000, places=1),
    repeats=st.integers(0, 12),
    share=st.integers(0, 100),
)
def test_what_is_left_now_never_passes_what_is_left_in_all(quantity: Decimal, repeats: int, share: int) -> None:
    supplied = ordered(quantity, repeats) * share / 100

    now = left_now(quantity, repeats, supplied)

    assert 0 <= now <= min(quantity, left_in_all(quantity, repeats, supplied))


def test_packs_are_never_opened() -> None:
    assert packs_that_fit(Decimal(89), Decimal(30)) == 2
    assert packs_that_fit(Decimal(29), Decimal(30)) == 0
    assert [repeats_used(Decimal(90), Decimal(units)) for units in (0, 30, 90, 91, 180, 270)] == [0, 0, 0, 1, 1, 2]


@pytest.mark.parametrize(
    ("issued", "span", "last"),
    [
        (dt.date(2026, 3, 1), {"months": 6}, dt.date(2026, 8, 31)),
        (dt.date(2026, 8, 31), {"months": 6}, dt.date(2027, 2, 27)),
        (dt.date(2024, 2, 29), {"months": 12}, dt.date(2025, 2, 27)),
        (dt.date(2026, 11, 12), {"days": 28}, dt.date(2026, 12, 10)),
        (dt.date(2026, 11, 12), {"days": 365}, dt.date(2027, 11, 12)),
    ],
)
def test_a_prescription_is_valid_until_its_last_day(issued: dt.date, span: dict[str, int], last: dt.date) -> None:
    assert valid_until(issued, **span) == last


def test_a_validity_rule_gives_days_or_months() -> None:
    with pytest.raises(ValueError):
        valid_until(TODAY)


HOURS = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


@pytest.mark.parametrize(
    ("opened", "expected"),
    [
        ("2026-11-24T15:00:00+00:00", "2026-11-24T19:00:00+00:00"),  # Tuesday 10:00 in Newark: four hours on
        ("2026-11-24T21:00:00+00:00", "2026-11-25T16:00:00+00:00"),  # 16:00: two hours today, two tomorrow
        ("2026-11-28T15:00:00+00:00", "2026-11-30T18:00:00+00:00"),  # Saturday: Monday 13:00
        ("2026-10-31T15:00:00+00:00", "2026-11-02T18:00:00+00:00"),  # over the end of summer time
    ],
)
def test_the_clock_runs_while_the_site_is_open(opened: str, expected: str) -> None:
    moment = dt.datetime.fromisoformat(opened)

    assert due(moment, HOURS, "America/New_York", hold_ends_at=None) == dt.datetime.fromisoformat(expected)


def test_the_clock_ends_well_before_the_hold_does() -> None:
    opened = dt.datetime(2026, 11, 28, 15, tzinfo=dt.UTC)
    ends = opened + dt.timedelta(hours=14)

    assert due(opened, HOURS, "America/New_York", hold_ends_at=ends) == opened + dt.timedelta(hours=2)
    assert due(opened, HOURS, "America/New_York", hold_ends_at=opened) == opened


def test_a_site_without_hours_is_always_open() -> None:
    opened = dt.datetime(2026, 11, 28, 15, tzinfo=dt.UTC)
    assert due(opened, {}, "UTC", hold_ends_at=None) == opened + dt.timedelta(hours=4)


@pytest.mark.parametrize(
    ("minutes", "weight"), [(0, "ok"), (90, "caution"), (140, "serious"), (230, "stop"), (500, "stop")]
)
def test_the_clock_gets_heavier(minutes: int, weight: str) -> None:
    opened = dt.datetime(2026, 11, 24, 9, tzinfo=dt.UTC)
    assert tone(opened + dt.timedelta(minutes=minutes), opened, opened + dt.timedelta(hours=4))[0] == weight


def test_a_sound_request_runs_clear_on_every_mandatory_check() -> None:
    for rule in rules_for("prescription_only"):
        if rule.is_mandatory:
            assert rule.run(SOUND).state == "ran_clear", rule.id


@pytest.mark.parametrize(
    ("rule", "changed", "expected"),
    [
        ("document", {"papers": ()}, ("did_not_run", [])),
        ("document", {"papers": (Paper("cleaning", 0, 0, of_another_patient=False),)}, ("did_not_run", [])),
        ("validity", {"prescribed": None}, ("did_not_run", [])),
        ("validity", {"prescribed": replace(WRITTEN, valid_until=None)}, ("did_not_run", [])),
        ("validity", {"today": dt.date(2027, 11, 12)}, ("ran_with_alerts", ["stop"])),
        ("validity", {"today": dt.date(2027, 11, 11)}, ("ran_clear", [])),
        ("validity", {"today": dt.date(2026, 11, 11)}, ("ran_with_alerts", ["stop"])),
        ("validity", {"prescribed": replace(WRITTEN, is_revoked=True)}, ("ran_with_alerts", ["stop"])),
        ("quantity-left", {"prescribed": replace(WRITTEN, supplied=Decimal(30))}, ("ran_with_alerts", ["stop"])),
        (
            "quantity-left",
            {
                "prescribed": replace(WRITTEN, supplied=Decimal(30)),
                "requested": replace(ASKED, units_a_pack=Decimal(30)),
            },
            ("ran_with_alerts", ["serious"]),
        ),
        (
            "validity",
            {"prescribed": replace(WRITTEN, not_before=TODAY + dt.timedelta(days=1))},
            ("ran_with_alerts", ["stop"]),
        ),
        ("validity", {"prescribed": replace(WRITTEN, not_before=TODAY)}, ("ran_clear", [])),
        ("medicine", {"prescribed": replace(WRITTEN, substance="Baclofene")}, ("ran_with_alerts", ["stop"])),
        ("medicine", {"prescribed": replace(WRITTEN, substance="Lioresal")}, ("ran_clear", [])),
        ("medicine", {"prescribed": replace(WRITTEN, strength="20 mg")}, ("ran_with_alerts", ["serious"])),
        ("medicine", {"prescribed": replace(WRITTEN, strength="0.01 g")}, ("ran_clear", [])),
        ("medicine", {"prescribed": replace(WRITTEN, strength="as before")}, ("did_not_run", [])),
        ("medicine", {"requested": replace(ASKED, ingredients=())}, ("did_not_run", [])),
        ("used-before", {"papers": ()}, ("did_not_run", [])),
        (
            "used-before",
            {"papers": (), "same_papers": (SamePaper(same_number=True, of_another_owner=True),)},
            ("ran_with_alerts", ["serious"]),
        ),
        (
            "used-before",
            {"same_papers": (SamePaper(same_number=False, of_another_owner=False),)},
            ("ran_with_alerts", [CARE]),
        ),
        (
            "used-before",
            {"same_papers": (SamePaper(same_number=True, of_another_owner=False),) * 3},
            ("ran_with_alerts", [CARE]),
        ),
        ("used-before", {"papers": (Paper("ready", 1, 1, of_another_patient=True),)}, ("ran_with_alerts", ["serious"])),
        ("used-before", {"papers": (Paper("ready", 0, 1, of_another_patient=False),)}, ("ran_with_alerts", [CARE])),
        ("same-medicine-twice", {"other_lines": (replace(ASKED, id="r2"),)}, ("ran_with_alerts", ["serious"])),
        ("age", {"patient": None}, ("did_not_run", [])),
        ("age", {"patient": replace(MARTA, born_on=None)}, ("did_not_run", [])),
        ("age", {"patient": replace(MARTA, born_on=dt.date(2015, 1, 1))}, ("ran_with_alerts", ["caution"])),
        ("age", {"patient": replace(MARTA, born_on=dt.date(2030, 1, 1))}, ("did_not_run", [])),
        ("allergy", {"patient": replace(MARTA, allergies="")}, ("did_not_run", [])),
        (
            "allergy",
            {"patient": replace(MARTA, allergies="I react to LIORESAL")},
            ("ran_with_alerts", [AGAINST]),
        ),
        ("allergy", {"clinical": Clinical()}, ("did_not_run", [])),
        ("interactions", {"together": None}, ("did_not_run", [])),
        (
            "interactions",
            {"together": Together(FOUND, version="1"), "patient": replace(MARTA, medicines="")},
            ("ran_with_alerts", ["serious", "serious"]),
        ),
        ("kidney", {"requested": FENOFIBRATE, "patient": replace(MARTA, kidney="reduced")}, ("did_not_run", [])),
        ("kidney", {"requested": FENOFIBRATE, "patient": replace(MARTA, kidney="45")}, ("ran_clear", [])),
        (
            "kidney",
            {"requested": FENOFIBRATE, "patient": replace(MARTA, kidney="20"), "clinical": TWO_ROWS},
            ("ran_with_alerts", [AGAINST]),
        ),
        ("dose", {"clinical": Clinical()}, ("did_not_run", [])),
        ("kidney", {"patient": replace(MARTA, kidney="")}, ("did_not_run", [])),
        ("prescriber", {"prescriber": replace(INES, verified_on=None)}, ("did_not_run", [])),
        ("prescriber", {"prescriber": replace(INES, written="Dr. I. OKONJO, MD")}, ("ran_clear", [])),
        ("prescriber", {"prescriber": replace(INES, written="Hal Forger, MD")}, ("ran_with_alerts", ["serious"])),
        ("prescriber", {"prescriber": replace(INES, verified_on=dt.date(2025, 11, 24))}, ("ran_clear", [])),
        ("prescriber", {"prescriber": replace(INES, verified_on=dt.date(2025, 11, 23))}, ("did_not_run", [])),
    ],
)
def test_a_check_says_what_it_found_or_why_it_did_not_run(
    rule: str, changed: dict[str, object], expected: tuple[str, list[str]]
) -> None:
    assert outcome(rule, replace(SOUND, **changed)) == expected  # type: ignore[arg-type]


def test_no_check_answers_clear_for_want_of_facts() -> None:
    empty = Facts(TODAY, replace(ASKED, ingredients=(), class_now=""), None, None)

    for rule in RULES:
        assert rule.run(empty).state == "did_not_run" or rule.id == "place", rule.id
    assert next(rule for rule in RULES if rule.id == "place").run(empty).alerts[0].severity == "stop"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("10 mg", "10 mg/1", True), ("10mg", "10 mg", True), ("0.5 g", "500 mg", True), ("25 mcg", "0.025 mg", True),
        ("10 mg/5 mL", "2 mg/mL", True), ("10 mg", "10 mg/mL", False), ("1,5 mg", "1.5 mg", True),
        ("10 mg", "20 mg", False),
        ("10 mg tablet", "10 mg", None), ("", "10 mg", None), ("100 units", "100 unit", True), ("5 %", "5 %", True),
    ],
)  # fmt: skip
def test_strengths_are_compared_as_amounts(one: str, other: str, same: bool | None) -> None:
    assert words.same_strength(one, other) is same


def test_a_name_is_a_whole_word_with_or_without_its_salt() -> None:
    assert words.names_it("Cyclobenzaprine HCl 10 mg", ("Cyclobenzaprine hydrochloride",))
    assert not words.names_it("Baclofenol", ("Baclofen",))
    assert not words.names_it("", ("Baclofen",))


def test_papers_look_the_same_up_to_six_bits() -> None:
    paper = "eb462a7c50f66315"
    assert looks_the_same(paper, f"{int(paper, 16) ^ 0b111111:016x}")
    assert not looks_the_same(paper, f"{int(paper, 16) ^ 0b1111111:016x}")
    assert not looks_the_same("8000000000000000", "8000000000000000")  # two blank pages say nothing
    assert not looks_the_same("", "")


@pytest.mark.parametrize(
    ("name", "declared", "kind"),
    [
        ("rx.pdf", "application/pdf", "pdf"), ("RX.JPG", "image/jpeg", "jpeg"), ("rx.heic", "", "heif"),
        ("rx.png", "application/octet-stream", "png"), ("rx.png", "image/jpeg", ""), ("rx.svg", "image/svg+xml", ""),
        ("rx.pdf.exe", "application/pdf", ""), ("rx", "image/png", ""), ("rx.html", "text/html", ""), ("", "", ""),
    ],
)  # fmt: skip
def test_name_and_declared_type_have_to_agree(name: str, declared: str, kind: str) -> None:
    assert uploads.kind_of(name, declared) == kind


def test_every_reason_leaves_the_house_as_one_of_two_coarse_codes() -> None:
    assert {coarse(code) for code in BY_CODE} == {"declined_by_pharmacist", "out_of_stock"}
    with pytest.raises(KeyError):
        coarse("because")


def test_the_fingerprint_changes_with_whatever_was_shown() -> None:
    shown = {"documents": [["d1", "ready", "ab"]], "requests": [["r1", 7, 1]]}
    assert fingerprint(shown) == fingerprint(dict(reversed(shown.items())))
    assert fingerprint(shown) != fingerprint({**shown, "documents": [["d1", "ready", "ac"]]})
