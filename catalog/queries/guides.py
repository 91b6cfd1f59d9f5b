"""Guides as readers meet them: what is published, its words, its sources, its change log. A statement each."""
# ruff: noqa: E501  (statements and lists are read by the line)

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from catalog.models.guide import GuideSource
from catalog.queries.guide_draft import source as plain_source
from catalog.rules.guide_shape import Cite, Claim, Figure, Section, Source
from pharmacy.statements import prepared_rows

HEAD = """
SELECT g.slug, g.public_id, g.need, g.language, v.id, v.number, v.status, v.title, v.summary, v.published_at,
       v.reviewed_on, v.next_review, a.name, r.name, a.is_demo OR r.is_demo, e.number, e.register, e.country,
       (SELECT jsonb_agg(jsonb_build_object('id', s.id, 'public_id', s.public_id, 'name', s.name, 'slug', s.slug)
               ORDER BY s.name)
        FROM catalog_guide_substances gs JOIN catalog_substance s ON s.id = gs.substance_id WHERE gs.guide_id = g.id),
       (SELECT jsonb_agg(jsonb_build_object('number', o.number, 'note', o.note, 'at', o.published_at::date,
               'reviewer', w.name, 'status', o.status) ORDER BY o.number DESC)
        FROM catalog_guideversion o JOIN accounts_user w ON w.id = o.reviewer_id
        WHERE o.guide_id = g.id AND o.published_at IS NOT NULL),
       (SELECT jsonb_agg(jsonb_build_object('slug', m.slug, 'title', x.title) ORDER BY x.title)
        FROM catalog_guide m JOIN catalog_guideversion x ON x.guide_id = m.id AND x.status IN ('published', 'review_due')
        WHERE m.need = g.need AND m.id <> g.id)
FROM catalog_guide g
JOIN LATERAL (SELECT * FROM catalog_guideversion v WHERE v.guide_id = g.id
              AND v.status IN ('published', 'review_due', 'withdrawn') ORDER BY v.status = 'withdrawn', v.number DESC
              LIMIT 1) v ON true
JOIN accounts_user a ON a.id = v.author_id
JOIN accounts_user r ON r.id = v.reviewer_id
JOIN accounts_registration e ON e.id = v.registration_id
WHERE g.slug = %s
"""
WORDS = """
SELECT s.key, s.heading, s.nothing_found, c.kind, c.text, c.layout, c.figures,
       (SELECT jsonb_agg(jsonb_build_array(x.key, k.place) ORDER BY k.position, k.id)
        FROM catalog_guidecite k JOIN catalog_guidesource x ON x.id = k.source_id WHERE k.claim_id = c.id)
FROM catalog_guidesection s LEFT JOIN catalog_guideclaim c ON c.section_id = s.id
WHERE s.version_id = %s ORDER BY s.position, s.id, c.position
"""
SHELF = """
SELECT g.slug, g.public_id, g.need, g.language, v.title, v.summary, v.number, v.reviewed_on, r.name, a.is_demo OR r.is_demo,
       (SELECT array_agg(s.name ORDER BY s.name) FROM catalog_guide_substances gs
        JOIN catalog_substance s ON s.id = gs.substance_id WHERE gs.guide_id = g.id)
FROM catalog_guide g
JOIN catalog_guideversion v ON v.guide_id = g.id AND v.status IN ('published', 'review_due')
JOIN accounts_user a ON a.id = v.author_id JOIN accounts_user r ON r.id = v.reviewer_id
"""


@dataclass(frozen=True)
class About:
    """A substance that a guide is about."""

    id: int
    public_id: UUID
    name: str
    slug: str


@dataclass(frozen=True)
class Logged:
    """A line of the public change log."""

    number: int
    note: str
    on: date
    reviewer: str
    status: str


@dataclass(frozen=True)
class GuideCard:
    """A guide in a list."""

    slug: str
    public_id: UUID
    need: str
    language: str
    title: str
    summary: str
    number: int
    reviewed_on: date
    reviewer: str
    is_demo: bool
    substances: tuple[str, ...]


