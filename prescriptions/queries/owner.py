"""What a customer reads about their own: clinical words go to their owner's pages and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from prescriptions.models.clearance import Clearance
from prescriptions.models.document import Document
from prescriptions.models.message import Message
from prescriptions.models.patient import Patient
from prescriptions.models.prescription import Prescription, PrescriptionItem
from prescriptions.models.review import Case, Decision
from prescriptions.models.supply import SupplyRequest
from prescriptions.queries.acting import acts_for
from prescriptions.queries.requests import case_of
from prescriptions.rules.checks import PRESCRIPTION_CLASSES
from prescriptions.rules.reasons import BY_CODE


@dataclass(frozen=True, slots=True)
class OwnersDecision:
    """What the owner of an order reads about one line."""

    request_id: UUID
    verdict: str
    code: str
    reason: str
    sentence: str
    packs_asked: int
    packs: int
    decided_at: datetime


def patients_of(user: Any) -> QuerySet[Patient]:
    """The people this customer may order for today, oldest first; nobody for a guest."""
    return acts_for(user)


def decisions_for_owner(order_reference: str) -> list[OwnersDecision]:
    """Every decision about an order, with the reason and the sentence to the customer: for its owner's page alone."""
    rows = Decision.objects.filter(request__order_reference=order_reference).select_related("request")
    return [
        OwnersDecision(
            request_id=row.request_id,
            verdict=row.verdict,
            code=row.code,
            reason=BY_CODE[row.code].label if row.code in BY_CODE else "",
            sentence=row.sentence,
            packs_asked=row.request.packs_asked,
            packs=row.packs,
            decided_at=row.decided_at,
        )
        for row in rows.order_by("decided_at")
    ]


def messages_of(order_reference: str) -> QuerySet[Message]:
    """The conversation about an order, oldest first."""
    return Message.objects.filter(order_reference=order_reference).select_related("author")


def may_write(order_reference: str, user: Any) -> Case | None:
    """The case that this customer may write about, or None for a stranger."""
    case = case_of(order_reference)
    if case is None or not getattr(user, "pk", None):
        return None
    mine = SupplyRequest.objects.filter(case=case).filter(Q(customer=user) | Q(patient__owner=user))
    return case if mine.exists() else None


def takes_documents(order_reference: str, user: Any) -> bool:
    """May this customer still send papers for the order: is it theirs, and does a line wait for a pharmacist?"""
    waiting = SupplyRequest.objects.filter(order_reference=order_reference, status="waiting")
    lacks = waiting.filter(customer=user, supply_class__in=PRESCRIPTION_CLASSES)
    return bool(order_reference and getattr(user, "pk", None)) and lacks.exists()


def document_of(user: Any, document_id: UUID) -> Document | None:
    """A customer's own document that they did not take back, or None: a stranger's looks like none."""
    return Document.objects.filter(pk=document_id, owner=user, removed_at=None).first()


def files_of(user: Any) -> QuerySet[Document]:
    """Every upload of a customer that they did not take back, newest first, with pages."""
    mine = Document.objects.filter(owner=user, removed_at=None)
    return mine.order_by("-created_at").prefetch_related("pages")


def documents_ready_or_pending(user: Any) -> QuerySet[Document]:
    """A customer's uploads that no order has yet, newest first, with their pages; refused ones too."""
    loose = Document.objects.filter(owner=user, order_reference="", removed_at=None)
    return loose.order_by("-created_at").prefetch_related("pages")


def last_supplies(item_ids: Iterable[UUID]) -> dict[UUID, tuple[datetime, Decimal]]:
    """When something was last handed over on each item, and how many units."""
    used = Clearance.objects.filter(prescription_item__in=list(item_ids), used_at__isnull=False).order_by("used_at")
    rows = used.values_list("prescription_item_id", "used_at", "units")
    return {item: (at, units) for item, at, units in rows if item is not None and at is not None}


def prescriptions_of(user: Any) -> QuerySet[Prescription]:
    """A customer's prescriptions, newest first, with items (3 statements)."""
    items = Prefetch("items", PrescriptionItem.objects.order_by("transcribed_at"))
    rows = Prescription.objects.filter(patient__owner=user).select_related("patient", "prescriber")
    return rows.order_by("-issued_on", "-created_at").prefetch_related(items)
