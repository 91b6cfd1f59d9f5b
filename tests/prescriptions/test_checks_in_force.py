"""Checks at the moment of the signature: the whole order in sight, nothing stale, nothing that breaks lets through."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from catalog.models.site import Site
from pharmacy.accounts.models import User
from pharmacy.clock import db_now, today
from pharmacy.refusals import NotPossible, Refused
from prescriptions.actions import checks as checks_at_work
from prescriptions.actions.checks import ChecksChanged, check_by_hand
from prescriptions.actions.contact import ask_prescriber
from prescriptions.actions.review import ask_patient, claim_next, release_claim
from prescriptions.actions.second_check import confirm
from prescriptions.models.carer import Carer
from prescriptions.models.checks import Alert, AlertAnswer, Check
from prescriptions.models.clearance import Clearance
from prescriptions.models.clinical import ClinicalRule
from prescriptions.models.contact import Contact
from prescriptions.models.message import Message
from prescriptions.models.prescription import Prescriber
from prescriptions.models.review import Case, Decision
from prescriptions.models.second_check import SecondCheck
from prescriptions.models.supply import SupplyRequest
from prescriptions.queries.authority import OwnMatter
from prescriptions.queries.facts import facts_of
from prescriptions.queries.readiness import ChecksMissing
from prescriptions.queries.requests import seen_of
from prescriptions.rules.checks import rules_for
from prescriptions.rules.facts import Facts
from prescriptions.tasks.housekeeping import look_at_clocks
from tests.house import broken_rules, later, rules_off
from tests.prescriptions.desk import desk
from tests.prescriptions.test_database_rules import sign
from tests.prescriptions.test_workbench_review import page_of, post, words
from tests.races import successes, together
from tests.shop.catalog import baclofen, ibuprofen
from tests.shop.prescriptions import (
    LOOKED_UP,
    a_case,
    a_document,
    a_patient,
    all_but_cleared,
    answered,
    approved,
    checked_by_hand,
    cleared,
    looked_again,
    only_request,
    transcribed,
    waiting,
    written_down,
)

pytestmark = pytest.mark.django_db(transaction=True)


def current(request: SupplyRequest, rule: str) -> Check:
    """The current run of one check of a line."""
    return Check.objects.get(request=request, rule=rule, current=True)


def all_written_down(lines: Iterable[SupplyRequest], *, by: User) -> None:
    """Each on a paper of its own. What one line's dose is, is new to the checks of the others: they are done last."""
    for number, line in enumerate(lines):
        transcribed(line, by=by, issued_on=today() - dt.timedelta(days=10 + number))
    for line in lines:
        checked_by_hand(line, by=by)
        answered(line, by=by)


def test_what_needs_no_pharmacist_counts_among_the_lines_of_the_order(alice: User) -> None:
    case = a_case([baclofen(), ibuprofen()], customer=alice)
    on_paper = SupplyRequest.objects.get(case=case)

    inputs = json.loads(current(on_paper, "interactions").inputs)

    assert [parts[0]["name"] for parts in inputs["taken"]] == ["Ibuprofen"]


def test_a_line_that_was_decided_still_counts_for_the_others(alice: User, petra: User, paul: User) -> None:
    case = a_case([baclofen(), baclofen(maker="Another maker")], customer=alice)
    first, second = SupplyRequest.objects.filter(case=case).order_by("pk")
    all_written_down([first, second], by=petra)
    was = current(second, "interactions").pk
    approved(first, by=petra)
    release_claim(Case.objects.get(), by=petra)
    claim_next("us-newark", by=paul)

    again = current(second, "same-medicine-twice")

    assert [alert.code for alert in again.alerts.all()] == ["same_substance_twice"]
    assert current(second, "interactions").pk == was  # what was written down to the other line's checks still stands


def test_lines_are_decided_one_after_the_other_in_any_order(alice: User, petra: User) -> None:
    case = a_case([baclofen(), baclofen(maker="Another maker"), ibuprofen()], customer=alice)
    lines = SupplyRequest.objects.filter(case=case).order_by("pk")
    all_written_down(lines, by=petra)

    for line in reversed(lines):
        approved(line, by=petra)

    assert Case.objects.get().status == "decided"
    assert broken_rules() == {}


