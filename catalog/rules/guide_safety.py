"""What a guide must never say, and never leave out, so that a reader who follows it comes to no harm.

The dangers are those of a consumer guide that was examined: as-needed use without a word of withdrawal, no maximum, no
kidneys, a wrong equivalence, hospital treatment told to lay people, drowsiness sold as an advantage, coupons beside a
prescription medicine. What the labels say of each substance is written down here as a rule, with the label's set id.
"""
# ruff: noqa: E501  (statements and lists are read by the line)

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from catalog.rules.guide_shape import Draft, Fault, Section

BACLOFEN_LABEL: Final = "00c6c924-ddfd-4a75-afd7-f6561ff9abbc"
# Stopping these at once has harmed people; a guide to them that is silent about it is unsafe.
WITHDRAWAL: Final = {
    "baclofen": BACLOFEN_LABEL, "tizanidine": "01c0d3d3-2373-a1b7-822a-80a66291a248", "diazepam": "", "clonazepam": "",
    "carisoprodol": "", "phenobarbital": "", "clonidine": "", "gabapentin": "", "pregabalin": "", "paroxetine": "",
}  # fmt: skip
# Mostly cleared by the kidneys: the dose follows them.
BY_KIDNEY: Final = {"baclofen": BACLOFEN_LABEL, "gabapentin": "", "pregabalin": "", "metformin": "", "lithium": ""}
# Their labels limit them to painful muscles and joints, or say in words that they do not work in spasticity.
NOT_FOR_SPASTICITY: Final = {
    "cyclobenzaprine": "00b20a8c-debd-e930-e063-6394a90a7ed0",
    "methocarbamol": "0003eccd-6147-4a7c-ae83-b2a94933e07d",
    "orphenadrine": "106be130-b4f8-5ca1-e063-6294a90a1590",
    "carisoprodol": "", "chlorzoxazone": "", "metaxalone": "",
}  # fmt: skip
_NOT: Final = r"\b(?:not|never|no|nor|neither|none|without|don['’]t|doesn['’]t|isn['’]t|only)\b"
# "It is not for spasticity", "no substitute for …"; a "not" of another clause denies nothing, nor does "not only".
_DENIED: Final = re.compile(
    r"\b(?:not(?! only)|never|no|nor|neither|none|don['’]t|doesn['’]t|isn['’]t)\b[^,;:]*$", re.I
)
_DENIED_AFTER: Final = re.compile(r"^\w*[^,;:.]{0,60}\b(?:is|are) not\b", re.IGNORECASE)
_FORBIDDEN: Final = re.compile(
    r"\b(?:never|not|no|don['’]t)\s+(?:give|take|use|try|induce|let|do)?\s*(?:\w+\s+)?$", re.I
)
_SPASTIC: Final = re.compile(r"\bspastic", re.IGNORECASE)
_STOP: Final = re.compile(r"sudden|at once|abrupt|slowly|step by step|gradual|taper|one day to the next", re.IGNORECASE)
_PRN: Final = re.compile(r"\bas[- ]needed\b|\bas required\b|\bp\.?r\.?n\b|\bwhen you need it\b|\bnow and then\b", re.I)
_HOSPITAL: Final = re.compile(
    r"\blavage\b|\bpump(?:ing)? (?:out )?the stomach\b|\bcharcoal\b|\bintubat\w*|\bcuffed\b|\bdiuretics?\b|\bemesis\b|"
    r"\bmake (?:\w+ )?(?:vomit|throw up)\b|\binduc\w+ vomiting\b|\bbenzodiazepines?\b|\bphysostigmine\b|\bflumazenil\b|"
    r"\b(?:ha?emo)?dialysis\b|\batropine\b|\bnaloxone\b", re.IGNORECASE,
)  # fmt: skip
# What no lay reader is told in any section; the rest of the list has its place where kidneys or side effects are told.
_NEVER_AT_HOME: Final = re.compile(
    r"\blavage\b|\bpump(?:ing)? (?:out )?the stomach\b|\bcharcoal\b|\bintubat\w*|\bemesis\b|\binduc\w+ vomiting\b|"
    r"\bmake (?:\w+ )?(?:vomit|throw up)\b|\bphysostigmine\b|\bflumazenil\b", re.IGNORECASE,
)  # fmt: skip
_CALL: Final = re.compile(r"^\W*(?:call|ring|phone|dial)\b", re.IGNORECASE)
_ADVERT: Final = re.compile(
    r"\bcoupons?\b|\bdiscounts?\b|\bspecial offers?\b|\bbest prices?\b|\bcheap(?:est)?\b|\bbargain\b|\bbuy (?:it |now|online)"
    r"|\border (?:it )?(?:now|today|online)\b|\bpromo(?:tion|\s?code)?\b|\bfree (?:trial|shipping|delivery)\b|"
    r"\b\d+\s*% off\b|\bdon['’]t miss\b|\bmiracle\b|\bwonder drug\b|\bguaranteed\b", re.IGNORECASE,
)  # fmt: skip
_PRICE: Final = re.compile(r"[$€£]\s?\d|\b\d+(?:\.\d+)?\s?(?:USD|EUR|GBP|dollars?|euros?|pounds?|cents?)\b")
_PRAISE: Final = re.compile(
    r"(?:drows\w*|sedati\w*|sleep(?:y|iness)|somnolen\w*)[^.]{0,80}\b(?:advantage|benefit|beneficial|bonus|plus|welcome|"
    r"helpful|desirable)\b|\b(?:advantage|benefit|beneficial|bonus|plus)\b[^.]{0,80}(?:drows\w*|sedat\w*|sleepi\w*)",
    re.IGNORECASE,
)
_SENTENCE: Final = re.compile(r"[^.!?;\n]+[.!?;\n]?")


