"""Figures of the review: published live for everybody, and for the superintendent in more detail. Counts only."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

from django.db import connection

PERIOD = timedelta(days=30)
KEPT_SECONDS = 60
FEW = 5  # fewer decided cases than this say nothing, and would say something about somebody

_PUBLISHED = """
SELECT s.country, s.name,
       count(c.id), count(c.id) FILTER (WHERE c.closed_at <= c.due_at),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY c.review_seconds),
       percentile_cont(0.95) WITHIN GROUP (ORDER BY c.review_seconds)
  FROM catalog_site s
  LEFT JOIN prescriptions_case c ON c.site_id = s.id AND c.status = 'decided' AND NOT c.is_test
        AND c.review_seconds IS NOT NULL AND c.closed_at >= app_now() - interval '30 days'
 WHERE NOT s.is_sandbox
 GROUP BY s.id ORDER BY s.code
"""


@dataclass(frozen=True, slots=True)
class Service:
    """Of one site in the last 30 days: cases decided, minutes (median, 95 of 100), share within the promise.

    Minutes and share are None while fewer than FEW cases were decided. Minutes count while the site is open, without
    the time in which we waited for an answer.
    """

    country: str
    name: str
    decided: int
    median: int | None
    p95: int | None
    within: float | None


def service_figures() -> list[Service]:
    """The published figures of every site (1 statement, kept for a minute)."""
    return list(_of_minute(int(time.monotonic() // KEPT_SECONDS)))


@lru_cache(maxsize=1)
def _of_minute(_minute: int) -> tuple[Service, ...]:
    with connection.cursor() as cursor:
        cursor.execute(_PUBLISHED)
        return tuple(_service(*row) for row in cursor.fetchall())


def _service(country: str, name: str, decided: int, kept: int, median: float | None, p95: float | None) -> Service:
    if decided < FEW or median is None or p95 is None:
        return Service(country, name, decided, None, None, None)
    return Service(country, name, decided, round(median / 60), round(p95 / 60), 100 * kept / decided)


_ANSWERS = """
SELECT k.rule, a.code, a.severity, count(*), count(w.id), mode() WITHIN GROUP (ORDER BY w.code)
  FROM prescriptions_alert a
  JOIN prescriptions_check k ON k.id = a.found_by_id
  JOIN prescriptions_case c ON c.id = k.case_id
  LEFT JOIN prescriptions_alertanswer w ON w.alert_id = a.id
 WHERE k.ran_at >= app_now() - %(period)s AND c.site_id = %(site)s AND NOT c.is_test
   AND a.severity IN ('caution', 'serious', 'contraindicated')
 GROUP BY 1, 2, 3 ORDER BY 5 DESC, 4 DESC
"""
_REFUSALS = """
SELECT d.code, count(*) FROM prescriptions_decision d JOIN prescriptions_case c ON c.id = d.case_id
 WHERE d.verdict = 'declined' AND d.decided_at >= app_now() - %(period)s AND c.site_id = %(site)s AND NOT c.is_test
 GROUP BY 1 ORDER BY 2 DESC
"""
_DAYS = """
SELECT (closed_at AT TIME ZONE %(zone)s)::date AS day, count(*), count(*) FILTER (WHERE closed_at <= due_at),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY review_seconds),
       percentile_cont(0.95) WITHIN GROUP (ORDER BY review_seconds)
  FROM prescriptions_case
 WHERE status = 'decided' AND review_seconds IS NOT NULL AND closed_at >= app_now() - %(period)s
   AND site_id = %(site)s AND NOT is_test
 GROUP BY 1 ORDER BY 1
"""
_HANDS = """
SELECT k.rule, k.why, count(*), count(h.id)
  FROM prescriptions_check k JOIN prescriptions_case c ON c.id = k.case_id
  LEFT JOIN prescriptions_handcheck h ON h.stands_for_id = k.id
 WHERE k.state = 'did_not_run' AND k.is_mandatory AND k.ran_at >= app_now() - %(period)s AND c.site_id = %(site)s
   AND NOT c.is_test
 GROUP BY 1, 2 ORDER BY 3 DESC
"""
_INTERVENTIONS = """
SELECT i.category, i.result, count(*), sum(i.minutes) FROM prescriptions_intervention i
  JOIN prescriptions_case c ON c.id = i.case_id
 WHERE i.recorded_at >= app_now() - %(period)s AND c.site_id = %(site)s AND NOT c.is_test
 GROUP BY 1, 2 ORDER BY 3 DESC
"""


@dataclass(frozen=True, slots=True)
class Dashboard:
    """What a superintendent looks at, of one site and period: rows of counts, in the order of the columns above."""

    answers: list[tuple[Any, ...]]
    refusals: list[tuple[Any, ...]]
    days: list[tuple[Any, ...]]
    hands: list[tuple[Any, ...]]
    interventions: list[tuple[Any, ...]]


def dashboard(site_id: int, *, zone: str, days: int) -> Dashboard:
    """The figures of a site over the last `days` days (5 statements)."""
    told = {"period": timedelta(days=days), "site": site_id, "zone": zone}
    return Dashboard(*(_rows(sql, told) for sql in (_ANSWERS, _REFUSALS, _DAYS, _HANDS, _INTERVENTIONS)))


def _rows(sql: str, told: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, told)
        return list(cursor.fetchall())
