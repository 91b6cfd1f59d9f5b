"""Patients, papers and cases, brought to where a test wants them through the verbs of customers and pharmacists."""

from __future__ import annotations

import datetime as dt
import io
import itertools
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pikepdf
from django.db import transaction
from PIL import Image, ImageDraw

from catalog.models.product import Pack
from pharmacy.accounts.actions import give_consent
from pharmacy.accounts.models import User
from pharmacy.accounts.queries import CONSENT_VERSION, has_consent
from pharmacy.clock import db_now, today
from prescriptions.actions.answers import acknowledge, answer_alert
from prescriptions.actions.checks import check_several_by_hand
from prescriptions.actions.clinical_check import approve
from prescriptions.actions.document import begin_upload, note_stored
from prescriptions.actions.patient import PatientFacts, save_patient
from prescriptions.actions.prescription import Transcription, transcribe
from prescriptions.actions.review import claim, open_case
from prescriptions.actions.supply import SupplyLine, request_supply
from prescriptions.gateways import documents
from prescriptions.models.checks import Alert, Check
from prescriptions.models.clearance import Clearance
from prescriptions.models.document import Document
from prescriptions.models.patient import Patient
from prescriptions.models.prescription import Prescription, PrescriptionItem
from prescriptions.models.review import Case
from prescriptions.models.supply import SupplyRequest
from prescriptions.queries.requests import seen_of
from prescriptions.tasks.documents import clean
from tests.shop.catalog import baclofen, the_sites

type Item = Pack | tuple[Pack, int] | SupplyLine

_SERIAL = itertools.count(1)
PRESCRIBER = "Ines Okonjo, 1993999998"


def a_jpeg(text: str = "", *, size: tuple[int, int] = (600, 800), **save: Any) -> bytes:
    """A photo of a paper; no two look alike unless the text is the same."""
    picture = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(picture)
    words = text or f"paper {next(_SERIAL)}"
    seed = sum(ord(letter) * (at + 7) for at, letter in enumerate(words))
    for step in range(12):
        at = (seed * (step + 3)) % 500, (seed * (step + 11)) % 700
        pen.rectangle((*at, at[0] + 90, at[1] + 90), fill=(seed * step % 200, 40, 90))
    pen.text((40, 20), words, fill="black", font_size=30)
    out = io.BytesIO()
    picture.save(out, "JPEG", **save)
    return out.getvalue()


def a_pdf(pages: int = 1) -> bytes:
    """A small PDF with so many blank pages of A5."""
    pdf = pikepdf.new()
    for _ in range(pages):
        pdf.add_blank_page(page_size=(420, 595))
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


def a_patient(of: User, **facts: Any) -> Patient:
    """Somebody this customer orders for: born 1984, allergic to penicillin."""
    if not has_consent(of):
        give_consent(of, version=CONSENT_VERSION, by=of)
    told = {"name": "Marta Quintero", "born_on": dt.date(1984, 3, 7), "allergies": "Penicillin: rash", **facts}
    return save_patient(None, owner=of, facts=PatientFacts(**told), by=of)


def sent(of: User, content: bytes, *, name: str = "rx.jpg", declared: str = "image/jpeg") -> Document:
    """A file as the customer's browser hands it in: kept and waiting for the worker."""
    if not has_consent(of):
        give_consent(of, version=CONSENT_VERSION, by=of)
    document = begin_upload(owner=of, name=name, declared_type=declared, size=len(content), by=of)
    sha256 = documents.keep_upload(document.pk, iter([content]))
    note_stored(document, sha256=sha256, by=of)
    document.refresh_from_db()
    return document


def a_document(
    of: User, content: bytes | None = None, *, name: str = "rx.jpg", declared: str = "image/jpeg"
) -> Document:
    """A file that went through the cleaning; ready, or refused with its reason."""
    document = sent(of, a_jpeg() if content is None else content, name=name, declared=declared)
    clean(document.pk)
    document.refresh_from_db()
    return document


a_paper = a_document


def a_line(pack: Pack, packs: int = 1, *, supply_class: str = "") -> SupplyLine:
    """One line as an order asks for it, in the class the catalogue gives the pack in the US."""
    known = pack.product.supplies.get(country="US").supply_class
    return SupplyLine(uuid4(), pack.pk, packs, pack.size * packs, supply_class or known)


def _as_line(one: Item) -> SupplyLine:
    if isinstance(one, SupplyLine):
        return one
    return a_line(*one) if isinstance(one, tuple) else a_line(one)


def requested(
    items: Sequence[Item], *, customer: User, patient: Patient | None = None, documents: list[Document] | None = None
) -> list[SupplyRequest]:
    """The lines of an order asking to be cleared, with a readable paper; not before a pharmacist yet."""
    lines = [
        one if isinstance(one, SupplyLine) else a_line(*one) if isinstance(one, tuple) else a_line(one) for one in items
    ]
    known = patient or a_patient(customer)  # who agrees to our keeping of health data before a paper is sent
    papers = [a_document(customer)] if documents is None else documents
    site = the_sites()["us-newark"]
    with transaction.atomic():
        return request_supply(
            lines,
            order_reference=f"TST-{next(_SERIAL):03d}-{uuid4().hex[:4].upper()}",
            customer=customer,
            patient=known,
            site=site,
            country="US",
            region="NJ",
            documents=[paper.pk for paper in papers],
            is_test=False,
            by=customer,
        )


