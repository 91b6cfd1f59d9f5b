"""Who looked at a customer's record: the audit, read by those whom it is about (domain rule 10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from pharmacy.accounts.models import Partner, Role, User
from pharmacy.journal.models import Event
from prescriptions.models.document import Document
from prescriptions.models.prescription import Prescription
from prescriptions.models.question import Thread
from prescriptions.models.review import Case
from prescriptions.queries.acting import known_to

MOST = 200
KINDS = ("patient.looked_at", "case.looked_at", "document.looked_at", "prescription.looked_at", "question.looked_at")


@dataclass(frozen=True, slots=True)
class Look:
    """One look: when, who, in which role, at what (the kind of record), for which order."""

    at: datetime
    who: str
    role: str
    what: str
    whose: str
    order: str


def looks_at(user: Any, *, most: int | None = MOST) -> list[Look]:
    """The newest looks at the patients, cases and documents of a customer, or all of them (7 statements)."""
    patients = {str(one.pk): one.name for one in known_to(user)}
    cases = Case.objects.filter(Q(requests__customer=user) | Q(requests__patient__owner=user)).values_list(
        "pk", flat=True
    )
    papers = Document.objects.filter(owner=user).values_list("pk", flat=True)
    prescriptions = Prescription.objects.filter(patient__owner=user).values_list("pk", flat=True)
    threads = Thread.objects.filter(customer=user).values_list("pk", flat=True)
    about = (
        Q(about_type="patient", about_id__in=list(patients))
        | Q(about_type="case", about_id__in=[str(pk) for pk in cases.distinct()])
        | Q(about_type="prescription", about_id__in=[str(pk) for pk in prescriptions])
        | Q(about_type="document", about_id__in=[str(pk) for pk in papers])
        | Q(about_type="thread", about_id__in=[str(pk) for pk in threads])
    )
    events = list(Event.objects.filter(about, kind__in=KINDS).order_by("-at")[:most])
    names, roles = _people(events)
    return [
        Look(
            at=event.at,
            who=names.get(event.by_id, ""),
            role=roles.get(event.by_id, ""),
            what=event.kind.partition(".")[0],
            whose=patients.get(event.about_id, "") if event.about_type == "patient" else "",
            order=str(event.facts.get("order", "")),
        )
        for event in events
    ]


def _people(events: list[Event]) -> tuple[dict[str, str], dict[str, str]]:
    ids = {UUID(event.by_id) for event in events if event.by_kind == "user"}
    names = {str(one.pk): one.name for one in User.objects.filter(pk__in=ids)}
    clinical = Role.objects.filter(user__in=ids, role__in=["pharmacist", "superintendent"])
    roles = {str(pk): role for pk, role in clinical.order_by("role").values_list("user_id", "role")}
    partners = [event.by_id for event in events if event.by_kind == "partner"]
    names |= {str(one.pk): one.name for one in Partner.objects.filter(pk__in=partners)}
    return names, roles
