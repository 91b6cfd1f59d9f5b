"""English for the thesaurus' French: whole texts and class names that were translated by hand. Nothing is guessed."""

from __future__ import annotations

import csv
import unicodedata
from pathlib import Path

from catalog.imports.interactions.said import FILES
from catalog.rules import names


def phrase_key(words: str) -> str:
    """What French texts are matched by: the file breaks lines inside and between words, so no spaces and no signs."""
    plain = unicodedata.normalize("NFKD", words.lower().replace("œ", "oe"))
    return "".join(each for each in plain if each.isalnum() and each.isascii())


class Phrases:
    """The shipped table of translations."""

    def __init__(self, path: Path = FILES / "phrases.tsv") -> None:
        with path.open(encoding="utf-8", newline="") as text:
            rows = csv.DictReader(text, delimiter="\t", quoting=csv.QUOTE_NONE)
            self.known = {phrase_key(row["french"]): row["english"] for row in rows}

    def english(self, french: str) -> str:
        """A whole text in English, or '' when nobody translated it."""
        return self.known.get(phrase_key(french), "")

    def name(self, french: str) -> str:
        """A class or substance as shown: in English when it was translated, else as the source has it."""
        return self.known.get(phrase_key(french)) or names.sentence(french)
