"""Where the requests of an order stand: asked by orders, by the workbench and by tests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from pharmacy.clock import AppNow
from prescriptions.models.clearance import Clearance
from prescriptions.models.document import Document
from prescriptions.models.review import Case
from prescriptions.models.supply import SupplyRequest
from prescriptions.queries.evidence import seen_now
from prescriptions.rules.checks import PRESCRIPTION_CLASSES


def needs_prescription(order_reference: str) -> bool:
    """Does a waiting line still lack a document to look at?"""
    lacks = SupplyRequest.objects.filter(
        order_reference=order_reference,
        status="waiting",
        supply_class__in=PRESCRIPTION_CLASSES,
        prescription_item=None,
    ).exists()
    if not lacks:
        return False
    return not Document.objects.filter(order_reference=order_reference).exclude(state="refused").exists()


def approved_packs(request_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Packs cleared per request; 0 for what was declined, withdrawn or still waits."""
    rows = SupplyRequest.objects.filter(pk__in=list(request_ids)).values_list("pk", "status", "packs")
    return {pk: packs if status in ("cleared", "supplied") else 0 for pk, status, packs in rows}


def states_of(order_reference: str) -> dict[UUID, str]:
    """The state of every request of an order."""
    return dict(SupplyRequest.objects.filter(order_reference=order_reference).values_list("pk", "status"))


def case_of(order_reference: str) -> Case | None:
    """The case of an order, the newest where there were several."""
    return Case.objects.filter(order_reference=order_reference).select_related("site").order_by("-opened_at").first()


def claimed_of(order_references: Iterable[str]) -> set[str]:
    """Those of these orders that a pharmacist has taken up and still has (1 statement)."""
    taken = Case.objects.filter(order_reference__in=list(order_references), status="claimed")
    return set(taken.filter(claimed_until__gt=AppNow()).values_list("order_reference", flat=True))


def seen_of(request: SupplyRequest) -> str:
    """The fingerprint of what a case page shows now about the request's case; "" when it has none."""
    case = Case.objects.filter(requests=request.pk).first()
    return seen_now(case) if case else ""


def documents_of(order_reference: str) -> QuerySet[Document]:
    """The documents of an order with their pages."""
    return Document.objects.filter(order_reference=order_reference).order_by("created_at").prefetch_related("pages")


def patient_history(patient_id: Any, *, limit: int = 20) -> list[SupplyRequest]:
    """What was supplied to a patient, newest first."""
    rows = SupplyRequest.objects.filter(patient=patient_id, status__in=["supplied", "cleared"])
    return list(rows.select_related("pack__product").order_by("-created_at")[:limit])


def lapsed_clearances(*, limit: int) -> list[UUID]:
    """Requests whose clearance ran out unused, longest ago first."""
    ended = Clearance.objects.filter(expires_at__lte=AppNow(), used_at=None, withdrawn_at=None)
    return list(ended.order_by("expires_at").values_list("request_id", flat=True)[:limit])
