"""The publish gate: every reason why a guide may not be shown to readers, and where it stands (rules R-801 to R-804).

Plain Python: a `Draft` goes in, a list of `Fault`s comes out; an empty list is the only way through.
"""
# ruff: noqa: E501  (statements and lists are read by the line)

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date, timedelta
from typing import Final

from catalog.rules import guide_must_say, guide_safety, guide_words
from catalog.rules.guide_shape import (
    CLAIM_KINDS,
    NEEDS_PRIMARY,
    PRIMARY,
    REQUIRED,
    REVIEW_MONTHS,
    Claim,
    Draft,
    Fault,
    Figure,
    Section,
)
from catalog.rules.guide_sources import faults_of

# One effect has many names; a contradiction is one whatever they call it.
_SAME_EFFECT: Final = {"sedation": "drowsiness", "sleepiness": "drowsiness", "somnolence": "drowsiness"}
_SPACES: Final = re.compile(r"\s+")


def gate(draft: Draft, *, on: date, known_set_ids: Collection[str] | None = None) -> list[Fault]:
    """Everything that keeps this guide from being published on a day, in reading order of the checks."""
    return [*citation_faults(draft, on=on, known_set_ids=known_set_ids), *clinical_faults(draft)]


def citation_faults(draft: Draft, *, on: date, known_set_ids: Collection[str] | None = None) -> list[Fault]:
    """What is wrong with sources, and with the way sentences lean on them."""
    found = [*_sources(draft, on, known_set_ids), *_heads(draft)]
    for section in draft.sections:
        for number, claim in enumerate(section.claims, 1):
            for code, rule, sentence in _claim(draft, claim):
                found.append(Fault(code, rule, sentence, section.key, number, stage="citations"))
    return [*found, *_unused(draft), *_contradictions(draft)]


def clinical_faults(draft: Draft) -> list[Fault]:
    """What is missing or unsafe in what is said."""
    return [*_language(draft), *_required(draft), *guide_must_say.faults(draft), *guide_safety.faults(draft)]


def _sources(draft: Draft, on: date, known: Collection[str] | None) -> Iterator[Fault]:
    keys = [source.key for source in draft.sources]
    for source in draft.sources:
        for code, sentence in faults_of(source, on=on, known_set_ids=known):
            yield Fault(code, "R-804", sentence, source=source.key, stage="citations")
        for code, rule, sentence in guide_words.unidentified(f"{source.authors} {source.title} {source.publisher}"):
            if not (source.doi or source.pmid or source.isbn):
                yield Fault(code, rule, sentence, source=source.key, stage="citations")
        if keys.count(source.key) > 1:
            yield Fault("source-twice", "R-804", f"Two sources have the key {source.key}.", source=source.key,
                        stage="citations")  # fmt: skip


def _heads(draft: Draft) -> Iterator[Fault]:
    """Title, summary, headings and the change log can't name a source, so they may hold nothing that needs one."""
    heads = [("", f"{draft.title}\n{draft.summary}\n{draft.note}")]
    heads += [(section.key, section.heading) for section in draft.sections]
    for key, text in heads:
        for code, rule, sentence in (*guide_words.dangling(text), *guide_words.unidentified(text)):
            yield Fault(code, rule, sentence, key, stage="citations")
        if said := guide_words.figure_in(text):
            sentence = f"“{said}” stands where no source can be named: put it into a claim."
            yield Fault("figure-outside-claim", "R-801", sentence, key, stage="citations")


def _language(draft: Draft) -> Iterator[Fault]:
    """The lists of words below are English: in another language they would find nothing and let everything through."""
    if draft.language != "en":
        yield Fault(
            "language-not-read", "R-802", f"The gate reads English and the guide is written in {draft.language!r}."
        )


def _claim(draft: Draft, claim: Claim) -> Iterator[tuple[str, str, str]]:
    if claim.kind not in CLAIM_KINDS:
        yield "claim-of-no-kind", "R-801", f"{claim.kind!r} is no kind of claim."
    yield from guide_words.dangling(claim.text)
    yield from guide_words.unidentified(claim.text)
    cited = [draft.source(cite.source) for cite in claim.cites]
    for cite, source in zip(claim.cites, cited, strict=True):
        if source is None:
            yield "cites-nothing", "R-801", f"It cites {cite.source!r}, and there is no such source."
        elif source.kind == "label" and not cite.where.strip():
            yield "label-without-section", "R-801", f"It cites the label “{source.title}” without naming the section."
    if claim.kind == "plain":
        yield from _plain(claim)
        return
    if not claim.cites:
        yield "claim-without-source", "R-801", "It claims something and names no source."
    elif (claim.kind in NEEDS_PRIMARY or guide_words.is_measured(claim.text)) and not any(
        source and source.kind in PRIMARY for source in cited
    ):
        kind = CLAIM_KINDS[claim.kind].lower() if claim.kind in NEEDS_PRIMARY else "figure or comparison"
        yield "needs-primary-source", "R-801", f"A {kind} needs a study of its own or a label; these are not."
    yield from guide_words.figures_without_key(claim)


