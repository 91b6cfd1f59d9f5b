"""Patients, papers and cases, brought to where a test wants them through the verbs of customers and pharmacists."""

from __future__ import annotations

import datetime as dt
import io
import itertools
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pikepdf
from django.db import transaction
from PIL import Image, ImageDraw

from catalog.models.product import Pack
from catalog.models.site import Site
from pharmacy.accounts.actions import give_consent
from pharmacy.accounts.models import User
from pharmacy.accounts.queries import CONSENT_VERSION, has_consent
from pharmacy.clock import today
from prescriptions.actions.checks import check_by_hand
from prescriptions.actions.clinical_check import approve
from prescriptions.actions.document import begin_upload, note_stored
from prescriptions.actions.patient import PatientFacts, save_patient
from prescriptions.actions.prescription import Transcription, transcribe
from prescriptions.actions.review import open_case
from prescriptions.actions.supply import SupplyLine, request_supply
from prescriptions.gateways import documents
from prescriptions.models.checks import Check
from prescriptions.models.clearance import Clearance
from prescriptions.models.document import Document
from prescriptions.models.patient import Patient
from prescriptions.models.prescription import PrescriptionItem
from prescriptions.models.review import Case
from prescriptions.models.supply import SupplyRequest
from prescriptions.queries.requests import seen_of
from prescriptions.tasks.documents import clean
from tests.shop.catalog import baclofen, the_sites

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
    """Somebody this customer orders for: born 1984, no known allergies."""
    if not has_consent(of):
        give_consent(of, version=CONSENT_VERSION, by=of)
    told = {"name": "Marta Quintero", "born_on": dt.date(1984, 3, 7), "allergies": "none known", **facts}
    return save_patient(None, owner=of, facts=PatientFacts(**told), by=of)


def sent(of: User, content: bytes, *, name: str = "rx.jpg", declared: str = "image/jpeg") -> Document:
    """A file as the customer's browser hands it in: kept and waiting for the worker."""
    document = begin_upload(owner=of, name=name, declared_type=declared, size=len(content), by=of)
    sha256 = documents.keep_upload(document.pk, iter([content]))
    note_stored(document, sha256=sha256, by=of)
    document.refresh_from_db()
    return document


def a_document(of: User, content: bytes | None = None, *, name: str = "rx.jpg", declared: str = "image/jpeg") -> Document:
    """A file that went through the cleaning; ready, or refused with its reason."""
    document = sent(of, a_jpeg() if content is None else content, name=name, declared=declared)
    clean(document.pk)
    document.refresh_from_db()
    return document


def a_request(
    of: User, pack: Pack | None = None, *, packs: int = 1, patient: Patient | None = None,
    documents: list[Document] | None = None, supply_class: str = "prescription_only", site: Site | None = None,
) -> SupplyRequest:  # fmt: skip
    """One line of an order asking to be cleared, with a readable document; not before a pharmacist yet."""
    asked = pack or baclofen()
    papers = [a_document(of)] if documents is None else documents
    with transaction.atomic():
        return request_supply(
            [SupplyLine(uuid4(), asked.pk, packs, asked.size * packs, supply_class)],
            order_reference=f"TST-{next(_SERIAL):03d}-{uuid4().hex[:4].upper()}",
            customer=of,
            patient=patient or a_patient(of),
            site=site or the_sites()["us-newark"],
            country="US",
            region="NJ",
            documents=[paper.pk for paper in papers],
            is_test=False,
            by=of,
        )[0]


def a_case(of: User, pack: Pack | None = None, **options: Any) -> tuple[Case, SupplyRequest]:
    """A case with one waiting request, in the queue."""
    request = a_request(of, pack, **options)
    with transaction.atomic():
        case = open_case(request.order_reference, hold_ends_at=None, by="job:tests")
    assert case is not None
    request.refresh_from_db()
    return case, request


def transcribed(request: SupplyRequest, *, by: User, **fields: Any) -> PrescriptionItem:
    """The prescription written down by a pharmacist: baclofen 10 mg, 90 tablets, 2 repeats, issued ten days ago."""
    told: dict[str, Any] = {
        "substance": "Baclofen", "strength": "10 mg", "dose_text": "1 tablet three times a day",
        "quantity": Decimal(90), "repeats": 2, "issued_on": today() - dt.timedelta(days=10), "prescriber": PRESCRIBER,
        **fields,
    }  # fmt: skip
    item = transcribe(request, fields=Transcription(**told), by=by)
    by_hand(request, by=by)
    request.refresh_from_db()
    return item


def by_hand(request: SupplyRequest, *, by: User) -> None:
    """Every mandatory check that did not run, done by the pharmacist."""
    left = Check.objects.filter(request=request, current=True, state="did_not_run", is_mandatory=True, by_hand=None)
    for check in left:
        check_by_hand(check, sentence="Looked at it myself.", by=by)


def approved(request: SupplyRequest, *, by: User, item: PrescriptionItem | None = None, **how: Any) -> Clearance:
    """The pharmacist, who has what the case shows now on the screen, approves."""
    request.refresh_from_db()
    return approve(request, item=item or request.prescription_item, seen=seen_of(request), by=by, **how)


def cleared(of: User, *, by: User, **options: Any) -> tuple[SupplyRequest, Clearance]:
    """A request all the way to its clearance."""
    _, request = a_case(of, **options)
    transcribed(request, by=by)
    clearance = approved(request, by=by)
    request.refresh_from_db()
    return request, clearance
