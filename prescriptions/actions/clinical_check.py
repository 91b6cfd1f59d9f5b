"""The one door: approve or decline a request, spend a clearance, take one back. Nothing else writes clearances."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q

from pharmacy.accounts.models import Registration
from pharmacy.clock import AppNow, db_now
from pharmacy.journal.actions import record
from pharmacy.refusals import NotPossible, Overtaken, Refused
from pharmacy.transactions import joins_transaction, own_transaction
from prescriptions.actions import item_ledger
from prescriptions.actions.review import take
from prescriptions.models.clearance import Clearance
from prescriptions.models.prescription import Prescription, PrescriptionItem
from prescriptions.models.review import Case, Decision
from prescriptions.models.supply import SupplyRequest
from prescriptions.queries.authority import Signature, refuse_own_matter, signature_of, today_at
from prescriptions.queries.evidence import evidence, seen_now
from prescriptions.queries.readiness import current_runs, refuse_unless_ready
from prescriptions.rules.reasons import BY_CODE, coarse

LASTS = timedelta(days=30)


class AlreadyDecided(Refused):
    """Another decision about this request came first."""

    code = "already-decided"
    title = "This has been decided already"


class PrescriptionNotValid(Refused):
    """Expired, revoked, or no approved rule says how long it is valid."""

    code = "prescription-not-valid"
    title = "The prescription is not valid today"


class NotCleared(Refused):
    """No clearance that can be spent now."""

    code = "not-cleared"
    title = "Nothing allows this to be handed over"


@own_transaction
def approve(
    request: SupplyRequest, *, item: PrescriptionItem | None, packs: int | None = None, seen: str, by: Any
) -> Clearance:
    """Clear a request for `packs` (all asked for, or fewer), on a prescription item where its class needs one.

    Raises NotAllowed, OwnMatter, AlreadyDecided, ClaimedByAnother, Overtaken, ChecksMissing, ChecksForbid, ItemNeeded,
    PrescriptionNotValid, NotEnoughLeft. Rules: R-001, R-003, R-110; decision 1.
    """
    case, asked, signature = _take_up(request, seen=seen, by=by)
    packs = asked.packs if packs is None else packs
    if not 1 <= packs <= asked.packs:
        raise NotPossible("A pharmacist lowers what was asked for and never raises it.")
    refuse_unless_ready(asked, item=item, runs=current_runs([asked.pk]))
    kept = evidence(case, asked)
    units = asked.units / asked.packs * packs
    if asked.prescription_item is not None:
        _verify(asked.prescription_item.prescription, signature)
        item_ledger.count(asked.prescription_item, units)
    _settle(asked, status="cleared", packs=packs, units=units)
    _decide(case, asked, signature, verdict="approved", packs=packs, seen=seen, kept=kept)
    clearance = _clear(asked, signature, units)
    facts = {"order": asked.order_reference, "request": asked.pk, "packs": packs}
    record("supply.approved", about=asked, by=by, **facts)
    _close_if_done(case, by=by)
    return clearance


@own_transaction
def decline(request: SupplyRequest, *, code: str, sentence: str, seen: str, by: Any) -> Decision:
    """Refuse a request with one coded reason and a sentence to the customer. Owes the release of money and stock.

    Raises NotAllowed, OwnMatter, AlreadyDecided, ClaimedByAnother, Overtaken, NotPossible (unknown reason, no words).
    """
    if code not in BY_CODE or not sentence.strip():
        raise NotPossible("A refusal has one coded reason and a sentence to the customer.")
    case, asked, signature = _take_up(request, seen=seen, by=by)
    kept = evidence(case, asked)
    _settle(asked, status="declined", packs=asked.packs, units=asked.units)
    words = {"code": code, "sentence": sentence.strip()}
    decision = _decide(case, asked, signature, verdict="declined", packs=0, seen=seen, kept=kept, **words)
    facts = {"order": asked.order_reference, "request": asked.pk, "code": coarse(code)}
    record("supply.declined", about=asked, by=by, **facts)
    _close_if_done(case, by=by)
    return decision


def _take_up(request: SupplyRequest, *, seen: str, by: Any) -> tuple[Case, SupplyRequest, Signature]:
    if request.case_id is None:
        request.refresh_from_db(fields=["case"])
    if request.case_id is None:
        raise NotPossible("This request is not before a pharmacist.")
    # The case's row lock comes first: ten pharmacists who press at once stand in line here.
    case = Case.objects.select_for_update().select_related("site").get(pk=request.case_id)
    joined = ("prescription_item__prescription", "patient")
    asked = SupplyRequest.objects.select_related(*joined).get(pk=request.pk)
    signature = signature_of(case.site, by=by)
    refuse_own_matter(asked, signature)
    if asked.status != "waiting":
        raise AlreadyDecided
    case = take(case, by=by, user=signature.user)
    if seen != seen_now(case):
        raise Overtaken("Something changed since you opened the case. Please look again.")
    return case, asked, signature


def _verify(paper: Prescription, signature: Signature) -> None:
    if paper.valid_until is None or not paper.issued_on <= signature.on <= paper.valid_until:
        raise PrescriptionNotValid
    Prescription.objects.filter(pk=paper.pk, status__in=["submitted", "clarification"]).update(
        status="verified", verified_by=signature.user, verified_at=AppNow()
    )
    if not Prescription.objects.filter(pk=paper.pk, status__in=["verified", "exhausted"]).exists():
        raise PrescriptionNotValid


def _settle(asked: SupplyRequest, *, status: str, packs: int, units: Decimal) -> None:
    waiting = SupplyRequest.objects.filter(pk=asked.pk, status="waiting")
    if not waiting.update(status=status, packs=packs, units=units):
        raise AlreadyDecided
    asked.status, asked.packs, asked.units = status, packs, units


def _decide(case: Case, asked: SupplyRequest, signature: Signature, *, kept: str, **words: Any) -> Decision:
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


def _clear(asked: SupplyRequest, signature: Signature, units: Decimal) -> Clearance:
    now = db_now()
    clearance = Clearance.objects.create(
        request=asked,
        supply_class=asked.supply_class,
        decided_by=signature.user,
        registration_number=signature.number,
        prescription_item=asked.prescription_item,
        units=units,
        created_at=now,
        expires_at=_ends(asked, now),
    )
    if asked.prescription_item is not None:
        item_ledger.write(asked.prescription_item, clearance.pk, units)
    return clearance


def _ends(asked: SupplyRequest, now: datetime) -> datetime:
    item = asked.prescription_item
    if item is None or item.prescription.valid_until is None:
        return now + LASTS
    day_after = item.prescription.valid_until + timedelta(days=1)
    return min(now + LASTS, datetime.combine(day_after, time(0), ZoneInfo(asked.site.time_zone)))


def _close_if_done(case: Case, *, by: Any) -> None:
    if SupplyRequest.objects.filter(case=case, status="waiting").exists():
        return
    closed = Case.objects.filter(pk=case.pk, status="claimed").update(
        status="decided", closed_at=AppNow(), claimed_by=None, claimed_until=None
    )
    if not closed:
        raise Overtaken
    verdicts = list(Decision.objects.filter(case=case).values_list("verdict", flat=True))
    counts = {"approved": verdicts.count("approved"), "declined": verdicts.count("declined")}
    record("clinical_check.closed", about=case, by=by, order=case.order_reference, case=case.pk, **counts)


@joins_transaction
def clear_by_rule(requests: list[SupplyRequest]) -> None:
    """Clear general-sale requests, which need no pharmacist. Raises NotPossible for any other class."""
    if any(request.supply_class != "general_sale" for request in requests):
        raise NotPossible("Only general sale is cleared by rule.")
    now = db_now()
    Clearance.objects.bulk_create(
        Clearance(
            request=request,
            supply_class=request.supply_class,
            units=request.units,
            created_at=now,
            expires_at=now + LASTS,
        )
        for request in requests
    )


@joins_transaction
def use(request_id: UUID) -> Clearance:
    """Spend the clearance of a request, once. Raises NotCleared when there is none that counts now.

    Fault 55: a prescription revoked or a registration lapsed since the decision stops it here.
    """
    today = today_at(SupplyRequest.objects.select_related("site").get(pk=request_id).site)
    still_signed = Registration.objects.filter(
        user=OuterRef("decided_by"), number=OuterRef("registration_number"), valid_until__gte=today
    )
    still_stands = PrescriptionItem.objects.filter(
        pk=OuterRef("prescription_item"), prescription__status__in=["verified", "exhausted"]
    )
    # Compare and set on the row itself: of twelve dispensers one changes it, eleven change nothing.
    spent = Clearance.objects.filter(
        Q(decided_by=None) | Exists(still_signed),
        Q(prescription_item=None) | Exists(still_stands),
        request_id=request_id,
        used_at=None,
        withdrawn_at=None,
        expires_at__gt=AppNow(),
    ).update(used_at=AppNow())
    if not spent or not SupplyRequest.objects.filter(pk=request_id, status="cleared").update(status="supplied"):
        raise NotCleared(request=str(request_id))
    return Clearance.objects.select_related("request").get(request_id=request_id)


@joins_transaction
def reverse_use(request_id: UUID) -> Clearance:
    """Take back a spending before anything left the house. Raises NotPossible when it was not spent."""
    taken_back = Clearance.objects.filter(request_id=request_id, used_at__isnull=False).update(used_at=None)
    if not taken_back or not SupplyRequest.objects.filter(pk=request_id, status="supplied").update(status="cleared"):
        raise NotPossible("This clearance was not used.")
    return Clearance.objects.select_related("request").get(request_id=request_id)


@joins_transaction
def take_back(request_ids: Iterable[UUID]) -> list[UUID]:
    """Withdraw unused clearances and give their units back to the prescription items; which requests had one."""
    unused = Clearance.objects.filter(request_id__in=list(request_ids), used_at=None, withdrawn_at=None)
    # Locked in the order of their items, as every verb that touches several items does.
    rows = list(unused.order_by("prescription_item_id", "pk").select_for_update(of=("self",)))
    Clearance.objects.filter(pk__in=[row.pk for row in rows], used_at=None).update(withdrawn_at=AppNow())
    for row in rows:
        if row.prescription_item_id is not None:
            item_ledger.give_back(row.prescription_item_id, row.pk, row.units)
    return [row.request_id for row in rows]


@own_transaction
def lapse(request_id: UUID, *, by: Any) -> bool:
    """Withdraw a clearance that ran out unused; False when somebody used or withdrew it meanwhile."""
    ended = Clearance.objects.filter(request_id=request_id, expires_at__lte=AppNow(), used_at=None, withdrawn_at=None)
    if not ended.exists() or not take_back([request_id]):
        return False
    SupplyRequest.objects.filter(pk=request_id, status="cleared").update(status="withdrawn")
    request = SupplyRequest.objects.get(pk=request_id)
    record("supply.lapsed", about=request, by=by, order=request.order_reference, request=request.pk)
    return True
