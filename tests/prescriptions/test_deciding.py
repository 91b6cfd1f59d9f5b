"""A pharmacist decides about a request: who may, on what, and what it leaves behind."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import pytest
from django.db import transaction

from catalog.models.product import Pack
from pharmacy.accounts.models import Registration, Role, User
from pharmacy.clock import today
from pharmacy.journal.models import Event
from pharmacy.refusals import NotAllowed, NotPossible, Overtaken
from prescriptions.actions.clinical_check import AlreadyDecided, PrescriptionNotValid, approve, decline
from prescriptions.actions.item_ledger import NotEnoughLeft
from prescriptions.actions.review import ClaimedByAnother, claim, release_claim
from prescriptions.actions.supply import attach_documents
from prescriptions.models.clearance import Clearance
from prescriptions.models.ledger import SupplyEntry
from prescriptions.models.review import Case, Decision
from prescriptions.queries import approved_packs, decisions_for_owner, seen_of
from prescriptions.queries.authority import NotYourRegistration, OwnMatter
from prescriptions.queries.readiness import ChecksForbid, ChecksMissing, ControlledNotAllowed, ItemNeeded
from tests.people import a_pharmacist
from tests.shop.catalog import a_pack, baclofen
from tests.shop.prescriptions import (
    a_case,
    a_line,
    a_paper,
    a_patient,
    as_written,
    checked_by_hand,
    only_request,
    opened,
    requested,
    written_down,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pack(alice: User) -> Pack:
    from tests.shop.catalog import the_sites

    the_sites()
    return baclofen()


def test_an_approval_signs_counts_and_closes_the_case(pack: Pack, alice: User, petra: User) -> None:
    case = a_case([pack], customer=alice)
    request = only_request(case)
    claim(case, by=petra)
    item = written_down(request, by=petra)

    clearance = approve(request, item=item, seen=seen_of(request), by=petra)

    item.refresh_from_db()
    case.refresh_from_db()
    assert (clearance.decided_by, clearance.registration_number) == (petra, "DEMO-RPH-PETRA")
    assert clearance.units == item.supplied_units == Decimal(90)
    assert SupplyEntry.objects.get(item=item).units == Decimal(90)
    assert case.status == "decided"
    item.prescription.refresh_from_db()
    assert (item.prescription.status, item.prescription.verified_by) == ("exhausted", petra)
    told = Event.objects.filter(facts__order=case.order_reference).order_by("at", "id")
    assert [event.kind for event in told][-2:] == ["supply.approved", "clinical_check.closed"]


def test_the_decision_keeps_what_was_seen_and_it_rests_sealed(pack: Pack, alice: User, petra: User) -> None:
    case = a_case([pack], customer=alice)
    request = only_request(case)
    claim(case, by=petra)
    item = written_down(request, by=petra)
    seen = seen_of(request)

    approve(request, item=item, seen=seen, by=petra)

    decision = Decision.objects.get(request=request)
    kept = json.loads(decision.evidence)
    assert decision.seen == seen
    assert kept["prescription"]["dose_text"] == "1 tablet three times a day"
    assert kept["patient"]["allergies"] == "Penicillin: rash"
    assert b"Penicillin" not in bytes(decision.evidence_sealed)


def test_approving_fewer_packs_lowers_the_request_and_counts_only_those(alice: User, petra: User, pack: Pack) -> None:
    small = baclofen(size=30)
    case = a_case([(small, 3)], customer=alice)
    request = only_request(case)
    claim(case, by=petra)
    item = written_down(request, by=petra)

    approve(request, item=item, packs=2, seen=seen_of(request), by=petra)

    item.refresh_from_db()
    assert approved_packs([request.pk]) == {request.pk: 2}
    assert item.supplied_units == Decimal(60)


def test_nobody_raises_what_was_asked_for(pack: Pack, alice: User, petra: User) -> None:
    request = only_request(a_case([pack], customer=alice))
    item = written_down(request, by=petra, repeats=3)

    with pytest.raises(NotPossible):
        approve(request, item=item, packs=2, seen=seen_of(request), by=petra)


def test_a_pack_larger_than_what_is_left_cannot_be_approved(pack: Pack, alice: User, petra: User) -> None:
    patient = a_patient(alice)
    first = only_request(a_case([baclofen(size=30)], customer=alice, patient=patient))
    item = written_down(first, by=petra)
    approve(first, item=item, seen=seen_of(first), by=petra)
    second = only_request(a_case([pack], customer=alice, patient=patient))

    same = written_down(second, by=petra)

    assert same == item
    with pytest.raises((NotEnoughLeft, ChecksForbid)):
        approve(second, item=same, seen=seen_of(second), by=petra)
    item.refresh_from_db()
    assert item.supplied_units == Decimal(30)
    assert not Clearance.objects.filter(request=second).exists()


def test_repeats_are_supplied_one_after_the_other(pack: Pack, alice: User, petra: User) -> None:
    patient = a_patient(alice)
    for expected in (90, 180, 270):
        request = only_request(a_case([pack], customer=alice, patient=patient))
        item = written_down(request, by=petra, repeats=2)
        approve(request, item=item, seen=seen_of(request), by=petra)
        item.refresh_from_db()
        assert item.supplied_units == Decimal(expected)

    request = only_request(a_case([pack], customer=alice, patient=patient))
    item = written_down(request, by=petra, repeats=2)
    with pytest.raises(ChecksForbid):
        approve(request, item=item, seen=seen_of(request), by=petra)


def test_a_refusal_needs_one_coded_reason_and_a_sentence(pack: Pack, alice: User, petra: User) -> None:
    request = only_request(a_case([pack], customer=alice))

    for code, sentence in (("because", "No."), ("clinical", "  ")):
        with pytest.raises(NotPossible):
            decline(request, code=code, sentence=sentence, seen=seen_of(request), by=petra)

    decline(request, code="clinical", sentence="Please see your doctor first.", seen=seen_of(request), by=petra)
    [told] = decisions_for_owner(request.order_reference)
    assert (told.verdict, told.code, told.sentence) == ("declined", "clinical", "Please see your doctor first.")


def test_a_refusal_tells_others_the_coarse_code_alone(pack: Pack, alice: User, petra: User) -> None:
    request = only_request(a_case([pack], customer=alice))

    decline(request, code="clinical", sentence="Please see your doctor first.", seen=seen_of(request), by=petra)

    event = Event.objects.get(kind="supply.declined")
    assert event.facts == {
        "order": request.order_reference, "request": str(request.pk), "code": "declined_by_pharmacist",
    }  # fmt: skip


def test_one_line_is_declined_while_the_other_goes_on(pack: Pack, alice: User, petra: User) -> None:
    other = a_pack("Orphenadrine", strength="100 mg", supply="prescription_only", size=30)
    case = a_case([pack, other], customer=alice)
    wanted, unwanted = case.requests.get(pack=pack), case.requests.get(pack=other)
    claim(case, by=petra)

    decline(unwanted, code="clinical", sentence="Not with the other.", seen=seen_of(unwanted), by=petra)

    case.refresh_from_db()
    assert case.status == "claimed"
    approve(wanted, item=written_down(wanted, by=petra), seen=seen_of(wanted), by=petra)
    case.refresh_from_db()
    assert case.status == "decided"
    closed = Event.objects.get(kind="clinical_check.closed")
    assert (closed.facts["approved"], closed.facts["declined"]) == (1, 1)


def test_what_was_decided_stays_decided(pack: Pack, alice: User, petra: User, paul: User) -> None:
    request = only_request(a_case([pack], customer=alice))
    decline(request, code="clinical", sentence="No.", seen=seen_of(request), by=petra)

    with pytest.raises(AlreadyDecided):
        decline(request, code="suspect", sentence="No.", seen=seen_of(request), by=paul)


def test_a_case_that_a_colleague_has_is_left_alone(pack: Pack, alice: User, petra: User, paul: User) -> None:
    case = a_case([pack], customer=alice)
    request = only_request(case)
    claim(case, by=petra)

    with pytest.raises(ClaimedByAnother):
        decline(request, code="clinical", sentence="No.", seen=seen_of(request), by=paul)

    release_claim(case, by=petra)
    decline(request, code="clinical", sentence="No.", seen=seen_of(request), by=paul)


def test_a_decision_about_what_changed_since_is_overtaken(pack: Pack, alice: User, petra: User) -> None:
    request = only_request(a_case([pack], customer=alice))
    item = written_down(request, by=petra)
    seen = seen_of(request)
    replaced = a_paper(alice)
    with transaction.atomic():
        attach_documents(request.order_reference, [replaced.pk], by=alice)

    with pytest.raises(Overtaken):
        approve(request, item=item, seen=seen, by=petra)
    with pytest.raises(Overtaken):
        decline(request, code="clinical", sentence="No.", seen="", by=petra)


def test_only_a_pharmacist_of_the_site_decides(
    pack: Pack, alice: User, petra: User, dan: User, sue: User, olga: User, bob: User
) -> None:
    request = only_request(a_case([pack], customer=alice))
    utrecht = a_pharmacist("anouk", site="nl-utrecht", country="NL")

    for somebody in (dan, sue, olga, bob, utrecht, "job:script"):
        with pytest.raises(NotAllowed):
            decline(request, code="clinical", sentence="No.", seen=seen_of(request), by=somebody)


def test_no_decision_after_the_registration_lapsed(pack: Pack, alice: User) -> None:
    lapsed = a_pharmacist("lars", valid_until=today() - dt.timedelta(days=2))
    request = only_request(a_case([pack], customer=alice))

    with pytest.raises(NotYourRegistration):
        decline(request, code="clinical", sentence="No.", seen=seen_of(request), by=lapsed)


def test_no_decision_after_the_role_ended_even_with_an_old_session(pack: Pack, alice: User, petra: User) -> None:
    request = only_request(a_case([pack], customer=alice))
    assert petra.role_pairs  # what a session would have cached
    Role.objects.filter(user=petra).update(ended_at="2026-01-01T00:00Z")

    with pytest.raises(NotAllowed):
        decline(request, code="clinical", sentence="No.", seen=seen_of(request), by=petra)


def test_nobody_decides_for_themselves(pack: Pack, petra: User, paul: User) -> None:
    request = only_request(a_case([pack], customer=petra))

    with pytest.raises(OwnMatter):
        decline(request, code="clinical", sentence="No.", seen=seen_of(request), by=petra)

    decline(request, code="clinical", sentence="No.", seen=seen_of(request), by=paul)


def test_the_prescriber_does_not_review_what_they_prescribed(pack: Pack, alice: User, petra: User, paul: User) -> None:
    request = only_request(a_case([pack], customer=alice))
    number = Registration.objects.get(user=petra).number
    item = written_down(request, by=paul, prescriber=f"Petra, {number}")
    release_claim(request.case, by=paul)

    with pytest.raises(OwnMatter):
        approve(request, item=item, seen=seen_of(request), by=petra)


def test_a_prescription_item_is_needed_for_a_prescription_class(pack: Pack, alice: User, petra: User) -> None:
    request = only_request(a_case([pack], customer=alice))

    with pytest.raises(ItemNeeded):
        approve(request, item=None, seen=seen_of(request), by=petra)


def test_an_expired_prescription_is_not_supplied_on(pack: Pack, alice: User, petra: User) -> None:
    request = only_request(a_case([pack], customer=alice))
    item = written_down(request, by=petra, issued_on=today() - dt.timedelta(days=800))

    with pytest.raises((ChecksForbid, PrescriptionNotValid)):
        approve(request, item=item, seen=seen_of(request), by=petra)


def test_without_an_approved_rule_there_is_no_validity_and_no_approval(pack: Pack, alice: User, petra: User) -> None:
    from catalog.models.rule import CountryRule

    yesterday = today() - dt.timedelta(days=1)
    CountryRule.objects.filter(kind="prescription_validity").update(effective_until=yesterday)
    request = only_request(a_case([pack], customer=alice))
    item = written_down(request, by=petra)
    checked_by_hand(request, by=petra)

    with pytest.raises(PrescriptionNotValid):
        approve(request, item=item, seen=seen_of(request), by=petra)


def test_another_substance_than_prescribed_is_never_approved(pack: Pack, alice: User, petra: User) -> None:
    request = only_request(a_case([pack], customer=alice))
    item = written_down(request, by=petra, substance="Cyclobenzaprine")

    with pytest.raises(ChecksForbid):
        approve(request, item=item, seen=seen_of(request), by=petra)


def test_approve_waits_for_a_check_that_did_not_run_until_done_by_hand(pack: Pack, alice: User, petra: User) -> None:
    request = only_request(a_case([pack], customer=alice))
    item = written_down(request, by=petra, strength="as before")

    with pytest.raises(ChecksMissing) as refused:
        approve(request, item=item, seen=seen_of(request), by=petra)
    assert refused.value.facts["checks"] == ["medicine"]

    checked_by_hand(request, by=petra)
    assert approve(request, item=item, seen=seen_of(request), by=petra).units == Decimal(90)


def test_without_a_document_nothing_is_approved(pack: Pack, alice: User, petra: User) -> None:
    [request] = requested([pack], customer=alice, documents=[])
    opened(request.order_reference)
    request.refresh_from_db()
    item = written_down(request, by=petra)

    with pytest.raises(ChecksMissing) as refused:
        approve(request, item=item, seen=seen_of(request), by=petra)
    assert set(refused.value.facts["checks"]) == {"document", "used-before"}


def test_a_controlled_medicine_is_refused_without_an_approved_rule(pack: Pack, alice: User, petra: User) -> None:
    request = only_request(a_case([a_line(pack, supply_class="controlled")], customer=alice))

    with pytest.raises(ControlledNotAllowed):
        approve(request, item=None, seen=seen_of(request), by=petra)


def test_pharmacy_only_is_approved_without_a_prescription(alice: User, petra: User, pack: Pack) -> None:
    spray = a_pack("Beclometasone", strength="50 mcg", supply="pharmacy_only")
    request = only_request(a_case([spray], customer=alice, patient=a_patient(alice)))
    claim(Case.objects.get(requests=request.pk), by=petra)
    checked_by_hand(request, by=petra)

    clearance = approve(request, item=None, seen=seen_of(request), by=petra)

    assert (clearance.supply_class, clearance.prescription_item_id) == ("pharmacy_only", None)


def test_the_same_paper_is_not_written_down_otherwise_once_supplied_on(pack: Pack, alice: User, petra: User) -> None:
    from prescriptions.actions.prescription import TranscriptionDiffers, transcribe

    patient = a_patient(alice)
    first = only_request(a_case([pack], customer=alice, patient=patient))
    approve(first, item=written_down(first, by=petra), seen=seen_of(first), by=petra)
    second = only_request(a_case([pack], customer=alice, patient=patient))

    with pytest.raises(TranscriptionDiffers):
        transcribe(second, fields=as_written(second, quantity=Decimal(900)), by=petra)
