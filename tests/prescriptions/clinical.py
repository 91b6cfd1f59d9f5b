"""The shipped clinical rules as the checks read them, without a database."""

from __future__ import annotations

from functools import cache

from prescriptions import reference
from prescriptions.rules.clinical import Clinical, DoseLimit, Group, Warn, parse


@cache
def shipped() -> Clinical:
    """Every shipped row, taken for approved."""
    read = [
        parse(row.kind, row.code, row.substance, row.value, row.severity, row.source, row.gist)
        for row in reference.rows()
    ]
    return Clinical(
        tuple(one for one in read if isinstance(one, DoseLimit)),
        tuple(one for one in read if isinstance(one, Warn)),
        {one.code: one for one in read if isinstance(one, Group)},
    )
