"""A prescription and what was supplied on it, written as FHIR R4."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from pharmacy.clock import today
from pharmacy.keys import public
from prescriptions.models.clearance import Clearance
from prescriptions.models.prescription import Prescription, PrescriptionItem
from prescriptions.rules.registers import BY_CODE

NUMBER_SYSTEM = "urn:ietf:rfc:3986"
STATUS = {
    "submitted": "active",
    "clarification": "on-hold",
    "verified": "active",
    "exhausted": "completed",
    "rejected": "cancelled",
    "expired": "stopped",
    "revoked": "cancelled",
}
SEXES = {"male", "female", "other", "unknown"}


def bundle_of(prescription: Prescription) -> dict[str, Any]:
    """A collection Bundle: the Patient, the Practitioner, a MedicationRequest for each item, and a MedicationDispense
    for each clearance that was used (3 statements). Dates in UTC; quantities in units."""
    items = list(prescription.items.order_by("transcribed_at", "pk"))
    used = Clearance.objects.filter(prescription_item__in=items, used_at__isnull=False)
    resources = [_patient(prescription), _practitioner(prescription)]
    resources += [_request(prescription, item) for item in items]
    by_id = {item.pk: item for item in items}
    for one in used.order_by("used_at"):
        assert one.prescription_item_id is not None  # asked for by the items themselves
        resources.append(_dispense(prescription, by_id[one.prescription_item_id], one))
    entries = [{"fullUrl": f"urn:uuid:{one['id']}", "resource": one} for one in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def status_of(prescription: Prescription) -> str:
    """Its state today: one whose last day has passed is expired before the night's job says so."""
    live = prescription.status in ("submitted", "clarification", "verified")
    over = prescription.valid_until is not None and prescription.valid_until < today()
    return "expired" if live and over else prescription.status


def _patient(prescription: Prescription) -> dict[str, Any]:
    told = prescription.patient
    made: dict[str, Any] = {"resourceType": "Patient", "id": str(told.pk), "name": [{"text": told.name}]}
    if told.born_on:
        made["birthDate"] = told.born_on
    if told.sex in SEXES:
        made["gender"] = told.sex
    return made


def _practitioner(prescription: Prescription) -> dict[str, Any]:
    one = prescription.prescriber
    made: dict[str, Any] = {"resourceType": "Practitioner", "id": str(one.pk), "name": [{"text": one.name}]}
    register = BY_CODE.get(one.register)
    if one.number:
        system = {"system": register.systems[0]} if register is not None and register.systems else {}
        made["identifier"] = [{**system, "value": one.number}]
    return made


def _request(prescription: Prescription, item: PrescriptionItem) -> dict[str, Any]:
    supply: dict[str, Any] = {"quantity": _quantity(item, item.quantity), "numberOfRepeatsAllowed": item.repeats}
    if prescription.valid_until is not None:
        supply["validityPeriod"] = {
            "start": (prescription.not_before or prescription.issued_on).isoformat(),
            "end": prescription.valid_until.isoformat(),
        }
    made: dict[str, Any] = {
        "resourceType": "MedicationRequest",
        "id": str(item.pk),
        "status": STATUS[status_of(prescription)],
        "intent": "order",
        "medicationCodeableConcept": _medicine(item),
        "subject": {"reference": f"urn:uuid:{prescription.patient_id}"},
        "authoredOn": prescription.issued_on.isoformat(),
        "requester": {"reference": f"urn:uuid:{prescription.prescriber_id}"},
        "dispenseRequest": supply,
    }
    if item.dose_text:
        made["dosageInstruction"] = [{"text": item.dose_text}]
    if prescription.number:
        made["groupIdentifier"] = {"value": prescription.number}
    return made


def _dispense(prescription: Prescription, item: PrescriptionItem, used: Clearance) -> dict[str, Any]:
    assert used.used_at is not None  # only used ones are asked for
    return {
        "resourceType": "MedicationDispense",
        "id": str(used.pk),
        "status": "completed",
        "medicationCodeableConcept": _medicine(item),
        "subject": {"reference": f"urn:uuid:{prescription.patient_id}"},
        "authorizingPrescription": [{"reference": f"urn:uuid:{item.pk}"}],
        "quantity": _quantity(item, used.units),
        "whenHandedOver": used.used_at.astimezone(UTC).isoformat(timespec="seconds"),
    }


def _medicine(item: PrescriptionItem) -> dict[str, str]:
    return {"text": f"{item.substance} {item.strength}".strip()}


def _quantity(item: PrescriptionItem, value: Any) -> dict[str, Any]:
    plain = value.normalize()
    number = int(plain) if plain == plain.to_integral() else float(plain)
    return {"value": number, **({"unit": item.unit} if item.unit else {})}


def public_id(paper: Any) -> str:
    """How a partner names an electronic paper."""
    return public("rx", paper.pk)
