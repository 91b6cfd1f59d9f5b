"""Clinical rule data as the checks read it: dose limits, contraindications, groups. Plain values, with their sources.

The rows come from reviewed, approved rows of the table (`models/clinical.py`); what is not there, nobody looked up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from prescriptions.rules.words import plain

SEVERITIES = ("note", "caution", "serious", "contraindicated", "stop")
TOPICS = ("condition", "medicine", "kidney", "liver", "pregnancy", "breastfeeding", "age", "stopping", "second")


@dataclass(frozen=True, slots=True)
class DoseLimit:
    """At most `most` mg a day (or a week) for a substance by a route, form, country and age; `max_days` in a row.

    `form`: words that the product's form has; with a "!" before it, one that it has not ("tablet !extended").
    """

    code: str
    substance: str
    route: str
    form: str
    country: str
    age_from: int
    age_below: int | None
    most: Decimal
    per: str
    max_days: int | None
    severity: str
    source: str
    gist: str

    def fits(self, *, route: str, form: str, country: str) -> bool:
        """Is it about this product in this country? Age is asked separately, because it may not be known."""
        return (
            self.route in route.casefold()
            and all((word.lstrip("!") in form.casefold()) != word.startswith("!") for word in self.form.split())
            and self.country in ("", country)
        )  # fmt: skip

    def is_for(self, age: int) -> bool:
        """Does it hold at this age?"""
        return age >= self.age_from and (self.age_below is None or age < self.age_below)


@dataclass(frozen=True, slots=True)
class Warn:
    """When a substance is not given, or only with care. `match` is words, `<15`, `egfr<60`, or `-` (read, and none).

    `days`: for so long after the other medicine was stopped (a MAO inhibitor: 14).
    """

    code: str
    substance: str
    route: str
    country: str
    topic: str
    match: tuple[str, ...]
    severity: str
    source: str
    gist: str
    days: int = 0

    def fits(self, *, route: str, country: str) -> bool:
        """Is it about this route and country?"""
        return self.route in route.casefold() and self.country in ("", country)


@dataclass(frozen=True, slots=True)
class Group:
    """Substances that count as one for an allergy (`allergy`) or that a warning names together (`class`), or the words
    that people have for one and the same condition (`condition`)."""

    code: str
    kind: str
    told: tuple[str, ...]
    members: frozenset[str]
    crosses: tuple[str, ...]
    severity: str
    source: str
    gist: str

    def holds(self, names: Iterable[str]) -> bool:
        """Is a substance, by any of its names, in the group?"""
        return any(plain(name) in self.members for name in names)


@dataclass(frozen=True, slots=True)
class Clinical:
    """The approved rows about some substances, and every group. `unreadable`: codes of rows that nobody can read."""

    limits: tuple[DoseLimit, ...] = ()
    warnings: tuple[Warn, ...] = ()
    groups: Mapping[str, Group] = field(default_factory=dict)
    unreadable: tuple[str, ...] = ()

    def of_kind(self, kind: str) -> list[Group]:
        """The groups of one kind."""
        return [one for one in self.groups.values() if one.kind == kind]

    def of(self, names: Iterable[str]) -> tuple[tuple[DoseLimit, ...], tuple[Warn, ...]]:
        """The rows about one substance, by any of its names."""
        known = {plain(name) for name in names}
        return (
            tuple(one for one in self.limits if one.substance in known),
            tuple(one for one in self.warnings if one.substance in known),
        )


def parts(text: str) -> tuple[str, ...]:
    """'a|b' as ('a', 'b'); () for an empty text."""
    return tuple(part.strip() for part in text.split("|") if part.strip())


def parse(kind: str, code: str, substance: str, value: Mapping[str, str], severity: str, source: str, gist: str
          ) -> DoseLimit | Warn | Group:  # fmt: skip
    """A row of the table as one of the three. Raises ValueError or KeyError for one that can't be read."""
    if severity not in SEVERITIES or kind not in ("dose", "contraindication", "group"):
        raise ValueError("unknown severity or kind")
    if kind == "dose":
        return _limit(code, substance, value, severity, source, gist)
    if kind == "contraindication":
        if value["topic"] not in TOPICS:
            raise ValueError("unknown topic")
        return Warn(code, plain(substance), value["route"], value["country"], value["topic"],
                        parts(value["match"]), severity, source, gist, int(value.get("days") or 0))  # fmt: skip
    members = frozenset(plain(member) for member in parts(value["members"]))
    told, crosses = parts(value["told"]), parts(value["crosses"])
    return Group(code, value["kind"], told, members, crosses, severity, source, gist)


def _limit(code: str, substance: str, value: Mapping[str, str], severity: str, source: str, gist: str) -> DoseLimit:
    if value["per"] not in ("day", "week"):
        raise ValueError("a limit is per day or per week")
    return DoseLimit(
        code=code,
        substance=plain(substance),
        route=value["route"],
        form=value["form"],
        country=value["country"],
        age_from=int(value["age_from"] or 0),
        age_below=int(value["age_below"]) if value["age_below"] else None,
        most=Decimal(value["max_mg"]),
        per=value["per"],
        max_days=int(value["max_days"]) if value["max_days"] else None,
        severity=severity,
        source=source,
        gist=gist,
    )
