"""Files that were made to hurt: each is refused in words, or drawn again so that nothing of it is left but pixels."""

from __future__ import annotations

import io
import json
import resource
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from pharmacy.accounts.models import User
from pharmacy.refusals import Unreachable
from prescriptions.actions.document import begin_cleaning, begin_upload
from prescriptions.gateways import documents as files
from prescriptions.models.document import Document, DocumentPage
from prescriptions.rules.uploads import MAX_BYTES, SENTENCES
from prescriptions.tasks.documents import clean
from prescriptions.tasks.housekeeping import sweep_files, take_up_documents
from tests.house import later
from tests.shop.prescriptions import a_document, a_jpeg, a_pdf, sent

SECONDS = 35
MEGABYTES = 850  # the fence is 800


def png(width: int, height: int, rows: bytes) -> bytes:
    """A PNG whose header says so many pixels, whatever its rows hold."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def packed(content: bytes, *, times: int) -> bytes:
    """Deflated so many times in a row, in little memory: a child's count begins with its parent's."""
    press = zlib.compressobj(9)
    return b"".join([*(press.compress(content) for _ in range(times)), press.flush()])


def pdf_with(**root: Any) -> bytes:
    pdf = pikepdf.open(io.BytesIO(a_pdf()))
    for key, value in root.items():
        pdf.Root[pikepdf.Name(f"/{key}")] = value
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


def script(code: str) -> pikepdf.Dictionary:
    return pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String(code))


def locked_pdf() -> bytes:
    out = io.BytesIO()
    pdf = pikepdf.open(io.BytesIO(a_pdf()))
    pdf.save(out, encryption=pikepdf.Encryption(owner="o", user="u"))
    return out.getvalue()


def deflated_pdf() -> bytes:
    """A content stream of 300 MB of operators in some 300 kB."""
    pdf = pikepdf.open(io.BytesIO(a_pdf()))
    stream = pikepdf.Stream(pdf, packed(b"0 0 m 9 9 l S\n" * 1024 * 64, times=350))
    stream.Filter = pikepdf.Name.FlateDecode
    pdf.pages[0].Contents = pdf.make_indirect(stream)
    out = io.BytesIO()
    pdf.save(out, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False)
    return out.getvalue()


def endless_pdf() -> bytes:
    """A form that draws itself, thirty times at each level."""
    pdf = pikepdf.open(io.BytesIO(a_pdf()))
    form = pikepdf.Stream(pdf, b"/F Do " * 30)
    form.Type, form.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
    form.BBox = pikepdf.Array([0, 0, 400, 400])
    made = pdf.make_indirect(form)
    made.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=made))
    pdf.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=made))
    pdf.pages[0].Contents = pdf.make_indirect(pikepdf.Stream(pdf, b"/F Do"))
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


def huge_page_pdf() -> bytes:
    pdf = pikepdf.open(io.BytesIO(a_pdf()))
    pdf.pages[0].MediaBox = pikepdf.Array([0, 0, 14_000_000, 14_000_000])
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


def many_frames() -> bytes:
    frames = [Image.new("1", (10, 10)) for _ in range(60)]
    out = io.BytesIO()
    frames[0].save(out, "TIFF", save_all=True, append_images=frames[1:])
    return out.getvalue()


def png_bomb() -> bytes:
    return png(30_000, 30_000, zlib.compress(bytes(1000)))


def flat_png() -> bytes:
    return png(6000, 6000, packed(bytes(18_001), times=6000))


def launching_pdf() -> bytes:
    return pdf_with(OpenAction=pikepdf.Dictionary(S=pikepdf.Name.Launch, F="calc.exe"))


def noise() -> bytes:
    return b"\xff\xd8\xff" + bytes(range(256)) * 40


# name -> (kind, file, what may come of it: a refusal's code, or "pages" for drawn again)
HOSTILE: dict[str, tuple[str, Any, set[str]]] = {
    "png bomb: 30,000 x 30,000 in a few bytes": ("png", png_bomb, {"too_many_pixels"}),
    "png bomb: 36 million pixels in a few bytes": ("png", flat_png, {"pages", "too_heavy"}),
    "jpeg that says 65,500 x 65,500": ("jpeg", lambda: jpeg_that_says(65_500), {"too_many_pixels", "unreadable"}),
    "pdf with a script on opening": ("pdf", lambda: pdf_with(OpenAction=script("app.alert(1)")), {"pages"}),
    "pdf that launches a program": ("pdf", launching_pdf, {"pages"}),
    "pdf locked with a password": ("pdf", locked_pdf, {"encrypted"}),
    "pdf with a bomb for its contents": ("pdf", deflated_pdf, {"pages", "too_heavy", "unreadable"}),
    "pdf that draws itself without end": ("pdf", endless_pdf, {"pages", "too_heavy", "unreadable"}),
    "pdf with a page of kilometres": ("pdf", huge_page_pdf, {"pages", "unreadable", "too_heavy"}),
    "pdf of 51 pages": ("pdf", lambda: a_pdf(51), {"too_many_pages"}),
    "tiff of 60 frames": ("tiff", many_frames, {"too_many_pages"}),
    "jpeg cut off": ("jpeg", lambda: a_jpeg()[:900], {"unreadable"}),
    "pdf cut off": ("pdf", lambda: a_pdf()[:60], {"unreadable"}),
    "picture called a pdf": ("pdf", a_jpeg, {"wrong_type"}),
    "pdf called a picture": ("jpeg", a_pdf, {"wrong_type"}),
    "page of the web called a picture": ("png", lambda: b"<html><script>alert(1)</script>", {"wrong_type"}),
    "nothing but noise after the magic": ("jpeg", noise, {"wrong_type", "unreadable"}),
    "heif that is none": ("heif", lambda: b"\x00\x00\x00\x18ftypheic" + b"\x00" * 5000, {"wrong_type", "unreadable"}),
    "picture with a program behind it": ("jpeg", lambda: a_jpeg() + b"PK\x03\x04" + b"MZ evil" * 500, {"pages"}),
}  # fmt: skip


def jpeg_that_says(edge: int) -> bytes:
    whole = bytearray(a_jpeg())
    at = whole.index(b"\xff\xc0")
    whole[at + 5 : at + 9] = struct.pack(">HH", edge, edge)
    return bytes(whole)


def cleaned(kind: str, content: bytes, folder: Path) -> dict[str, Any]:
    """What the cleaning process answers; {"killed": True} when a limit ended it."""
    done = subprocess.run(
        [sys.executable, "-m", "prescriptions.gateways.cleaner", kind, str(folder)],
        input=content, capture_output=True, cwd=settings.BASE_DIR, timeout=60, check=False,
        env={"PATH": "/usr/bin:/bin", "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    return dict(json.loads(done.stdout)) if done.returncode == 0 else {"refused": "too_heavy"}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_or_drawn_again_within_limits(name: str, tmp_path: Path) -> None:
    kind, made, allowed = HOSTILE[name]
    content = made()
    assert len(content) < MAX_BYTES
    before = time.monotonic()

    answer = cleaned(kind, content, tmp_path)

    assert ("pages" if "pages" in answer else answer["refused"]) in allowed, answer
    assert answer.get("refused", "empty") in SENTENCES
    assert time.monotonic() - before < SECONDS
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024 < MEGABYTES
    for drawn in tmp_path.glob("*.jpg"):
        written = drawn.read_bytes()
        for banned in (b"JavaScript", b"Launch", b"MZ evil", b"PK\x03\x04", b"Exif"):
            assert banned not in written


def test_a_photo_loses_its_place_and_its_camera(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Secret Camera"
    exif.get_ifd(0x8825).update({1: "N", 2: (IFDRational(40), IFDRational(44), IFDRational(30)), 3: "W"})
    content = a_jpeg(exif=exif, comment=b"taken at home")
    assert b"Secret Camera" in content

    answer = cleaned("jpeg", content, tmp_path)

    written = (tmp_path / "1.jpg").read_bytes()
    assert len(answer["pages"]) == 1
    assert not dict(Image.open(io.BytesIO(written)).getexif())
    assert b"Secret" not in written
    assert b"taken at home" not in written


def test_a_photo_taken_on_its_side_stands_up(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6

    answer = cleaned("jpeg", a_jpeg(size=(800, 600), exif=exif), tmp_path)

    assert (answer["pages"][0]["width"], answer["pages"][0]["height"]) == (600, 800)


def test_the_process_that_cleans_reaches_no_network_and_starts_nothing() -> None:
    tried = (
        "import prescriptions.gateways.cleaner as c, sys; c.fence()\n"
        "import socket, subprocess\n"
        "for act in (lambda: socket.create_connection(('127.0.0.1', 9)), lambda: subprocess.run(['true'])):\n"
        "    try:\n        act()\n    except PermissionError:\n        print('refused')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", tried], capture_output=True, text=True, cwd=settings.BASE_DIR, check=False
    )

    assert done.stdout.split() == ["refused", "refused"], done.stderr


@pytest.mark.django_db(transaction=True)
class TestWhatIsStored:
    """Files at rest, and an upload's life when things go wrong."""

    def test_stored_bytes_are_not_the_file_nor_the_page(self, alice: User) -> None:
        content = a_jpeg()
        document = sent(alice, content)
        with default_storage.open(f"prescriptions/incoming/{document.pk.hex}") as kept:
            raw = kept.read()
        assert content[:200] not in raw
        assert b"JFIF" not in raw

        clean(document.pk)
        page = DocumentPage.objects.get()
        with default_storage.open(f"prescriptions/pages/{page.pk.hex}") as kept:
            assert b"JFIF" not in kept.read()
        assert not default_storage.exists(f"prescriptions/incoming/{document.pk.hex}")

    def test_a_page_moved_under_anothers_name_does_not_open(self, alice: User, bob: User) -> None:
        mine, other = a_document(alice).pages.get(), a_document(bob).pages.get()
        with default_storage.open(f"prescriptions/pages/{other.pk.hex}") as kept:
            raw = kept.read()
        path = Path(default_storage.path(f"prescriptions/pages/{mine.pk.hex}"))
        path.write_bytes(raw)

        with pytest.raises(Exception) as problem:  # whatever the cipher says
            files.open_page(mine.pk)
        assert problem.value

    def test_a_changed_byte_does_not_open(self, alice: User) -> None:
        page = a_document(alice).pages.get()
        path = Path(default_storage.path(f"prescriptions/pages/{page.pk.hex}"))
        raw = bytearray(path.read_bytes())
        raw[-1] ^= 1
        path.write_bytes(bytes(raw))

        with pytest.raises(Exception):  # noqa: B017
            files.open_page(page.pk)

    def test_a_refused_file_says_why_and_is_not_kept(self, alice: User) -> None:
        document = a_document(alice, locked_pdf(), name="rx.pdf", declared="application/pdf")

        assert (document.state, document.refused_because) == ("refused", "encrypted")
        assert "password" in document.refused_sentence
        assert not default_storage.exists(f"prescriptions/incoming/{document.pk.hex}")
        assert not DocumentPage.objects.exists()

    def test_cleaning_twice_is_once(self, alice: User) -> None:
        document = a_document(alice)
        clean(document.pk)

        assert document.pages.count() == 1

    def test_a_worker_killed_half_way_leaves_a_lease_that_lapses(self, alice: User) -> None:
        document = sent(alice, a_jpeg())
        assert begin_cleaning(document.pk, by="job:tests") is not None
        take_up_documents()
        document.refresh_from_db()
        assert document.state == "cleaning"

        with later(minutes=4):
            take_up_documents()
        document.refresh_from_db()
        assert document.state == "ready"

    def test_an_upload_that_was_cut_off_is_refused_in_words(self, alice: User) -> None:
        document = begin_upload(owner=alice, name="rx.jpg", declared_type="image/jpeg", size=10, by=alice)
        with later(hours=2):
            take_up_documents()

        document.refresh_from_db()
        assert (document.state, document.refused_because) == ("refused", "incomplete")

    def test_a_scanner_that_does_not_answer_keeps_the_file_waiting(self, alice: User, settings: Any) -> None:
        settings.CLAMAV_URL = "tcp://127.0.0.1:9"
        document = sent(alice, a_jpeg())

        with pytest.raises(Unreachable):
            clean(document.pk)
        document.refresh_from_db()
        assert document.state == "cleaning"
        settings.CLAMAV_URL = ""
        with later(minutes=4):
            take_up_documents()
        document.refresh_from_db()
        assert document.state == "ready"

    def test_files_without_a_row_are_swept_and_others_stay(self, alice: User) -> None:
        import os
        from uuid import uuid4

        document = a_document(alice)
        orphan = uuid4()
        files.keep_upload(orphan, iter([b"orphan"]))
        for name in (f"prescriptions/incoming/{orphan.hex}", f"prescriptions/pages/{document.pages.get().pk.hex}"):
            os.utime(default_storage.path(name), (0, 0))

        sweep_files()

        assert not default_storage.exists(f"prescriptions/incoming/{orphan.hex}")
        assert files.open_page(document.pages.get().pk)
        assert Document.objects.get().state == "ready"
