"""Files at rest: a data key each, keys that can be changed, another storage, a scanner that must answer."""

from __future__ import annotations

import base64
import socketserver
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection

from pharmacy.accounts.models import User
from pharmacy.crypto import Unopenable, key_id_of, seal
from pharmacy.files import DurableFiles
from pharmacy.refusals import Unreachable
from pharmacy.rotation import left, places, rotate
from pharmacy.storage import BadStorageUrl, storage_of
from prescriptions.gateways import documents as files
from prescriptions.models.document import Document, DocumentPage, ObjectKey
from prescriptions.models.patient import Patient
from prescriptions.models.review import Decision
from prescriptions.tasks.documents import clean
from prescriptions.tasks.housekeeping import take_up_documents
from tests.house import later
from tests.shop.prescriptions import a_document, a_jpeg, a_patient, cleared, sent

OLD = "t1:" + base64.b64encode(b"0123456789abcdef" * 2).decode()
NEW = "t2:" + base64.b64encode(b"fedcba9876543210" * 2).decode()


@pytest.mark.django_db
class TestKeys:
    """Each object has a key; keys are sealed with keys that can be changed."""

    def test_every_file_has_a_data_key_of_its_own_that_is_dropped_with_it(self, alice: User) -> None:
        page = a_document(alice).pages.get()
        other = a_document(alice).pages.get()
        keys = {bytes(ObjectKey.objects.get(pk=one.pk).data_key) for one in (page, other)}
        assert len(keys) == 2

        files.drop_page(page.pk)

        assert set(ObjectKey.objects.values_list("pk", flat=True)) == {other.pk}

    def test_a_swapped_key_or_file_does_not_open(self, alice: User) -> None:
        mine, other = a_document(alice).pages.get(), a_document(alice).pages.get()
        stolen = ObjectKey.objects.get(pk=other.pk).data_key_sealed
        ObjectKey.objects.filter(pk=mine.pk).update(data_key_sealed=stolen)
        with pytest.raises(Unopenable):
            files.open_page(mine.pk)

    def test_a_file_sealed_before_there_were_data_keys_still_opens(self, alice: User) -> None:
        page = a_document(alice).pages.get()
        name = f"prescriptions/pages/{page.pk.hex}"
        Path(default_storage.path(name)).write_bytes(seal(b"of old", name))
        ObjectKey.objects.filter(pk=page.pk).delete()

        assert files.open_page(page.pk) == b"of old"

    def test_keys_are_rotated_in_batches_and_what_is_not_done_yet_stays_readable(
        self, alice: User, settings: Any
    ) -> None:
        patient = a_patient(alice, name="Marta")
        page = a_document(alice).pages.get()
        before = files.open_page(page.pk)
        settings.ENCRYPTION_KEYS = f"{NEW},{OLD}"
        assert files.open_page(page.pk) == before
        patients = next(place for place in places() if place.model is Patient)
        assert left(patients) == 1

        call_command("rotate_keys", "--batch=1")

        assert {left(place) for place in places()} == {0}
        settings.ENCRYPTION_KEYS = NEW
        patient.refresh_from_db()
        assert patient.name == "Marta"
        assert key_id_of(patient.name_sealed) == "t2"
        assert files.open_page(page.pk) == before
        assert rotate(patients) == 0

    def test_rows_that_never_change_are_sealed_anew_and_stay_guarded(
        self, alice: User, petra: User, settings: Any
    ) -> None:
        request, _clearance = cleared(alice, by=petra)
        decision = Decision.objects.get(request=request)
        evidence = decision.evidence
        settings.ENCRYPTION_KEYS = f"{NEW},{OLD}"
        call_command("rotate_keys")
        settings.ENCRYPTION_KEYS = NEW

        decision.refresh_from_db()
        assert decision.evidence == evidence
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
                " WHERE c.relname = 'prescriptions_decision' AND t.tgenabled = 'D'"
            )
            assert cursor.fetchone() == (0,)


# --- another storage ----------------------------------------------------------------------------------------------


def test_a_storage_address_is_a_folder_or_a_bucket() -> None:
    assert storage_of("file:///srv/x")["OPTIONS"]["location"] == "/srv/x"
    options = storage_of("s3://k:s%2Ft@bucket/pre/fix?endpoint=http://s3.local:9000&region=eu-central-1")["OPTIONS"]
    assert options["bucket_name"] == "bucket"
    assert options["location"] == "pre/fix"
    assert options["secret_key"] == "s/t"
    assert options["endpoint_url"] == "http://s3.local:9000"
    with pytest.raises(BadStorageUrl):
        storage_of("ftp://somewhere/x")


