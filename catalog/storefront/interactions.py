"""`/interactions/`: any list of medicines, checked against one another.

What somebody takes is health data: the list comes by POST, is answered, and is not kept, not logged and in no address.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from catalog.queries.interactions import among
from catalog.queries.substances import SubstanceRef, named, suggestions
from catalog.storefront.interaction_words import shown

MOST = 20
FEWEST_FIELDS = 3
LONGEST = 120
MOST_SUGGESTED = 3  # each costs a statement or two


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """GET shows an empty list; POST answers a list, or adds a field to it (`more`)."""
    written = [text.replace("\x00", "").strip()[:LONGEST] for text in request.POST.getlist("medicine")]
    told = [text for text in written if text]
    fields = told[:MOST]
    listed = [] if "more" in request.POST else list(fields)
    fields += [""] * max(FEWEST_FIELDS - len(fields), 0 if listed else 1)
    context: dict[str, Any] = {
        "fields": fields[:MOST],
        "most": MOST,
        "is_full": len(fields) >= MOST,
        "is_empty": request.method == "POST" and "more" not in request.POST and not told,
        "beyond": told[MOST:],
        "crumbs": [{"label": _("Home"), "url": "/"}, {"label": _("Check interactions"), "url": ""}],
    }
    if listed:
        context |= _answer(listed)
    return render(request, "catalog/storefront/interactions.html", context)


def _answer(listed: Sequence[str]) -> dict[str, Any]:
    known = named(listed)
    medicines = [{"text": text, "substances": known[text]} for text in listed]
    unknown = list(dict.fromkeys(text for text in listed if not known[text]))
    report = among([[ref.id for ref in known[text]] for text in listed if known[text]])
    return {
        "medicines": [each for each in medicines if each["substances"]],
        "unknown": [
            {"text": text, "suggestions": suggestions(text) if place < MOST_SUGGESTED else []}
            for place, text in enumerate(unknown)
        ],
        "is_enough": sum(bool(known[text]) for text in listed) > 1,
        "report": shown(report, _labels(listed, known)),
    }


def _labels(listed: Sequence[str], known: dict[str, tuple[SubstanceRef, ...]]) -> dict[int, str]:
    """What the visitor called each substance; a substance that stands under two words keeps its own name."""
    labels: dict[int, str] = {}
    for text in listed:
        for ref in known[text]:
            labels[ref.id] = text if labels.get(ref.id, text) == text else ""
    return labels
