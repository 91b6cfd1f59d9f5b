"""A second pharmacist looks at what a first one would approve (R-211): ask, confirm, send back."""

from __future__ import annotations

from typing import Any

from pharmacy.clock import db_now
from pharmacy.journal.actions import record
from pharmacy.refusals import NotPossible, Overtaken
from pharmacy.transactions import own_transaction
from prescriptions.actions.checks import refuse_if_checks_changed
from prescriptions.actions.signing import AlreadyDecided, clear, close_if_done, decide, hold_patient, take_up
from prescriptions.models.clearance import Clearance
from prescriptions.models.prescription import PrescriptionItem
from prescriptions.models.review import Case
from prescriptions.models.second_check import SecondCheck
from prescriptions.models.supply import SupplyRequest
from prescriptions.queries.authority import OwnMatter, Signature, refuse_own_matter, signature_of
from prescriptions.queries.evidence import evidence, seen_now
from prescriptions.queries.readiness import current_runs, refuse_unless_ready, second_reasons


@own_transaction
def ask_second_check(
    request: SupplyRequest, *, item: PrescriptionItem | None, packs: int | None = None, seen: str, by: Any
) -> SecondCheck:
    """Sign a line as the first of two. When nothing else waits in the case, it goes to the second pharmacist.

    Raises as `clinical_check.approve`; NotPossible when no rule wants a second pharmacist.
    """
    case, asked, signature = take_up(request, seen=seen, by=by)
    packs = asked.packs if packs is None else packs
    if not 1 <= packs <= asked.packs:
        raise NotPossible("A pharmacist lowers what was asked for and never raises it.")
    runs = current_runs([asked.pk])
    refuse_unless_ready(asked, item=item, runs=runs, alone=False)
    reasons = second_reasons(runs[asked.pk])
    if not reasons:
        raise NotPossible("No rule wants a second pharmacist here: approve it.")
    refuse_if_checks_changed(case, asked)
    asking = SecondCheck(
        request=asked, case=case, reasons=reasons, packs=packs, prescription_item=asked.prescription_item,
        asked_by=signature.user, registration_number=signature.number, seen=seen, asked_at=db_now(),
    )  # fmt: skip
    asking.evidence = evidence(case, asked)
    asking.save(force_insert=True)
    record("clinical_check.second_check_asked", about=case, by=by, order=case.order_reference, request=asked.pk)
    close_if_done(case, by=by)
    return asking


@own_transaction
def confirm(asking: SecondCheck, *, seen: str, by: Any) -> Clearance:
    """Sign as the second pharmacist: the line is cleared on both names.

    Raises NotAllowed, OwnMatter (the first signer, customer, carer, prescriber), AlreadyDecided, Overtaken (something
    changed since the first signature or since this page was opened), and what `approve` raises.
    """
    case, standing, asked, checker = _take_up(asking, by=by)
    if seen != seen_now(case) or standing.seen != seen:
        raise Overtaken("Something changed since the first pharmacist signed. Send it back.")
    refuse_unless_ready(asked, item=asked.prescription_item, runs=current_runs([asked.pk]), alone=False)
    refuse_if_checks_changed(case, asked)
    first = Signature(standing.asked_by, standing.registration_number, checker.on)
    standing.verdict, standing.checked_by, standing.checked_at = "confirmed", checker.user, db_now()
    standing.checker_registration = checker.number
    standing.save()
    kept = standing.evidence
    clearance = clear(asked, first, packs=standing.packs, second=standing)
    decide(case, asked, first, verdict="approved", packs=standing.packs, seen=seen, kept=kept, second_check=standing)
    facts = {"order": asked.order_reference, "request": asked.pk, "packs": standing.packs}
    record("clinical_check.second_check_confirmed", about=case, by=by, order=case.order_reference, request=asked.pk)
    record("supply.approved", about=asked, by=by, **facts)
    close_if_done(case, by=by)
    return clearance


@own_transaction
def send_back(asking: SecondCheck, *, sentence: str, by: Any) -> SecondCheck:
    """Refuse the second signature with a sentence to the first pharmacist; the case goes back to the queue.

    Raises NotAllowed, OwnMatter, AlreadyDecided, NotPossible (no words).
    """
    if not sentence.strip():
        raise NotPossible("Say to your colleague why.")
    case, standing, asked, checker = _take_up(asking, by=by)
    standing.verdict, standing.checked_by, standing.checked_at = "sent_back", checker.user, db_now()
    standing.checker_registration, standing.sentence = checker.number, sentence.strip()
    standing.save()
    Case.objects.filter(pk=case.pk, status="second_check").update(status="queued")
    record("clinical_check.second_check_sent_back", about=case, by=by, order=case.order_reference, request=asked.pk)
    return standing


def _take_up(asking: SecondCheck, *, by: Any) -> tuple[Case, SecondCheck, SupplyRequest, Signature]:
    # The case's row lock first, as in every verb that decides.
    case = Case.objects.select_for_update(of=("self",)).select_related("site").get(pk=asking.case_id)
    checker = signature_of(case.site, by=by)
    standing = SecondCheck.objects.select_related("asked_by").get(pk=asking.pk)
    joined = ("prescription_item__prescription__prescriber", "patient", "customer", "pack", "site")
    asked = SupplyRequest.objects.select_related(*joined).get(pk=standing.request_id)
    hold_patient(asked)
    refuse_own_matter(asked, checker)
    if checker.user.pk == standing.asked_by_id:
        raise OwnMatter("The second pharmacist is somebody else than the first.")
    if standing.verdict or asked.status != "waiting":
        raise AlreadyDecided
    return case, standing, asked, checker
