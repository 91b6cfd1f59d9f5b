"""The US supply class as the FDA's directory says it. Data in, class out.

The directory leaves columns empty that matter: a schedule of the DEA, the route and the substances of a kit. What it
leaves out never loosens a class: scheduled substances are known by name, and a prescription item whose route is not
stated is not supplied. A listing that the FDA marks as excluded is not supplied either, nor one about which it says
nothing: what is not on the list may not be sold (FD&C Act, sections 502(o) and 510(j)).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from catalog.rules.supply import Classed, SupplyClass


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
    form: str = ""
    generic_name: str = ""
    classes: str = ""
    excluded: str = "N"

    @cached_property
    def listed(self) -> str:
        """Everything the row says it holds; a kit names its substances in the generic name alone."""
        return "; ".join((*self.substances, self.generic_name)).upper()


def _words(text: str) -> re.Pattern[str]:
    """Any of these names as a whole word of what is listed."""
    return re.compile(rf"\b(?:{'|'.join(re.escape(each.strip()) for each in text.split(','))})\b")


# 21 CFR 1308.12 to 1308.15. Substances that products of the directory carry a schedule for, and later ones: other
# listings of the same substances leave the column empty (codeine syrups, oxycodone and methadone among them).
SCHEDULED = _words(
    "ALFENTANIL,ALPRAZOLAM,AMOBARBITAL,AMPHETAMINE,ARMODAFINIL,BENZPHETAMINE,BRIVARACETAM,BUPRENORPHINE,BUTABARBITAL,"
    "BUTORPHANOL,CARISOPRODOL,CENOBAMATE,CHLORDIAZEPOXIDE,CLOBAZAM,CLONAZEPAM,CLORAZEPATE,COCAINE,CODEINE,DARIDOREXANT,"
    "DEXMETHYLPHENIDATE,DEXTROAMPHETAMINE,DIAZEPAM,DIETHYLPROPION,DIFENOXIN,DIHYDROCODEINE,DIPHENOXYLATE,DRONABINOL,"
    "ELUXADOLINE,ESKETAMINE,ESTAZOLAM,ESZOPICLONE,EZOGABINE,FENTANYL,FLUOXYMESTERONE,FLURAZEPAM,HYDROCODONE,"
    "HYDROMORPHONE,KETAMINE,LACOSAMIDE,LASMIDITAN,LEMBOREXANT,LEVORPHANOL,LISDEXAMFETAMINE,LORAZEPAM,LORCASERIN,"
    "MEPERIDINE,MEPROBAMATE,METHADONE,METHAMPHETAMINE,METHOHEXITAL,METHYLPHENIDATE,METHYLTESTOSTERONE,MIDAZOLAM,"
    "MODAFINIL,MORPHINE,NABILONE,NANDROLONE,OLICERIDINE,OPIUM,OXANDROLONE,OXAZEPAM,OXYBATE,OXYCODONE,OXYMETHOLONE,"
    "OXYMORPHONE,PENTAZOCINE,PENTOBARBITAL,PERAMPANEL,PHENDIMETRAZINE,PHENOBARBITAL,PHENTERMINE,PREGABALIN,QUAZEPAM,"
    "REMIFENTANIL,REMIMAZOLAM,SECOBARBITAL,SOLRIAMFETOL,SUFENTANIL,SUVOREXANT,TAPENTADOL,TEMAZEPAM,TESTOSTERONE,"
    "TRAMADOL,TRIAZOLAM,ZALEPLON,ZOLPIDEM"
)
# 21 CFR 1314: sales limits that this house does not administer.
LISTED_CHEMICALS = _words("EPHEDRINE,PSEUDOEPHEDRINE,PHENYLPROPANOLAMINE")
# Restricted distribution programmes (REMS): nobody may supply them outside the programme.
RESTRICTED = _words(
    "ALOSETRON,ALVIMOPAN,AMBRISENTAN,BOSENTAN,BRODALUMAB,CLOZAPINE,ISOTRETINOIN,LENALIDOMIDE,LOMITAPIDE,MACITENTAN,"
    "METRELEPTIN,MIFEPRISTONE,MIPOMERSEN,NATALIZUMAB,PARATHYROID HORMONE,PEGVALIASE,POMALIDOMIDE,RIOCIGUAT,"
    "SPARSENTAN,THALIDOMIDE,TOLVAPTAN,VANDETANIB,VIGABATRIN"
)
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
        "INTRASINAL", "INTRACANALICULAR", "IRRIGATION",
    ]
)  # fmt: skip
# Routes that are a dentist's or a surgeon's word but a household's toothpaste or eye wash.
HOUSEHOLD_WHEN_OTC = frozenset(["DENTAL", "PERIODONTAL", "PERCUTANEOUS", "SUBGINGIVAL", "IRRIGATION"])
CLINICIAN_FORMS = ("IMPLANT", "IRRIGANT")
# Local anaesthetics as injections, what puts people to sleep, what radiates, what makes X-rays show.
_INJECTED_ANAESTHETIC = re.compile(r"CAINE\b")
_SLEEP = re.compile(r"FLURANE\b")
_RADIATES = re.compile(r"\b[A-Z]{1,2}-\d{2,3}\b")
_CLINICIAN_CLASSES = re.compile(r"RADIOACTIVE|RADIOGRAPHIC CONTRAST")
# Vaccines, allergens, plasma and gases that are listed as common prescription drugs.
_OTHER_KINDS = re.compile(
    r"\b(?:VACCINE|TOXOID|POLLEN|ALLERGENIC|IMMUNE GLOBULIN|ANTIVENOM|THROMBIN|FIBRINOGEN|SALMONELLA)\b"
)
_OTHER_CLASSES = re.compile(r"ALLERGENIC EXTRACT|VACCINE")
_GASES = _words("OXYGEN,NITROGEN,NITROUS OXIDE,NITRIC OXIDE,HELIUM,CARBON DIOXIDE,AIR,XENON")
OTC_CATEGORIES = frozenset(
    [
        "NDA",
        "ANDA",
        "BLA",
        "NDA AUTHORIZED GENERIC",
        "OTC MONOGRAPH FINAL",
        "OTC MONOGRAPH NOT FINAL",
        "OTC MONOGRAPH DRUG",
    ]
)
RX_CATEGORIES = frozenset(["NDA", "ANDA", "BLA", "NDA AUTHORIZED GENERIC"])


def classify_fda(row: FdaRow, *, on: date) -> Classed:
    """The US class of one FDA directory row on a date; the first rule that matches wins.

    Source: Code of Federal Regulations title 21 (parts 201, 1306, 1308, 1314) as written down in docs/catalog.md;
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


