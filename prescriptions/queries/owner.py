"""What a customer reads about their own: clinical words go to their owner's pages and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from prescriptions.models.document import Document
from prescriptions.models.message import Message
from prescriptions.models.patient import Patient
from prescriptions.models.prescription import Prescription, PrescriptionItem
from prescriptions.models.review import Case, Decision
from prescriptions.models.supply import SupplyRequest
from prescriptions.queries.requests import case_of
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
    """The people this customer orders for, oldest first; nobody for a guest."""
    return Patient.objects.filter(owner=user) if getattr(user, "pk", None) else Patient.objects.none()


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


def documents_ready_or_pending(user: Any) -> QuerySet[Document]:
    """A customer's uploads that no order has yet, newest first, with their pages; refused ones stand with their reason."""
    loose = Document.objects.filter(owner=user, order_reference="", removed_at=None)
    return loose.order_by("-created_at").prefetch_related("pages")


def prescriptions_of(user: Any) -> QuerySet[Prescription]:
    """A customer's prescriptions, newest first, with items (3 statements)."""
    items = Prefetch("items", PrescriptionItem.objects.order_by("transcribed_at"))
    rows = Prescription.objects.filter(patient__owner=user).select_related("patient", "prescriber")
    return rows.order_by("-issued_on", "-created_at").prefetch_related(items)
