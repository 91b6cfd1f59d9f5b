"""Takes an upload apart in a process of its own and renders it again: `python -m prescriptions.gateways.cleaner`.

In: the kind and the number of an open file as arguments, the upload on standard input. Out: the pages as JPEG, one
after the other, in that file, which has no name on any disk; and one line of JSON on standard output: {"pages": [...],
"codes": [...]} or {"refused": code}. The process has a limit of memory, time and file size, no environment, no network,
and never imports Django. What comes out was drawn by us, pixel by pixel: no metadata, no script, no attachment, no
trailing bytes survive. Killed at any moment, nothing in plain is left behind.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import resource
import sys
import warnings
from collections.abc import Iterator
from typing import Any, BinaryIO

from prescriptions.rules.quality import Measured, advice_for
from prescriptions.rules.uploads import MAX_BYTES, MAX_PAGES, MAX_PIXELS, PAGE_LONGEST

MEMORY = 800 * 1024 * 1024  # of address space, libraries included; resident memory stays far below
SECONDS = 30
DRAWN_BYTES = MAX_PAGES * 4 * 1024 * 1024  # all pages of a document together
MAGIC = {
    "pdf": (b"%PDF-",),
    "jpeg": (b"\xff\xd8\xff",),
    "png": (b"\x89PNG\r\n\x1a\n",),
    "tiff": (b"II*\x00", b"MM\x00*"),
    "heif": (),
}
FORMATS = {"jpeg": "JPEG", "png": "PNG", "tiff": "TIFF", "heif": "HEIF"}
POINTS = 72
LONGEST_CODE = 1000
PAGES_WITH_CODES = 3


class NotClean(Exception):
    """The file is refused; the message is a code of `rules.upload_words.SENTENCES`."""


def fence() -> None:
    """Limit this process before it reads a byte of the file."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (DRAWN_BYTES, DRAWN_BYTES))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError, AttributeError):  # where the kernel lets us: no network at all
        os.unshare(os.CLONE_NEWUSER | os.CLONE_NEWNET)  # type: ignore[attr-defined, unused-ignore]  # Linux only
    sys.addaudithook(_no_network)


def _no_network(event: str, _: tuple[Any, ...]) -> None:
    if event.startswith(("socket.", "subprocess.", "os.exec", "os.posix_spawn", "os.fork")):
        raise PermissionError(event)


def pictures(kind: str, content: bytes) -> Iterator[Any]:
    """The pages of a file as RGB pictures, one at a time. Raises NotClean."""
    magic = MAGIC[kind]
    if magic and not content.startswith(magic):
        raise NotClean("wrong_type")
    return _pages_of_pdf(content) if kind == "pdf" else _pages_of_picture(kind, content)


def _pages_of_pdf(content: bytes) -> Iterator[Any]:
    import pypdfium2

    clean = _without_active_parts(content)
    try:
        document = pypdfium2.PdfDocument(clean)
        count = len(document)
    except pypdfium2.PdfiumError as problem:
        raise NotClean("unreadable") from problem
    for number in range(count):
        page = document[number]
        width, height = page.get_size()
        if not (width > 0 and height > 0):
            raise NotClean("unreadable")
        scale = min(200 / POINTS, PAGE_LONGEST / max(width, height))
        yield page.render(scale=scale, draw_annots=False, may_draw_forms=False).to_pil().convert("RGB")
        page.close()


def _without_active_parts(content: bytes) -> bytes:
    """Decision: the PDF is first rewritten without scripts, actions, attachments and forms, then drawn."""
    import pikepdf
    from pikepdf import sanitize

    try:
        with pikepdf.open(io.BytesIO(content)) as pdf:
            if pdf.is_encrypted:
                raise NotClean("encrypted")
            if len(pdf.pages) > MAX_PAGES:
                raise NotClean("too_many_pages")
            if not pdf.pages:
                raise NotClean("unreadable")
            sanitize.remove_javascript(pdf)
            sanitize.remove_attachments(pdf)
            sanitize.remove_external_access(pdf)
            sanitize.remove_multimedia(pdf)
            for key in ("/OpenAction", "/AA", "/AcroForm", "/Names"):
                if key in pdf.Root:
                    del pdf.Root[key]
            out = io.BytesIO()
            pdf.save(out)
            return out.getvalue()
    except pikepdf.PasswordError as problem:
        raise NotClean("encrypted") from problem
    except pikepdf.PdfError as problem:
        raise NotClean("unreadable") from problem


