"""What the gate keeps about a customer: for their copy of it, and for the day they close the account."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from pharmacy.accounts.holdings import File, Holder, Kept, holds
from pharmacy.accounts.models import User
from pharmacy.clock import today
from pharmacy.refusals import Unreachable
from pharmacy.web.words import day_text, in_country
from prescriptions.actions.patient import FACTS
from prescriptions.actions.retention import erase_for_closing
from prescriptions.gateways.documents import open_page
from prescriptions.models.carer import Carer
from prescriptions.models.document import Document
from prescriptions.models.message import Message
from prescriptions.models.patient import Patient
from prescriptions.models.question import Thread
from prescriptions.models.refill import Refill
from prescriptions.models.review import Decision
from prescriptions.models.supply import SupplyRequest
from prescriptions.queries import own_copy
from prescriptions.queries.diary import days_of
from prescriptions.queries.looks import looks_at
from prescriptions.queries.retention import Term, countries_of, is_held, newest_supply, stands_on_supply, terms


def export(user: User) -> dict[str, Any]:
    """Every clinical fact about a customer and those whose record they own, in plain values."""
    patients = list(Patient.objects.filter(owner=user, erased_at=None))
    asked = own_copy.requests_of(user)
    references = {one.order_reference for one in asked}
    said = Message.objects.filter(order_reference__in=references).order_by("sent_at")
    return {
        "patients": [_patient(one) for one in patients],
        "prescriptions": own_copy.prescriptions(user),
        "electronic_prescriptions": own_copy.electronic(user),
        "asked_prescribers": own_copy.asked_prescribers(user),
        "requests": [_request(one) for one in asked],
        "decisions": [_decision(one) for one in Decision.objects.filter(request__in=asked).order_by("decided_at")],
        "substitutions": own_copy.substitutions(asked),
        "pharmacist_and_prescriber": own_copy.contacts(asked),
        "interventions": own_copy.interventions(asked),
        "order_messages": [{"order": m.order_reference, "at": m.sent_at, "kind": m.kind, "text": m.text} for m in said],
        "questions": [own_copy.question(one) for one in Thread.objects.filter(customer=user).order_by("opened_at")],
        "journal": [{"patient": p.name, "day": d.day, **json.loads(d.as_text())} for p in patients for d in days_of(p)],
        "rights_to_act": [_right(one) for one in Carer.objects.filter(user=user).select_related("patient")],
        "reminders": [
            {"due_on": one.due_on, "runs_out_on": one.runs_out_on, "stopped_at": one.stopped_at}
            for one in Refill.objects.filter(customer=user)
        ],
        "files": [_file(one) for one in Document.objects.filter(owner=user, removed_at=None).order_by("created_at")],
        "who_looked": [
            {"at": one.at, "who": one.who, "role": one.role, "at_what": one.what, "order": one.order}
            for one in looks_at(user, most=None)
        ],
    }


def _patient(one: Patient) -> dict[str, Any]:
    return {name: getattr(one, name) for name in FACTS} | {
        "relation": one.relation,
        "told_on": json.loads(one.told_on or "{}"),
    }


def _request(one: SupplyRequest) -> dict[str, Any]:
    return {
        "order": one.order_reference,
        "medicine": f"{one.pack.product.name} {one.pack.product.strength}".strip(),
        "pack": one.pack.description,
        "packs": one.packs,
        "status": one.status,
        "at": one.created_at,
    }


def _decision(one: Decision) -> dict[str, Any]:
    return {
        "at": one.decided_at,
        "verdict": one.verdict,
        "reason": one.code,
        "sentence": one.sentence,
        "packs": one.packs,
    }


def _right(one: Carer) -> dict[str, Any]:
    return {"patient": one.patient.name, "relation": one.relation, "state": one.state, "ends_on": one.ends_on}


def _file(one: Document) -> dict[str, Any]:
    return {
        "name": one.name,
        "sent_at": one.created_at,
        "state": one.state,
        "pages": one.pages_count,
        "german_codes": one.german_codes,
    }


def files(user: User) -> Iterator[File]:
    """The pages of every file the customer sent, as drawn."""
    mine = Document.objects.filter(owner=user, removed_at=None, state="ready").order_by("created_at")
    for number, document in enumerate(mine.prefetch_related("pages"), 1):
        for page in document.pages.all():
            try:
                yield f"file-{number:03d}-page-{page.number:02d}.jpg", open_page(page.pk)
            except Unreachable:
                yield f"file-{number:03d}-page-{page.number:02d}-missing.txt", b"This page could not be read."


def kept(user: User) -> list[Kept]:
    """What stays after closing, with the rule and its day."""
    found: list[Kept] = []
    if is_held(user):
        found.append(
            Kept(_("Everything"), _("A legal hold: a court or an authority asked for it. It can’t be closed now."))
        )
    where = countries_of(user)
    known = [one for one in terms(today()) if one.country in where]
    newest = newest_supply(user)
    if newest is not None:
        rule = _longest(known, "patient", "document")
        found.append(Kept(_("Prescriptions, supplies and their papers"), _why(rule), _until(rule, newest)))
    elif stands_on_supply(user).exists():
        found.append(Kept(_("Health facts that a consultation stands on"), _why(_longest(known, "question"))))
    last = Thread.objects.filter(customer=user, erased_at=None).order_by("-opened_at").first()
    if last is not None:
        rule = _longest(known, "question")
        found.append(
            Kept(_("Questions and what was answered"), _why(rule), _until(rule, last.closed_at or last.opened_at))
        )
    return found


def _longest(known: list[Term], *records: str) -> Term | None:
    return max((one for one in known if one.record in records), key=lambda one: one.months, default=None)


def _why(rule: Term | None) -> str:
    if rule is None:
        return _("Nobody has written down yet how long pharmacy law wants it kept, so it is kept.")
    return _("Pharmacy law %(in_country)s: %(months)s months (source: %(source)s)") % {
        "in_country": in_country(rule.country),
        "months": rule.months,
        "source": rule.source,
    }


def _until(rule: Term | None, since: Any) -> str:
    if rule is None:
        return ""
    return day_text(rule.last_day(since.date()), year=True)


def blocks(user: User) -> list[str]:
    """Why the account can't be closed today."""
    why = []
    if is_held(user):
        why.append(_("Your record is under a legal hold."))
    if (
        SupplyRequest.objects.filter(customer=user, status__in=["waiting", "cleared"], case__closed_at=None)
        .exclude(case=None)
        .exists()
    ):
        why.append(_("A pharmacist is still deciding about an order of yours."))
    return why


holds(
    Holder(
        "prescriptions", lazy("Health and prescriptions"), export=export, erase=erase_for_closing, kept=kept,
        blocks=blocks, files=files,
    )
)  # fmt: skip