def two_orders(alice: User, by: User) -> tuple[SupplyRequest, SupplyRequest]:
    """Two orders for one patient on two prescriptions, both ready to be approved."""
    patient = a_patient(alice)
    requests = [only_request(a_case([baclofen()], customer=alice, patient=patient)) for _ in range(2)]
    for number, request in enumerate(requests):
        transcribed(request, by=by, issued_on=today() - dt.timedelta(days=10 + number))
    return requests[0], requests[1]


def test_what_another_order_supplied_since_is_seen_before_the_signature(alice: User, petra: User) -> None:
    first, second = two_orders(alice, petra)
    approved(first, by=petra)

    with pytest.raises(ChecksChanged):
        approved(second, by=petra)
    assert not Clearance.objects.filter(request=second).exists()

    looked_again(second, by=petra)
    assert [alert.code for alert in current(second, "same-medicine-twice").alerts.all()] == ["same_substance_running"]
    approved(second, by=petra)
    assert broken_rules() == {}


def test_two_orders_of_one_patient_are_never_approved_past_each_other(alice: User, petra: User, paul: User) -> None:
    both = two_orders(alice, petra)

    results = together(2, lambda number: approved(both[number], by=petra))

    assert len(successes(results)) == 1
    assert [type(one) for one in results if isinstance(one, Exception)] == [ChecksChanged]


def test_the_page_shows_what_changed_when_approve_is_refused(alice: User, petra: User) -> None:
    first, second = two_orders(alice, petra)
    approved(first, by=petra)
    case = Case.objects.get(requests=second.pk)

    answer = post(desk(petra), case, f"lines/{second.pk}/approve")

    assert answer.status_code == 409
    assert "They ran again: please look at them." in words(answer)
    assert "was supplied before and still lasts" in words(page_of(desk(petra), case))


def breaking(rule: str) -> Any:
    """The checks of a class, one of which breaks on every fact."""

    def broken(_facts: Facts) -> Any:
        raise ZeroDivisionError

    return lambda supply_class: tuple(
        replace(one, run=broken) if one.id == rule else one for one in rules_for(supply_class)
    )


def test_a_check_that_breaks_did_not_run_and_shuts_nothing(
    alice: User, petra: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks_at_work, "rules_for", breaking("allergy"))
    _, request = waiting(alice)
    claim_next("us-newark", by=petra)

    broke = current(request, "allergy")
    assert (broke.state, broke.why, broke.is_mandatory) == ("did_not_run", "broke", True)
    assert current(request, "document").state == "ran_clear"
    monkeypatch.setattr("tests.shop.prescriptions.LOOKED_UP", tuple(set(LOOKED_UP) - {"allergy"}))
    written_down(request, by=petra)
    with pytest.raises(ChecksMissing):
        approved(request, by=petra)


def test_a_clinical_rule_that_cannot_be_read_is_not_passed_over(alice: User, petra: User) -> None:
    now = db_now()
    ClinicalRule.objects.create(
        code="dose-baclofen", kind="dose", substance="baclofen", value={"max_mg": "eighty"}, severity="serious",
        source="somewhere", gist="…", written_by="a", written_at=now, approved_by="b", approved_at=now,
    )  # fmt: skip
    _, request = waiting(alice)
    transcribed(request, by=petra)

    for rule in ("dose", "conditions", "allergy", "kidney"):
        assert current(request, rule).why == "rule_unreadable"


def test_a_register_number_under_another_name_is_told(alice: User, petra: User) -> None:
    first, second = (only_request(a_case([baclofen()], customer=alice)) for _ in range(2))
    transcribed(first, by=petra)
    transcribed(second, by=petra, prescriber="Hal Forger, 1993999998")

    assert [alert.code for alert in current(second, "prescriber").alerts.all()] == ["another_name", "not_verified"]
    assert "Hal Forger" in page_of(desk(petra), Case.objects.get(requests=second.pk)).content.decode()
    assert Prescriber.objects.get().name == "Ines Okonjo"


def test_nobody_checks_by_hand_for_themselves(petra: User) -> None:
    _, request = waiting(petra)

    with pytest.raises(OwnMatter):
        check_by_hand(current(request, "interactions"), sentence="Looked.", by=petra)


