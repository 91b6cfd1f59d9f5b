"""What a pharmacist has on the screen: its fingerprint, and the copy that is kept with the decision."""

import json
from collections.abc import Iterable
from typing import Any

from django.db.models import Model

from prescriptions.models.checks import Check
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
    checks = Check.objects.filter(request=request, current=True).select_related("by_hand").prefetch_related("alerts")
    kept: dict[str, Any] = {"shown": shown(case), "checks": [_check(one) for one in checks]}
    if item is not None:
        paper = item.prescription
        kept["prescription"] = {
            "substance": item.substance,
            "strength": item.strength,
            "dose_text": item.dose_text,
            "quantity": str(item.quantity),
            "repeats": item.repeats,
            "supplied_before": str(item.supplied_units),
            "issued_on": paper.issued_on.isoformat(),
            "valid_until": paper.valid_until.isoformat() if paper.valid_until else None,
            "prescriber": str(paper.prescriber_id),
        }
    if patient is not None:
        kept["patient"] = {
            "born_on": patient.born_on,
            "weight_kg": patient.weight_kg,
            "allergies": patient.allergies,
            "conditions": patient.conditions,
            "medicines": patient.medicines,
        }
    return json.dumps(kept, sort_keys=True, default=str)


def _check(check: Check) -> dict[str, Any]:
    by_hand = getattr(check, "by_hand", None)
    return {
        "rule": check.rule,
        "version": check.version,
        "state": check.state,
        "why": check.why,
        "summary": check.summary,
        "alerts": [[alert.severity, alert.code, alert.text] for alert in check.alerts.all()],
        "by_hand": by_hand.sentence if by_hand else "",
    }
