"""How much, for how long, and is it time: dose, quantity, early refill and stockpiling (R-111, R-112, R-205, R-208)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from statistics import median

from prescriptions.rules import words
from prescriptions.rules.checks.outcome import Found, Outcome, clear, found, not_run, weighed
from prescriptions.rules.clinical import DoseLimit
from prescriptions.rules.dose import Dose, Unparsed
from prescriptions.rules.dose_text import parse
from prescriptions.rules.dose_words import MASS
from prescriptions.rules.facts import Facts, Ingredient, Supplied

LONG = 120  # days: R-112
UNUSUAL = Decimal("2.5")  # times the typical quantity: R-112
DUE_AT = Decimal("0.75")  # of the last supply used up: R-208
EARLY_CONTROLLED = timedelta(days=2)
STOCKPILE = timedelta(days=180)
IN_HAND = 30  # days in hand, beside what is asked for
PER = {"day": 1, "week": 7}
WEEKLY = Decimal("0.143")  # times a day, a little above a seventh
EXACT = Decimal("0.000001")  # a third of a day has no end: amounts are compared to so much
GROSS = 2  # times the limit: no reason but the prescriber's own word is enough for it
LIQUID = ("ml", "drop")
BREAK = 7  # days without it after which a use counts as a new one
read = lru_cache(maxsize=4096)(parse)


def of_text(dose_text: str) -> Dose | None:
    """The dose in numbers, or None when the text was not read whole."""
    dose = read(dose_text) if dose_text else None
    return None if dose is None or isinstance(dose, Unparsed) else dose


def days(dose_text: str, units: Decimal) -> int | None:
    """Whole days that units last at the highest dose; None when that can't be told."""
    dose = of_text(dose_text)
    return dose.days(units) if dose else None


def milligrams_a_day(dose_text: str, part: Ingredient) -> Decimal | None:
    """Milligrams of one ingredient a day at most; None when text or strength can't be read."""
    dose = of_text(dose_text)
    if dose is None:
        return None
    if dose.unit in MASS:
        return words.milligrams(f"{dose.daily_high} {dose.unit}")
    a_unit, of = words.milligrams(part.strength), words.counted_in(part.strength)
    # "5 mg/5 mL" counts only a dose in mL, and "10 mg" each only one in tablets and the like.
    if a_unit is None or (dose.unit != "ml" if of else dose.unit in LIQUID):
        return None
    return (a_unit * dose.daily_high).quantize(EXACT)


def dose(facts: Facts) -> Outcome:
    """Is the daily dose, summed over lines and what still runs, within the cited limit? (R-205)"""
    rx, asked = facts.prescribed, facts.requested
    if rx is None:
        return not_run("not_transcribed", "Nothing is transcribed yet")
    unread = read(rx.dose_text)
    if isinstance(unread, Unparsed):
        return not_run("dose_not_read", f"“{rx.dose_text}”: {unread.reason}")
    if not asked.ingredients:
        return not_run("no_substance_listed", "The catalogue lists no substance for this pack")
    looked = [_of_part(facts, part) for part in asked.ingredients]
    alerts = [alert for one in looked for alert in one.alerts]
    left = [(one.why, one.summary) for one in looked if one.why]
    return weighed(alerts, left, found_as="above the limit", clear_as="; ".join(one.summary for one in looked))


def _of_part(facts: Facts, part: Ingredient) -> Outcome:
    limits, _warnings = facts.clinical.of(part.names)
    asked = facts.requested
    limits = tuple(one for one in limits if one.fits(route=asked.route, form=asked.form, country=asked.country))
    if not limits:
        return not_run("no_rule", f"No approved limit for {part.name} in this form and country")
    born_on = facts.patient.born_on if facts.patient else None
    if born_on is None:
        return not_run("no_birthday", "The limits go by age, and the date of birth was not told")
    age = words.age(born_on, facts.today)
    limit = next((one for one in limits if one.is_for(age)), None)
    if limit is None:
        return not_run("no_rule_for_age", f"No approved limit for {part.name} at {age} years")
    mine = milligrams_a_day(asked.dose_text, part)
    if mine is None:
        return not_run("strength_not_read", f"“{part.strength}” and “{asked.dose_text}” can’t be counted in milligrams")
    return _against(facts, limit, part, mine)


