"""Prescriptions as data: read by path, never guessed, kept as they came, written out again."""

from __future__ import annotations

import copy
import datetime as dt
import gzip
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from pharmacy.accounts.models import User
from pharmacy.clock import today
from pharmacy.journal.models import Event
from prescriptions.gateways.fhir_models import shape_faults
from prescriptions.models.document import Document
from prescriptions.models.electronic import ElectronicPaper
from prescriptions.models.prescription import Prescription
from prescriptions.queries.fhir import bundle_of
from prescriptions.rules.fhir import german
from prescriptions.rules.fhir.reader import read_body
from prescriptions.rules.registers import fault
from prescriptions.rules.uploads import MAX_BYTES
from tests.prescriptions.desk import desk
from tests.shop.catalog import the_sites
from tests.shop.prescriptions import a_jpeg, cleared

FHIR = "application/fhir+json"
REAL = Path(os.environ.get("PHARMACY_REAL_DATA", "../shared/data")) / "fhir"
needs_real_bundles = pytest.mark.skipif(not REAL.is_dir(), reason="the real bundles are not at hand")
ON = dt.date(2026, 11, 20)


def a_bundle(**order: Any) -> dict[str, Any]:
    """Baclofen for Marta Quintero by Ines Okonjo, with a repeat; what is given replaces a member of the order."""
    request = {
        "resourceType": "MedicationRequest",
        "id": "1",
        "status": "active",
        "intent": "order",
        "groupIdentifier": {"system": "https://clinic.example/rx", "value": "RX-77.1"},
        "medicationCodeableConcept": {"text": "Baclofen 10 mg tablets"},
        "subject": {"reference": "Patient/p"},
        "requester": {"reference": "Practitioner/d"},
        "authoredOn": "2026-11-10",
        "dosageInstruction": [{"text": "1 tablet three times a day"}],
        "dispenseRequest": {"quantity": {"value": 90, "unit": "tablet"}, "numberOfRepeatsAllowed": 1},
        **order,
    }
    patient = {
        "resourceType": "Patient",
        "id": "p",
        "name": [{"given": ["Marta"], "family": "Quintero"}],
        "birthDate": "1984-03-07",
    }
    doctor = {
        "resourceType": "Practitioner",
        "id": "d",
        "name": [{"text": "Ines Okonjo"}],
        "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": "1993999998"}],
    }
    entries = [{"resource": {k: v for k, v in one.items() if v is not None}} for one in (request, patient, doctor)]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def read(bundle: Any) -> Any:
    return read_body(json.dumps(bundle), FHIR, today=ON)


def test_a_bundle_is_read_whole() -> None:
    made = read(a_bundle())

    assert made.is_whole
    assert (made.patient.name, made.patient.born_on) == ("Marta Quintero", dt.date(1984, 3, 7))
    assert (made.author.register, made.author.number, made.number) == ("NPI", "1993999998", "RX-77.1")
    (item,) = made.items
    assert (item.substance, item.strength, item.quantity, item.repeats) == ("Baclofen", "10 mg", 90, 1)


def changed(path: str, value: Any) -> dict[str, Any]:
    bundle = copy.deepcopy(a_bundle())
    *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    here: Any = bundle
    for part in way:
        here = here[part]
    here[last] = value
    return bundle


ORDER = "Bundle.entry[0].resource"


