"""How prescriptions are sent: as FHIR, read as it came; as files with a JSON part beside them; and FHIR back."""

from __future__ import annotations

import json
from typing import IO, Any, Final

from rest_framework import serializers
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.renderers import JSONRenderer

from pharmacy.web.parsers import Strict, TooLarge
from prescriptions.gateways.receiving import MAX_REQUEST, Nameless

FHIR_JSON: Final = "application/fhir+json"
FHIR_XML: Final = "application/fhir+xml"
LARGEST = 1024 * 1024


class FhirText(BaseParser):
    """The text of a FHIR body, untouched: it is kept as it came. Not UTF-8: the empty text, which is no resource."""

    media_type = FHIR_JSON

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        """The body as text. Raises TooLarge (413)."""
        raw = stream.read(LARGEST + 1)
        if len(raw) > LARGEST:
            raise TooLarge
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            return ""


class FhirXml(FhirText):
    """The same as XML: what a German prescription comes as."""

    media_type = FHIR_XML


class Parts(MultiPartParser):
    """Files and the part beside them; a body larger than ten files can be is refused before a byte of it is parsed."""

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        """As DRF. Raises TooLarge (413), also for one file past its cap."""
        request = (parser_context or {})["request"]
        if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_REQUEST:
            raise TooLarge
        counting = Nameless(request)
        request.upload_handlers = [counting]
        found = super().parse(stream, media_type, parser_context)
        if counting.too_big:
            raise TooLarge("A file may have 10 MB at most.")
        return found


class FhirRenderer(JSONRenderer):
    """`Accept: application/fhir+json`."""

    media_type = FHIR_JSON
    format = "fhir"
    charset = None


class PatientPart(Strict):
    """Who it is for."""

    name = serializers.CharField(max_length=200)
    born_on = serializers.DateField()
    sex = serializers.ChoiceField(choices=["male", "female", "other", "unknown"], required=False)


class PrescriberPart(Strict):
    """Who prescribed it."""

    name = serializers.CharField(max_length=200)
    register = serializers.CharField(max_length=60, required=False)
    number = serializers.CharField(max_length=60, required=False)
    country = serializers.RegexField(r"^[A-Z]{2}$", required=False)


class DataPart(Strict):
    """The JSON part beside the files."""

    patient = PatientPart()
    prescriber = PrescriberPart(required=False)
    issued_on = serializers.DateField(required=False)
    reference = serializers.CharField(max_length=80, required=False, help_text="your own name for it")
    order = serializers.CharField(max_length=60, required=False, help_text="attach it to this waiting order of yours")


class MultipartBody(serializers.Serializer[Any]):
    """Files and what they are, as `multipart/form-data`."""

    file = serializers.ListField(child=serializers.FileField(), min_length=1, max_length=10)
    data = DataPart()  # type: ignore[assignment]  # as the contract names it


class SubstanceItem(serializers.Serializer[Any]):
    """One medicine on it; quantities in units (tablet, mL, g)."""

    id = serializers.CharField()
    substance = serializers.CharField()
    product = serializers.CharField(allow_null=True, required=False)
    strength = serializers.CharField(allow_blank=True)
    dose_text = serializers.CharField(allow_blank=True)
    quantity = serializers.FloatField()
    unit = serializers.CharField(allow_blank=True)
    repeats_allowed = serializers.IntegerField()
    repeats_left = serializers.IntegerField()


class RejectionShape(serializers.Serializer[Any]):
    """Why it was not accepted."""

    code = serializers.CharField()
    detail = serializers.CharField()


class PersonShape(serializers.Serializer[Any]):
    """The patient."""

    name = serializers.CharField()
    born_on = serializers.DateField(allow_null=True)


class WriterShape(serializers.Serializer[Any]):
    """The prescriber."""

    name = serializers.CharField()
    register = serializers.CharField(allow_blank=True)
    number = serializers.CharField(allow_blank=True)


class OpenFault(serializers.Serializer[Any]):
    """What a person still has to read, and where it stands."""

    path = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class PrescriptionShape(serializers.Serializer[Any]):
    """A prescription as its partner sees it."""

    id = serializers.CharField()
    reference = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(
        choices=["submitted", "clarification", "verified", "rejected", "expired", "exhausted", "revoked"]
    )
    patient = PersonShape(allow_null=True)
    prescriber = WriterShape(allow_null=True)
    issued_on = serializers.DateField(allow_null=True)
    expires_on = serializers.DateField(allow_null=True)
    items = SubstanceItem(many=True)
    to_clarify = OpenFault(many=True)
    rejection = RejectionShape(required=False)


def data_of(text: Any) -> dict[str, Any] | None:
    """The `data` part as an object, or None when it is none."""
    if not isinstance(text, str):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def wants_fhir(request: Any) -> bool:
    """Whether FHIR was asked for. DRF has settled it by the Accept header."""
    renderer = getattr(request, "accepted_renderer", None)
    return getattr(renderer, "media_type", "") == FHIR_JSON