def _against(facts: Facts, limit: DoseLimit, part: Ingredient, mine: Decimal) -> Outcome:
    others, uncounted = _others(facts, part)
    total = (mine + others) * PER[limit.per]
    amount, most = f"{words.number(total)} mg a {limit.per}", f"{words.number(limit.most)} mg"
    alerts = [*_too_often(facts, limit, part), *_too_long(facts, limit, part)]
    if total > limit.most:
        also = f", {words.number(others)} mg of it elsewhere" if others else ""
        text = f"{part.name}: {amount}{also}; at most {most}. {limit.gist}"
        weight = "contraindicated" if total > GROSS * limit.most else limit.severity
        alerts.append(Found(weight, "above_maximum", text, limit.source))
    left = []
    if uncounted:
        left.append(("other_dose_not_read", f"{part.name} is taken otherwise too, in a dose that can’t be read"))
    return weighed(alerts, left, found_as="above the limit", clear_as=f"{amount}, at most {most}")


def _too_often(facts: Facts, limit: DoseLimit, part: Ingredient) -> list[Found]:
    """A medicine with a limit a week is taken once a week: a small dose every day can kill (methotrexate)."""
    dose = of_text(facts.requested.dose_text)
    if limit.per != "week" or dose is None or dose.times_high <= WEEKLY:
        return []
    text = f"{part.name} more often than once a week: “{facts.requested.dose_text}”. {limit.gist}"
    return [Found("contraindicated", "more_often_than_weekly", text, limit.source)]


def _too_long(facts: Facts, limit: DoseLimit, part: Ingredient) -> list[Found]:
    lasts = days(facts.requested.dose_text, facts.requested.units)
    if limit.max_days is None or lasts is None:
        return []
    begun, before = facts.today, 0
    for one in reversed(same_medicine(facts)):  # what was had without a break before it
        lasted = days(one.dose_text, one.units) or 0
        if (begun - one.on).days - lasted > BREAK:
            break
        begun, before = one.on, before + lasted
    if lasts + before <= limit.max_days:
        return []
    also = f", after {before} days of it before" if before else ""
    text = f"{part.name} for {lasts} days{also}; at most {limit.max_days} in a row. {limit.gist}"
    return [Found("caution", "too_long", text, limit.source)]


def _others(facts: Facts, part: Ingredient) -> tuple[Decimal, bool]:
    """Milligrams a day from other lines and from supplies that still run, and whether one of them can't be counted."""
    texts = [(line.dose_text, one) for line in facts.alike for one in line.ingredients if one.name == part.name]
    for supply in facts.supplies:
        if supply.item and facts.prescribed is not None and supply.item == facts.prescribed.item:
            continue
        mine = [one for one in supply.ingredients if one.name == part.name]
        if mine and still_runs(supply, facts):
            texts.append((supply.dose_text, mine[0]))
    amounts = [milligrams_a_day(text, one) for text, one in texts]
    return sum((one for one in amounts if one is not None), Decimal(0)), None in amounts


def gone_for(supply: Supplied, facts: Facts) -> int:
    """Days since an earlier supply was used up; 0 while it lasts. One whose dose can't be read counts for 30 days."""
    lasts = days(supply.dose_text, supply.units)
    ends = supply.on + timedelta(days=30 if lasts is None else lasts)
    return 0 if ends > facts.today else (facts.today - ends).days + 1


def still_runs(supply: Supplied, facts: Facts) -> bool:
    """Is some of an earlier supply left today?"""
    return gone_for(supply, facts) == 0


