"""What a pharmacist has on the screen: its fingerprint, and the copy that is kept with the decision."""

import json
from collections.abc import Iterable
from typing import Any

from django.db.models import Model, Prefetch

from prescriptions.models.checks import Alert, Check
from prescriptions.models.contact import Contact
from prescriptions.models.document import Document
from prescriptions.models.message import Message
from prescriptions.models.review import Case
from prescriptions.models.supply import SupplyRequest
from prescriptions.rules.seen import fingerprint


def shown(case: Case) -> dict[str, Any]:
    """Ids and versions of everything a decision rests on (3 statements), without what other lines' decisions change."""
    requests = SupplyRequest.objects.filter(case=case).select_related("prescription_item", "patient")
    documents = Document.objects.filter(order_reference=case.order_reference).only("state", "sha256")
    told = Message.objects.filter(order_reference=case.order_reference, kind="answer").only("kind")
    return shown_of(requests, documents, told)


def shown_of(
    requests: Iterable[SupplyRequest], documents: Iterable[Document], messages: Iterable[Message]
) -> dict[str, Any]:
    """The same of rows at hand, so that a page's fingerprint is of the very rows it shows."""
    return {
        "documents": [[str(one.pk), one.state, one.sha256] for one in _by_id(documents)],
        "requests": [_line(request) for request in _by_id(requests)],
        "told": [str(one.pk) for one in _by_id(messages) if one.kind == "answer"],
    }


def _by_id[T: Model](rows: Iterable[T]) -> list[T]:
    return sorted(rows, key=lambda row: row.pk)


def _line(request: SupplyRequest) -> list[Any]:
    item, patient = request.prescription_item, request.patient
    return [
        str(request.pk),
        request.pack_id,
        request.packs_asked,
        request.supply_class,
        [str(item.pk), item.version] if item else None,
        [str(patient.pk), patient.version] if patient else None,
    ]


def seen_now(case: Case) -> str:
    """The fingerprint of what the case page would show now."""
    return fingerprint(shown(case))


def evidence(case: Case, request: SupplyRequest) -> str:
    """JSON of what was shown about one request in full words, to be sealed with its decision."""
    item, patient = request.prescription_item, request.patient
    checks = Check.objects.filter(request=request, current=True).select_related("by_hand")
    checks = checks.prefetch_related(Prefetch("alerts", Alert.objects.select_related("answer")))
    kept: dict[str, Any] = {
        "shown": shown(case),
        "checks": [_check(one) for one in checks],
        "contacts": [_contact(one) for one in Contact.objects.filter(request=request)],
    }
    if item is not None:
        paper = item.prescription
        kept["prescription"] = {
            "substance": item.substance,
            "strength": item.strength,
            "dose_text": item.dose_text,
            "quantity": str(item.quantity),
            "repeats": item.repeats,
            "no_substitution": item.no_substitution,
            "supplied_before": str(item.supplied_units),
            "issued_on": paper.issued_on.isoformat(),
            "not_before": paper.not_before.isoformat() if paper.not_before else None,
            "valid_until": paper.valid_until.isoformat() if paper.valid_until else None,
            "validity_rule": paper.validity_rule,
            "prescriber": str(paper.prescriber_id),
            "prescriber_written": paper.prescriber_written,
        }
    if patient is not None:
        kept["patient"] = {name: getattr(patient, name) for name in PATIENT}
    return json.dumps(kept, sort_keys=True, default=str)


PATIENT = (
    "born_on", "sex", "weight_kg", "allergies", "conditions", "medicines", "pregnancy", "breastfeeding", "kidney",
    "liver",
)  # fmt: skip


def _check(check: Check) -> dict[str, Any]:
    by_hand = getattr(check, "by_hand", None)
    return {
        "rule": check.rule,
        "version": check.version,
        "state": check.state,
        "why": check.why,
        "summary": check.summary,
        "inputs": check.inputs_hash,
        "alerts": [_alert(alert) for alert in check.alerts.all()],
        "by_hand": [str(by_hand.by_id), by_hand.recorded_at.isoformat(), by_hand.sentence] if by_hand else None,
    }


def _alert(alert: Alert) -> list[Any]:
    answer = getattr(alert, "answer", None)
    said = [str(answer.by_id), answer.code, answer.sentence] if answer else None
    return [alert.severity, alert.code, alert.text, alert.source, said]


def _contact(contact: Contact) -> list[str]:
    return [contact.how, contact.question, contact.outcome, contact.answer, contact.asked_at.isoformat()]