@pytest.mark.parametrize(
    ("bundle", "path", "code", "refused"),
    [
        ({"resourceType": "Patient"}, "Patient", "not-a-prescription", True),
        ([], "$this", "malformed", True),
        (a_bundle(status="stopped"), ORDER + ".status", "not-active", True),
        (a_bundle(intent="proposal"), ORDER + ".intent", "not-an-order", True),
        (a_bundle(doNotPerform=True), ORDER + ".doNotPerform", "do-not-perform", True),
        (a_bundle(modifierExtension=[{"url": "x"}]), ORDER + ".modifierExtension", "modifier-extension", True),
        (a_bundle(subject={"reference": "Patient/other"}), ORDER + ".subject", "patient-missing", True),
        (a_bundle(requester=None), ORDER + ".requester", "prescriber-missing", True),
        (a_bundle(authoredOn="2026-12-24"), ORDER + ".authoredOn", "issued-later", True),
        (
            changed("entry.2.resource.identifier.0.value", "1993999999"),
            "Bundle.entry[2].resource.identifier[0].value",
            "check-digit",
            True,
        ),
        (
            a_bundle(dispenseRequest={"quantity": {"value": -1}}),
            ORDER + ".dispenseRequest.quantity.value",
            "quantity",
            True,
        ),
        (a_bundle(dispenseRequest={}), ORDER + ".dispenseRequest.quantity", "quantity-missing", False),
        (
            a_bundle(dispenseRequest={"quantity": {"value": 1, "unit": "Packung"}}),
            ORDER + ".dispenseRequest.quantity",
            "quantity-in-packs",
            False,
        ),
        (a_bundle(dosageInstruction=None), ORDER + ".dosageInstruction", "dose-text-missing", False),
        (a_bundle(authoredOn="2026-11"), ORDER + ".authoredOn", "date-missing", False),
        (
            a_bundle(medicationCodeableConcept={"coding": [{"code": "1"}]}),
            ORDER + ".medicationCodeableConcept",
            "medication-text",
            False,
        ),
        (changed("entry.1.resource.birthDate", "1984"), "Bundle.entry[1].resource.birthDate", "birth-date", False),
    ],
)
def test_every_fault_is_named_by_its_path_and_nothing_is_guessed(
    bundle: Any, path: str, code: str, refused: bool
) -> None:
    made = read(bundle)

    assert (path, code) in [(one.path, one.code) for one in made.faults]
    assert made.is_refused is refused
    assert not made.is_whole


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{", "malformed"),
        ('{"resourceType": "Bundle", "resourceType": "Bundle"}', "malformed"),
        ('{"a":' * 60 + "1" + "}" * 60, "too-deep"),
        ("[" * 100_000, "malformed"),
        (json.dumps({"resourceType": "Bundle", "entry": [{}] * 60_000}), "too-large"),
    ],
)
def test_a_hostile_body_is_refused(body: str, code: str) -> None:
    assert [one.code for one in read_body(body, FHIR, today=ON).faults] == [code]


@pytest.mark.parametrize("value", ["1e999999", 0.00001, 33.33335, 100_001])
def test_a_quantity_that_can_not_be_kept_as_written_is_refused(value: Any) -> None:
    for unit in ("tablet", "Packung"):
        found = read(a_bundle(dispenseRequest={"quantity": {"value": value, "unit": unit}}))
        assert found.is_refused or not found.items
    assert read(a_bundle(dispenseRequest={"quantity": {"value": value, "unit": "tablet"}})).is_refused


def test_xml_with_entities_is_refused_before_they_mean_anything() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Bundle xmlns="http://hl7.org/fhir">&b;</Bundle>'

    assert [one.code for one in read_body(bomb, "application/fhir+xml", today=ON).faults] == ["document-type"]


def test_numbers_of_registers_keep_their_form_and_check_digits() -> None:
    assert fault("NPI", "1993999998") == ""
    assert fault("NPI", "1993999997") == "check_digit"
    assert fault("GMC", "609510") == "malformed"
    assert fault("LANR", "838382202") == ""
    assert fault("LANR", "838382302") == "check_digit"
    assert fault("BIG", "49012345601") == ""
    assert fault("DEA", "AB1234563") == ""
    assert fault("nobody", "1") == "unknown_register"


def test_a_german_code_is_read_and_its_number_checked() -> None:
    url = "Task/160.000.006.315.515.37/$accept?ac=" + "ab" * 32
    (code,) = german.codes_in(json.dumps({"urls": [url]}))

    assert (code.task, code.access) == ("160.000.006.315.515.37", "ab" * 32)
    assert code.is_right
    assert not german.id_is_right("160.000.006.315.515.38")
    assert german.codes_in("https://example.com") == []
    assert german.codes_in('{"urls": ["Task/x"]}') == []


# --- over the API -------------------------------------------------------------------------------------------------


@pytest.fixture
def api(client: Client, acme: str) -> Any:
    """Calls the API with a partner's key, in the United States."""
    the_sites()

    def call(
        method: str, path: str, body: Any = None, *, key: str = acme, accept: str = "application/json", **more: Any
    ) -> Any:
        more.setdefault("content_type", FHIR)
        if body is not None:
            more["data"] = (
                body if isinstance(body, str | bytes | dict) and more["content_type"] != FHIR else json.dumps(body)
            )
        headers = {"Authorization": f"Bearer {key}", "Accept": accept}
        return client.generic(method, f"/api/v1{path}", headers=headers, **more)

    return call


