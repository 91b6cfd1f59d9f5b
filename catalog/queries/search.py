"""Search and shelves: one function, PostgreSQL only. Two statements for words: what they mean, and the page with the
counts beside it. A list that is narrowed, turned over or not found by words is counted by a statement of its own; one
more for each time that words which only narrow are let go, since nothing fits them."""

from __future__ import annotations

import base64
import json
import re
from decimal import Decimal
from typing import Any

from catalog.queries import search_sql as sql
from catalog.queries.asking import Ask, BadCursor, FacetValue, Hit, Plan, Results, as_array, filters, rows_of
from catalog.queries.facets import Counted, Facets, candidates, count_facets, counts, facets_from
from catalog.queries.words import Suggestion, plan_of, suggest
from catalog.rules import codes, scans
from pharmacy.statements import prepared_rows

__all__ = ["SORTS", "Ask", "BadCursor", "FacetValue", "Hit", "Results", "Suggestion", "everyday", "search", "suggest"]
_NUMBER = re.compile(r"-?\d{1,40}(\.\d{1,40})?([eE][+-]?\d{1,2})?")
MOST_KEY, MOST_DIGITS = 2_000, 18
SORTS = ("relevance", "name", "unit_price", "-unit_price")
# What a household asks for most, in the order shown; names as the catalogue's keys.
EVERYDAY = (
    "ibuprofen", "cetirizine hydrochloride", "hydrocortisone", "saline ampoules for the nose 5 ml", "fabric plasters",
    "loratadine", "emollient cream without perfume", "loperamide hydrochloride", "digital thermometer", "famotidine",
    "acetaminophen", "hand cream without perfume", "clear plasters assorted", "elastic bandage 8 cm 4 m",
    "pill box seven days", "toothbrush soft",
)  # fmt: skip


def everyday(country: str, most: int) -> list[Hit]:
    """Well-known general sale things that can be had now, one of each name: for the front page. One statement."""
    rows = prepared_rows(sql.EVERYDAY, {"country": country, "names": list(EVERYDAY), "limit": most})
    return [_hit(row, elsewhere=False) for row in rows]


def search(ask: Ask) -> Results:
    """Find products by name, brand, ingredient or code, or list a shelf. Raises BadCursor.

    When the country has nothing of the sort, what other countries have is shown as `elsewhere`.
    """
    plan = plan_of(ask)
    if plan is None:
        return Results((), "", {}, 0, capped=False)
    found, counted = (
        _page_and_counts(ask, plan) if _is_counted_at_once(ask, plan) else (_page(ask, plan, here=True), None)
    )
    while not found and plan.looser:
        looser = plan.looser.pop(0)
        plan.where, plan.values, plan.nearest = looser.where, looser.values, ""
        found = _page(ask, plan, here=True)
    elsewhere = not found and not ask.cursor and bool(ask.text or ask.substance_id) and not _narrowed(ask)
    if elsewhere or _is_elsewhere(ask.cursor):
        found, elsewhere = _page(ask, plan, here=False), True
    more = len(found) > ask.limit
    found = found[: ask.limit]
    facets = Facets({}, len(found), capped=False)
    if ask.facets:
        facets = facets_from(counted or count_facets(ask, plan, here=not elsewhere), ask, plan)
    return Results(
        hits=tuple(_hit(row, elsewhere=elsewhere) for row in found),
        next=_cursor(found[-1], ask, elsewhere) if more else "",
        facets=facets.values,
        total=facets.total,
        capped=facets.capped,
        instead=plan.instead,
        perhaps=plan.perhaps,
        or_else=plan.or_else,
        heading=plan.heading,
        brand_of=plan.brand_of,
        elsewhere=elsewhere and bool(found),
    )


def _is_counted_at_once(ask: Ask, plan: Plan) -> bool:
    """Whether the page and the counts are of the same candidates, which then are found once."""
    return ask.facets and plan.ranked and not (plan.nearest or ask.cursor or _narrowed(ask))


