"""Up to four products side by side, in the order asked for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.db import connection

from catalog.models.site import Site
from catalog.queries.label import ProductLabel, labels_of
from catalog.queries.product import ProductPage, product_pages
from catalog.queries.selling import Sellable
from pharmacy.web.prices import unit_ratio

MOST = 4
_FOUND = """
SELECT p.id, coalesce(f.slug, p.slug), p.equivalence,
       (SELECT jsonb_agg(jsonb_build_array(r.source, r."group", r.code)) FROM catalog_equivalencerating r
        WHERE r.product_id = p.id AND r.code <> '')
FROM catalog_product p LEFT JOIN catalog_formeraddress f ON f.product_id = p.id AND f.slug = ANY(%(slugs)s)
WHERE p.slug = ANY(%(slugs)s) OR f.slug IS NOT NULL
"""


@dataclass(frozen=True)
class Compared:
    """A product in a comparison. `rated`: what sources say of its equivalence (["AB (FDA …)"])."""

    page: ProductPage
    label: ProductLabel | None
    cheapest: Sellable | None
    equivalence: str
    ratings: tuple[tuple[str, str, str], ...]

    @property
    def ratio(self) -> Fraction | None:
        """Minor units a unit of its cheapest pack, exact."""
        found = self.cheapest
        return unit_ratio(found.price, found.size) if found is not None and found.price is not None else None


def compare(slugs: Sequence[str], country: str, *, currency: str, site: Site | None) -> list[Compared]:
    """The products at these addresses, present or former, as a country sees them; unknown ones are not in the answer.

    Four statements.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FOUND, {"slugs": list(slugs)})
        rows = {slug: (pk, same, json.loads(said or "[]")) for pk, slug, same, said in cursor.fetchall()}
    wanted = list(dict.fromkeys(rows[slug][0] for slug in slugs if slug in rows))[:MOST]
    facts: dict[int, tuple[str, list[Any]]] = {pk: (same, said) for pk, same, said in rows.values()}
    pages = product_pages(wanted, country, currency=currency, site=site)
    labels = labels_of(wanted)
    return [
        Compared(
            page=page,
            label=labels.get(page.id),
            cheapest=_cheapest(page),
            equivalence=facts[page.id][0],
            ratings=tuple((source, group, code) for source, group, code in facts[page.id][1]),
        )
        for page in pages
    ]


def _cheapest(page: ProductPage) -> Sellable | None:
    """The pack with the lowest unit price among those that can be had, else among those with a price."""
    priced = [pack for pack in page.packs if pack.price is not None]
    usable = [pack for pack in priced if not pack.blocked] or priced
    return min(
        usable,
        key=lambda each: (unit_ratio(each.price, each.size), each.pack_id),  # type: ignore[arg-type]  # all are priced
        default=None,
    )
