"""The label that stands with a product: its beginning for the product page, the whole for the leaflet."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from catalog.models.label import Label
from catalog.rules.label_text import Block
from pharmacy.statements import prepared_rows

SPL_OF = "https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid="


@dataclass(frozen=True)
class Section:
    """A section of a label: its beginning (`blocks`, `is_cut`), or the whole of it."""

    kind: str
    title: str
    blocks: tuple[Block, ...]
    is_cut: bool = False


@dataclass(frozen=True)
class ProductLabel:
    """A label with what a reader has to know of it: whose, which version, of when, and why it stands here."""

    public_id: UUID
    set_id: str
    document_id: str
    version: int | None
    effective_on: date | None
    title: str
    labeler: str
    source: str
    imported_on: date
    is_own: bool
    superseded: bool
    sections: tuple[Section, ...]

    @property
    def address(self) -> str:
        """Where the FDA publishes it."""
        return SPL_OF + self.set_id


_FACTS = """
l.public_id, l.set_id, l.document_id, l.version, l.effective_on, l.title, l.labeler, l.source, l.imported_at::date,
u.match = 'code', l.superseded_at IS NOT NULL
"""
LEADS = f"""
SELECT u.product_id, {_FACTS}, (
    SELECT jsonb_agg(jsonb_build_array(s.kind, s.title, s.lead, s.is_cut) ORDER BY s.position)
    FROM catalog_labelsection s WHERE s.label_id = l.id)
FROM catalog_labeluse u JOIN catalog_label l ON l.id = u.label_id WHERE u.product_id = ANY(%(ids)s)
"""  # noqa: S608
WHOLE = f"""
SELECT u.product_id, {_FACTS}, (
    SELECT jsonb_agg(jsonb_build_array(s.kind, s.title, s.blocks, false) ORDER BY s.position)
    FROM catalog_labelsection s WHERE s.label_id = l.id)
FROM catalog_labeluse u JOIN catalog_label c ON c.id = u.label_id
JOIN catalog_label l ON l.set_id = c.set_id
WHERE u.product_id = %(id)s AND CASE WHEN %(version)s::uuid IS NULL THEN l.id = c.id ELSE l.public_id = %(version)s END
"""  # noqa: S608


type LabelRow = tuple[Any, ...]
"""A product's id and its label as the statements above tell it."""


def labels_of(product_ids: Sequence[int]) -> dict[int, ProductLabel]:
    """The labels of products by product id, each section only as it begins. One statement."""
    return {row[0]: label_from(row) for row in prepared_rows(LEADS, {"ids": list(product_ids)})} if product_ids else {}


def label_row(product_id: int) -> LabelRow | None:
    """The label of a product as the database tells it (see `label_from`), or None. One statement."""
    return next(iter(prepared_rows(LEADS, {"ids": [product_id]})), None)


def leaflet_of(product_id: int, version: UUID | None = None) -> ProductLabel | None:
    """The whole label of a product, or an earlier version of it; None where there is none. One statement."""
    return next((label_from(row) for row in prepared_rows(WHOLE, {"id": product_id, "version": version})), None)


def versions_of(set_id: str) -> list[Label]:
    """All versions kept of a label, the present one first; without their texts."""
    found = Label.objects.filter(set_id=set_id).order_by("-imported_at", "-id")
    return sorted(found, key=lambda each: each.superseded_at is not None)


def label_from(row: LabelRow) -> ProductLabel:
    """A label read from its row, and from nothing else."""
    sections = tuple(
        Section(kind, title, tuple(blocks), is_cut) for kind, title, blocks, is_cut in json.loads(row[12] or "[]")
    )
    public_id, set_id, document_id, version, effective_on, title, labeler, source, imported_on, is_own, old = row[1:12]
    return ProductLabel(
        public_id=public_id, set_id=set_id, document_id=document_id, version=version, effective_on=effective_on,
        title=title, labeler=labeler, source=source, imported_on=imported_on, is_own=is_own, superseded=old,
        sections=sections,
    )  # fmt: skip
