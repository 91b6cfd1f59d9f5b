"""Markup of a label → blocks: SPL's narrative elements and openFDA's HTML tables. Only words and shape are taken."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Final

from catalog.rules.label_text import MOST_TEXT, Block, TooLong, blocks_allowed, clean, paragraphs

MOST_CELLS: Final = 6_000
PICTURE: Final = "[A picture stands here in the original.]"
_MUTE: Final = frozenset(["script", "style", "head", "template", "noscript", "iframe", "object", "svg", "math"])
_CELLS: Final = frozenset(["td", "th"])


class Markup:
    """Collects blocks from the start, text and end of SPL's narrative elements; everything unknown is only its text."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._text: list[str] = []
        self._mute = 0
        self._lists = 0
        self._items: list[str] = []
        self._table: Block | None = None
        self._cell: Block | None = None
        self._caption = False
        self._cells = 0

    def start(self, tag: str, attrs: Mapping[str, str]) -> None:
        """An element begins."""
        tag = tag.lower()
        if tag in _MUTE:
            self._mute += 1
        elif tag in ("paragraph", "p", "div", "item", "li", "br"):
            self._flush() if tag != "br" or self._table is None else self._text.append(" ")
        elif tag in ("list", "ul", "ol"):
            self._flush()
            self._lists += 1
        elif tag == "table" and self._table is None:
            self._flush()
            self._table = {"k": "t", "c": "", "r": []}
        elif tag in ("caption", "tr", *_CELLS) and self._table is not None:
            self._start_in_table(tag, attrs)
        elif tag == "footnote":
            self._text.append(" (")
        elif tag in ("rendermultimedia", "img"):
            self._text.append(f" {PICTURE} ")

    def _start_in_table(self, tag: str, attrs: Mapping[str, str]) -> None:
        assert self._table is not None  # asked by the caller
        if tag == "caption":
            self._text.clear()
            self._caption = True
        elif tag == "tr":
            self._table["r"].append([])
        else:
            self._cells += 1
            if self._cells > MOST_CELLS:
                raise TooLong("a table has more cells than any real one")
            if not self._table["r"]:
                self._table["r"].append([])
            self._text.clear()
            self._cell = {"t": "", "h": tag == "th", "c": _span(attrs, "colspan"), "r": _span(attrs, "rowspan")}
            self._table["r"][-1].append(self._cell)

    def data(self, text: str) -> None:
        """Text between elements."""
        if not self._mute:
            self._text.append(text)

    def end(self, tag: str) -> None:
        """An element ends."""
        tag = tag.lower()
        if tag in _MUTE:
            self._mute = max(0, self._mute - 1)
        elif tag in ("paragraph", "p", "div", "item", "li", "title", "text"):
            self._flush()
        elif tag in ("list", "ul", "ol"):
            self._flush()
            self._lists = max(0, self._lists - 1)
            self._end_list()
        elif tag == "footnote":
            self._text.append(") ")
        elif self._table is not None:
            self._end_in_table(tag)

    def _end_list(self) -> None:
        if self._lists == 0 and self._items:
            self.blocks.append({"k": "l", "i": self._items})
            self._items = []

    def _end_in_table(self, tag: str) -> None:
        assert self._table is not None  # asked by the caller
        if tag == "caption":
            self._table["c"] = clean("".join(self._text))
            self._text.clear()
            self._caption = False
        elif tag in _CELLS:
            self._flush()
            self._cell = None
        elif tag == "table":
            self._text.clear()
            rows = [row for row in self._table["r"] if any(cell["t"] for cell in row)]
            if rows:
                self.blocks.append({**self._table, "r": rows})
            self._table = self._cell = None

    def close(self) -> list[Block]:
        """What was collected; an element that never ended ends here."""
        self._flush()
        self._lists = 0
        self._end_list()
        if self._table is not None:
            self._end_in_table("table")
        return self.blocks

    def _flush(self) -> None:
        if self._caption:
            return
        text = clean("".join(self._text))
        self._text.clear()
        blocks_allowed(self.blocks)
        if not text:
            return
        if self._cell is not None:
            self._cell["t"] = f"{self._cell['t']} {text}".strip()
        elif self._table is None and self._lists:
            self._items += [item for item in re.split(r"\s*[•●▪◦]\s*", text) if item]
        elif self._table is None:
            self.blocks += paragraphs(text)


def _span(attrs: Mapping[str, str], name: str) -> int:
    value = attrs.get(name) or ""
    return min(int(value), 40) if value.isascii() and value.isdigit() and 0 < len(value) <= 3 and int(value) else 1


class _Tables(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.markup = Markup()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.markup.start(tag, {name: value or "" for name, value in attrs})

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.markup.start(tag, {name: value or "" for name, value in attrs})
        self.markup.end(tag)

    def handle_endtag(self, tag: str) -> None:
        self.markup.end(tag)

    def handle_data(self, data: str) -> None:
        self.markup.data(data)


def from_html(text: str) -> list[Block]:
    """Blocks of a piece of markup, however broken or hostile: only words and the shape of tables are taken."""
    if len(text) > 4 * MOST_TEXT:
        raise TooLong("a table is longer than any real one")
    reader = _Tables()
    reader.feed(text)
    reader.close()
    return [block for block in reader.markup.close() if block["k"] == "t" or block.get("t") or block.get("i")]
