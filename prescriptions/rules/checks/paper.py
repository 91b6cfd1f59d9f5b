"""Is there a prescription, is it valid, for this medicine, with enough left; who wrote it; was it seen before?"""

from datetime import timedelta

from prescriptions.rules import words
from prescriptions.rules.checks.outcome import Found, Outcome, clear, found, not_run, weighed
from prescriptions.rules.facts import Facts, PrescribedBy
from prescriptions.rules.identity import may_be_one
from prescriptions.rules.quantities import left_now

VERIFIED_FOR = timedelta(days=365)  # registrations are renewed by the year


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
    if rx.not_before is not None and rx.not_before > facts.today:
        return found("not yet", Found("stop", "not_before", f"To be supplied from {rx.not_before} on, not before."))
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
    alerts = _written_before(facts)
    if not ready and not alerts:
        return not_run("no_document", "No readable document to compare")
    for paper in ready:
        if not paper.same_file_elsewhere and not paper.same_look_elsewhere:
            continue
        how = "The same file" if paper.same_file_elsewhere else "A paper that looks the same"
        if paper.of_another_patient:
            alerts.append(Found("serious", "same_paper_other_patient", f"{how} was sent for another patient."))
        else:
            alerts.append(Found("caution", "same_paper_again", f"{how} was sent before for this patient."))
    return found("seen before", *alerts) if alerts else clear("no scan, number or paper like this one")


def _written_before(facts: Facts) -> list[Found]:
    """What stands a second time: its number, or the same person, prescriber and day; the worst of each, once."""
    alerts = []
    for same_number, what in ((True, "the same number"), (False, "the same person, prescriber and day")):
        same = [one for one in facts.same_papers if one.same_number == same_number]
        if any(one.of_another_owner for one in same):
            code = "same_number_other_customer" if same_number else "same_prescription_other_customer"
            alerts.append(Found("serious", code, f"A prescription with {what} came from another customer."))
        elif same:
            code = "same_number_again" if same_number else "same_prescription_again"
            alerts.append(Found("caution", code, f"A prescription with {what} came before from this customer."))
    return alerts


def prescriber(facts: Facts) -> Outcome:
    """Is there evidence that the prescriber is who the paper says? A well-formed number is none (R-116, R-117)."""
    who = facts.prescriber
    if who is None:
        return not_run("not_transcribed", "Nothing is transcribed yet")
    alerts = []
    if not may_be_one(who.written, who.name):
        text = f"The paper names {who.written}; register number {who.number} is {who.name}’s here. Is it genuine?"
        alerts.append(Found("serious", "another_name", text))
    verified = f"{who.name}: verified {who.verified_on}, {who.verified_how}"
    return weighed(alerts, _not_verified(facts, who), found_as="another name", clear_as=verified)


def _not_verified(facts: Facts, who: PrescribedBy) -> list[tuple[str, str]]:
    if who.verified_on is None:
        number = f", number {who.number}" if who.number else ", no number given"
        return [("not_verified", f"{who.name}{number}: not looked up in the register yet")]
    if facts.today - who.verified_on > VERIFIED_FOR:
        since = f"looked up on {who.verified_on}; registers change, look again"
        return [("verified_long_ago", f"{who.name}: {since}")]
    return []


def place(facts: Facts) -> Outcome:
    """Is it still the class it was asked for in, and may it be supplied there at all? (R-401; unknown is refused)"""
    asked = facts.requested
    if not asked.class_now or asked.class_now == "not_supplied":
        return found("not supplied", Found("stop", "not_supplied", f"Not supplied in {asked.country} today."))
    if asked.class_now != asked.supply_class:
        text = f"Asked for as {asked.supply_class}; it is {asked.class_now} in {asked.country} today."
        return found("another class", Found("stop", "class_changed", text.replace("_", " ")))
    return clear(f"{asked.class_now.replace('_', ' ')} in {asked.country}")
