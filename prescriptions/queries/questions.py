"""Conversations with a pharmacist, as their customer and as the workbench read them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from catalog.models.product import Pack, Product
from catalog.models.site import Site
from pharmacy.clock import AppNow, db_now
from pharmacy.refusals import NotFound
from prescriptions.models.consultation import Consultation, Questionnaire
from prescriptions.models.question import Attachment, Thread, ThreadMessage
from prescriptions.models.supply import SupplyRequest
from prescriptions.rules import questionnaire as rules
from prescriptions.rules.clock import tone, words

SHOWN = 200
LOOKED_BACK = timedelta(days=28)  # the window of the UK shop list
FILTERS = {
    "open": Q(state__in=["waiting", "claimed"]),
    "mine": Q(state="claimed"),
    "answered": Q(state="answered"),
    "closed": Q(state="closed"),
}


@dataclass(slots=True)
class Talk:
    """One conversation with everything on its page."""

    thread: Thread
    messages: list[ThreadMessage]
    attachments: list[Attachment]
    consultation: Consultation | None
    answers: list[tuple[str, str]] = field(default_factory=list)
    flags: list[rules.Flag] = field(default_factory=list)
    packs: list[Pack] = field(default_factory=list)

    @property
    def seen(self) -> int:
        """How many messages are on the screen."""
        return len(self.messages)


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A row of the workbench's list: no name and no medicine."""

    thread: Thread
    weight: str
    clock: str
    is_mine: bool


def threads_of(user: Any) -> QuerySet[Thread]:
    """A customer's conversations, newest first, with how many unread answers each holds (1 statement)."""
    unread = Count("messages", filter=Q(messages__is_from_staff=True, messages__read_at=None))
    mine = Thread.objects.filter(customer=user, erased_at=None).select_related("product")
    return mine.annotate(unread=unread).order_by("-opened_at")


def thread_of(reference: str, user: Any) -> Thread:
    """A customer's own conversation. Raises NotFound alike for a stranger's and one that never was."""
    rows = Thread.objects.select_related("site", "product", "customer")
    found = rows.filter(reference=reference, customer=user, erased_at=None).first()
    if found is None:
        raise NotFound
    return found


def talk_of(thread: Thread) -> Talk:
    """Everything of one conversation (4 statements, 5 with a consultation)."""
    messages = list(ThreadMessage.objects.filter(thread=thread).select_related("author"))
    files = Attachment.objects.filter(thread=thread).select_related("document").prefetch_related("document__pages")
    joined = ("questionnaire", "patient", "product", "pack", "decided_by")
    consultation = Consultation.objects.filter(thread=thread).select_related(*joined).first()
    talk = Talk(thread, messages, list(files), consultation)
    if consultation is not None:
        asked = consultation.questionnaire.questions
        talk.answers = rules.in_words(asked, json.loads(consultation.answers or "{}"))
        talk.flags = [rules.Flag(*one) for one in json.loads(consultation.flags or "[]")]
    return talk


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier consultation: answers that were changed after a red flag are for the pharmacist to see."""

    at: datetime
    reference: str
    medicine: str
    outcome: str
    flags: list[str]


def earlier_of(found: Consultation) -> list[Earlier]:
    """Consultations of this patient, and of this customer about this medicine, in the weeks before; newest first."""
    same = Q(patient=found.patient_id) | Q(customer=found.customer_id, product=found.product_id)
    rows = Consultation.objects.filter(
        same, asked_at__lt=found.asked_at, asked_at__gte=found.asked_at - LOOKED_BACK, thread__erased_at=None
    ).select_related("thread", "product")
    return [
        Earlier(
            at=one.asked_at,
            reference=one.thread.reference,
            medicine=one.product.name,
            outcome=one.get_outcome_display(),
            flags=[text for _question, text, _stop in json.loads(one.flags or "[]")],
        )
        for one in rows.order_by("-asked_at")[:10]
    ]


def packs_to_supply(product: Product) -> list[Pack]:
    """Packs a pharmacist may choose from, smallest first."""
    return list(product.packs.filter(is_stock_bottle=False, is_sample=False, withdrawn_at=None).order_by("size")[:12])


def question_rows(site: Site, *, user: Any, show: str = "open") -> tuple[list[QuestionRow], dict[str, int]]:
    """The workbench's list, most urgent first, and how many each filter holds (3 statements)."""
    now = db_now()
    here = Thread.objects.filter(site=site, is_test=site.is_sandbox, erased_at=None)
    counts = here.aggregate(
        open=Count("pk", filter=FILTERS["open"]),
        mine=Count("pk", filter=FILTERS["mine"] & Q(claimed_by=user, claimed_until__gt=AppNow())),
        answered=Count("pk", filter=FILTERS["answered"]),
        closed=Count("pk", filter=FILTERS["closed"]),
    )
    chosen = here.filter(FILTERS[show])
    if show == "mine":
        chosen = chosen.filter(claimed_by=user)
    order = ("-closed_at",) if show == "closed" else ("due_at", "pk")
    rows = [_row(one, now, user) for one in chosen.select_related("claimed_by").order_by(*order)[:SHOWN]]
    return rows, counts


