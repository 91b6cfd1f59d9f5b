"""Files that were made to hurt: each is refused in words, or drawn again so that nothing of it is left but pixels."""

from __future__ import annotations

import io
import json
import resource
import struct
import subprocess
import sys
import tempfile
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
from pharmacy.journal.models import OutboxEntry
from pharmacy.refusals import Unreachable
from prescriptions.actions.document import begin_cleaning, begin_upload, give_back
from prescriptions.gateways import documents as files
from prescriptions.models.document import Document, DocumentPage
from prescriptions.rules.upload_words import SENTENCES
from prescriptions.rules.uploads import MAX_BYTES
from prescriptions.tasks.documents import clean
from prescriptions.tasks.housekeeping import sweep_files, take_up_documents
from tests.house import later, settle
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


def saved(pdf: pikepdf.Pdf) -> bytes:
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


def attached_pdf() -> bytes:
    pdf = pikepdf.open(io.BytesIO(a_pdf()))
    pdf.attachments["evil.exe"] = b"MZ evil" * 50
    return saved(pdf)


def linked_pdf() -> bytes:
    """A link over the whole page, and a script when the page is opened."""
    pdf = pikepdf.open(io.BytesIO(a_pdf()))
    action = pikepdf.Dictionary(S=pikepdf.Name.URI, URI=pikepdf.String("https://evil.example/"))
    link = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 400, 500], A=action)
    pdf.pages[0].Annots = pikepdf.Array([pdf.make_indirect(link)])
    pdf.pages[0].AA = pikepdf.Dictionary(O=script("app.alert(2)"))
    return saved(pdf)


def form_pdf() -> bytes:
    packet = pikepdf.String("<xdp:xdp xmlns:xdp='http://ns.adobe.com/xdp/'><script>evil()</script></xdp:xdp>")
    return pdf_with(AcroForm=pikepdf.Dictionary(XFA=packet, Fields=pikepdf.Array([])))


def deep_pdf(levels: int = 3000) -> bytes:
    """A tree of pages with one branch at each level, thousands deep."""
    pdf = pikepdf.open(io.BytesIO(a_pdf()))
    leaf = pdf.pages[0].obj
    here = leaf
    for _ in range(levels):
        above = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Pages, Count=1, Kids=pikepdf.Array([here])))
        here.Parent = above
        here = above
    pdf.Root.Pages = here
    return saved(pdf)


def round_pdf() -> bytes:
    """A tree of pages that is its own child."""
    pdf = pikepdf.open(io.BytesIO(a_pdf()))
    pdf.Root.Pages.Kids.append(pdf.Root.Pages)
    pdf.Root.Pages.Count = 2
    return saved(pdf)


def nested_filters_pdf() -> bytes:
    """Contents packed ten times over."""
    pdf = pikepdf.open(io.BytesIO(a_pdf()))
    packed_up = packed(bytes(1024 * 1024), times=60)
    for _ in range(9):
        packed_up = zlib.compress(packed_up, 9)
    stream = pikepdf.Stream(pdf, packed_up)
    stream.Filter = pikepdf.Array([pikepdf.Name.FlateDecode] * 10)
    pdf.pages[0].Contents = pdf.make_indirect(stream)
    out = io.BytesIO()
    pdf.save(out, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False)
    return out.getvalue()


def huge_picture_pdf() -> bytes:
    """A picture of 60,000 x 60,000 points in a few bytes, on an ordinary page."""
    pdf = pikepdf.open(io.BytesIO(a_pdf()))
    picture = pikepdf.Stream(pdf, zlib.compress(bytes(1000)))
    picture.Type, picture.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
    picture.Width = picture.Height = 60_000
    picture.BitsPerComponent, picture.ColorSpace = 8, pikepdf.Name.DeviceRGB
    picture.Filter = pikepdf.Name.FlateDecode
    pdf.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(P=pdf.make_indirect(picture)))
    pdf.pages[0].Contents = pdf.make_indirect(pikepdf.Stream(pdf, b"400 0 0 400 0 0 cm /P Do"))
    out = io.BytesIO()
    pdf.save(out, compress_streams=False)
    return out.getvalue()


