"""Each rule of the gate is broken on purpose, behind the back of its constraints, and `verify` names the row."""

from __future__ import annotations

import re

import pytest
from django.db import connection, transaction

from pharmacy.accounts.models import User
from prescriptions.actions.clinical_check import decline
from prescriptions.invariants import INVARIANTS, KEPT, SEALED
from prescriptions.models.prescription import PrescriptionItem
from prescriptions.queries.requests import seen_of
from tests.house import broken_rules, rules_off
from tests.shop.catalog import baclofen, ibuprofen, the_sites
from tests.shop.prescriptions import a_case, a_patient, approved, only_request, requested, transcribed

pytestmark = pytest.mark.django_db(transaction=True)

# rule -> (SQL that breaks it, constraints that stand in its way)
AN_ALERT = (
    "INSERT INTO prescriptions_alert (id, found_by_id, severity, code, source, text_sealed)"
    " SELECT gen_random_uuid(), id, 'contraindicated', 'late', '', '' FROM prescriptions_check WHERE current"
)
BREAKS: dict[str, tuple[str, tuple[str, ...]]] = {
    "a pharmacist registered that day signed every clearance but general sale": (
        "UPDATE accounts_registration SET valid_from = '2020-01-01', valid_until = '2020-01-02'", (),
    ),
    "a prescription class was cleared on a valid prescription of that patient": (
        "UPDATE prescriptions_prescription SET valid_until = issued_on", (),
    ),
    "a clearance is for what was asked and cleared": (
        "UPDATE prescriptions_supplyrequest SET status = 'supplied' WHERE status = 'cleared'", (),
    ),
    "a signed clearance has its decision": ("DELETE FROM prescriptions_decision WHERE verdict = 'approved'", ()),
    "nobody decided for themselves": (
        "UPDATE prescriptions_patient SET owner_id = (SELECT decided_by_id FROM prescriptions_decision LIMIT 1)", (),
    ),
    "a refusal was told in the same breath": ("DELETE FROM journal_event WHERE kind = 'supply.declined'", ()),
    "supplied never exceeds ordered": (
        "UPDATE prescriptions_prescriptionitem SET supplied_units = ordered_units + 1",
        ("supplied_never_exceeds_ordered",),
    ),
    "supplied is the sum of its ledger and of its live clearances": ("DELETE FROM prescriptions_supplyentry", ()),
    "what keeps the gate's records is in place": (
        "ALTER TABLE prescriptions_clearance DISABLE TRIGGER clearance_is_lawful", (),
    ),
    "no request is left behind": (
        "UPDATE prescriptions_case SET status = 'queued', closed_at = NULL WHERE status = 'decided'",
        ("one_open_case_per_order",),
    ),
    "clinical words rest sealed": ("UPDATE prescriptions_patient SET allergies_sealed = 'penicillin'::bytea", ()),
    "a check that did not run was never taken for clear": (
        "UPDATE prescriptions_check SET state = 'did_not_run', why = 'no_document' WHERE is_mandatory", (),
    ),
    "an alert that wants an answer had one": (AN_ALERT, ()),
    "two signed what two must sign": (AN_ALERT, ()),
    "a questionnaire alone supplied no high-risk class": (
        "INSERT INTO prescriptions_consultation (id, thread_id, questionnaire_id, customer_id, patient_id, product_id,"
        " supply_class, is_high_risk, answers_sealed, flags_sealed, outcome, evidence, evidence_note_sealed, packs,"
        " registration_number, asked_at)"
        " SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), owner_id, id, 1, 'prescription_only', true,"
        " '', '', 'supply', '', '', 1, '', now() FROM prescriptions_patient LIMIT 1",
        (
            "a_questionnaire_alone_never_supplies_a_high_risk_class",
            "a_consultation_supplies_pharmacy_only_items_alone",
            "a_supply_after_consultation_is_signed_and_bounded",
            "a_consultation_is_decided_by_a_person_or_stopped_by_rule",
        ),
    ),
    "who acted for somebody else had a right to": (
        "UPDATE prescriptions_patient SET owner_id = (SELECT id FROM accounts_user WHERE id <> owner_id LIMIT 1)", (),
    ),
    "what nobody decided about is not requested": (
        "UPDATE prescriptions_supplyrequest SET supply_class = 'not_supplied'",
        ("only_what_may_be_supplied_is_requested",),
    ),
}  # fmt: skip


