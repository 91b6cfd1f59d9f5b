"""Shelves by class (ATC): all of them on one page, and each as a list that can be narrowed."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog.queries.classes import classes_of
from catalog.rules.classes import GROUPS, is_class, way_to, words_of
from catalog.storefront.place import here
from catalog.storefront.searching import listing


@require_safe
def classes(request: HttpRequest) -> HttpResponse:
    """`/classes/`: main groups with the classes that hold something in this country."""
    found = classes_of(here(request).country)
    context = {
        "groups": [
            {"code": code, "name": _(GROUPS[code]), "classes": [(each, _(words_of(each.code))) for each in rows]}
            for code, rows in found.items()
        ],
        "crumbs": [{"label": _("Home"), "url": "/"}, {"label": _("Medicines by class"), "url": ""}],
    }
    return render(request, "catalog/storefront/classes.html", context)


@require_safe
def class_shelf(request: HttpRequest, code: str) -> HttpResponse:
    """`/classes/<code>/`: everything whose ATC code begins so."""
    if not is_class(code):
        raise Http404
    title = class_title(code)
    wider = [(f"/classes/{each}/", class_title(each)) for each in way_to(code)]
    crumbs = [("/", _("Home")), ("/classes/", _("Medicines by class")), *wider, ("", title)]
    return listing(request, atc=code, title=title, crumbs=[{"label": label, "url": url} for url, label in crumbs])


def class_title(code: str) -> str:
    """A class in words with its code; the code alone where nobody wrote down its words."""
    words = words_of(code)
    return f"{_(words)} ({code})" if words else code
