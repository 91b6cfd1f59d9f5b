"""A substance's page: names, codes and classes, what a market has with it, and what sources say of it with others."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from catalog.queries.asking import rows_of
from catalog.rules.interactions import Severity
from pharmacy.statements import prepared_rows

MOST_NAMES = 200
MOST_LISTED = 2_000
# How many rows are looked at: what can be had now first, then the rest.
CAP = 1_000

# `same`: the substance, and the one whose name it only is for the interaction table (divalproex: valproic acid).
_SUBSTANCE = """
SELECT s.id, s.public_id, s.slug, s.name, s.atc_codes, s.unii, s.rxcui,
       (SELECT jsonb_agg(jsonb_build_array(n.kind, n.name) ORDER BY n.key) FROM (
            SELECT kind, name, key FROM catalog_substancename WHERE substance_id = s.id
            ORDER BY key LIMIT %(names)s) n),
       (SELECT array_agg(c.name ORDER BY c.name) FROM catalog_substanceclass c WHERE c.substance_id = s.id),
       (SELECT array_agg(n.substance_id) FROM catalog_substancename n
        WHERE n.source = 'interactions' AND n.key = s.key AND n.substance_id <> s.id),
       EXISTS (SELECT FROM catalog_productsubstance i JOIN catalog_product p ON p.id = i.product_id
               WHERE i.substance_id = s.id AND p.withdrawn_at IS NULL)
FROM catalog_substance s WHERE s.slug = %(slug)s
"""
_IN_MARKET = """
SELECT form, strength, shelf, standing, cardinality(substance_ids) > 1 AS mixed FROM catalog_searchentry
WHERE market = %(country)s AND substance_ids @> ARRAY[%(id)s::bigint]
"""
# What holds other substances too is counted by form alone: its strengths would be compared with nothing.
_MEDICINES = f"""
WITH c AS MATERIALIZED (
    ({_IN_MARKET} AND standing = 0 LIMIT %(cap)s) UNION ALL ({_IN_MARKET} AND standing > 0 LIMIT %(cap)s)
    LIMIT %(cap)s)
SELECT mixed, form, CASE WHEN mixed THEN '' ELSE strength END, count(*), count(*) FILTER (WHERE standing = 0),
       mode() WITHIN GROUP (ORDER BY shelf)
FROM c GROUP BY 1, 2, 3
"""  # noqa: S608
_WITH_OTHERS = """
SELECT s.name, s.slug, min(array_position(%(levels)s::text[], x.severity::text))
FROM (SELECT i.second_id AS other, r.severity FROM catalog_interaction i
      JOIN catalog_interactionrule r ON r.id = i.rule_id WHERE i.first_id = ANY(%(same)s)
      UNION ALL
      SELECT i.first_id, r.severity FROM catalog_interaction i
      JOIN catalog_interactionrule r ON r.id = i.rule_id WHERE i.second_id = ANY(%(same)s)) x
JOIN catalog_substance s ON s.id = x.other
WHERE x.other <> ALL(%(same)s) GROUP BY s.id ORDER BY 3, s.key
"""
_OF_LETTER = """
SELECT s.name, s.slug FROM catalog_substance s
WHERE s.key ~>=~ %(first)s AND s.key ~<~ %(after)s AND EXISTS (
    SELECT FROM catalog_productsubstance i JOIN catalog_product p ON p.id = i.product_id
    WHERE i.substance_id = s.id AND p.withdrawn_at IS NULL)
ORDER BY s.key LIMIT %(most)s
"""
_WITH_GUIDES = """
SELECT s.name, s.slug FROM catalog_substance s WHERE EXISTS (
    SELECT FROM catalog_guide_substances gs
    JOIN catalog_guideversion v ON v.guide_id = gs.guide_id AND v.status IN ('published', 'review_due')
    WHERE gs.substance_id = s.id)
ORDER BY s.key LIMIT %(most)s
"""


@dataclass(frozen=True)
class SubstanceLink:
    """A substance by name, and the last part of its page's address."""

    name: str
    slug: str


