"""The demonstration's guides: readable files, loaded through the real verbs by the demo's people.

The gate really lets them through; a file with a defect stops the demo from starting, with the fault and its place.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from catalog.actions import guide_edit, guides
from catalog.models.guide import Guide
from catalog.models.product import Substance
from catalog.rules.guide_shape import Cite, Claim, Figure, Section, Source
from pharmacy.accounts.models import User
from pharmacy.clock import today

FILES = Path(__file__).parent / "guides"
READ_ON = date(2026, 11, 24)
AUTHOR, REVIEWER = "marketing@demo.example.com", "second-pharmacist@demo.example.com"


@dataclass(frozen=True, slots=True)
class GuideFile:
    """One guide as its file says it."""

    slug: str
    title: str
    need: str
    summary: str
    note: str
    substances: tuple[str, ...]
    sections: tuple[Section, ...]
    sources: tuple[Source, ...]


def read_guides() -> list[GuideFile]:
    """All guides of the demonstration, with the sources they cite. Raises KeyError for a source nobody read."""
    register = read_sources()
    return [
        _guide(tomllib.loads(path.read_text(encoding="utf-8")), register)
        for path in sorted(FILES.glob("*.toml"))
        if path.stem != "sources"
    ]


def read_sources() -> dict[str, Source]:
    """The register of what was read."""
    facts = tomllib.loads((FILES / "sources.toml").read_text(encoding="utf-8"))
    return {key: _source(key, each) for key, each in facts.items()}


def _source(key: str, facts: dict[str, Any]) -> Source:
    told: dict[str, Any] = {"read_on": READ_ON, **facts}
    return Source(key=key, **told)


def _guide(facts: dict[str, Any], register: dict[str, Source]) -> GuideFile:
    sections = tuple(_section(each) for each in facts["section"])
    cited = dict.fromkeys(cite.source for section in sections for claim in section.claims for cite in claim.cites)
    return GuideFile(
        slug=facts["slug"], title=facts["title"], need=facts["need"], summary=facts["summary"], note=facts["note"],
        substances=tuple(facts["substances"]), sections=sections, sources=tuple(register[key] for key in cited),
    )  # fmt: skip


def _section(facts: dict[str, Any]) -> Section:
    claims = tuple(
        Claim(
            kind=each["kind"], text=each["text"], layout=each.get("layout", "new"),
            cites=tuple(_cite(text) for text in each.get("cites", ())),
            figures=tuple(_figure(text) for text in each.get("figures", ())),
        )
        for each in facts.get("claim", ())
    )  # fmt: skip
    return Section(facts["key"], facts["heading"], claims, facts.get("nothing_found", False))


def _cite(text: str) -> Cite:
    source, _, where = text.partition(": ")
    return Cite(source, where)


def _figure(text: str) -> Figure:
    key, _, amount = text.partition(" = ")
    value, _, unit = amount.partition(" ")
    return Figure(key, value, unit)


def load_guides() -> None:
    """Write, submit, check, review and publish what is not there yet; again changes nothing."""
    there = set(Guide.objects.values_list("slug", flat=True))
    author = User.objects.filter(email=AUTHOR).first()
    reviewer = User.objects.filter(email=REVIEWER).first()
    if author is None or reviewer is None:
        return
    for file in read_guides():
        substances = list(Substance.objects.filter(key__in=file.substances))
        if file.slug not in there and substances:
            _publish(file, substances, author=author, reviewer=reviewer)


def _publish(file: GuideFile, substances: list[Substance], *, author: User, reviewer: User) -> None:
    version = guides.start_guide(file.title, slug=file.slug, need=file.need, substances=substances, by=author)
    guide_edit.describe(version, title=file.title, summary=file.summary, note=file.note, by=author)
    guide_edit.write_all(version, sources=file.sources, sections=file.sections, by=author)
    guides.submit(version, by=author)
    guides.pass_citations(version, by=author)
    guides.publish(version, next_review=today() + timedelta(days=182), by=reviewer)
