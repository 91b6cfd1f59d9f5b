"""What changed between two versions of a guide, sentence by sentence."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher

from catalog.rules.guide_shape import Claim, Draft, Section, Source


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence that went ("-"), came ("+") or stayed (" ")."""

    sign: str
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to a section; `key` "sources" is the list of sources, "about" title and summary."""

    key: str
    heading: str
    state: str  # new, gone, changed
    lines: tuple[Line, ...]


def changes(before: Draft, after: Draft) -> list[Change]:
    """Every section that is not word for word, figure for figure and source for source the same."""
    found = [_change("about", after.title, [before.title, before.summary], [after.title, after.summary])]
    for key, heading in _in_order(before, after):
        old, new = before.section(key), after.section(key)
        found.append(_change(key, heading, _sentences(old), _sentences(new)))
    found.append(
        _change("sources", "Sources", [_source(s) for s in before.sources], [_source(s) for s in after.sources])
    )
    return [change for change in found if change is not None]


def _in_order(before: Draft, after: Draft) -> list[tuple[str, str]]:
    named = {section.key: section.heading for section in (*before.sections, *after.sections)}
    order = [section.key for section in after.sections]
    return [(key, named[key]) for key in [*order, *(s.key for s in before.sections if s.key not in order)]]


def _sentences(section: Section | None) -> list[str] | None:
    if section is None:
        return None
    return [section.heading, *(_claim(claim) for claim in section.claims)]


def _claim(claim: Claim) -> str:
    cites = ", ".join(f"{cite.source}: {cite.where}" if cite.where else cite.source for cite in claim.cites)
    figures = ", ".join(f"{figure.key} = {figure.value} {figure.unit}".strip() for figure in claim.figures)
    marks = "; ".join(part for part in (cites, figures) if part)
    return f"{claim.text} [{marks}]" if marks else claim.text


def _source(source: Source) -> str:
    ids = (source.doi, source.pmid, source.isbn, source.set_id, source.url)
    return f"{source.key}: {source.title}. {source.publisher}, {source.year}. {' '.join(i for i in ids if i)}".strip()


def _change(key: str, heading: str, old: list[str] | None, new: list[str] | None) -> Change | None:
    if old == new:
        return None
    state = "new" if old is None else "gone" if new is None else "changed"
    was, now = old or [], new or []
    lines: list[Line] = []
    for sign, a, b, c, d in SequenceMatcher(a=was, b=now, autojunk=False).get_opcodes():
        if sign == "equal":
            lines += [Line(" ", text) for text in was[a:b]]
            continue
        lines += [Line("-", text) for text in was[a:b]] + [Line("+", text) for text in now[c:d]]
    return Change(key, heading, state, tuple(lines))
