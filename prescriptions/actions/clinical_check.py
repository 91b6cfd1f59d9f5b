"""The one door: approve or decline a request, spend a clearance, take one back. Nothing else spends clearances."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from pharmacy.accounts.models import Registration
from pharmacy.clock import AppNow, db_now
from pharmacy.journal.actions import record
from pharmacy.refusals import NotPossible, Refused
from pharmacy.transactions import joins_transaction, own_transaction
from prescriptions.actions import item_ledger
from prescriptions.actions.checks import refuse_if_checks_changed
from prescriptions.actions.signing import (
    LASTS,
    AlreadyDecided,
    PrescriptionNotValid,
    clear,
    close_if_done,
    decide,
    settle,
    take_up,
)
from prescriptions.models.clearance import Clearance
from prescriptions.models.prescription import PrescriptionItem
from prescriptions.models.review import Decision
from prescriptions.models.supply import SupplyRequest
from prescriptions.queries.authority import today_at
from prescriptions.queries.evidence import evidence
from prescriptions.queries.readiness import current_runs, refuse_unless_ready
from prescriptions.rules.reasons import BY_CODE, coarse

__all__ = ["AlreadyDecided", "NotCleared", "PrescriptionNotValid", "approve", "decline", "use"]


class NotCleared(Refused):
    """No clearance that can be spent now."""

    code = "not-cleared"
    title = "Nothing allows this to be handed over"


@own_transaction
def approve(
    request: SupplyRequest, *, item: PrescriptionItem | None, packs: int | None = None, seen: str, by: Any
) -> Clearance:
    """Clear a request for `packs` (all asked for, or fewer), on a prescription item where its class needs one.

    Raises NotAllowed, OwnMatter, AlreadyDecided, ClaimedByAnother, Overtaken, ItemNeeded, ChecksMissing, ChecksForbid,
    AlertsUnanswered, ContactNeeded, ChecksChanged, SecondCheckNeeded (ask for it with `second_check.ask_second_check`),
    ControlledNotAllowed, PrescriptionNotValid, NotEnoughLeft. Rules: R-001, R-003, R-110, R-207, R-211; decision 1.
    """
    case, asked, signature = take_up(request, seen=seen, by=by)
    packs = asked.packs if packs is None else packs
    if not 1 <= packs <= asked.packs:
        raise NotPossible("A pharmacist lowers what was asked for and never raises it.")
    refuse_unless_ready(asked, item=item, runs=current_runs([asked.pk]))
    refuse_if_checks_changed(case, asked)
    kept = evidence(case, asked)
    clearance = clear(asked, signature, packs=packs)
    decide(case, asked, signature, verdict="approved", packs=packs, seen=seen, kept=kept)
    facts = {"order": asked.order_reference, "request": asked.pk, "packs": packs}
    record("supply.approved", about=asked, by=by, **facts)
    close_if_done(case, by=by)
    return clearance


@own_transaction
def decline(request: SupplyRequest, *, code: str, sentence: str, seen: str, by: Any) -> Decision:
    """Refuse a request with one coded reason and a sentence to the customer. Owes the release of money and stock.

    Raises NotAllowed, OwnMatter, AlreadyDecided, ClaimedByAnother, Overtaken, NotPossible (unknown reason, no words).
    """
    if code not in BY_CODE or not sentence.strip():
        raise NotPossible("A refusal has one coded reason and a sentence to the customer.")
    case, asked, signature = take_up(request, seen=seen, by=by)
    kept = evidence(case, asked)
    settle(asked, status="declined", packs=asked.packs, units=asked.units)
    words = {"code": code, "sentence": sentence.strip()}
    decision = decide(case, asked, signature, verdict="declined", packs=0, seen=seen, kept=kept, **words)
    facts = {"order": asked.order_reference, "request": asked.pk, "code": coarse(code)}
    record("supply.declined", about=asked, by=by, **facts)
    close_if_done(case, by=by)
    return decision


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