def _needs_clinician(row: FdaRow, _on: date) -> bool:
    routes = {route.strip() for route in row.route.upper().split(";") if route.strip()}
    if _is_otc(row):
        return bool((routes - HOUSEHOLD_WHEN_OTC) & CLINICIAN_ROUTES)
    form = row.form.upper()
    return bool(
        routes & CLINICIAN_ROUTES
        or form.startswith(CLINICIAN_FORMS)
        or (form.startswith("INJECTION") and _INJECTED_ANAESTHETIC.search(row.listed))
        or _SLEEP.search(row.listed)
        or _RADIATES.search(row.listed)
        or _CLINICIAN_CLASSES.search(row.classes.upper())
    )


def _wrong_kind(row: FdaRow, _on: date) -> bool:
    if not (_is_otc(row) or _is_rx(row)) or row.category.upper().startswith("UNAPPROVED"):
        return True
    return _is_rx(row) and bool(
        _OTHER_KINDS.search(row.listed) or _OTHER_CLASSES.search(row.classes.upper()) or _is_gas(row)
    )


def _is_gas(row: FdaRow) -> bool:
    return row.form.upper() in ("GAS", "LIQUID") and bool(row.substances) and all(map(_GASES.fullmatch, row.substances))


def _over(row: FdaRow, on: date) -> bool:
    return row.is_sample or (row.end_marketing is not None and row.end_marketing < on)


def _is_lapsed(row: FdaRow, _on: date) -> bool:
    """Its maker did not certify it for the year the file is of. In the file of 2019-04-29 `E` stands exactly where
    LISTING_RECORD_CERTIFIED_THROUGH had passed."""
    return row.excluded == "E"


def _is_injected(row: FdaRow) -> bool:
    return row.form.upper().startswith("INJECTION") or "SUBCUTANEOUS" in row.route.upper()


_RULES = (
    (lambda row, on: bool(row.dea_schedule.strip()), SupplyClass.CONTROLLED, "us-dea-schedule"),
    (lambda row, on: bool(SCHEDULED.search(row.listed)), SupplyClass.CONTROLLED, "us-scheduled-substance"),
    (lambda row, on: bool(LISTED_CHEMICALS.search(row.listed)), SupplyClass.NOT_SUPPLIED, "us-listed-chemical"),
    (_needs_clinician, SupplyClass.NOT_SUPPLIED, "us-clinician-route"),
    (_wrong_kind, SupplyClass.NOT_SUPPLIED, "us-not-an-approved-medicine"),
    (_over, SupplyClass.NOT_SUPPLIED, "us-sample-or-ended"),
    (lambda row, on: bool(RESTRICTED.search(row.listed)), SupplyClass.NOT_SUPPLIED, "us-restricted-distribution"),
    (lambda row, on: _is_rx(row) and not row.route.strip(), SupplyClass.NOT_SUPPLIED, "us-route-unknown"),
    (_is_lapsed, SupplyClass.NOT_SUPPLIED, "us-listing-not-certified"),
    (lambda row, on: row.excluded != "N", SupplyClass.NOT_SUPPLIED, "us-listing-excluded"),
    (
        lambda row, on: _is_rx(row) and row.category.upper() in RX_CATEGORIES,
        SupplyClass.PRESCRIPTION_ONLY,
        "us-prescription",
    ),
    (
        lambda row, on: _is_otc(row) and row.category.upper() in OTC_CATEGORIES and _is_injected(row),
        SupplyClass.PHARMACY_ONLY,
        "us-otc-injected",
    ),
    (lambda row, on: _is_otc(row) and row.category.upper() in OTC_CATEGORIES, SupplyClass.GENERAL_SALE, "us-otc"),
)
