"""The case page: document, transcription, lines, patient, checks, messages and history on one screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_safe

from pharmacy.accounts.models import User
from pharmacy.accounts.queries import registration_of
from pharmacy.journal.models import Event
from pharmacy.refusals import Refused
from pharmacy.web.workbench import workbench_page
from prescriptions.models.review import Case
from prescriptions.queries.authority import colleagues
from prescriptions.queries.case import CasePage, case_page
from prescriptions.queries.goods import goods_of
from prescriptions.queries.substitution import barred_because, choices_for, shown_first
from prescriptions.workbench.access import REVIEW, case_for, look, may_decide, who
from prescriptions.workbench.forms import (
    BackForm,
    ContactForm,
    DeclineForm,
    HandForm,
    InterventionForm,
    NoteForm,
    PrescriberForm,
    SubstituteForm,
    TranscriptionForm,
    written,
)
from prescriptions.workbench.shown import DeskLine, barred, desk_lines, together

MOST_CHOICES = 12  # more stand behind a fold
PANELS = ("decline", "ask", "less", "hand", "prescriber", "contact", "intervene", "back", "substitute")
HAPPENED: dict[str, Any] = {
    "clinical_check.opened": lazy("Came before the pharmacists"),
    "clinical_check.claimed": lazy("Claimed by %(who)s"),
    "clinical_check.released": lazy("Given back by %(who)s"),
    "clinical_check.question_asked": lazy("The patient was asked by %(who)s"),
    "clinical_check.message_sent": lazy("Message from %(who)s"),
    "clinical_check.question_answered": lazy("The patient wrote"),
    "clinical_check.checked_by_hand": lazy("Checked by hand: %(who)s"),
    "clinical_check.checks_ran": lazy(
        "Checks: %(clear)s clear, %(with_alerts)s with alerts, %(did_not_run)s did not run"
    ),
    "clinical_check.closed": lazy("Decided: %(approved)s approved, %(declined)s declined"),
    "clinical_check.withdrawn": lazy("Withdrawn with the order"),
    "clinical_check.unanswered": lazy("Withdrawn: nobody answered"),
    "clinical_check.alert_answered": lazy("Alert answered by %(who)s"),
    "clinical_check.prescriber_asked": lazy("The prescriber was asked by %(who)s"),
    "clinical_check.prescriber_answered": lazy("The prescriber’s answer was written down by %(who)s"),
    "clinical_check.intervention": lazy("Intervention recorded by %(who)s"),
    "clinical_check.second_check_asked": lazy("Signed first by %(who)s"),
    "clinical_check.second_check_confirmed": lazy("Signed second by %(who)s"),
    "clinical_check.second_check_sent_back": lazy("Sent back by %(who)s"),
    "clinical_check.handed_over": lazy("Handed over by %(who)s"),
    "clinical_check.escalated": lazy("Escalated to the superintendent"),
    "clinical_check.breached": lazy("The promise was broken; the customer was told"),
    "clinical_check.reminded": lazy("The patient was reminded"),
    "supply.substituted": lazy("Another pack was chosen by %(who)s"),
    "document.attached": lazy("A document came"),
    "supply.requested": lazy("Asked for with the order"),
    "order.placed": lazy("Order placed"),
}


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed and could not be done: shown again, with nothing lost. `about` is a line, a check, or ""."""

    panel: str
    form: Form
    about: str = ""


@workbench_page("review/<str:number>/", "case", roles=REVIEW)
@require_safe
def case(request: HttpRequest, number: str) -> HttpResponse:
    """One case. Opening it is recorded, and the patient can read that."""
    return show(request, case_for(request, number))


def show(
    request: HttpRequest, case: Case, *, typed: Typed | None = None, refusal: Refused | None = None, status: int = 200
) -> HttpResponse:
    """The page, as it stands now, with what was typed and the refusal that brought it back. The look comes first."""
    user = who(request)
    look(request, case)
    with timezone.override(case.site.time_zone):
        hands_over = request.GET.get("open") == "handover"
        facts = _facts(case, user, line=request.GET.get("line", ""), typed=typed, hands_over=hands_over)
        opened = _opened(request, typed)
        facts |= {
            "opened": opened,
            "refusal": refusal,
            "typed": typed,
            "ticked": _ticked(typed),
            "instead": _instead(facts["lines"], opened),
        }
        return render(request, "prescriptions/workbench/case.html", facts, status=refusal.status if refusal else status)


