"""Writing in a draft: title, sections with their claims, sources. Who saves an older page is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from catalog.actions import guide_edit as verbs
from catalog.models.guide import GuideVersion
from catalog.queries.guide_draft import sections_of, sources_of
from catalog.rules.guide_shape import SECTIONS, Section, Source
from catalog.workbench.forms import AboutForm, ClaimFormSet, SectionForm, SourceForm, rows_of
from catalog.workbench.guide_desk import version_of
from catalog.workbench.guide_list import STAFF, who
from pharmacy.refusals import Refused
from pharmacy.web.workbench import workbench_page

BOTH = ["GET", "HEAD", "POST"]


def _draft(number: int) -> GuideVersion:
    version = version_of(number)
    if not version.is_draft:
        raise Http404
    return version


def _seen(request: HttpRequest) -> int | None:
    text = request.POST.get("seen", "")
    return int(text) if text.isdecimal() and len(text) < 9 else None


def _save(request: HttpRequest, act: Callable[[], None], said: str) -> str:
    """Do it; "" when it was done, else why not."""
    try:
        act()
    except Refused as refusal:
        return refusal.detail
    messages.success(request, said)
    return ""


@workbench_page("guides/<int:number>/about/", "guide-about", roles=STAFF)
@require_http_methods(BOTH)
def about(request: HttpRequest, number: int) -> HttpResponse:
    """Title, summary and the line of the change log."""
    version = _draft(number)
    first = {"title": version.title, "summary": version.summary, "note": version.note}
    form = AboutForm(request.POST or None, initial=first)
    why = ""
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        why = _save(
            request, lambda: verbs.describe(version, **typed, seen=_seen(request), by=who(request)), _("Saved.")
        )
        if not why:
            return redirect("admin:guide", number=number)
    return _page(request, "about", {"version": version, "form": form, "why": why})


@workbench_page("guides/<int:number>/section/<str:key>/", "guide-section", roles=STAFF)
@require_http_methods(BOTH)
def section(request: HttpRequest, number: int, key: str) -> HttpResponse:
    """A section: heading and claims, one form a claim; an empty one is left out."""
    version = _draft(number)
    if key not in SECTIONS:
        raise Http404
    known = next((each for each in sections_of(version) if each.key == key), Section(key, SECTIONS[key]))
    first = {"heading": known.heading, "nothing_found": known.nothing_found}
    form = SectionForm(request.POST or None, initial=first)
    rows = ClaimFormSet(request.POST or None, initial=rows_of(known), prefix="claim")
    why = ""
    if request.method == "POST" and form.is_valid() and rows.is_valid():
        made = _section(key, form, rows)
        why = _save(
            request, lambda: verbs.write_section(version, made, seen=_seen(request), by=who(request)), _("Saved.")
        )
        if not why:
            return redirect("admin:guide", number=number)
    facts = {"version": version, "form": form, "rows": rows, "key": key, "why": why, "sources": sources_of(version)}
    return _page(request, "section", facts)


def _section(key: str, form: SectionForm, rows: Any) -> Section:
    kept = [row for row in rows.ordered_forms if row not in rows.deleted_forms]
    rest = [row for row in rows.forms if row not in kept and row not in rows.deleted_forms]
    claims = [claim for row in [*kept, *rest] if (claim := row.claim() if row.cleaned_data else None)]
    return Section(key, form.cleaned_data["heading"], tuple(claims), form.cleaned_data["nothing_found"])


@workbench_page("guides/<int:number>/section/<str:key>/drop/", "guide-section-drop", roles=STAFF)
@require_POST
def drop_section(request: HttpRequest, number: int, key: str) -> HttpResponse:
    """Take a section out."""
    version = _draft(number)
    why = _save(
        request, lambda: verbs.drop_section(version, key, seen=_seen(request), by=who(request)), _("Taken out.")
    )
    if why:
        messages.warning(request, why)
    return redirect("admin:guide", number=number)


@workbench_page("guides/<int:number>/source/", "guide-source-new", roles=STAFF)
@require_http_methods(BOTH)
def new_source(request: HttpRequest, number: int) -> HttpResponse:
    """A source that was read."""
    return _source(request, _draft(number), None)


@workbench_page("guides/<int:number>/source/<str:key>/", "guide-source", roles=STAFF)
@require_http_methods(BOTH)
def source(request: HttpRequest, number: int, key: str) -> HttpResponse:
    """A source to be put right, or dropped."""
    version = _draft(number)
    known = next((each for each in sources_of(version) if each.key == key), None)
    if known is None:
        raise Http404
    if request.POST.get("drop"):
        why = _save(
            request, lambda: verbs.drop_source(version, key, seen=_seen(request), by=who(request)), _("Dropped.")
        )
        if why:
            messages.warning(request, why)
        return redirect("admin:guide", number=number)
    return _source(request, version, known)


def _source(request: HttpRequest, version: GuideVersion, known: Source | None) -> HttpResponse:
    names = SourceForm.base_fields
    first = {name: getattr(known, name) for name in names} if known else {}
    form = SourceForm(request.POST or None, initial=first)
    if known:
        form.fields["key"].disabled = True
    why = ""
    if request.method == "POST" and form.is_valid():
        made = Source(**form.cleaned_data)
        why = _save(
            request, lambda: verbs.write_source(version, made, seen=_seen(request), by=who(request)), _("Saved.")
        )
        if not why:
            return redirect("admin:guide", number=version.pk)
    return _page(request, "source", {"version": version, "form": form, "known": known, "why": why})


def _page(request: HttpRequest, name: str, facts: dict[str, Any]) -> HttpResponse:
    wrong = request.method == "POST"
    return render(request, f"catalog/workbench/{name}.html", facts, status=422 if wrong else 200)
