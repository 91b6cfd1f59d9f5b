"""Whether a source can be found again: title, publisher, year, an identifier that is well formed, a day it was read.

Rules R-801 and R-804. Nothing here asks the network: formats and check digits, and the register of what was read.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date
from typing import Final
from urllib.parse import urlsplit

from catalog.rules.guide_shape import SOURCE_KINDS, Source

_DOI: Final = re.compile(r"10\.\d{4,9}/[-._;()/:A-Za-z0-9<>+\[\]]+")
_PMID: Final = re.compile(r"[1-9]\d{0,8}")
_SET_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HOST: Final = re.compile(r"([a-z0-9-]+\.)+[a-z]{2,}", re.IGNORECASE)
_OLDEST: Final = 1900


def is_doi(text: str) -> bool:
    """Whether a text is a DOI: 10., the registrant's digits, a slash and a suffix; without "doi:" or an address."""
    return bool(_DOI.fullmatch(text))


def is_pmid(text: str) -> bool:
    """Whether a text is a PubMed number: one to nine digits, not beginning with 0."""
    return bool(_PMID.fullmatch(text))


def is_isbn(text: str) -> bool:
    """Whether a text is an ISBN-10 or ISBN-13 with a right check digit; dashes and spaces don't count."""
    digits = re.sub(r"[\s-]", "", text).upper()
    if re.fullmatch(r"97[89]\d{10}", digits):
        return sum(int(d) * (3 if at % 2 else 1) for at, d in enumerate(digits)) % 10 == 0
    if re.fullmatch(r"\d{9}[\dX]", digits):
        return sum((10 if d == "X" else int(d)) * (10 - at) for at, d in enumerate(digits)) % 11 == 0
    return False


def is_address(text: str) -> bool:
    """Whether a text is an https address with a host that has a name, no password and no blanks."""
    if re.search(r"\s", text):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme == "https" and bool(_HOST.fullmatch(parts.hostname or "")) and "@" not in parts.netloc
    except ValueError:
        return False


def is_set_id(text: str) -> bool:
    """Whether a text is the set id of a label: a UUID in small letters."""
    return bool(_SET_ID.fullmatch(text))


def faults_of(source: Source, *, on: date, known_set_ids: Collection[str] | None = None) -> Iterator[tuple[str, str]]:
    """(code, sentence) for all that keeps a source from being found again.

    `known_set_ids`: set ids of the labels that are loaded; None when none is, and then this one test can't be made. A
    label that was read at an https address is found there, loaded here or not.
    """
    name = source.title.strip() or source.key
    if not source.title.strip():
        yield "source-without-title", "The source has no title."
    if source.kind not in SOURCE_KINDS:
        yield "source-of-no-kind", f"“{name}” is of no kind we know."
    if not source.publisher.strip():
        yield "source-without-publisher", f"“{name}” does not say who published it."
    if source.year is None or not _OLDEST <= source.year <= on.year:
        yield "source-without-year", f"“{name}” has no year between {_OLDEST} and {on.year}."
    yield from _identifiers(source, name)
    if source.read_on is None:
        yield "source-not-read", f"Nobody has noted the day “{name}” was read; a guide cites only what was read."
    elif source.read_on > on:
        yield "source-read-tomorrow", f"“{name}” is said to be read on a day that is still to come."
    if source.set_id and not source.url and known_set_ids is not None and source.set_id not in known_set_ids:
        yield "label-unknown", f"No label with set id {source.set_id} is loaded here; “{name}” can't be looked up."


def _identifiers(source: Source, name: str) -> Iterator[tuple[str, str]]:
    tests = (
        ("DOI", source.doi, is_doi), ("PMID", source.pmid, is_pmid), ("ISBN", source.isbn, is_isbn),
        ("address", source.url, is_address), ("set id", source.set_id, is_set_id),
    )  # fmt: skip
    given = [(label, text, test) for label, text, test in tests if text.strip()]
    for label, text, test in given:
        if not test(text):
            yield "identifier-malformed", f"“{name}”: {text!r} is not a {label}."
    if not given:
        yield (
            "source-without-identifier",
            f"“{name}” has no DOI, PMID, ISBN, https address or set id: nobody can find it.",
        )
    elif source.kind == "label" and not (source.set_id or source.url):
        yield "label-without-set-id", f"“{name}” is a label: give its set id, or the https address it was read at."


def address_of(source: Source) -> str:
    """Where a reader finds it: DOI, then PubMed, then the label by its set id, then the address; "" for a book."""
    if source.doi:
        return f"https://doi.org/{source.doi}"
    if source.pmid:
        return f"https://pubmed.ncbi.nlm.nih.gov/{source.pmid}/"
    if source.url:
        return source.url
    if source.set_id:
        return f"https://dailymed.nlm.nih.gov/dailymed/lookup.cfm?setid={source.set_id}"
    return ""
