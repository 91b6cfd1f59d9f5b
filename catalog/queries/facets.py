"""Counts beside the choices that narrow a list."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from catalog.queries import search_sql as sql
from catalog.queries.asking import Ask, FacetValue, Plan, filters, rows_of

FACETS = ("form", "strength", "supply", "labeler", "stock")
COLUMNS = {"supply": "supply_class", "stock": "in_stock"}


type Counted = list[tuple[str, str, int]]
"""(facet, value, how many), with "all" for how many there are, and "" for how many are within the choices, if any."""


@dataclass(frozen=True)
class Facets:
    """The values to narrow a list by, how many products there are in it, and whether there may be more of them."""

    values: dict[str, tuple[FacetValue, ...]]
    total: int
    capped: bool


def count_facets(ask: Ask, plan: Plan, *, here: bool) -> Counted:
    """Counts over capped candidates; each facet is counted without its own choice, so that it can be widened."""
    open_ask = replace(ask, form=(), strength=(), supply=(), labeler=(), in_stock=False)
    where, values = filters(open_ask, here=here)
    values |= plan.values | {"cap": sql.CAP}
    columns = "e.form, e.strength, e.supply_class, e.labeler, e.in_stock"
    statement = f"WITH c AS MATERIALIZED ({candidates(plan, columns, where)}) {counts(ask, plan, values)}"
    return rows_of(statement, values)


def candidates(plan: Plan, columns: str, where: str) -> str:
    """The statement that finds what is ranked and counted: what the plan looks for among the rows of `where`."""
    found = " AND ".join(plan.where)
    if plan.ranked:
        return sql.CANDIDATES_OF_WORDS.format(columns=columns, where=where, found=found, called_so=sql.CALLED_SO)
    return sql.CANDIDATES.format(columns=columns, where=f"{where} AND {found}" if found else where)


def counts(ask: Ask, plan: Plan, values: dict[str, Any]) -> str:
    """The statement that counts the candidates `c`; adds what it asks for to `values`."""
    tests: dict[str, str] = {}
    for name, wanted in _chosen(ask).items():
        if wanted:
            tests[name] = f"c.{COLUMNS.get(name, name)} = ANY(%(f_{name})s)"
            values[f"f_{name}"] = list(wanted)
    if ask.in_stock:
        tests["stock"] = "c.in_stock"
    parts = [sql.COUNTS.format(many=_many(tests))]
    if tests:
        parts.append(f"SELECT '', '', count(*) FROM c WHERE {' AND '.join(tests.values())}")  # noqa: S608
    if plan.ranked:
        parts.append(sql.TERM)
        values["key"] = plan.values["text"]
    return " UNION ALL ".join(f"({part})" for part in parts)


def _many(tests: dict[str, str]) -> str:
    """What counts rows for each facet: those that what is chosen in the others leaves."""
    if not tests:
        return "count(*)"
    cases = [
        f"WHEN {sql.GROUPED[name]} THEN count(*) FILTER (WHERE {others})"
        for name in FACETS
        if (others := " AND ".join(test for other, test in tests.items() if other != name))
    ]
    return f"CASE {sql.GROUPING} {' '.join(cases)} ELSE count(*) END" if cases else "count(*)"


def _chosen(ask: Ask) -> dict[str, tuple[str, ...]]:
    return {"form": ask.form, "strength": ask.strength, "supply": ask.supply, "labeler": ask.labeler}


def facets_from(rows: Counted, ask: Ask, plan: Plan) -> Facets:
    """What was counted as a list shows it; notes in `plan` what the text stands for, where the rows tell it."""
    chosen = _chosen(ask)
    for shown in (value for facet, value, _ in rows if facet == "term"):
        plan.heading, plan.brand_of = shown.rsplit("|", 1)
    seen = next(count for facet, _, count in rows if facet == "all")
    total = next((count for facet, _, count in rows if facet == ""), seen)
    cut = seen >= sql.CAP
    facets: dict[str, tuple[FacetValue, ...]] = {}
    for name in FACETS:
        picked = set(chosen.get(name, ("true",) if ask.in_stock else ()))
        facets[name] = tuple(
            FacetValue(value, count, cut, value in picked)
            for facet, value, count in rows
            if facet == name and value not in ("", "false")
        )
    return Facets(facets, total, capped=cut)
