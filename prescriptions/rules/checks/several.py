"""Several medicines at once: the same twice, interactions, and whether a second pharmacist is wanted."""

from __future__ import annotations

from prescriptions.rules import words
from prescriptions.rules.checks.doses import gone_for, of_text, same_medicine, still_runs
from prescriptions.rules.checks.outcome import Found, Outcome, clear, found, listed, not_run, weighed
from prescriptions.rules.checks.person import told_none, warnings_of
from prescriptions.rules.clinical import Warn
from prescriptions.rules.facts import Facts, Ingredient

# The catalogue's four steps as ours.
WEIGHT = {"contraindicated": "contraindicated", "major": "serious", "moderate": "caution", "minor": "note"}
CHILD_BY_WEIGHT = 12


def twice(facts: Facts) -> Outcome:
    """Is the same substance, or one of the same ATC group, in the order or still running? (R-206)"""
    mine = facts.requested.ingredients
    if not mine:
        return not_run("no_substance_listed", "The catalogue lists no substance for this pack")
    item = facts.prescribed.item if facts.prescribed else ""
    running = [one for one in facts.supplies if not (one.item and one.item == item) and still_runs(one, facts)]
    here = [part for parts in facts.taken for part in parts]
    recent = [part for supply in running for part in supply.ingredients]
    alerts = [
        *_same(mine, here, "same_substance_twice", "is in another line of this order too"),
        *_same(mine, recent, "same_substance_running", "was supplied before and still lasts"),
        *_told(facts),
        *_class(mine, [*here, *recent, *(part for piece in facts.medicines_told for part in piece.ingredients)]),
    ]
    if alerts:
        return found("twice", *alerts)
    unclassed = [part.name for part in mine if not part.atc]
    return clear("none in the order or still running" + (f"; {listed(unclassed)} has no ATC code" if unclassed else ""))


def _same(mine: tuple[Ingredient, ...], others: list[Ingredient], code: str, words_: str) -> list[Found]:
    twice_ = [one.name for one in mine if one.name in {other.name for other in others}]
    return [Found("serious", code, f"{listed(twice_)} {words_}.")] if twice_ else []


def _told(facts: Facts) -> list[Found]:
    """The patient's own list names it too: this prescription, or one that others supply? It can't be counted."""
    mine = {part.name for part in facts.requested.ingredients}
    again = [one.text for one in facts.medicines_told if mine & {part.name for part in one.ingredients}]
    text = f"The patient’s own list names it too: {listed(again)}. Is it this one, or taken beside it?"
    return [Found("caution", "same_substance_told", text)] if again else []


def _class(mine: tuple[Ingredient, ...], others: list[Ingredient]) -> list[Found]:
    alerts = []
    for one in mine:
        groups = {code[:5] for code in one.atc if len(code) >= 5}
        alike = [o.name for o in others if o.name != one.name and groups & {code[:5] for code in o.atc}]
        if alike:
            text = f"{one.name} and {listed(alike)} are of one group ({', '.join(sorted(groups))})."
            alerts.append(Found("caution", "same_group", text))
    return alerts


def interactions(facts: Facts) -> Outcome:
    """With the other lines, what still runs, and the patient's own list (R-204, R-217)."""
    told = facts.patient.medicines.strip() if facts.patient else ""
    alerts = [*_by_warnings(facts, told), *_by_table(facts)]
    table = facts.together
    silent = f"; no source speaks of {listed(table.silent[:4])}" if table and table.silent else ""
    clear_as = ("nothing else is taken" if told_none(told) else "none in the table") + silent
    return weighed(alerts, _not_looked_at(facts, told), found_as="found", clear_as=clear_as)


def _not_looked_at(facts: Facts, told: str) -> list[tuple[str, str]]:
    """(why, in words) of everything that could not be looked up."""
    table = facts.together
    left = [] if table else [("no_source", "No interaction table is loaded")]
    if not told:
        left.append(("medicines_not_told", "Nobody told what else is taken: ask"))
    if table and table.unlisted:
        left.append(("not_recognised", f"Not recognised in the list: {listed(table.unlisted)}"))
    if table and table.not_known:
        left.append(("not_known", f"The table does not know {listed(table.not_known)}"))
    return left