def _facts(case: Case, user: User, *, line: str, typed: Typed | None, hands_over: bool) -> dict[str, Any]:
    page = case_page(case, user=user)
    today = page.now.astimezone(ZoneInfo(case.site.time_zone)).date()
    pharmacist = may_decide(user, case.site)
    registered = pharmacist and registration_of(user, case.site.country, today) is not None
    bars = barred(page, user, is_pharmacist=pharmacist, is_registered=registered)
    goods = goods_of([one.request for one in page.lines], site=case.site, today=today)
    wanted = typed.about if typed and typed.panel == "transcribe" else line
    lines = desk_lines(page, goods, user, bars=bars, current=wanted)
    names = _names(page, user)
    return {
        "page": page,
        "case": case,
        "bars": bars,
        "lines": lines,
        "checks": together(page.checks),
        "done": sum(not one.line.is_open for one in lines),
        "papers": [one for one in page.documents if one.removed_at is None],
        "desk": _desk(lines, typed),
        "names": names,
        "happened": [(event.at, text) for event in page.events if (text := _words(event, user, names))],
        "forms": {
            "decline": DeclineForm(),
            "ask": NoteForm(),
            "hand": HandForm(),
            "prescriber": PrescriberForm(),
            "contact": ContactForm(),
            "intervene": InterventionForm(),
            "back": BackForm(),
            "substitute": SubstituteForm(),
        },
        "may_second": pharmacist and registered and case.closed_at is None,
        "colleagues": colleagues(case.site, besides=user) if page.is_mine and hands_over else [],
        "may_hand_over": page.is_mine,
        "reply": typed.form if typed and typed.panel == "reply" else NoteForm(),
        "is_pharmacist": pharmacist,
    }


def _desk(lines: list[DeskLine], typed: Typed | None) -> dict[str, Any]:
    """The transcription form of the current line, and the other lines that it can be changed to."""
    on_paper = [one for one in lines if one.is_on_paper]
    current = next((one for one in on_paper if one.is_current), on_paper[0] if on_paper else None)
    if current is None:
        return {}
    item = current.line.item
    beside = next((one.line.item for one in on_paper if one.line.item), None)
    form = TranscriptionForm(initial=written(item, beside=beside))
    if typed and typed.panel == "transcribe":
        form = typed.form  # type: ignore[assignment]  # the verb's own TranscriptionForm
    return {"line": current, "item": item, "form": form, "others": [one for one in on_paper if one.line.is_open]}


def _ticked(typed: Typed | None) -> list[str]:
    """The checks that were ticked when "Checked by hand" was sent in vain."""
    return typed.form.data.getlist("check") if typed and typed.panel == "hands" else []  # type: ignore[attr-defined]  # a QueryDict


def _opened(request: HttpRequest, typed: Typed | None) -> dict[str, str]:
    """Which panel stands open: the one that was sent in vain, or the one asked for by `?open=decline:<line>`."""
    if typed and typed.panel in PANELS:
        return {"panel": typed.panel, "about": typed.about}
    panel, _colon, about = request.GET.get("open", "").partition(":")
    return {"panel": panel, "about": about} if panel in PANELS else {"panel": "", "about": ""}


def _instead(lines: list[DeskLine], opened: dict[str, str]) -> dict[str, Any]:
    """What the open panel "Substitute" offers, and why nothing may be chosen; nothing is read while it is shut."""
    about = next((one.line.request for one in lines if str(one.line.request.pk) == opened["about"]), None)
    if opened["panel"] != "substitute" or about is None or about.status != "waiting":
        return {}
    shown = shown_first(choices_for(about))
    return {"first": shown[:MOST_CHOICES], "rest": shown[MOST_CHOICES:], "barred": barred_because(about)}


def _names(page: CasePage, user: User) -> dict[str, str]:
    """Names of the staff who acted in this case, by id (1 statement, none when the page knows them all)."""
    known = {
        str(one.pk): one.name for one in [user, page.case.claimed_by, *(one.author for one in page.messages)] if one
    }
    ids = {event.by_id for event in page.events if event.by_kind == "user"}
    ids |= {str(check.run.by_hand.by_id) for check in page.checks if hasattr(check.run, "by_hand")}
    unknown = [UUID(one) for one in ids - known.keys()]
    people = User.objects.filter(pk__in=unknown).values_list("pk", "name") if unknown else []
    return known | {str(pk): name for pk, name in people}


def _words(event: Event, user: User, names: dict[str, str]) -> str:
    template = str(HAPPENED.get(event.kind, ""))
    name = _("you") if event.by_id == str(user.pk) else names.get(event.by_id, _("the house"))
    try:
        return template % {"who": name, **event.facts}
    except KeyError:  # an event written before the fact was kept
        return ""
