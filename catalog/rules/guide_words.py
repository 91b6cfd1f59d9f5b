"""Words that give a bad sentence away: studies nobody can find, empty references, figures without a source.

Each is a defect that was met in a real consumer guide.
"""
# ruff: noqa: E501  (statements and lists are read by the line)

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from catalog.rules.guide_shape import Claim

_ET_AL: Final = re.compile(r"\bet\.? al\b\.?", re.IGNORECASE)
_DANGLING: Final = re.compile(
    r"(available (?:at|from)|source|retrieved from|see|doi|pmid)\s*:\s*(?:[.,;)\]]|$)", re.IGNORECASE | re.MULTILINE
)
# Names without an address: a study by somebody, an institute, a surname with a year.
_NAMELESS: Final = (
    re.compile(r"\b(?:an?|one|some|recent|several|many) (?:recent |clinical |large |small )?"
               r"(?:study|studies|trial|trials|survey|surveys|meta-analysis) (?:conducted |published |carried out )?"
               r"(?:by|in|from|at)\b[^.]{0,60}", re.IGNORECASE),
    re.compile(r"\b(?:studies|research|experts|scientists|doctors) (?:show|shows|suggest|suggests|say|agree|found)\b",
               re.IGNORECASE),
    re.compile(r"\b[A-Z][a-zé]+ (?:and colleagues )?\((?:19|20)\d\d[a-z]?\)"),
    re.compile(r"\baccording to (?:the )?(?:[A-Z][\w-]+ ){1,5}(?:Institute|Organi[sz]ation|Journal|Association|Research)",
               re.IGNORECASE),
    re.compile(r"\b(?:[A-Z][\w-]+ ){1,5}(?:Institute|Organi[sz]ation|Association|University)\b[^.]{0,80}"
               r"(?:\d ?%|\breport|\bfound\b|\bestimat|\bshow|\bsa(?:id|ys)\b)"),
    re.compile(r"\b(?:published|appeared|reported|printed) in (?:the )?(?:[A-Z][\w-]+ )*Journal\b"),
)  # fmt: skip
_STATISTIC: Final = re.compile(
    r"\d\s*%|\bper ?cent\b|\bSMD\b|\bodds ratio\b|\bhazard ratio\b|\brisk ratio\b|\bconfidence interval\b|\bCI\b|"
    r"\b\d+ (?:in|of|out of) \d+\b|\bp\s*[<=]\s*0?\.\d", re.IGNORECASE,
)  # fmt: skip
_AMOUNT: Final = re.compile(r"\d[\d.,]*\s*(?:mg|mcg|g|mL|ml|units?|tablets?|hours?|days?|weeks?|months?|years?)\b")
_COMPARATIVE: Final = re.compile(
    r"\b(?:better|stronger|safer|weaker|more effective|less effective|as effective|comparable|equivalent|superior|"
    r"inferior|fewer side effects)\b", re.IGNORECASE,
)  # fmt: skip
_BEATS: Final = re.compile(
    r"\b(?:more effective|less effective|as effective|comparable|equivalent|superior|inferior) (?:than|to|as|in)\b",
    re.I,
)
_CAUSAL: Final = re.compile(
    r"\b(?:causes?|treats?|cures?|prevents?|relieves?|eases?|works by|increases? the risk|reduces? the risk)\b",
    re.IGNORECASE,
)
_PROMISE: Final = re.compile(
    r"\b(?:is|are) (?:quite |very |completely |perfectly |generally )?safe\b|\bsafe (?:to take|for|in|with|during)\b|"
    r"\bharmless\b|\bno (?:known )?(?:side effects?|risks?|dangers?)\b|\bworks? (?:well|best)\b|\beffective\b|"
    r"\bhelps? (?:against|with)\b", re.IGNORECASE,
)  # fmt: skip
_PERCENT: Final = re.compile(r"(\d+(?:\.\d+)?(?:\s*(?:-|–|to)\s*\d+(?:\.\d+)?)?)\s*%")


def dangling(text: str) -> Iterator[tuple[str, str, str]]:
    """A reference that points at nothing: "Available at:", "(source:"."""
    if match := _DANGLING.search(text.strip()):
        yield "empty-reference", "R-804", f"“{match.group(0).strip()}” is followed by nothing."


def unidentified(text: str) -> Iterator[tuple[str, str, str]]:
    """A study that nobody could find by these words. What was read belongs into a source with an identifier."""
    if _ET_AL.search(text):
        yield (
            "et-al-without-identifier",
            "R-804",
            "“et al.” names nobody: cite the source by DOI, PMID or ISBN instead.",
        )
    for pattern in _NAMELESS:
        if match := pattern.search(text):
            said = match.group(0).strip()
            yield "unnamed-study", "R-804", f"“{said}” can't be looked up: cite the source and say what it found."
            return


def is_measured(text: str) -> bool:
    """Whether a sentence states what only measuring can tell: a share, a ratio, or that one thing beats another."""
    return bool(_STATISTIC.search(text) or _BEATS.search(text))


def figure_in(text: str) -> str:
    """A share, ratio or count in words that can't name a source, such as a summary; "" when there is none."""
    match = _STATISTIC.search(text)
    return match.group(0) if match else ""


def claims_something(text: str) -> str:
    """The words by which a sentence that pretends to claim nothing claims something; "" when it is innocent."""
    for pattern in (_STATISTIC, _AMOUNT, _COMPARATIVE, _CAUSAL, _PROMISE):
        if match := pattern.search(text):
            return match.group(0)
    return ""


def figures_without_key(claim: Claim) -> Iterator[tuple[str, str, str]]:
    """Percentages must be keyed figures, or contradictions could not be found (R-803)."""
    keyed = {_number(part) for figure in claim.figures for part in re.split(r"-|–|to", figure.value)}
    for match in _PERCENT.finditer(claim.text):
        parts = [_number(part) for part in re.split(r"-|–|to", match.group(1))]
        if any(part not in keyed for part in parts):
            said = match.group(0)
            yield (
                "figure-without-key",
                "R-803",
                f"{said} is not among the claim's figures: give it a key, value and unit.",
            )
    if claim.kind in ("statistic", "dose") and not claim.figures:
        yield "figure-without-key", "R-803", "A dose or a figure from a study needs its number as a keyed figure."


def _number(text: str) -> str:
    plain = text.replace(",", "").strip()
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
