"""The copy of everything kept about a customer: one archive with JSON, the same as a page to read, and their files."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.template.loader import render_to_string
from django.utils import translation

from pharmacy.accounts.holdings import files_of, holders
from pharmacy.accounts.models import User
from pharmacy.crypto import seal, unseal
from pharmacy.refusals import Unreachable

MOST_BYTES = 512 * 1024 * 1024


def _name(export_id: UUID) -> str:
    return f"exports/{export_id.hex}"


def make(export_id: UUID, user: User) -> int:
    """Make the archive and keep it sealed; its size in bytes. Raises Unreachable when files can't be kept or read."""
    archive = io.BytesIO()
    with translation.override(user.language), zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        told = {holder.name: holder.export(user) for holder in holders()}
        out.writestr("everything.json", json.dumps(told, indent=2, ensure_ascii=False, default=str))
        parts = [(holder.title, list(_rows(told[holder.name]))) for holder in holders()]
        out.writestr("everything.html", render_to_string("account/copy.html", {"parts": parts, "user": user}))
        written = 0
        for name, content in files_of(user):
            written += len(content)
            if written > MOST_BYTES:
                out.writestr("files/MORE.txt", "More files than fit one archive; ask us for the rest.")
                break
            out.writestr(f"files/{name}", content)
    content = archive.getvalue()
    name = _name(export_id)
    try:
        default_storage.delete(name)
        default_storage.save(name, ContentFile(seal(content, name)))
    except OSError as problem:
        raise Unreachable("files can't be kept now") from problem
    return len(content)


def _rows(told: dict[str, Any]) -> Any:
    """(heading, [(label, text)]) of every thing of an app, for the page to read."""
    for kind, things in told.items():
        for thing in things if isinstance(things, list) else [things]:
            facts = thing.items() if isinstance(thing, dict) else [(kind, thing)]
            yield kind.replace("_", " "), [(str(label).replace("_", " "), _text(value)) for label, value in facts]


def _text(value: Any) -> str:
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False, default=str, indent=1)
    return "" if value is None else str(value)


def read(export_id: UUID) -> bytes:
    """The archive. Raises Unreachable when it can't be read."""
    name = _name(export_id)
    try:
        with default_storage.open(name) as file:
            return unseal(bytes(file.read()), name)
    except OSError as problem:
        raise Unreachable("a file can't be read now") from problem


def drop(export_id: UUID) -> None:
    """Remove the archive; harmless when it is gone."""
    default_storage.delete(_name(export_id))