@pytest.fixture
def bucket(settings: Any) -> Iterator[Any]:
    """A real S3 server over HTTP, with an empty bucket that everything is stored in."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    there = f"http://{host}:{port}"
    known = {"aws_access_key_id": "k", "aws_secret_access_key": "s", "region_name": "us-east-1"}
    client = boto3.client("s3", endpoint_url=there, **known)
    client.create_bucket(Bucket="papers")
    spec = storage_of(f"s3://k:s@papers/clinic?endpoint={there}&region=us-east-1")
    settings.STORAGES = {**settings.STORAGES, "default": spec}
    yield client
    server.stop()


@pytest.mark.django_db
def test_documents_live_in_a_bucket_when_the_address_says_so(alice: User, bucket: Any) -> None:
    content = a_jpeg()
    document = a_document(alice, content)
    page = document.pages.get()

    names = [one["Key"] for one in bucket.list_objects_v2(Bucket="papers")["Contents"]]
    assert names == [f"clinic/prescriptions/pages/{page.pk.hex}"]
    assert b"JFIF" not in bucket.get_object(Bucket="papers", Key=names[0])["Body"].read()
    assert files.open_page(page.pk).startswith(b"\xff\xd8\xff")
    assert files.stored("pages") == [page.pk]
    files.drop_page(page.pk)
    assert bucket.list_objects_v2(Bucket="papers")["KeyCount"] == 0
    bucket.delete_bucket(Bucket="papers")
    with pytest.raises(Unreachable):
        files.open_page(page.pk)


def test_a_full_disk_leaves_what_was_there_and_nothing_else(tmp_path: Path) -> None:
    """`/dev/full` is a disk without room: every write to it fails as on a full one."""
    storage = DurableFiles(location=str(tmp_path))
    storage.save("pages/one", ContentFile(b"before"))
    (tmp_path / "pages" / "one.part").symlink_to("/dev/full")

    with pytest.raises(OSError, match="No space left"):
        storage.save("pages/one", ContentFile(b"after"))

    assert [path.name for path in (tmp_path / "pages").iterdir()] == ["one"]
    assert storage.open("pages/one").read() == b"before"
    storage.save("pages/one", ContentFile(b"after"))
    assert storage.open("pages/one").read() == b"after"


def test_what_a_process_that_died_left_goes_with_its_name(tmp_path: Path) -> None:
    storage = DurableFiles(location=str(tmp_path))
    (tmp_path / "one.part").write_bytes(b"half")

    storage.delete("one")

    assert list(tmp_path.iterdir()) == []


# --- the scanner --------------------------------------------------------------------------------------------------

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Clamd(socketserver.BaseRequestHandler):
    """The INSTREAM command of clamd: length-prefixed chunks until a length of zero, then one verdict."""

    answers: bytes | None = None
    heard = 0

    def handle(self) -> None:
        """One scan."""
        assert self._read(10) == b"zINSTREAM\0"
        content = b""
        while size := struct.unpack("!L", self._read(4))[0]:
            content += self._read(size)
        type(self).heard = len(content)
        verdict = b"stream: Eicar-Signature FOUND\0" if EICAR in content else b"stream: OK\0"
        self.request.sendall(verdict if self.answers is None else self.answers)

    def _read(self, size: int) -> bytes:
        got = b""
        while len(got) < size:
            piece = self.request.recv(size - len(got))
            if not piece:
                raise ConnectionError
            got += piece
        return got


@pytest.fixture
def clamd(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Clamd]]:
    """A scanner that answers on a port of its own."""
    monkeypatch.setattr(Clamd, "answers", None)
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Clamd) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.CLAMAV_URL = f"tcp://127.0.0.1:{server.server_address[1]}"
        yield Clamd
        server.shutdown()


@pytest.mark.django_db
class TestScanner:
    """Fail closed: no verdict is not a good one."""

    def test_what_the_scanner_finds_is_refused_in_words(self, alice: User, clamd: type[Clamd]) -> None:
        document = a_document(alice, a_jpeg() + EICAR)

        assert (document.state, document.refused_because) == ("refused", "virus")
        assert not DocumentPage.objects.exists()

    def test_a_file_it_finds_nothing_in_is_drawn(self, alice: User, clamd: type[Clamd]) -> None:
        content = a_jpeg()
        assert a_document(alice, content).state == "ready"
        assert clamd.heard == len(content)

    @pytest.mark.parametrize("answer", [b"", b"INSTREAM size limit exceeded. ERROR\0", b"stream: OK but not quite\0"])
    def test_without_a_verdict_it_is_kept_unseen_and_tried_again(
        self, answer: bytes, alice: User, clamd: type[Clamd], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(clamd, "answers", answer)
        document = sent(alice, a_jpeg())
        with pytest.raises(Unreachable):
            clean(document.pk)
        assert Document.objects.get().state == "cleaning"
        assert not DocumentPage.objects.exists()

        monkeypatch.setattr(clamd, "answers", None)
        with later(minutes=4):
            take_up_documents()
        assert Document.objects.get().state == "ready"
