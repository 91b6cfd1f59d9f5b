"""For whom may a customer act today: themselves, and those for whom a pharmacist has seen proof."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from catalog.queries.law import TODAY
from pharmacy.refusals import NotAllowed
from prescriptions.models.carer import Carer
from prescriptions.models.patient import Patient


class RightEnded(NotAllowed):
    """Who acts for somebody else needs a right that a pharmacist granted and that has not ended."""

    code = "right-ended"
    title = "The right to act for this patient is missing or has ended"


def may_act_for(patient: Patient, user: Any, *, on: date) -> bool:
    """May `user` order and speak for this patient on that day?

    One's own record always; somebody else's only with a right that is granted and has not ended.
    """
    if getattr(user, "pk", None) is None:
        return False
    if patient.owner_id == user.pk and patient.relation == "self":
        return True
    return rights_of(user).filter(patient=patient, ends_on__gte=on).exists()


def rights_of(user: Any) -> QuerySet[Carer]:
    """The rights to act that were granted to a customer, ended by their day or not."""
    return Carer.objects.filter(user=user, state="granted")


def refuse_ended_right(patient: Patient | None, customer: Any, *, on: date) -> None:
    """Raises RightEnded when the customer may not act for the patient on that day. Costs nothing for oneself."""
    if patient is not None and not may_act_for(patient, customer, on=on):
        raise RightEnded


def acts_for(user: Any, *, on: Any = TODAY) -> QuerySet[Patient]:
    """Every patient this customer may order for on that day, oldest first."""
    if getattr(user, "pk", None) is None:
        return Patient.objects.none()
    granted = Carer.objects.filter(patient=OuterRef("pk"), user=user, state="granted", ends_on__gte=on)
    may = Q(owner=user, relation="self") | Exists(granted)
    return Patient.objects.filter(may, erased_at=None)


def known_to(user: Any) -> QuerySet[Patient]:
    """Every patient whose page this customer may open today: their own, and those they act for until the right ends."""
    if getattr(user, "pk", None) is None:
        return Patient.objects.none()
    granted = Carer.objects.filter(patient=OuterRef("pk"), user=user, state="granted", ends_on__gte=TODAY)
    return Patient.objects.filter(Q(owner=user) | Exists(granted), erased_at=None)


def is_known_to(user: Any, patient: Patient) -> bool:
    """Is this patient the customer's own, or one they were granted to act for? (No statement for one's own.)"""
    return patient.owner_id == user.pk or rights_of(user).filter(patient=patient).exists()
