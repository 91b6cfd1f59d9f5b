"""Supply class: who may have a product, in one country, on one date. Data in, class out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class SupplyClass(StrEnum):
    """The five legal classes. What nobody has decided is `NOT_SUPPLIED`."""

    GENERAL_SALE = "general_sale"
    PHARMACY_ONLY = "pharmacy_only"
    PRESCRIPTION_ONLY = "prescription_only"
    CONTROLLED = "controlled"
    NOT_SUPPLIED = "not_supplied"

    @property
    def needs_prescription(self) -> bool:
        """True where a prescriber must have ordered it."""
        return self in (SupplyClass.PRESCRIPTION_ONLY, SupplyClass.CONTROLLED)

    @property
    def can_be_asked_for(self) -> bool:
        """True where this house hands it over at all (controlled substances are not sold online)."""
        return self in (SupplyClass.GENERAL_SALE, SupplyClass.PHARMACY_ONLY, SupplyClass.PRESCRIPTION_ONLY)


@dataclass(frozen=True)
class FdaRow:
    """The columns of one FDA directory row that the class depends on, as the file writes them."""

    product_type: str
    category: str
    route: str
    dea_schedule: str
    substances: tuple[str, ...]
    end_marketing: date | None = None
    is_sample: bool = False


@dataclass(frozen=True)
class Classed:
    """A supply class and the code of the rule that gave it."""

    supply_class: SupplyClass
    rule: str


# 21 CFR 1314: sales limits that this house does not administer.
LISTED_CHEMICALS = ("EPHEDRINE", "PSEUDOEPHEDRINE", "PHENYLPROPANOLAMINE")
# Restricted distribution programmes (REMS): nobody may supply them outside the programme.
RESTRICTED = (
    "ISOTRETINOIN", "THALIDOMIDE", "LENALIDOMIDE", "POMALIDOMIDE", "AMBRISENTAN", "BOSENTAN", "MACITENTAN",
    "RIOCIGUAT", "VIGABATRIN", "MIFEPRISTONE", "SODIUM OXYBATE", "CLOZAPINE", "NATALIZUMAB", "ALOSETRON",
)  # fmt: skip
CLINICIAN_ROUTES = frozenset(
    [
        "INTRATHECAL", "INTRAVENOUS", "INTRAMUSCULAR", "EPIDURAL", "PARENTERAL", "INTRA-ARTERIAL",
        "INTRA-ARTICULAR", "INTRALESIONAL", "INTRAVITREAL", "INTRAOCULAR", "INTRACAMERAL", "INTRACARDIAC",
        "INTRACAVERNOUS", "INTRACAVITARY", "INTRADERMAL", "INTRAPERITONEAL", "INTRAPLEURAL", "INTRASPINAL",
        "INTRASYNOVIAL", "INTRATYMPANIC", "INTRAUTERINE", "INTRAVASCULAR", "INTRAVENTRICULAR",
        "INTRAVESICAL", "INTRACAUDAL", "INTRACORONARY", "INTRACORPORUS CAVERNOSUM", "INTRADISCAL",
        "INTRALYMPHATIC", "INTRAMEDULLARY", "INTRAPULMONARY", "INTRATHORACIC", "INTRATUMOR",
        "INTRABURSAL", "INTRAEPIDERMAL", "PERINEURAL", "PERIARTICULAR", "PERIODONTAL", "RETROBULBAR",
        "SUBARACHNOID", "SUBCONJUNCTIVAL", "SUBRETINAL", "INFILTRATION", "NERVE BLOCK", "HEMODIALYSIS",
        "EXTRACORPOREAL", "CAUDAL BLOCK", "DENTAL", "SOFT TISSUE", "PERCUTANEOUS", "URETERAL",
        "INTRAGINGIVAL", "INTRABILIARY", "ENDOTRACHEAL", "PERIDURAL", "SUBGINGIVAL", "SUBMUCOSAL",
    ]
)  # fmt: skip
# Routes that are a dentist's word but a household's toothpaste.
HOUSEHOLD_WHEN_OTC = frozenset(["DENTAL", "PERIODONTAL", "PERCUTANEOUS", "SUBGINGIVAL"])
OTC_CATEGORIES = frozenset(
    ["NDA", "ANDA", "BLA", "NDA AUTHORIZED GENERIC", "OTC MONOGRAPH FINAL", "OTC MONOGRAPH NOT FINAL"]
)
RX_CATEGORIES = frozenset(["NDA", "ANDA", "BLA", "NDA AUTHORIZED GENERIC"])
_WORD = re.compile(r"[A-Z]+")


def classify_fda(row: FdaRow, *, on: date) -> Classed:
    """The US class of one FDA directory row on a date; the first rule that matches wins.

    Source: Code of Federal Regulations titles 21 (parts 201, 1306, 1314) as written down in docs/catalog.md;
    rows that nothing matches are not supplied.
    """
    for test, supply_class, rule in _RULES:
        if test(row, on):
            return Classed(supply_class, rule)
    return Classed(SupplyClass.NOT_SUPPLIED, "us-unknown")


def _is_otc(row: FdaRow) -> bool:
    return row.product_type == "HUMAN OTC DRUG"


def _is_rx(row: FdaRow) -> bool:
    return row.product_type == "HUMAN PRESCRIPTION DRUG"


def _has(row: FdaRow, names: tuple[str, ...]) -> bool:
    return any(re.search(rf"\b{name}\b", substance.upper()) for substance in row.substances for name in names)


def _needs_clinician(row: FdaRow, _on: date) -> bool:
    routes = {route.strip() for route in row.route.upper().split(";") if route.strip()}
    if _is_otc(row):
        routes -= HOUSEHOLD_WHEN_OTC
    return bool(routes & CLINICIAN_ROUTES)


def _wrong_kind(row: FdaRow, _on: date) -> bool:
    return not (_is_otc(row) or _is_rx(row)) or row.category.startswith("UNAPPROVED")


def _over(row: FdaRow, on: date) -> bool:
    return row.is_sample or (row.end_marketing is not None and row.end_marketing < on)


_RULES = (
    (lambda row, on: bool(row.dea_schedule.strip()), SupplyClass.CONTROLLED, "us-dea-schedule"),
    (lambda row, on: _has(row, LISTED_CHEMICALS), SupplyClass.NOT_SUPPLIED, "us-listed-chemical"),
    (_needs_clinician, SupplyClass.NOT_SUPPLIED, "us-clinician-route"),
    (_wrong_kind, SupplyClass.NOT_SUPPLIED, "us-not-an-approved-medicine"),
    (_over, SupplyClass.NOT_SUPPLIED, "us-sample-or-ended"),
    (lambda row, on: _has(row, RESTRICTED), SupplyClass.NOT_SUPPLIED, "us-restricted-distribution"),
    (
        lambda row, on: _is_rx(row) and row.category in RX_CATEGORIES,
        SupplyClass.PRESCRIPTION_ONLY,
        "us-prescription",
    ),
    (
        lambda row, on: _is_otc(row) and row.category in OTC_CATEGORIES,
        SupplyClass.GENERAL_SALE,
        "us-otc",
    ),
)
# What a customer reads beside each rule code.
RULE_SENTENCES = {
    "us-dea-schedule": "It is a controlled substance; we do not sell these online.",
    "us-listed-chemical": "Its sale is limited by quantity and kept in a logbook, which we do not offer.",
    "us-clinician-route": "It has to be given by a clinician.",
    "us-not-an-approved-medicine": "It is not an approved medicine that a pharmacy may send to your home.",
    "us-sample-or-ended": "It is a sample, or its maker has ended its sale.",
    "us-restricted-distribution": "It may only be supplied inside its restricted programme.",
    "us-prescription": "A prescriber has to order it.",
    "us-otc": "It may be sold without a prescription.",
    "us-unknown": "Nobody has decided its class, so we do not supply it.",
    "own-non-medicine": "It is not a medicine.",
    "demo-eu-central": "Authorised by the European Commission; its class here was set for this demonstration.",
    "no-rule": "No rule for this country is in force, so we do not supply it.",
}