@pytest.mark.django_db
class TestPartners:
    """`POST` and `GET /prescriptions`."""

    def test_what_is_handed_in_is_read_back_as_json_and_as_fhir(self, api: Any) -> None:
        answer = api("POST", "/prescriptions", a_bundle(authoredOn=str(today())))
        assert answer.status_code == 201, answer.content
        made = answer.json()
        assert made["status"] == "submitted"
        assert made["items"][0]["repeats_left"] == 1
        assert made["expires_on"] > str(today())

        again = api("GET", f"/prescriptions/{made['id']}").json()
        assert again == made
        bundle = api("GET", f"/prescriptions/{made['id']}", accept=FHIR)
        assert bundle["Content-Type"] == FHIR
        assert shape_faults(bundle.json()) == []
        back = read_body(bundle.content.decode(), FHIR, today=today())
        first = read_body(json.dumps(a_bundle(authoredOn=str(today()))), FHIR, today=today())
        assert (back.patient.name, back.author, back.number) == (first.patient.name, first.author, first.number)
        wanted = [(one.substance, one.strength, one.quantity, one.unit, one.repeats) for one in first.items]
        assert [(one.substance, one.strength, one.quantity, one.unit, one.repeats) for one in back.items] == wanted
        assert Event.objects.filter(kind="prescription.looked_at", by_kind="partner").count() == 2

    def test_the_same_body_again_is_the_same_prescription_and_another_with_its_number_is_refused(
        self, api: Any
    ) -> None:
        first = api("POST", "/prescriptions", a_bundle()).json()
        assert api("POST", "/prescriptions", a_bundle()).json()["id"] == first["id"]

        other = a_bundle(dispenseRequest={"quantity": {"value": 900, "unit": "tablet"}})
        refused = api("POST", "/prescriptions", other)
        assert (refused.status_code, refused.json()["code"]) == (409, "sent-before")
        assert Prescription.objects.count() == 1

    def test_what_is_wrong_is_refused_with_a_path_for_each_fault_and_nothing_is_kept(self, api: Any) -> None:
        bundle = a_bundle(status="draft", intent="plan", dispenseRequest={"quantity": {"value": "many"}})
        answer = api("POST", "/prescriptions", bundle)

        assert answer.status_code == 422
        assert answer["Content-Type"] == "application/problem+json"
        paths = {(one["path"], one["pointer"]) for one in answer.json()["errors"]}
        assert ("Bundle.entry[0].resource.status", "/entry/0/resource/status") in paths
        assert ("Bundle.entry[0].resource.dispenseRequest.quantity.value",
                "/entry/0/resource/dispenseRequest/quantity/value") in paths  # fmt: skip
        assert "many" not in answer.content.decode()
        assert not ElectronicPaper.objects.exists()

    def test_what_can_be_read_in_part_waits_for_a_person(self, api: Any) -> None:
        made = api("POST", "/prescriptions", a_bundle(dosageInstruction=None)).json()

        assert made["status"] == "clarification"
        assert made["items"] == []
        assert made["to_clarify"][0]["path"] == "Bundle.entry[0].resource.dosageInstruction"
        paper = ElectronicPaper.objects.get()
        assert paper.state == "for_a_person"
        assert json.loads(paper.body)["resourceType"] == "Bundle"
        assert b"Quintero" not in bytes(paper.body_sealed)

    def test_files_with_data_are_quarantined_and_never_come_back(self, api: Any, client: Client, acme: str) -> None:
        from django.core.files.uploadedfile import SimpleUploadedFile

        told = {"patient": {"name": "Marta Quintero", "born_on": "1984-03-07"}, "reference": "our-7"}
        parts = {"data": json.dumps(told), "file": SimpleUploadedFile("rx.jpg", a_jpeg(), "image/jpeg")}
        answer = client.post("/api/v1/prescriptions", parts, headers={"Authorization": f"Bearer {acme}"})

        assert answer.status_code == 201, answer.content
        made = answer.json()
        assert (made["status"], made["reference"], made["patient"]["name"]) == (
            "clarification",
            "our-7",
            "Marta Quintero",
        )
        assert Document.objects.get().state in ("receiving", "cleaning", "ready")
        wrong = {"data": json.dumps({"patient": {"name": ""}, "typo": 1}), "more": "x"}
        refused = client.post("/api/v1/prescriptions", wrong, headers={"Authorization": f"Bearer {acme}"})
        pointers = {one["pointer"] for one in refused.json()["errors"]}
        assert {"/data/patient/name", "/data/patient/born_on", "/data/typo", "/file", "/more"} <= pointers

    def test_scopes_strangers_and_nonsense_are_turned_away_alike(self, api: Any) -> None:
        from pharmacy.accounts.actions import issue_key

        made = api("POST", "/prescriptions", a_bundle()).json()
        other = issue_key("other clinic", scopes=["prescriptions:read"], live=False, by="job:tests")[1]
        stranger = api("GET", f"/prescriptions/{made['id']}", key=other)
        nobody = api("GET", "/prescriptions/rx_nothing", key=other)
        assert stranger.status_code == nobody.status_code == 404
        assert stranger.content == nobody.content
        assert api("POST", "/prescriptions", a_bundle(), key=other).status_code == 403
        unread = api("POST", "/prescriptions", "{", content_type="text/plain")
        assert unread.status_code == 415
        for taken in (FHIR, "application/fhir+xml", "multipart/form-data"):
            assert taken in unread.json()["detail"]
        assert api("POST", "/prescriptions", "{", content_type=FHIR).status_code in (400, 422)
        assert api("GET", f"/prescriptions/{made['id']}?typo=1").status_code == 400


