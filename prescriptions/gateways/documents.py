"""Where files rest: sealed, under names we made, through Django's storage; and the process that cleans them.

Nothing is written in plain under a name: an upload is sealed as it comes in, a page as soon as it was drawn (in a file
without a name, gone with the processes that hold it), each with a data key of its own that rests sealed in `ObjectKey`.
The context a file is sealed with names it, so that a file moved under another name does not open; and a file whose key
row is gone opens for nobody.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, BinaryIO
from uuid import UUID

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]  # ships none
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from pharmacy.crypto import seal_under, unseal, unseal_under
from pharmacy.files import UNFINISHED
from pharmacy.keys import new_id
from pharmacy.refusals import Unreachable
from prescriptions.gateways import virus_scan
from prescriptions.models.document import ObjectKey
from prescriptions.rules.uploads import MAX_BYTES, kind_of

INCOMING = "prescriptions/incoming"
PAGES = "prescriptions/pages"
WALL_SECONDS = 45
# What a local disk and an S3 client say when they can't: their errors are not named further, the caller tries again.
FAILURES = (OSError, BotoCoreError, ClientError)


class NotAcceptable(Exception):
    """The file is refused; the message is a code of `rules.upload_words.SENTENCES`."""


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
    advice: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Drawn:
    """A document drawn again: its pages, and the texts of the codes that were read from them."""

    pages: list[StoredPage]
    codes: list[str]


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
    _write(name, seal_under(_key_of(document_id), bytes(content), name))
    return hashlib.sha256(content).hexdigest()


def digest(file: Any) -> str:
    """The SHA-256 (hex) of an uploaded file, which is left at its beginning."""
    file.seek(0)
    found = hashlib.sha256(b"".join(file.chunks())).hexdigest()
    file.seek(0)
    return found


def clean_upload(document_id: UUID, *, name: str, declared_type: str) -> Drawn:
    """Draw the stored upload again and store its pages sealed.

    Raises NotAcceptable with a coded reason; Unreachable when the scanner or the storage does not answer.
    """
    incoming = _incoming(document_id)
    content = _opened(document_id, incoming)
    kind = kind_of(name, declared_type)
    if not kind:
        raise NotAcceptable("wrong_type")
    if not virus_scan.is_clean(content):
        raise NotAcceptable("virus")
    with tempfile.TemporaryFile() as drawn:
        found = _in_own_process(kind, content, drawn)
        drawn.seek(0)
        return Drawn([_store(drawn.read(page["size"]), page) for page in found["pages"]], found["codes"])


def _in_own_process(kind: str, content: bytes, drawn: BinaryIO) -> dict[str, Any]:
    command = [sys.executable, "-m", "prescriptions.gateways.cleaner", kind, str(drawn.fileno())]
    try:
        done = subprocess.run(
            command,
            input=content,
            capture_output=True,
            timeout=WALL_SECONDS,
            pass_fds=[drawn.fileno()],
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
    return dict(answer)


def _store(picture: bytes, page: dict[str, Any]) -> StoredPage:
    page_id = new_id()
    name = _page(page_id)
    _write(name, seal_under(_key_of(page_id), picture, name))
    facts = {**page, "advice": tuple(page["advice"])}
    return StoredPage(id=page_id, media_type="image/jpeg", **facts)


def open_page(page_id: UUID) -> bytes:
    """The picture of a page, unsealed. Raises Unreachable when storage does not answer."""
    name = _page(page_id)
    return _opened(page_id, name)


def _key_of(object_id: UUID) -> bytes:
    """The data key of an object, made when it has none. The row comes first: a file without its key is noise."""
    made = ObjectKey(pk=object_id)
    made.data_key = os.urandom(32)
    row, _ = ObjectKey.objects.get_or_create(pk=object_id, defaults={"data_key_sealed": made.data_key_sealed})
    return bytes(row.data_key)


def _opened(object_id: UUID, name: str) -> bytes:
    row = ObjectKey.objects.filter(pk=object_id).first()
    content = _read(name)
    # Files of before there were data keys were sealed with the house's key itself, and stay readable.
    return unseal(content, name) if row is None else unseal_under(bytes(row.data_key), content, name)


def drop_upload(document_id: UUID) -> None:
    """Remove the upload as it came; harmless when it is gone."""
    _delete(_incoming(document_id))
    ObjectKey.objects.filter(pk=document_id).delete()


def drop_page(page_id: UUID) -> None:
    """Remove a stored page; harmless when it is gone."""
    _delete(_page(page_id))
    ObjectKey.objects.filter(pk=page_id).delete()


def stored(kind: str) -> list[UUID]:
    """The ids of every stored file of a kind ("incoming", "pages"): for the sweep of orphans."""
    try:
        names = default_storage.listdir(f"prescriptions/{kind}")[1]
    except FileNotFoundError:  # nothing was ever stored there
        return []
    except FAILURES as problem:
        raise Unreachable("files can't be listed now") from problem
    return [UUID(hex=name[:32]) for name in names if len(name) == 32 or name.endswith(UNFINISHED)]


def written_at(kind: str, object_id: UUID) -> float:
    """When a stored file was written, in seconds since 1970; 0 when it is gone. A call of its own for each file."""
    try:
        return default_storage.get_modified_time(f"prescriptions/{kind}/{object_id.hex}").timestamp()
    except FAILURES:
        return 0.0


def _write(name: str, content: bytes) -> None:
    try:
        default_storage.delete(name)
        written = default_storage.save(name, ContentFile(content))
    except FAILURES as problem:
        with suppress(*FAILURES):  # a full disk keeps no torso either
            default_storage.delete(name)
        raise Unreachable("files can't be kept now") from problem
    if written != name:  # the storage would not give us our own name: never serve what we can't find again
        default_storage.delete(written)
        raise Unreachable("files can't be kept under their names")


def _read(name: str) -> bytes:
    try:
        with default_storage.open(name) as file:
            return bytes(file.read())
    except FAILURES as problem:
        raise Unreachable("a file can't be read now") from problem


def _delete(name: str) -> None:
    try:
        default_storage.delete(name)
    except FAILURES as problem:
        raise Unreachable("a file can't be removed now") from problem
