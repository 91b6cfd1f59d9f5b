"""Supply class: who may have a product, in one country, on one date. Data in, class out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pharmacy.texts import gettext_noop as _


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


def may_be_offered(supply_class: SupplyClass, *, prescription_offers: bool) -> bool:
    """Whether a price may be put before people who did not ask for the medicine, as in data for search engines.

    `prescription_offers`: the country's profile says that prescription items may be. Where it does not say so they
    may not: advertising them to the public is forbidden in the EU (Directive 2001/83/EC, article 88) and in Great
    Britain (Human Medicines Regulations 2012, regulation 284).
    """
    if supply_class == SupplyClass.GENERAL_SALE:
        return True
    return supply_class == SupplyClass.PRESCRIPTION_ONLY and prescription_offers


@dataclass(frozen=True)
class Classed:
    """A supply class and the code of the rule that gave it."""

    supply_class: SupplyClass
    rule: str


# What a customer reads beside each rule code.
RULE_SENTENCES = {
    "us-dea-schedule": _("It is a controlled substance; we do not sell these online."),
    "us-scheduled-substance": _("It holds a controlled substance; we do not sell these online."),
    "us-listed-chemical": _("Its sale is limited by quantity and kept in a logbook, which we do not offer."),
    "us-clinician-route": _("It has to be given by a clinician."),
    "us-route-unknown": _("The directory does not say how it is given, so we do not supply it."),
    "us-not-an-approved-medicine": _("It is not an approved medicine that a pharmacy may send to your home."),
    "us-sample-or-ended": _("It is a sample, or its maker has ended its sale."),
    "us-restricted-distribution": _("It may only be supplied inside its restricted programme."),
    "us-listing-not-certified": _("Its maker did not certify its listing with the FDA again, so we do not supply it."),
    "us-listing-excluded": _("The FDA does not keep it in its directory of medicines, so we do not supply it."),
    "us-prescription": _("A prescriber has to order it."),
    "us-otc-injected": _("It may be sold without a prescription; a pharmacist speaks with you first."),
    "us-otc": _("It may be sold without a prescription."),
    "us-unknown": _("Nobody has decided its class, so we do not supply it."),
    "own-non-medicine": _("It is not a medicine."),
    "demo-eu-central": _("Authorised by the European Commission; its class here was set for this demonstration."),
    "fr-authorisation-ended": _("Its authorisation has ended or is suspended."),
    "fr-not-marketed": _("It is authorised, and its maker does not sell it."),
    "fr-narcotic": _("It is a narcotic or a medicine of limited prescription; we do not sell these online."),
    "fr-restricted": _("Only certain specialists or hospitals may prescribe or supply it."),
    "fr-clinician-route": _("It has to be given by a clinician."),
    "fr-list": _("A prescriber has to order it."),
    "fr-unreadable": _("What the French list says of it could not be read, so we do not supply it."),
    "fr-nothing-said": _("The French list states no condition for it, and what is not stated is not sold."),
    "gb-controlled": _("It is a controlled drug; we do not sell these online."),
    "gb-control-unknown": _("The list does not say whether it is a controlled drug, so we do not supply it."),
    "gb-restricted-availability": _("It is a special, an import or of restricted availability."),
    "gb-not-licensed": _("It is not licensed as a medicine."),
    "gb-clinician-route": _("It has to be given by a clinician."),
    "gb-legal-category": _("Its legal category is stated by the NHS dictionary of medicines."),
    "gb-unknown": _("The list does not state its legal category, so we do not supply it."),
    "eu-suspended": _("Its authorisation is suspended."),
    "eu-withdrawn": _("Its authorisation has ended."),
    "no-rule": _("It stands on another country’s list of medicines, not on the list for here, so we do not supply it."),
}
