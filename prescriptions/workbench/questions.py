""" "Questions": what customers ask, claimed and answered by pharmacists; consultations are decided here too."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_GET, require_POST, require_safe

from catalog.models.product import Pack
from catalog.models.site import Site
from pharmacy.accounts.queries import has_role, sites_of
from pharmacy.clock import db_now
from pharmacy.refusals import NotFound, Refused
from pharmacy.web.workbench import workbench_page
from prescriptions.actions import question as verbs
from prescriptions.actions.consultation import Verdict, decide
from prescriptions.gateways.documents import open_page
from prescriptions.models.consultation import Evidence
from prescriptions.models.document import DocumentPage
from prescriptions.models.question import Thread
from prescriptions.queries.questions import (
    FILTERS,
    earlier_of,
    packs_to_supply,
    question_rows,
    sites_by_questions,
    talk_of,
)
from prescriptions.workbench.access import REVIEW, may_decide, who

NAMES = {
    "open": gettext_lazy("Waiting"),
    "mine": gettext_lazy("Mine"),
    "answered": gettext_lazy("Answered"),
    "closed": gettext_lazy("Closed"),
}


def _sites(request: HttpRequest) -> list[Site]:
    return sites_by_questions(sites_of(who(request), *REVIEW))


def _site(request: HttpRequest, sites: list[Site]) -> Site | None:
    wanted = request.GET.get("site") or request.POST.get("site", "")
    return next((one for one in sites if one.code == wanted), sites[0] if sites else None)


@workbench_page("questions/", "questions", label=gettext_lazy("Questions"), roles=REVIEW, order=15)
@require_safe
def questions(request: HttpRequest) -> HttpResponse:
    """Conversations of a site, most urgent first. No customer and no medicine is named."""
    sites = _sites(request)
    site = _site(request, sites)
    if site is None:
        return render(request, "prescriptions/workbench/no_site.html")
    show = request.GET.get("show", "open") if request.GET.get("show") in FILTERS else "open"
    rows, counts = question_rows(site, user=who(request), show=show)
    facts = {
        "site": site,
        "sites": sites,
        "rows": rows,
        "show": show,
        "chips": [(name, NAMES[name], counts[name]) for name in FILTERS],
        "may_claim": may_decide(who(request), site),
    }
    with timezone.override(site.time_zone):
        return render(request, "prescriptions/workbench/questions.html", facts)


@workbench_page("questions/next/", "question-next", roles=REVIEW)
@require_POST
def take_next(request: HttpRequest) -> HttpResponse:
    """Claim the most urgent free question and open it."""
    site = _site(request, _sites(request))
    if site is None:
        raise NotFound
    try:
        found = verbs.claim_next_question(site, by=who(request))
    except Refused as refusal:
        messages.warning(request, refusal.detail)
        return redirect("admin:questions")
    return redirect("admin:question", reference=found.reference)


def _thread(request: HttpRequest, reference: str) -> Thread:
    rows = Thread.objects.select_related("site", "customer", "product", "claimed_by", "patient")
    found = rows.filter(reference=reference, erased_at=None).first()
    if found is None or not any(has_role(request.user, role, found.site.code) for role in REVIEW):
        raise NotFound
    return found


@workbench_page("questions/<str:reference>/", "question", roles=REVIEW)
@require_safe
def question(request: HttpRequest, reference: str) -> HttpResponse:
    """One conversation. The look is recorded before anything is shown."""
    return _page(request, _thread(request, reference))


def _page(request: HttpRequest, thread: Thread, *, refusal: Refused | None = None) -> HttpResponse:
    user = who(request)
    verbs.note_read(thread, by=user)
    talk = talk_of(thread)
    now = db_now()
    is_held = thread.state == "claimed" and thread.claimed_until is not None and thread.claimed_until > now
    is_mine = is_held and thread.claimed_by_id == user.pk
    is_own = thread.customer_id == user.pk
    may_write = may_decide(user, thread.site) and thread.state != "closed" and not is_own and (is_mine or not is_held)
    waits = talk.consultation is not None and not talk.consultation.outcome
    facts = {
        "thread": thread,
        "talk": talk,
        "is_mine": is_mine,
        "is_held": is_held,
        "is_own": is_own,
        "may_write": may_write,
        "waits": waits,
        "packs": packs_to_supply(talk.consultation.product) if waits and talk.consultation else [],
        "earlier": earlier_of(talk.consultation) if talk.consultation else [],
        "evidence": Evidence.choices,
        "typed": request.POST,
        "refusal": refusal,
    }
    with timezone.override(thread.site.time_zone):
        return render(
            request, "prescriptions/workbench/question.html", facts, status=refusal.status if refusal else 200
        )


def _act(request: HttpRequest, reference: str, verb: Any, said: str) -> HttpResponse:
    """Do it and come back; a refusal is shown on the page with what was typed."""
    thread = _thread(request, reference)
    try:
        verb(thread)
    except NotFound:
        raise
    except Refused as refusal:
        return _page(request, _thread(request, reference), refusal=refusal)
    messages.success(request, said)
    return redirect("admin:question", reference=reference)


def _seen(request: HttpRequest) -> int:
    text = request.POST.get("seen", "")
    return int(text) if text.isdecimal() and len(text) < 6 else -1


@workbench_page("questions/<str:reference>/claim/", "question-claim", roles=REVIEW)
@require_POST
def claim(request: HttpRequest, reference: str) -> HttpResponse:
    """Take it."""
    return _act(
        request, reference, lambda one: verbs.claim_question(one, by=who(request)), _("This question is yours.")
    )


@workbench_page("questions/<str:reference>/release/", "question-release", roles=REVIEW)
@require_POST
def release(request: HttpRequest, reference: str) -> HttpResponse:
    """Give it back."""
    return _act(request, reference, lambda one: verbs.release_question(one, by=who(request)), _("Given back."))


@workbench_page("questions/<str:reference>/answer/", "question-answer", roles=REVIEW)
@require_POST
def answer(request: HttpRequest, reference: str) -> HttpResponse:
    """Answer the customer."""
    text = request.POST.get("text", "")

    def verb(thread: Thread) -> None:
        verbs.answer_question(thread, text=text, seen=_seen(request), by=who(request))

    return _act(request, reference, verb, _("Answered. The customer is told to sign in and read it."))


@workbench_page("questions/<str:reference>/close/", "question-close", roles=REVIEW)
@require_POST
def close(request: HttpRequest, reference: str) -> HttpResponse:
    """Close with a summary, or send on to other help."""
    ending, summary = request.POST.get("ending", ""), request.POST.get("summary", "")

    def verb(thread: Thread) -> None:
        verbs.close_question(thread, ending=ending, summary=summary, seen=_seen(request), by=who(request))

    return _act(request, reference, verb, _("Closed with a summary."))


@workbench_page("questions/<str:reference>/decide/", "question-decide", roles=REVIEW)
@require_POST
def decide_consultation(request: HttpRequest, reference: str) -> HttpResponse:
    """End a consultation: advice, supply of a pharmacy-only item, or other help."""
    told = request.POST
    count = told.get("packs", "")
    pack = Pack.objects.filter(pk=told["pack"]).first() if told.get("pack", "").isdecimal() else None
    verdict = Verdict(
        outcome=told.get("outcome", ""),
        summary=told.get("summary", ""),
        pack=pack if told.get("outcome") == "supply" else None,
        packs=int(count) if count.isdecimal() and len(count) < 3 else 0,
        evidence=told.get("evidence", "") if told.get("evidence") in Evidence.values else "",
        note=told.get("note", "")[:2000],
    )

    def verb(thread: Thread) -> None:
        decide(thread, verdict=verdict, seen=_seen(request), by=who(request))

    return _act(request, reference, verb, _("Decided. The customer is told to sign in and read it."))


@workbench_page("questions/<str:reference>/pages/<uuid:page>/", "question-paper", roles=REVIEW)
@csp_override({"default-src": ["'none'"], "sandbox": [""]})
@require_GET
def paper(request: HttpRequest, reference: str, page: UUID) -> HttpResponse:
    """A page of a file that came with the conversation, drawn again by us. The look is recorded first."""
    thread = _thread(request, reference)
    ready = DocumentPage.objects.filter(document__state="ready", document__removed_at=None)
    found = ready.filter(pk=page, document__attachment__thread=thread).first()
    if found is None:
        raise NotFound
    verbs.note_read(thread, by=who(request))
    answer = HttpResponse(open_page(found.pk), content_type=found.media_type)
    answer.headers["Cache-Control"] = "no-store, private"
    answer.headers["Content-Disposition"] = "inline"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
