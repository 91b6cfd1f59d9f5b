"""Search and shelves: one function, PostgreSQL only. At most four statements: words, name, page, facets."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.db import connection

from catalog.queries import search_sql as sql
from catalog.rules import codes, names

SORTS = ("relevance", "name", "unit_price", "-unit_price")
FACETS = ("form", "strength", "supply", "labeler", "stock")
LONGEST_QUERY = 120
FACET_CAP = 1_000
PAGE = 24
_TOKEN = re.compile(r"\d+(?:\.\d+)?|[a-z]+[a-z0-9]*")


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
    """A page of hits and what was done to find them."""

    hits: tuple[Hit, ...]
    next: str
    facets: dict[str, tuple[FacetValue, ...]]
    total: int
    capped: bool
    instead: str = ""
    heading: str = ""
    brand_of: str = ""
    elsewhere: bool = False


@dataclass
class _Plan:
    where: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    ranked: bool = False
    instead: str = ""
    heading: str = ""
    brand_of: str = ""


def search(ask: Ask) -> Results:
    """Find products by name, brand, ingredient or code, or list a shelf. Raises BadCursor.

    When the country has nothing of the sort, what other countries have is shown as `elsewhere`.
    """
    plan = _plan(ask)
    if plan is None:
        return Results((), "", {}, 0, capped=False)
    found = _page(ask, plan, here=True)
    elsewhere = not found and not ask.cursor and bool(ask.text or ask.substance_id) and not _narrowed(ask)
    if elsewhere or _is_elsewhere(ask.cursor):
        found, elsewhere = _page(ask, plan, here=False), True
    more = len(found) > ask.limit
    found = found[: ask.limit]
    facets, total, capped = _facets(ask, plan, here=not elsewhere) if ask.facets else ({}, len(found), False)
    return Results(
        hits=tuple(_hit(row, elsewhere) for row in found),
        next=_cursor(found[-1], ask, elsewhere) if more else "",
        facets=facets,
        total=total,
        capped=capped,
        instead=plan.instead,
        heading=plan.heading,
        brand_of=plan.brand_of,
        elsewhere=elsewhere and bool(found),
    )


@dataclass(frozen=True)
class Suggestion:
    """A name to complete what was typed; `note` is a brand's substance."""

    text: str
    kind: str
    note: str


def suggest(typed: str, *, limit: int = 8) -> list[Suggestion]:
    """Names that begin with what was typed; the likest names where none does. One or two statements."""
    key = names.key(typed[:LONGEST_QUERY])
    if len(key) < 2:
        return []
    rows = _rows(sql.SUGGEST, {"start": _like(key) + "%", "typed": key, "limit": limit})
    if not rows and len(key) > 3:
        rows = _rows(sql.SUGGEST_LIKE, {"typed": key, "limit": limit})
    return [Suggestion(shown, kind or "name", note or "") for shown, kind, note, _ in rows]


# What a household asks for most, in the order shown; names as the catalogue's keys.
EVERYDAY = (
    "ibuprofen", "cetirizine hydrochloride", "hydrocortisone", "saline ampoules for the nose 5 ml", "fabric plasters",
    "loratadine", "emollient cream without perfume", "loperamide hydrochloride", "digital thermometer", "famotidine",
    "acetaminophen", "hand cream without perfume", "clear plasters assorted", "elastic bandage 8 cm 4 m",
    "pill box seven days", "toothbrush soft",
)  # fmt: skip


def everyday(country: str, most: int) -> list[Hit]:
    """Well-known general sale things that can be had now, one of each name: for the front page. One statement."""
    rows = _rows(sql.EVERYDAY, {"country": country, "names": list(EVERYDAY), "limit": most})
    return [_hit(row, False) for row in rows]


def _plan(ask: Ask) -> _Plan | None:
    plan = _Plan()
    text = ask.text[:LONGEST_QUERY].strip()
    found = codes.readings(text) if text else codes.Readings()
    if found:
        ids = _rows(
            sql.BY_CODE,
            {"packages": list(found.packages), "digits": list(found.digits), "products": list(found.products)},
        )
        plan.where.append("e.product_id = ANY(%(ids)s)")
        plan.values |= {"ids": [row[0] for row in ids]}
        plan.heading = text
    elif text and not _plan_words(ask, names.key_spaced(text), plan):
        return None
    return plan


def _plan_words(ask: Ask, text: str, plan: _Plan) -> bool:
    words = _TOKEN.findall(text)[:8]
    if not words:
        return False
    fixed, whole = _corrected(words)
    if not ask.exact and fixed != words:
        plan.instead = " ".join(fixed)
        words = fixed
    key = names.key(" ".join(words))
    # A word that is not whole may be the beginning of one; the last one is always still being typed.
    parts = [f"'{word}'" if word in whole and n < len(words) - 1 else f"'{word}':*" for n, word in enumerate(words)]
    plan.where.append("e.words @@ to_tsquery('simple', %(query)s)")
    plan.values |= {"query": " & ".join(parts), "text": key, "substance": None}
    plan.ranked = True
    return True


