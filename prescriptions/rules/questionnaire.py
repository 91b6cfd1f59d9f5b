"""Questionnaires as written down, and what answers to them mean. Plain Python: no database, no clock.

A question: {"id", "text", "type", "options"?, "min"?, "max"?, "stop"?, "help"?}. Types: `yes_no`, `choice`
(one option), `many` (any options), `number`, `text`. An option: {"value", "text", "stop"?}. `stop` names the help
that is wanted: "emergency" (call now), "poison" (poison line now), "doctor" (see a doctor, no supply from us).
A number stops below `stop_below` or above `stop_above`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

TYPES = ("yes_no", "choice", "many", "number", "text")
STOPS = ("emergency", "poison", "doctor")
LONGEST = 1000

type Answers = dict[str, Any]


class Unusable(ValueError):
    """The file is no questionnaire; the message says where."""


class Incomplete(ValueError):
    """Answers are missing or can't be right. `wrong`: question id -> a code (missing, unknown, range, long)."""

    def __init__(self, wrong: dict[str, str]) -> None:
        super().__init__(", ".join(f"{key}: {code}" for key, code in wrong.items()))
        self.wrong = wrong


@dataclass(frozen=True, slots=True)
class Flag:
    """An answer that stops: the question's id, what was answered, and the help it asks for."""

    question: str
    text: str
    stop: str


def check(questions: list[dict[str, Any]]) -> None:
    """Raises Unusable for anything that could not be asked, or that stops without saying how."""
    seen: set[str] = set()
    for at, one in enumerate(questions):
        where = f"question {at + 1}"
        if not one.get("id") or one["id"] in seen or not one.get("text"):
            raise Unusable(f"{where} needs an id of its own and a text")
        seen.add(one["id"])
        if one.get("type") not in TYPES:
            raise Unusable(f"{where} has no known type")
        if one["type"] in ("choice", "many") and not one.get("options"):
            raise Unusable(f"{where} has nothing to choose from")
        stops = [one.get("stop")] + [option.get("stop") for option in one.get("options", [])]
        if any(stop not in (None, *STOPS) for stop in stops):
            raise Unusable(f"{where} stops without saying where to")
        if ("stop_above" in one or "stop_below" in one) and not one.get("stop"):
            raise Unusable(f"{where} has a limit and no stop")
    if not questions:
        raise Unusable("nothing is asked")


def read(questions: list[dict[str, Any]], given: Mapping[str, Iterable[str]]) -> Answers:
    """Answers by question id, from what a form sent. Raises Incomplete: all but `optional` ones want an answer."""
    answers: Answers = {}
    wrong: dict[str, str] = {}
    for one in questions:
        try:
            found = _read_one(one, [value.strip() for value in given.get(one["id"], ()) if value.strip()])
        except ValueError as problem:
            wrong[one["id"]] = str(problem)
            continue
        if found is not None:
            answers[one["id"]] = found
        elif not one.get("optional"):
            wrong[one["id"]] = "missing"
    if wrong:
        raise Incomplete(wrong)
    return answers


def _read_one(one: dict[str, Any], values: list[str]) -> Any:
    if not values:
        return None
    kind = one["type"]
    if kind == "yes_no":
        if values[0] not in ("yes", "no"):
            raise ValueError("unknown")
        return values[0]
    if kind in ("choice", "many"):
        known = {option["value"] for option in one["options"]}
        if not set(values) <= known or (kind == "choice" and len(values) != 1):
            raise ValueError("unknown")
        if "none" in values and len(values) > 1:
            raise ValueError("both")
        return values[0] if kind == "choice" else values
    if kind == "number":
        return _number(one, values[0])
    if len(values[0]) > LONGEST:
        raise ValueError("long")
    return values[0]


def _number(one: dict[str, Any], text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        raise ValueError("range")
    value = int(text)
    if not one.get("min", 0) <= value <= one.get("max", 999_999):
        raise ValueError("range")
    return value


def flags(questions: list[dict[str, Any]], answers: Answers) -> list[Flag]:
    """Every answer that stops, most urgent first. Empty: nothing stopped, which is not the same as safe."""
    found = [flag for one in questions if one["id"] in answers for flag in _flags_of(one, answers[one["id"]])]
    return sorted(found, key=lambda flag: STOPS.index(flag.stop))


def _flags_of(one: dict[str, Any], answer: Any) -> list[Flag]:
    if one["type"] == "yes_no":
        stop = one.get("stop")
        return [Flag(one["id"], one["text"], stop)] if stop and answer == one.get("stop_when", "yes") else []
    if one["type"] in ("choice", "many"):
        chosen = [answer] if isinstance(answer, str) else answer
        by_value = {option["value"]: option for option in one["options"]}
        hits = [by_value[value] for value in chosen if by_value[value].get("stop")]
        return [Flag(one["id"], option["text"], option["stop"]) for option in hits]
    if one["type"] == "number" and one.get("stop"):
        over = answer > one["stop_above"] if "stop_above" in one else False
        under = answer < one["stop_below"] if "stop_below" in one else False
        return [Flag(one["id"], f"{one['text']} {answer}", one["stop"])] if over or under else []
    return []


def in_words(questions: list[dict[str, Any]], answers: Answers) -> list[tuple[str, str]]:
    """(question, answer) as people read them."""
    return [(one["text"], _words(one, answers[one["id"]])) for one in questions if one["id"] in answers]


def _words(one: dict[str, Any], answer: Any) -> str:
    if one["type"] in ("choice", "many"):
        texts = {option["value"]: option["text"] for option in one["options"]}
        return "; ".join(texts[value] for value in ([answer] if isinstance(answer, str) else answer))
    if one["type"] == "yes_no":
        return "Yes" if answer == "yes" else "No"
    return f"{answer} {one.get('unit', '')}".strip()


def fits(atc_prefixes: list[str], supply_class: str, *, atc: str, wanted_class: str) -> int:
    """How closely a questionnaire fits a product: 0 not at all, 1 by class alone, more the longer the ATC prefix."""
    if atc_prefixes:
        return max((len(prefix) + 1 for prefix in atc_prefixes if atc and atc.startswith(prefix)), default=0)
    return 1 if supply_class in ("", wanted_class) else 0
