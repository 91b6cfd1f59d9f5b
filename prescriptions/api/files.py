"""Files with a JSON part: each is quarantined and cleaned as a customer's, and a pharmacist reads them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from pharmacy.accounts.models import Partner, User
from pharmacy.refusals import Unreachable
from prescriptions.actions.document import UploadRefused, begin_upload, hand_in, note_stored, remove_upload
from prescriptions.actions.electronic import NotAPrescription, Received, account_of, receive
from prescriptions.api.bodies import DataPart, data_of
from prescriptions.gateways import documents as files
from prescriptions.models.document import Document
from prescriptions.models.electronic import ElectronicPaper
from prescriptions.queries.links import paper_of
from prescriptions.queries.owner import takes_documents
from prescriptions.rules.fhir.reading import Reading
from prescriptions.rules.registers import fault
from prescriptions.rules.uploads import MAX_FILES

Fault = dict[str, str]


def read_parts(
    request: Request, partner: Partner, *, answered: Callable[[ElectronicPaper], None], is_test: bool
) -> ElectronicPaper:
    """The paper of a multipart body. Raises NotAPrescription with every fault at once."""
    data, faults = _data(request)
    sent = request.FILES.getlist("file")
    for name in {*_parts(request), *request.FILES} - {"file", "data"}:
        faults.append(_fault(f"/{name}", "unknown-field", "This field is not known."))
    if not 1 <= len(sent) <= MAX_FILES:
        faults.append(_fault("/file", "files", "Send one to ten files."))
    owner = account_of(partner, by=partner)
    order = data.get("order", "")
    if order and not takes_documents(order, owner):
        faults.append(_fault("/data/order", "not-found", "No order of yours waits for a prescription under this name."))
    if faults:
        raise NotAPrescription(errors=faults)
    hashes = sorted(files.digest(file) for file in sent)
    received = Received(
        body=json.dumps({**data, "files": hashes}, sort_keys=True), media_type="multipart/form-data", owner=owner,
        partner=partner, reference=data.get("reference", ""), country=partner.country, is_test=is_test,
    )  # fmt: skip
    reading = Reading()
    reading.ask("$this", "to-be-read", "A pharmacist reads the files.")
    if paper_of(owner, received.body, is_test=is_test) is not None:  # sent before: its files are kept already
        return receive(received, reading, answered=answered, by=partner)
    kept = _keep(sent, owner, partner, is_test=is_test)
    if order:
        hand_in(order, kept, by=owner)
    paper = receive(replace(received, documents=kept), reading, answered=answered, by=partner)
    if not paper.documents.filter(pk__in=kept).exists():  # the same body twice at once: the other call was first
        _take_back(kept, owner)
    return paper


def _parts(request: Request) -> dict[str, Any]:
    return request.data if isinstance(request.data, dict) else {}


def _data(request: Request) -> tuple[dict[str, Any], list[Fault]]:
    found = data_of(_parts(request).get("data"))
    if found is None:
        return {}, [_fault("/data", "malformed", "Send a JSON object as the part “data”.")]
    part = DataPart(data=found)
    try:
        part.is_valid(raise_exception=True)
    except ValidationError as problem:
        from pharmacy.web.pointers import faults_of

        return {}, [{**one, "pointer": f"/data{one['pointer']}"} for one in faults_of(problem.get_full_details())]
    known: dict[str, Any] = json.loads(json.dumps(part.data))
    writer = known.get("prescriber") or {}
    wrong = fault(writer["register"], writer.get("number", "")) if writer.get("register") else ""
    if wrong:
        return known, [_fault("/data/prescriber/number", wrong.replace("_", "-"), "No number of this register.")]
    return known, []


def _keep(sent: list[Any], owner: User, partner: Partner, *, is_test: bool) -> list[UUID]:
    kept: list[UUID] = []
    faults: list[Fault] = []
    for at, file in enumerate(sent):
        facts: dict[str, Any] = {
            "name": file.name or "",
            "declared_type": file.content_type or "",
            "size": file.size or 0,
        }
        try:
            row = begin_upload(owner=owner, is_test=is_test, by=partner, **facts)
        except UploadRefused as refusal:
            faults.append(_fault(f"/file/{at}", refusal.code, refusal.detail or refusal.title))
            continue
        kept.append(row.pk)
        try:
            sha256 = files.keep_upload(row.pk, iter(file.chunks()))
        except Unreachable:
            _take_back(kept, owner)
            raise
        note_stored(row, sha256=sha256, by=partner)
    if faults:
        _take_back(kept, owner)
        raise NotAPrescription(errors=faults)
    return kept


def _take_back(kept: list[UUID], owner: User) -> None:
    """Nothing stands for these files; one that an order has already stays with it."""
    for document in Document.objects.filter(pk__in=kept, order_reference="", removed_at=None):
        remove_upload(document, by=owner)
        files.drop_upload(document.pk)


def _fault(pointer: str, code: str, detail: str) -> Fault:
    return {"pointer": pointer, "code": code, "detail": detail}
