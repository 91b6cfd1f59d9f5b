"""The demonstration's ways of delivery. Safe to run again: what is there is brought to what is said here."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from catalog.models.site import Site
from orders.models.parcel import Lane

_AMBIENT: Final = ["ambient"]
# Stated demo prices; days are working days after hand-over.
LANES: Final[tuple[tuple[str, str, dict[str, Any]], ...]] = (
    ("us-newark", "US", {
        "code": "post", "name": "Standard post", "carrier": "demo-post", "days_from": 2, "days_to": 4,
        "cut_off": dt.time(15), "currency": "USD", "bands": [[500, 490], [2000, 790], [10000, 1490]],
        "carries": _AMBIENT,
    }),
    ("us-newark", "US", {
        "code": "courier", "name": "Courier, with signature", "carrier": "demo-courier", "days_from": 1, "days_to": 1,
        "cut_off": dt.time(15), "currency": "USD", "bands": [[2000, 1150], [10000, 1950]], "carries": _AMBIENT,
        "signature": True,
    }),
    ("us-newark", "US", {
        "code": "cold", "name": "Cold chain", "carrier": "demo-courier", "days_from": 1, "days_to": 1,
        "cut_off": dt.time(13), "currency": "USD", "bands": [[5000, 2450]], "carries": ["ambient", "cold_2_8"],
        "cold_hours": 36, "signature": True,
    }),
    ("nl-utrecht", "NL", {
        "code": "post", "name": "Standard post", "carrier": "demo-post", "days_from": 1, "days_to": 2,
        "cut_off": dt.time(17), "currency": "EUR", "bands": [[500, 395], [2000, 695], [10000, 1195]],
        "carries": _AMBIENT,
    }),
    ("nl-utrecht", "NL", {
        "code": "courier", "name": "Evening courier, with signature", "carrier": "demo-courier", "days_from": 0,
        "days_to": 1, "cut_off": dt.time(12), "currency": "EUR", "bands": [[5000, 895]], "carries": _AMBIENT,
        "signature": True,
    }),
)  # fmt: skip


def load_lanes() -> int:
    """Lanes of every demo site that exists; the sandbox gets those of its country. How many there are."""
    sites = {site.code: site for site in Site.objects.all()}
    count = 0
    for code, country, facts in LANES:
        homes = [sites[code]] if code in sites else []
        homes += [one for one in sites.values() if one.is_sandbox and one.country == country]
        for home in homes:
            _keep(home, country, facts)
            count += 1
    return count


def _keep(site: Site, country: str, facts: dict[str, Any]) -> None:
    rest = {name: value for name, value in facts.items() if name != "code"}
    Lane.objects.update_or_create(site=site, country=country, code=facts["code"], defaults=rest)


def load(**_: Any) -> int:
    """What `manage.py` calls when it sets up a demonstration."""
    return load_lanes()
