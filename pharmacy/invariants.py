"""What holds whatever happens, as queries that must find nothing. `manage.py verify` runs them all."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Invariant:
    """A rule and the query that finds what breaks it (the first column names the row); listed in docs/invariants.md."""

    name: str
    rule: str
    number: int
    sql: str
