"""The checks of the gate. Each takes `Facts` and says what it found; one that can't run says why.

Nothing here ever answers "clear" for want of facts: see docs/the-gate.md, R-003, R-204 to R-207.
"""

from collections.abc import Callable
from dataclasses import dataclass

from prescriptions.rules import words
from prescriptions.rules.facts import Facts
from prescriptions.rules.quantities import left_now

PRESCRIPTION_CLASSES = ("prescription_only", "controlled")


@dataclass(frozen=True, slots=True)
class Found:
    """One alert: severity note, caution, serious or stop; a code; a sentence for the pharmacist."""

    severity: str
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to. `why` is a code, set exactly when it did not run."""

    state: str
    summary: str
    why: str = ""
    alerts: tuple[Found, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One check: its stable id, version, title, whether Approve waits for it, and where it comes from."""

    id: str
    version: str
    title: str
    run: Callable[[Facts], Outcome]
    is_mandatory: bool
    source: str
    classes: tuple[str, ...] = (*PRESCRIPTION_CLASSES, "pharmacy_only")


def clear(summary: str) -> Outcome:
    """It ran and found nothing."""
    return Outcome("ran_clear", summary)


def found(summary: str, *alerts: Found) -> Outcome:
    """It ran and found something."""
    return Outcome("ran_with_alerts", summary, alerts=alerts)


def not_run(why: str, summary: str) -> Outcome:
    """It could not run."""
    return Outcome("did_not_run", summary, why=why)


def document(facts: Facts) -> Outcome:
    """Is there a prescription to look at?"""
    ready = [paper for paper in facts.papers if paper.state == "ready"]
    pending = [paper for paper in facts.papers if paper.state in ("receiving", "cleaning")]
    if ready and not pending:
        return clear(f"{len(ready)} to look at")
    if pending:
        return not_run("document_pending", "A document is still being made safe")
    return not_run("no_document", "No readable document with this order")


def validity(facts: Facts) -> Outcome:
    """May it be supplied on today?"""
    rx = facts.prescribed
    if rx is None:
        return not_run("not_transcribed", "Nothing is transcribed yet")
    if rx.is_revoked:
        return found("revoked", Found("stop", "revoked", "The prescription was revoked or rejected."))
    if rx.valid_until is None:
        return not_run("no_rule", "No approved rule says how long it is valid here")
    if rx.issued_on > facts.today:
        return found("not yet", Found("stop", "issued_later", f"Issued on {rx.issued_on}, which has not come yet."))
    if rx.valid_until < facts.today:
        return found("expired", Found("stop", "expired", f"Was valid until {rx.valid_until}."))
    return clear(f"issued {rx.issued_on}, valid to {rx.valid_until}")


def quantity_left(facts: Facts) -> Outcome:
    """Is there enough left on the item for what is asked?"""
    rx, asked = facts.prescribed, facts.requested
    if rx is None:
        return not_run("not_transcribed", "Nothing is transcribed yet")
    left = left_now(rx.quantity, rx.repeats, rx.supplied)
    if left < asked.units_a_pack:
        text = f"{words.number(left)} left; the smallest supply is {words.number(asked.units_a_pack)}."
        return found("used up", Found("stop", "nothing_left", text))
    if left < asked.units:
        text = f"{words.number(asked.units)} asked for, {words.number(left)} left. Approve less."
        return found("more than left", Found("serious", "more_than_left", text))
    return clear(f"{words.number(asked.units)} asked for, {words.number(left)} left")


def medicine(facts: Facts) -> Outcome:
    """Is what is asked for what was prescribed?"""
    rx, asked = facts.prescribed, facts.requested
    if rx is None:
        return not_run("not_transcribed", "Nothing is transcribed yet")
    if not asked.ingredients:
        return not_run("no_substance_listed", "The catalogue lists no substance for this pack")
    missing = [one for one in asked.ingredients if not words.names_it(rx.substance, one.names)]
    if missing:
        text = f"Prescribed: {rx.substance}. Asked for: {' + '.join(one.name for one in asked.ingredients)}."
        return found("another substance", Found("stop", "other_substance", text))
    if len(asked.ingredients) > 1:
        return not_run("several_substances", "Strengths of several substances are compared by hand")
    same = words.same_strength(rx.strength, asked.ingredients[0].strength)
    if same is None:
        return not_run("strength_not_readable", f"“{rx.strength}” can't be compared by rule")
    if not same:
        text = f"Prescribed {rx.strength}, asked for {words.strength(asked.ingredients[0].strength)}."
        return found("another strength", Found("serious", "other_strength", text))
    return clear(f"{rx.substance} {rx.strength}")


