"""Files in a folder that are there whole or not at all: after a full disk, a killed process, a power cut."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.storage import FileSystemStorage

UNFINISHED = ".part"


class DurableFiles(FileSystemStorage):
    """Django's file storage, but a file has its name only once it is on the disk, and what failed leaves nothing.

    Names are ours and unique; writing one again replaces it. A process that dies half-way leaves `<name>.part`, which
    `delete` of the name removes too.
    """

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """The name as it is."""
        return name

    def _save(self, name: str, content: File[Any]) -> str:
        path = Path(self.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + UNFINISHED)
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, self.file_permissions_mode or 0o600)
            with os.fdopen(descriptor, "wb") as out:
                for chunk in content.chunks():
                    out.write(chunk)
                out.flush()
                os.fsync(out.fileno())
            part.replace(path)
            _sync_folder(path.parent)  # without it a power cut may forget the name
        except OSError:
            with suppress(OSError):
                part.unlink()
            raise
        return name

    def delete(self, name: str) -> None:
        """Remove the file, and what a process that died left of it."""
        super().delete(name)
        with suppress(FileNotFoundError):
            Path(self.path(name) + UNFINISHED).unlink()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
