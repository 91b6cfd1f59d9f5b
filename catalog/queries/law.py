"""What the law of a country says, as approved dated rows; what nobody approved is not there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import DateField, Q
from django.db.models.functions import Cast

from catalog.models.rule import CountryRule
from catalog.models.site import Site
from catalog.rules.supply import SupplyClass
from catalog.rules.validity import last_day
from pharmacy.clock import AppNow

TODAY = Cast(AppNow(), DateField())


@dataclass(frozen=True)
class Profile:
    """How a country's law lets prescription items be sold, and in which currency."""

    country: str
    supply_profile: str  # "prescription_first" or "consultation_first"
    currency: str
    source_url: str = ""
    verified: bool = False
    prescription_offers: bool = False  # prices of prescription items may stand in data for search engines

    @property
    def prescription_first(self) -> bool:
        """True where a pack may be asked for before a clinician has seen the person."""
        return self.supply_profile == "prescription_first"


@dataclass(frozen=True)
class ValidityRule:
    """How long a prescription holds: days, else calendar months; `counts` as in `catalog.rules.validity`."""

    days: int | None
    months: int | None
    code: str
    source_key: str
    source_url: str
    counts: str = ""

    def ends_on(self, issued_on: date) -> date:
        """The last day a prescription issued on a day holds: the one calendar that the gate counts by too."""
        return last_day(issued_on, days=self.days, months=self.months, counts=self.counts)


@dataclass(frozen=True)
class EmergencyNumber:
    """A number for the public and when to call it."""

    number: str
    when: str


@dataclass(frozen=True)
class EmergencyNumbers:
    """The numbers of a country, first the one to call first, and when they were checked."""

    country: str
    numbers: tuple[EmergencyNumber, ...]
    checked_on: str


def profile_of(country: str) -> Profile | None:
    """The approved legal profile of a country, or None: then nothing is sold there."""
    rule = _rule(country, "", CountryRule.Kind.PROFILE)
    if rule is None:
        return None
    return Profile(
        country=country,
        supply_profile=str(rule.value["supply_profile"]),
        currency=str(rule.value["currency"]),
        source_url=rule.source_url,
        verified=rule.verified,
        prescription_offers=rule.value.get("prescription_offers") is True,
    )


def prescription_validity(country: str, region: str, supply_class: SupplyClass | str) -> ValidityRule | None:
    """How long a prescription for this class holds there, or None: then it can't be accepted."""
    wanted = str(getattr(supply_class, "value", supply_class))
    rules = _rules(country, region, CountryRule.Kind.PRESCRIPTION_VALIDITY)
    for rule in rules:
        if wanted in rule.value.get("classes", []):
            return ValidityRule(
                days=rule.value.get("days"),
                months=rule.value.get("months"),
                code=rule.code,
                source_key=rule.source_key,
                source_url=rule.source_url,
                counts=str(rule.value.get("counts", "")),
            )
    return None


@dataclass(frozen=True)
class RuleSource:
    """Where a rule comes from, to be shown beside what it decided."""

    code: str
    key: str
    url: str
    verified: bool
    country: str = ""


def rule_sources(codes: Iterable[str]) -> dict[str, RuleSource]:
    """The sources of rules by their code, approved or ended ones too: a decision keeps its rule (1 statement)."""
    wanted = {code for code in codes if code}
    if not wanted:
        return {}
    rows = CountryRule.objects.filter(code__in=wanted).order_by("effective_from", "pk")
    return {row.code: RuleSource(row.code, row.source_key, row.source_url, row.verified, row.country) for row in rows}


def substitution_rule(country: str, region: str = "") -> RuleSource | None:
    """The approved rule in force that lets a pharmacist supply an equivalent pack there, or None: then nobody may.

    A region's rule stands before the country's; the value says `{"allowed": true}` (R-213).
    """
    rule = next(iter(_rules(country, region, CountryRule.Kind.SUBSTITUTION)), None)
    if rule is None or rule.value.get("allowed") is not True:
        return None
    return RuleSource(rule.code, rule.source_key, rule.source_url, rule.verified)


def emergency_numbers(country: str) -> EmergencyNumbers | None:
    """Whom to call first in a country, for the public only; None when nobody wrote it down."""
    rule = _rule(country, "", CountryRule.Kind.EMERGENCY_NUMBERS)
    if rule is None:
        return None
    numbers = tuple(EmergencyNumber(str(each["number"]), str(each["when"])) for each in rule.value["numbers"])
    return EmergencyNumbers(country, numbers, str(rule.value.get("checked_on", "")))


def site_for(country: str, region: str = "", is_test: bool = False) -> Site | None:
    """The site licensed today to supply into a country and region; a test order's is a sandbox.

    Without a region: a site that may supply somewhere in the country. None when there is no licence.
    """
    where = Q(licences__country=country)
    if region:
        where &= Q(licences__region="") | Q(licences__region=region)
    return (
        Site.objects.filter(
            where,
            Q(licences__valid_until=None) | Q(licences__valid_until__gte=TODAY),
            licences__valid_from__lte=TODAY,
            is_sandbox=is_test,
        )
        .order_by("id")
        .distinct()
        .first()
    )


def regions_of(site: Site) -> list[str]:
    """The regions of its licences in force, sorted; [""] means whole countries."""
    return list(
        site.licences.filter(Q(valid_until=None) | Q(valid_until__gte=TODAY), valid_from__lte=TODAY)
        .order_by("region")
        .values_list("region", flat=True)
    )


def _rules(country: str, region: str, kind: str) -> list[CountryRule]:
    found = (
        CountryRule.objects.approved()
        .filter(
            Q(effective_until=None) | Q(effective_until__gte=TODAY),
            country=country,
            kind=kind,
            region__in=["", region],
            effective_from__lte=TODAY,
        )
        .order_by("-region", "-effective_from", "-id")
    )
    return list(found)


def _rule(country: str, region: str, kind: str) -> Any:
    return next(iter(_rules(country, region, kind)), None)
