"""Questionnaires, refill days and the journal's chart: plain rules, without a database."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from django.conf import settings

from prescriptions.rules import diary, refill
from prescriptions.rules import questionnaire as rules

SHIPPED = sorted((Path(settings.BASE_DIR) / "prescriptions" / "questionnaires").glob("*.json"))
PAIN = json.loads(next(path for path in SHIPPED if path.stem == "pain-relief").read_text())["questions"]
FINE = {
    "danger": ["none"], "where": ["back"], "days": ["3"], "days_a_month": ["2"], "stomach": ["no"],
    "conditions": ["none"], "pregnant": ["no"], "medicines": ["none"],
}  # fmt: skip


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_questionnaire_can_be_asked_and_begins_with_red_flags(path: Path) -> None:
    told = json.loads(path.read_text())

    rules.check(told["questions"])

    stops = {option.get("stop") for option in told["questions"][0]["options"]}
    assert "emergency" in stops
    assert any(option["value"] == "none" for option in told["questions"][0]["options"])


def test_answers_that_stop_nothing_raise_no_flag() -> None:
    answers = rules.read(PAIN, FINE)

    assert rules.flags(PAIN, answers) == []
    assert ("Where is the pain?", "Back or neck") in rules.in_words(PAIN, answers)


@pytest.mark.parametrize(
    ("changed", "stop"),
    [
        ({"danger": ["thunder"]}, "emergency"),
        ({"danger": ["too_much"]}, "poison"),
        ({"days": ["15"]}, "doctor"),
        ({"pregnant": ["pregnant"]}, "doctor"),
    ],
)
def test_a_red_flag_stops_and_says_where_to(changed: dict[str, list[str]], stop: str) -> None:
    found = rules.flags(PAIN, rules.read(PAIN, FINE | changed))

    assert [flag.stop for flag in found] == [stop]


def test_the_most_urgent_flag_comes_first() -> None:
    found = rules.flags(PAIN, rules.read(PAIN, FINE | {"danger": ["too_much", "chest"], "days": ["40"]}))

    assert [flag.stop for flag in found] == ["emergency", "poison", "doctor"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"danger": []}, "missing"),
        ({"danger": ["none", "chest"]}, "both"),
        ({"where": ["moon"]}, "unknown"),
        ({"days": ["-1"]}, "range"),
        ({"days": ["²"]}, "range"),
        ({"medicines": ["x" * 1001]}, "long"),
    ],
)
def test_an_answer_that_can_not_be_is_refused_by_question(given: dict[str, list[str]], code: str) -> None:
    with pytest.raises(rules.Incomplete) as refused:
        rules.read(PAIN, FINE | given)

    assert refused.value.wrong == {next(iter(given)): code}


@pytest.mark.parametrize(
    "broken",
    [
        [],
        [{"id": "a", "text": "?", "type": "riddle"}],
        [{"id": "a", "text": "?", "type": "choice"}],
        [{"id": "a", "text": "?", "type": "number", "stop_above": 3}],
        [{"id": "a", "text": "?", "type": "yes_no", "stop": "somewhere"}],
    ],
)
def test_a_questionnaire_that_could_mislead_is_no_questionnaire(broken: list[dict[str, object]]) -> None:
    with pytest.raises(rules.Unusable):
        rules.check(broken)


def test_the_closest_questionnaire_fits_best() -> None:
    assert rules.fits(["R06A"], "", atc="R06AE07", wanted_class="pharmacy_only") == 5
    assert rules.fits([], "", atc="R06AE07", wanted_class="pharmacy_only") == 1
    assert rules.fits(["A02"], "", atc="R06AE07", wanted_class="pharmacy_only") == 0
    assert rules.fits(["A02"], "", atc="", wanted_class="pharmacy_only") == 0


def test_what_runs_out_within_a_week_comes_in_one_parcel() -> None:
    today = dt.date(2026, 3, 1)
    runs = [("a", dt.date(2026, 3, 20)), ("b", dt.date(2026, 3, 27)), ("c", dt.date(2026, 3, 28)), ("d", today)]

    found = refill.parcels(runs, today=today)

    assert [(one.order_on, one.keys) for one in found] == [
        (today, ("d",)),
        (dt.date(2026, 3, 13), ("a", "b")),
        (dt.date(2026, 3, 21), ("c",)),
    ]


def test_the_calendar_file_names_no_medicine() -> None:
    text = refill.ics([(dt.date(2026, 3, 13), 2)], host="pharmacy.example", summary="Time", stamp="20260301T080000Z")

    assert "DTSTART;VALUE=DATE:20260313\r\nDTEND;VALUE=DATE:20260314" in text
    assert text.startswith("BEGIN:VCALENDAR\r\n")
    assert text.endswith("END:VCALENDAR\r\n")


def test_a_day_that_was_not_told_breaks_the_line() -> None:
    first = dt.date(2026, 3, 1)
    days = [diary.Day(first + dt.timedelta(days=n), energy=n) for n in (0, 1, 3, 4)]

    drawn = diary.chart(days, first=first, last=first + dt.timedelta(days=13))

    assert len(drawn.energy) == 2
    assert drawn.energy_points[0] == (28.0, 156.0)  # zero stands at the foot
    assert drawn.drowsiness == []


@pytest.mark.parametrize("told", [{}, {"energy": 11}, {"dose": "perhaps"}, {"note": "x" * 1001}])
def test_a_day_that_says_nothing_or_can_not_be_is_not_kept(told: dict[str, object]) -> None:
    assert not diary.Day(dt.date(2026, 3, 1), **told).can_be  # type: ignore[arg-type]
