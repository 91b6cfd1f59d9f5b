"""The demonstration's clinical rules and a few cases, through the verbs that people use. Safe to run again."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from PIL import Image, ImageDraw

from catalog.models.product import Pack
from catalog.models.site import Site
from pharmacy.accounts.models import User
from pharmacy.clock import db_now, today
from pharmacy.keys import new_id
from prescriptions import reference
from prescriptions.actions.clinical_rules import Draft, approve_rules, write_rules
from prescriptions.actions.document import begin_upload, note_stored
from prescriptions.actions.patient import PatientFacts, save_patient
from prescriptions.actions.prescription import Transcription, transcribe
from prescriptions.actions.review import ask_patient, claim, open_case, release_claim
from prescriptions.actions.supply import SupplyLine, request_supply
from prescriptions.gateways import documents
from prescriptions.models.clinical import ClinicalRule
from prescriptions.models.patient import Patient
from prescriptions.models.review import Case
from prescriptions.models.supply import SupplyRequest
from prescriptions.tasks.documents import clean

AUTHOR: Final = "shipped with the product"
APPROVER: Final = "demo:superintendent"
SITE: Final = "us-newark"
BY: Final = "job:demo"
# reference, patient's facts, substance asked for, what the paper says (None: not written down yet), question
CASES: Final[tuple[tuple[str, dict[str, Any], str, dict[str, Any] | None, str], ...]] = (
    ("DEMO-CASE-1", {
        "name": "Marta Quintero", "born_on": dt.date(1984, 3, 7), "sex": "female", "weight_kg": "64",
        "allergies": "Penicillin: rash", "conditions": "Multiple sclerosis", "medicines": "Diazepam 5 mg",
        "pregnancy": "no", "breastfeeding": "no", "kidney": "healthy", "liver": "healthy",
    }, "Baclofen", {"dose_text": "1 tablet three times a day", "strength": "10 mg", "quantity": 90}, ""),
    ("DEMO-CASE-2", {
        "name": "Ana Quintero", "born_on": dt.date(1951, 9, 21), "sex": "female", "medicines": "Amlodipine 5 mg",
        "conditions": "High blood pressure", "kidney": "reduced",
    }, "Methocarbamol", None, "Are you allergic to any medicine, and what happened?"),
    ("DEMO-CASE-3", {
        "name": "Luis Quintero", "born_on": today() - dt.timedelta(days=3900), "sex": "male", "weight_kg": "34",
        "allergies": "none", "conditions": "Cerebral palsy", "medicines": "none", "kidney": "healthy",
        "liver": "healthy",
    }, "Baclofen", {"dose_text": "half a tablet three times a day", "strength": "10 mg", "quantity": 45}, ""),
)  # fmt: skip


def load(**_: Any) -> int:
    """What `manage.py demo` calls: rules in force, then cases before the pharmacists. How many cases were made."""
    _rules()
    customer = User.objects.filter(email="customer@demo.example.com").first()
    pharmacist = User.objects.filter(email="pharmacist@demo.example.com").first()
    site = Site.objects.filter(code=SITE).first()
    if not settings.DEMO or customer is None or pharmacist is None or site is None:
        return 0
    made = 0
    for number, (reference_, told, substance, paper, question) in enumerate(CASES):
        if SupplyRequest.objects.filter(order_reference=reference_).exists():
            continue
        pack = _pack(substance, paper)
        if pack is None:
            continue
        patient = _patient(customer, told)
        request = _asked(reference_, customer, patient, site, pack, number)
        _reviewed(request, paper, question, by=pharmacist)
        made += 1
    return made


def _rules() -> None:
    rows = list(reference.rows())
    if ClinicalRule.objects.filter(code__in=[row.code for row in rows]).count() >= len(rows):
        return
    drafts = [
        Draft(row.kind, row.code, row.substance, row.severity, row.source, row.section, row.gist, row.value)
        for row in rows
    ]
    write_rules(drafts, author=AUTHOR, by=BY)
    superintendent = User.objects.filter(email="superintendent@demo.example.com").first()
    if superintendent is not None:
        approve_rules(ClinicalRule.objects.filter(written_by=AUTHOR), name=APPROVER, by=superintendent)


def _pack(substance: str, paper: dict[str, Any] | None) -> Pack | None:
    found = Pack.objects.filter(
        product__substances__name__iexact=substance, product__supplies__country="US",
        product__supplies__supply_class="prescription_only", unit__icontains="tablet",
    )  # fmt: skip
    if paper:
        found = found.filter(product__strength__startswith=paper["strength"], size__lte=paper["quantity"])
    return found.order_by("-size", "pk").first()


def _patient(customer: User, told: dict[str, Any]) -> Patient:
    known = next((one for one in Patient.objects.filter(owner=customer) if one.name == told["name"]), None)
    return known or save_patient(None, owner=customer, facts=PatientFacts(**told), by=customer)


def _asked(reference_: str, customer: User, patient: Patient, site: Site, pack: Pack, number: int) -> SupplyRequest:
    paper = _paper(customer, number)
    line = SupplyLine(new_id(), pack.pk, 1, pack.size, "prescription_only")
    with transaction.atomic():
        [request] = request_supply(
            [line], order_reference=reference_, customer=customer, patient=patient, site=site, country="US",
            region="NJ", documents=[paper], is_test=False, by=customer,
        )  # fmt: skip
    with transaction.atomic():
        open_case(reference_, hold_ends_at=db_now() + dt.timedelta(days=6), by=BY)
    request.refresh_from_db()
    return request


def _paper(customer: User, number: int) -> UUID:
    content = _drawn(CASES[number], number)
    row = begin_upload(owner=customer, name="rx.jpg", declared_type="image/jpeg", size=len(content), by=customer)
    sha256 = documents.keep_upload(row.pk, iter([content]))
    note_stored(row, sha256=sha256, by=customer)
    clean(row.pk)
    assert sha256 == hashlib.sha256(content).hexdigest()
    return row.pk


def _drawn(case: tuple[str, dict[str, Any], str, dict[str, Any] | None, str], number: int) -> bytes:
    """A plain paper with what the case's prescription says; it belongs to nobody."""
    _reference, told, substance, written, _question = case
    sheet = Image.new("RGB", (900, 1200), "#fffef8")
    pen = ImageDraw.Draw(sheet)
    # Each practice has a head of its own, so that no two of these papers look the same.
    pen.rectangle((60 + number * 260, 20, 300 + number * 260, 70), fill=("#24507a", "#7a2437", "#2f6b3a")[number % 3])
    pen.rectangle((0, 1100 - number * 40, 900, 1200), fill=("#dfe8ef", "#efe0df", "#dfefe2")[number % 3])
    said = written or {"strength": "500 mg", "dose_text": "2 tablets four times a day", "quantity": 100}
    lines: Iterable[str] = (
        "DEMONSTRATION PRESCRIPTION", "Ines Okonjo, MD    NPI 1993999998", "100 Sample Street, Newark NJ", "",
        f"Patient: {told['name']}", f"Born: {told['born_on']}", f"Date: {today() - dt.timedelta(days=2)}", "",
        f"{substance} {said['strength']} tablets", said["dose_text"], f"Quantity: {said['quantity']}    Refills: 2",
        "", "", "I. Okonjo",
    )  # fmt: skip
    for at, text in enumerate(lines):
        pen.text((80, 90 + at * 62), text, fill="#1b2430", font_size=34)
    pen.line((80, 1010, 520, 1010), fill="#1b2430", width=2)
    out = io.BytesIO()
    sheet.save(out, "JPEG", quality=85)
    return out.getvalue()


def _reviewed(request: SupplyRequest, paper: dict[str, Any] | None, question: str, *, by: User) -> None:
    case = Case.objects.get(requests=request.pk)
    if paper is None and not question:
        return
    claim(case, by=by)
    if paper is not None:
        fields = Transcription(
            substance=request.pack.product.substances.get().name, strength=paper["strength"],
            dose_text=paper["dose_text"], quantity=Decimal(paper["quantity"]), repeats=2,
            issued_on=today() - dt.timedelta(days=2), prescriber="Ines Okonjo, 1993999998",
        )  # fmt: skip
        transcribe(request, fields=fields, by=by)
    if question:
        ask_patient(case, text=question, by=by)
    else:
        release_claim(case, by=by)
