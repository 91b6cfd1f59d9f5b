"""What a guide is made of: sections, claims, sources; and which sections every guide must have (rules R-801, R-802)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Final

# What kinds of sentence there are. `plain` claims nothing: whom to ask, what we did not find.
CLAIM_KINDS: Final = {
    "indication": "Use",
    "dose": "Dose",
    "contraindication": "Who must not",
    "interaction": "Interaction",
    "adverse_effect": "Side effect",
    "comparison": "Comparison",
    "statistic": "Figure from a study",
    "mechanism": "How it works",
    "safety_net": "Safety",
    "cost": "Cost and help",
    "plain": "Plain sentence (claims nothing)",
}
# A comparison or a figure stands on what was measured: a study of its own, or a label.
NEEDS_PRIMARY: Final = frozenset({"comparison", "statistic"})
SOURCE_KINDS: Final = {
    "label": "Medicine label",
    "study": "Study",
    "review": "Review of studies",
    "agency": "Authority or public service",
    "reference": "Reference work",
}
PRIMARY: Final = frozenset({"label", "study"})
LAYOUTS: Final = {"new": "New paragraph", "run": "Same paragraph", "bullet": "List item"}

# R-802, in the order they are read. The list of sources closes every guide and is made by itself.
REQUIRED: Final = {
    "what_for": "What it is for",
    "who_must_not": "Who must not take it",
    "how_to_take": "How to take it, and the most in a day",
    "missed_dose": "A missed dose",
    "stopping": "Stopping",
    "side_effects": "Side effects, and what to do",
    "interactions": "With other medicines, and alcohol",
    "pregnancy": "Pregnancy and breast-feeding",
    "kidney_liver": "Kidneys and liver",
    "driving": "Driving and machines",
    "overdose": "Too much: whom to call",
    "storage": "Keeping it",
    "reporting": "Reporting a side effect",
}
OPTIONAL: Final = {
    "mechanism": "How it works",
    "compared": "Compared with other medicines",
    "as_needed": "Taken as needed?",
    "drowsiness": "Living with drowsiness",
    "genes": "Genes and response",
    "makers": "Makers and prices",
    "help_paying": "Help with the cost",
    "more": "More to know",
}
SECTIONS: Final = REQUIRED | OPTIONAL

STATUSES: Final = {
    "draft": "Draft",
    "citation_check": "Citation check",
    "clinical_review": "Clinical review",
    "published": "Published",
    "review_due": "Review due",
    "replaced": "Replaced by a newer version",
    "withdrawn": "Withdrawn",
}
MOVES: Final = (
    ("draft", "citation_check"),
    ("citation_check", "draft"),
    ("citation_check", "clinical_review"),
    ("clinical_review", "draft"),
    ("clinical_review", "published"),
    ("published", "review_due"),
    ("review_due", "published"),
    ("published", "replaced"),
    ("review_due", "replaced"),
    ("published", "withdrawn"),
    ("review_due", "withdrawn"),
)
LIVE: Final = ("published", "review_due")
OPEN: Final = ("draft", "citation_check", "clinical_review")
REVIEW_MONTHS: Final = 24


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that a claim states. One key means one thing: two values for one key contradict each other (R-803)."""

    key: str
    value: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Cite:
    """Which source, and where in it ("Warnings")."""

    source: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence or two that stand or fall together, with what they rest on."""

    kind: str
    text: str
    cites: tuple[Cite, ...] = ()
    figures: tuple[Figure, ...] = ()
    layout: str = "new"


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a guide. `nothing_found`: no source was found for it, and its sentences say so (decision 30)."""

    key: str
    heading: str
    claims: tuple[Claim, ...] = ()
    nothing_found: bool = False

    @property
    def text(self) -> str:
        """Everything it says, one line a claim."""
        return "\n".join(claim.text for claim in self.claims)


@dataclass(frozen=True, slots=True)
class Source:
    """Something that was read: where, when, by which identifier others find it."""

    key: str
    kind: str
    title: str
    publisher: str
    year: int | None
    read_on: date | None
    authors: str = ""
    doi: str = ""
    pmid: str = ""
    isbn: str = ""
    url: str = ""
    set_id: str = ""
    label_version: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A guide as the gate sees it. `substances`: their names in small letters; `note`: its line in the change log."""

    title: str
    summary: str
    substances: tuple[str, ...]
    sections: tuple[Section, ...] = ()
    sources: tuple[Source, ...] = ()
    prescription_only: bool = True
    language: str = "en"
    note: str = ""

    def section(self, key: str) -> Section | None:
        """The section of that key."""
        return next((each for each in self.sections if each.key == key), None)

    def source(self, key: str) -> Source | None:
        """The source of that key."""
        return next((each for each in self.sources if each.key == key), None)


@dataclass(frozen=True, slots=True)
class Fault:
    """One reason why a guide can't be published, and where: `section` "" is the guide, `claim` 0 the whole section."""

    code: str
    rule: str
    sentence: str
    section: str = ""
    claim: int = 0
    source: str = ""
    stage: str = field(default="clinical")  # "citations" is looked at first, "clinical" before publishing
