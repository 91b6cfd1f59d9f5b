"""What was told, against the medicine: allergies with their groups, conditions (drug-disease) (R-204)."""

from __future__ import annotations

from functools import lru_cache

from prescriptions.rules import words
from prescriptions.rules.checks.outcome import Found, Outcome, clear, listed, not_run, weighed
from prescriptions.rules.checks.person import alert_of, told_none, warnings_of
from prescriptions.rules.clinical import Group, Warn
from prescriptions.rules.facts import Facts, Ingredient, Told
from prescriptions.rules.told import not_understood

EXCIPIENTS = (
    "lactose", "gluten", "wheat", "starch", "gelatin", "gelatine", "peanut", "soy", "soya", "sesame", "egg",
    "tartrazine", "dye", "colouring", "coloring", "sulfite", "sulphite", "aspartame", "paraben", "benzyl alcohol",
    "polyethylene glycol", "macrogol", "peg", "latex", "milk", "fructose", "sorbitol", "celiac", "coeliac",
)  # fmt: skip
# Told as allergies often, and never in a medicine.
ELSEWHERE = (
    "pollen", "hay fever", "grass", "tree", "birch", "ragweed", "dust", "mite", "mould", "mold", "cat", "dog", "horse",
    "animal", "fur", "feather", "bee", "wasp", "insect", "sting", "nut", "walnut", "hazelnut", "almond", "cashew",
    "pistachio", "shellfish", "seafood", "fish", "prawn", "shrimp", "crab", "strawberry", "strawberries", "kiwi",
    "apple", "tomato", "tomatoes", "banana", "avocado", "chocolate", "nickel", "wool", "perfume", "sun", "plaster",
    "adhesive",
)  # fmt: skip


def allergy(facts: Facts) -> Outcome:
    """Do the told allergies name a substance of this pack, its group, or one that cross-reacts? (R-204)"""
    told = facts.patient.allergies.strip() if facts.patient else ""
    if not told:
        return not_run("allergies_not_told", "Nobody told about allergies: ask")
    if told_none(told):
        return clear("none, as told")
    groups = facts.clinical.of_kind("allergy")
    alerts = [*(_by_name(facts, told) or _by_group(facts, told, groups)), *_excipients(told)]
    return weighed(
        alerts, _not_looked_up(facts, told, groups),
        found_as="matches", clear_as=f"“{told}”: no match by name or group",
    )  # fmt: skip


def _by_name(facts: Facts, told: str) -> list[Found]:
    named = _named_in(facts.allergies_told)
    hits = [one.name for one in facts.requested.ingredients if words.mentions(told, one.names) or _is_among(one, named)]
    text = f"Told allergy names {listed(hits)}: “{told}”."
    return [Found("contraindicated", "allergic", text)] if hits else []


def _named_in(told: tuple[Told, ...]) -> list[Ingredient]:
    return [part for piece in told for part in piece.ingredients]


def _is_among(part: Ingredient, others: list[Ingredient]) -> bool:
    return any(words.plain(part.name) == words.plain(other.name) for other in others)


def _by_group(facts: Facts, told: str, groups: list[Group]) -> list[Found]:
    alerts = []
    named = _named_in(facts.allergies_told)
    for part in facts.requested.ingredients:
        for mine in (one for one in groups if one.holds(part.names)):
            if _told_of(mine, told, named):
                text = f"{part.name} is of the group told of ({mine.code}): “{told}”. {mine.gist}"
                alerts.append(Found(mine.severity if mine.severity != "note" else "serious", "allergy_group", text,
                                    mine.source))  # fmt: skip
            for other in (facts.clinical.groups[code] for code in mine.crosses if code in facts.clinical.groups):
                if _told_of(other, told, named):
                    text = f"{part.name} may cross-react with what was told ({other.code}): “{told}”. {mine.gist}"
                    alerts.append(Found("serious", "cross_allergy", text, mine.source))
    return alerts


def _told_of(group: Group, told: str, named: list[Ingredient]) -> bool:
    return words.mentions(told, (*group.told, *group.members)) or any(group.holds(part.names) for part in named)


def _excipients(told: str) -> list[Found]:
    hidden = [word for word in EXCIPIENTS if words.mentions(told, (word,))]
    text = f"Told of {listed(hidden)}. The catalogue lists no excipients: read the leaflet of this very pack."
    return [Found("caution", "excipient", text)] if hidden else []


def _not_looked_up(facts: Facts, told: str, groups: list[Group]) -> list[tuple[str, str]]:
    if not facts.requested.ingredients:
        return [("no_substance_listed", "The catalogue lists no substance for this pack")]
    if not groups:
        return [("no_rule", f"No approved groups to look “{told}” up in")]
    recognised = [piece.text for piece in facts.allergies_told if piece.ingredients]
    known = (
        *EXCIPIENTS, *ELSEWHERE, *(word for group in groups for word in (*group.told, *group.members)), *recognised,
        *(name for part in facts.requested.ingredients for name in part.names),
    )  # fmt: skip
    strange = not_understood(told, lambda piece: words.mentions(piece, known))
    return [("not_recognised", f"Not recognised among the allergies: {listed(strange)}")] if strange else []


def conditions(facts: Facts) -> Outcome:
    """Does a told condition speak against it? (drug-disease: R-204)"""
    told = facts.patient.conditions.strip() if facts.patient else ""
    if not told:
        return not_run("conditions_not_told", "Nobody told about conditions: ask")
    if told_none(told):
        return clear("none, as told")
    rows = warnings_of(facts, "condition")
    alike = facts.clinical.of_kind("condition")
    alerts = [alert_of(part, one, f"“{hit}”") for part, one in rows for hit in _met(one, told, alike)[:1]]
    return weighed(
        alerts, _not_read(facts, told, rows, alike),
        found_as="speaks against it", clear_as=f"“{told}”: none of those in the label",
    )  # fmt: skip


def _met(one: Warn, told: str, alike: list[Group]) -> list[str]:
    return [match for match in one.match if words.mentions(told, (match, *_also_called(match, alike)))]


def _also_called(match: str, alike: list[Group]) -> list[str]:
    """Other words for the same condition: "fits" for "epilepsy"."""
    wanted = words.plain(match)
    return [word for group in alike if wanted in _plain_words(group.told) for word in group.told]


@lru_cache(maxsize=1024)
def _plain_words(told: tuple[str, ...]) -> frozenset[str]:
    return frozenset(words.plain(word) for word in told)


def _not_read(
    facts: Facts, told: str, rows: list[tuple[Ingredient, Warn]], alike: list[Group]
) -> list[tuple[str, str]]:
    left = []
    unread = [part.name for part in facts.requested.ingredients if part not in [known for known, _ in rows]]
    if unread or not facts.requested.ingredients:
        left.append(("no_rule", f"No approved rule about conditions and {listed(unread) or 'this pack'}: “{told}”"))
    known = (*(word for _part, one in rows for word in one.match), *(word for group in alike for word in group.told))
    strange = not_understood(told, lambda piece: words.mentions(piece, known))
    if strange:
        left.append(("not_recognised", f"Not recognised among the conditions: {listed(strange)}"))
    return left
