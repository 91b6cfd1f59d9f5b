"""A version of a guide as the gate and the editor see it: plain dataclasses, read in four statements."""

from __future__ import annotations

from collections import defaultdict

from catalog.models.guide import GuideCite, GuideClaim, GuideSection, GuideSource, GuideVersion
from catalog.models.product import Supply
from catalog.rules import guide_shape as shape
from catalog.rules.names import key


def sections_of(version: GuideVersion) -> tuple[shape.Section, ...]:
    """Its sections in order, with claims and what they cite (3 statements)."""
    cites: dict[int, list[shape.Cite]] = defaultdict(list)
    for cite in GuideCite.objects.filter(claim__section__version=version).select_related("source"):
        cites[cite.claim_id].append(shape.Cite(cite.source.key, cite.place))
    claims: dict[int, list[shape.Claim]] = defaultdict(list)
    for claim in GuideClaim.objects.filter(section__version=version):
        figures = tuple(shape.Figure(**each) for each in claim.figures)
        made = shape.Claim(claim.kind, claim.text, tuple(cites[claim.pk]), figures, claim.layout)
        claims[claim.section_id].append(made)
    return tuple(
        shape.Section(row.key, row.heading, tuple(claims[row.pk]), row.nothing_found)
        for row in GuideSection.objects.filter(version=version)
    )


def sources_of(version: GuideVersion) -> tuple[shape.Source, ...]:
    """Its sources in order (1 statement)."""
    return tuple(source(row) for row in GuideSource.objects.filter(version=version))


def source(row: GuideSource) -> shape.Source:
    """A row as plain facts."""
    return shape.Source(
        key=row.key, kind=row.kind, title=row.title, publisher=row.publisher, year=row.year, read_on=row.read_on,
        authors=row.authors, doi=row.doi, pmid=row.pmid, isbn=row.isbn, url=row.url, set_id=row.set_id,
        label_version=row.label_version,
    )  # fmt: skip


def draft_of(version: GuideVersion) -> shape.Draft:
    """The whole version (6 statements). Prescription-only unless every product of its substances is not, anywhere."""
    substances = list(version.guide.substances.all())
    classes = set(
        Supply.objects.filter(product__ingredients__substance__in=substances, valid_until=None)
        .values_list("supply_class", flat=True)
        .distinct()
    )
    return shape.Draft(
        title=version.title,
        summary=version.summary,
        substances=tuple(key(each.name) for each in substances),
        sections=sections_of(version),
        sources=sources_of(version),
        prescription_only=not classes or bool(classes - {"general_sale"}),
        language=version.guide.language,
        note=version.note,
    )
