"""What a page must know of the visitor's country, in one statement: the site, its licences, the law's profile, numbers."""
# ruff: noqa: E501  (statements and lists are read by the line)

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from catalog.models.site import Site
from catalog.queries.law import EmergencyNumber, EmergencyNumbers, Profile
from pharmacy.statements import prepared_rows

PLACE = """
WITH today AS (SELECT app_now()::date AS day),
site AS (
    SELECT s.* FROM catalog_site s, today WHERE NOT s.is_sandbox AND EXISTS (
        SELECT FROM catalog_sitelicence l WHERE l.site_id = s.id AND l.country = %(country)s
        AND l.valid_from <= today.day AND (l.valid_until IS NULL OR l.valid_until >= today.day))
    ORDER BY s.id LIMIT 1
)
SELECT (SELECT to_jsonb(site) FROM site),
       (SELECT array_agg(DISTINCT l.region ORDER BY l.region) FROM catalog_sitelicence l, site, today
        WHERE l.site_id = site.id AND l.country = %(country)s AND l.valid_from <= today.day
        AND (l.valid_until IS NULL OR l.valid_until >= today.day)),
       (SELECT jsonb_object_agg(r.kind, jsonb_build_object('value', r.value, 'url', r.source_url, 'verified', r.verified))
        FROM (SELECT DISTINCT ON (kind) r.* FROM catalog_countryrule r, today
              WHERE r.country = %(country)s AND r.region = '' AND r.approved_at IS NOT NULL
              AND r.kind IN ('profile', 'emergency_numbers') AND r.effective_from <= today.day
              AND (r.effective_until IS NULL OR r.effective_until >= today.day)
              ORDER BY kind, effective_from DESC, id DESC) r),
       (SELECT products FROM catalog_shelfcount WHERE market = %(country)s AND shelf = '')
"""


@dataclass(frozen=True)
class Place:
    """A country as a visitor meets it. No site or no profile: nothing is sold there."""

    country: str
    site: Site | None
    regions: tuple[str, ...]
    profile: Profile | None
    emergency: EmergencyNumbers | None
    products: int


def place_of(country: str) -> Place:
    """Everything about a country that pages show, in one statement."""
    ((site, regions, rules, products),) = prepared_rows(PLACE, {"country": country})
    rules = json.loads(rules) if rules else {}
    return Place(
        country=country,
        site=Site(**json.loads(site)) if site else None,
        regions=tuple(regions or ()),
        profile=_profile(country, rules.get("profile")),
        emergency=_numbers(country, rules.get("emergency_numbers")),
        products=products or 0,
    )


def _profile(country: str, rule: dict[str, Any] | None) -> Profile | None:
    if rule is None:
        return None
    value = rule["value"]
    return Profile(
        country, str(value["supply_profile"]), str(value["currency"]), rule["url"], bool(rule["verified"]),
        prescription_offers=value.get("prescription_offers") is True,
    )  # fmt: skip


def _numbers(country: str, rule: dict[str, Any] | None) -> EmergencyNumbers | None:
    if rule is None:
        return None
    numbers = tuple(EmergencyNumber(str(n["number"]), str(n["when"])) for n in rule["value"]["numbers"])
    return EmergencyNumbers(country, numbers, str(rule["value"].get("checked_on", "")))
