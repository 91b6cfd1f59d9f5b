"""Reading source files: plain or gzipped, one bounded line at a time. Rows can be unfit, a file can be bad."""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Any

LONGEST_LINE = 1 << 20
LONGEST_FIELD = 100_000
LARGEST_FILE = 4 << 30  # unpacked: what a gzip or zip bomb may cost at most
LONG_AGO = "1970-01-01"  # when something ended whose end is stated and whose day is not
TOO_FEW, TOO_MANY = "fewer columns than the header", "more columns than the header"
TOO_LONG, NULS = f"a line of more than {LONGEST_LINE:,} characters", "a NUL character"
csv.field_size_limit(LONGEST_FIELD)


class Unread(str):
    """Why a line is not a row; `start` is its first cell, which may still tell what it was about."""

    start = ""

    @classmethod
    def of(cls, line: str, found: int, width: int) -> Unread:
        """The reason of a line of so many columns."""
        if len(line) >= LONGEST_LINE:
            why = cls(TOO_LONG)
        else:
            why = cls(NULS if "\0" in line else TOO_FEW if found < width else TOO_MANY)
        why.start = line[:200].split("\t")[0].strip()
        return why


class BadFile(ValueError):
    """The file is not what the command was promised; the message says what is missing. Nothing of it is taken in."""


def opened(path: Path) -> IO[bytes]:
    """The file's bytes, unpacked when gzipped (told by its first two bytes, not its name)."""
    raw = path.open("rb")
    packed = raw.read(2) == b"\x1f\x8b"
    raw.seek(0)
    return gzip.open(raw, "rb") if packed else raw  # type: ignore[return-value]


def rows(path: Path, *, needs: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str] | str]]:
    """(line number, row or the reason it is unfit) of every line below the header; tabs, UTF-8 or Windows-1252.

    Raises BadFile when the header lacks a column of `needs`.
    """
    lines = text_lines(path, encoding=_letters(path), errors="replace")
    _, first = next(lines, (1, ""))
    header = first.lstrip("\ufeff").split("\t")
    missing = [name for name in needs if name not in header]
    if missing:
        raise BadFile(f"{path.name} lacks {', '.join(missing)}")
    width = len(header)
    for number, line in lines:
        parts = line.split("\t")
        while len(parts) > width and not parts[-1].strip():
            parts.pop()
        if len(parts) == width and "\0" not in line and len(line) < LONGEST_LINE:
            yield number, dict(zip(header, parts, strict=True))
        else:
            yield number, Unread.of(line, len(parts), width)


def bare_rows(path: Path, *, width: int) -> Iterator[tuple[int, list[str] | Unread]]:
    """The same of a file without a header. Empty columns at the end go."""
    for number, line in text_lines(path, encoding=_letters(path), errors="replace"):
        parts = [part.strip() for part in line.split("\t")]
        while len(parts) > width and not parts[-1]:
            parts.pop()
        if len(parts) == width and "\0" not in line and len(line) < LONGEST_LINE:
            yield number, parts
        else:
            yield number, Unread.of(line, len(parts), width)


def text_lines(path: Path, *, encoding: str, errors: str = "strict") -> Iterator[tuple[int, str]]:
    """(number, line without its end), never more than LONGEST_LINE characters of one; empty lines are passed over."""
    with opened(path) as raw:
        text = io.TextIOWrapper(raw, encoding=encoding, errors=errors, newline="\n")
        number, cut = 0, False
        while line := text.readline(LONGEST_LINE):
            ends = line.endswith("\n")
            if not cut:
                number += 1
                line = line.rstrip("\r\n")
                if line.strip():
                    yield number, line
            cut = not ends