def used_before(facts: Facts) -> Outcome:
    """Was this paper used before? (R-115)"""
    ready = [paper for paper in facts.papers if paper.state == "ready"]
    if not ready:
        return not_run("no_document", "No readable document to compare")
    alerts = []
    for paper in ready:
        if not paper.same_file_elsewhere and not paper.same_look_elsewhere:
            continue
        how = "The same file" if paper.same_file_elsewhere else "A paper that looks the same"
        if paper.of_another_patient:
            alerts.append(Found("serious", "same_paper_other_patient", f"{how} was sent for another patient."))
        else:
            alerts.append(Found("caution", "same_paper_again", f"{how} was sent before for this patient."))
    return found("seen before", *alerts) if alerts else clear("no scan like this one")


def same_medicine_twice(facts: Facts) -> Outcome:
    """Is the same substance asked for twice in the order? (R-206)"""
    mine = facts.requested.ingredients
    if not mine:
        return not_run("no_substance_listed", "The catalogue lists no substance for this pack")
    others = {other.name for line in facts.other_lines for other in line.ingredients}
    twice = [one.name for one in mine if one.name in others]
    if twice:
        text = f"{' and '.join(twice)} is in another line of this order too."
        return found("twice in this order", Found("serious", "same_substance_twice", text))
    return clear("none within the order")


def age_known(facts: Facts) -> Outcome:
    """Is the patient's age known?"""
    if facts.patient is None or facts.patient.born_on is None:
        return not_run("no_birthday", "The patient's date of birth was not told")
    age = words.age(facts.patient.born_on, facts.today)
    if age < 0 or age > 120:
        return not_run("birthday_implausible", "The date of birth can't be right")
    if age < 18:
        return found(f"{age} years", Found("caution", "minor", f"{age} years old: is the dose for a child?"))
    return clear(f"{age} years")


def allergy(facts: Facts) -> Outcome:
    """Do the told allergies name a substance of this pack?"""
    told = facts.patient.allergies.strip() if facts.patient else ""
    if not told:
        return not_run("allergies_not_told", "Nobody told about allergies")
    hits = [one.name for one in facts.requested.ingredients if words.mentions(told, one.names)]
    if hits:
        return found("matches", Found("stop", "allergic", f"Told allergy names {' and '.join(hits)}: “{told}”."))
    return clear(f"“{told}”: no match by name")


def _later(what: str) -> Callable[[Facts], Outcome]:
    def run(facts: Facts) -> Outcome:
        return not_run("no_source_yet", what)

    return run


WAITS, SHOWN = True, False  # does Approve wait for it, or is it only shown?
RULES: tuple[Rule, ...] = (
    Rule("document", "1", "Document", document, WAITS, "R-001", PRESCRIPTION_CLASSES),
    Rule("validity", "1", "Validity", validity, WAITS, "R-101 to R-109", PRESCRIPTION_CLASSES),
    Rule("quantity-left", "1", "Quantity left", quantity_left, WAITS, "R-110", PRESCRIPTION_CLASSES),
    Rule("medicine", "1", "Substance and strength", medicine, WAITS, "R-001", PRESCRIPTION_CLASSES),
    Rule("used-before", "1", "Used before", used_before, WAITS, "R-115", PRESCRIPTION_CLASSES),
    Rule("same-medicine-twice", "1", "Same medicine twice", same_medicine_twice, WAITS, "R-206"),
    Rule("age", "1", "Age known", age_known, WAITS, "R-205"),
    Rule("allergy", "1", "Allergy", allergy, SHOWN, "R-204"),
    Rule("interactions", "0", "Interactions", _later("No interaction source is connected"), SHOWN, "R-204"),
    Rule("dose", "0", "Dose in range", _later("No dose source is connected"), SHOWN, "R-204"),
    Rule("kidney", "0", "Kidney function", _later("No kidney values are asked for yet"), SHOWN, "R-205"),
    Rule("prescriber", "0", "Prescriber’s register", _later("No register is connected"), SHOWN, "R-116"),
)
BY_ID = {rule.id: rule for rule in RULES}


def rules_for(supply_class: str) -> tuple[Rule, ...]:
    """The checks that a request of this class needs."""
    return tuple(rule for rule in RULES if supply_class in rule.classes)
