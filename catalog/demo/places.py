"""The demonstration's sites, licences and country rules. Numbers begin with DEMO-; people are inventions."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop

from catalog.models.rule import CountryRule
from catalog.models.site import Site, SiteLicence
from pharmacy.clock import db_now, today

STATES = [
    "AZ",
    "CA",
    "CO",
    "CT",
    "DC",
    "DE",
    "FL",
    "GA",
    "IA",
    "IL",
    "IN",
    "KS",
    "MA",
    "MD",
    "ME",
    "MI",
    "MN",
    "MO",
    "NC",
    "NE",
    "NH",
    "NJ",
    "NM",
    "NV",
    "NY",
    "OH",
    "OR",
    "PA",
    "RI",
    "SC",
    "TX",
    "UT",
    "VA",
    "VT",
    "WA",
    "WI",
]
ROUND_THE_CLOCK = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
AUTHOR, APPROVER = "demo:rules-author", "demo:superintendent"
READ_ON = "2026-11-02"

SITES: tuple[dict[str, Any], ...] = (
    {
        "code": "us-newark", "name": "Open Pharmacy Newark", "country": "US", "region": "NJ", "currency": "USD",
        "time_zone": "America/New_York", "registration_number": "DEMO-NJ-000412",
        "superintendent_name": "R. Okafor, PharmD", "superintendent_number": "DEMO-RPH-20117",
        "phone": "+1 555 0100", "email": "newark@example.com",
        "address_lines": ["12 Demonstration Way", "Newark, NJ 07102", "United States"],
    },
    {
        "code": "nl-utrecht", "name": "Open Pharmacy Utrecht", "country": "NL", "region": "", "currency": "EUR",
        "time_zone": "Europe/Amsterdam", "registration_number": "DEMO-NL-020117",
        "superintendent_name": "S. de Wit, apotheker", "superintendent_number": "DEMO-BIG-49120",
        "phone": "+31 20 555 0100", "email": "utrecht@example.com",
        "address_lines": ["Voorbeeldstraat 12", "3511 AA Utrecht", "Nederland"],
    },
    {
        "code": "sandbox", "name": "Sandbox", "country": "US", "region": "NJ", "currency": "USD",
        "time_zone": "America/New_York", "registration_number": "DEMO-SANDBOX-1",
        "superintendent_name": "Nobody", "superintendent_number": "DEMO-RPH-0", "is_sandbox": True,
        "address_lines": ["Test orders only"],
    },
)  # fmt: skip

RULES: tuple[dict[str, Any], ...] = (
    {
        "code": "us-profile", "country": "US", "kind": "profile", "source_key": "decisions of this demonstration",
        "value": {"supply_profile": "prescription_first", "currency": "USD", "prescription_offers": True},
        "source_url": "https://www.ecfr.gov/current/title-21/chapter-I/subchapter-C/part-201",
    },
    {
        "code": "nl-profile", "country": "NL", "kind": "profile", "source_key": "decisions of this demonstration",
        "value": {"supply_profile": "prescription_first", "currency": "EUR"},
        "source_url": "https://www.shop-apotheke-europe.com/rx-mail-order-in-europe",
    },
    {
        "code": "us-non-controlled-one-year", "country": "US", "kind": "prescription_validity", "source_key": "aafp",
        "value": {"classes": ["prescription_only"], "months": 12, "counts": "beginning_with"},
    },
    {
        "code": "gb-pom-six-months", "country": "GB", "kind": "prescription_validity", "source_key": "hmr217",
        "source_url": "https://www.legislation.gov.uk/uksi/2012/1916/regulation/217",
        "value": {"classes": ["prescription_only"], "months": 6, "counts": "beginning_with"},
    },
    {
        "code": "gb-cd-28-days", "country": "GB", "kind": "prescription_validity", "source_key": "cpe-cd",
        "value": {"classes": ["controlled"], "days": 28, "counts": "after"},
    },
    {
        "code": "de-three-months", "country": "DE", "kind": "prescription_validity", "source_key": "aponet",
        "value": {"classes": ["prescription_only"], "months": 3, "counts": "beginning_with"},
    },
    {
        "code": "nl-demo-one-year", "country": "NL", "kind": "prescription_validity",
        "source_key": "assumption of this demonstration", "value": {"classes": ["prescription_only"], "months": 12},
    },
    {
        "code": "us-emergency", "country": "US", "kind": "emergency_numbers", "source_key": "aapcc",
        "source_url": "https://www.poison.org/",
        "value": {"checked_on": READ_ON, "numbers": [
            {"number": "911", "when": gettext_noop("collapse, a seizure, trouble breathing, or can't be woken")},
            {"number": "1-800-222-1222", "when": gettext_noop("Poison Help, day and night, for advice")},
        ]},
    },
    {
        "code": "nl-emergency", "country": "NL", "kind": "emergency_numbers", "source_key": "rijksoverheid",
        "source_url": "https://www.112.nl/",
        "value": {"checked_on": READ_ON, "numbers": [
            {"number": "112", "when": gettext_noop("collapse, a seizure, trouble breathing, or can't be woken")},
            {
                "number": gettext_noop("your GP or the out-of-hours post"),
                "when": gettext_noop("for advice; they ask the poison centre"),
            },
        ]},
    },
    {
        "code": "us-keep-question", "country": "US", "kind": "retention",
        "source_key": "assumption of this demonstration",
        "value": {"record": "question", "months": 24},
    },
    {
        "code": "us-keep-document", "country": "US", "kind": "retention",
        "source_key": "assumption of this demonstration",
        "value": {"record": "document", "months": 24},
    },
    {
        "code": "us-keep-patient", "country": "US", "kind": "retention",
        "source_key": "assumption of this demonstration",
        "value": {"record": "patient", "months": 120},
    },
    {
        "code": "nl-keep-question", "country": "NL", "kind": "retention",
        "source_key": "assumption of this demonstration",
        "value": {"record": "question", "months": 24},
    },
    {
        "code": "nl-keep-document", "country": "NL", "kind": "retention",
        "source_key": "assumption of this demonstration",
        "value": {"record": "document", "months": 24},
    },
    {
        "code": "nl-keep-patient", "country": "NL", "kind": "retention",
        "source_key": "assumption of this demonstration",
        "value": {"record": "patient", "months": 120},
    },
    {
        "code": "gb-keep-question", "country": "GB", "kind": "retention", "source_key": "sps-east",
        "value": {"record": "question", "months": 24},
    },
    {
        "code": "gb-keep-document", "country": "GB", "kind": "retention", "source_key": "sps-east",
        "value": {"record": "document", "months": 24},
    },
    {
        "code": "gb-keep-patient", "country": "GB", "kind": "retention", "source_key": "sps-east",
        "value": {"record": "patient", "months": 120},
    },
    {
        "code": "us-substitution", "country": "US", "kind": "substitution",
        "source_key": "assumption of this demonstration", "value": {"allowed": True},
    },
)  # fmt: skip


def load_places() -> dict[str, Site]:
    """Sites by code with their licences, and the approved rules; again changes nothing."""
    with transaction.atomic():
        sites = {}
        for facts in SITES:
            site, _ = Site.objects.get_or_create(
                code=facts["code"], defaults={"opening_hours": ROUND_THE_CLOCK, **facts}
            )
            sites[site.code] = site
        _licences(sites)
        for facts in RULES:
            CountryRule.objects.get_or_create(
                code=facts["code"], country=facts["country"], region="", effective_from=date(2020, 1, 1),
                defaults={
                    **facts, "written_by": AUTHOR, "approved_by": APPROVER, "approved_at": db_now(), "verified": False,
                },
            )  # fmt: skip
    return sites


def _licences(sites: dict[str, Site]) -> None:
    start = date(2024, 1, 1)
    until = today() + timedelta(days=365 * 5)
    rows = [("us-newark", "US", state) for state in STATES] + [("sandbox", "US", state) for state in STATES]
    rows += [("nl-utrecht", "NL", ""), ("sandbox", "NL", "")]
    SiteLicence.objects.bulk_create(
        [
            SiteLicence(
                site=sites[code], country=country, region=region, valid_from=start, valid_until=until,
                number=f"DEMO-{region or country}-{sites[code].pk:06d}",
            )
            for code, country, region in rows
        ],
        ignore_conflicts=True,
    )  # fmt: skip
