"""What a FHIR prescription is read into, its faults, and how its resources are found."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

from prescriptions.rules.fhir.tree import Node

REFUSED: Final = "refused"
PERSON: Final = "person"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at a path; `weight` "refused" (the whole) or "person" (somebody has to read it)."""

    path: str
    code: str
    detail: str
    weight: str = REFUSED

    def as_json(self) -> dict[str, str]:
        """For keeping and for answers."""
        return {"path": self.path, "code": self.code, "detail": self.detail, "weight": self.weight}


@dataclass(frozen=True, slots=True)
class Person:
    """The patient as written."""

    name: str
    born_on: date
    sex: str


@dataclass(frozen=True, slots=True)
class Author:
    """The prescriber as written; register and number are "" where none is known to us."""

    name: str
    register: str
    number: str
    country: str


@dataclass(frozen=True, slots=True)
class Item:
    """One medicine, read whole. `quantity` in units of `unit`; `repeats` after the first supply."""

    path: str
    medicine: str
    substance: str
    strength: str
    code: str
    system: str
    dose_text: str
    quantity: Decimal
    unit: str
    repeats: int
    as_written_only: bool


@dataclass(slots=True)
class Reading:
    """What came of it. Usable only without refusing faults."""

    number: str = ""
    patient: Person | None = None
    author: Author | None = None
    issued_on: date | None = None
    not_before: date | None = None
    not_after: date | None = None
    items: list[Item] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def is_refused(self) -> bool:
        """Whether any fault refuses the whole."""
        return any(each.weight == REFUSED for each in self.faults)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left for a person."""
        return not self.faults and bool(self.items)

    def refuse(self, at: Node | str, code: str, detail: str) -> None:
        """Note a fault that refuses the whole."""
        self.faults.append(Fault(at if isinstance(at, str) else at.path, code, detail))

    def ask(self, at: Node | str, code: str, detail: str) -> None:
        """Note a fault that a person has to look at."""
        self.faults.append(Fault(at if isinstance(at, str) else at.path, code, detail, PERSON))


class Shelf:
    """The resources of a bundle (or of one resource with what it contains), found by reference."""

    def __init__(self, root: Node) -> None:
        self.root = root
        self.all: list[Node] = []
        self._by: dict[str, Node] = {}
        if root.text("resourceType") == "Bundle":
            for entry in root.many("entry"):
                resource = entry.one("resource")
                if resource is not None:
                    self._put(resource, entry.text("fullUrl"))
        else:
            self._put(root, "")

    def _put(self, resource: Node, url: str) -> None:
        self.all.append(resource)
        kind, number = resource.text("resourceType"), resource.text("id")
        for name in (url, f"{kind}/{number}" if number else "", f"urn:uuid:{number}" if number else ""):
            if name:
                self._by.setdefault(name, resource)

    def of(self, kind: str) -> list[Node]:
        """Resources of a kind, in their order."""
        return [each for each in self.all if each.text("resourceType") == kind]

    def at(self, reference: Node | None, within: Node) -> Node | None:
        """What a reference points at: contained, or in the bundle; None when it is elsewhere."""
        said = reference.text("reference") if reference is not None else ""
        if said.startswith("#"):
            return next((each for each in within.many("contained") if each.text("id") == said[1:]), None)
        parts = said.split("/_history")[0].rsplit("/", 2)
        return self._by.get(said) or (self._by.get("/".join(parts[-2:])) if len(parts) > 1 else None)


def day_of(text: str) -> date | None:
    """The day of a FHIR date or dateTime; None for a year or month alone and for nonsense."""
    try:
        return date.fromisoformat(text[:10]) if len(text) >= 10 else None
    except ValueError:
        return None


def number_of(text: str) -> Decimal | None:
    """A FHIR decimal, or None."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def name_of(person: Node) -> str:
    """A person's name as it is written: text, or given names and family name; the official one first."""
    names = sorted(person.many("name"), key=lambda name: name.text("use") not in ("official", "usual", ""))
    for name in names:
        if isinstance(name.value, str):
            return name.value.strip()
        parts = [str(given.value) for given in name.many("given")] + [name.text("family")]
        said = name.text("text") or " ".join(part for part in parts if part)
        if said:
            return said
    return ""