def _corrected(words: list[str]) -> tuple[list[str], set[str]]:
    """The words as the catalogue spells them, and those that stand there as they are."""
    whole = {word for word in words if not word.isalpha() or len(word) < 3}
    wanted = [word for word in words if word not in whole]
    if not wanted:
        return words, whole
    fixes: dict[str, str] = {}
    for word, _place, is_whole, known, like_it in _rows(sql.WORDS, {"words": wanted}):
        if is_whole:
            whole.add(word)
        if not known and like_it:
            fixes[word] = _likest(word, like_it)
    fixed = [part for word in words for part in _TOKEN.findall(fixes.get(word, word))]
    return fixed, whole | set(fixes.values())


def _likest(word: str, found: list[str]) -> str:
    """Of the likest known words the one with the fewest slips; names of substances and brands before mere words."""
    best: tuple[Any, ...] | None = None
    for each in found:
        key, kind, hits = each.rsplit("|", 2)
        slips = names.likeness(word, key)
        if slips > max(2, len(word) // 3):
            continue
        rank = (slips - (key[:1] == word[:1]) * 0.5, kind not in ("substance", "brand"), -int(hits), key)
        if best is None or rank < best:
            best = rank
    return best[-1] if best else word


def _filters(ask: Ask, *, here: bool, leave_out: str = "") -> tuple[str, dict[str, Any]]:
    where = ["e.market = %(country)s" if here else "e.is_home AND e.market <> %(country)s"]
    values: dict[str, Any] = {"country": ask.country}
    for name, column in (("shelf", "e.shelf"), ("initial", "e.initial")):
        if value := getattr(ask, name):
            where.append(f"{column} = %({name})s")
            values[name] = value
    if ask.atc:
        where.append("e.atc LIKE %(atc)s")
        values["atc"] = _like(ask.atc) + "%"
    if ask.substance_id is not None:
        where.append("e.substance_ids @> ARRAY[%(of)s::bigint]")
        values["of"] = ask.substance_id
    for name, column in (("form", "form"), ("strength", "strength"), ("supply", "supply_class"), ("labeler", "labeler")):
        if getattr(ask, name) and name != leave_out:
            where.append(f"e.{column} = ANY(%(in_{name})s)")
            values[f"in_{name}"] = list(getattr(ask, name))
    if ask.in_stock and leave_out != "stock":
        where.append("e.in_stock")
    for name, sign in (("price_min", ">="), ("price_max", "<=")):
        if getattr(ask, name) is not None:
            where.append(f"e.price_minor {sign} %({name})s")
            values[name] = getattr(ask, name)
    return " AND ".join(where), values


def _page(ask: Ask, plan: _Plan, *, here: bool) -> list[Any]:
    where, values = _filters(ask, here=here)
    where = " AND ".join([where, *plan.where])
    values |= plan.values | {"limit": ask.limit + 1, "cap": sql.CAP}
    order, columns = _order(ask, plan)
    after = _after(ask, columns, values)
    if plan.ranked:
        score = sql.SCORE if ask.sort == "relevance" else "0"
        statement = f"""
            WITH c AS MATERIALIZED (SELECT {sql.ROW}, -({score}) AS score FROM catalog_searchentry e
                                    WHERE {where} LIMIT %(cap)s)
            SELECT * FROM c e WHERE {after} ORDER BY {order} LIMIT %(limit)s"""  # noqa: S608
    else:
        statement = f"""SELECT {sql.ROW}, 0 AS score FROM catalog_searchentry e
            WHERE {where} AND {after} ORDER BY {order} LIMIT %(limit)s"""  # noqa: S608
    return _rows(statement, values)


def _order(ask: Ask, plan: _Plan) -> tuple[str, tuple[str, ...]]:
    if ask.sort == "name" or (ask.sort == "relevance" and not plan.ranked):
        columns = ("e.standing", "e.name_key", "e.id") if not ask.initial else ("e.name_key", "e.id")
    elif ask.sort == "relevance":
        columns = ("e.score", "e.standing", "e.unit_price", "e.id")
    else:
        columns = ("e.standing", "e.unit_price", "e.id")
    if ask.sort == "-unit_price":
        return "e.standing, e.unit_price DESC, e.id", columns
    return ", ".join(columns), columns


def _after(ask: Ask, columns: tuple[str, ...], values: dict[str, Any]) -> str:
    if not ask.cursor:
        return "true"
    try:
        sort, _, *last = json.loads(base64.urlsafe_b64decode(ask.cursor.encode() + b"=="))
        if sort != ask.sort or len(last) != len(columns):
            raise ValueError(sort)
        values |= {f"c{n}": _typed(column, value) for n, (column, value) in enumerate(zip(columns, last, strict=True))}
    except (ValueError, TypeError, ArithmeticError) as problem:
        raise BadCursor("not a cursor of this list") from problem
    if ask.sort == "-unit_price":
        return (
            "(e.standing > %(c0)s OR (e.standing = %(c0)s AND (e.unit_price < %(c1)s"
            " OR (e.unit_price = %(c1)s AND e.id > %(c2)s))))"
        )
    marks = ", ".join(f"%(c{n})s" for n in range(len(columns)))
    return f"({', '.join(columns)}) > ({marks})"


def _typed(column: str, value: Any) -> Any:
    if column in ("e.unit_price", "e.score"):
        return Decimal(str(value))
    return str(value) if column == "e.name_key" else int(value)


_PLACES = {"e.id": 0, "e.name_key": 4, "e.unit_price": 14, "e.standing": 16, "e.score": 18}


def _cursor(row: Any, ask: Ask, elsewhere: bool) -> str:
    ranked = bool(ask.text) and not codes.readings(ask.text.strip())
    _, columns = _order(ask, _Plan(ranked=ranked))
    last = [str(row[_PLACES[column]]) for column in columns]
    return base64.urlsafe_b64encode(json.dumps([ask.sort, int(elsewhere), *last]).encode()).decode().rstrip("=")


def _is_elsewhere(cursor: str) -> bool:
    if not cursor:
        return False
    try:
        return bool(json.loads(base64.urlsafe_b64decode(cursor.encode() + b"=="))[1])
    except (ValueError, TypeError, IndexError, KeyError) as problem:
        raise BadCursor("not a cursor of this list") from problem


def _facets(ask: Ask, plan: _Plan, *, here: bool) -> tuple[dict[str, tuple[FacetValue, ...]], int, bool]:
    """Counts over capped candidates; each facet is counted without its own choice, so that it can be widened."""
    open_ask = replace(ask, form=(), strength=(), supply=(), labeler=(), in_stock=False)
    where, values = _filters(open_ask, here=here)
    where = " AND ".join([where, *plan.where])
    values |= plan.values | {"cap": sql.CAP}
    chosen = {"form": ask.form, "strength": ask.strength, "supply": ask.supply, "labeler": ask.labeler}
    tests: dict[str, str] = {}
    for name, wanted in chosen.items():
        column = "supply_class" if name == "supply" else name
        tests[name] = f"{column} = ANY(%(f_{name})s)" if wanted else "true"
        values[f"f_{name}"] = list(wanted)
    tests["stock"] = "in_stock" if ask.in_stock else "true"
    every = " AND ".join(tests.values())
    parts = [f"SELECT '' AS facet, '' AS value, count(*) FROM c WHERE {every}", "SELECT 'all', '', count(*) FROM c"]
    for name in FACETS:
        column = {"supply": "supply_class", "stock": "in_stock::text"}.get(name, name)
        others = " AND ".join(test for other, test in tests.items() if other != name)
        parts.append(
            f"(SELECT '{name}', {column}, count(*) FROM c WHERE {others} GROUP BY 2 ORDER BY 3 DESC, 2 LIMIT 14)"
        )
    if plan.ranked:
        parts.append(sql.TERM)
        values["key"] = plan.values["text"]
    statement = f"""WITH c AS MATERIALIZED (
        SELECT e.form, e.strength, e.supply_class, e.labeler, e.in_stock FROM catalog_searchentry e
        WHERE {where} LIMIT %(cap)s) {" UNION ALL ".join(parts)}"""  # noqa: S608
    rows = _rows(statement, values)
    for shown in (value for facet, value, _ in rows if facet == "term"):
        plan.heading, plan.brand_of = shown.rsplit("|", 1)
    seen = next(count for facet, _, count in rows if facet == "all")
    total = next(count for facet, _, count in rows if facet == "")
    cut = seen >= sql.CAP
    facets: dict[str, tuple[FacetValue, ...]] = {}
    for name in FACETS:
        wanted = set(chosen.get(name, ("true",) if ask.in_stock else ()))
        facets[name] = tuple(
            FacetValue(value, min(count, FACET_CAP), cut or count > FACET_CAP, value in wanted)
            for facet, value, count in rows
            if facet == name and value not in ("", "false")
        )
    return facets, min(total, FACET_CAP), cut or total > FACET_CAP


def _narrowed(ask: Ask) -> bool:
    return bool(ask.form or ask.strength or ask.supply or ask.labeler or ask.in_stock)


def _hit(row: Any, elsewhere: bool) -> Hit:
    return Hit(
        product_id=row[1], slug=row[17], market=row[2], title=row[3], strength=row[5], form=row[6], labeler=row[7],
        supply_class="not_supplied" if elsewhere else row[8], atc=row[10], pack_id=row[11], sizes=row[12],
        pack_count=row[13], in_stock=row[15] and not elsewhere, elsewhere=elsewhere,
    )  # fmt: skip


def _like(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)


def _rows(statement: str, values: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()
