"""Gathers what the checks look at: a fixed number of statements for all requests of a case."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import connection

from catalog.models.product import ProductSubstance
from prescriptions.models.document import Document
from prescriptions.models.prescription import PrescriptionItem
from prescriptions.models.supply import SupplyRequest
from prescriptions.rules.facts import Facts, Ingredient, Paper, PatientTold, Prescribed, Requested

DEAD = ("rejected", "revoked")

# Same bytes, or perceptual hashes at most 6 bits apart; a blank page's hash says nothing.
_SEEN_BEFORE = """
SELECT d.id, bool_or(o.sha256 = d.sha256), count(*),
       bool_or(o.owner_id <> d.owner_id OR o.patient_id <> d.patient_id)
  FROM prescriptions_document d
  JOIN prescriptions_document o
    ON o.id <> d.id AND o.state = 'ready' AND o.is_test = d.is_test
   AND o.order_reference <> '' AND o.order_reference <> d.order_reference
   AND (o.sha256 = d.sha256
        OR (d.phash <> '' AND o.phash <> ''
            AND bit_count(('x' || d.phash)::bit(64)) BETWEEN 2 AND 62
            AND bit_count(('x' || d.phash)::bit(64) # ('x' || o.phash)::bit(64)) <= 6))
 WHERE d.order_reference = %s AND d.state = 'ready'
 GROUP BY d.id
"""


def ingredients_of(product_ids: Iterable[int]) -> dict[int, tuple[Ingredient, ...]]:
    """The substances of products with all their names (2 statements)."""
    found: dict[int, list[Ingredient]] = defaultdict(list)
    rows = (
        ProductSubstance.objects.filter(product_id__in=set(product_ids))
        .select_related("substance")
        .prefetch_related("substance__names")
        .order_by("product_id", "position")
    )
    for row in rows:
        others = tuple(name.name for name in row.substance.names.all())
        names = (row.substance.name, row.listed_as, *others)
        found[row.product_id].append(Ingredient(row.substance.name, names, row.strength))
    return {product: tuple(parts) for product, parts in found.items()}


def papers_of(order_reference: str) -> tuple[Paper, ...]:
    """The documents of an order and whether they were seen before (2 statements)."""
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


def facts_of(requests: list[SupplyRequest], *, order_reference: str, today: date) -> dict[Any, Facts]:
    """Facts of every request of one order. `requests` come with pack, item, prescription and patient joined."""
    parts = ingredients_of(request.pack.product_id for request in requests)
    papers = papers_of(order_reference)
    asked = {request.pk: _requested(request, parts) for request in requests}
    return {
        request.pk: Facts(
            today=today,
            requested=asked[request.pk],
            prescribed=_prescribed(request.prescription_item),
            patient=_told(request),
            papers=papers,
            other_lines=tuple(line for key, line in asked.items() if key != request.pk),
        )
        for request in requests
    }


def _requested(request: SupplyRequest, parts: dict[int, tuple[Ingredient, ...]]) -> Requested:
    return Requested(
        id=str(request.pk),
        supply_class=request.supply_class,
        ingredients=parts.get(request.pack.product_id, ()),
        units=request.units,
        units_a_pack=request.units / request.packs,
    )


def _prescribed(item: PrescriptionItem | None) -> Prescribed | None:
    if item is None:
        return None
    paper = item.prescription
    return Prescribed(
        substance=item.substance,
        strength=item.strength,
        dose_text=item.dose_text,
        quantity=item.quantity,
        repeats=item.repeats,
        supplied=item.supplied_units,
        issued_on=paper.issued_on,
        valid_until=paper.valid_until,
        validity_rule=paper.validity_rule,
        is_revoked=paper.status in DEAD,
    )


def _told(request: SupplyRequest) -> PatientTold | None:
    patient = request.patient
    if patient is None:
        return None
    return PatientTold(patient.birthday, patient.allergies, patient.medicines)
