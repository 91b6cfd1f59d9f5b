"""What a German e-prescription (KBV_PR_ERP_Bundle) must keep beyond FHIR R4, and the code its paper print carries.

Sources: the KBV profiles named in the bundle itself (simplifier.net/erezept), gematik's feature description of the
prescription id (Feature eRp: ISO 7064 check digits, all digits as one number are 1 modulo 97) and of the code
(urls: ["Task/<id>/$accept?ac=<access code>"]). Only what was read is kept here; the rest of the profiles is not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from prescriptions.rules.fhir.reading import Reading
from prescriptions.rules.fhir.tree import Node

PROFILE: Final = "https://fhir.kbv.de/StructureDefinition/KBV_PR_ERP_Bundle"
ID_SYSTEM: Final = "https://gematik.de/fhir/erp/NamingSystem/GEM_ERP_NS_PrescriptionId"
_ID = re.compile(r"(\d{3})\.(\d{3})\.(\d{3})\.(\d{3})\.(\d{3})\.(\d{2})")
_KINDS = {"160", "162", "166", "169", "200", "209"}
_CODE = re.compile(r"Task/(?P<task>[\d.]{22})/\$accept\?ac=(?P<access>[0-9a-f]{64})")

_CODES: Final[dict[str, set[str]]] = {
    "KBV_CS_SFHIR_KBV_PERSONENGRUPPE": {"00", "04", "06", "07", "08", "09"},
    "KBV_CS_SFHIR_KBV_DMP": {f"{number:02}" for number in range(12)},
    "KBV_CS_SFHIR_ITA_WOP": set(
        "00 01 02 03 17 20 38 46 47 48 49 50 51 52 55 60 61 62 71 72 73 74 78 83 88 93 98".split()  # noqa: SIM905
    ),
    "versicherungsart-de-basis": {"GKV", "PKV", "BG", "SEL", "SOZ", "GPV", "PPV", "BEI", "UK", "SKT"},
    "KBV_CS_ERP_Medication_Type": {"wirkstoff", "freitext", "rezeptur"},
}
_NUMBERS: Final = {
    "http://fhir.de/sid/arge-ik/iknr": r"\d{9}",
    "https://fhir.kbv.de/NamingSystem/KBV_NS_Base_BSNR": r"\d{9}",
    "http://fhir.de/CodeSystem/ifa/pzn": r"\d{8}",
}
# What a type of identifier must be numbered by.
_SYSTEM_OF_TYPE: Final = {
    "GKV": "http://fhir.de/sid/gkv/kvid-10",
    "KVZ10": "http://fhir.de/sid/gkv/kvid-10",
    "BSNR": "https://fhir.kbv.de/NamingSystem/KBV_NS_Base_BSNR",
    "KZVA": "http://fhir.de/sid/kzbv/kzvabrechnungsnummer",
    "LANR": "https://fhir.kbv.de/NamingSystem/KBV_NS_Base_ANR",
    "ZANR": "http://fhir.de/sid/kzbv/zahnarztnummer",
}
_KNOWN_TYPES: Final = {
    "Patient": {"GKV", "KVZ10", "PKV", "kvk", "MR"},
    "Practitioner": {"LANR", "ZANR", "TIID", "DN", "PRN"},
}


@dataclass(frozen=True, slots=True)
class GermanCode:
    """One prescription that a printed code speaks of. It is shown, and never fetched from anywhere."""

    task: str
    access: str

    @property
    def is_right(self) -> bool:
        """Whether the prescription id keeps its check digits."""
        return id_is_right(self.task)


def id_is_right(number: str) -> bool:
    """The form of a prescription id, a known kind, and all its digits as one number 1 modulo 97."""
    found = _ID.fullmatch(number)
    return bool(found) and found[1] in _KINDS and int(number.replace(".", "")) % 97 == 1  # type: ignore[index]


def codes_in(text: str) -> list[GermanCode]:
    """The prescriptions of a code's text; [] for a code that is something else."""
    try:
        said = json.loads(text)
    except ValueError:
        return []
    urls = said.get("urls") if isinstance(said, dict) else None
    found = [_CODE.fullmatch(url) for url in urls if isinstance(url, str)] if isinstance(urls, list) else []
    return [GermanCode(each["task"], each["access"]) for each in found if each is not None][:3]