@pytest.mark.django_db
def test_what_was_supplied_is_written_as_a_dispense(alice: User, petra: User) -> None:
    from django.db import transaction

    from prescriptions.actions.clinical_check import use

    request, _clearance = cleared(alice, by=petra)
    with transaction.atomic():
        use(request.pk)
    paper = Prescription.objects.get()

    bundle = bundle_of(paper)

    assert shape_faults(bundle) == []
    kinds = Counter(one["resource"]["resourceType"] for one in bundle["entry"])
    assert kinds == {"Patient": 1, "Practitioner": 1, "MedicationRequest": 1, "MedicationDispense": 1}
    dispense = bundle["entry"][-1]["resource"]
    from fhir.resources.R4B.medicationdispense import MedicationDispense

    MedicationDispense.model_validate(dispense)
    assert dispense["authorizingPrescription"][0]["reference"] == f"urn:uuid:{paper.items.get().pk}"


# --- the real ones ------------------------------------------------------------------------------------------------


def _bodies(folder: str) -> list[tuple[str, str]]:
    return [(path.name, gzip.open(path, "rt").read()) for path in sorted((REAL / folder).glob("*.xml.gz"))]


def _came_of(made: Any) -> str:
    return "read whole" if made.is_whole else "refused" if made.is_refused else "for a person"


@needs_real_bundles
def test_every_negative_german_example_is_refused_with_a_path_and_every_prescription_id_is_right() -> None:
    for name, body in _bodies("de_erezept/negative_kbv_2023"):
        made = read_body(body, "application/fhir+xml", today=ON)
        assert made.is_refused, name
        assert all(one.path.startswith("Bundle.") for one in made.faults)
    ids = (REAL / "de_erezept/prescription_ids_valid.txt").read_text().split()
    assert all(german.id_is_right(one) for one in ids)


@needs_real_bundles
def test_how_many_real_bundles_are_read_by_folder() -> None:
    folders = ("kbv_1.3.2", "nhs_eps (orders)", "synthea_r4", "hl7_r4_examples")
    count: dict[str, Counter[str]] = {folder: Counter() for folder in folders}
    for _, body in _bodies("de_erezept/kbv_1.3.2"):
        count["kbv_1.3.2"][_came_of(read_body(body, "application/fhir+xml", today=ON))] += 1
    with gzip.open(REAL / "nhs_eps_examples.jsonl.gz", "rt") as lines:
        for line in lines:
            bundle = json.loads(line)["resource"]
            if '"prescription-order"' in line and bundle.get("resourceType") == "Bundle":
                count["nhs_eps (orders)"][_came_of(read_body(json.dumps(bundle), FHIR, today=ON))] += 1
    for folder in ("synthea_r4", "hl7_r4_examples"):
        for bundle in _put_together(folder):
            count[folder][_came_of(read_body(json.dumps(bundle), FHIR, today=ON))] += 1
    for folder, found in count.items():
        print(f"\n{folder}: {dict(found)}", end="")
    assert count["kbv_1.3.2"]["refused"] <= 1
    assert count["nhs_eps (orders)"]["read whole"] >= 30
    assert count["synthea_r4"]["refused"] == 1109  # 849 are not active, and "320" is no number of the register it names


def _put_together(folder: str) -> list[dict[str, Any]]:
    """A bundle for each order, with the resources it refers to."""

    def rows(kind: str) -> list[dict[str, Any]]:
        path = REAL / folder / f"{kind}.ndjson.gz"
        if not path.exists():
            return []
        with gzip.open(path, "rt") as lines:
            return [json.loads(line) for line in lines]

    kinds = ("Patient", "Practitioner", "PractitionerRole", "Medication")
    by = {
        name: one for kind in kinds for one in rows(kind) for name in (f"urn:uuid:{one['id']}", f"{kind}/{one['id']}")
    }
    bundles = []
    for order in rows("MedicationRequest"):
        said = [order.get(name, {}).get("reference") for name in ("subject", "requester", "medicationReference")]
        parts = [(None, order), *((name, by[name]) for name in said if name in by)]
        entries = [{**({"fullUrl": name} if name else {}), "resource": one} for name, one in parts]
        bundles.append({"resourceType": "Bundle", "type": "collection", "entry": entries})
    return bundles


