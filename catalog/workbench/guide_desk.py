"""A version of a guide on the desk: its text with every fault beside its place, a preview, a diff, and its verbs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog.actions import guide_edit, guides
from catalog.models.guide import GuideVersion
from catalog.queries.guide_draft import draft_of
from catalog.queries.guide_labels import known_set_ids
from catalog.queries.guide_reading import cited, shown
from catalog.queries.guides import About, GuidePage
from catalog.queries.place import place_of
from catalog.rules import guides as rules
from catalog.rules.guide_diff import changes
from catalog.rules.guide_shape import LIVE, REQUIRED, SECTIONS, Draft, Fault
from catalog.rules.shelves import BY_SLUG
from catalog.workbench.forms import ReviewForm
from catalog.workbench.guide_list import STAFF, who
from pharmacy.accounts.queries import has_role
from pharmacy.clock import today
from pharmacy.refusals import Refused
from pharmacy.web.visitor import country_of
from pharmacy.web.workbench import workbench_page


def version_of(number: int) -> GuideVersion:
    """The version, with its guide and people. Raises Http404."""
    return get_object_or_404(GuideVersion.objects.select_related("guide", "author", "reviewer"), pk=number)


@workbench_page("guides/<int:number>/", "guide", roles=STAFF)
@require_safe
def guide(request: HttpRequest, number: int) -> HttpResponse:
    """The desk of a version."""
    return desk(request, version_of(number))


def desk(
    request: HttpRequest, version: GuideVersion, *, form: ReviewForm | None = None, refusal: str = ""
) -> HttpResponse:
    """The desk's page, with a form that was refused where there is one."""
    draft = draft_of(version)
    known = known_set_ids(version)
    faults = rules.gate(draft, on=today(), known_set_ids=known)
    usual = (today() + timedelta(days=365)).isoformat()
    person = who(request)
    context: dict[str, Any] = {
        "version": version,
        "sections": _sections(draft, faults),
        "missing": [(key, heading) for key, heading in SECTIONS.items() if draft.section(key) is None],
        "required": REQUIRED,
        "sources": [{**cited(n, source), "faults": [f for f in faults if f.source == source.key]}
                    for n, source in enumerate(draft.sources, 1)],
        "general": [fault for fault in faults if not fault.section and not fault.source],
        "faults": faults,
        "citation_faults": [fault for fault in faults if fault.stage == "citations"],
        "labels_checked": known is not None,
        "reviews": version.reviews.select_related("by"),
        "others": GuideVersion.objects.filter(guide=version.guide).exclude(pk=version.pk),
        "form": form or ReviewForm(initial={"next_review": usual}),
        "refusal": refusal,
        "may_review": any(has_role(person, role) for role in guides.REVIEWERS),
        "is_writer": version.author_id == person.pk or version.writers.filter(user=person).exists(),
        "is_live": version.status in LIVE,
        "latest": rules.latest_review(today()),
    }  # fmt: skip
    return render(request, "catalog/workbench/guide.html", context, status=422 if refusal else 200)


def _sections(draft: Draft, faults: list[Fault]) -> list[dict[str, Any]]:
    numbered = list(enumerate(draft.sources, 1))
    made = shown(draft.sections, numbered)
    for section in made:
        here = [fault for fault in faults if fault.section == section["key"]]
        section["faults"] = here
        for block in section["blocks"]:
            for claim in block["claims"]:
                claim["faults"] = [fault for fault in here if fault.claim == claim["number"]]
    return made


@workbench_page("guides/<int:number>/preview/", "guide-preview", roles=STAFF)
@require_safe
def preview(request: HttpRequest, number: int) -> HttpResponse:
    """The version as readers would see it."""
    version = version_of(number)
    draft = draft_of(version)
    sources = list(enumerate(draft.sources, 1))
    guide = version.guide
    page = GuidePage(
        slug=guide.slug, public_id=guide.public_id, need=guide.need, language=guide.language, version_id=version.pk,
        number=version.number, status=version.status, title=version.title, summary=version.summary,
        published_at=version.published_at or timezone.now(), reviewed_on=version.reviewed_on or today(),
        next_review=version.next_review or today(), author=version.author.name,
        reviewer=version.reviewer.name if version.reviewer else _("nobody yet"), is_demo=version.author.is_demo,
        registration_number="", register="", registration_country="",
        substances=tuple(About(s.pk, s.public_id, s.name, s.slug) for s in guide.substances.all()), log=(), see_also=(),
    )  # fmt: skip
    context = {
        "page": page, "version": version, "place": place_of(country_of(request)), "need": BY_SLUG.get(guide.need),
        "sections": shown(draft.sections, sources), "sources": [cited(n, source) for n, source in sources],
        "private_page": True,
    }  # fmt: skip
    return render(request, "catalog/workbench/preview.html", context)


@workbench_page("guides/<int:number>/diff/", "guide-diff", roles=STAFF)
@require_safe
def diff(request: HttpRequest, number: int) -> HttpResponse:
    """What changed against another version: the one named, else the one before."""
    version = version_of(number)
    others = GuideVersion.objects.filter(guide=version.guide).exclude(pk=version.pk).order_by("-number")
    asked = request.GET.get("against", "")
    before = others.filter(number=int(asked)).first() if asked.isdecimal() and len(asked) < 9 else None
    before = before or others.filter(number__lt=version.number).first()
    if before is None:
        raise Http404
    context = {
        "version": version, "before": before, "others": others,
        "changes": changes(draft_of(before), draft_of(version)),
    }  # fmt: skip
    return render(request, "catalog/workbench/diff.html", context)


@workbench_page("guides/<int:number>/do/<str:verb>/", "guide-do", roles=STAFF)
@require_POST
def act(request: HttpRequest, number: int, verb: str) -> HttpResponse:
    """One verb, then back to the desk; a refusal shows the desk again with its reason."""
    version = version_of(number)
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return desk(request, version, form=form, refusal=_("The day can't be read."))
    found = _verbs(version, form, who(request)).get(verb)
    if found is None:
        raise Http404
    do, said = found
    try:
        made = do()
    except Refused as refusal:
        return desk(request, version_of(number), form=form, refusal=refusal.detail)
    messages.success(request, said)
    return redirect("admin:guide", number=made.pk)


def _verbs(version: GuideVersion, form: ReviewForm, by: Any) -> dict[str, tuple[Callable[[], GuideVersion], str]]:
    note = form.cleaned_data["note"]
    day = form.cleaned_data["next_review"] or today()
    return {
        "submit": (lambda: guides.submit(version, by=by), _("Handed in for the citation check.")),
        "pass": (lambda: guides.pass_citations(version, by=by), _("Sent to clinical review.")),
        "return": (lambda: guides.return_to_draft(version, note=note, by=by), _("It is a draft again.")),
        "publish": (lambda: guides.publish(version, next_review=day, by=by), _("Published under your registration.")),
        "confirm": (lambda: guides.confirm(version, next_review=day, by=by), _("Confirmed under your registration.")),
        "withdraw": (lambda: guides.withdraw(version, note=note, by=by), _("Withdrawn from readers.")),
        "version": (lambda: guide_edit.start_version(version.guide, note=note, by=by), _("A new draft is open.")),
    }