@pytest.fixture
def a_busy_house(alice: User, petra: User) -> None:
    """One approved order, one declined, one of general sale, one waiting."""
    the_sites()
    pack = baclofen()
    patient = a_patient(alice)
    good = a_case([pack, ibuprofen()], customer=alice, patient=patient).requests.get()
    transcribed(good, by=petra)
    approved(good, by=petra)
    bad = only_request(a_case([pack], customer=alice, patient=patient))
    decline(bad, code="clinical", sentence="Please see your doctor first.", seen=seen_of(bad), by=petra)
    requested([pack], customer=alice, patient=patient)


def test_a_busy_house_breaks_nothing(a_busy_house: None) -> None:
    assert PrescriptionItem.objects.exists()
    assert broken_rules() == {}


def test_every_rule_has_its_break() -> None:
    assert set(BREAKS) == {rule.name for rule in INVARIANTS}


@pytest.mark.parametrize("rule", sorted(BREAKS))
def test_breaking_the_rule_is_found(rule: str, a_busy_house: None) -> None:
    sql, constraints = BREAKS[rule]

    found = _broken_after(sql, constraints)

    assert rule in found
    assert found[rule]


def _broken_after(sql: str, constraints: tuple[str, ...]) -> dict[str, list[tuple[object, ...]]]:
    with transaction.atomic(), connection.cursor() as cursor:
        for name in constraints:
            cursor.execute("SELECT conrelid::regclass FROM pg_constraint WHERE conname = %s", [name])
            row = cursor.fetchone()
            cursor.execute(f"ALTER TABLE {row[0]} DROP CONSTRAINT {name}" if row else f"DROP INDEX {name}")
        with rules_off():
            cursor.execute(sql)
        found = broken_rules()
        transaction.set_rollback(True)
    return found


def _columns_that_are_sealed() -> set[tuple[str, str]]:
    from django.apps import apps

    return {
        (model._meta.db_table, field.column.removesuffix("_sealed"))
        for model in apps.get_app_config("prescriptions").get_models()
        for field in model._meta.concrete_fields
        if field.column.endswith("_sealed")
    }


def test_every_sealed_column_is_watched() -> None:
    assert {(table, column) for table, columns in SEALED.items() for column in columns} == _columns_that_are_sealed()


def test_every_trigger_of_the_migrations_is_watched() -> None:
    from pathlib import Path

    import prescriptions.migrations

    folder = Path(next(iter(prescriptions.migrations.__path__)))
    text = "".join(one.read_text() for one in folder.glob("*.py"))
    made = set(re.findall(r"CREATE TRIGGER (\w+)", text))

    assert made == {trigger for triggers in KEPT.values() for trigger in triggers}


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE prescriptions_decision SET code = 'expired'",
        "DELETE FROM prescriptions_decision",
        "UPDATE prescriptions_clearance SET units = units + 1",
        "DELETE FROM prescriptions_clearance",
        "UPDATE prescriptions_supplyentry SET units = units + 1",
        "DELETE FROM prescriptions_supplyrequest",
        "UPDATE prescriptions_supplyrequest SET supply_class = 'general_sale'",
        "UPDATE prescriptions_supplyrequest SET status = 'waiting' WHERE status = 'declined'",
        "UPDATE prescriptions_case SET status = 'queued', closed_at = NULL WHERE status = 'decided'",
        "UPDATE prescriptions_prescriptionitem SET quantity = 9000, ordered_units = 9000",
        "UPDATE prescriptions_check SET state = 'ran_clear', why = ''",
        "DELETE FROM prescriptions_message",
        "UPDATE prescriptions_prescriptionitem SET supplied_units = ordered_units + 1",
    ],
)
def test_the_database_refuses_to_change_what_is_kept(change: str, a_busy_house: None, petra: User, alice: User) -> None:
    from django.db import IntegrityError

    from prescriptions.actions.review import reply
    from prescriptions.models.review import Case

    reply(Case.objects.first(), text="A word.", by=petra)  # type: ignore[arg-type]

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)
