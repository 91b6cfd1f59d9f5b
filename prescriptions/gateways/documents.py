"""Where files rest: sealed, under names we made, through Django's storage; and the process that cleans them.

Nothing is written in plain: an upload is sealed as it comes in, a page as soon as it was drawn. The context a file is
sealed with names its row, so that a file moved under another name does not open.
"""

import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from pharmacy.crypto import seal, unseal
from pharmacy.keys import new_id
from pharmacy.refusals import Unreachable
from prescriptions.gateways import virus_scan
from prescriptions.rules.uploads import MAX_BYTES, kind_of

INCOMING = "prescriptions/incoming"
PAGES = "prescriptions/pages"
WALL_SECONDS = 45


class NotAcceptable(Exception):
    """The file is refused; the message is a code of `rules.uploads.SENTENCES`."""


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A page that was drawn, sealed and stored."""

    id: UUID
    number: int
    media_type: str
    width: int
    height: int
    size: int
    sha256: str
    phash: str


def _incoming(document_id: UUID) -> str:
    return f"{INCOMING}/{document_id.hex}"


def _page(page_id: UUID) -> str:
    return f"{PAGES}/{page_id.hex}"


def keep_upload(document_id: UUID, chunks: Iterator[bytes]) -> str:
    """Seal and store an upload as it came; its SHA-256 (hex). Raises NotAcceptable("too_big") past the cap.

    A second call for the same document replaces the first: an upload that was cut off leaves no half file behind.
    """
    content = bytearray()
    for chunk in chunks:
        content += chunk
        if len(content) > MAX_BYTES:
            raise NotAcceptable("too_big")
    name = _incoming(document_id)
    _write(name, seal(bytes(content), name))
    return hashlib.sha256(content).hexdigest()


def clean_upload(document_id: UUID, *, name: str, declared_type: str) -> list[StoredPage]:
    """Draw the stored upload again and store its pages sealed.

    Raises NotAcceptable with a coded reason; Unreachable when the scanner or the storage does not answer.
    """
    incoming = _incoming(document_id)
    content = unseal(_read(incoming), incoming)
    kind = kind_of(name, declared_type)
    if not kind:
        raise NotAcceptable("wrong_type")
    if not virus_scan.is_clean(content):
        raise NotAcceptable("virus")
    with tempfile.TemporaryDirectory(prefix="clean-") as folder:
        found = _in_own_process(kind, content, Path(folder))
        return [_store(Path(folder), page) for page in found]


def _in_own_process(kind: str, content: bytes, folder: Path) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "prescriptions.gateways.cleaner", kind, str(folder)]
    try:
        done = subprocess.run(
            command,
            input=content,
            capture_output=True,
            timeout=WALL_SECONDS,
            cwd=settings.BASE_DIR,
            # Nothing of ours goes in: no keys, no addresses. One thread: each would ask for address space.
            env={"PATH": "/usr/bin:/bin", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "LANG": "C.UTF-8"},
            check=False,
        )
    except subprocess.TimeoutExpired as problem:
        raise NotAcceptable("too_heavy") from problem
    if done.returncode != 0 or not done.stdout:
        raise NotAcceptable("too_heavy" if done.returncode < 0 else "unreadable")
    answer = json.loads(done.stdout)
    if "refused" in answer:
        raise NotAcceptable(answer["refused"])
    if not answer["pages"]:
        raise NotAcceptable("unreadable")
    return list(answer["pages"])


def _store(folder: Path, page: dict[str, Any]) -> StoredPage:
    picture = (folder / f"{page['number']}.jpg").read_bytes()
    page_id = new_id()
    name = _page(page_id)
    _write(name, seal(picture, name))
    return StoredPage(id=page_id, media_type="image/jpeg", size=len(picture), **page)


def open_page(page_id: UUID) -> bytes:
    """The picture of a page, unsealed. Raises Unreachable when storage does not answer."""
    name = _page(page_id)
    return unseal(_read(name), name)


def drop_upload(document_id: UUID) -> None:
    """Remove the upload as it came; harmless when it is gone."""
    default_storage.delete(_incoming(document_id))


def drop_page(page_id: UUID) -> None:
    """Remove a stored page; harmless when it is gone."""
    default_storage.delete(_page(page_id))


def stored() -> Iterator[tuple[str, UUID, float]]:
    """("incoming" or "pages", id, when it was written) of every stored file: for the sweep of orphans."""
    for kind, folder in (("incoming", INCOMING), ("pages", PAGES)):
        if not default_storage.exists(folder):
            continue
        for name in default_storage.listdir(folder)[1]:
            if len(name) == 32:
                yield kind, UUID(hex=name), default_storage.get_modified_time(f"{folder}/{name}").timestamp()


def _write(name: str, content: bytes) -> None:
    try:
        default_storage.delete(name)
        written = default_storage.save(name, ContentFile(content))
    except OSError as problem:
        raise Unreachable("files can't be kept now") from problem
    if written != name:  # the storage would not give us our own name: never serve what we can't find again
        default_storage.delete(written)
        raise Unreachable("files can't be kept under their names")


def _read(name: str) -> bytes:
    try:
        with default_storage.open(name) as file:
            return bytes(file.read())
    except OSError as problem:
        raise Unreachable("a file can't be read now") from problem
