"""What came in by itself: electronic prescriptions of a demo clinic, and a request to a prescriber."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from pharmacy.accounts.demo.people import PARTNER
from pharmacy.accounts.models import Partner, User
from pharmacy.clock import today
from prescriptions.actions.electronic import Received, account_of, receive
from prescriptions.actions.prescriber_link import Asking, ask_prescriber
from prescriptions.models.electronic import ElectronicPaper
from prescriptions.models.patient import Patient
from prescriptions.models.prescriber_link import PrescriberLink
from prescriptions.rules.fhir.reader import read_body

FHIR = "application/fhir+json"
BY = "job:demo"


def load(**_: Any) -> int:
    """One prescription that was read whole, one that waits for a person, one open link; how many were made."""
    made = 0
    partner = Partner.objects.filter(name=PARTNER).first()
    if partner is not None and not ElectronicPaper.objects.filter(partner=partner).exists():
        owner = account_of(partner, by=BY)
        for body in (_bundle("DEMO-RX-1", "1 tablet three times a day"), _bundle("DEMO-RX-2", "")):
            text = json.dumps(body)
            received = Received(body=text, media_type=FHIR, owner=owner, partner=partner, country=partner.country)
            receive(received, read_body(text, FHIR, today=today()), by=BY)
            made += 1
    patient = Patient.objects.filter(owner__is_demo=True).select_related("owner").order_by("created_at").first()
    if patient is not None and not PrescriberLink.objects.filter(customer=patient.owner).exists():
        made += _link(patient, patient.owner)
    return made


def _link(patient: Patient, customer: User) -> int:
    asking = Asking(
        "Dr. Ada Voss", "ada.voss@demo.example.com", asked_for="Baclofen 10 mg, three times a day, as before"
    )
    ask_prescriber(customer=customer, patient=patient, asking=asking, by=customer)
    return 1


def _bundle(number: str, dose: str) -> dict[str, Any]:
    order: dict[str, Any] = {
        "resourceType": "MedicationRequest",
        "id": "order",
        "status": "active",
        "intent": "order",
        "groupIdentifier": {"value": number},
        "medicationCodeableConcept": {"text": "Baclofen 10 mg tablets"},
        "subject": {"reference": "Patient/patient"},
        "requester": {"reference": "Practitioner/prescriber"},
        "authoredOn": (today() - timedelta(days=1)).isoformat(),
        "dispenseRequest": {"quantity": {"value": 90, "unit": "tablet"}, "numberOfRepeatsAllowed": 2},
    }
    if dose:
        order["dosageInstruction"] = [{"text": dose}]
    patient = {
        "resourceType": "Patient",
        "id": "patient",
        "name": [{"text": "Ruth Example" if dose else "Max Example"}],
        "birthDate": "1971-05-02",
    }
    prescriber = {
        "resourceType": "Practitioner",
        "id": "prescriber",
        "name": [{"text": "Dr. Ada Voss"}],
        "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567893"}],
    }
    entries = [{"resource": one} for one in (order, patient, prescriber)]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}