def _pages_of_picture(kind: str, content: bytes) -> Iterator[Any]:
    from PIL import Image, ImageOps, UnidentifiedImageError

    if kind == "heif":
        import pillow_heif

        pillow_heif.register_heif_opener(thumbnails=False)
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        with Image.open(io.BytesIO(content), formats=[FORMATS[kind]]) as picture:
            frames = getattr(picture, "n_frames", 1) if kind == "tiff" else 1
            if frames > MAX_PAGES:
                raise NotClean("too_many_pages")
            for number in range(frames):
                picture.seek(number)
                if picture.width * picture.height > MAX_PIXELS:
                    raise NotClean("too_many_pixels")
                if kind == "jpeg":
                    picture.draft("RGB", (PAGE_LONGEST, PAGE_LONGEST))  # decodes at a smaller scale where it can
                if picture.mode in ("RGB", "L"):
                    picture.thumbnail((PAGE_LONGEST, PAGE_LONGEST))  # before any copy is made
                yield _flat(ImageOps.exif_transpose(picture))
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as problem:
        raise NotClean("too_many_pixels") from problem
    except UnidentifiedImageError as problem:
        raise NotClean("wrong_type") from problem
    except (OSError, SyntaxError, ValueError, EOFError, IndexError) as problem:
        raise NotClean("unreadable") from problem


def _flat(picture: Any) -> Any:
    from PIL import Image

    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        layer.thumbnail((PAGE_LONGEST, PAGE_LONGEST))
        paper = Image.new("RGB", layer.size, "white")
        paper.paste(layer, mask=layer.getchannel("A"))
        return paper
    if picture.mode.startswith("I;16") or picture.mode in ("I", "F"):
        picture = picture.point(lambda value: value / 256).convert("L")
    flat = picture.convert("RGB")
    flat.thumbnail((PAGE_LONGEST, PAGE_LONGEST))
    return flat


def measure(page: Any) -> Measured:
    """A page in the numbers that `rules.quality` reads."""
    import numpy

    small = page.convert("L")
    small.thumbnail((1000, 1000))
    grey = numpy.asarray(small, dtype=numpy.float32)
    low, middle, high = numpy.percentile(grey, (1, 50, 99))
    inner = grey[1:-1, 1:-1]
    bent = 4 * inner - grey[:-2, 1:-1] - grey[2:, 1:-1] - grey[1:-1, :-2] - grey[1:-1, 2:] if inner.size else grey
    deep = max(1, max(grey.shape) // 80)
    edge = numpy.concatenate([part.ravel() for part in (grey[:deep], grey[-deep:], grey[:, :deep], grey[:, -deep:])])
    return Measured(
        float(grey.mean()), float(high - low), float(bent.var()), max(page.size), float((edge < 100).mean()),
        is_light=bool(middle > 160),
    )  # fmt: skip


def codes_on(page: Any) -> list[str]:
    """Texts of the DataMatrix codes on a page: what a German e-prescription carries. Never more than four."""
    import zxingcpp

    found = zxingcpp.read_barcodes(page, formats=zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.DataMatrix]))
    return [one.text for one in found[:4] if 0 < len(one.text) <= LONGEST_CODE]


def clean(kind: str, content: bytes, drawn: BinaryIO) -> tuple[list[dict[str, Any]], list[str]]:
    """Write page after page; what they are and how long, and the codes on the first of them. Raises NotClean."""
    import imagehash
    from PIL import Image

    pages = []
    codes: list[str] = []
    for number, picture in enumerate(pictures(kind, content), start=1):
        bare = Image.new("RGB", picture.size)  # a new picture carries nothing of the old one but its pixels
        bare.paste(picture)
        if number <= PAGES_WITH_CODES:
            codes += codes_on(bare)
        out = io.BytesIO()
        bare.save(out, "JPEG", quality=85, optimize=True)
        written = out.getvalue()
        drawn.write(written)
        pages.append(
            {
                "number": number,
                "size": len(written),
                "width": bare.width,
                "height": bare.height,
                "sha256": hashlib.sha256(written).hexdigest(),
                "phash": str(imagehash.phash(bare)),
                "advice": advice_for(measure(bare)),
            }
        )
    return pages, codes


def main(arguments: list[str]) -> int:
    """The command line: KIND OPEN-FILE < upload. Always answers with one line of JSON unless a limit killed it."""
    kind, number = arguments
    fence()
    content = sys.stdin.buffer.read(MAX_BYTES + 1)
    answer: dict[str, Any]
    try:
        if len(content) > MAX_BYTES:
            raise NotClean("too_big")
        with os.fdopen(int(number), "wb") as drawn:
            pages, codes = clean(kind, content, drawn)
        answer = {"pages": pages, "codes": codes}
    except NotClean as refusal:
        answer = {"refused": str(refusal)}
    except (MemoryError, RecursionError):
        answer = {"refused": "too_heavy"}
    sys.stdout.write(json.dumps(answer) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