@pytest.fixture
def ready(alice: User, petra: User) -> SupplyRequest:
    """Everything a clearance needs is there; only the clearance is not."""
    return all_but_cleared(alice, by=petra)


def alerted(request: SupplyRequest, severity: str, *, rule: str = "allergy", answer: str = "") -> None:
    """An alert in a current check, answered or not, as a row that nobody's verb wrote."""
    alert = Alert.objects.create(found_by=current(request, rule), severity=severity, code="planted")
    if answer:
        AlertAnswer.objects.create(alert=alert, by=User.objects.get(name="Petra"), code=answer, answered_at=db_now())


def asked(request: SupplyRequest, by: User) -> None:
    """The prescriber confirmed."""
    Contact.objects.create(
        case=request.case, request=request, how="phone", asked_by=by, asked_at=db_now(), outcome="confirmed",
        recorded_by=by, answered_at=db_now(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("severity", "rule", "answer", "said"),
    [
        ("stop", "allergy", "asked_prescriber", "can not be approved"),
        ("caution", "allergy", "", "has no answer"),
        ("serious", "allergy", "", "has no answer"),
        ("contraindicated", "allergy", "seen", "has no answer"),
        ("contraindicated", "allergy", "asked_prescriber", "only after the prescriber confirmed"),
        ("note", "second-check", "", "two pharmacists sign this"),
    ],
)
def test_sql_clears_nothing_that_a_check_holds(
    severity: str, rule: str, answer: str, said: str, ready: SupplyRequest, petra: User
) -> None:
    alerted(ready, severity, rule=rule, answer=answer)

    with pytest.raises(DatabaseError, match=said):
        sign(ready, petra)


def test_sql_overrides_no_contraindication_with_one_signature(ready: SupplyRequest, petra: User) -> None:
    alerted(ready, "contraindicated", answer="asked_prescriber")
    asked(ready, petra)

    with pytest.raises(DatabaseError, match="two pharmacists sign this"):
        sign(ready, petra)


@pytest.mark.parametrize("change", [
    "UPDATE prescriptions_check SET current = false", "DELETE FROM prescriptions_handcheck",
])  # fmt: skip
def test_sql_clears_nothing_that_was_not_checked(change: str, ready: SupplyRequest, petra: User) -> None:
    with rules_off(), connection.cursor() as cursor:
        cursor.execute(change)

    with pytest.raises(DatabaseError, match="did not run"):
        sign(ready, petra)


def test_sql_lets_nobody_sign_for_whom_they_act_for_nor_with_a_closed_account(
    ready: SupplyRequest, alice: User, petra: User
) -> None:
    User.objects.filter(pk=petra.pk).update(is_active=False)
    with pytest.raises(DatabaseError, match="signed by a pharmacist of the site"):
        sign(ready, petra)
    User.objects.filter(pk=petra.pk).update(is_active=True)
    Carer.objects.create(
        patient=ready.patient, user=petra, state="granted", proof=a_document(alice), asked_at=db_now(),
        ends_on=today() + dt.timedelta(days=30), reviewed_at=db_now(), reviewed_by=alice,
    )  # fmt: skip
    with pytest.raises(DatabaseError, match="nobody decides for themselves"):
        sign(ready, petra)


def test_a_decision_of_one_who_acts_for_the_patient_is_found(alice: User, petra: User) -> None:
    request, _ = cleared(alice, by=petra)
    with rules_off(), connection.cursor() as cursor, transaction.atomic():
        cursor.execute(
            "INSERT INTO prescriptions_carer (id, patient_id, user_id, relation, reason, invited_index, state,"
            " asked_at, ends_on, reviewed_at, reviewed_by_id, ended_at)"
            " SELECT gen_random_uuid(), %s, %s, 'other', '', '', 'ended', now() - interval '2 days', current_date + 9,"
            " now() - interval '1 day', %s, now() + interval '1 day'",
            [request.patient_id, petra.pk, alice.pk],
        )

    assert "nobody decided for themselves" in broken_rules()


def test_every_refusal_of_the_checks_is_one_that_a_page_can_show() -> None:
    assert issubclass(ChecksChanged, Refused)
    assert ChecksChanged.status == 409


def test_where_two_sign_fewer_packs_are_signed_first_by_one(alice: User, petra: User, paul: User) -> None:
    """90 asked for as three packs, 60 prescribed, for a child: two packs go, on two names."""
    born = today() - dt.timedelta(days=8 * 365)
    patient = a_patient(alice, born_on=born, allergies="none", conditions="none", medicines="none")
    request = only_request(a_case([(baclofen(size=30), 3)], customer=alice, patient=patient))
    transcribed(request, by=petra, quantity=Decimal(60), repeats=0)
    case = Case.objects.get()
    page = page_of(desk(petra), case).content.decode()

    assert re.search(r'formaction="[^"]*/second/" name="packs" value="2"', page)
    post(desk(petra), case, f"lines/{request.pk}/second", packs="2")
    confirm(SecondCheck.objects.get(), seen=seen_of(request), by=paul)

    assert Clearance.objects.get().units == Decimal(60)
    assert Decision.objects.get().packs == 2


def test_the_superintendent_is_paged_in_the_evening_for_what_is_due_in_the_morning(alice: User) -> None:
    """Open from 9 to 18: at 17:50 on a Tuesday 87 % of a promise that ends on Wednesday at 9:20 is used up."""
    case, _request = waiting(alice)
    hours = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    zone = ZoneInfo(case.site.time_zone)
    here = db_now().astimezone(zone)
    tuesday = (here + dt.timedelta(days=7 + (1 - here.weekday()) % 7)).replace(
        hour=17, minute=50, second=0, microsecond=0
    )
    Site.objects.filter(pk=case.site_id).update(opening_hours=hours)
    opened_at = tuesday.replace(hour=14, minute=20)
    due_at = tuesday.replace(hour=9, minute=20) + dt.timedelta(days=1)
    Case.objects.update(opened_at=opened_at, due_at=due_at)

    with later(seconds=(tuesday - db_now()).total_seconds()):
        look_at_clocks()

    assert Case.objects.get().escalated_at is not None


def test_the_superintendent_is_not_paged_before_four_fifths(alice: User) -> None:
    case, _request = waiting(alice)
    Site.objects.filter(pk=case.site_id).update(opening_hours={})
    now = db_now()
    Case.objects.update(opened_at=now - dt.timedelta(hours=3), due_at=now + dt.timedelta(hours=1))

    look_at_clocks()

    assert Case.objects.get().escalated_at is None


def test_nobody_is_asked_what_there_is_no_time_to_answer(alice: User, petra: User) -> None:
    """The hold ends in ten hours, and cases are withdrawn twelve before: the question would be withdrawn at once."""
    case, request = waiting(alice)
    Case.objects.update(hold_ends_at=db_now() + dt.timedelta(hours=10))

    with pytest.raises(NotPossible, match="too soon to wait"):
        ask_patient(case, text="Which strength?", by=petra)
    with pytest.raises(NotPossible, match="too soon to wait"):
        ask_prescriber(request, how="phone", question="Which strength?", by=petra)
    assert not Message.objects.exists()

    Case.objects.update(hold_ends_at=db_now() + dt.timedelta(hours=13))
    ask_patient(case, text="Which strength?", by=petra)


def test_facts_cost_the_same_however_many_lines_and_medicines(alice: User, petra: User) -> None:
    patient = a_patient(
        alice, medicines="ibuprofen 400 mg, baclofen; vitamin D 1,000 units", allergies="Baclofen: rash"
    )
    earlier = only_request(a_case([baclofen()], customer=alice, patient=patient))
    transcribed(earlier, by=petra)
    case = a_case([baclofen(), baclofen(maker="Another maker"), ibuprofen()], customer=alice, patient=patient)
    lines = list(
        SupplyRequest.objects.filter(case=case).select_related(
            "pack__product", "patient", "site", "prescription_item__prescription__prescriber"
        )
    )

    with CaptureQueriesContext(connection) as run:
        facts_of(lines, order_reference=case.order_reference, today=today())

    assert len(run) <= 14, [query["sql"][:90] for query in run]