def faults(draft: Draft) -> list[Fault]:
    """Every unsafe omission and every unsafe sentence of a guide, with its place."""
    found: list[Fault] = []
    checks = (
        _stopping,
        _maximum,
        _who_must_not,
        _kidneys,
        _side_effects,
        _how_often,
        _overdose,
        _as_needed,
        _sentences,
    )
    for check in checks:
        found.extend(check(draft))
    return found


def _claims(section: Section | None, *kinds: str) -> str:
    """What a section claims (sentences that stand on a source), of some kinds or all."""
    if section is None or section.nothing_found:
        return ""
    told = [claim.text for claim in section.claims if claim.kind != "plain" and (not kinds or claim.kind in kinds)]
    return "\n".join(told)


def _stopping(draft: Draft) -> Iterator[Fault]:
    risky = [name for name in draft.substances if name in WITHDRAWAL]
    if risky and not _STOP.search(_claims(draft.section("stopping"))):
        name = risky[0].capitalize()
        yield Fault("withdrawal-not-told", "R-802", f"{name} must not be stopped at once, and “Stopping” does not say so "
                    "with a source.", "stopping")  # fmt: skip


def _maximum(draft: Draft) -> Iterator[Fault]:
    section = draft.section("how_to_take")
    if section is None or section.nothing_found:
        return
    keys = {figure.key for claim in section.claims if claim.kind == "dose" for figure in claim.figures}
    if not any(key.startswith("max") for key in keys):
        yield Fault("maximum-not-told", "R-802", "The most that may be taken in a day is not said: add a dose claim with a "
                    "figure whose key begins with “max”.", "how_to_take")  # fmt: skip


def _who_must_not(draft: Draft) -> Iterator[Fault]:
    section = draft.section("who_must_not")
    if section is not None and not section.nothing_found and not _claims(section, "contraindication"):
        yield Fault("contraindications-not-told", "R-802", "No sentence says, with a source, who must not take it.",
                    "who_must_not")  # fmt: skip


def _kidneys(draft: Draft) -> Iterator[Fault]:
    risky = [name for name in draft.substances if name in BY_KIDNEY]
    if risky and not re.search(r"kidney|renal", _claims(draft.section("kidney_liver")), re.IGNORECASE):
        yield Fault("kidneys-not-told", "R-802", f"{risky[0].capitalize()} leaves through the kidneys, and “Kidneys and "
                    "liver” does not say so with a source.", "kidney_liver")  # fmt: skip


def _side_effects(draft: Draft) -> Iterator[Fault]:
    section = draft.section("side_effects")
    if section is None or section.nothing_found or not section.claims:
        return
    if not re.search(r"\b(?:tell|ask|call|speak|see)\b", section.text, re.IGNORECASE):
        yield Fault("no-what-to-do", "R-802", "Side effects are listed without what to do about them.", "side_effects")


