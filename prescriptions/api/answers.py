"""A prescription as the API writes it."""

from __future__ import annotations

import json
from typing import Any

from pharmacy.keys import public
from prescriptions.models.electronic import ElectronicPaper
from prescriptions.models.prescription import Prescription, PrescriptionItem
from prescriptions.queries.fhir import status_of
from prescriptions.rules.quantities import repeats_used

TOLD = {
    "unreadable": "It could not be read.",
    "not_genuine": "It could not be confirmed as genuine.",
    "incomplete": "Something that the law asks for is missing.",
    "expired": "It had run out.",
    "duplicate": "It was sent before.",
}


def prescription(paper: ElectronicPaper) -> dict[str, Any]:
    """What `GET /prescriptions/{id}` answers."""
    made = paper.prescription
    faults = json.loads(paper.faults or "[]") if paper.state == "for_a_person" else []
    body: dict[str, Any] = {
        "id": public("rx", paper.pk),
        "reference": paper.reference or None,
        "status": _status(paper),
        "patient": None,
        "prescriber": None,
        "issued_on": None,
        "expires_on": None,
        "items": [],
        "to_clarify": [{name: fault[name] for name in ("path", "code", "detail")} for fault in faults]
        + _refused(paper),
    }
    if made is not None:
        body |= _known(made)
    elif paper.media_type == "multipart/form-data":
        body |= _told(json.loads(paper.body))
    if body["status"] == "rejected":
        code = paper.reason or "unreadable"
        body["rejection"] = {"code": code.replace("_", "-"), "detail": TOLD.get(code, TOLD["unreadable"])}
    return body


def _refused(paper: ElectronicPaper) -> list[dict[str, str]]:
    """Files that could not be made safe: nobody will read them, so they have to be sent anew."""
    if paper.state != "for_a_person":
        return []
    refused = paper.documents.filter(state="refused").order_by("created_at", "pk")
    return [
        {"path": "$this", "code": each.refused_because.replace("_", "-"), "detail": str(each.refused_sentence)}
        for each in refused
    ]


def _status(paper: ElectronicPaper) -> str:
    if paper.state == "refused":
        return "rejected"
    if paper.prescription is not None:
        return status_of(paper.prescription)
    return "clarification" if json.loads(paper.faults or "[]") else "submitted"


def _known(made: Prescription) -> dict[str, Any]:
    patient, writer = made.patient, made.prescriber
    return {
        "patient": {"name": patient.name, "born_on": patient.born_on or None},
        "prescriber": {"name": writer.name, "register": writer.register, "number": writer.number},
        "issued_on": made.issued_on.isoformat(),
        "expires_on": made.valid_until.isoformat() if made.valid_until else None,
        "items": [_item(item) for item in made.items.order_by("transcribed_at", "pk")],
    }


def _told(data: dict[str, Any]) -> dict[str, Any]:
    writer = data.get("prescriber")
    return {
        "patient": {"name": data["patient"]["name"], "born_on": data["patient"]["born_on"]},
        "prescriber": {name: writer.get(name, "") for name in ("name", "register", "number")} if writer else None,
        "issued_on": data.get("issued_on"),
    }


def _item(item: PrescriptionItem) -> dict[str, Any]:
    return {
        "id": public("rxi", item.pk),
        "substance": item.substance,
        "strength": item.strength,
        "dose_text": item.dose_text,
        "quantity": float(item.quantity),
        "unit": item.unit,
        "repeats_allowed": item.repeats,
        "repeats_left": item.repeats - repeats_used(item.quantity, item.supplied_units),
    }
