"""Reading XML of strangers as a stream of flat records. A document type, entity or broken tree refuses the file."""

from __future__ import annotations

from collections.abc import Container, Iterator
from pathlib import Path
from typing import Any
from xml.parsers import expat

from catalog.imports.files import BadFile, opened

BLOCK = 1 << 16
LONGEST_TEXT = 100_000
DEEPEST = 40


class Record(dict[str, str]):
    """The texts of a record's children by tag; `nested` holds the records inside it."""

    tag: str = ""
    line: int = 0

    def __init__(self, tag: str, line: int) -> None:
        super().__init__()
        self.tag, self.line = tag, line
        self.nested: list[Record] = []


def records(path: Path, *, root: str, tags: Container[str]) -> Iterator[Record]:
    """Every element of `tags`, in order; an element of them inside another is that one's `nested`.

    Expat alone, no document type and no entities: neither a bomb nor another file can be in it. Raises BadFile.
    """
    reader = _Reader(path, root, tags)
    with opened(path) as raw:
        while block := raw.read(BLOCK):
            reader.feed(block, last=False)
            yield from reader.take()
        reader.feed(b"", last=True)
        yield from reader.take()


class _Reader:
    def __init__(self, path: Path, root: str, tags: Container[str]) -> None:
        self.path, self.root, self.tags = path, root, tags
        self.made: list[Record] = []
        self.open: list[Record] = []
        self.depth = 0
        self.text: list[str] | None = None
        self.size = 0
        self.parser: Any = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.EntityDeclHandler = self._refuse
        self.parser.ExternalEntityRefHandler = self._refuse
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters

    def feed(self, block: bytes, *, last: bool) -> None:
        try:
            self.parser.Parse(block, last)
        except expat.ExpatError as problem:
            raise BadFile(f"{self.path.name} is not whole XML: {problem}") from problem

    def take(self) -> list[Record]:
        done, self.made = self.made, []
        return done

    def _refuse(self, *_: Any) -> int:
        raise BadFile(f"{self.path.name} declares a document type or an entity, which no source of ours does")

    def _start(self, tag: str, _attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise BadFile(f"{self.path.name} is nested deeper than {DEEPEST}")
        if self.depth == 1 and tag != self.root:
            raise BadFile(f"{self.path.name} is <{tag}>, not <{self.root}>")
        if tag in self.tags:
            self.open.append(Record(tag, self.parser.CurrentLineNumber))
        self.text, self.size = ([], 0) if self.open else (None, 0)

    def _characters(self, text: str) -> None:
        if self.text is None:
            return
        self.size += len(text)
        if self.size > LONGEST_TEXT:
            raise BadFile(f"{self.path.name} line {self.parser.CurrentLineNumber}: a text of over {LONGEST_TEXT:,}")
        self.text.append(text)

    def _end(self, tag: str) -> None:
        self.depth -= 1
        if self.open and self.open[-1].tag == tag:
            done = self.open.pop()
            (self.open[-1].nested if self.open else self.made).append(done)
        elif self.open and self.text is not None:
            self.open[-1].setdefault(tag, " ".join("".join(self.text).split()))
        self.text = None
