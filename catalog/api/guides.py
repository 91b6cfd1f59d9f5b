"""`/api/v1/guides`: published guides with every claim, what it leans on, who reviewed it and when."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api import shapes
from catalog.api.answers import SUBSTANCE
from catalog.api.paging import LIMIT, next_address
from catalog.api.views import PROBLEMS, CatalogView
from catalog.queries.guides import (
    GuideCard,
    GuidePage,
    all_guides,
    guide_page,
    guides_about,
    numbered_sources,
    words_of,
)
from catalog.rules.guide_shape import CLAIM_KINDS, Section, Source
from catalog.rules.guide_sources import address_of
from pharmacy.keys import parse_public, public

GUIDE = "gde"


class GuidesQuery(serializers.Serializer[Any]):
    """Which guides are asked for."""

    substance = serializers.CharField(required=False, max_length=60, help_text="id of a substance")
    category = serializers.SlugField(required=False, max_length=40, help_text="id of a category")
    cursor = serializers.SlugField(required=False, max_length=120, help_text="from `next` of the page before")
    limit = serializers.IntegerField(required=False, min_value=1, max_value=100)


class GuideCardShape(serializers.Serializer[Any]):
    """A guide in a list."""

    id = serializers.CharField()
    slug = serializers.CharField()
    title = serializers.CharField()
    summary = serializers.CharField()
    language = serializers.CharField()
    category = serializers.CharField()
    substances = serializers.ListField(child=serializers.CharField())
    version = serializers.IntegerField()
    reviewed_on = serializers.DateField()
    is_demonstration = serializers.BooleanField(help_text="not reviewed by a real clinician")
    url = serializers.URLField()


class GuidesShape(serializers.Serializer[Any]):
    """All published guides that fit."""

    data = GuideCardShape(many=True)  # type: ignore[assignment]  # a field called data
    next = serializers.CharField(allow_null=True)


class CitedShape(serializers.Serializer[Any]):
    """Which citation a claim leans on, and where in it."""

    citation = serializers.IntegerField(help_text="number of the citation")
    place = serializers.CharField(allow_blank=True)


class FigureShape(serializers.Serializer[Any]):
    """A number that a claim states."""

    key = serializers.CharField()
    value = serializers.CharField()
    unit = serializers.CharField(allow_blank=True)


class ClaimShape(serializers.Serializer[Any]):
    """A sentence with what it rests on; kind `plain` claims nothing."""

    kind = serializers.ChoiceField(choices=list(CLAIM_KINDS))
    text = serializers.CharField()
    figures = FigureShape(many=True)
    cites = CitedShape(many=True)


class SectionShape(serializers.Serializer[Any]):
    """A part of a guide."""

    key = serializers.CharField()
    heading = serializers.CharField()
    nothing_found = serializers.BooleanField()
    claims = ClaimShape(many=True)


class CitationShape(serializers.Serializer[Any]):
    """A source: what it is, by what others find it, and when it was read."""

    number = serializers.IntegerField()
    kind = serializers.CharField()
    title = serializers.CharField()
    authors = serializers.CharField(allow_blank=True)
    publisher = serializers.CharField()
    year = serializers.IntegerField(allow_null=True)
    doi = serializers.CharField(allow_null=True)
    pmid = serializers.CharField(allow_null=True)
    isbn = serializers.CharField(allow_null=True)
    set_id = serializers.CharField(allow_null=True)
    url = serializers.CharField(allow_null=True)
    read_on = serializers.DateField(allow_null=True)


class ReviewerShape(serializers.Serializer[Any]):
    """Who signed the guide, and where they are registered."""

    name = serializers.CharField()
    registration = serializers.CharField()
    register = serializers.CharField()
    country = serializers.CharField()


class GuideShape(GuideCardShape):
    """A guide with its words, citations, reviewer and dates."""

    author = serializers.CharField()
    reviewer = ReviewerShape()
    published_at = serializers.DateTimeField()
    next_review = serializers.DateField()
    status = serializers.ChoiceField(choices=["published", "review_due"])
    sections = SectionShape(many=True)
    citations = CitationShape(many=True)


class Guides(CatalogView):
    """Published guides."""

    @extend_schema(
        operation_id="list_guides", tags=["Guides"], parameters=[GuidesQuery],
        responses={200: GuidesShape, **PROBLEMS},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """All published guides, by slug; of one substance or category where asked."""
        query = shapes.read_query(request, GuidesQuery)
        if "substance" in query:
            substance = parse_public(SUBSTANCE, query["substance"])
            found = guides_about([substance] if substance else [])
        else:
            found = all_guides()
        fit = [
            each
            for each in sorted(found, key=lambda each: each.slug)
            if query.get("category", each.need) == each.need and each.slug > query.get("cursor", "")
        ]
        page = fit[: query.get("limit", LIMIT)]
        more = next_address(request, page[-1].slug) if len(page) < len(fit) else None
        return Response({"data": [_card(each) for each in page], "next": more})


class Guide(CatalogView):
    """One guide."""

    @extend_schema(operation_id="get_guide", tags=["Guides"], responses={200: GuideShape, **PROBLEMS})
    def get(self, request: Request, slug: str) -> Response:
        """A published guide with every claim, its citations, its clinical reviewer and the dates of review."""
        shapes.read_query(request, None)
        page = guide_page(slug) if "\x00" not in slug else None
        if page is None or page.withdrawn:
            raise Http404
        return Response(_guide(page))


def _card(card: GuideCard) -> dict[str, Any]:
    return {
        "id": public(GUIDE, card.public_id), "slug": card.slug, "title": card.title, "summary": card.summary,
        "language": card.language, "category": card.need, "substances": list(card.substances),
        "version": card.number, "reviewed_on": card.reviewed_on.isoformat(), "is_demonstration": card.is_demo,
        "url": f"{settings.PUBLIC_URL}/guides/{card.slug}/",
    }  # fmt: skip


def _guide(page: GuidePage) -> dict[str, Any]:
    sources = numbered_sources(page.version_id)
    numbers = {source.key: number for number, source in sources}
    return {
        "id": public(GUIDE, page.public_id), "slug": page.slug, "title": page.title, "summary": page.summary,
        "language": page.language, "category": page.need, "substances": [each.name for each in page.substances],
        "version": page.number, "reviewed_on": page.reviewed_on.isoformat(), "is_demonstration": page.is_demo,
        "url": f"{settings.PUBLIC_URL}/guides/{page.slug}/", "author": page.author,
        "reviewer": {
            "name": page.reviewer, "registration": page.registration_number, "register": page.register,
            "country": page.registration_country,
        },
        "published_at": page.published_at.isoformat(), "next_review": page.next_review.isoformat(),
        "status": page.status, "sections": [_section(each, numbers) for each in words_of(page.version_id)],
        "citations": [_citation(number, source) for number, source in sources],
    }  # fmt: skip


def _section(section: Section, numbers: dict[str, int]) -> dict[str, Any]:
    return {
        "key": section.key,
        "heading": section.heading,
        "nothing_found": section.nothing_found,
        "claims": [
            {
                "kind": claim.kind,
                "text": claim.text,
                "figures": [{"key": each.key, "value": each.value, "unit": each.unit} for each in claim.figures],
                "cites": [{"citation": numbers[cite.source], "place": cite.where} for cite in claim.cites],
            }
            for claim in section.claims
        ],
    }


def _citation(number: int, source: Source) -> dict[str, Any]:
    return {
        "number": number, "kind": source.kind, "title": source.title, "authors": source.authors,
        "publisher": source.publisher, "year": source.year, "doi": source.doi or None, "pmid": source.pmid or None,
        "isbn": source.isbn or None, "set_id": source.set_id or None, "url": address_of(source) or None,
        "read_on": source.read_on.isoformat() if source.read_on else None,
    }  # fmt: skip
