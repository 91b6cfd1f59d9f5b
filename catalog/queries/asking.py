"""What is looked for and what is found: the words between search's parts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from catalog.rules import names

LONGEST_QUERY = 120
PAGE = 24
# A name so long that is within so many slips of another is that one, written wrong.
SHORT, MOST_SLIPS = 5, 2


class BadCursor(ValueError):
    """The cursor is not one that we gave."""


@dataclass(frozen=True)
class Ask:
    """What is looked for. `country` is the market; facets are tuples of wanted values; `exact` corrects nothing."""

    country: str
    text: str = ""
    shelf: str = ""
    initial: str = ""
    atc: str = ""
    substance_id: int | None = None
    form: tuple[str, ...] = ()
    strength: tuple[str, ...] = ()
    supply: tuple[str, ...] = ()
    labeler: tuple[str, ...] = ()
    in_stock: bool = False
    price_min: int | None = None
    price_max: int | None = None
    sort: str = "relevance"
    cursor: str = ""
    limit: int = PAGE
    exact: bool = False
    facets: bool = True


@dataclass(frozen=True)
class Hit:
    """One product as the market sees it; prices are read again for the page."""

    product_id: int
    slug: str
    market: str
    title: str
    strength: str
    form: str
    labeler: str
    supply_class: str
    atc: str
    pack_id: int | None
    sizes: str
    pack_count: int
    in_stock: bool
    elsewhere: bool = False


@dataclass(frozen=True)
class FacetValue:
    """A value and how many candidates have it; `capped`: there may be more."""

    value: str
    count: int
    capped: bool
    chosen: bool


@dataclass(frozen=True)
class Results:
    """A page of hits and what was done to find them: a slip put right (`instead`, and `or_else` where another word is
    as near), a rare word widened (`perhaps`), another name resolved (`brand_of`)."""

    hits: tuple[Hit, ...]
    next: str
    facets: dict[str, tuple[FacetValue, ...]]
    total: int
    capped: bool
    instead: str = ""
    perhaps: str = ""
    or_else: str = ""
    heading: str = ""
    brand_of: str = ""
    elsewhere: bool = False

    @property
    def is_slip(self) -> bool:
        """Whether the other name that was typed is a slip of the pen in the name itself: lists hold those too."""
        name, meant = names.key(self.heading), names.key(self.brand_of)
        return len(name) > SHORT and bool(meant) and 0 < names.slips(name, meant) <= MOST_SLIPS


@dataclass(frozen=True)
class Looser:
    """The same question without words that only narrow (a form, a number, a unit), for when nothing fits them all."""

    where: list[str]
    values: dict[str, Any]


@dataclass
class Plan:
    """How a text is looked for, as conditions and values, and what was done to it. `nearest`: the condition of what was
    most likely meant, where something else may have been. `rare`: one of its words stands in few rows."""

    where: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    ranked: bool = False
    rare: bool = False
    instead: str = ""
    perhaps: str = ""
    or_else: str = ""
    nearest: str = ""
    looser: list[Looser] = field(default_factory=list)
    heading: str = ""
    brand_of: str = ""


def filters(ask: Ask, *, here: bool) -> tuple[str, dict[str, Any]]:
    """The conditions and values of a choice: `here` in the country asked about, else what other countries have."""
    where = ["e.market = %(country)s" if here else "e.is_home AND e.market <> %(country)s"]
    values: dict[str, Any] = {"country": ask.country}
    for name, column in (("shelf", "e.shelf"), ("initial", "e.initial")):
        if value := getattr(ask, name):
            where.append(f"{column} = %({name})s")
            values[name] = value
    if ask.atc:
        where.append("e.atc LIKE %(atc)s")
        values["atc"] = like(ask.atc) + "%"
    if ask.substance_id is not None:
        where.append("e.substance_ids @> ARRAY[%(of)s::bigint]")
        values["of"] = ask.substance_id
    for name, column in (
        ("form", "form"),
        ("strength", "strength"),
        ("supply", "supply_class"),
        ("labeler", "labeler"),
    ):
        if getattr(ask, name):
            where.append(f"e.{column} = ANY(%(in_{name})s)")
            values[f"in_{name}"] = list(getattr(ask, name))
    if ask.in_stock:
        where.append("e.in_stock")
    for name, sign in (("price_min", ">="), ("price_max", "<=")):
        if getattr(ask, name) is not None:
            where.append(f"e.price_minor {sign} %({name})s")
            values[name] = getattr(ask, name)
    return " AND ".join(where), values


def like(text: str) -> str:
    """A text with the signs escaped that LIKE gives a meaning."""
    return re.sub(r"([\\%_])", r"\\\1", text)


def as_array(ids: list[int]) -> str:
    """Ids as PostgreSQL writes an array: a list is sent with the type of its largest number, and a statement that is
    prepared once for each of three types."""
    return f"{{{','.join(map(str, ids))}}}"


def rows_of(statement: str, values: dict[str, Any]) -> list[Any]:
    """Every row of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found: list[Any] = cursor.fetchall()
    return found
