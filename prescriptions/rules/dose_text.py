"""A dose as it was written, read into numbers: how much a day at least and at most. Source: R-111.

Every word has to be understood. One that is not makes the whole text `Unparsed`, with the reason, and the pharmacist
types the numbers: a dose that was half understood is worse than none. Nothing here is a judgement of the dose.
"""

from __future__ import annotations

import re
from fractions import Fraction

from prescriptions.rules.dose import Dose, Step, Unparsed
from prescriptions.rules.dose_words import ADVICE, HARMLESS, NUMBER, PLAIN_UNIT, RANGE, UNIT, UNITS, plain

__all__ = ["Dose", "Step", "Unparsed", "parse"]

LONGEST = 500


class _Puzzled(Exception):
    """The reading stops; the message is a code of REASONS, then the words."""


def _refuse_traps(text: str) -> None:
    """“od” is once a day, or the right eye; beside drops nobody can tell which."""
    if re.search(r"\bo\.?d\b", text.casefold()) and re.search(rf"\b(?:{UNITS['drop']})\b", text.casefold()):
        raise _Puzzled("contradiction", "od")


def parse(text: str) -> Dose | Unparsed:
    """Read a dose text. Never raises; what is not understood whole is `Unparsed`."""
    if not text.strip():
        return Unparsed("empty")
    if len(text) > LONGEST:
        return Unparsed("too_long")
    try:
        _refuse_traps(text)
        said = re.sub(rf"^\d+ {PLAIN_UNIT}\. (?=\S)", "", plain(text))  # "15 tablets. One to be taken …": the supply
        parts = re.split(r"[.,;]? ?\b(?:then|followed by|danach|daarna|puis)\b ", said)
        steps = tuple(_Reading(part).step() for part in parts)
    except _Puzzled as problem:
        return Unparsed(*problem.args)
    if any(step.lasts is None for step in steps[:-1]):
        return Unparsed("steps")
    if len({step.unit for step in steps if step.unit}) > 1:
        return Unparsed("contradiction", ", ".join(step.unit for step in steps))
    return Dose(steps)


_DAY_TIMES = (
    r"(?:\d+ (?:min(?:ute)?s?|hours?) )?(?:(?:in the|every|each|at|on|before|after|with|for the) )*"
    r"(?:morning|breakfast|noon|midday|lunch(?:time)?|afternoon|evening|dinner|teatime|tea|supper|bedtime|bed|night)s?\b"
)
_CLOCK = r"(?:at )?\b(?:[01]?\d|2[0-3])(?::[0-5]\d)? ?(?:am|pm)\b|(?:at )?\b(?:[01]?\d|2[0-3]):[0-5]\d\b"
_MEALS = r"\b(?:with|before|after|at)(?: (?:each|every|all))? (?:meals?|mealtimes?)\b"
_LIMIT = (
    r"(?:to |with )?(?:a |an )?(?:\bmax(?:imim|imum|\.)?|\bno more than|\bnot more than|\bnot exceeding|"
    r"\b(?:do )?not (?:to )?exceed(?: more than)?|\bup to)(?: (?:of|dose|dosage|:))*"
    rf" (?P<most>{NUMBER}) ?(?:{UNIT})?(?: ?daily| per 24 ?h(?:ours)?)"
)
_PERIODS = {"h": Fraction(24), "hr": Fraction(24), "hour": Fraction(24), "day": Fraction(1), "week": Fraction(1, 7)}