@pytest.mark.django_db
def test_a_pharmacist_reads_what_waits_and_settles_it(api: Any, petra: User, alice: User) -> None:
    api("POST", "/prescriptions", a_bundle(dosageInstruction=None))
    paper = ElectronicPaper.objects.get()
    there = f"/admin/incoming/{paper.pk}/"
    staff = desk(petra)

    assert b"Quintero" not in staff.get("/admin/incoming/").content
    page = staff.get(there).content.decode()
    assert "Bundle.entry[0].resource.dosageInstruction" in page
    assert Event.objects.filter(kind="prescription.looked_at", by_id=str(petra.pk)).exists()
    assert desk(alice).get(there).status_code != 200

    staff.post(f"{there}settle/", {"reason": "incomplete"})
    paper.refresh_from_db()
    assert (paper.state, paper.reason, paper.settled_by) == ("refused", "incomplete", petra)
    assert Prescription.objects.get().status == "rejected"


@needs_real_bundles
@pytest.mark.django_db
def test_a_german_prescription_comes_in_as_xml(api: Any) -> None:
    folder = REAL / "de_erezept"
    xml = next(path for path in sorted(folder.rglob("*.xml")) if b"KBV_PR_ERP_Bundle" in path.read_bytes()[:4000])
    answer = api("POST", "/prescriptions", xml.read_text(), content_type="application/fhir+xml")

    assert answer.status_code == 201, answer.content
    paper = ElectronicPaper.objects.get()
    assert (paper.media_type, paper.body) == ("application/fhir+xml", xml.read_text())
    again = api("POST", "/prescriptions", xml.read_text(), content_type="application/fhir+xml")
    assert again.json()["id"] == answer.json()["id"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "status"),
    [("<Bundle", 400), ("no xml", 400), ("<other/>", 422), ('<!DOCTYPE x [<!ENTITY a "b">]><Bundle>&a;</Bundle>', 422)],
)
def test_xml_that_is_none_is_told_apart_from_xml_that_says_nothing(api: Any, body: str, status: int) -> None:
    assert api("POST", "/prescriptions", body, content_type="application/fhir+xml").status_code == status
    assert not ElectronicPaper.objects.exists()


@pytest.mark.django_db
class TestFilesOfPartners:
    """What a partner sends as files is kept once, whole, and only when it was taken."""

    def post(self, key: str, *files: tuple[str, bytes], **data: Any) -> Any:
        from django.core.files.uploadedfile import SimpleUploadedFile

        the_sites()
        told = {"patient": {"name": "Marta Quintero", "born_on": "1984-03-07"}, **data}
        sent = [SimpleUploadedFile(name, content, "image/jpeg") for name, content in files]
        body = {"data": json.dumps(told), "file": sent}
        return Client().post("/api/v1/prescriptions", body, headers={"Authorization": f"Bearer {key}"})

    def test_the_same_files_again_are_kept_once(self, acme: str) -> None:
        picture = a_jpeg()
        first, again = (self.post(acme, ("rx.jpg", picture)) for _ in range(2))

        assert (first.status_code, again.json()) == (201, first.json())
        assert Document.objects.count() == 1

    def test_when_one_file_can_not_be_taken_none_is_kept(self, acme: str) -> None:
        answer = self.post(acme, ("rx.jpg", a_jpeg()), ("rx.exe", b"MZ"))

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/file/1"
        assert not Document.objects.filter(removed_at=None).exists()

    def test_a_file_or_a_body_that_is_too_large_is_413(self, acme: str) -> None:
        answer = self.post(acme, ("rx.jpg", b"\xff\xd8\xff" + bytes(MAX_BYTES)))
        assert (answer.status_code, answer["Content-Type"]) == (413, "application/problem+json")
        endless = {"CONTENT_LENGTH": str(5 * 1024**3), "headers": {"Authorization": f"Bearer {acme}"}}
        kind = "multipart/form-data; boundary=b"
        answer = Client().generic("POST", "/api/v1/prescriptions", b"--b--", content_type=kind, **endless)
        assert answer.status_code == 413
        assert not Document.objects.exists()
