"""Records of a JSON file, one at a time, whatever its size: a line each, a list, or openFDA's {"meta", "results": […]}.

What cannot be read is a `Refusal` in its place; the records after it are still read where the file lets them be found.
"""

from __future__ import annotations

import codecs
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from catalog.imports.fda_rows import Refusal
from catalog.imports.files import BadFile, opened

CHUNK = 1 << 20
LARGEST = 24 << 20
type Record = tuple[int, dict[str, Any] | Refusal]


def records(path: Path) -> Iterator[Record]:
    """(number from 1, record or why not). Raises BadFile for a file that is no JSON at all."""
    with opened(path) as raw:
        start = _start(raw, path)
        raw.seek(0)
        yield from (_lines(raw) if start == "lines" else _listed(raw, path))


def _start(raw: IO[bytes], path: Path) -> str:
    text = _head(raw).lstrip(codecs.BOM_UTF8).lstrip()
    if text[:1] == b"[":
        return "list"
    if text[:1] != b"{":
        raise BadFile(f"{path.name} is neither JSON nor JSON lines in UTF-8")
    first = text.splitlines()[0].strip()
    try:
        whole = json.loads(first)
    except ValueError:
        return "list"
    except RecursionError:
        return "lines"
    return "list" if isinstance(whole.get("results"), list) else "lines"


def _head(raw: IO[bytes]) -> bytes:
    """The first line, or as much of it as says what the file is; a file cut short has a head too."""
    head = b""
    while len(head) < CHUNK and b"\n" not in head.strip():
        try:
            more = raw.read(256)
        except (EOFError, OSError):
            break
        if not more:
            break
        head += more
    return head


def _lines(raw: IO[bytes]) -> Iterator[Record]:
    number = 0
    while True:
        number += 1
        try:
            line = raw.readline(LARGEST + 1)
        except (EOFError, OSError):
            yield number, Refusal("the file ends in the middle of a record")
            return
        if not line:
            return
        if len(line) > LARGEST:
            while line and not line.endswith(b"\n"):
                line = raw.readline(CHUNK)
            yield number, Refusal("a record is larger than any real one")
        elif line.strip():
            yield number, _parsed(line)


def _parsed(line: bytes) -> dict[str, Any] | Refusal:
    try:
        found = json.loads(line.lstrip(codecs.BOM_UTF8).decode("utf-8"))
    except UnicodeDecodeError:
        return Refusal("not UTF-8")
    except (ValueError, RecursionError):
        return Refusal("not a JSON record")
    return found if isinstance(found, dict) else Refusal("not a JSON object")


def _listed(raw: IO[bytes], path: Path) -> Iterator[Record]:
    """Records of the first list in the file, decoded as they come; `surrogateescape` shows what is not UTF-8."""
    text = io.TextIOWrapper(raw, encoding="utf-8", errors="surrogateescape")
    reader = json.JSONDecoder()
    held = _after_bracket(text, path)
    number = 0
    while True:
        held = held.lstrip(" \t\r\n,\ufeff")
        if held[:1] == "]":
            return
        number += 1
        found, held, ended = _next(reader, text, held)
        if ended and found is None:
            yield number, Refusal("the file ends in the middle of a record")
            return
        yield number, found if isinstance(found, dict | Refusal) else Refusal("not a JSON object")
        if isinstance(found, Refusal):
            return


def _after_bracket(text: Any, path: Path) -> str:
    held = ""
    while len(held) <= CHUNK:
        held += text.read(4096) or "\0"
        place = held.find("[") if held.lstrip("\ufeff \r\n\t")[:1] == "[" else _results(held)
        if place >= 0:
            return held[place + 1 :]
        if held.endswith("\0"):
            break
    raise BadFile(f"{path.name} holds no list of records")


def _results(held: str) -> int:
    name = held.find('"results"')
    return held.find("[", name) if name >= 0 else -1


def _next(reader: json.JSONDecoder, text: Any, held: str) -> tuple[Any, str, bool]:
    """(record or Refusal or None, the rest, whether the file ended)."""
    size = CHUNK
    while True:
        try:
            if held:
                found, end = reader.raw_decode(held)
                if isinstance(found, dict | list | str) or end < len(held):
                    return found, held[end:], False
        except RecursionError:
            return Refusal("nested deeper than any real record; the rest of the file was not read"), "", True
        except ValueError:
            pass  # perhaps only not all of it is here yet
        if len(held) > LARGEST:
            return Refusal("a record is larger than any real one; the rest of the file was not read"), "", True
        try:
            more = text.read(size)
        except (EOFError, OSError):
            more = ""
        if not more:
            return None, held, True
        held, size = held + more, size * 2
