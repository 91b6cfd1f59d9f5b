"""The one door: a body in, a reading out, with the rules of the country it says it comes from."""

from __future__ import annotations

from datetime import date

from prescriptions.rules.fhir import german
from prescriptions.rules.fhir.orders import read
from prescriptions.rules.fhir.reading import Reading
from prescriptions.rules.fhir.tree import Node, NotReadable, from_text

TOLD = {
    "malformed": "It is not well-formed.",
    "document_type": "A document type declaration is not read.",
    "too_deep": "It is nested too deeply.",
    "too_large": "It has too many elements.",
}


def read_body(body: str, media_type: str, *, today: date) -> Reading:
    """Read `application/fhir+json` or `application/fhir+xml`. Never raises: faults say what is wrong, by path."""
    try:
        found = from_text(body, media_type)
    except NotReadable as problem:
        return _nothing(str(problem).replace("_", "-"), TOLD[str(problem)])
    if not isinstance(found, dict):
        return _nothing("malformed", "It is not a resource.")
    root = Node(found, str(found.get("resourceType", "$this")))
    made = read(root, today=today)
    if german.is_german(root):
        german.check(root, made)
    return made


def _nothing(code: str, detail: str) -> Reading:
    made = Reading()
    made.refuse("$this", code, detail)
    return made
