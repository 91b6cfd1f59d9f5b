"""The shapes of FHIR R4, by `fhir.resources` (its R4B models; R4 and R4B agree in the resources read here).

Imported when first asked: the models take seconds to load, and most processes never need them.
"""

from __future__ import annotations

from typing import Any, Final

from prescriptions.rules.fhir.reading import Fault

READ: Final = {"MedicationRequest", "Medication", "Patient", "Practitioner", "PractitionerRole"}
MOST = 50


def shape_faults(resource: Any) -> list[Fault]:
    """What in the resources that we read breaks the shape of FHIR R4, by path; [] for what has no such resource."""
    if not isinstance(resource, dict):
        return []
    kind = resource.get("resourceType")
    if kind in READ:
        return _faults(resource, str(kind))
    found: list[Fault] = []
    entries = resource.get("entry") if kind == "Bundle" else None
    for at, entry in enumerate(entries if isinstance(entries, list) else []):
        inner = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(inner, dict) and inner.get("resourceType") in READ:
            found += _faults(inner, f"Bundle.entry[{at}].resource")
    return found[:MOST]


def _faults(resource: dict[str, Any], path: str) -> list[Fault]:
    from fhir.resources.R4B import get_fhir_model_class
    from pydantic import ValidationError

    try:
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    except ValidationError as problem:
        # Only where and which kind: the library's sentences repeat what was sent.
        return [Fault(_path(path, one["loc"]), "shape", _kind(one["type"])) for one in problem.errors()]
    except (ValueError, TypeError, RecursionError, AttributeError, KeyError):
        return [Fault(path, "shape", "It has not the shape of FHIR R4.")]
    return []


def _path(path: str, places: tuple[int | str, ...]) -> str:
    for place in places:
        path += f"[{place}]" if isinstance(place, int) else f".{place}"
    return path


def _kind(code: str) -> str:
    return {
        "missing": "It is required.",
        "extra_forbidden": "There is no such element.",
    }.get(code, "It has not the form that FHIR R4 asks for.")
