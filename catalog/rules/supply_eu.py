"""Supply classes in France and Great Britain as their public lists say them. Data in, class out."""

from __future__ import annotations

from collections.abc import Iterable

from catalog.rules.supply import Classed, SupplyClass

# Words in BDPM conditions of prescription and supply, first match wins.
_FR_CONTROLLED = ("stupéfiant", "prescription limitée à", "délivrance fractionnée")
_FR_CLOSED = (
    "hospital", "usage intérieur", "usage professionnel", "réservée aux", "réservé à", "réservée à", "réservé aux",
    "initiale", "certains spécialistes", "recueil", "radiopharm", "situation d'urgence",
)  # fmt: skip
_FR_LISTS = ("liste i", "liste ii")
_FR_CLINICIAN = (
    "intraveineuse", "intramusculaire", "intrathécale", "péridurale", "épidurale", "intra-", "intraartér",
    "infiltration", "périneurale", "hémodialyse", "intravésicale", "intraoculaire", "intravitréenne", "dentaire",
    "sous-conjonctivale",
)  # fmt: skip


# Stands for a line about a medicine that could not be read: what it said may have been the strictest thing of all.
UNREADABLE = "?"


def classify_fr(*, conditions: Iterable[str], routes: str, authorised: bool, marketed: bool) -> Classed:
    """The French class of a medicine of the BDPM.

    Source: Code de la santé publique R5132 (lists I and II, narcotics) as CIS_CPD states it for each medicine. A
    medicine without a stated condition is not set free by that: a missing row must never loosen a class.
    """
    said = [each.lower() for each in conditions]
    if not authorised:
        return Classed(SupplyClass.NOT_SUPPLIED, "fr-authorisation-ended")
    if not marketed:
        return Classed(SupplyClass.NOT_SUPPLIED, "fr-not-marketed")
    if UNREADABLE in said:
        return Classed(SupplyClass.NOT_SUPPLIED, "fr-unreadable")
    if _any(said, _FR_CONTROLLED):
        return Classed(SupplyClass.CONTROLLED, "fr-narcotic")
    if _any(said, _FR_CLOSED):
        return Classed(SupplyClass.NOT_SUPPLIED, "fr-restricted")
    if _any([routes.lower()], _FR_CLINICIAN):
        return Classed(SupplyClass.NOT_SUPPLIED, "fr-clinician-route")
    if any(each in _FR_LISTS for each in said):
        return Classed(SupplyClass.PRESCRIPTION_ONLY, "fr-list")
    return Classed(SupplyClass.NOT_SUPPLIED, "fr-nothing-said")


# dm+d LEGAL_CATEGORY and CONTROL_DRUG_CATEGORY in its own lookup's words.
_GB_CLASSES = {"GSL": SupplyClass.GENERAL_SALE, "P": SupplyClass.PHARMACY_ONLY, "POM": SupplyClass.PRESCRIPTION_ONLY}
_STRICT = (SupplyClass.PRESCRIPTION_ONLY, SupplyClass.PHARMACY_ONLY, SupplyClass.GENERAL_SALE)
_GB_CLINICIAN = (
    "intravenous", "intramuscular", "intrathecal", "epidural", "intra", "infiltration", "haemodialysis", "perineural",
    "dental", "subconjunctival", "endotracheal",
)  # fmt: skip


def classify_gb(*, legal: Iterable[str], control: str, available: str, licensed: str, routes: str) -> Classed:
    """The British class of an actual product of the dm+d; of the legal categories of its packs the strictest counts.

    Source: dm+d data model, LEGAL_CATCD, CATCD, AVAIL_RESTRICTCD and LIC_AUTHCD, each by its lookup's description. A
    controlled drug status that is not stated is not taken for none.
    """
    if control != "No Controlled Drug Status":
        rule = "gb-controlled" if control else "gb-control-unknown"
        return Classed(SupplyClass.CONTROLLED if control else SupplyClass.NOT_SUPPLIED, rule)
    if available != "None":
        return Classed(SupplyClass.NOT_SUPPLIED, "gb-restricted-availability")
    if not licensed.startswith(("Medicines", "Traditional")):
        return Classed(SupplyClass.NOT_SUPPLIED, "gb-not-licensed")
    if _any([routes.lower()], _GB_CLINICIAN):
        return Classed(SupplyClass.NOT_SUPPLIED, "gb-clinician-route")
    found = [_GB_CLASSES.get(each) for each in legal]
    known = [each for each in found if each]
    if not known or len(known) < len(found):
        return Classed(SupplyClass.NOT_SUPPLIED, "gb-unknown")
    return Classed(min(known, key=_STRICT.index), "gb-legal-category")


def _any(said: Iterable[str], words: Iterable[str]) -> bool:
    return any(word in each for each in said for word in words)