class _Reading:
    """One step being read: each phrase that is understood is taken out, and nothing but harmless words may be left."""

    def __init__(self, text: str) -> None:
        self.left = text
        self.directed = "as directed" in text

    def take(self, pattern: str) -> list[re.Match[str]]:
        """All places where the pattern stands; they are replaced by a mark."""
        found = list(re.finditer(pattern, self.left))
        self.left = re.sub(pattern, " | ", self.left)
        return found

    def step(self) -> Step:
        """Raises _Puzzled."""
        limit, limit_unit = self._limit()
        self.left = ADVICE.sub(" | ", self.left)
        needed = bool(self.take(r"\b(?:as and when|as|when|if|only if|only when) (?:needed|required|necessary)\b"))
        lasts = self._lasts()
        self.take(r"\bfor (?:the )?(?:[a-z]+ ){0,2}(?:pain|fever|legs|itch(?:ing)?|cough|nausea|spasms?|sleep)\b")
        scheme = self._scheme()
        times = scheme[1] if scheme else self._times(limit, needed)
        both = len(self.take(r"\b(?:in |into |to )*(?:each|both) (?:eyes?|nostrils?|ears?)\b"))
        low, high, unit = self._amount(scheme[0] if scheme else None)
        self._nothing_is_left()
        if limit is not None and limit_unit and unit and limit_unit != unit:
            raise _Puzzled("limit_unit", limit_unit)
        times_low, times_high = times or (Fraction(1), (limit or high) / high)
        if not (0 <= low <= high and high > 0 and 0 <= times_low <= times_high):
            raise _Puzzled("contradiction")
        sides = 2 if both else 1
        return Step(low * sides, high * sides, times_low, times_high, unit or limit_unit, needed, limit, lasts)

    def _limit(self) -> tuple[Fraction | None, str]:
        found = self.take(_LIMIT)
        if len(found) > 1:
            raise _Puzzled("contradiction", found[1][0].strip())
        return (Fraction(found[0]["most"]), _unit_of(found[0])) if found else (None, "")

    def _lasts(self) -> int | None:
        spans = [
            int(found[1]) * (7 if found[2].startswith("w") else 1)
            for found in self.take(r"\b(?:for|x) (?:the next )?(\d+) (days?|weeks?)\b")
        ]
        spans += [int(found[1]) * int({"7": 1, "52": 7}[found[2]]) for found in self.take(r"\b(?:for )?(\d+)/(7|52)\b")]
        if len(spans) > 1:
            raise _Puzzled("contradiction")
        return spans[0] if spans else None

    def _scheme(self) -> tuple[Fraction, tuple[Fraction, Fraction]] | None:
        """The German morning-noon-evening(-night) scheme: "1-0-1" is one, twice a day."""
        found = self.take(rf"(?<![\d-]){NUMBER}(?:-{NUMBER}){{2,3}}(?![\d-])")
        if not found:
            return None
        parts = [Fraction(part) for part in found[0][0].split("-")]
        if len(found) > 1 or not any(parts) or max(parts) > 10:
            raise _Puzzled("contradiction", found[0][0])
        return max(parts), (sum(parts) / max(parts),) * 2

    def _times(self, limit: Fraction | None, needed: bool) -> tuple[Fraction, Fraction] | None:
        said = self._often()
        daily = bool(self.take(r"\bdaily\b|\bevery 24 hours\b"))
        meals = 3 * len(self.take(_MEALS))
        moments = len(self.take(_CLOCK)) + len(self.take(_DAY_TIMES))
        if len(said) > 1 or (said and moments > said.copy().pop()[1] and moments > 1):
            raise _Puzzled("contradiction")
        if said:
            (found,) = said
            if daily and found[1] < 1:
                raise _Puzzled("contradiction")
            return found
        if moments or daily or meals:
            count = Fraction(max(moments + (0 if daily else meals), 1))
            return count, count
        if limit is not None and needed:
            return None
        raise _Puzzled("as_directed" if self.directed else "no_frequency")

    def _often(self) -> set[tuple[Fraction, Fraction]]:
        said = set()
        for found in self.take(rf"(?P<most>\bup to )?(?<![\d/]){RANGE} (?:times?|x) (?P<per>daily|weekly)\b"):
            per = Fraction(1, 7) if found["per"] == "weekly" else Fraction(1)
            low, high = _range(found)
            said.add((Fraction(0) if found["most"] else low * per, high * per))
        for found in self.take(
            rf"\b(?:every|each) {RANGE} ?(?P<per>hour|hr|h|day|week)s?\b"
            rf"|(?<![\d/])(?P<low2>{NUMBER})(?:-(?P<high2>{NUMBER}))?[ -]?(?P<per2>hour|hr)ly\b"
        ):
            per = _PERIODS[
                {"hr": "hour", "h": "hour"}.get(found["per"] or found["per2"], found["per"] or found["per2"])
            ]
            low, most = Fraction(found["low"] or found["low2"]), found["high"] or found["high2"]
            if not low:
                raise _Puzzled("contradiction")
            said.add((per / Fraction(most or low), per / low))
        said |= {(Fraction(1, 7), Fraction(1, 7)) for _ in self.take(r"(?:\b1 times )?\bweekly\b")}
        said |= {(Fraction(24), Fraction(24)) for _ in self.take(r"\b(?:hourly|every hour)\b")}
        return said

    def _amount(self, scheme: Fraction | None) -> tuple[Fraction, Fraction, str]:
        self.take(rf"\( ?= ?{NUMBER} ?(?:mg|mcg|g)\)|(?<=[a-z] )\({NUMBER} ?(?:mg|mcg|g)\)")
        counted = self.take(rf"\b{NUMBER} ?(?:mg|mcg|g) \((?P<low>{NUMBER})(?P<high>) ?(?:{UNIT})\)")
        counted += self.take(rf"\b(?P<low>{NUMBER})(?P<high>) ?x? (?P<size>{NUMBER}) ?mls?(?: spoon(?:ful)?s?)?\b")
        counted += self.take(rf"\b(?P<low>{NUMBER})(?P<high>) x? ?{NUMBER} ?(?:mg|mcg|g) (?:{UNIT})")
        counted += self.take(rf"(?P<most>\b(?:max|up to) )?(?<![\d./]){RANGE} ?(?:{UNIT})(?: spoon(?:ful)?s?)?")
        if not counted:
            counted = self.take(rf"(?P<most>\b(?:max|up to) )?(?<![\d./]){RANGE}(?![\w/]|[.,]\d)")
        units = self.take(rf"\b(?:{UNIT})") if scheme is not None else []
        if scheme is not None and not counted:
            return scheme, scheme, _unit_of(units[0]) if units else ""
        if not counted:
            raise _Puzzled("as_directed" if self.directed else "no_amount")
        if len(counted) > 1 or scheme is not None:
            raise _Puzzled("contradiction", counted[-1][0].strip())
        return _amount_of(counted[0])

    def _nothing_is_left(self) -> None:
        words = [word for word in re.split(r"[\s|.,;:()\-]+", self.left) if word]
        strange = [word for word in words if not HARMLESS.fullmatch(word)]
        if strange:
            raise _Puzzled("not_understood", " ".join(strange)[:80])


def _amount_of(found: re.Match[str]) -> tuple[Fraction, Fraction, str]:
    named = found.groupdict()
    low, high = _range(found)
    if named.get("size"):
        return low * Fraction(named["size"]), high * Fraction(named["size"]), "ml"
    return (Fraction(0) if named.get("most") else low), high, _unit_of(found)


def _range(found: re.Match[str]) -> tuple[Fraction, Fraction]:
    low = Fraction(found["low"])
    return low, Fraction(found["high"]) if found["high"] else low


def _unit_of(found: re.Match[str]) -> str:
    named = found.groupdict()
    return next((name for name in UNITS if named.get(f"{name}_")), "")
