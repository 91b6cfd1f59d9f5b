"""Is it right for this person: age, pregnancy, breastfeeding, kidneys, liver (R-205)."""

from __future__ import annotations

import re

from prescriptions.rules import words
from prescriptions.rules.checks.outcome import Found, Outcome, clear, found, listed, not_run, weighed
from prescriptions.rules.clinical import SEVERITIES, Warn
from prescriptions.rules.facts import Facts, Ingredient, egfr

CHILD = 18
FERTILE = range(12, 56)
NONE_KNOWN = re.compile(
    r"\W*(none|none known|no|nil|nkda|nka|nothing|no known( drug)? allerg(y|ies)|no (medicines|conditions))\W*", re.I
)


def told_none(text: str) -> bool:
    """Did they say that there is nothing to tell?"""
    return NONE_KNOWN.fullmatch(text.strip()) is not None


def warnings_of(facts: Facts, topic: str) -> list[tuple[Ingredient, Warn]]:
    """The approved warnings of one topic about this line's substances, by this route, in this country."""
    asked = facts.requested
    return [
        (part, one)
        for part in asked.ingredients
        for one in facts.clinical.of(part.names)[1]
        if one.topic == topic and one.fits(route=asked.route, country=asked.country)
    ]


def alert_of(part: Ingredient, one: Warn, seen: str) -> Found:
    """A warning that was met, with what met it."""
    return Found(one.severity, one.topic, f"{part.name}, {seen}: {one.gist}", one.source)


def age(facts: Facts) -> Outcome:
    """Is the patient's age known, and does a rule speak of it?"""
    if facts.patient is None or facts.patient.born_on is None:
        return not_run("no_birthday", "The patient's date of birth was not told")
    years = words.age(facts.patient.born_on, facts.today)
    if years < 0 or years > 120:
        return not_run("birthday_implausible", "The date of birth can't be right")
    alerts = [
        alert_of(part, one, f"{years} years")
        for part, one in warnings_of(facts, "age")
        if any(match.startswith("<") and years < int(match[1:]) for match in one.match)
    ]
    if years < CHILD and not alerts:
        alerts.append(Found("caution", "minor", f"{years} years old: is the dose for a child?"))
    return found(f"{years} years", *alerts) if alerts else clear(f"{years} years")


def pregnancy(facts: Facts) -> Outcome:
    """Pregnancy, where it can be (R-205)."""
    return _yes_no(facts, "pregnancy", "pregnant")


def breastfeeding(facts: Facts) -> Outcome:
    """Breastfeeding, where it can be (R-205)."""
    return _yes_no(facts, "breastfeeding", "breastfeeding")


def _yes_no(facts: Facts, topic: str, spoken: str) -> Outcome:
    person = facts.patient
    answer = getattr(person, topic) if person else ""
    if person and answer != "yes" and _cannot(facts):
        return clear("does not apply at this age and sex")
    if answer == "no":
        return clear(f"not {spoken}, as told")
    if answer != "yes":
        return not_run("not_told", f"Nobody told whether {spoken}: ask")
    rows = warnings_of(facts, topic)
    alerts = [alert_of(part, one, spoken) for part, one in rows]
    unread = _without_a_rule(facts, rows)
    left = [("no_rule", f"{spoken.capitalize()}, and no approved rule for {unread}")] if unread else []
    return weighed(alerts, left, found_as=spoken, clear_as="")


def _without_a_rule(facts: Facts, rows: list[tuple[Ingredient, Warn]]) -> str:
    """The substances that no row speaks of; "this medicine" when none is listed at all, "" when each has its row."""
    known = [part for part, _one in rows]
    unread = [part.name for part in facts.requested.ingredients if part not in known]
    return listed(unread) if unread or facts.requested.ingredients else "this medicine"


def _cannot(facts: Facts) -> bool:
    assert facts.patient is not None  # the caller looked
    if facts.patient.sex.strip().casefold() in ("m", "male", "man"):
        return True
    born_on = facts.patient.born_on
    return born_on is not None and words.age(born_on, facts.today) not in FERTILE


def kidney(facts: Facts) -> Outcome:
    """Kidney function (R-205)."""
    return _organ(facts, "kidney", "kidneys")


def liver(facts: Facts) -> Outcome:
    """Liver function (R-205)."""
    return _organ(facts, "liver", "liver")


def _organ(facts: Facts, topic: str, spoken: str) -> Outcome:
    told = getattr(facts.patient, topic) if facts.patient else ""
    rows = warnings_of(facts, topic)
    if not told:
        return not_run("not_told", f"Nobody told about the {spoken}", waits=bool(rows))
    alerts = [alert_of(part, one, told) for part, one in rows if any(_meets(told, match) for match in one.match)]
    if not alerts and (told == "healthy" or (egfr(told) is not None and (egfr(told) or 0) >= 90)):
        return clear(f"{told}, as told")
    unread = _without_a_rule(facts, rows)
    left = [("no_rule", f"{spoken.capitalize()}: {told}; no approved rule for {unread}")] if unread else []
    graded = any(match.startswith("egfr<") for _, one in rows for match in one.match)
    if not alerts and egfr(told) is None and graded:
        left.append(("degree_not_told", f"{spoken.capitalize()}: {told}; the label asks for the eGFR"))
    return weighed(_heaviest(alerts), left, found_as=f"{spoken}: {told}", clear_as=f"{told}: within the label")


def _heaviest(alerts: list[Found]) -> list[Found]:
    """The gravest, of each medicine in the pack: it says what the row for a milder degree says, and more."""
    gravest: dict[str, Found] = {}
    for one in sorted(alerts, key=lambda one: -SEVERITIES.index(one.severity)):
        gravest.setdefault(one.text.partition(",")[0], one)
    return list(gravest.values())


def _meets(told: str, match: str) -> bool:
    if match.startswith("egfr<"):
        value = egfr(told)
        return told == "dialysis" or (value is not None and value < int(match[5:]))
    return told == match or (match == "reduced" and told in ("dialysis", "severe"))