@dataclass(frozen=True)
class GuidePage:
    """Everything a guide's page says. `withdrawn`: it is no longer shown, only that it was."""

    slug: str
    public_id: UUID
    need: str
    language: str
    version_id: int
    number: int
    status: str
    title: str
    summary: str
    published_at: datetime
    reviewed_on: date
    next_review: date
    author: str
    reviewer: str
    is_demo: bool
    registration_number: str
    register: str
    registration_country: str
    substances: tuple[About, ...]
    log: tuple[Logged, ...]
    see_also: tuple[dict[str, str], ...]

    @property
    def withdrawn(self) -> bool:
        """Whether it was taken away from readers."""
        return self.status == "withdrawn"


def guide_page(slug: str) -> GuidePage | None:
    """What is published under a slug, or was and is withdrawn; None for all else (1 statement)."""
    with connection.cursor() as cursor:
        cursor.execute(HEAD, [slug])
        row = cursor.fetchone()
    if row is None:
        return None
    about, log, others = (json.loads(each) if each else [] for each in row[-3:])
    logged = tuple(Logged(o["number"], o["note"], date.fromisoformat(o["at"]), o["reviewer"], o["status"]) for o in log)
    named = tuple(About(s["id"], UUID(s["public_id"]), s["name"], s["slug"]) for s in about)
    told: tuple[Any, ...] = (*row[:-3], named, logged, tuple(others))
    return GuidePage(*told)


def words_of(version_id: int) -> tuple[Section, ...]:
    """The sections of a version in order (1 statement)."""
    with connection.cursor() as cursor:
        cursor.execute(WORDS, [version_id])
        rows = cursor.fetchall()
    claims: dict[str, list[Claim]] = defaultdict(list)
    found: dict[str, tuple[str, bool]] = {}
    for key, heading, nothing, kind, text, layout, figures, cites in rows:
        found[key] = (heading, nothing)
        if kind is not None:
            claims[key].append(_claim(kind, text, layout, figures, cites))
    return tuple(Section(key, heading, tuple(claims[key]), nothing) for key, (heading, nothing) in found.items())


def _claim(kind: str, text: str, layout: str, figures: Any, cites: Any) -> Claim:
    read = json.loads(figures) if isinstance(figures, str) else figures
    places = json.loads(cites) if isinstance(cites, str) else cites or []
    return Claim(kind, text, tuple(Cite(*each) for each in places), tuple(Figure(**each) for each in read), layout)


def numbered_sources(version_id: int) -> list[tuple[int, Source]]:
    """The sources of a version with the numbers readers see (1 statement)."""
    rows = GuideSource.objects.filter(version_id=version_id)
    return [(number, plain_source(row)) for number, row in enumerate(rows, 1)]


def all_guides() -> list[GuideCard]:
    """Everything that is published, by title (1 statement)."""
    return _cards(f"{SHELF} ORDER BY v.title, g.id", [])


def guides_about(substances: Sequence[UUID]) -> list[GuideCard]:
    """Published guides to one of these substances, by their public ids (1 statement)."""
    where = """ WHERE g.id IN (SELECT gs.guide_id FROM catalog_guide_substances gs
               JOIN catalog_substance s ON s.id = gs.substance_id WHERE s.public_id = ANY(%s)) ORDER BY v.title, g.id"""
    return _cards(SHELF + where, [list(substances)]) if substances else []


def newest_guides(most: int) -> list[GuideCard]:
    """The guides reviewed last (1 statement)."""
    return _cards(f"{SHELF} ORDER BY v.reviewed_on DESC, v.title LIMIT %s", [most])


def _cards(sql: str, parameters: Iterable[Any]) -> list[GuideCard]:
    told: list[tuple[Any, ...]] = [(*row[:-1], tuple(row[-1] or ())) for row in prepared_rows(sql, list(parameters))]
    return [GuideCard(*each) for each in told]
