"""Label texts as blocks: paragraphs, headings, lists, tables of plain text. No markup of the source survives.

A block is a small dictionary, kept as JSON and escaped where it is shown:
    {"k": "p", "t": text}   {"k": "h", "t": text}   {"k": "l", "i": [text, …]}
    {"k": "t", "c": caption, "r": [[{"t": text, "h": is a heading, "c": columns, "r": rows}, …], …]}
Words and their order are the source's; only white space, invisible characters and the shape are ours.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, Final

type Block = dict[str, Any]
PARAGRAPH: Final = 420
LEAD: Final = 620
MOST_TEXT: Final = 400_000
MOST_BLOCKS: Final = 4_000
_SPACE = re.compile(r"\s+")
# Controls, invisible spaces, marks that turn the direction of text, private and half characters.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff\ue000-\uf8ff"
    "\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z(\[•])")
_SUBSECTION = re.compile(r"(?:(?<=[.)\]:;])|(?<=^))\s*(?=\d{1,2}\.\d{1,2}\s+[A-Z])")
_LETTERED = re.compile(r"(?<=[.)])\s+(?=[a-z]\.\s[A-Z][A-Za-z ,/-]{2,48}:)")
_NUMBERED = re.compile(r"(\d{1,2}\.\d{1,2})\s+(.*)", re.S)
_SMALL: Final = frozenset("and or of in with to for the on by from due a an at".split())  # noqa: SIM905


class TooLong(ValueError):
    """A section is larger than any real one."""


def clean(text: str) -> str:
    """One line of plain text: no control, invisible or direction-turning characters, single spaces."""
    if len(text) > MOST_TEXT:
        raise TooLong("a section is longer than any real one")
    return _SPACE.sub(" ", unicodedata.normalize("NFC", _UNSEEN.sub("", text))).strip()


def from_flat(text: str) -> list[Block]:
    """Blocks of a text that its source runs together: split at numbered subsections, bullets and sentence ends."""
    blocks: list[Block] = []
    for part in _SUBSECTION.split(clean(text)):
        numbered = _NUMBERED.fullmatch(part.strip())
        if numbered and blocks_allowed(blocks):
            title, rest = split_title(numbered[2])
            if title:
                blocks.append({"k": "h", "t": f"{numbered[1]} {title}"})
                blocks += paragraphs(rest)
                continue
        blocks += paragraphs(part)
    return blocks


def blocks_allowed(blocks: Sequence[Block]) -> bool:
    """True while a section has a real section's number of blocks. Raises TooLong."""
    if len(blocks) > MOST_BLOCKS:
        raise TooLong("a section has more parts than any real one")
    return True


def split_title(text: str) -> tuple[str, str]:
    """('Hypersensitivity Reactions', 'Serious and sometimes …') of a subsection whose heading runs into its text.

    The heading is the run of capitalised words before the word that starts the first sentence; ("", text) if unclear.
    """
    words = text.split(" ")
    run = 0
    while run < min(len(words), 16) and (words[run][:1].isupper() or words[run][:1].isdigit() or words[run] in _SMALL):
        run += 1
        if words[run - 1].endswith((".", ":", ";")):
            break
    if run < len(words) and run and words[run - 1].endswith(":"):
        return " ".join(words[:run]).rstrip(":"), " ".join(words[run:])
    if run and (run == len(words) or words[run][:1] in "•●[") and words[run - 1] not in _SMALL:
        return " ".join(words[:run]), " ".join(words[run:])  # no sentence begins in the run: a list or a note follows
    while run and words[run - 1] in _SMALL:
        run -= 1
    run -= 1  # the last capital is the first sentence's
    while run > 0 and words[run - 1] in _SMALL:
        run -= 1
    return (" ".join(words[:run]), " ".join(words[run:])) if 0 < run <= 14 else ("", text)


def paragraphs(text: str) -> list[Block]:
    """Paragraphs of a readable length, and what its bullets list."""
    head, *bullets = re.split(r"\s*[•●▪◦]\s*", text)
    blocks: list[Block] = [{"k": "p", "t": part} for part in _grouped(head)]
    items = [item for item in (each.strip(" ;") for each in bullets) if item]
    if items:
        # What follows the last bullet's first sentence is a new thought more often than not, but nobody can tell.
        blocks.append({"k": "l", "i": items})
    return blocks


def _grouped(text: str) -> list[str]:
    made: list[str] = []
    for part in _LETTERED.split(text.strip()):
        made += _joined(_SENTENCE.split(part))
    return made


def _joined(sentences: Iterable[str]) -> list[str]:
    """Sentences as paragraphs of a readable length."""
    made: list[str] = []
    for sentence in sentences:
        if made and len(made[-1]) + len(sentence) < PARAGRAPH:
            made[-1] += f" {sentence}"
        elif sentence:
            made.append(sentence)
    return made


def lead(blocks: Sequence[Block], most: int = LEAD) -> tuple[list[Block], bool]:
    """The beginning of a section for the product page, and whether something was left out."""
    kept: list[Block] = []
    room = most
    for block in blocks:
        if block["k"] == "t":
            return kept, True
        taken = _fitting(block, room)
        if taken is None:
            return _trimmed(kept), True
        kept.append(taken[0])
        if taken[1]:
            return kept, True
        room -= len(plain([block]))
    return _trimmed(kept), len(_trimmed(kept)) < len(blocks)


def _fitting(block: Block, room: int) -> tuple[Block, bool] | None:
    """As much of a block as fits, and whether it was cut; None when nothing does."""
    if len(plain([block])) <= room:
        return block, False
    if room < 120 or block["k"] == "h":
        return None
    parts = block["i"] if block["k"] == "l" else _SENTENCE.split(block["t"])
    kept: list[str] = []
    for part in parts:
        if sum(map(len, kept)) + len(part) > room:
            break
        kept.append(part)
    if not kept:
        cut = parts[0][:room].rsplit(" ", 1)[0].rstrip(",;: ") + " …"
        return ({"k": "l", "i": [cut]} if block["k"] == "l" else {"k": "p", "t": cut}), True
    return ({"k": "l", "i": kept} if block["k"] == "l" else {"k": "p", "t": " ".join(kept)}), True


def _trimmed(blocks: list[Block]) -> list[Block]:
    """Without headings that nothing follows."""
    while blocks and blocks[-1]["k"] == "h":
        blocks = blocks[:-1]
    return blocks


def plain(blocks: Iterable[Block]) -> str:
    """All words of the blocks, one space between."""
    return " ".join(_words(block) for block in blocks)


def _words(block: Block) -> str:
    if block["k"] == "l":
        return " ".join(block["i"])
    if block["k"] == "t":
        return " ".join([block["c"], *(cell["t"] for row in block["r"] for cell in row)]).strip()
    return str(block["t"])