def same_medicine(facts: Facts) -> list[Supplied]:
    """Earlier supplies on a prescription with a substance of this line, oldest first."""
    mine = {part.name for part in facts.requested.ingredients}
    known = [one for one in facts.supplies if one.item and mine & {part.name for part in one.ingredients}]
    return sorted(known, key=lambda one: one.on)


def quantity(facts: Facts) -> Outcome:
    """Is it unusually much? More than 120 days, or 2.5 times what is usual for this patient (R-112)."""
    asked = facts.requested
    if facts.prescribed is None:
        return not_run("not_transcribed", "Nothing is transcribed yet")
    lasts = days(asked.dose_text, asked.units)
    if lasts is None:
        return not_run("dose_not_read", "How long it lasts can’t be told from the dose text", waits=False)
    earlier = [one.units for one in same_medicine(facts)]
    alerts = []
    if lasts > LONG:
        alerts.append(Found("caution", "unusually_long", f"It lasts {lasts} days; more than {LONG} is unusual."))
    if earlier and asked.units > UNUSUAL * Decimal(median(earlier)):
        usual = words.number(Decimal(median(earlier)))
        text = f"{words.number(asked.units)} asked for; {usual} is usual for this patient."
        alerts.append(Found("caution", "unusually_much", text))
    return found("unusually high", *alerts) if alerts else clear(f"{lasts} days")


def refill(facts: Facts) -> Outcome:
    """Is it too early, do supplies pile up, or was there a gap? (R-208; stopping suddenly: R-209)"""
    if facts.patient is None:
        return not_run("no_patient", "No patient is named, so nobody knows what was supplied before")
    earlier = same_medicine(facts)
    if not earlier:
        return clear("first supply here")
    last = earlier[-1]
    lasts = days(last.dose_text, last.units)
    if lasts is None:
        return not_run("dose_not_read", f"How long the supply of {last.on} lasts can’t be told", waits=False)
    alerts = [*_early(facts, last, lasts), *_piled(facts, earlier), *_gap(facts, last, lasts)]
    return found("not the usual time", *alerts) if alerts else clear(f"last {last.on}, for {lasts} days")


def _early(facts: Facts, last: Supplied, lasts: int) -> list[Found]:
    ends = last.on + timedelta(days=lasts)
    due = last.on + timedelta(days=int(lasts * DUE_AT))
    if facts.requested.supply_class == "controlled":
        due = ends - EARLY_CONTROLLED
    if facts.today >= due:
        return []
    text = f"Supplied on {last.on} for {lasts} days; due from {due}, {(due - facts.today).days} days from now."
    return [Found("serious", "too_early", text)]


def _piled(facts: Facts, earlier: list[Supplied]) -> list[Found]:
    window = [one for one in earlier if facts.today - one.on <= STOCKPILE]
    in_hand = _in_hand(facts, window)
    if len(window) < 2 or in_hand is None or in_hand <= IN_HAND:
        return []
    text = f"{len(window)} supplies since {window[0].on} leave about {in_hand} days in hand."
    return [Found("serious", "stockpile", text)]


def _in_hand(facts: Facts, window: list[Supplied]) -> int | None:
    """Days that are left of several supplies, used one after the other; a time without any uses nothing up."""
    left, since = 0, window[0].on if window else facts.today
    for one in window:
        lasts = days(one.dose_text, one.units)
        if lasts is None:
            return None
        left = max(0, left - (one.on - since).days) + lasts
        since = one.on
    return max(0, left - (facts.today - since).days)


def _gap(facts: Facts, last: Supplied, lasts: int) -> list[Found]:
    gone = (facts.today - last.on).days - lasts
    if gone < 3:
        return []
    warned = [
        one
        for part in facts.requested.ingredients
        for one in facts.clinical.of(part.names)[1]
        if one.topic == "stopping"
    ]
    return [
        Found("caution", "gap", f"The last supply ended {gone} days ago. {one.gist}", one.source) for one in warned[:1]
    ]