def _page_and_counts(ask: Ask, plan: Plan) -> tuple[list[Any], Counted | None]:
    where, values = filters(ask, here=True)
    values |= plan.values | {"meant": as_array(plan.values["meant"]), "limit": ask.limit + 1, "cap": sql.CAP}
    order, _ = _order(ask, plan)
    statement = sql.PAGE_AND_COUNTS.format(
        row=sql.ROW, candidates=_ranked(ask, plan, where, sql.CARRIED), order=order, counts=counts(ask, plan, values)
    )
    # One plan is right for every word that stands in few rows; for others it depends on the word.
    rows = prepared_rows(statement, values) if plan.rare else rows_of(statement, values)
    return [row[:-1] for row in rows], json.loads(rows[0][-1]) if rows else None


def _ranked(ask: Ask, plan: Plan, where: str, columns: str = sql.ROW) -> str:
    """The candidates with their score, where the sort asks for one."""
    score = sql.SCORE if ask.sort == "relevance" else "0"
    return candidates(plan, f"{columns}, -({score}) AS score", where)


def _page(ask: Ask, plan: Plan, *, here: bool) -> list[Any]:
    where, values = filters(ask, here=here)
    values |= plan.values | {"limit": ask.limit + 1, "cap": sql.CAP}
    order, columns = _order(ask, plan)
    after = _after(ask, columns, values)
    if plan.nearest and ask.sort == "relevance":
        other = sql.SCORE.replace("%(text)s", "%(or_else)s")
        scored = f"{sql.ROW}, -greatest({sql.SCORE}, {other}) AS raw, NOT ({plan.nearest}) AS is_other"
        found = candidates(plan, scored, where)
        statement = sql.IN_TURN.format(row=sql.ROW, candidates=found, after=after, order=order)
    elif plan.ranked:
        statement = f"""
            WITH c AS MATERIALIZED ({_ranked(ask, plan, where)})
            SELECT * FROM c e WHERE {after} ORDER BY {order} LIMIT %(limit)s"""  # noqa: S608
    else:
        statement = f"""SELECT {sql.ROW}, 0 AS score FROM catalog_searchentry e
            WHERE {" AND ".join([where, *plan.where])} AND {after} ORDER BY {order} LIMIT %(limit)s"""  # noqa: S608
    return rows_of(statement, values)


def _order(ask: Ask, plan: Plan) -> tuple[str, tuple[str, ...]]:
    columns: tuple[str, ...]
    if ask.sort == "name" or (ask.sort == "relevance" and not plan.ranked):
        columns = ("e.name_key", "e.id") if ask.initial else ("e.standing", "e.name_key", "e.id")
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
    """A part of a cursor as its column wants it. Raises ValueError for what PostgreSQL could not take."""
    text = str(value)
    if column in ("e.unit_price", "e.score"):
        if not _NUMBER.fullmatch(text):
            raise ValueError(text)
        return Decimal(text)
    if column == "e.name_key":
        if "\x00" in text or len(text.encode()) > MOST_KEY:
            raise ValueError("no name")
        return text
    number = int(text[:MOST_DIGITS])
    if len(text) > MOST_DIGITS:
        raise ValueError(text)
    return number


_PLACES = {"e.id": 0, "e.name_key": 4, "e.unit_price": 14, "e.standing": 16, "e.score": 18}


def _cursor(row: Any, ask: Ask, elsewhere: bool) -> str:
    ranked = bool(ask.text) and not codes.readings(scans.product_code(ask.text.strip()))
    _, columns = _order(ask, Plan(ranked=ranked))
    last = [str(row[_PLACES[column]]) for column in columns]
    return base64.urlsafe_b64encode(json.dumps([ask.sort, int(elsewhere), *last]).encode()).decode().rstrip("=")


def _is_elsewhere(cursor: str) -> bool:
    if not cursor:
        return False
    try:
        return bool(json.loads(base64.urlsafe_b64decode(cursor.encode() + b"=="))[1])
    except (ValueError, TypeError, IndexError, KeyError) as problem:
        raise BadCursor("not a cursor of this list") from problem


def _narrowed(ask: Ask) -> bool:
    return bool(ask.form or ask.strength or ask.supply or ask.labeler or ask.in_stock)


def _hit(row: Any, *, elsewhere: bool) -> Hit:
    return Hit(
        product_id=row[1], slug=row[17], market=row[2], title=row[3], strength=row[5], form=row[6], labeler=row[7],
        supply_class="not_supplied" if elsewhere else row[8], atc=row[10], pack_id=row[11], sizes=row[12],
        pack_count=row[13], in_stock=row[15] and not elsewhere, elsewhere=elsewhere,
    )  # fmt: skip
