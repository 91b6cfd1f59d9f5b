"""Marks with their words: supply class, clinical weight, state of a check. Shape and word first, colour third."""

from __future__ import annotations

from typing import Final

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pharmacy.web import words
from pharmacy.web.pictures.marks import SUPPLY_CLASS, WEIGHT

_CSS: Final = {
    "general_sale": "general",
    "pharmacy_only": "pharmacy",
    "prescription_only": "rx",
    "controlled": "controlled",
    "not_supplied": "none",
}
_WORDS: Final = {
    "general_sale": gettext_lazy("General sale"),
    "pharmacy_only": gettext_lazy("Pharmacist advice needed"),
    "prescription_only": gettext_lazy("Prescription only"),
    "controlled": gettext_lazy("Controlled, prescription only"),
    "not_supplied": gettext_lazy("Not supplied"),
}
_WEIGHTS: Final = {
    "note": gettext_lazy("Good to know"),
    "caution": gettext_lazy("Take care"),
    "serious": gettext_lazy("Serious"),
    "stop": gettext_lazy("Do not combine"),
    "ok": gettext_lazy("Ran clear"),
    "unknown": gettext_lazy("Did not run"),
}


def mark_of(supply_class: str) -> tuple[str, SafeString]:
    """CSS suffix and drawing of a supply class; an unknown class is shown as not supplied."""
    code = supply_class if supply_class in _CSS else "not_supplied"
    return _CSS[code], _svg(SUPPLY_CLASS[code])


def supply_words(supply_class: str, country: str = "") -> str:
    """`Prescription only`, or `Prescription only in the United States`."""
    code = supply_class if supply_class in _WORDS else "not_supplied"
    if country:
        return f"{_WORDS[code]} {words.in_country(country)}"
    return _("Not supplied here") if code == "not_supplied" else str(_WORDS[code])


def weight_of(weight: str) -> tuple[SafeString, str]:
    """Drawing and usual word of a clinical weight or a check's state; unknown names did not run."""
    name = weight if weight in _WEIGHTS else "unknown"
    return _svg(WEIGHT[name]), str(_WEIGHTS[name])


def _svg(inner: str) -> SafeString:
    return mark_safe(f'<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">{inner}</svg>')  # noqa: S308
