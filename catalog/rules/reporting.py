"""Where the public reports a side effect, by country. Dated: an address that nobody checked since may have moved."""
# ruff: noqa: E501  (the table is read by the line)

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

WRITTEN_ON: Final = date(2026, 11, 24)


class Reporting(NamedTuple):
    """Who takes reports of side effects from the public in a country, and where."""

    country: str
    name: str
    url: str
    phone: str = ""


AUTHORITIES: Final = (
    Reporting("US", "FDA MedWatch", "https://www.fda.gov/safety/medwatch-fda-safety-information-and-adverse-event-reporting-program", "1-800-332-1088"),
    Reporting("NL", "Bijwerkingencentrum Lareb", "https://www.lareb.nl/"),
    Reporting("GB", "MHRA Yellow Card", "https://yellowcard.mhra.gov.uk/"),
    Reporting("DE", "BfArM and Paul-Ehrlich-Institut", "https://nebenwirkungen.bund.de/"),
    Reporting("FR", "ANSM", "https://signalement.social-sante.gouv.fr/"),
    Reporting("ES", "AEMPS", "https://www.notificaram.es/"),
    Reporting("BE", "FAMHP", "https://www.notifieruneffetindesirable.be/"),
    Reporting("AT", "BASG", "https://nebenwirkung.basg.gv.at/"),
    Reporting("IE", "HPRA", "https://www.hpra.ie/"),
    Reporting("IT", "AIFA", "https://www.aifa.gov.it/"),
    Reporting("PT", "INFARMED", "https://www.infarmed.pt/"),
    Reporting("DK", "Lægemiddelstyrelsen", "https://www.meldenbivirkning.dk/"),
    Reporting("SE", "Läkemedelsverket", "https://www.lakemedelsverket.se/"),
    Reporting("NO", "DMP", "https://www.melde.no/"),
    Reporting("FI", "Fimea", "https://www.fimea.fi/"),
    Reporting("CH", "Swissmedic", "https://www.swissmedic.ch/"),
    Reporting("CA", "Canada Vigilance", "https://www.canada.ca/en/health-canada/services/drugs-health-products/medeffect-canada.html", "1-866-234-2345"),
    Reporting("AU", "TGA", "https://www.tga.gov.au/"),
)  # fmt: skip
BY_COUNTRY: Final = {each.country: each for each in AUTHORITIES}