def _plain(claim: Claim) -> Iterator[tuple[str, str, str]]:
    if claim.cites or claim.figures:
        yield (
            "plain-with-source",
            "R-801",
            "It has a source or a figure, so it claims something: say what kind of claim.",
        )
    if said := guide_words.claims_something(claim.text):
        yield "claim-without-source", "R-801", f"“{said}” is a claim: give it a kind and a source, or leave it out."


def _unused(draft: Draft) -> Iterator[Fault]:
    cited = {cite.source for section in draft.sections for claim in section.claims for cite in claim.cites}
    for source in draft.sources:
        if source.key not in cited:
            yield Fault("source-not-cited", "R-801", f"Nothing cites “{source.title}”; drop it or cite it.",
                        source=source.key, stage="citations")  # fmt: skip


def _contradictions(draft: Draft) -> Iterator[Fault]:
    """R-803: 17 % in one section and 35 % in another, whatever the two sentences cite."""
    said: dict[str, list[tuple[Figure, Section, int]]] = defaultdict(list)
    for section in draft.sections:
        for number, claim in enumerate(section.claims, 1):
            for figure in claim.figures:
                said[_same(figure.key)].append((figure, section, number))
    for key, places in said.items():
        first, where, _ = places[0]
        for figure, section, number in places[1:]:
            if _amount(figure) != _amount(first):
                sentence = f"“{key}” is {figure.value} {figure.unit} here and {first.value} {first.unit} under “{where.heading}”."
                yield Fault("contradicting-figures", "R-803", _SPACES.sub(" ", sentence), section.key, number,
                            stage="citations")  # fmt: skip


def _same(key: str) -> str:
    return "_".join(_SAME_EFFECT.get(part, part) for part in key.strip().lower().split("_"))


def _amount(figure: Figure) -> tuple[str, str]:
    return re.sub(r"[\s,]", "", figure.value).replace("–", "-"), figure.unit.strip().lower()


def _required(draft: Draft) -> Iterator[Fault]:
    """R-802: nothing a reader needs to be safe is left out without a word."""
    for key, heading in REQUIRED.items():
        section = draft.section(key)
        if section is None:
            yield Fault("section-missing", "R-802", f"The section “{heading}” is missing.", key)
        elif not any(claim.text.strip() for claim in section.claims):
            yield Fault("section-empty", "R-802", f"The section “{heading}” says nothing.", key)
        elif section.nothing_found:
            yield from _nothing_found(section)
        elif all(claim.kind == "plain" for claim in section.claims):
            sentence = f"“{heading}” rests on no source. If none was found, tick that nothing was found and say so."
            yield Fault("section-without-claim", "R-802", sentence, key)
    if not draft.sources:
        yield Fault("sources-missing", "R-802", "The guide has no sources.")
    if not draft.substances:
        yield Fault("substance-missing", "R-802", "The guide is about no substance.")
    if not draft.summary.strip():
        yield Fault("summary-missing", "R-802", "The guide does not say in one sentence what it is about.")


def _nothing_found(section: Section) -> Iterator[Fault]:
    text = section.text.lower()
    if any(claim.kind != "plain" for claim in section.claims):
        yield Fault("found-after-all", "R-802", "It is ticked that nothing was found, and yet it claims something.",
                    section.key)  # fmt: skip
    if not re.search(r"\b(found no|no source|not found|nothing)\b", text):
        yield Fault("silence-not-said", "R-802", "Nothing was found: the section must say so in words.", section.key)
    if not re.search(r"\b(ask|call|tell)\b", text):
        yield Fault("no-safe-sentence", "R-802", "Nothing was found: say whom to ask or call instead.", section.key)


def latest_review(day: date) -> date:
    """The last day that a review on `day` may set as the next one (24 months, R-805)."""
    year, month = day.year + REVIEW_MONTHS // 12, day.month
    last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month, min(day.day, last))
