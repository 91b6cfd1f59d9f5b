"""A customer's copy of everything, closing the account, retention and holds."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection
from django.utils import timezone

from catalog.models.rule import CountryRule
from catalog.rules.validity import add_months
from pharmacy.accounts import copies
from pharmacy.accounts.actions import ask_for_export, close_account, drop_exports, take_export
from pharmacy.accounts.holdings import holders, kept_of
from pharmacy.accounts.models import DataExport, User
from pharmacy.clock import today
from pharmacy.refusals import NotAllowed, NotFound, NotPossible
from pharmacy.web.words import day_text
from prescriptions.actions import diary
from prescriptions.actions import question as verbs
from prescriptions.actions import retention as verbs_of_keeping
from prescriptions.actions.consultation import Verdict, decide
from prescriptions.actions.prescriber_link import Asking, ask_prescriber
from prescriptions.models.diary import DiaryEntry
from prescriptions.models.patient import Patient
from prescriptions.models.question import Thread
from prescriptions.rules.diary import Day
from prescriptions.tasks.retention import drop_removed_files, keep_to_retention
from tests.house import later, settle
from tests.races import successes, together
from tests.shop.care import a_consultation, a_question
from tests.shop.catalog import a_pack, ibuprofen
from tests.shop.orders import an_order
from tests.shop.prescriptions import a_document, a_patient, waiting

pytestmark = pytest.mark.django_db(transaction=True)


def an_archive(user: User) -> dict[str, Any]:
    """The copy, made by the worker and fetched by its owner."""
    export = ask_for_export(user, by=user)
    settle()
    content = copies.read(export.pk)
    take_export(export.pk, by=user)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        told: dict[str, Any] = json.loads(archive.read("everything.json"))
        told["names"] = archive.namelist()
        told["page"] = archive.read("everything.html").decode()
    return told


def a_rule(record: str = "question", months: int = 24, country: str = "US") -> CountryRule:
    """An approved retention rule of a country."""
    return CountryRule.objects.create(
        code=f"keep-{record}", country=country, kind="retention", value={"record": record, "months": months},
        source_key="tests", effective_from=dt.date(2020, 1, 1), written_by="a", approved_by="b",
        approved_at=timezone.now(),
    )  # fmt: skip


def test_the_copy_holds_everything_of_every_app_and_nothing_of_others(alice: User, bob: User) -> None:
    waiting(alice)
    diary.write_day(Patient.objects.get(), told=Day(today(), energy=4, note="Slept well"), by=alice)
    a_question(alice, "Is ZZCANARYMAB fine?")
    a_question(a_patient(bob).owner, "A stranger's words")

    order = an_order([ibuprofen()], by=alice)

    told = an_archive(alice)

    assert told["orders"]["orders"][0]["reference"] == order.reference
    assert set(told) >= {holder.name for holder in holders()}
    clinical = told["prescriptions"]
    assert clinical["patients"][0]["allergies"] == "Penicillin: rash"
    assert clinical["journal"][0]["note"] == "Slept well"
    assert clinical["questions"][0]["messages"][0]["text"] == "Is ZZCANARYMAB fine?"
    assert "files/file-001-page-01.jpg" in told["names"]
    assert "Penicillin" in told["page"]
    assert "stranger" not in json.dumps(told)


def test_of_two_who_fetch_at_once_one_gets_it_and_it_goes_after_that(alice: User, bob: User) -> None:
    export = ask_for_export(alice, by=alice)
    assert ask_for_export(alice, by=alice).pk == export.pk
    settle()
    with pytest.raises(NotFound):
        take_export(export.pk, by=bob)

    results = together(2, lambda _n: take_export(export.pk, by=alice))

    assert len(successes(results)) == 1
    with later(minutes=11):
        assert drop_exports(by="job:tests") == [export.pk]
    assert DataExport.objects.get().dropped_at is not None


def test_closing_forgets_the_person_and_keeps_what_the_law_keeps(alice: User) -> None:
    a_rule()
    patient = a_patient(alice)
    diary.write_day(patient, told=Day(today(), energy=4), by=alice)
    thread = a_question(alice)
    assert [one.what for one in kept_of(alice)] == ["Questions and what was answered"]

    close_account(alice, by=alice)

    alice.refresh_from_db()
    patient.refresh_from_db()
    assert (alice.is_active, alice.name, alice.email.endswith("@closed.invalid")) == (False, "", True)
    assert (patient.name, patient.allergies) == ("", "")
    assert not DiaryEntry.objects.exists()
    assert Thread.objects.get(pk=thread.pk).messages.get().text == "May I take it with grapefruit?"


def test_an_account_with_something_running_or_with_a_role_is_not_closed(alice: User, petra: User) -> None:
    waiting(alice)

    with pytest.raises(NotPossible):
        close_account(alice, by=alice)
    with pytest.raises(NotPossible):
        close_account(petra, by=petra)
    with pytest.raises(NotFound):
        close_account(alice, by=petra)


def test_what_is_over_its_time_goes_with_its_files_and_what_no_rule_speaks_of_stays(
    alice: User, petra: User, capsys: pytest.CaptureFixture[str]
) -> None:
    thread = a_question(alice)
    verbs.write_more(thread, text="See.", documents=[a_document(alice).pk], by=alice)
    verbs.close_question(thread, ending="advice", summary="Fine.", seen=2, by=petra)
    CountryRule.objects.filter(kind="retention").update(effective_until=dt.date(2021, 1, 1))  # the demonstration's own
    with later(days=800):
        assert keep_to_retention() == 0
        a_rule()
        call_command("retention", "--dry-run")
        assert "1 over, 0 held" in capsys.readouterr().out
        assert Thread.objects.get().erased_at is None

        assert keep_to_retention() == 1

    thread.refresh_from_db()
    assert (thread.summary, [one.text for one in thread.messages.all()]) == ("", ["", ""])
    assert drop_removed_files() == 0  # the job did it


def test_a_held_record_is_never_deleted(alice: User, petra: User, olga: User) -> None:
    a_rule()
    patient = a_patient(alice)
    diary.write_day(patient, told=Day(today(), energy=4), by=alice)
    thread = a_question(alice)
    verbs.close_question(thread, ending="advice", summary="Fine.", seen=1, by=petra)
    with pytest.raises(NotAllowed):
        verbs_of_keeping.place_hold(alice, reason="Court", by=petra)
    asked = a_consultation(alice, a_pack("Cetirizine", supply="pharmacy_only"), patient=patient, danger=["breath"])
    assert asked.outcome == "stopped"
    hold = verbs_of_keeping.place_hold(alice, reason="Court order 7", by=olga)
    with pytest.raises(verbs_of_keeping.OnHold):
        diary.remove_day(patient, day=today(), by=alice)

    with pytest.raises(NotPossible):
        close_account(alice, by=alice)
    with later(days=800):
        assert keep_to_retention() == 0
    for sql in (
        "UPDATE prescriptions_thread SET erased_at = now()",
        "UPDATE prescriptions_patient SET erased_at = now()",
        "DELETE FROM prescriptions_diaryentry",
        "UPDATE prescriptions_threadmessage SET text_sealed = ''",
        "UPDATE prescriptions_consultation SET answers_sealed = ''",
    ):
        with pytest.raises(IntegrityError), connection.cursor() as cursor:
            cursor.execute(sql)
    verbs_of_keeping.lift_hold(hold, by=olga)
    with later(days=800):
        assert keep_to_retention() == 2
    asked.refresh_from_db()
    assert asked.answers == ""


def test_answers_never_become_other_answers_and_those_of_a_supply_stay(alice: User, petra: User) -> None:
    pack = a_pack("Cetirizine", supply="pharmacy_only")
    found = a_consultation(alice, pack)
    verdict = Verdict("supply", "One a day.", pack=pack, packs=1, evidence="two_way_contact", note="Called.")
    decide(found.thread, verdict=verdict, seen=0, by=petra)

    for change in ("answers_sealed = 'x'", "answers_sealed = ''", "evidence_note_sealed = ''", "flags_sealed = 'x'"):
        with pytest.raises(IntegrityError, match="keeps its answers"), connection.cursor() as cursor:
            cursor.execute(f"UPDATE prescriptions_consultation SET {change}")


def test_closing_ends_links_to_prescribers_and_forgets_what_came_to_nothing(alice: User) -> None:
    patient = a_patient(alice)
    asking = Asking("Dr. Ines Okonjo", "okonjo@clinic.example", asked_for="Baclofen")
    link = ask_prescriber(customer=alice, patient=patient, asking=asking, by=alice)

    close_account(alice, by=alice)

    link.refresh_from_db()
    assert (link.state, link.token, link.email, link.asked_for, link.prescriber_name) == ("revoked", "", "", "", "")


def test_closing_quotes_the_law_of_the_sites_dealt_with_alone_and_its_very_day(alice: User) -> None:
    waiting(alice)
    CountryRule.objects.filter(kind="retention").update(effective_until=dt.date(2021, 1, 1))  # the demonstration's own
    a_rule("patient", months=120)
    a_rule("document", months=240, country="GB")

    kept = next(one for one in kept_of(alice) if one.what.startswith("Prescriptions"))

    assert kept.why == "Pharmacy law in the United States: 120 months (source: tests)"
    assert kept.until == day_text(add_months(today(), 120), year=True)