def opened(order_reference: str) -> Case:
    """The order's case, put before the pharmacists."""
    with transaction.atomic():
        case = open_case(order_reference, hold_ends_at=None, by="job:tests")
    assert case is not None
    return case


def a_case(items: Sequence[Item], *, customer: User, **options: Any) -> Case:
    """A case in the queue with a request for each item."""
    return opened(requested(items, customer=customer, **options)[0].order_reference)


def only_request(case: Case) -> SupplyRequest:
    """The one request of a case."""
    return SupplyRequest.objects.get(case=case)


def waiting(of: User, pack: Pack | None = None, *, packs: int = 1, **options: Any) -> tuple[Case, SupplyRequest]:
    """A case of one line (baclofen unless told otherwise), and the line."""
    case = a_case([(pack or baclofen(), packs)], customer=of, **options)
    return case, only_request(case)


def as_written(request: SupplyRequest, **fields: Any) -> Transcription:
    """What the paper says: baclofen 10 mg, 1 tablet three times a day, 90 tablets, issued ten days ago."""
    told: dict[str, Any] = {
        "substance": "Baclofen", "strength": "10 mg", "dose_text": "1 tablet three times a day",
        "quantity": Decimal(90), "repeats": 0, "issued_on": today() - dt.timedelta(days=10), "prescriber": PRESCRIBER,
        **fields,
    }  # fmt: skip
    return Transcription(**told)


LOOKED_UP = ("prescriber", "interactions", "dose", "conditions", "allergy", "pregnancy", "breastfeeding")


def written_down(request: SupplyRequest, *, by: User, **fields: Any) -> PrescriptionItem:
    """The prescription written down by a pharmacist, who looks up by hand what the tests' shop has no source for."""
    item = transcribe(request, fields=as_written(request, **fields), by=by)
    request.refresh_from_db()
    checked_by_hand(request, by=by, rules=LOOKED_UP)
    answered(request, by=by)
    return item


def checked_by_hand(request: SupplyRequest, *, by: User, rules: Sequence[str] = ()) -> None:
    """Every mandatory check that did not run (or those of some rules), done by the pharmacist."""
    left = Check.objects.filter(request=request, current=True, state="did_not_run", is_mandatory=True, by_hand=None)
    ids = list((left.filter(rule__in=rules) if rules else left).values_list("pk", flat=True))
    if ids:
        case = Case.objects.get(requests=request.pk)
        check_several_by_hand(case, checks=ids, sentence="Looked at it myself.", told_by="asked", by=by)


def answered(request: SupplyRequest, *, by: User) -> None:
    """Every alert that wants a reason, answered; contraindications are left to the test."""
    acknowledge(request, by=by)
    serious = Alert.objects.filter(found_by__request=request, found_by__current=True, severity="serious", answer=None)
    for alert in serious:
        answer_alert(alert, code="known_and_tolerated", sentence="Talked over.", by=by)


def looked_again(request: SupplyRequest, *, by: User) -> None:
    """The pharmacist, who was told that checks changed, looks at them and answers."""
    case = Case.objects.get(requests=request.pk)
    claim(case, by=by)
    checked_by_hand(request, by=by)
    answered(request, by=by)


def transcribed(request: SupplyRequest, *, by: User, **fields: Any) -> PrescriptionItem:
    """Written down with two repeats, and every check done: ready to be approved."""
    item = written_down(request, by=by, **{"repeats": 2, **fields})
    checked_by_hand(request, by=by)
    return item


def approved(request: SupplyRequest, *, by: User, item: PrescriptionItem | None = None, **how: Any) -> Clearance:
    """The pharmacist, who has what the case shows now on the screen, approves."""
    request.refresh_from_db()
    return approve(request, item=item or request.prescription_item, seen=seen_of(request), by=by, **how)


def all_but_cleared(of: User, *, by: User) -> SupplyRequest:
    """Everything that a clearance needs is there, and no clearance: for those who write one past the door."""
    _, request = waiting(of)
    item = transcribed(request, by=by)
    Prescription.objects.update(status="verified", verified_by=by, verified_at=db_now())
    PrescriptionItem.objects.filter(pk=item.pk).update(supplied_units=90)
    SupplyRequest.objects.filter(pk=request.pk).update(status="cleared")
    request.refresh_from_db()
    return request


def cleared(of: User, *, by: User, **options: Any) -> tuple[SupplyRequest, Clearance]:
    """A request all the way to its clearance."""
    _, request = waiting(of, **options)
    transcribed(request, by=by)
    clearance = approved(request, by=by)
    request.refresh_from_db()
    return request, clearance
