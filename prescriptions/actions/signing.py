"""What every signature has in common: take the case up, count, settle, keep the decision, clear, close.

Joined by `clinical_check` (one pharmacist) and `second_check` (two). Nothing else writes decisions and clearances.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from pharmacy.clock import AppNow, db_now
from pharmacy.journal.actions import record
from pharmacy.refusals import NotPossible, Overtaken, Refused
from pharmacy.transactions import joins_transaction
from prescriptions.actions import item_ledger
from prescriptions.actions.review import take
from prescriptions.models.clearance import Clearance
from prescriptions.models.patient import Patient
from prescriptions.models.prescription import Prescription
from prescriptions.models.review import Case, Decision
from prescriptions.models.second_check import SecondCheck
from prescriptions.models.supply import SupplyRequest
from prescriptions.queries.acting import refuse_ended_right
from prescriptions.queries.authority import Signature, refuse_own_matter, signature_of
from prescriptions.queries.evidence import seen_now
from prescriptions.queries.substitution import in_force
from prescriptions.rules.clock import open_seconds

LASTS = timedelta(days=30)


class AlreadyDecided(Refused):
    """Another decision about this request came first."""

    code = "already-decided"
    title = "This has been decided already"


class PrescriptionNotValid(Refused):
    """Expired, revoked, or no approved rule says how long it is valid."""

    code = "prescription-not-valid"
    title = "The prescription is not valid today"


class DoNotSubstitute(Refused):
    """Another pack was chosen, and the prescription that was written down since says that none may be."""

    code = "do-not-substitute"
    title = "The prescription says: do not substitute"


@joins_transaction
def take_up(request: SupplyRequest, *, seen: str, by: Any) -> tuple[Case, SupplyRequest, Signature]:
    """The case (locked and claimed), the request as it stands, and the signature, for a decision on what was `seen`.

    Raises NotAllowed, OwnMatter, AlreadyDecided, ClaimedByAnother, Overtaken, NotPossible.
    """
    if request.case_id is None:
        request.refresh_from_db(fields=["case"])
    if request.case_id is None:
        raise NotPossible("This request is not before a pharmacist.")
    # The case's row lock comes first: ten pharmacists who press at once stand in line here.
    case = Case.objects.select_for_update(of=("self",)).select_related("site").get(pk=request.case_id)
    joined = ("prescription_item__prescription__prescriber", "patient", "customer", "pack", "site")
    asked = SupplyRequest.objects.select_related(*joined).get(pk=request.pk)
    signature = signature_of(case.site, by=by)
    refuse_own_matter(asked, signature)
    if asked.status != "waiting":
        raise AlreadyDecided
    if SecondCheck.objects.filter(request=asked, verdict="").exists():
        raise NotPossible("This line waits for a second pharmacist.")
    case = take(case, by=by, user=signature.user)
    hold_patient(asked)
    if seen != seen_now(case):
        raise Overtaken("Something changed since you opened the case. Please look again.")
    return case, asked, signature


@joins_transaction
def hold_patient(asked: SupplyRequest) -> None:
    """Lock the patient after the case: of two orders of one patient the second is decided with the first in sight."""
    if asked.patient_id is not None:
        # Not a key lock: new requests and papers of the patient need not wait.
        Patient.objects.select_for_update(no_key=True).only("pk").get(pk=asked.patient_id)


@joins_transaction
def clear(asked: SupplyRequest, signature: Signature, *, packs: int, second: SecondCheck | None = None) -> Clearance:
    """Count it on the item, settle the request, and give the clearance. The decision is written by the caller.

    Raises PrescriptionNotValid, NotEnoughLeft, AlreadyDecided, DoNotSubstitute.
    """
    refuse_ended_right(asked.patient, asked.customer, on=signature.on)
    units = asked.units / asked.packs * packs
    _refuse_forbidden_pack(asked)
    if asked.prescription_item is not None:
        _verify(asked.prescription_item.prescription, signature)
        item_ledger.count(asked.prescription_item, units)
    settle(asked, status="cleared", packs=packs, units=units)
    now = db_now()
    clearance = Clearance.objects.create(
        request=asked,
        supply_class=asked.supply_class,
        decided_by=signature.user,
        registration_number=signature.number,
        second_by=second.checked_by if second else None,
        prescription_item=asked.prescription_item,
        units=units,
        created_at=now,
        expires_at=_ends(asked, now),
    )
    if asked.prescription_item is not None:
        item_ledger.write(asked.prescription_item, clearance.pk, units)
    return clearance


def _refuse_forbidden_pack(asked: SupplyRequest) -> None:
    item = asked.prescription_item
    if item is not None and item.no_substitution and in_force([asked.pk]):
        raise DoNotSubstitute("Choose what was asked for again, or decline.")


def _verify(paper: Prescription, signature: Signature) -> None:
    begins = paper.not_before or paper.issued_on
    if paper.valid_until is None or not max(begins, paper.issued_on) <= signature.on <= paper.valid_until:
        raise PrescriptionNotValid
    Prescription.objects.filter(pk=paper.pk, status__in=["submitted", "clarification"]).update(
        status="verified", verified_by=signature.user, verified_at=AppNow()
    )
    if not Prescription.objects.filter(pk=paper.pk, status__in=["verified", "exhausted"]).exists():
        raise PrescriptionNotValid


def _ends(asked: SupplyRequest, now: datetime) -> datetime:
    item = asked.prescription_item
    if item is None or item.prescription.valid_until is None:
        return now + LASTS
    day_after = item.prescription.valid_until + timedelta(days=1)
    return min(now + LASTS, datetime.combine(day_after, time(0), ZoneInfo(asked.site.time_zone)))


@joins_transaction
def settle(asked: SupplyRequest, *, status: str, packs: int, units: Decimal) -> None:
    """Move a waiting request to what was decided. Raises AlreadyDecided."""
    waiting = SupplyRequest.objects.filter(pk=asked.pk, status="waiting")
    if not waiting.update(status=status, packs=packs, units=units):
        raise AlreadyDecided
    asked.status, asked.packs, asked.units = status, packs, units


@joins_transaction
def decide(case: Case, asked: SupplyRequest, signature: Signature, *, kept: str, **words: Any) -> Decision:
    """Keep a decision with its evidence. `words` are the columns that its verdict needs."""
    instead = in_force([asked.pk]).get(asked.pk)
    if instead is not None:  # what was asked for, type and reason stay with the decision
        words |= {
            "pack_asked_id": instead.pack_asked_id,
            "substitution_type": instead.kind,
            "substitution_reason": instead.reason,
        }
    decision = Decision(
        request=asked,
        case=case,
        prescription_item=asked.prescription_item,
        decided_by=signature.user,
        registration_number=signature.number,
        decided_at=db_now(),
        **words,
    )
    decision.evidence = kept
    decision.save(force_insert=True)
    return decision


@joins_transaction
def close_if_done(case: Case, *, by: Any) -> None:
    """Close a case in which nothing waits; put one before a second pharmacist when nothing else waits in it."""
    waiting = SupplyRequest.objects.filter(case=case, status="waiting")
    held = Case.objects.filter(pk=case.pk, status__in=["claimed", "second_check"])
    if waiting.exclude(second_checks__verdict="").exists():
        return
    if waiting.exists():
        held.filter(status="claimed").update(status="second_check", claimed_by=None, claimed_until=None)
        return
    now = db_now()
    took = open_seconds(case.opened_at, now, case.site.opening_hours, case.site.time_zone) - case.waited_seconds
    closed = held.update(
        status="decided", closed_at=now, claimed_by=None, claimed_until=None, review_seconds=max(0, took)
    )
    if not closed:
        raise Overtaken
    verdicts = list(Decision.objects.filter(case=case).values_list("verdict", flat=True))
    counts = {"approved": verdicts.count("approved"), "declined": verdicts.count("declined")}
    record("clinical_check.closed", about=case, by=by, order=case.order_reference, case=case.pk, **counts)
