"""A guide as it is read: sentences in paragraphs and lists, each with the numbers of the sources it leans on."""

from __future__ import annotations

from typing import Any

from catalog.rules.guide_shape import Claim, Section, Source
from catalog.rules.guide_sources import address_of


def shown(words: tuple[Section, ...], sources: list[tuple[int, Source]]) -> list[dict[str, Any]]:
    """Sections with their sentences in paragraphs and lists, and the sources each of them leans on."""
    numbers = {source.key: (number, source) for number, source in sources}
    return [
        {
            "key": section.key,
            "heading": section.heading,
            "nothing_found": section.nothing_found,
            "blocks": _blocks(section, numbers),
            "sources": _leaned_on(section, numbers),
        }
        for section in words
    ]


def _blocks(section: Section, numbers: dict[str, tuple[int, Source]]) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    for at, claim in enumerate(section.claims, 1):
        kind = "list" if claim.layout == "bullet" else "text"
        if not blocks or claim.layout == "new" or blocks[-1]["kind"] != kind:
            blocks.append({"kind": kind, "claims": []})
        blocks[-1]["claims"].append(_sentence(claim, at, section, numbers))
    return blocks


def _sentence(claim: Claim, at: int, section: Section, numbers: dict[str, tuple[int, Source]]) -> dict[str, Any]:
    found = dict.fromkeys(numbers[cite.source][0] for cite in claim.cites if cite.source in numbers)
    return {"text": claim.text, "number": at, "is_claim": claim.kind != "plain",
            "cites": [{"number": number, "id": f"{section.key}-{number}"} for number in found]}  # fmt: skip


def _leaned_on(section: Section, numbers: dict[str, tuple[int, Source]]) -> list[dict[str, Any]]:
    places: dict[str, list[str]] = {}
    for claim in section.claims:
        for cite in claim.cites:
            if cite.source in numbers:
                places.setdefault(cite.source, []).append(cite.where)
    rows = [
        {**cited(*numbers[key]), "places": "; ".join(dict.fromkeys(place for place in where if place))}
        for key, where in places.items()
    ]
    return sorted(rows, key=lambda row: int(row["number"]))


def cited(number: int, source: Source) -> dict[str, Any]:
    """A source as readers see it."""
    return {"number": number, "source": source, "address": address_of(source)}