def _by_table(facts: Facts) -> list[Found]:
    if facts.together is None:
        return []
    return [
        Found(WEIGHT[one.severity], "interaction", f"{one.one} with {one.other}: {one.text}", one.source)
        for one in facts.together.found
    ]


def _by_warnings(facts: Facts, told: str) -> list[Found]:
    """What the approved rows of this medicine say of the others, and those of the others of this one."""
    alerts = []
    for part, one in warnings_of(facts, "medicine"):
        taken = [names for names, gone in _others(facts) if gone <= one.days]
        hits = [
            match
            for match in _spread(facts, one)
            if not _in(match, [part.names]) and (words.mentions(told, (match,)) or _in(match, taken))
        ]
        if hits:
            alerts.append(Found(one.severity, "warned_medicine", f"{part.name} with {listed(hits)}: {one.gist}",
                                one.source))  # fmt: skip
    for names in (names for names, gone in [*_others(facts), *_on_the_list(facts)] if gone <= 0):
        alerts += _said_by(facts, names)
    return alerts


def _said_by(facts: Facts, names: tuple[str, ...]) -> list[Found]:
    """What the rows of another medicine say of this one: cyclobenzaprine is taken, and a MAO inhibitor asked for."""
    asked = facts.requested
    return [
        Found(one.severity, "warned_medicine", f"{names[0]} with {part.name}: {one.gist}", one.source)
        for one in facts.clinical.of(names)[1]
        if one.topic == "medicine" and one.country in ("", asked.country)
        for part in asked.ingredients
        if part.names[0] != names[0] and any(_in(match, [part.names]) for match in _spread(facts, one))
    ]


def _others(facts: Facts) -> list[tuple[tuple[str, ...], int]]:
    """Names of what is taken beside it, and for how many days it is gone; 0 while it lasts."""
    lines = [(part.names, 0) for parts in facts.taken for part in parts]
    return lines + [(part.names, gone_for(supply, facts)) for supply in facts.supplies for part in supply.ingredients]


def _on_the_list(facts: Facts) -> list[tuple[tuple[str, ...], int]]:
    return [(part.names, 0) for piece in facts.medicines_told for part in piece.ingredients]


def _spread(facts: Facts, one: Warn) -> list[str]:
    """The words of a warning, with `class:` words spread to the members of the class."""
    spread: list[str] = []
    for match in one.match:
        group = facts.clinical.groups.get(match[:-1]) if match.endswith(":") else None
        spread += [match[:-1], *sorted(group.members)] if group else [match.rstrip(":")]
    return spread


def _in(match: str, names: list[tuple[str, ...]]) -> bool:
    wanted = words.plain(match)
    return any(wanted == words.plain(name) for several in names for name in several)


def second(facts: Facts) -> Outcome:
    """Is a second pharmacist wanted? (R-211) An override of a contraindication wants one too, whatever this says."""
    reasons = []
    if facts.requested.supply_class == "controlled":
        reasons.append(Found("note", "second_controlled", "Controlled: a second pharmacist signs."))
    for part, one in warnings_of(facts, "second"):
        reasons.append(Found("note", "second_narrow", f"{part.name}: {one.gist}", one.source))
    born_on = facts.patient.born_on if facts.patient else None
    if born_on is not None and 0 <= words.age(born_on, facts.today) < CHILD_BY_WEIGHT:
        reasons.append(Found("note", "second_child", f"Under {CHILD_BY_WEIGHT}: the dose goes by weight."))
    dose = of_text(facts.requested.dose_text)
    lasts = dose.days(facts.requested.units) if dose else None
    if lasts is not None and lasts > 180 and not same_medicine(facts):
        reasons.append(Found("note", "second_large", f"A first supply for {lasts} days."))
    if reasons:
        return found("a second pharmacist signs", *reasons)
    if born_on is None or not facts.requested.ingredients:
        return not_run("facts_missing", "Age or substance is not known, so nobody can say that one is enough")
    return clear("one pharmacist is enough")