@dataclass(frozen=True)
class SubstancePage:
    """What is known of a substance itself. `is_listed`: some source lists a product with it."""

    id: int
    public_id: UUID
    slug: str
    name: str
    atc_codes: tuple[str, ...]
    unii: str
    rxcui: str
    names: tuple[tuple[str, str], ...]
    classes: tuple[str, ...]
    same: tuple[int, ...]
    is_listed: bool

    @property
    def codes(self) -> tuple[tuple[str, str], ...]:
        """(system, code) of every code that is known of it."""
        known = [*(("ATC", code) for code in self.atc_codes), ("UNII", self.unii), ("RxCUI", self.rxcui)]
        return tuple((system, code) for system, code in known if code)

    def named(self, kind: str) -> tuple[str, ...]:
        """Its names of a kind: brand, salt or synonym."""
        return tuple(name for each, name in self.names if each == kind)


@dataclass(frozen=True)
class Group:
    """Products of one form and strength; of a mixed group (`is_mixed`) the strengths are left out."""

    is_mixed: bool
    form: str
    strength: str
    products: int
    now: int


@dataclass(frozen=True)
class Medicines:
    """What a market has with a substance: the commonest forms first. `shelf`: where most of it stands.
    `capped`: there may be more."""

    groups: tuple[Group, ...]
    shelf: str
    total: int
    capped: bool


type WithOthers = dict[Severity, tuple[SubstanceLink, ...]]
"""The other substances that sources speak of, by the most severe thing that any of them says."""


def substance_page(slug: str) -> SubstancePage | None:
    """The substance at an address; None where there is none (1 statement)."""
    rows = prepared_rows(_SUBSTANCE, {"slug": slug, "names": MOST_NAMES})
    if not rows:
        return None
    pk, public_id, slug, name, atc, unii, rxcui, names, classes, others, is_listed = rows[0]
    read: list[list[str]] = json.loads(names) if isinstance(names, str) else names or []
    return SubstancePage(
        pk, public_id, slug, name, tuple(atc), unii, rxcui, tuple((kind, said) for kind, said in read),
        tuple(classes or ()), (pk, *(others or ())), is_listed,
    )  # fmt: skip


def slug_of_key(key: str) -> str:
    """The address of the substance with a normalised name; "" where there is none (1 statement)."""
    rows = rows_of("SELECT slug FROM catalog_substance WHERE key = %(key)s", {"key": key})
    return rows[0][0] if rows else ""


def medicines_with(substance_id: int, country: str) -> Medicines:
    """What a country's market has with a substance, by form and strength (1 statement)."""
    found = rows_of(_MEDICINES, {"id": substance_id, "country": country, "cap": CAP})
    of_form: dict[str, int] = {}
    of_shelf: dict[str, int] = {}
    for _, form, _, products, _, shelf in found:
        of_form[form] = of_form.get(form, 0) + products
        of_shelf[shelf] = of_shelf.get(shelf, 0) + products
    groups = sorted(
        (Group(*row[:5]) for row in found),
        key=lambda each: (each.is_mixed, -of_form[each.form], each.form, _amount(each.strength), each.strength),
    )
    total = sum(each.products for each in groups)
    return Medicines(tuple(groups), max(of_shelf, key=of_shelf.__getitem__, default=""), total, total >= CAP)


def with_others(same: tuple[int, ...]) -> WithOthers:
    """What sources say of a substance with others, most severe first (1 statement). What is not here is not known."""
    levels = list(Severity)
    found: dict[Severity, list[SubstanceLink]] = {}
    for name, slug, level in prepared_rows(_WITH_OTHERS, {"same": list(same), "levels": levels}):
        found.setdefault(levels[level - 1], []).append(SubstanceLink(name, slug))
    return {level: tuple(links) for level, links in found.items()}


def substances_of(letter: str) -> tuple[SubstanceLink, ...]:
    """Substances of listed products whose name begins with a letter; "0": with a digit (1 statement)."""
    bounds = {"first": "0", "after": ":"} if letter == "0" else {"first": letter, "after": f"{letter}~"}
    return _links(_OF_LETTER, bounds)


def substances_with_guides() -> tuple[SubstanceLink, ...]:
    """Substances that a published guide is about (1 statement)."""
    return _links(_WITH_GUIDES, {})


def _links(statement: str, values: dict[str, Any]) -> tuple[SubstanceLink, ...]:
    return tuple(SubstanceLink(*row) for row in rows_of(statement, values | {"most": MOST_LISTED}))


def _amount(strength: str) -> float:
    """The number that a strength begins with, to put 5 mg before 10 mg."""
    try:
        return float(strength.split(" ", 1)[0].replace(",", ""))
    except ValueError:
        return 0.0
