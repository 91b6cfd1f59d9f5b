"""Alerts are answered, a prescriber is asked, a second pharmacist signs: the rules R-207, R-211, R-202 and R-212."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from catalog.models.rule import CountryRule
from pharmacy.accounts.models import User
from pharmacy.clock import db_now, today
from pharmacy.journal.models import Event
from pharmacy.refusals import NotPossible, Overtaken
from prescriptions import reference
from prescriptions.actions.answers import acknowledge, answer_alert
from prescriptions.actions.clinical_check import approve
from prescriptions.actions.clinical_rules import Draft, NotTheAuthor, approve_rules, write_rules
from prescriptions.actions.clocks import chase, watch_clock
from prescriptions.actions.contact import InterventionFacts, ask_prescriber, record_contact, record_intervention
from prescriptions.actions.review import NothingToClaim, ask_patient, claim, claim_next, hand_over
from prescriptions.actions.second_check import ask_second_check, confirm, send_back
from prescriptions.models.checks import Alert, Check
from prescriptions.models.clearance import Clearance
from prescriptions.models.clinical import ClinicalRule
from prescriptions.models.prescription import PrescriptionItem
from prescriptions.models.review import Case, Decision
from prescriptions.models.second_check import SecondCheck
from prescriptions.models.supply import SupplyRequest
from prescriptions.queries.authority import OwnMatter
from prescriptions.queries.readiness import AlertsUnanswered, ContactNeeded, SecondCheckNeeded
from prescriptions.queries.requests import seen_of
from tests.house import broken_rules, later
from tests.people import staff
from tests.prescriptions.desk import desk
from tests.races import successes, together
from tests.shop.catalog import baclofen
from tests.shop.prescriptions import a_case, a_line, a_patient, checked_by_hand, only_request, transcribed, written_down

pytestmark = pytest.mark.django_db(transaction=True)
FACTS = {"allergies": "none", "conditions": "none", "medicines": "none", "kidney": "healthy", "liver": "healthy"}


def rules_in_force(olga: User) -> None:
    """The shipped rules about baclofen, approved."""
    rows = [row for row in reference.rows() if row.substance in ("baclofen", "")]
    facts = [(r.kind, r.code, r.substance, r.severity, r.source, r.section, r.gist, r.value) for r in rows]
    write_rules([Draft(*one) for one in facts], author="an author", by="job:tests")
    approve_rules(ClinicalRule.objects.all(), name="olga", by=olga)


def a_line_to_decide(alice: User, by: User, **told: str) -> SupplyRequest:
    request = only_request(a_case([baclofen()], customer=alice, patient=a_patient(alice, **{**FACTS, **told})))
    transcribed(request, by=by)
    return request


def test_rules_count_once_somebody_else_approved_them(alice: User, petra: User, olga: User) -> None:
    [row] = [row for row in reference.rows() if row.code == "dose-baclofen"]
    draft = Draft(row.kind, row.code, row.substance, row.severity, row.source, row.section, row.gist, row.value)
    assert write_rules([draft], author="olga", by=olga) == 1
    assert write_rules([draft], author="olga", by=olga) == 0
    request = a_line_to_decide(alice, petra)
    assert Check.objects.get(request=request, rule="dose", current=True).why == "no_rule"

    with pytest.raises(NotTheAuthor):
        approve_rules(ClinicalRule.objects.all(), name="olga", by=olga)
    approve_rules(ClinicalRule.objects.all(), name="another superintendent", by=olga)
    changed = draft._replace(value={**row.value, "max_mg": "60"})
    write_rules([changed], author="somebody", by="job:tests")
    approve_rules(ClinicalRule.objects.filter(version=2), name="olga", by=olga)

    assert ClinicalRule.objects.live().get().version == 2
    claim(Case.objects.get(), by=petra)
    assert "at most 60 mg" in Check.objects.get(request=request, rule="dose", current=True).summary


def test_a_rule_whose_values_are_no_names_is_told_so(olga: User) -> None:
    [row] = [row for row in reference.rows() if row.code == "dose-baclofen"]
    write_rules([Draft(row.kind, row.code, row.substance, row.severity, row.source, row.section, row.gist, row.value)],
                author="somebody", by="job:tests")  # fmt: skip
    path = f"/admin/clinical-rules/{ClinicalRule.objects.get().pk}/"

    page = desk(olga).post(path, {"severity": row.severity, "source": "x", "gist": "x", "value": "[1, 2]"})

    assert "Write names and values" in page.content.decode()
    assert ClinicalRule.objects.count() == 1


def test_serious_wants_a_reason_and_care_is_acknowledged(alice: User, petra: User, olga: User) -> None:
    rules_in_force(olga)
    request = only_request(
        a_case([baclofen()], customer=alice, patient=a_patient(alice, **{**FACTS, "conditions": "epilepsy"}))
    )
    from prescriptions.actions.prescription import transcribe
    from tests.shop.prescriptions import as_written

    transcribe(request, fields=as_written(request), by=petra)
    request.refresh_from_db()
    checked_by_hand(request, by=petra)
    alert = Alert.objects.get(found_by__request=request, found_by__current=True, code="condition")

    with pytest.raises(AlertsUnanswered):
        approve(request, item=request.prescription_item, seen=seen_of(request), by=petra)
    with pytest.raises(NotPossible):
        answer_alert(alert, code="seen", sentence="", by=petra)
    with pytest.raises(NotPossible):
        answer_alert(alert, code="benefit_outweighs", sentence="  ", by=petra)
    answer_alert(alert, code="benefit_outweighs", sentence="Controlled for years.", by=petra)
    acknowledge(request, by=petra)
    approve(request, item=request.prescription_item, seen=seen_of(request), by=petra)

    assert "Controlled for years." in Decision.objects.get().evidence
    assert broken_rules() == {}


def test_a_contraindication_wants_the_prescriber_and_a_second_pharmacist(
    alice: User, petra: User, paul: User, olga: User
) -> None:
    """R-209: 90 mg a day is above the limit of 80 mg."""
    rules_in_force(olga)
    request = only_request(a_case([baclofen()], customer=alice, patient=a_patient(alice, **FACTS)))
    written_down(request, by=petra, dose_text="3 tablets three times a day")
    checked_by_hand(request, by=petra)
    alert = Alert.objects.get(found_by__request=request, found_by__current=True, severity="contraindicated")
    assert (alert.code, "90 mg a day" in alert.text, "80 mg" in alert.text) == ("above_maximum", True, True)

    answer_alert(alert, code="asked_prescriber", sentence="Dr Okonjo confirms 90 mg.", by=petra)
    with pytest.raises(ContactNeeded):
        approve(request, item=request.prescription_item, seen=seen_of(request), by=petra)
    contact = ask_prescriber(request, how="phone", question="90 mg a day?", by=petra)
    assert Case.objects.get().status == "awaiting_prescriber"
    record_contact(contact, outcome="confirmed", who="Dr Okonjo", answer="Yes, known for years.", by=petra)
    claim(Case.objects.get(), by=petra)
    with pytest.raises(SecondCheckNeeded):
        approve(request, item=request.prescription_item, seen=seen_of(request), by=petra)
    asking = ask_second_check(request, item=request.prescription_item, seen=seen_of(request), by=petra)
    assert Case.objects.get().status == "second_check"
    with pytest.raises(OwnMatter):
        confirm(asking, seen=seen_of(request), by=petra)
    clearance = confirm(asking, seen=seen_of(request), by=paul)

    assert (clearance.decided_by, clearance.second_by) == (petra, paul)
    assert Case.objects.get().status == "decided"
    assert broken_rules() == {}


def test_a_second_check_is_sent_back_or_overtaken(alice: User, petra: User, paul: User) -> None:
    request = a_child(alice, petra)
    asking = ask_second_check(request, item=request.prescription_item, seen=seen_of(request), by=petra)
    with pytest.raises(Overtaken):
        confirm(asking, seen="0" * 64, by=paul)
    send_back(asking, sentence="Ask for the weight.", by=paul)

    assert Case.objects.get().status == "queued"
    assert not Clearance.objects.exists()
    claim(Case.objects.get(), by=petra)
    again = ask_second_check(request, item=request.prescription_item, seen=seen_of(request), by=petra)
    confirm(again, seen=seen_of(request), by=paul)
    assert [one.verdict for one in SecondCheck.objects.all()] == ["sent_back", "confirmed"]


def a_child(alice: User, petra: User) -> SupplyRequest:
    born = today() - dt.timedelta(days=8 * 365)
    request = only_request(a_case([baclofen()], customer=alice, patient=a_patient(alice, **FACTS, born_on=born)))
    transcribed(request, by=petra)
    return request


def test_the_reviewer_is_refused_as_second_checker_in_sql(alice: User, petra: User, paul: User, olga: User) -> None:
    request = a_child(alice, petra)
    asking = ask_second_check(request, item=request.prescription_item, seen=seen_of(request), by=petra)
    answer = (
        "UPDATE prescriptions_secondcheck SET verdict = 'confirmed', checked_by_id = %s, checker_registration = %s,"
        " checked_at = now() WHERE id = %s"
    )
    for person, number in ((petra, "DEMO-RPH-PETRA"), (olga, "DEMO-RPH-PAUL"), (alice, "DEMO-RPH-PAUL")):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(answer, [person.pk, number, asking.pk])
    confirm(asking, seen=seen_of(request), by=paul)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE prescriptions_secondcheck SET verdict = 'sent_back' WHERE id = %s", [asking.pk])


def test_ten_who_confirm_at_once_clear_it_once(alice: User, petra: User, paul: User) -> None:
    request = a_child(alice, petra)
    asking = ask_second_check(request, item=request.prescription_item, seen=seen_of(request), by=petra)
    seen = seen_of(request)

    results = together(4, lambda number: confirm(asking, seen=seen, by=paul if number % 2 else petra))

    assert len(successes(results)) == 1
    assert Clearance.objects.count() == Decision.objects.count() == 1
    assert broken_rules() == {}


def test_a_controlled_medicine_goes_with_two_signatures_where_a_rule_allows_it(
    alice: User, petra: User, paul: User
) -> None:
    pack = baclofen()
    pack.product.supplies.filter(country="US").update(supply_class="controlled")
    for kind, value in (
        ("controlled_supply", {"allowed": True}), ("prescription_validity", {"classes": ["controlled"], "months": 6}),
    ):  # fmt: skip
        CountryRule.objects.create(
            code=f"us-{kind}-2", country="US", kind=kind, value=value, source_key="test",
            effective_from=dt.date(2020, 1, 1), written_by="a", approved_by="b", approved_at=db_now(),
        )  # fmt: skip
    request = only_request(a_case([a_line(pack, supply_class="controlled")], customer=alice))
    transcribed(request, by=petra)

    with pytest.raises(SecondCheckNeeded):
        approve(request, item=request.prescription_item, seen=seen_of(request), by=petra)
    asking = ask_second_check(request, item=request.prescription_item, seen=seen_of(request), by=petra)
    assert confirm(asking, seen=seen_of(request), by=paul).second_by == paul


def test_a_verified_prescription_keeps_its_dates_and_quantities_against_sql(alice: User, petra: User) -> None:
    request = a_line_to_decide(alice, petra)
    approve(request, item=request.prescription_item, seen=seen_of(request), by=petra)
    item = PrescriptionItem.objects.get()

    for statement, changed in (
        ("UPDATE prescriptions_prescription SET valid_until = %s WHERE id = %s", dt.date(2099, 1, 1)),
        ("UPDATE prescriptions_prescription SET issued_on = %s WHERE id = %s", dt.date(2020, 1, 1)),
        ("UPDATE prescriptions_prescriptionitem SET quantity = %s, ordered_units = 2997 WHERE id = %s", Decimal(999)),
    ):
        key = item.pk if "item" in statement else item.prescription_id
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [changed, key])


def test_the_role_counts_as_much_as_the_registration_in_sql(alice: User, petra: User) -> None:
    """A registration without the role at the site signs nothing, whatever code inserts the row."""
    request = a_line_to_decide(alice, petra)
    petra.roles.update(ended_at=db_now())

    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.create(
            request=request, case=Case.objects.get(), verdict="declined", code="clinical", decided_by=petra,
            registration_number="DEMO-RPH-PETRA", seen="x", decided_at=db_now(),
        )  # fmt: skip


def test_a_case_is_handed_to_a_colleague_who_finds_it_first(alice: User, petra: User, paul: User) -> None:
    third = staff("pia", "pharmacist")
    first, second = (
        a_case([baclofen()], customer=alice, patient=patient, documents=[])
        for patient in [a_patient(alice, **FACTS)] * 2
    )
    claim(second, by=petra)
    with pytest.raises(NotPossible):
        hand_over(second, to=alice, by=petra)
    hand_over(second, to=paul, by=petra)

    assert claim_next("us-newark", by=third) == first
    with pytest.raises(NothingToClaim):
        claim_next("us-newark", by=petra)
    assert claim_next("us-newark", by=paul) == second


def test_the_clock_pages_breaches_reminds_and_gives_up(alice: User, petra: User) -> None:
    case = a_case([baclofen()], customer=alice, documents=[])
    assert watch_clock(case.pk, by="job:tests") == ""
    with later(hours=3, minutes=20):
        assert watch_clock(case.pk, by="job:tests") == "escalated"
        assert watch_clock(case.pk, by="job:tests") == ""
    with later(hours=4, minutes=1):
        assert watch_clock(case.pk, by="job:tests") == "breached"

    ask_patient(case, text="Do you take anything else?", by=petra)
    with later(hours=5):
        assert chase(case.pk, by="job:tests") == "reminded"
        assert chase(case.pk, by="job:tests") == ""
    with later(days=7, minutes=1):
        assert chase(case.pk, by="job:tests") == "withdrawn"
    assert Case.objects.get().status == "withdrawn"
    assert SupplyRequest.objects.get().status == "withdrawn"
    assert Event.objects.filter(kind="supply.lapsed").count() == 1
    assert broken_rules() == {}


def test_what_was_done_about_a_problem_is_kept(alice: User, petra: User) -> None:
    request = a_line_to_decide(alice, petra)
    facts = InterventionFacts("O", "prescriber", "accepted", "medium", 6, "Dose lowered to 60 mg.")

    kept = record_intervention(request, facts=facts, by=petra)
    with pytest.raises(NotPossible):
        record_intervention(request, facts=InterventionFacts("X", "nobody", "unknown", "low", 1, "?"), by=petra)
    with pytest.raises(IntegrityError), transaction.atomic():
        kept.delete()
