"""`/api/v1/prescriptions`: partners hand prescriptions in and read what became of them. Documents never come back."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from django.http import Http404, HttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import ParseError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from pharmacy.accounts.models import Partner
from pharmacy.clock import today
from pharmacy.keys import parse_public
from pharmacy.web.idempotency import HEADER, REPLAYED, Keep, once
from pharmacy.web.parsers import only_parameters
from pharmacy.web.problem_shapes import ProblemShape
from prescriptions.actions.electronic import Received, account_of, note_partners_look, receive
from prescriptions.api import answers
from prescriptions.api.bodies import (
    FHIR_JSON,
    FHIR_XML,
    FhirRenderer,
    FhirText,
    FhirXml,
    MultipartBody,
    Parts,
    PrescriptionShape,
    wants_fhir,
)
from prescriptions.api.files import read_parts
from prescriptions.gateways.fhir_models import shape_faults
from prescriptions.models.electronic import ElectronicPaper
from prescriptions.queries.fhir import bundle_of
from prescriptions.rules.fhir.reader import TOLD, read_body
from prescriptions.rules.fhir.reading import Reading

STATUSES = (400, 401, 403, 404, 406, 409, 413, 415, 422, 429, 503)
PROBLEMS = {(status, "application/problem+json"): ProblemShape for status in STATUSES}
FHIR_BODY: dict[str, Any] = {"type": "object", "required": ["resourceType"],
                             "properties": {"resourceType": {"enum": ["Bundle", "MedicationRequest"]}}}  # fmt: skip
FHIR_TEXT: dict[str, Any] = {"type": "string", "description": "The same as FHIR XML, such as a German KBV bundle."}


class Prescriptions(APIView):
    """Hand one in."""

    scopes: ClassVar[dict[str, str]] = {"POST": "prescriptions:write"}
    parser_classes = (FhirText, FhirXml, Parts)
    renderer_classes = (JSONRenderer, FhirRenderer)

    @extend_schema(
        operation_id="create_prescription", tags=["Prescriptions"], parameters=[HEADER, REPLAYED],
        request={FHIR_JSON: FHIR_BODY, FHIR_XML: FHIR_TEXT, "multipart/form-data": MultipartBody},
        responses={(201, "application/json"): PrescriptionShape,
                   (201, FHIR_JSON): OpenApiResponse(response={"type": "object"}), **PROBLEMS},
    )  # fmt: skip
    def post(self, request: Request) -> HttpResponse:
        """A FHIR R4 Bundle or MedicationRequest as JSON or XML, or files with a `data` part.

        201 with the prescription; the same body again is the same prescription. 422 names every fault by its FHIR path.
        What could be read in part is `clarification`, and `to_clarify` says what a pharmacist has to ask.
        """
        only_parameters(request)
        return once(request, partial(self._taken, request))

    def _taken(self, request: Request, keep: Keep) -> Response:
        partner, is_test = _caller(request)

        def answered(paper: ElectronicPaper) -> None:
            keep(_answer(request, paper, status=201))

        take = self._fhir if _kind(request) in (FHIR_JSON, FHIR_XML) else read_parts
        return _answer(request, take(request, partner, answered=answered, is_test=is_test), status=201)

    def _fhir(
        self, request: Request, partner: Partner, *, answered: Callable[[ElectronicPaper], None], is_test: bool
    ) -> ElectronicPaper:
        body, kind = request.data if isinstance(request.data, str) else "", _kind(request)
        reading = read_body(body, kind, today=today())
        if _is_malformed(body, kind, reading):
            raise ParseError("The body is not well-formed.")
        reading.faults += shape_faults(json.loads(body)) if kind == FHIR_JSON else []
        received = Received(
            body=body, media_type=kind, owner=account_of(partner, by=partner), partner=partner,
            country=partner.country, is_test=is_test,
        )  # fmt: skip
        return receive(received, reading, answered=answered, by=partner)


class OnePrescription(APIView):
    """Read one."""

    scopes: ClassVar[dict[str, str]] = {"GET": "prescriptions:read"}
    renderer_classes = (JSONRenderer, FhirRenderer)

    @extend_schema(
        operation_id="get_prescription", tags=["Prescriptions"],
        parameters=[OpenApiParameter("id", str, OpenApiParameter.PATH)],
        responses={(200, "application/json"): PrescriptionShape,
                   (200, FHIR_JSON): OpenApiResponse(response={"type": "object"}), **PROBLEMS},
    )  # fmt: skip
    def get(self, request: Request, id: str) -> Response:
        """Its state and items; with `Accept: application/fhir+json` its MedicationRequests and MedicationDispenses.

        Your reading it is recorded where the patient can see it.
        """
        only_parameters(request)
        partner, is_test = _caller(request)
        number = parse_public("rx", id)
        mine = ElectronicPaper.objects.filter(partner=partner, is_test=is_test)
        mine = mine.select_related("prescription__patient", "prescription__prescriber")
        paper = mine.filter(pk=number).first() if number is not None else None
        if paper is None:
            raise Http404
        note_partners_look(paper, by=partner)
        return _answer(request, paper, status=200)


def _caller(request: Request) -> tuple[Partner, bool]:
    key: Any = request.auth
    return key.partner, key.is_test


def _kind(request: Request) -> str:
    return str(request.content_type).partition(";")[0].strip().lower()


def _is_malformed(body: str, kind: str, reading: Reading) -> bool:
    """Is it no JSON or XML at all? What is, and still no resource, is told by path."""
    if kind == FHIR_XML:
        return any(fault.detail == TOLD["malformed"] for fault in reading.faults)
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return True
    return False


def _answer(request: Request, paper: ElectronicPaper, *, status: int) -> Response:
    if wants_fhir(request):
        empty = {"resourceType": "Bundle", "type": "collection"}
        body = bundle_of(paper.prescription) if paper.prescription is not None else empty
    else:
        body = answers.prescription(paper)
    return Response(body, status=status, headers={"Cache-Control": "no-store"})