def sites_by_questions(codes: set[str]) -> list[Site]:
    """The sites of these codes ("*": all), the one with most waiting questions first (1 statement)."""
    sites = Site.objects.all() if "*" in codes else Site.objects.filter(code__in=codes)
    waiting = Thread.objects.filter(FILTERS["open"], site=OuterRef("pk")).order_by().values("site")
    counted = Coalesce(Subquery(waiting.annotate(n=Count("pk")).values("n")), 0)
    return list(sites.annotate(waiting=counted).order_by("-waiting", "code"))


def _row(thread: Thread, now: datetime, user: Any) -> QuestionRow:
    lives = thread.claimed_until is not None and thread.claimed_until > now
    is_mine = thread.claimed_by_id == user.pk and lives
    if thread.state in ("answered", "closed"):
        return QuestionRow(thread, "ok", "", is_mine)
    weight, _bar = tone(now, thread.waits_since, thread.due_at)
    left = thread.due_at - now
    return QuestionRow(thread, weight, f"{'late ' if left.total_seconds() < 0 else ''}{words(left)}", is_mine)


def questionnaire_for(product: Product, supply_class: str) -> Questionnaire | None:
    """The approved questionnaire that fits a product closest, newest version; None when nobody approved one."""
    live = Questionnaire.objects.filter(approved_at__isnull=False, ended_at=None)
    scored = [(rules.fits(one.atc, one.supply_class, atc=product.atc, wanted_class=supply_class), one) for one in live]
    fitting = [(score, one) for score, one in scored if score]
    return max(fitting, key=lambda pair: (pair[0], pair[1].version))[1] if fitting else None


def allowed_after_consultation(user: Any, pack_id: int) -> Consultation | None:
    """The consultation that lets this customer ask for this pack today; None when there is none."""
    if getattr(user, "pk", None) is None:
        return None
    mine = Consultation.objects.filter(customer=user, pack=pack_id, outcome="supply", supply_until__gte=db_now().date())
    return mine.order_by("-decided_at").first()


def packs_after_consultation(user: Any, pack_id: int) -> int:
    """How many packs this customer may still ask for after a consultation; what was asked for since is taken off."""
    found = allowed_after_consultation(user, pack_id)
    if found is None:
        return 0
    since = SupplyRequest.objects.filter(customer=user, pack=pack_id, created_at__gte=found.decided_at)
    asked = since.exclude(status__in=["declined", "withdrawn"]).aggregate(n=Sum("packs"))["n"] or 0
    return max(0, found.packs - asked)


def consultations_of_case(customer: Any, product_ids: list[int]) -> list[Talk]:
    """What a customer answered about the medicines of a case, newest first, for the case page (1 statement)."""
    rows = Consultation.objects.filter(customer=customer, product__in=product_ids, outcome="supply")
    found = rows.select_related("questionnaire", "thread", "product", "decided_by").order_by("-asked_at")[:4]
    talks = []
    for one in found:
        answers = rules.in_words(one.questionnaire.questions, json.loads(one.answers or "{}"))
        talks.append(Talk(one.thread, [], [], one, answers=answers))
    return talks
