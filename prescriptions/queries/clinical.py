"""The approved clinical rules about some substances, as the checks read them."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q

from prescriptions.models.clinical import ClinicalRule
from prescriptions.rules.clinical import Clinical, DoseLimit, Group, Warn, parse
from prescriptions.rules.words import plain


def clinical_of(names: Collection[str]) -> Clinical:
    """Approved limits and warnings about the named substances, and every group (1 statement)."""
    wanted = {plain(name) for name in names}
    about = Q(kind="group") | Q(substance__in=wanted)
    limits: list[DoseLimit] = []
    warnings: list[Warn] = []
    groups: dict[str, Group] = {}
    unreadable: list[str] = []
    for row in ClinicalRule.objects.live().filter(about).order_by("code"):
        cited = f"{row.source}, {row.section}" if row.section else row.source
        source = f"{cited}, v{row.version}"
        try:
            read = parse(row.kind, row.code, row.substance, row.value, row.severity, source, row.gist)
        except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError):
            unreadable.append(row.code)  # left out, it would pass for "no rule speaks against it"
            continue
        if isinstance(read, DoseLimit):
            limits.append(read)
        elif isinstance(read, Warn):
            warnings.append(read)
        else:
            groups[read.code] = read
    return Clinical(tuple(limits), tuple(warnings), groups, tuple(unreadable))