def _how_often(draft: Draft) -> Iterator[Fault]:
    """R-801: a side effect comes with how often it comes, or with the word that nobody has said so."""
    section = draft.section("side_effects")
    if section is None or section.nothing_found or not _claims(section, "adverse_effect"):
        return
    counted = any(claim.figures for claim in section.claims if claim.kind == "adverse_effect")
    if not counted and not re.search(r"\bhow often\b[^.]*\b(?:not|nobody|unknown)\b", section.text, re.IGNORECASE):
        yield Fault("frequency-not-told", "R-801", "No side effect says how often it comes: key a figure, or say that how "
                    "often it comes is not known.", "side_effects")  # fmt: skip


def _overdose(draft: Draft) -> Iterator[Fault]:
    section = draft.section("overdose")
    if section is None or not section.claims:
        return
    if not _CALL.search(section.claims[0].text):
        yield Fault("call-not-first", "R-802", "The first sentence on an overdose must be whom to call.", "overdose", 1)
    for number, claim in enumerate(section.claims, 1):
        if match := _lay_reader_told(claim.text, _HOSPITAL):
            yield Fault("hospital-treatment", "R-802", f"“{match}” is for a hospital. Lay readers are told whom to call, "
                        "not how to treat.", "overdose", number)  # fmt: skip


def _lay_reader_told(text: str, treatment: re.Pattern[str]) -> str:
    for sentence in _SENTENCE.findall(text):
        match = treatment.search(sentence)
        if match and not _FORBIDDEN.search(sentence[: match.start()]):
            return match.group(0)
    return ""


def _as_needed(draft: Draft) -> Iterator[Fault]:
    risky = [name for name in draft.substances if name in WITHDRAWAL]
    if not risky:
        return
    for section in draft.sections:
        for number, claim in enumerate(section.claims, 1):
            if _PRN.search(claim.text) and not _STOP.search(_claims(section)):
                yield Fault("as-needed-without-withdrawal", "R-802", "It speaks of use as needed, and this section does not "
                            f"say with a source what stopping {risky[0]} at once can do.", section.key, number)  # fmt: skip


def _sentences(draft: Draft) -> Iterator[Fault]:
    yield from (
        Fault(code, rule, said) for code, rule, said in _said(f"{draft.title}. {draft.summary} {draft.note}", draft)
    )
    for section in draft.sections:
        for number, claim in enumerate(section.claims, 1):
            for code, rule, said in _said(claim.text, draft):
                yield Fault(code, rule, said, section.key, number)
            if section.key != "overdose" and (match := _lay_reader_told(claim.text, _NEVER_AT_HOME)):
                yield Fault("hospital-treatment", "R-802", f"“{match}” is for a hospital, not for lay readers.",
                            section.key, number)  # fmt: skip
        for code, rule, said in _said(section.heading, draft):
            yield Fault(code, rule, said, section.key)


def _said(text: str, draft: Draft) -> Iterator[tuple[str, str, str]]:
    yield from _wrong_equivalence(text, draft)
    if (match := _PRAISE.search(text)) and not re.search(_NOT, match.group(0), re.IGNORECASE):
        yield "danger-as-advantage", "R-802", f"“{match.group(0)}” sells a danger as an advantage."
    if draft.prescription_only and (match := _ADVERT.search(text)):
        yield (
            "advertising",
            "R-508",
            f"“{match.group(0)}” advertises a prescription medicine; many countries forbid it.",
        )
    if draft.prescription_only and (match := _PRICE.search(text)):
        yield "price-typed-in", "R-508", f"“{match.group(0)}”: prices are shown from the catalogue, where the country's law " \
              "allows it, and never typed into a guide."  # fmt: skip


def _wrong_equivalence(text: str, draft: Draft) -> Iterator[tuple[str, str, str]]:
    for sentence in _SENTENCE.findall(text):
        match = _SPASTIC.search(sentence)
        if not match or _DENIED.search(sentence[: match.start()]) or _DENIED_AFTER.search(sentence[match.start() :]):
            continue
        low = sentence.lower()
        named = [name for name in NOT_FOR_SPASTICITY if name in low]
        if not named and draft.substances and all(name in NOT_FOR_SPASTICITY for name in draft.substances):
            named = [draft.substances[0]]  # "It eases spasticity", in a guide to cyclobenzaprine
        if named:
            label = NOT_FOR_SPASTICITY[named[0]]
            where = f" (set id {label}, Indications)" if label else ""
            yield (
                "contradicts-label",
                "R-801",
                (
                    f"It sets {named[0]} beside spasticity. Its label{where} gives it for painful muscles and joints, not for "
                    "spasticity."
                ),
            )
