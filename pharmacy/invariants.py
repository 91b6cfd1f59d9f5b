"""What holds whatever happens, as queries that must find nothing. `manage.py verify` runs them all."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Invariant:
    """A rule of docs/invariants.md: `number` as there, `sql` selects the rows that break it (first column names the row)."""

    name: str
    rule: str
    number: int
    sql: str
