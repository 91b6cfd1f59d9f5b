"""A report on medicines taken together, as pages show it: severest first, each with what to do and who says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from catalog.queries.interactions import Duplicate, Found, Report
from catalog.rules.interactions import Severity

WEIGHT = {
    Severity.CONTRAINDICATED: "stop",
    Severity.MAJOR: "serious",
    Severity.MODERATE: "caution",
    Severity.MINOR: "note",
}
HEADINGS = {
    Severity.CONTRAINDICATED: gettext_lazy("Do not combine"),
    Severity.MAJOR: gettext_lazy("Best avoided together"),
    Severity.MODERATE: gettext_lazy("Take care"),
    Severity.MINOR: gettext_lazy("Good to know"),
}
# So that the sentences a source's level stands for can be translated; the rest of a statement is in English.
LEVEL_SENTENCES = (
    gettext_lazy("Do not take these together. Ask a pharmacist or doctor before taking either."),
    gettext_lazy("Best avoided together. Ask a pharmacist or doctor before taking both."),
    gettext_lazy("May be taken together with care. Ask a pharmacist what to watch for."),
    gettext_lazy("Mention it to a pharmacist or doctor; usually nothing has to change."),
)


def shown(report: Report, labels: Mapping[int, str] | None = None) -> dict[str, Any]:
    """What the template needs; `labels` says for a substance id what the visitor called it ("Advil")."""
    names = labels or {}
    return {
        "levels": [
            {
                "weight": WEIGHT[severity],
                "heading": HEADINGS[severity],
                "pairs": [_pair(each, names) for each in report.of(severity)],
            }
            for severity in Severity
            if report.of(severity)
        ],
        "duplicates": [_duplicate(each, names) for each in report.duplicates],
        "not_covered": [
            (_name(report.names[a], names, a), _name(report.names[b], names, b)) for a, b in report.not_covered
        ],
        "unclassed": sorted({_name(report.names[each], names, each) for each in report.unclassed}),
        "is_english": (get_language() or "en").startswith("en"),
        "found": len(report.found),
        "bare": len(report.bare),
    }


def _name(name: str, labels: Mapping[int, str], substance_id: int) -> str:
    """'Ibuprofen', or 'Ibuprofen (Advil)' where the visitor wrote another word."""
    said = labels.get(substance_id, "")
    return f"{name} ({said})" if said and name.lower() not in said.lower() else name


def _pair(found: Found, labels: Mapping[int, str]) -> dict[str, Any]:
    return {
        "first": _name(found.first.name, labels, found.first.id),
        "second": _name(found.second.name, labels, found.second.id),
        "strongest": found.strongest,
        "what": _(found.strongest.management) if found.strongest.management else "",
        "statements": [
            {"said": each, "heading": HEADINGS[each.severity], "weight": WEIGHT[each.severity]}
            for each in found.statements
        ],
    }


def _duplicate(found: Duplicate, labels: Mapping[int, str]) -> dict[str, str]:
    first, second = (_name(each.name, labels, each.id) for each in (found.first, found.second))
    if found.by == "substance":
        if first == second:
            return {"what": _("%(name)s stands on your list twice.") % {"name": first}}
        return {"what": _("%(one)s and %(other)s are the same substance.") % {"one": first, "other": second}}
    words = {"one": first, "other": second, "group": found.group}
    if found.by == "atc4":
        return {"what": _("%(one)s and %(other)s belong to the same group of medicines (ATC %(group)s).") % words}
    return {"what": _("%(one)s and %(other)s are of the same class: %(group)s.") % words}