def csv_rows(path: Path, *, needs: Sequence[str]) -> Iterator[tuple[int, dict[str, str] | str]]:
    """(line number, row or reason) of a CSV file in UTF-8 with a header. Raises BadFile: not UTF-8, no such columns,
    a quote that never closes."""
    line = 1
    try:
        with opened(path) as raw:
            text = io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")
            reader = csv.reader(_bounded(text, path), strict=True)
            header = [" ".join(each.split()) for each in next(reader, [])]
            missing = [name for name in needs if name not in header]
            if missing:
                raise BadFile(f"{path.name} lacks {', '.join(missing)}")
            for parts in reader:
                line = reader.line_num
                yield line, _csv_row(header, parts)
    except UnicodeDecodeError as problem:
        raise BadFile(f"{path.name} is not UTF-8: {problem.reason} at byte {problem.start}") from problem
    except csv.Error as problem:
        raise BadFile(f"{path.name} after line {line}: {problem}; perhaps a quote that never closes") from problem


def _csv_row(header: list[str], parts: list[str]) -> dict[str, str] | str:
    if len(parts) != len(header):
        return TOO_FEW if len(parts) < len(header) else TOO_MANY
    if any("\0" in part for part in parts):
        return NULS
    return {name: part.strip() for name, part in zip(header, parts, strict=True)}


def _bounded(text: io.TextIOWrapper, path: Path) -> Iterator[str]:
    while line := text.readline(LONGEST_LINE):
        if len(line) >= LONGEST_LINE:
            raise BadFile(f"{path.name} has {TOO_LONG}")
        yield line


def _letters(path: Path) -> str:
    """The whole file decides: the first letter beyond ASCII may stand on its last line."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with opened(path) as raw:
            while block := raw.read(1 << 20):
                decoder.decode(block)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def fingerprint(paths: Sequence[Path], *options: Any) -> str:
    """SHA-256 over the files' unpacked bytes and the options: the same import, or another one.

    Reads every file to its end, so that a cut archive is found before anything is written. Raises BadFile.
    """
    whole = hashlib.sha256(repr(options).encode())
    for path in paths:
        size = 0
        try:
            with opened(path) as raw:
                while block := raw.read(1 << 20):
                    whole.update(block)
                    size += len(block)
                    if size > LARGEST_FILE:
                        raise BadFile(f"{path.name} unpacks to more than {LARGEST_FILE >> 30} GB")
        except (EOFError, zlib.error, gzip.BadGzipFile) as problem:
            raise BadFile(f"{path.name} is cut off or broken: {problem}") from problem
        if not size:
            raise BadFile(f"{path.name} is empty")
    return whole.hexdigest()


def as_of_file(path: Path) -> date:
    """The day a file was last written: what its facts are of when nobody says."""
    return datetime.fromtimestamp(path.stat().st_mtime, tz=UTC).date()


def day_first(text: str) -> str | None:
    """'12/03/1998' → '1998-03-12'; None for anything else."""
    try:
        return datetime.strptime(text.strip(), "%d/%m/%Y").date().isoformat()  # noqa: DTZ007  (a day, no moment)
    except ValueError:
        return None


def unpacked(paths: Sequence[Path], into: Path) -> list[Path]:
    """Files as they are, folders as the files in them, zip archives as their members (into `into`, names only)."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(each for each in path.iterdir() if each.is_file())
        elif path.is_file() and zipfile.is_zipfile(path):
            found += _members(path, into)
        elif path.is_file():
            found.append(path)
        else:
            raise BadFile(f"{path} is not a file")
    return found


def _members(path: Path, into: Path) -> list[Path]:
    found: list[Path] = []
    left = LARGEST_FILE
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                name = Path(member.filename).name
                if member.is_dir() or not name:
                    continue
                with archive.open(member) as source, (into / name).open("wb") as target:
                    while block := source.read(1 << 20):
                        left -= len(block)
                        if left < 0:
                            raise BadFile(f"{path.name} unpacks to more than {LARGEST_FILE >> 30} GB")
                        target.write(block)
                found.append(into / name)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as problem:
        raise BadFile(f"{path.name} is cut off or broken: {problem}") from problem
    return found


def named(paths: Sequence[Path], stem: str) -> Path:
    """The file whose name ends with `stem` before its extensions. Raises BadFile when it is not there."""
    low = stem.lower()
    for path in paths:
        name = path.name.lower().removesuffix(".gz").rsplit(".", 1)[0]
        if name == low or name.endswith(("_" + low, "-" + low)):
            return path
    raise BadFile(f"{stem} is missing")