def tiff_of(directories: int, *, looped: bool = False) -> bytes:
    """So many directories of one point each, in a few bytes each; the last one leads back to the first."""
    each = 2 + 8 * 12 + 4
    tags = ((256, 1), (257, 1), (258, 8), (259, 1), (262, 1), (273, 8), (278, 1), (279, 1))
    out = b"II*\x00" + struct.pack("<I", 16) + bytes(8)
    for number in range(directories):
        last = number == directories - 1
        after = (16 if looped else 0) if last else 16 + (number + 1) * each
        rows = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
        out += struct.pack("<H", 8) + rows + struct.pack("<I", after)
    return out


def png_with(kind: bytes, content: bytes) -> bytes:
    """A small PNG with one more chunk behind its head."""
    whole = png(600, 800, zlib.compress(bytes(1801 * 800)))
    chunk = struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    return whole[:33] + chunk + whole[33:]


def moving_png() -> bytes:
    frames = [Image.new("RGB", (300, 300), (shade, 0, 0)) for shade in range(0, 250, 5)]
    out = io.BytesIO()
    frames[0].save(out, "PNG", save_all=True, append_images=frames[1:])
    return out.getvalue()


def gif() -> bytes:
    out = io.BytesIO()
    Image.new("P", (50, 50)).save(out, "GIF")
    return out.getvalue()


def zipped() -> bytes:
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("../../../etc/passwd", "root")
    return out.getvalue()


def polyglot() -> bytes:
    """A JPEG that is a PDF with a script too, for who looks for one."""
    return a_jpeg(comment=b"%PDF-1.7 1 0 obj <</OpenAction<</S/JavaScript/JS(evil)>>>> endobj %%EOF") + locked_pdf()


