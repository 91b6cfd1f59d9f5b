"""Requests to prescribers: whose they are, where they stand, what waits for them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from pharmacy.accounts.secrets import hash_of
from pharmacy.crypto import blind
from prescriptions.models.electronic import ElectronicPaper
from prescriptions.models.prescriber_link import PrescriberLink
from prescriptions.models.prescription import Prescriber
from prescriptions.models.supply import SupplyRequest
from prescriptions.rules.checks import PRESCRIPTION_CLASSES


def link_by(token: str) -> PrescriberLink | None:
    """The request behind a link's secret, whatever became of it; None for a secret that never was."""
    found = PrescriberLink.objects.select_related("patient", "customer").filter(token_hash=hash_of(token))
    return found.first()


def links_of(user: Any) -> QuerySet[PrescriberLink]:
    """A customer's requests, newest first."""
    return PrescriberLink.objects.filter(customer=user).select_related("patient", "prescriber")


def order_waiting_for(link: PrescriberLink) -> str:
    """The order that an answer goes with: the one it was asked for, else the patient's newest that waits; or ""."""
    waiting = SupplyRequest.objects.filter(
        customer=link.customer_id, patient=link.patient_id, status="waiting", supply_class__in=PRESCRIPTION_CLASSES
    )
    if link.order_reference:
        waiting = waiting.filter(order_reference=link.order_reference)
    return waiting.order_by("-created_at").values_list("order_reference", flat=True).first() or ""


def papers_for_a_person(limit: int = 100) -> QuerySet[ElectronicPaper]:
    """Electronic prescriptions that wait for a pharmacist, oldest first."""
    waiting = ElectronicPaper.objects.filter(state="for_a_person").select_related("partner", "prescription")
    return waiting.order_by("created_at")[:limit]


def prescribers_to_verify(limit: int = 100) -> QuerySet[Prescriber]:
    """Prescribers who answered a link and whose number nobody has looked up yet."""
    answered = Prescriber.objects.filter(links__state="answered", verified_at=None)
    return answered.distinct().order_by("created_at")[:limit]


def fingerprint_of(body: str) -> str:
    """What the same words are found again by."""
    return blind(body, "electronic-paper")


def paper_of(owner: Any, body: str, *, is_test: bool) -> ElectronicPaper | None:
    """The paper that the same words from the same sender became before."""
    return ElectronicPaper.objects.filter(owner=owner, fingerprint=fingerprint_of(body), is_test=is_test).first()
