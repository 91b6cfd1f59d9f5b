"""What a customer's copy of their record holds of their papers, and of what was done about them with others."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from prescriptions.models.contact import Contact, Intervention
from prescriptions.models.electronic import ElectronicPaper
from prescriptions.models.prescriber_link import PrescriberLink
from prescriptions.models.prescription import PrescriberCheck
from prescriptions.models.question import Thread
from prescriptions.models.substitution import Substitution
from prescriptions.models.supply import SupplyRequest
from prescriptions.queries.owner import prescriptions_of
from prescriptions.queries.questions import talk_of

type Row = dict[str, Any]


def requests_of(user: Any) -> QuerySet[SupplyRequest]:
    """What was asked for by this customer, or for somebody whose record they keep (a second carer's order)."""
    mine = SupplyRequest.objects.filter(Q(customer=user) | Q(patient__owner=user))
    return mine.select_related("pack__product").order_by("created_at")


def prescriptions(user: Any) -> list[Row]:
    """Every prescription with its number, its medicines, and the look-ups of who signed it."""
    papers = list(prescriptions_of(user))
    checks = _look_ups({paper.prescriber_id for paper in papers})
    return [
        {
            "patient": paper.patient.name,
            "number": paper.number,
            "source": paper.source,
            "prescriber": str(paper.prescriber),
            "prescriber_looked_up": checks.get(paper.prescriber_id, []),
            "issued_on": paper.issued_on,
            "not_before": paper.not_before,
            "valid_until": paper.valid_until,
            "status": paper.status,
            "items": [
                {
                    "substance": item.substance,
                    "strength": item.strength,
                    "dose": item.dose_text,
                    "ordered": item.ordered_units,
                    "supplied": item.supplied_units,
                }
                for item in paper.items.all()
            ],
        }
        for paper in papers
    ]


def electronic(user: Any) -> list[Row]:
    """Electronic prescriptions word for word as they came, with every fault that was found in them."""
    mine = ElectronicPaper.objects.filter(Q(owner=user) | Q(prescription__patient__owner=user))
    return [
        {
            "at": one.created_at,
            "state": one.state,
            "refused_because": one.reason,
            "media_type": one.media_type,
            "as_it_came": one.body,
            "faults": json.loads(one.faults or "[]"),
        }
        for one in mine.distinct().order_by("created_at")
    ]


def asked_prescribers(user: Any) -> list[Row]:
    """ "My prescriber will send it": what was asked of whom, what was answered, and the look-ups of who signed.

    The link's secret is not in it: while it works it is the prescriber's, and afterwards it is forgotten.
    """
    mine = PrescriberLink.objects.filter(Q(customer=user) | Q(patient__owner=user)).select_related("patient")
    links = list(mine.order_by("created_at"))
    checks = _look_ups({link.prescriber_id for link in links})
    return [
        {
            "at": link.created_at,
            "patient": link.patient.name,
            "order": link.order_reference,
            "prescriber": link.prescriber_name,
            "email": link.email,
            "number_told": link.number_asked,
            "asked_for": link.asked_for,
            "state": link.state,
            "ended_at": link.ended_at,
            "signed_by": link.signed_name,
            "register": link.register,
            "number": link.number,
            "written": link.written,
            "reason": link.reason,
            "looked_up": checks.get(link.prescriber_id, []),
        }
        for link in links
    ]


def _look_ups(prescribers: set[UUID | None]) -> dict[UUID | None, list[Row]]:
    found: dict[UUID | None, list[Row]] = {}
    for check in PrescriberCheck.objects.filter(prescriber__in=prescribers - {None}).order_by("checked_at"):
        found.setdefault(check.prescriber_id, []).append(
            {
                "at": check.checked_at,
                "register": check.register,
                "number": check.number,
                "where": check.where,
                "found": check.found,
                "note": check.note,
            }
        )
    return found


def contacts(requests: QuerySet[SupplyRequest]) -> list[Row]:
    """What a pharmacist asked a prescriber about these lines, and what was answered."""
    rows = Contact.objects.filter(request__in=requests).select_related("request").order_by("asked_at")
    return [
        {
            "order": one.request.order_reference,
            "at": one.asked_at,
            "how": one.how,
            "question": one.question,
            "outcome": one.outcome,
            "who": one.who,
            "answer": one.answer,
        }
        for one in rows
    ]


def interventions(requests: QuerySet[SupplyRequest]) -> list[Row]:
    """What a pharmacist did about a problem with these lines or their order."""
    mine = Intervention.objects.filter(case__in=requests.exclude(case=None).values("case"))
    return [
        {
            "order": one.case.order_reference,
            "at": one.recorded_at,
            "category": one.get_category_display(),
            "contacted": one.contacted,
            "action": one.action,
            "result": one.result,
        }
        for one in mine.select_related("case").order_by("recorded_at")
    ]


def substitutions(requests: QuerySet[SupplyRequest]) -> list[Row]:
    """Equivalent packs that a pharmacist chose for these lines."""
    rows = Substitution.objects.filter(request__in=requests)
    return [
        {
            "order": one.request.order_reference,
            "at": one.chosen_at,
            "asked_for": f"{one.pack_asked.product.name} {one.pack_asked.description}",
            "chosen": f"{one.pack.product.name} {one.pack.description}",
            "kind": one.kind,
            "reason": one.reason,
            "sentence": one.sentence,
        }
        for one in rows.select_related("request", "pack__product", "pack_asked__product").order_by("chosen_at")
    ]


def question(one: Thread) -> Row:
    """A conversation, and the consultation it was about: answers, flags, outcome, what it stands on."""
    talk = talk_of(one)
    told: Row = {
        "reference": one.reference,
        "topic": one.topic,
        "opened_at": one.opened_at,
        "state": one.state,
        "ending": one.ending,
        "summary": one.summary,
        "messages": [
            {"at": m.sent_at, "from": "pharmacist" if m.is_from_staff else "you", "text": m.text} for m in talk.messages
        ],
    }
    if (held := talk.consultation) is not None:
        told["consultation"] = {
            "medicine": str(held.product),
            "answers": dict(talk.answers),
            "flags": json.loads(held.flags or "[]"),
            "outcome": held.outcome,
            "evidence": held.evidence,
            "evidence_note": held.evidence_note,
            "packs": held.packs,
            "until": held.supply_until,
        }
    return told
