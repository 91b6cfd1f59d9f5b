"""Reading source files: plain or gzipped, tab-separated, Windows-1252, one row at a time."""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any


class BadFile(ValueError):
    """The file is not what the command was promised; the message says what is missing."""


def opened(path: Path) -> IO[bytes]:
    """The file's bytes, unpacked when gzipped (told by its first two bytes, not its name)."""
    raw = path.open("rb")
    packed = raw.read(2) == b"\x1f\x8b"
    raw.seek(0)
    return gzip.open(raw, "rb") if packed else raw  # type: ignore[return-value]


def rows(path: Path, *, needs: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str] | None]]:
    """(line number, row) for every line after the header; None for a line with too few columns.

    Raises BadFile when the header lacks a column of `needs`.
    """
    with opened(path) as raw:
        lines = io.TextIOWrapper(raw, encoding="cp1252", errors="replace", newline="\n")
        header = next(lines, "").rstrip("\r\n").lstrip("\ufeff").split("\t")
        missing = [name for name in needs if name not in header]
        if missing:
            raise BadFile(f"{path.name} lacks {', '.join(missing)}")
        for number, line in enumerate(lines, 2):
            if not line.strip():
                continue
            parts = line.rstrip("\r\n").split("\t")
            yield number, dict(zip(header, parts, strict=False)) if len(parts) >= len(header) else None


def fingerprint(paths: list[Path], *options: Any) -> str:
    """SHA-256 over the files' bytes and the options: the same import, or another one."""
    whole = hashlib.sha256(repr(options).encode())
    for path in paths:
        with path.open("rb") as raw:
            while block := raw.read(1 << 20):
                whole.update(block)
    return whole.hexdigest()
