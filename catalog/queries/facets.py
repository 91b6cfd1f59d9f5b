"""Counts beside the choices that narrow a list."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from catalog.queries import search_sql as sql
from catalog.queries.asking import Ask, FacetValue, Plan, filters, rows_of

FACETS = ("form", "strength", "supply", "labeler", "stock")
FACET_CAP = 1_000


type Counted = list[tuple[str, str, int]]
"""(facet, value, how many), with "" and "all" for how many there are within the choices and without them."""


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
    where = " AND ".join([where, *plan.where])
    values |= plan.values | {"cap": sql.CAP}
    columns = "e.form, e.strength, e.supply_class, e.labeler, e.in_stock"
    candidates = sql.CANDIDATES.format(columns=columns, where=where)
    statement = f"WITH c AS MATERIALIZED ({candidates}) {counts(ask, plan, values)}"
    return rows_of(statement, values)


def counts(ask: Ask, plan: Plan, values: dict[str, Any]) -> str:
    """The statement that counts the candidates `c`; adds what it asks for to `values`."""
    chosen = _chosen(ask)
    tests: dict[str, str] = {}
    for name, wanted in chosen.items():
        column = "supply_class" if name == "supply" else name
        tests[name] = f"{column} = ANY(%(f_{name})s)" if wanted else "true"
        values[f"f_{name}"] = list(wanted)
    tests["stock"] = "in_stock" if ask.in_stock else "true"
    every = " AND ".join(tests.values())
    parts = [f"SELECT '' AS facet, '' AS value, count(*) FROM c WHERE {every}", "SELECT 'all', '', count(*) FROM c"]  # noqa: S608
    for name in FACETS:
        column = {"supply": "supply_class", "stock": "in_stock::text"}.get(name, name)
        others = " AND ".join(test for other, test in tests.items() if other != name)
        parts.append(
            f"(SELECT '{name}', {column}, count(*) FROM c WHERE {others} GROUP BY 2 ORDER BY 3 DESC, 2 LIMIT 14)"  # noqa: S608
        )
    if plan.ranked:
        parts.append(sql.TERM)
        values["key"] = plan.values["text"]
    return " UNION ALL ".join(parts)


def _chosen(ask: Ask) -> dict[str, tuple[str, ...]]:
    return {"form": ask.form, "strength": ask.strength, "supply": ask.supply, "labeler": ask.labeler}


def facets_from(rows: Counted, ask: Ask, plan: Plan) -> Facets:
    """What was counted as a list shows it; notes in `plan` what the text stands for, where the rows tell it."""
    chosen = _chosen(ask)
    for shown in (value for facet, value, _ in rows if facet == "term"):
        plan.heading, plan.brand_of = shown.rsplit("|", 1)
    seen = next(count for facet, _, count in rows if facet == "all")
    total = next(count for facet, _, count in rows if facet == "")
    cut = seen >= sql.CAP
    facets: dict[str, tuple[FacetValue, ...]] = {}
    for name in FACETS:
        picked = set(chosen.get(name, ("true",) if ask.in_stock else ()))
        facets[name] = tuple(
            FacetValue(value, min(count, FACET_CAP), cut or count > FACET_CAP, value in picked)
            for facet, value, count in rows
            if facet == name and value not in ("", "false")
        )
    return Facets(facets, min(total, FACET_CAP), cut or total > FACET_CAP)
