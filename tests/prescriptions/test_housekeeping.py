"""What is left behind is found again: claims, clearances, uploads, files. Every step may run twice."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pharmacy.accounts.models import User
from pharmacy.journal.models import Event
from pharmacy.keys import new_id
from pharmacy.messaging.models import Letter
from pharmacy.refusals import NotAllowed, NotFound, NotPossible
from prescriptions.actions.document import begin_cleaning, begin_upload
from prescriptions.actions.review import ClaimedByAnother, answer, ask_patient, claim, claim_next, release_claim, renew
from prescriptions.gateways import documents as files
from prescriptions.models.clearance import Clearance
from prescriptions.models.document import Document
from prescriptions.models.message import Message
from prescriptions.models.prescription import Prescription
from prescriptions.models.review import Case
from prescriptions.queries.case import case_page
from prescriptions.queries.queue import review_queue
from prescriptions.tasks.housekeeping import housekeeping, sweep_files
from tests.house import broken_rules, later, settle
from tests.shop.catalog import baclofen, ibuprofen, the_sites
from tests.shop.prescriptions import a_case, a_document, a_patient, cleared, sent, transcribed, waiting

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_lapsed_claim_goes_back_to_the_queue_with_its_draft(alice: User, petra: User, paul: User) -> None:
    case, request = waiting(alice)
    item = transcribed(request, by=petra)

    with later(minutes=16):
        housekeeping()
        case.refresh_from_db()
        assert (case.status, case.claimed_by_id) == ("queued", None)
        with pytest.raises(ClaimedByAnother):
            renew(case, by=petra)
        assert claim_next("us-newark", by=paul).pk == case.pk

    request.refresh_from_db()
    assert request.prescription_item == item


def test_work_renews_a_claim(alice: User, petra: User, paul: User) -> None:
    case, _ = waiting(alice)
    claim(case, by=petra)

    with later(minutes=10):
        until = renew(case, by=petra)
    with later(minutes=20):
        housekeeping()
        with pytest.raises(ClaimedByAnother):
            claim(case, by=paul)
        case.refresh_from_db()

    assert case.claimed_until == until


def test_only_its_holder_releases_a_claim(alice: User, petra: User, paul: User) -> None:
    case, _ = waiting(alice)
    claim(case, by=petra)

    with pytest.raises(ClaimedByAnother):
        release_claim(case, by=paul)
    release_claim(case, by=petra)

    case.refresh_from_db()
    assert case.status == "queued"


def test_claim_next_gives_the_most_urgent_and_never_ones_own(alice: User, petra: User) -> None:
    pack = baclofen()
    own = a_case([pack], customer=petra)
    late, later_on = waiting(alice, pack)[0], waiting(alice, pack)[0]
    Case.objects.filter(pk=own.pk).update(due_at=own.due_at - timedelta(hours=3))
    Case.objects.filter(pk=later_on.pk).update(due_at=later_on.due_at - timedelta(hours=2))

    assert [claim_next("us-newark", by=petra).pk for _ in range(2)] == [later_on.pk, late.pk]


def test_claim_next_at_another_site_is_refused(alice: User, petra: User) -> None:
    waiting(alice)
    with pytest.raises(NotAllowed):
        claim_next("nl-utrecht", by=petra)
    with pytest.raises(NotFound):
        claim_next("nowhere", by=petra)


def test_a_question_waits_for_its_answer_and_then_comes_first_to_hand(
    alice: User, bob: User, petra: User, paul: User
) -> None:
    case, _ = waiting(alice)
    claim(case, by=petra)
    ask_patient(case, text="Do you take ZZCANARYMAB?", by=petra)
    settle()

    letter = Letter.objects.get(template="prescriptions/mail/question")
    assert letter.to == alice.email
    assert "ZZCANARYMAB" not in letter.subject + letter.text + letter.html
    assert "ZZCANARYMAB" not in str(list(Event.objects.values_list("facts", flat=True)))
    assert b"ZZCANARYMAB" not in bytes(Message.objects.get().text_sealed)
    with pytest.raises(NotFound):
        answer(case, text="I am somebody else.", by=bob)
    with pytest.raises(NotPossible):
        answer(case, text="   ", by=alice)

    answer(case, text="No, I stopped.", by=alice)

    assert claim_next("us-newark", by=paul).pk == case.pk


def test_an_unused_clearance_is_withdrawn_once_it_ran_out(alice: User, petra: User) -> None:
    request, clearance = cleared(alice, by=petra)

    with later(days=31):
        housekeeping()
        housekeeping()

    clearance.refresh_from_db()
    request.refresh_from_db()
    assert clearance.withdrawn_at is not None
    assert request.status == "withdrawn"
    assert Event.objects.filter(kind="supply.lapsed").count() == 1
    assert Clearance.objects.count() == 1


def test_a_prescription_that_ran_out_is_expired(alice: User, petra: User) -> None:
    _, request = waiting(alice)
    transcribed(request, by=petra)

    with later(days=500):
        housekeeping()

    assert Prescription.objects.get().status == "expired"


def test_a_worker_that_died_while_cleaning_leaves_a_lease_that_lapses(alice: User) -> None:
    document = sent(alice, files_content())
    assert begin_cleaning(document.pk, by="job:tests") is not None
    assert begin_cleaning(document.pk, by="job:tests") is None

    housekeeping()
    document.refresh_from_db()
    assert document.state == "cleaning"

    with later(minutes=4):
        housekeeping()
    document.refresh_from_db()
    assert document.state == "ready"


def test_an_upload_that_was_cut_off_is_refused_after_an_hour(alice: User) -> None:
    document = begin_upload(owner=alice, name="rx.jpg", declared_type="image/jpeg", size=10, by=alice)
    housekeeping()
    document.refresh_from_db()
    assert document.state == "receiving"

    with later(hours=2):
        housekeeping()

    document.refresh_from_db()
    assert (document.state, document.refused_because) == ("refused", "incomplete")


def test_files_without_a_row_are_swept_and_others_stay(alice: User) -> None:
    document = a_document(alice)
    page = document.pages.get()
    stray, fresh = new_id(), new_id()
    for key in (stray, fresh):
        default_storage.save(f"{files.PAGES}/{key.hex}", ContentFile(b"left behind"))
    for key in (stray, page.pk):
        long_ago = time.time() - 3 * 3600
        os.utime(default_storage.path(f"{files.PAGES}/{key.hex}"), (long_ago, long_ago))

    assert sweep_files() >= 1

    left = set(files.stored("pages"))
    assert {page.pk, fresh} <= left
    assert stray not in left
    assert not default_storage.exists(f"{files.INCOMING}/{document.pk.hex}")


def test_pages_rest_sealed_and_open_under_their_own_name_alone(alice: User) -> None:
    from pharmacy.crypto import Unopenable

    one, other = a_document(alice).pages.get(), a_document(alice).pages.get()
    first = Path(default_storage.path(f"{files.PAGES}/{one.pk.hex}"))
    assert files.open_page(one.pk).startswith(b"\xff\xd8\xff")
    assert b"\xff\xd8\xff" not in first.read_bytes()[:40]

    first.replace(default_storage.path(f"{files.PAGES}/{other.pk.hex}"))

    with pytest.raises(Unopenable):
        files.open_page(other.pk)


def test_the_case_page_costs_the_same_for_one_line_and_for_four(alice: User, petra: User) -> None:
    pack, patient = baclofen(), a_patient(alice)
    small = a_case([pack], customer=alice, patient=patient)
    large = a_case([pack, baclofen(), baclofen(), ibuprofen()], customer=alice, patient=patient)

    counts = []
    for case in (small, large):
        with CaptureQueriesContext(connection) as run:
            case_page(Case.objects.select_related("site").get(pk=case.pk), user=petra)
        counts.append(len(run))

    assert counts[0] == counts[1] <= 18


def test_the_queue_costs_the_same_for_two_cases_and_for_six_and_names_nobody(alice: User, petra: User) -> None:
    pack, patient = baclofen(), a_patient(alice)
    site = the_sites()["us-newark"]
    counts = []
    for more in (2, 4):
        for _ in range(more):
            a_case([pack], customer=alice, patient=patient, documents=[])
        with CaptureQueriesContext(connection) as run:
            queue = review_queue(site, user=petra)
        counts.append(len(run))

    assert counts[0] == counts[1] <= 8
    assert len(queue.rows) == 6
    assert "Marta" not in repr(queue)
    assert broken_rules() == {}


def test_a_case_that_waits_for_its_patient_stands_after_those_that_wait_for_us(alice: User, petra: User) -> None:
    pack = baclofen()
    asked, fresh = waiting(alice, pack)[0], waiting(alice, pack)[0]
    ask_patient(asked, text="Which dose do you take?", by=petra)

    rows = review_queue(the_sites()["us-newark"], user=petra).rows

    assert [row.case.pk for row in rows] == [fresh.pk, asked.pk]
    assert [row.clock.text for row in rows][1] == "stopped"


def files_content() -> bytes:
    """A small picture."""
    from tests.shop.prescriptions import a_jpeg

    return a_jpeg()


def test_two_uploads_of_one_owner_are_counted_one_after_the_other(alice: User) -> None:
    from prescriptions.actions.document import TooMany
    from prescriptions.rules.uploads import MAX_FILES
    from tests.races import successes, together

    results = together(
        MAX_FILES + 4,
        lambda number: begin_upload(owner=alice, name=f"{number}.jpg", declared_type="image/jpeg", size=10, by=alice),
    )

    assert len(successes(results)) == MAX_FILES == Document.objects.count()
    assert all(isinstance(lost, TooMany) for lost in results if isinstance(lost, Exception))