def slow_jpeg() -> bytes:
    """Sent in scans; the last scan is repeated thousands of times."""
    out = io.BytesIO()
    Image.effect_noise((2500, 2500), 90).save(out, "JPEG", progressive=True, quality=60)
    whole = out.getvalue()
    last = whole.rindex(b"\xff\xda")
    scan = whole[last:-2]
    return whole[:-2] + scan * min(4000, (MAX_BYTES - len(whole) - 10) // len(scan)) + b"\xff\xd9"


def looping_exif() -> bytes:
    """A directory of EXIF that points at itself, and a tag of two gigabytes."""
    body = b"Exif\x00\x00II*\x00" + struct.pack("<I", 8) + struct.pack("<H", 2)
    body += (
        struct.pack("<HHII", 0x8769, 4, 1, 8) + struct.pack("<HHII", 0x9286, 7, 2**31 - 1, 64) + struct.pack("<I", 8)
    )
    whole = a_jpeg()
    return whole[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + whole[2:]


def with_profile() -> bytes:
    return a_jpeg(icc_profile=b"\x00\x10\x00\x00" + bytes(2_000_000))


def heif(cut: int | None = None) -> bytes:
    import pillow_heif

    pillow_heif.register_heif_opener()
    out = io.BytesIO()
    Image.open(io.BytesIO(a_jpeg())).save(out, "HEIF", quality=50)
    return out.getvalue()[:cut]


def svg() -> bytes:
    return b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><image href="file:///etc/passwd"/></svg>'


DRAWN_OR_NOT = {"pages", "unreadable", "too_heavy"}
MORE_HOSTILE: dict[str, tuple[str, Any, set[str]]] = {
    "nothing at all called a pdf": ("pdf", lambda: b"", {"wrong_type"}),
    "nothing at all called a picture": ("png", lambda: b"", {"wrong_type"}),
    "nothing at all called heic": ("heif", lambda: b"", {"wrong_type", "unreadable"}),
    "larger than allowed": ("jpeg", lambda: a_jpeg() + bytes(MAX_BYTES), {"too_big"}),
    "pdf with a program attached": ("pdf", attached_pdf, {"pages"}),
    "pdf with a link and a script on its page": ("pdf", linked_pdf, {"pages"}),
    "pdf with a form of XML": ("pdf", form_pdf, {"pages"}),
    "pdf with pages three thousand levels deep": ("pdf", deep_pdf, {"pages", "unreadable", "too_heavy"}),
    "pdf whose pages go in a circle": ("pdf", round_pdf, {"pages", "unreadable", "too_heavy", "too_many_pages"}),
    "pdf packed ten times": ("pdf", nested_filters_pdf, {"pages", "unreadable", "too_heavy"}),
    "pdf with a picture of 60,000 x 60,000": ("pdf", huge_picture_pdf, {"pages", "unreadable", "too_heavy"}),
    "zip called a pdf": ("pdf", zipped, {"wrong_type"}),
    "page of the web called a pdf": ("pdf", lambda: b"<html><script>alert(1)</script>", {"wrong_type"}),
    "drawing with a script called png": ("png", svg, {"wrong_type"}),
    "gif called png": ("png", gif, {"wrong_type"}),
    "moving png": ("png", moving_png, {"pages"}),
    "jpeg that is a pdf too": ("jpeg", polyglot, {"pages"}),
    "jpeg with thousands of scans": ("jpeg", slow_jpeg, {"pages", "unreadable", "too_heavy"}),
    "jpeg with two megabytes of colour profile": ("jpeg", with_profile, {"pages", "unreadable"}),
    "jpeg whose camera data point at themselves": ("jpeg", looping_exif, {"pages", "unreadable"}),
    "png with a packed text of 200 MB": (
        "png", lambda: png_with(b"zTXt", b"a\x00\x00" + packed(bytes(1024 * 1024), times=200)), DRAWN_OR_NOT,
    ),
    "png with a packed profile of 200 MB": (
        "png", lambda: png_with(b"iCCP", b"a\x00\x00" + packed(bytes(1024 * 1024), times=200)), DRAWN_OR_NOT,
    ),
    "tiff of 20,000 directories": ("tiff", lambda: tiff_of(20_000), {"too_many_pages", "too_heavy", "unreadable"}),
    "tiff whose directories go round": ("tiff", lambda: tiff_of(3, looped=True), DRAWN_OR_NOT | {"too_many_pages"}),
    "heic cut off": ("heif", lambda: heif(400), {"wrong_type", "unreadable"}),
}  # fmt: skip


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
    """What the cleaning process answers, its pages as files in the folder; "too_heavy" when a limit ended it."""
    with tempfile.TemporaryFile() as drawn:
        done = subprocess.run(
            [sys.executable, "-m", "prescriptions.gateways.cleaner", kind, str(drawn.fileno())],
            input=content, capture_output=True, cwd=settings.BASE_DIR, timeout=60, check=False,
            env={"PATH": "/usr/bin:/bin", "OPENBLAS_NUM_THREADS": "1"}, pass_fds=[drawn.fileno()],
        )  # fmt: skip
        answer = dict(json.loads(done.stdout)) if done.returncode == 0 else {"refused": "too_heavy"}
        drawn.seek(0)
        for page in answer.get("pages", []):
            (folder / f"{page['number']}.jpg").write_bytes(drawn.read(page["size"]))
    return answer


HOSTILE |= MORE_HOSTILE


def test_there_are_enough_of_them() -> None:
    assert len(HOSTILE) >= 40


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_or_drawn_again_within_limits(name: str, tmp_path: Path) -> None:
    kind, made, allowed = HOSTILE[name]
    content = made()
    before = time.monotonic()

    answer = cleaned(kind, content, tmp_path)

    assert ("pages" if "pages" in answer else answer["refused"]) in allowed, answer
    assert answer.get("refused", "empty") in SENTENCES
    assert time.monotonic() - before < SECONDS
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024 < MEGABYTES
    for drawn in tmp_path.glob("*.jpg"):
        written = drawn.read_bytes()
        for banned in (b"JavaScript", b"Launch", b"MZ evil", b"PK\x03\x04", b"Exif", b"%PDF", b"ICC_PROFILE"):
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
        take_up_documents()  # at once: whoever could not clean it holds no lease on it
        document.refresh_from_db()
        assert document.state == "ready"

    def test_who_was_slower_than_the_lease_gives_back_nothing_of_anothers(self, alice: User) -> None:
        document = sent(alice, a_jpeg())
        slow = begin_cleaning(document.pk, by="job:slow")
        with later(minutes=4):
            quick = begin_cleaning(document.pk, by="job:quick")
            assert slow is not None
            assert quick is not None
            give_back(slow, by="job:slow")
            assert begin_cleaning(document.pk, by="job:third") is None

    def test_the_relay_comes_back_when_the_lease_of_another_ends(self, alice: User) -> None:
        document = sent(alice, a_jpeg())
        begin_cleaning(document.pk, by="job:killed")
        settle()
        assert OutboxEntry.objects.filter(queue="documents", settled_at=None).count() == 1

        with later(minutes=2):
            settle()
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