def is_german(root: Node) -> bool:
    """Whether a bundle says that it is a German e-prescription."""
    return any(
        str(each.value).partition("|")[0] == PROFILE for meta in root.many("meta") for each in meta.many("profile")
    )


def check(root: Node, made: Reading) -> None:
    """Add what the bundle breaks of its own profile to the reading's faults."""
    _identity(root, made)
    _sections(root, made)
    for node in root.within():
        if not isinstance(node.value, dict):
            continue
        _codings(node, made)
        _identifiers(node, made)
        prefix = node.text("url").endswith("humanname-own-prefix") and node.text("valueString")
        if prefix and len(prefix) > 20:
            made.refuse(f"{node.path}.valueString", "too-long", "A prefix of a name has at most 20 letters.")
        if node.text("resourceType") == "MedicationRequest":
            _order(node, made)


def _identity(root: Node, made: Reading) -> None:
    if root.text("identifier", "system") != ID_SYSTEM:
        made.refuse(f"{root.path}.identifier.system", "prescription-id", "A German prescription id is missing.")
    elif not id_is_right(root.text("identifier", "value")):
        made.refuse(f"{root.path}.identifier.value", "check-digit", "The prescription id has wrong check digits.")


def _sections(root: Node, made: Reading) -> None:
    compositions = [each for entry in root.many("entry") for each in entry.many("resource")
                    if each.text("resourceType") == "Composition"]  # fmt: skip
    if not compositions:
        made.refuse(f"{root.path}.entry", "composition-missing", "There is no Composition.")
        return
    kinds = {section.text("code", "coding", "code") for section in compositions[0].many("section")}
    for kind in ("Prescription", "Coverage"):
        if kind not in kinds:
            made.refuse(f"{compositions[0].path}.section", "section-missing", f"The section {kind} is missing.")


def _order(order: Node, made: Reading) -> None:
    span = order.one("dispenseRequest", "validityPeriod")
    if span is not None:
        made.refuse(span, "not-allowed", "The profile gives the period elsewhere.")
    quantity = order.one("dispenseRequest", "quantity")
    if quantity is None:
        return
    code, unit = quantity.text("code"), quantity.text("unit")
    if code not in ("", "{Package}") or (not code and unit not in ("", "Packung")):
        made.refuse(f"{quantity.path}.code", "unit", "The profile counts packs.")


def _codings(node: Node, made: Reading) -> None:
    system, code = node.text("system"), node.text("code")
    allowed = _CODES.get(system.rpartition("/")[2])
    if allowed is not None and code not in allowed:
        made.refuse(f"{node.path}.code", "code", f"“{code}” is no code of {system.rpartition('/')[2]}.")
    form = _NUMBERS.get(system)
    number = node.text("value") or code
    if form and not re.fullmatch(form, number):
        made.refuse(f"{node.path}.value", "malformed", "The number has not the form of its system.")


def _identifiers(node: Node, made: Reading) -> None:
    for identifier, kind in _typed(node):
        known = _KNOWN_TYPES.get(node.text("resourceType"))
        if known is not None and kind not in known:
            made.refuse(f"{identifier.path}.type", "code", f"“{kind}” is no type of identifier here.")
        wanted = _SYSTEM_OF_TYPE.get(kind)
        if wanted is not None and identifier.text("system") != wanted:
            made.refuse(f"{identifier.path}.system", "system", f"An identifier of type {kind} has another system.")
        elif wanted == _SYSTEM_OF_TYPE["GKV"] and not re.fullmatch(r"[A-Z]\d{9}", identifier.text("value")):
            made.refuse(f"{identifier.path}.value", "malformed", "This is no number of an insured person.")


def _typed(node: Node) -> Iterator[tuple[Node, str]]:
    for identifier in node.many("identifier"):
        kind = identifier.text("type", "coding", "code")
        if kind:
            yield identifier, kind
