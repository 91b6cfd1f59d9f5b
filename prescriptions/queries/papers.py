"""The papers of an order, and where the same were seen before: file, picture, code, number, deed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import F, Q

from prescriptions.models.document import Document
from prescriptions.models.prescription import Prescription
from prescriptions.rules.facts import Paper

# Same bytes, the same code, or a page at most six bits apart. The index gives those that share two bytes of
# the hash; only they are compared. `look` counts documents that only look the same.
_SEEN_BEFORE = """
WITH mine AS (
  SELECT id, sha256, code_key, owner_id, patient_id, order_reference, is_test
    FROM prescriptions_document WHERE order_reference = %s AND state = 'ready'
), alike AS (
  SELECT d.id, o.id AS other, true AS same_file FROM mine d
    JOIN prescriptions_document o ON o.sha256 = d.sha256
  UNION ALL
  SELECT d.id, o.id, true FROM mine d
    JOIN prescriptions_document o ON o.code_key = d.code_key AND d.code_key <> ''
  UNION ALL
  SELECT d.id, q.document_id, false FROM mine d
    JOIN prescriptions_documentpage p ON p.document_id = d.id
    JOIN prescriptions_documentpage q
      ON prescriptions_look_pairs(q.phash) && prescriptions_look_pairs(p.phash)
     AND bit_count(('x' || q.phash)::bit(64) # ('x' || p.phash)::bit(64)) <= 6
)
SELECT d.id, bool_or(a.same_file), count(DISTINCT o.id),
       bool_or(o.owner_id <> d.owner_id OR o.patient_id <> d.patient_id)
  FROM alike a
  JOIN mine d ON d.id = a.id
  JOIN prescriptions_document o ON o.id = a.other
 WHERE o.id <> d.id AND o.state = 'ready' AND o.is_test = d.is_test
   AND o.order_reference <> '' AND o.order_reference <> d.order_reference
   AND o.order_reference NOT LIKE 'Q-%%'  -- what came with a question was never supplied on
 GROUP BY d.id
"""


def papers_of(order_reference: str) -> tuple[Paper, ...]:
    """The documents of an order and whether they were seen before (2 statements, whatever is stored)."""
    with connection.cursor() as cursor:
        cursor.execute(_SEEN_BEFORE, [order_reference])
        before = {row[0]: row[1:] for row in cursor.fetchall()}
    return tuple(
        _paper(document.state, before.get(document.pk))
        for document in Document.objects.filter(order_reference=order_reference).exclude(state="refused").only("state")
    )


def _paper(state: str, before: tuple[Any, ...] | None) -> Paper:
    if before is None:
        return Paper(state, 0, 0, of_another_patient=False)
    same_file, count, other_patient = before
    return Paper(state, count if same_file else 0, count, of_another_patient=bool(other_patient))


@dataclass(frozen=True, slots=True)
class SamePrescription:
    """Another prescription with the same number, or of the same person by the same prescriber on the same day."""

    id: Any
    same_number: bool
    of_another_owner: bool


def same_prescriptions(paper: Prescription) -> list[SamePrescription]:
    """Where a prescription's number, or its patient with prescriber and date, stand a second time (1 statement)."""
    return same_of([paper])[paper.pk]


def same_of(papers: Iterable[Prescription]) -> dict[Any, list[SamePrescription]]:
    """The same of several prescriptions, by id (1 statement; none where none has a key)."""
    asked = {paper.pk: paper for paper in papers}
    found: dict[Any, list[SamePrescription]] = defaultdict(list)
    numbers = {paper.number_key for paper in asked.values()} - {""}
    keys = {paper.same_paper_key for paper in asked.values()} - {""}
    if not numbers | keys:
        return found
    rows = Prescription.objects.filter(Q(pk__in=asked) | Q(number_key__in=numbers) | Q(same_paper_key__in=keys))
    others = list(rows.annotate(owner=F("patient__owner_id")).order_by("pk"))
    owners = {row.pk: row.owner for row in others}
    for pk, paper in asked.items():
        for row in others:
            same_number = row.number_key != "" and row.number_key == paper.number_key
            same_paper = row.same_paper_key != "" and row.same_paper_key == paper.same_paper_key
            if row.pk != pk and row.is_test == paper.is_test and (same_number or same_paper):
                found[pk].append(SamePrescription(row.pk, same_number, row.owner != owners[pk]))
    return found
